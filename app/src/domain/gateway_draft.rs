//! The settings of sending as they are typed, and their rules.

use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::account_rules::optional;
use super::characters::named;
use super::country_prefixes::CountryPrefixes;
use super::field_errors::FieldErrors;
use super::form_draft::{FormDraft, FormField};
use super::gateway::{GatewayKind, GatewaySettings, KannelSettings, SecretChange, SecretOf, SendingLimits, StoredSecrets, TwilioSettings};
use super::gateway_address::GatewayAddress;
use super::secret::Secret;
use super::sms_sender::SmsSender;
use super::text::OneLine;
use super::unknown::{UnknownField, UnknownWord};
use super::whole_number::whole_number;

/// The longest user name and secret, in characters.
const CREDENTIAL_MAX: usize = 100;

/// A field, in the order of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatewayField {
    /// The gateway that sends.
    Kind,
    /// Kannel's sendsms service.
    KannelUrl,
    /// A `sendsms-user` of Kannel.
    KannelUsername,
    /// Empty leaves the stored one.
    KannelPassword,
    /// Empty leaves the choice to Kannel.
    KannelSender,
    /// Empty is Twilio's usual address.
    TwilioUrl,
    /// `AC` and 32 hexadecimal digits.
    TwilioAccountSid,
    /// Empty leaves the stored one.
    TwilioAuthToken,
    /// A number, a name, or a messaging service.
    TwilioSender,
    /// Messages to one number in an hour.
    PerNumberHour,
    /// Messages of one operator in an hour.
    PerOperatorHour,
    /// All messages of an hour.
    PerHour,
    /// Empty allows every country.
    CountryPrefixes,
}

/// The form's content. On the wire a missing field is an empty one, and an unknown field is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default = "GatewayDraft::empty")]
pub struct GatewayDraft {
    pub kind: Option<GatewayKind>,
    pub kannel_url: String,
    pub kannel_username: String,
    pub kannel_password: Secret,
    pub kannel_sender: String,
    pub twilio_url: String,
    pub twilio_account_sid: String,
    pub twilio_auth_token: Secret,
    pub twilio_sender: String,
    pub per_number_hour: String,
    pub per_operator_hour: String,
    pub per_hour: String,
    pub country_prefixes: String,
}

impl GatewayField {
    /// Every field, in the order of the form.
    pub const ALL: [Self; 13] = [
        Self::Kind,
        Self::KannelUrl,
        Self::KannelUsername,
        Self::KannelPassword,
        Self::KannelSender,
        Self::TwilioUrl,
        Self::TwilioAccountSid,
        Self::TwilioAuthToken,
        Self::TwilioSender,
        Self::PerNumberHour,
        Self::PerOperatorHour,
        Self::PerHour,
        Self::CountryPrefixes,
    ];

    /// What stands above the field.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Kind => "SMS gateway",
            Self::KannelUrl => "Address of Kannel's sendsms service",
            Self::KannelUsername => "User name",
            Self::KannelPassword => "Password",
            Self::KannelSender | Self::TwilioSender => "Sender",
            Self::TwilioUrl => "Address of Twilio",
            Self::TwilioAccountSid => "Account SID",
            Self::TwilioAuthToken => "Auth token",
            Self::PerNumberHour => "Messages to one number in an hour",
            Self::PerOperatorHour => "Messages of one operator in an hour",
            Self::PerHour => "All messages in an hour",
            Self::CountryPrefixes => "Allowed country prefixes",
        }
    }

    /// The gateway that the field is of, if it is not of all.
    #[must_use]
    pub const fn gateway(self) -> Option<GatewayKind> {
        match self {
            Self::KannelUrl | Self::KannelUsername | Self::KannelPassword | Self::KannelSender => Some(GatewayKind::Kannel),
            Self::TwilioUrl | Self::TwilioAccountSid | Self::TwilioAuthToken | Self::TwilioSender => Some(GatewayKind::Twilio),
            Self::Kind | Self::PerNumberHour | Self::PerOperatorHour | Self::PerHour | Self::CountryPrefixes => None,
        }
    }

    /// The name under which an HTML form posts the field.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::KannelUrl => "kannel_url",
            Self::KannelUsername => "kannel_username",
            Self::KannelPassword => "kannel_password",
            Self::KannelSender => "kannel_sender",
            Self::TwilioUrl => "twilio_url",
            Self::TwilioAccountSid => "twilio_account_sid",
            Self::TwilioAuthToken => "twilio_auth_token",
            Self::TwilioSender => "twilio_sender",
            Self::PerNumberHour => "per_number_hour",
            Self::PerOperatorHour => "per_operator_hour",
            Self::PerHour => "per_hour",
            Self::CountryPrefixes => "country_prefixes",
        }
    }
}

