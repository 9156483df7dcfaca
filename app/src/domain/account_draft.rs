//! An account as it is typed, before any rule has looked at it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::account_field::AccountField;
use super::account_type::{AccountType, Obfuscation, SecurityModel};
use super::secret::Secret;
use super::unknown::UnknownWord;

/// The account form's content. It keeps what was typed for both types; [`AccountDraft::for_type`]
/// is what is sent.
///
/// On the wire a missing field is an empty one, as in an HTML form, and an unknown field is an
/// error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default = "AccountDraft::empty")]
pub struct AccountDraft {
    pub username: String,
    pub password: Secret,
    pub repeat_password: Secret,
    pub number: String,
    pub owner: String,
    pub group: String,
    pub email: String,
    pub description: String,
    pub visible: bool,
    pub call_limit: String,
    pub keep_alive: bool,
    pub profile: String,
    pub account_type: AccountType,
    pub security_model: Option<SecurityModel>,
    pub obfuscation: Option<Obfuscation>,
    pub obfuscation_key: String,
    pub mac: String,
    pub deny: String,
    pub permit: String,
}

/// The form as it opens: PGSM, with the product's default for every field.
impl Default for AccountDraft {
    fn default() -> Self {
        Self::new(AccountType::Pgsm)
    }
}

impl AccountDraft {
    /// The form as it opens for a type. Keep-alive is on for SNOM, which is wired; what only PGSM
    /// has is filled in for a later switch.
    #[must_use]
    pub fn new(account_type: AccountType) -> Self {
        Self {
            visible: true,
            call_limit: "2".to_owned(),
            keep_alive: account_type == AccountType::Snom,
            account_type,
            security_model: Some(SecurityModel::default()),
            obfuscation: Some(Obfuscation::default()),
            obfuscation_key: "9".to_owned(),
            ..Self::empty()
        }
    }

    /// A form in which nothing is typed and nothing ticked.
    pub(super) fn empty() -> Self {
        Self {
            username: String::new(),
            password: Secret::default(),
            repeat_password: Secret::default(),
            number: String::new(),
            owner: String::new(),
            group: String::new(),
            email: String::new(),
            description: String::new(),
            visible: false,
            call_limit: String::new(),
            keep_alive: false,
            profile: String::new(),
            account_type: AccountType::default(),
            security_model: None,
            obfuscation: None,
            obfuscation_key: String::new(),
            mac: String::new(),
            deny: String::new(),
            permit: String::new(),
        }
    }

    /// The draft without what its type does not have.
    #[must_use]
    pub fn for_type(&self) -> Self {
        let mut draft = self.clone();
        match self.account_type {
            AccountType::Pgsm => {
                draft.mac = String::new();
                draft.deny = String::new();
                draft.permit = String::new();
            }
            AccountType::Snom => {
                draft.security_model = None;
                draft.obfuscation = None;
                draft.obfuscation_key = String::new();
            }
        }
        draft
    }

    /// The draft without its passwords, for sending back or keeping.
    #[must_use]
    pub fn without_secrets(self) -> Self {
        Self { password: Secret::default(), repeat_password: Secret::default(), ..self }
    }

