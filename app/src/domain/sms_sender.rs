//! Whom a phone shows as the sender of an SMS.

use std::fmt;

use thiserror::Error;

/// A number, a short code, or a name of letters (3GPP TS 23.040, section 9.1.2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsSender(String);

/// Anything else; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("Use a number of 3 to 15 digits, with or without +, or a name of at most 11 Latin letters, digits, blanks, dots and dashes.")]
pub struct SmsSenderError;

impl SmsSender {
    /// The most characters of a name.
    pub const NAME_MAX: usize = 11;

    /// Takes what was typed; white space around it is dropped.
    ///
    /// # Errors
    /// The user's message.
    pub fn parse(text: &str) -> Result<Self, SmsSenderError> {
        let text = text.trim();
        if is_number(text) || is_name(text) { Ok(Self(text.to_owned())) } else { Err(SmsSenderError) }
    }

    /// The sender.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SmsSender {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (3..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_name(text: &str) -> bool {
    text.len() <= SmsSender::NAME_MAX
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" .-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_pass() {
        for (typed, stored) in [
            (" +393201184467 ", "+393201184467"),
            ("40404", "40404"),
            ("Ringkey", "Ringkey"),
            ("3Com S.p.A.", "3Com S.p.A."),
            ("A-1", "A-1"),
        ] {
            assert_eq!(SmsSender::parse(typed).map(|sender| sender.to_string()), Ok(stored.to_owned()), "{typed:?}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for typed in ["", "12", "+", "1234567890123456", "Ringkey Srl X", "Perché", "a\nb", "a&to=1", "1 2", "٣٩٣٩"] {
            assert_eq!(SmsSender::parse(typed), Err(SmsSenderError), "{typed:?}");
        }
    }
}
