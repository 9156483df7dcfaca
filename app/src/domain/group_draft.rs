//! A group as it is typed, and its rules.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::account_rules::{checked_profile, optional};
use super::email::EmailAddress;
use super::field_errors::FieldErrors;
use super::text::OneLine;
use super::unknown::{UnknownField, UnknownWord};

/// The longest name and the longest company, in characters.
pub const NAME_MAX: usize = 100;

/// A field, in the order of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupField {
    /// Mandatory and unique.
    Name,
    /// Whose accounts these are.
    Company,
    /// The Admin Contact of the list.
    Email,
    /// The default provisioning profile of its accounts.
    Profile,
}

/// The group form's content. On the wire a missing field is an empty one, and an unknown field is
/// an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GroupDraft {
    pub name: String,
    pub company: String,
    pub email: String,
    pub profile: String,
}

/// A group that keeps every rule which can be judged without the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupData {
    pub name: String,
    pub company: Option<String>,
    pub email: Option<EmailAddress>,
    pub profile: Option<Uuid>,
}

impl GroupField {
    /// Every field, in the order of the form.
    pub const ALL: [Self; 4] = [Self::Name, Self::Company, Self::Email, Self::Profile];

    /// What stands above the field.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Company => "Company",
            Self::Email => "IT e-mail address",
            Self::Profile => "Default provisioning profile",
        }
    }

    /// The name under which an HTML form posts the field.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Company => "company",
            Self::Email => "email",
            Self::Profile => "profile",
        }
    }
}

impl FromStr for GroupField {
    type Err = UnknownWord;

    /// By [`GroupField::name`].
    fn from_str(name: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(name, &Self::ALL, Self::name)
    }
}

impl GroupDraft {
    /// Reads the pairs of a posted form; what is absent is empty.
    ///
    /// # Errors
    /// For a field that the form does not have.
    pub fn from_form(pairs: impl Iterator<Item = (String, String)>) -> Result<Self, UnknownField> {
        let mut draft = Self::default();
        for (name, value) in pairs {
            match name.parse() {
                Ok(field) => *draft.text_mut(field) = value,
                Err(_) => return Err(UnknownField(name)),
            }
        }
        Ok(draft)
    }

    /// A field as it was typed.
    #[must_use]
    pub fn get(&self, field: GroupField) -> &str {
        match field {
            GroupField::Name => &self.name,
            GroupField::Company => &self.company,
            GroupField::Email => &self.email,
            GroupField::Profile => &self.profile,
        }
    }

    /// Sets a field.
    pub fn set(&mut self, field: GroupField, text: &str) {
        text.clone_into(self.text_mut(field));
    }

    /// Checks every field. The database sees to it that the name is unique and the profile exists.
    ///
    /// # Errors
    /// A message for each wrong field.
    pub fn check(&self) -> Result<GroupData, FieldErrors<GroupField>> {
        let mut errors = FieldErrors::default();
        let name = errors.take(GroupField::Name, OneLine::parse(&self.name, NAME_MAX));
        if name == Some(None) {
            errors.add(GroupField::Name, "Enter a name for the group.");
        }
        let company = errors.take(GroupField::Company, OneLine::parse(&self.company, NAME_MAX));
        let email = errors.take(GroupField::Email, optional(&self.email, EmailAddress::parse));
        let profile = errors.take(GroupField::Profile, checked_profile(&self.profile));
        match (name.flatten(), company, email, profile) {
            (Some(name), Some(company), Some(email), Some(profile)) => Ok(GroupData { name, company, email, profile }),
            _ => Err(errors),
        }
    }

    fn text_mut(&mut self, field: GroupField) -> &mut String {
        match field {
            GroupField::Name => &mut self.name,
            GroupField::Company => &mut self.company,
            GroupField::Email => &mut self.email,
            GroupField::Profile => &mut self.profile,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_needs_no_more_than_a_name() {
        let draft = GroupDraft { name: " Ufficio SNOM ".to_owned(), ..GroupDraft::default() };
        let expected = GroupData { name: "Ufficio SNOM".to_owned(), company: None, email: None, profile: None };
        assert_eq!(draft.check(), Ok(expected));
    }

    #[test]
    fn all_errors_are_collected() {
        let draft = GroupDraft { name: " ".to_owned(), company: "x".repeat(101), email: "it".to_owned(), profile: "default".to_owned() };
        let errors = draft.check().unwrap_err();
        assert_eq!(
            errors.iter().collect::<Vec<_>>(),
            [
                (GroupField::Name, "Enter a name for the group."),
                (GroupField::Company, "This text has 101 characters. Use at most 100."),
                (GroupField::Email, "Write the address as name@example.com."),
                (GroupField::Profile, "Choose a provisioning profile from the list."),
            ]
        );
    }

    #[test]
    fn a_posted_form_is_read_or_refused() {
        let pairs =
            |pairs: &[(&str, &str)]| GroupDraft::from_form(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let draft = pairs(&[("name", "Cantieri"), ("email", "it@edilnova.example")]).unwrap();
        assert_eq!((draft.name.as_str(), draft.email.as_str(), draft.company.as_str()), ("Cantieri", "it@edilnova.example", ""));
        assert_eq!(pairs(&[("id", "1")]), Err(UnknownField("id".to_owned())));
    }

    #[test]
    fn fields_are_set_and_got_by_name() {
        let mut draft = GroupDraft::default();
        for field in GroupField::ALL {
            assert_eq!(field.name().parse(), Ok(field));
            draft.set(field, field.label());
            assert_eq!(draft.get(field), field.label());
        }
    }
}
