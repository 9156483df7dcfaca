//! The rule of an operator's own password. Any characters may be used; length counts more than
//! kinds (NIST SP 800-63B, section 5.1.1).

use thiserror::Error;

use super::patterns::{is_digit_sequence, is_one_character};

/// The fewest characters.
pub const MIN: usize = 12;
/// The most characters.
pub const MAX: usize = 200;

/// Well-known passwords and the words that people make them of, in lower case.
const COMMON: &str = include_str!("common_passwords.txt");
/// A name shorter than this is in too many passwords by chance.
const NAME_MIN: usize = 3;

/// Why a password is refused; the user's message, which never repeats the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OperatorPasswordError {
    /// Under 12 or over 200 characters.
    #[error("Use 12 to 200 characters; this password has {0}.")]
    Length(usize),
    /// The operator's name is in it.
    #[error("The password contains the name. Choose another one.")]
    ContainsName,
    /// One character, repeated.
    #[error("The password is one character repeated. Choose another one.")]
    OneCharacter,
    /// Digits that count up or down.
    #[error("The password is a digit sequence. Choose another one.")]
    DigitSequence,
    /// A well-known password, or a well-known word with digits and signs around it.
    #[error(
        "The password is among the first that anyone tries. Choose another one, such as four words that have nothing to do with each other."
    )]
    Common,
}

/// Checks a password against the name of its operator.
///
/// # Errors
/// The user's message.
pub fn check(password: &str, name: &str) -> Result<(), OperatorPasswordError> {
    let length = password.chars().count();
    if !(MIN..=MAX).contains(&length) {
        return Err(OperatorPasswordError::Length(length));
    }
    if is_one_character(password) {
        return Err(OperatorPasswordError::OneCharacter);
    }
    if is_digit_sequence(password) {
        return Err(OperatorPasswordError::DigitSequence);
    }
    let password = password.to_lowercase();
    if is_common(&password) {
        return Err(OperatorPasswordError::Common);
    }
    let name = name.trim().to_lowercase();
    if name.chars().count() >= NAME_MIN && password.contains(&name) {
        return Err(OperatorPasswordError::ContainsName);
    }
    Ok(())
}

/// Whether the lower-case password is a common one, or one with only digits and signs around it, or
/// one over and over.
fn is_common(password: &str) -> bool {
    let word = password.trim_matches(|character: char| !character.is_alphabetic());
    COMMON.lines().any(|common| {
        let is_repeated = |text: &str| !text.is_empty() && text.replace(common, "").is_empty();
        is_repeated(password) || is_repeated(word)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn good_passwords_pass() {
        for password in ["lamp orbit celery quarry", "🙂 cavallo 7 graffetta", "tr0ub4dor&3-x", "my own password is long"] {
            assert_eq!(check(password, "Marta Gallo"), Ok(()), "{password}");
        }
        assert_eq!(check(&"ab c".repeat(50), "Al"), Ok(()));
    }

    #[test]
    fn bad_passwords_are_refused() {
        for (password, error) in [
            ("", OperatorPasswordError::Length(0)),
            ("elevenchars", OperatorPasswordError::Length(11)),
            ("aaaaaaaaaaaa", OperatorPasswordError::OneCharacter),
            ("123456789012", OperatorPasswordError::DigitSequence),
            ("210987654321", OperatorPasswordError::DigitSequence),
            ("password1234", OperatorPasswordError::Common),
            ("Password!2024!", OperatorPasswordError::Common),
            ("passwordpassword", OperatorPasswordError::Common),
            ("1q2w3e4r5t6y", OperatorPasswordError::Common),
            ("QWERTYuiop123", OperatorPasswordError::Common),
            ("administrator", OperatorPasswordError::Common),
            ("123123123123", OperatorPasswordError::Common),
            ("Correct horse battery staple!", OperatorPasswordError::Common),
            ("ringkey12345", OperatorPasswordError::Common),
            ("xx-MARTA GALLO-xx", OperatorPasswordError::ContainsName),
        ] {
            assert_eq!(check(password, "Marta Gallo"), Err(error), "{password}");
        }
        assert_eq!(check(&"ab".repeat(101), "x"), Err(OperatorPasswordError::Length(202)));
        assert_eq!(check("ålesund-ålesund", "Ålesund"), Err(OperatorPasswordError::ContainsName));
    }

    #[test]
    fn a_very_short_name_does_not_spoil_every_password() {
        assert_eq!(check("lamp orbit celery quarry", "a"), Ok(()));
    }

    #[test]
    fn the_list_is_tidy() {
        let lines: Vec<&str> = COMMON.lines().collect();
        assert!(lines.is_sorted_by(|one, next| one < next));
        assert!(lines.iter().all(|line| !line.is_empty() && *line == line.trim().to_lowercase()));
        assert!(lines.len() >= 150);
    }

    proptest! {
        #[test]
        fn digits_around_a_common_word_do_not_help(before in "[0-9!]{0,8}", after in "[0-9!.]{4,8}") {
            let password = format!("{before}PassWord{after}");
            prop_assert_eq!(check(&password, "Marta Gallo"), Err(OperatorPasswordError::Common));
        }
    }
}
