//! Which digest of a password phones prove that they know.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::unknown::UnknownWord;

/// The hash of digest authentication (RFC 8760). One for the whole service: a SIP server asks all phones for the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DigestAlgorithm {
    /// Known to every phone.
    #[default]
    #[serde(rename = "MD5")]
    Md5,
    /// Known to newer ones.
    #[serde(rename = "SHA-256")]
    Sha256,
}

impl DigestAlgorithm {
    /// Both, in the order of the form.
    pub const ALL: [Self; 2] = [Self::Md5, Self::Sha256];

    /// The word on screen, in the database and in SIP.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }
}

impl FromStr for DigestAlgorithm {
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
        for value in DigestAlgorithm::ALL {
            assert_eq!(value.as_str().parse(), Ok(value));
            assert_eq!(serde_json::to_string(&value).unwrap(), format!("\"{}\"", value.as_str()));
        }
        assert_eq!(DigestAlgorithm::default(), DigestAlgorithm::Md5);
    }
}
