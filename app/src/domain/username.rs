//! What the phone registers with.

use std::fmt;

use thiserror::Error;

use super::characters::named;

/// 3 to 20 ASCII digits; unique over the system, which the database sees to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Username(String);

/// Why a text is no username; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UsernameError {
    /// Nothing was typed.
    #[error("Enter a username of 3 to 20 digits.")]
    Empty,
    /// Under 3 or over 20 characters.
    #[error("This username has {0} characters. Use 3 to 20 digits, 0 to 9.")]
    Length(usize),
    /// Something else than 0 to 9, digits of other scripts included.
    #[error("{} is not one of the digits 0 to 9. Use 3 to 20 of them.", named(*.0))]
    NotADigit(char),
}

impl Username {
    /// The fewest digits.
    pub const MIN: usize = 3;
    /// The most digits.
    pub const MAX: usize = 20;

    /// Takes what was typed; white space around it is dropped.
    ///
    /// # Errors
    /// The user's message.
    pub fn parse(text: &str) -> Result<Self, UsernameError> {
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 {
            return Err(UsernameError::Empty);
        }
        if length > Self::MAX {
            return Err(UsernameError::Length(length));
        }
        if let Some(other) = text.chars().find(|character| !character.is_ascii_digit()) {
            return Err(UsernameError::NotADigit(other));
        }
        if length < Self::MIN {
            return Err(UsernameError::Length(length));
        }
        Ok(Self(text.to_owned()))
    }

    /// A suggestion of 10 digits, the first not 0, from a random number.
    #[must_use]
    pub fn from_random(random: u64) -> Self {
        Self((1_000_000_000 + random % 9_000_000_000).to_string())
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn from_3_to_20_digits_pass() {
        for text in ["111", "2086693379", "00000000000000000000", " 111\n"] {
            assert_eq!(Username::parse(text).unwrap().as_str(), text.trim());
        }
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        for (text, message) in [
            ("", "Enter a username of 3 to 20 digits."),
            ("  ", "Enter a username of 3 to 20 digits."),
            ("11", "This username has 2 characters. Use 3 to 20 digits, 0 to 9."),
            ("111111111111111111111", "This username has 21 characters. Use 3 to 20 digits, 0 to 9."),
            ("11a", "“a” is not one of the digits 0 to 9. Use 3 to 20 of them."),
            ("１１１", "“１” (U+FF11) is not one of the digits 0 to 9. Use 3 to 20 of them."),
            ("11\0", "U+0000 is not one of the digits 0 to 9. Use 3 to 20 of them."),
            ("\u{200f}111", "U+200F is not one of the digits 0 to 9. Use 3 to 20 of them."),
            ("+39", "“+” is not one of the digits 0 to 9. Use 3 to 20 of them."),
        ] {
            assert_eq!(Username::parse(text).unwrap_err().to_string(), message, "{text:?}");
        }
        assert_eq!(Username::parse(&"a".repeat(10_240)), Err(UsernameError::Length(10_240)));
    }

    proptest! {
        #[test]
        fn suggestions_are_ten_digits_and_usernames(random: u64) {
            let username = Username::from_random(random);
            prop_assert_eq!(username.as_str().len(), 10);
            prop_assert!(!username.as_str().starts_with('0'));
            prop_assert_eq!(Username::parse(username.as_str()), Ok(username));
        }

        #[test]
        fn only_ascii_digits_pass(text in "\\PC{0,24}") {
            if let Ok(username) = Username::parse(&text) {
                prop_assert!((3..=20).contains(&username.as_str().len()));
                prop_assert!(username.as_str().bytes().all(|byte| byte.is_ascii_digit()));
            }
        }
    }
}
