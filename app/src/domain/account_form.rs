//! The account form as a browser without script posts it.

use super::account_draft::AccountDraft;
use super::account_field::AccountField;
use super::unknown::UnknownField;

impl AccountDraft {
    /// Reads the pairs of a posted form. A tick box that is there is ticked; what is absent is
    /// empty.
    ///
    /// # Errors
    /// For a field, or a choice, that the form does not have.
    pub fn from_form(pairs: impl Iterator<Item = (String, String)>) -> Result<Self, UnknownField> {
        let mut draft = Self::empty();
        for (name, value) in pairs {
            let Ok(field) = name.parse() else {
                return Err(UnknownField(name));
            };
            let value = match field {
                AccountField::Visible | AccountField::KeepAlive => "on".to_owned(),
                _ => value,
            };
            draft.set(field, &value).map_err(|_| UnknownField(format!("{name}={value}")))?;
        }
        Ok(draft)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_form(pairs: &[(&str, &str)]) -> Result<AccountDraft, UnknownField> {
        AccountDraft::from_form(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn a_posted_form_is_read() {
        let draft = from_form(&[("username", "111"), ("visible", "on"), ("account_type", "SNOM"), ("security_model", "")]).unwrap();
        assert_eq!((draft.username.as_str(), draft.visible, draft.keep_alive), ("111", true, false));
        assert_eq!((draft.account_type.as_str(), draft.security_model, draft.call_limit.as_str()), ("SNOM", None, ""));
    }

    #[test]
    fn a_field_or_a_choice_that_the_form_does_not_have_is_refused() {
        assert_eq!(from_form(&[("status", "activated")]), Err(UnknownField("status".to_owned())));
        assert_eq!(from_form(&[("account_type", "ROOT")]), Err(UnknownField("account_type=ROOT".to_owned())));
        assert_eq!(
            from_form(&[("enabled", "1")]).unwrap_err().to_string(),
            "The form holds “enabled”, which Ringkey does not know. Reload the page and try again."
        );
    }
}
