//! The name with which an operator signs in.

use std::fmt;

use thiserror::Error;

use super::text::{OneLine, TextError};

/// 1 to 64 characters on one line. Upper and lower case are told apart by the eye, never by the
/// system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperatorName(String);

/// Why a text is no operator's name; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OperatorNameError {
    /// Nothing was typed.
    #[error("Enter a name of 1 to 64 characters.")]
    Empty,
    /// The rule of texts.
    #[error(transparent)]
    Text(#[from] TextError),
}

impl OperatorName {
    /// The most characters.
    pub const MAX: usize = 64;

    /// Takes what was typed; white space around it is dropped.
    ///
    /// # Errors
    /// The user's message.
    pub fn parse(text: &str) -> Result<Self, OperatorNameError> {
        OneLine::parse(text, Self::MAX)?.map(Self).ok_or(OperatorNameError::Empty)
    }

    /// The name as it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in lower case, by which it is found and must be unique.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for OperatorName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_found_in_any_case() {
        let name = OperatorName::parse(" Marta Gallo ").unwrap();
        assert_eq!((name.as_str(), name.key().as_str()), ("Marta Gallo", "marta gallo"));
    }

    #[test]
    fn other_texts_are_refused() {
        assert_eq!(OperatorName::parse(" "), Err(OperatorNameError::Empty));
        assert!(matches!(OperatorName::parse(&"x".repeat(65)), Err(OperatorNameError::Text(TextError::TooLong { .. }))));
        assert!(matches!(OperatorName::parse("a\nb"), Err(OperatorNameError::Text(TextError::LineBreak))));
        assert!(matches!(OperatorName::parse("a\0b"), Err(OperatorNameError::Text(TextError::Control('\0')))));
    }
}
