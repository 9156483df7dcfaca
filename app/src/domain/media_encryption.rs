//! Whether a phone may call without encryption.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::unknown::UnknownWord;

/// What a phone does when the other side does not encrypt. How it encrypts is the account's security model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaEncryption {
    /// There is no call.
    #[default]
    Enforced,
    /// The call goes on in the clear.
    Preferred,
}

impl MediaEncryption {
    /// Both, in the order of the form.
    pub const ALL: [Self; 2] = [Self::Enforced, Self::Preferred];

    /// The stored and the sent word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enforced => "enforced",
            Self::Preferred => "preferred",
        }
    }
}

impl FromStr for MediaEncryption {
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
        for value in MediaEncryption::ALL {
            assert_eq!(value.as_str().parse(), Ok(value));
            assert_eq!(serde_json::to_string(&value).unwrap(), format!("\"{}\"", value.as_str()));
        }
        assert_eq!("off".parse::<MediaEncryption>().unwrap_err().to_string(), "“off” is not one of: enforced, preferred.");
        assert_eq!(MediaEncryption::default(), MediaEncryption::Enforced);
    }
}
