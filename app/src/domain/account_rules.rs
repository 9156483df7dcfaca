//! The rules of an account: a draft goes in, and comes out checked or with a message under each
//! wrong field.

use uuid::Uuid;

use super::account_draft::AccountDraft;
use super::account_field::AccountField;
use super::account_type::{AccountType, Obfuscation, SecurityModel};
use super::acl::{Acl, AclErrors};
use super::email::EmailAddress;
use super::field_errors::FieldErrors;
use super::mac::Mac;
use super::password::AccountPassword;
use super::phone_number::PhoneNumber;
use super::secret::Secret;
use super::text::{MultiLine, OneLine};
use super::username::Username;
use super::whole_number::whole_number;

/// The longest owner, in characters.
pub const OWNER_MAX: usize = 100;
/// The longest description, in characters.
pub const DESCRIPTION_MAX: usize = 500;

/// What the draft is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose<'a> {
    /// A new account, which needs a password.
    Create,
    /// A new softphone that gets its password when it is activated.
    Wizard,
    /// A change, in which an empty password keeps the old one.
    Edit {
        /// The username that is stored.
        old_username: &'a str,
    },
}

/// An account that keeps every rule which can be judged without the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountData {
    pub username: Username,
    /// `None` keeps the old one, or leaves it to the activation.
    pub password: Option<Secret>,
    pub number: PhoneNumber,
    pub owner: Option<String>,
    pub group: Uuid,
    pub email: Option<EmailAddress>,
    pub description: Option<String>,
    pub visible: bool,
    pub call_limit: u8,
    pub keep_alive: bool,
    /// `None` is the group's.
    pub profile: Option<Uuid>,
    pub kind: AccountKind,
}

/// What only one type has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// A softphone.
    Pgsm {
        /// How its calls are encrypted.
        security: SecurityModel,
        /// `None` while obfuscation is OFF.
        obfuscation_key: Option<u16>,
    },
    /// A desk phone; always SDES.
    Snom {
        /// Kept for compatibility.
        mac: Option<Mac>,
        /// Deny and Permit.
        acl: Acl,
    },
}

impl AccountKind {
    /// The type.
    #[must_use]
    pub const fn account_type(&self) -> AccountType {
        match self {
            Self::Pgsm { .. } => AccountType::Pgsm,
            Self::Snom { .. } => AccountType::Snom,
        }
    }

    /// The security model in force.
    #[must_use]
    pub const fn security(&self) -> SecurityModel {
        match self {
            Self::Pgsm { security, .. } => *security,
            Self::Snom { .. } => SecurityModel::Sdes,
        }
    }
}

impl AccountDraft {
    /// Checks every field. The database sees to what only it knows: that username and number are
    /// unique, that group and profile exist.
    ///
    /// # Errors
    /// A message for each wrong field.
    pub fn check(&self, purpose: Purpose<'_>) -> Result<AccountData, FieldErrors<AccountField>> {
        let mut errors = FieldErrors::default();
        let username = errors.take(AccountField::Username, Username::parse(&self.username));
        let number = errors.take(AccountField::Number, PhoneNumber::parse(&self.number));
        let password = errors.take(AccountField::Password, self.checked_password(purpose, username.as_ref(), number.as_ref()));
        if self.password != self.repeat_password {
            errors.add(AccountField::RepeatPassword, "The two passwords differ. Enter the same one twice.");
        }
        let owner = errors.take(AccountField::Owner, OneLine::parse(&self.owner, OWNER_MAX));
        let group = errors.take(AccountField::Group, self.group.trim().parse::<Uuid>().map_err(|_| "Choose a group."));
        let email = errors.take(AccountField::Email, optional(&self.email, EmailAddress::parse));
        let description = errors.take(AccountField::Description, MultiLine::parse(&self.description, DESCRIPTION_MAX));
        let call_limit = errors.take(AccountField::CallLimit, whole_number(&self.call_limit, 1..=100_u8));
        let profile = errors.take(AccountField::Profile, self.checked_profile(purpose));
        if purpose == Purpose::Wizard && self.account_type != AccountType::Pgsm {
            errors.add(AccountField::AccountType, "The wizard makes PGSM accounts only. Make a SNOM account with New Account.");
        }
        let kind = self.checked_kind(&mut errors);
        match (username, password, number, owner, group, email, description, call_limit, profile, kind) {
            (
                Some(username),
                Some(password),
                Some(number),
                Some(owner),
                Some(group),
                Some(email),
                Some(description),
                Some(call_limit),
                Some(profile),
                Some(kind),
            ) if errors.is_empty() => Ok(AccountData {
                username,
                password,
                number,
                owner,
                group,
                email,
                description,
                visible: self.visible,
                call_limit,
                keep_alive: self.keep_alive,
                profile,
                kind,
            }),
            _ => Err(errors),
        }
    }

