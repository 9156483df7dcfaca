//! Through what SMSes are sent, and what has to be known for it.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::country_prefixes::CountryPrefixes;
use super::gateway_address::GatewayAddress;
use super::secret::Secret;
use super::sms_sender::SmsSender;
use super::unknown::UnknownWord;

/// The kinds of gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatewayKind {
    /// None: messages are only shown on the Messages page.
    #[default]
    Development,
    /// A Kannel, asked over its HTTP interface.
    Kannel,
    /// Twilio's REST interface.
    Twilio,
}

/// Settings of sending that keep every rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewaySettings {
    /// The gateway that sends; what is known of the others stays.
    pub kind: GatewayKind,
    pub kannel: KannelSettings,
    pub twilio: TwilioSettings,
    pub limits: SendingLimits,
    pub country_prefixes: CountryPrefixes,
}

/// A Kannel. When it is the gateway that sends, address and user are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KannelSettings {
    /// Its sendsms service.
    pub url: Option<GatewayAddress>,
    pub username: Option<String>,
    pub password: SecretChange,
    /// `None` leaves the choice to Kannel.
    pub sender: Option<SmsSender>,
}

/// An account at Twilio. When it is the gateway that sends, account and sender are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwilioSettings {
    pub url: GatewayAddress,
    pub account_sid: Option<String>,
    pub auth_token: SecretChange,
    /// A number, a name, or the SID of a messaging service.
    pub sender: Option<String>,
}

/// What a save does to a stored secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SecretChange {
    #[default]
    Keep,
    Replace(Secret),
    /// It belongs to another address or user than the one that is saved, to which it must not be shown.
    Forget,
}

/// Where the stored secrets may go; `None` where no secret is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredSecrets {
    pub kannel: Option<SecretOf>,
    pub twilio: Option<SecretOf>,
}

/// Whom a stored secret belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretOf {
    /// The address that it is sent to.
    pub url: String,
    /// Kannel's user name, Twilio's Account SID.
    pub user: String,
}

/// The most messages of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendingLimits {
    /// To one number.
    pub per_number: u32,
    /// Sent by one operator.
    pub per_operator: u32,
    /// By everybody together.
    pub all: u32,
}

impl GatewayKind {
    /// Every kind, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Development, Self::Kannel, Self::Twilio];

    /// The stored and the sent word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Kannel => "kannel",
            Self::Twilio => "twilio",
        }
    }

    /// The name on screen.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Development => "Development gateway",
            Self::Kannel => "Kannel",
            Self::Twilio => "Twilio",
        }
    }
}

impl FromStr for GatewayKind {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

/// What a fresh machine has.
impl Default for SendingLimits {
    fn default() -> Self {
        Self { per_number: 5, per_operator: 500, all: 2_000 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_wire_forms_agree() {
        for value in GatewayKind::ALL {
            assert_eq!(value.as_str().parse(), Ok(value));
            assert_eq!(serde_json::to_string(&value).unwrap(), format!("\"{}\"", value.as_str()));
        }
        assert_eq!("smpp".parse::<GatewayKind>().unwrap_err().to_string(), "“smpp” is not one of: development, kannel, twilio.");
        assert_eq!(GatewayKind::default(), GatewayKind::Development);
    }
}
