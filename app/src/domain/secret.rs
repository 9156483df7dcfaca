//! A password on its way through the program: shown by no `{:?}`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that must not reach a page, a log or an error. It goes over the wire as the plain text.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for hashing and checking only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing was typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::from("hunter2hunter2".to_owned())), "Secret(…)");
    }

    #[test]
    fn the_wire_form_is_the_text() {
        let secret = Secret::from("hunter2hunter2".to_owned());
        let json = serde_json::to_string(&secret).unwrap();
        assert_eq!(json, "\"hunter2hunter2\"");
        assert_eq!(serde_json::from_str::<Secret>(&json).unwrap(), secret);
    }
}