    /// What the wizard makes has a profile of its own: it is what the SMSes and the phone are made of.
    fn checked_profile(&self, purpose: Purpose<'_>) -> Result<Option<Uuid>, &'static str> {
        let profile = checked_profile(&self.profile)?;
        if purpose == Purpose::Wizard && profile.is_none() { Err("Choose a provisioning profile.") } else { Ok(profile) }
    }

    /// The new password; `None` when the old one stays, or when there is none yet.
    fn checked_password(
        &self,
        purpose: Purpose<'_>,
        username: Option<&Username>,
        number: Option<&PhoneNumber>,
    ) -> Result<Option<Secret>, String> {
        if let Purpose::Edit { old_username } = purpose
            && self.password.is_empty()
        {
            // The stored digests contain the username (RFC 7616, section 3.4.2), so that they are
            // void with another one.
            return match username {
                Some(username) if username.as_str() != old_username => {
                    Err("The username has changed, and the old password works only with the old one. Enter a new password.".to_owned())
                }
                _ => Ok(None),
            };
        }
        if purpose == Purpose::Wizard {
            return if self.password.is_empty() {
                Ok(None)
            } else {
                Err("This account gets its password when its phone is activated. Leave it empty.".to_owned())
            };
        }
        AccountPassword::check(self.password.expose(), username, number).map_err(|error| error.to_string())?;
        Ok(Some(self.password.clone()))
    }

    fn checked_kind(&self, errors: &mut FieldErrors<AccountField>) -> Option<AccountKind> {
        match self.account_type {
            AccountType::Pgsm => {
                self.refuse(errors, &[AccountField::Mac, AccountField::Deny, AccountField::Permit]);
                self.checked_pgsm(errors)
            }
            AccountType::Snom => {
                self.refuse(errors, &[AccountField::Obfuscation, AccountField::ObfuscationKey]);
                if self.security_model.is_some_and(|model| model != SecurityModel::Sdes) {
                    errors.add(AccountField::SecurityModel, "A SNOM account always uses SDES. Choose SDES, or make it a PGSM account.");
                }
                self.checked_snom(errors)
            }
        }
    }

    fn refuse(&self, errors: &mut FieldErrors<AccountField>, fields: &[AccountField]) {
        for field in fields.iter().filter(|field| !self.get(**field).trim().is_empty()) {
            let (account_type, label) = (self.account_type.as_str(), field.label());
            errors.add(*field, format!("A {account_type} account has no {label}. Leave it empty."));
        }
    }

    fn checked_pgsm(&self, errors: &mut FieldErrors<AccountField>) -> Option<AccountKind> {
        let security = errors.take(AccountField::SecurityModel, self.security_model.ok_or("Choose SDES or ZRTP."));
        let obfuscation_key = match self.obfuscation {
            Some(Obfuscation::On) => errors.take(AccountField::ObfuscationKey, whole_number(&self.obfuscation_key, 0..=u16::MAX)).map(Some),
            Some(Obfuscation::Off) => Some(None),
            None => errors.take(AccountField::Obfuscation, Err("Choose ON or OFF.")),
        };
        Some(AccountKind::Pgsm { security: security?, obfuscation_key: obfuscation_key? })
    }

    fn checked_snom(&self, errors: &mut FieldErrors<AccountField>) -> Option<AccountKind> {
        let mac = errors.take(AccountField::Mac, optional(&self.mac, Mac::parse));
        let acl = Acl::parse(&self.deny, &self.permit).map_err(|refused| {
            for (field, rules) in [(AccountField::Deny, refused.deny), (AccountField::Permit, refused.permit)] {
                if let Some(message) = AclErrors::message(&rules) {
                    errors.add(field, message);
                }
            }
        });
        Some(AccountKind::Snom { mac: mac?, acl: acl.ok()? })
    }
}

/// The value of an optional field; `None` when nothing but white space was typed.
pub(super) fn optional<T, E>(text: &str, parse: fn(&str) -> Result<T, E>) -> Result<Option<T>, E> {
    if text.trim().is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// An optional choice of a provisioning profile.
pub(super) fn checked_profile(text: &str) -> Result<Option<Uuid>, &'static str> {
    optional(text, |text| text.trim().parse()).map_err(|_: uuid::Error| "Choose a provisioning profile from the list.")
}

#[cfg(test)]
mod tests;
