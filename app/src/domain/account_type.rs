//! The account's kind of phone and what goes with it.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::unknown::UnknownWord;

/// PGSM is a softphone, SNOM a desk phone on a LAN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AccountType {
    /// A softphone.
    #[default]
    Pgsm,
    /// A desk phone.
    Snom,
}

/// How calls are encrypted. SNOM is always SDES.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SecurityModel {
    /// SRTP to the server.
    #[default]
    Sdes,
    /// From phone to phone.
    Zrtp,
}

/// Whether the client hides its traffic from routers that degrade calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Obfuscation {
    /// Hidden with the obfuscation key.
    #[default]
    On,
    /// Sent as it is.
    Off,
}

impl AccountType {
    /// Every type, in the order of the form.
    pub const ALL: [Self; 2] = [Self::Pgsm, Self::Snom];

    /// The manual's word, which is also the stored and the sent one.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pgsm => "PGSM",
            Self::Snom => "SNOM",
        }
    }
}

impl SecurityModel {
    /// Every model, in the order of the form.
    pub const ALL: [Self; 2] = [Self::Sdes, Self::Zrtp];

    /// The manual's word, which is also the stored and the sent one.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sdes => "SDES",
            Self::Zrtp => "ZRTP",
        }
    }

    /// The edition of the client that has the model (manual, "Security Models").
    #[must_use]
    pub const fn edition(self) -> &'static str {
        match self {
            Self::Sdes => "Enterprise",
            Self::Zrtp => "Professional",
        }
    }
}

impl Obfuscation {
    /// Both modes, in the order of the form.
    pub const ALL: [Self; 2] = [Self::On, Self::Off];

    /// The manual's word, which is also the sent one.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::On => "ON",
            Self::Off => "OFF",
        }
    }
}

impl FromStr for AccountType {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

impl FromStr for SecurityModel {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

impl FromStr for Obfuscation {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_wire_forms_agree() {
        for value in AccountType::ALL {
            assert_eq!(value.as_str().parse(), Ok(value));
            assert_eq!(serde_json::to_string(&value).unwrap(), format!("\"{}\"", value.as_str()));
        }
        for value in SecurityModel::ALL {
            assert_eq!(value.as_str().parse(), Ok(value));
            assert_eq!(serde_json::to_string(&value).unwrap(), format!("\"{}\"", value.as_str()));
        }
        for value in Obfuscation::ALL {
            assert_eq!(value.as_str().parse(), Ok(value));
            assert_eq!(serde_json::to_string(&value).unwrap(), format!("\"{}\"", value.as_str()));
        }
    }

    #[test]
    fn other_words_are_refused_with_the_right_ones() {
        let error = "pgsm".parse::<AccountType>().unwrap_err();
        assert_eq!(error.to_string(), "“pgsm” is not one of: PGSM, SNOM.");
    }

    #[test]
    fn editions_are_the_manuals() {
        assert_eq!(SecurityModel::Sdes.edition(), "Enterprise");
        assert_eq!(SecurityModel::Zrtp.edition(), "Professional");
    }
}