impl FromStr for GatewayField {
    type Err = UnknownWord;

    /// By [`GatewayField::name`].
    fn from_str(name: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(name, &Self::ALL, Self::name)
    }
}

/// The form as it opens on a fresh machine.
impl Default for GatewayDraft {
    fn default() -> Self {
        let limits = SendingLimits::default();
        Self {
            kind: Some(GatewayKind::default()),
            twilio_url: GatewayAddress::TWILIO.to_owned(),
            per_number_hour: limits.per_number.to_string(),
            per_operator_hour: limits.per_operator.to_string(),
            per_hour: limits.all.to_string(),
            ..Self::empty()
        }
    }
}

impl FormField for GatewayField {
    fn name(self) -> &'static str {
        self.name()
    }

    fn label(self) -> &'static str {
        self.label()
    }
}

impl FormDraft for GatewayDraft {
    type Field = GatewayField;

    fn get(&self, field: GatewayField) -> &str {
        self.get(field)
    }

    fn set(&mut self, field: GatewayField, text: &str) -> Result<(), UnknownWord> {
        self.set(field, text)
    }
}

impl GatewayDraft {
    /// A form in which nothing is typed and nothing chosen.
    fn empty() -> Self {
        Self {
            kind: None,
            kannel_url: String::new(),
            kannel_username: String::new(),
            kannel_password: Secret::default(),
            kannel_sender: String::new(),
            twilio_url: String::new(),
            twilio_account_sid: String::new(),
            twilio_auth_token: Secret::default(),
            twilio_sender: String::new(),
            per_number_hour: String::new(),
            per_operator_hour: String::new(),
            per_hour: String::new(),
            country_prefixes: String::new(),
        }
    }

    /// Reads the pairs of a posted form; what is absent is empty.
    ///
    /// # Errors
    /// For a field, or a choice, that the form does not have.
    pub fn from_form(pairs: impl Iterator<Item = (String, String)>) -> Result<Self, UnknownField> {
        Self::empty().filled(pairs)
    }

    /// A field as a page shows it: an absent choice is empty, and so is a secret, always.
    #[must_use]
    pub fn get(&self, field: GatewayField) -> &str {
        match field {
            GatewayField::Kind => self.kind.map_or("", GatewayKind::as_str),
            GatewayField::KannelUrl => &self.kannel_url,
            GatewayField::KannelUsername => &self.kannel_username,
            GatewayField::KannelPassword | GatewayField::TwilioAuthToken => "",
            GatewayField::KannelSender => &self.kannel_sender,
            GatewayField::TwilioUrl => &self.twilio_url,
            GatewayField::TwilioAccountSid => &self.twilio_account_sid,
            GatewayField::TwilioSender => &self.twilio_sender,
            GatewayField::PerNumberHour => &self.per_number_hour,
            GatewayField::PerOperatorHour => &self.per_operator_hour,
            GatewayField::PerHour => &self.per_hour,
            GatewayField::CountryPrefixes => &self.country_prefixes,
        }
    }

    /// Sets a field from its posted form.
    ///
    /// # Errors
    /// For a choice that the field does not offer.
    pub fn set(&mut self, field: GatewayField, text: &str) -> Result<(), UnknownWord> {
        let owned = || text.to_owned();
        match field {
            GatewayField::Kind => self.kind = (!text.is_empty()).then(|| text.parse()).transpose()?,
            GatewayField::KannelUrl => self.kannel_url = owned(),
            GatewayField::KannelUsername => self.kannel_username = owned(),
            GatewayField::KannelPassword => self.kannel_password = Secret::from(text),
            GatewayField::KannelSender => self.kannel_sender = owned(),
            GatewayField::TwilioUrl => self.twilio_url = owned(),
            GatewayField::TwilioAccountSid => self.twilio_account_sid = owned(),
            GatewayField::TwilioAuthToken => self.twilio_auth_token = Secret::from(text),
            GatewayField::TwilioSender => self.twilio_sender = owned(),
            GatewayField::PerNumberHour => self.per_number_hour = owned(),
            GatewayField::PerOperatorHour => self.per_operator_hour = owned(),
            GatewayField::PerHour => self.per_hour = owned(),
            GatewayField::CountryPrefixes => self.country_prefixes = owned(),
        }
        Ok(())
    }