    /// A field as an HTML form posts it: a tick is `on`, its absence and an absent choice are
    /// empty. The passwords come out in the clear.
    #[must_use]
    pub fn get(&self, field: AccountField) -> Cow<'_, str> {
        let tick = |ticked| if ticked { "on" } else { "" };
        Cow::Borrowed(match field {
            AccountField::Username => &self.username,
            AccountField::Password => self.password.expose(),
            AccountField::RepeatPassword => self.repeat_password.expose(),
            AccountField::Number => &self.number,
            AccountField::Owner => &self.owner,
            AccountField::Group => &self.group,
            AccountField::Email => &self.email,
            AccountField::Description => &self.description,
            AccountField::Visible => tick(self.visible),
            AccountField::CallLimit => &self.call_limit,
            AccountField::KeepAlive => tick(self.keep_alive),
            AccountField::Profile => &self.profile,
            AccountField::AccountType => self.account_type.as_str(),
            AccountField::SecurityModel => self.security_model.map_or("", SecurityModel::as_str),
            AccountField::Obfuscation => self.obfuscation.map_or("", Obfuscation::as_str),
            AccountField::ObfuscationKey => &self.obfuscation_key,
            AccountField::Mac => &self.mac,
            AccountField::Deny => &self.deny,
            AccountField::Permit => &self.permit,
        })
    }

    /// Sets a field from its posted form; the inverse of [`AccountDraft::get`].
    ///
    /// # Errors
    /// For a choice that the field does not offer.
    pub fn set(&mut self, field: AccountField, text: &str) -> Result<(), UnknownWord> {
        let owned = || text.to_owned();
        let ticked = !text.is_empty();
        match field {
            AccountField::Username => self.username = owned(),
            AccountField::Password => self.password = owned().into(),
            AccountField::RepeatPassword => self.repeat_password = owned().into(),
            AccountField::Number => self.number = owned(),
            AccountField::Owner => self.owner = owned(),
            AccountField::Group => self.group = owned(),
            AccountField::Email => self.email = owned(),
            AccountField::Description => self.description = owned(),
            AccountField::Visible => self.visible = ticked,
            AccountField::CallLimit => self.call_limit = owned(),
            AccountField::KeepAlive => self.keep_alive = ticked,
            AccountField::Profile => self.profile = owned(),
            AccountField::AccountType => self.account_type = text.parse()?,
            AccountField::SecurityModel => self.security_model = ticked.then(|| text.parse()).transpose()?,
            AccountField::Obfuscation => self.obfuscation = ticked.then(|| text.parse()).transpose()?,
            AccountField::ObfuscationKey => self.obfuscation_key = owned(),
            AccountField::Mac => self.mac = owned(),
            AccountField::Deny => self.deny = owned(),
            AccountField::Permit => self.permit = owned(),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_opens_with_the_products_defaults() {
        let draft = AccountDraft::default();
        assert_eq!(draft.account_type, AccountType::Pgsm);
        assert_eq!(draft.security_model, Some(SecurityModel::Sdes));
        assert_eq!((draft.obfuscation, draft.obfuscation_key.as_str()), (Some(Obfuscation::On), "9"));
        assert_eq!((draft.call_limit.as_str(), draft.visible, draft.keep_alive), ("2", true, false));
        assert!(AccountDraft::new(AccountType::Snom).keep_alive);
    }

    #[test]
    fn what_the_type_does_not_have_is_not_sent_but_kept() {
        let mut draft = AccountDraft { mac: "000413aabbcc".to_owned(), deny: "10.0.0.1".to_owned(), ..AccountDraft::default() };
        let sent = draft.for_type();
        assert_eq!((sent.mac.as_str(), sent.deny.as_str(), sent.obfuscation_key.as_str()), ("", "", "9"));
        draft.account_type = AccountType::Snom;
        let sent = draft.for_type();
        assert_eq!((sent.mac.as_str(), sent.deny.as_str(), sent.obfuscation_key.as_str()), ("000413aabbcc", "10.0.0.1", ""));
        assert_eq!((sent.security_model, sent.obfuscation), (None, None));
        assert_eq!(draft.obfuscation_key, "9");
    }

    #[test]
    fn passwords_are_neither_shown_nor_kept() {
        let draft = AccountDraft { password: "swordfish99".to_owned().into(), ..AccountDraft::default() };
        assert!(!format!("{draft:?}").contains("swordfish99"));
        assert!(draft.without_secrets().password.is_empty());
    }

    #[test]
    fn every_field_is_set_and_got_alike() {
        let mut draft = AccountDraft::empty();
        for field in AccountField::ALL {
            let text = match field {
                AccountField::Visible | AccountField::KeepAlive => "on",
                AccountField::AccountType => "SNOM",
                AccountField::SecurityModel => "ZRTP",
                AccountField::Obfuscation => "OFF",
                _ => field.name(),
            };
            assert_eq!(draft.set(field, text), Ok(()));
            assert_eq!(draft.get(field), text);
        }
        assert!(draft.set(AccountField::SecurityModel, "TLS").is_err());
    }

    #[test]
    fn on_the_wire_missing_is_empty_and_unknown_is_an_error() {
        let draft: AccountDraft = serde_json::from_str(r#"{"account_type":"SNOM","username":"111"}"#).unwrap();
        assert_eq!(draft, AccountDraft { account_type: AccountType::Snom, username: "111".to_owned(), ..AccountDraft::empty() });
        assert!(serde_json::from_str::<AccountDraft>(r#"{"status":"activated"}"#).is_err());
        let full = AccountDraft::default();
        assert_eq!(serde_json::from_str::<AccountDraft>(&serde_json::to_string(&full).unwrap()).unwrap(), full);
    }
}
