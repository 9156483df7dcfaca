//! The fields of the account form.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::unknown::UnknownWord;

/// A field, in the order of the form. What each means is in the product's table, under its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountField {
    Username,
    Password,
    RepeatPassword,
    Number,
    Owner,
    Group,
    Email,
    Description,
    Visible,
    CallLimit,
    KeepAlive,
    Profile,
    AccountType,
    SecurityModel,
    Obfuscation,
    ObfuscationKey,
    Mac,
    Deny,
    Permit,
}

impl AccountField {
    /// Every field, in the order of the form.
    pub const ALL: [Self; 19] = [
        Self::Username,
        Self::Password,
        Self::RepeatPassword,
        Self::Number,
        Self::Owner,
        Self::Group,
        Self::Email,
        Self::Description,
        Self::Visible,
        Self::CallLimit,
        Self::KeepAlive,
        Self::Profile,
        Self::AccountType,
        Self::SecurityModel,
        Self::Obfuscation,
        Self::ObfuscationKey,
        Self::Mac,
        Self::Deny,
        Self::Permit,
    ];

    /// The manual's name of the field.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Username => "Username",
            Self::Password => "Password",
            Self::RepeatPassword => "Repeat password",
            Self::Number => "Virtual Phone Number",
            Self::Owner => "Owner",
            Self::Group => "Group",
            Self::Email => "Email",
            Self::Description => "Description",
            Self::Visible => "Visible",
            Self::CallLimit => "Call Limit",
            Self::KeepAlive => "Keep-alive Enabled",
            Self::Profile => "Provisioning Profile",
            Self::AccountType => "Account Type",
            Self::SecurityModel => "Security Model",
            Self::Obfuscation => "Obfuscation Mode",
            Self::ObfuscationKey => "Obfuscation Key",
            Self::Mac => "Mac",
            Self::Deny => "Deny",
            Self::Permit => "Permit",
        }
    }

    /// The name under which an HTML form posts the field.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Password => "password",
            Self::RepeatPassword => "repeat_password",
            Self::Number => "number",
            Self::Owner => "owner",
            Self::Group => "group",
            Self::Email => "email",
            Self::Description => "description",
            Self::Visible => "visible",
            Self::CallLimit => "call_limit",
            Self::KeepAlive => "keep_alive",
            Self::Profile => "profile",
            Self::AccountType => "account_type",
            Self::SecurityModel => "security_model",
            Self::Obfuscation => "obfuscation",
            Self::ObfuscationKey => "obfuscation_key",
            Self::Mac => "mac",
            Self::Deny => "deny",
            Self::Permit => "permit",
        }
    }
}

impl FromStr for AccountField {
    type Err = UnknownWord;

    /// By [`AccountField::name`].
    fn from_str(name: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(name, &Self::ALL, Self::name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_and_are_the_wire_form() {
        assert!(AccountField::ALL.is_sorted());
        for field in AccountField::ALL {
            assert_eq!(field.name().parse(), Ok(field));
            assert_eq!(serde_json::to_string(&field).unwrap(), format!("\"{}\"", field.name()));
        }
        assert!("enabled".parse::<AccountField>().is_err());
    }
}