    /// Checks every field. What is filled in has to be right, and of the gateway that sends everything has to be there; for a
    /// secret it is enough that one is stored for the same address and user. With another address or user it has to be typed
    /// anew: whoever changes where a secret goes could otherwise have it sent to himself.
    ///
    /// # Errors
    /// A message for each wrong field.
    pub fn check(&self, stored: &StoredSecrets) -> Result<GatewaySettings, FieldErrors<GatewayField>> {
        let mut errors = FieldErrors::default();
        let settings = self.checked(stored, &mut errors);
        self.require(&mut errors);
        settings.filter(|_| errors.is_empty()).ok_or(errors)
    }

    /// The settings, or `None` and what is wrong with what is filled in. Every field is looked at before the first `None`
    /// counts.
    fn checked(&self, stored: &StoredSecrets, errors: &mut FieldErrors<GatewayField>) -> Option<GatewaySettings> {
        let kind = errors.take(GatewayField::Kind, self.kind.ok_or("Choose the gateway that sends."));
        let kannel_url = errors.take(GatewayField::KannelUrl, optional(&self.kannel_url, GatewayAddress::of_kannel));
        let kannel_username = errors.take(GatewayField::KannelUsername, OneLine::parse(&self.kannel_username, CREDENTIAL_MAX));
        let kannel_password = errors.take(GatewayField::KannelPassword, secret(&self.kannel_password, |character| !character.is_control()));
        let kannel_password = kannel_password.zip(kannel_url.as_ref()).zip(kannel_username.as_ref()).and_then(|((typed, url), user)| {
            let wanted = Wanted {
                url: url.as_ref(),
                user: user.as_deref(),
                is_needed: self.kind == Some(GatewayKind::Kannel),
                missing: "Enter the password of that user.",
                changed: "The stored password belongs to another address or user name. Enter the password anew.",
            };
            errors.take(GatewayField::KannelPassword, wanted.settle(typed, stored.kannel.as_ref()))
        });
        let kannel_sender = errors.take(GatewayField::KannelSender, optional(&self.kannel_sender, SmsSender::parse));
        let twilio_url = if self.twilio_url.trim().is_empty() { GatewayAddress::TWILIO } else { &self.twilio_url };
        let twilio_url = errors.take(GatewayField::TwilioUrl, GatewayAddress::of_twilio(twilio_url));
        let twilio_account_sid = errors.take(GatewayField::TwilioAccountSid, optional(&self.twilio_account_sid, account_sid));
        let twilio_auth_token =
            errors.take(GatewayField::TwilioAuthToken, secret(&self.twilio_auth_token, |character| character.is_ascii_graphic()));
        let twilio_auth_token =
            twilio_auth_token.zip(twilio_url.as_ref()).zip(twilio_account_sid.as_ref()).and_then(|((typed, url), user)| {
                let wanted = Wanted {
                    url: Some(url),
                    user: user.as_deref(),
                    is_needed: self.kind == Some(GatewayKind::Twilio),
                    missing: "Enter the auth token. Twilio's console shows it beside the Account SID.",
                    changed: "The stored auth token belongs to another address or Account SID. Enter the auth token anew.",
                };
                errors.take(GatewayField::TwilioAuthToken, wanted.settle(typed, stored.twilio.as_ref()))
            });
        let twilio_sender = errors.take(GatewayField::TwilioSender, optional(&self.twilio_sender, twilio_sender));
        let mut limit = |field, text| errors.take(field, whole_number(text, 1..=100_000_u32));
        let per_number = limit(GatewayField::PerNumberHour, &self.per_number_hour);
        let per_operator = limit(GatewayField::PerOperatorHour, &self.per_operator_hour);
        let all = limit(GatewayField::PerHour, &self.per_hour);
        let country_prefixes = errors.take(GatewayField::CountryPrefixes, CountryPrefixes::parse(&self.country_prefixes));
        Some(GatewaySettings {
            kind: kind?,
            kannel: KannelSettings { url: kannel_url?, username: kannel_username?, password: kannel_password?, sender: kannel_sender? },
            twilio: TwilioSettings {
                url: twilio_url?,
                account_sid: twilio_account_sid?,
                auth_token: twilio_auth_token?,
                sender: twilio_sender?,
            },
            limits: SendingLimits { per_number: per_number?, per_operator: per_operator?, all: all? },
            country_prefixes: country_prefixes?,
        })
    }

    /// Tells what the gateway that sends lacks, but for its secret.
    fn require(&self, errors: &mut FieldErrors<GatewayField>) {
        let mut need = |field, is_there: bool, message: &str| {
            if !is_there {
                errors.add(field, message);
            }
        };
        let is_filled = |text: &str| !text.trim().is_empty();
        match self.kind {
            Some(GatewayKind::Kannel) => {
                let url = format!("Enter the address of Kannel's sendsms service, such as {}", GatewayAddress::KANNEL_EXAMPLE);
                need(GatewayField::KannelUrl, is_filled(&self.kannel_url), &url);
                need(GatewayField::KannelUsername, is_filled(&self.kannel_username), "Enter the name of a sendsms-user of Kannel.");
            }
            Some(GatewayKind::Twilio) => {
                let sid = "Enter the Account SID. Twilio's console shows it, and it begins with AC.";
                need(GatewayField::TwilioAccountSid, is_filled(&self.twilio_account_sid), sid);
                let sender = "Enter one of your numbers at Twilio, a sender name, or the SID of a messaging service.";
                need(GatewayField::TwilioSender, is_filled(&self.twilio_sender), sender);
            }
            Some(GatewayKind::Development) | None => {}
        }
    }
}

impl GatewaySettings {
    /// The form as it opens for these settings; secrets stay empty.
    #[must_use]
    pub fn to_draft(&self) -> GatewayDraft {
        GatewayDraft {
            kind: Some(self.kind),
            kannel_url: shown(self.kannel.url.as_ref()),
            kannel_username: shown(self.kannel.username.as_ref()),
            kannel_password: Secret::default(),
            kannel_sender: shown(self.kannel.sender.as_ref()),
            twilio_url: self.twilio.url.to_string(),
            twilio_account_sid: shown(self.twilio.account_sid.as_ref()),
            twilio_auth_token: Secret::default(),
            twilio_sender: shown(self.twilio.sender.as_ref()),
            per_number_hour: self.limits.per_number.to_string(),
            per_operator_hour: self.limits.per_operator.to_string(),
            per_hour: self.limits.all.to_string(),
            country_prefixes: self.country_prefixes.to_string(),
        }
    }
}

fn shown(value: Option<&impl Display>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

/// A new secret, taken as it is, or none. No message repeats it.
fn secret(typed: &Secret, is_allowed: fn(char) -> bool) -> Result<Option<Secret>, String> {
    let length = typed.expose().chars().count();
    if length > CREDENTIAL_MAX {
        return Err(format!("This has {length} characters. Use at most {CREDENTIAL_MAX}."));
    }
    match typed.expose().chars().find(|character| !is_allowed(*character)) {
        Some(other) => Err(format!("{} cannot be used here. Copy it again, without blanks around it.", named(other))),
        None => Ok((length > 0).then(|| typed.clone())),
    }
}

/// Where a secret would be sent from now on, and what to say when the stored one is not for there.
struct Wanted<'d> {
    url: Option<&'d GatewayAddress>,
    user: Option<&'d str>,
    /// It is the secret of the gateway that sends.
    is_needed: bool,
    missing: &'static str,
    changed: &'static str,
}

impl Wanted<'_> {
    fn settle(&self, typed: Option<Secret>, stored: Option<&SecretOf>) -> Result<SecretChange, &'static str> {
        let is_same = |of: &SecretOf| self.url.map(GatewayAddress::as_str) == Some(&of.url) && self.user == Some(&of.user);
        match (typed, stored) {
            (Some(typed), _) => Ok(SecretChange::Replace(typed)),
            (None, Some(of)) if is_same(of) => Ok(SecretChange::Keep),
            (None, Some(_)) if self.is_needed => Err(self.changed),
            (None, Some(_)) => Ok(SecretChange::Forget),
            (None, None) if self.is_needed => Err(self.missing),
            (None, None) => Ok(SecretChange::Keep),
        }
    }
}

fn account_sid(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    is_sid(text, "AC").then(|| text.to_owned()).ok_or("An Account SID is AC and 32 hexadecimal digits. Copy it from Twilio's console.")
}

fn twilio_sender(text: &str) -> Result<String, String> {
    let text = text.trim();
    if is_sid(text, "MG") {
        return Ok(text.to_owned());
    }
    if text.len() > SmsSender::NAME_MAX && text.starts_with("MG") {
        return Err("The SID of a messaging service is MG and 32 hexadecimal digits. Copy it from Twilio's console.".to_owned());
    }
    SmsSender::parse(text).map(|sender| sender.to_string()).map_err(|error| error.to_string())
}

/// Whether the text is one of Twilio's identifiers of this kind.
fn is_sid(text: &str, kind: &str) -> bool {
    text.strip_prefix(kind).is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests;
