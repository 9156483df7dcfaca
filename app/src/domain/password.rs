//! The account's SIP password: the rule and the generator.

use thiserror::Error;

use super::characters::named;
use super::patterns::{is_digit_sequence, is_one_character};
use super::phone_number::PhoneNumber;
use super::username::Username;

/// The rule of an account's password. The password itself travels as a
/// [`Secret`](super::secret::Secret) and is stored only as digests.
#[derive(Clone, Copy, Debug)]
pub struct AccountPassword;

/// Why a password is refused; the user's message, which never repeats the password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PasswordError {
    /// Nothing was typed.
    #[error("Enter a password of 8 to 64 characters, or press Generate.")]
    Empty,
    /// Under 8 or over 64 characters.
    #[error("This password has {}. Use 8 to 64.", if *.0 == 1 { "1 character".to_owned() } else { format!("{} characters", .0) })]
    Length(usize),
    /// Something that phones cannot type alike.
    #[error("{} cannot be used. Use Latin letters without accents, digits, blanks and the usual signs.", named(*.0))]
    Character(char),
    /// The username.
    #[error("The password is the username. Choose another one.")]
    IsUsername,
    /// The number, in some spelling.
    #[error("The password is the virtual phone number. Choose another one.")]
    IsNumber,
    /// One character, repeated.
    #[error("The password is one character repeated. Choose another one.")]
    OneCharacter,
    /// Digits that count up or down.
    #[error("The password is a digit sequence. Choose another one.")]
    DigitSequence,
}

/// The characters of a generated password: no `0 O o`, no `1 I l`, and nothing that a configuration
/// file would have to escape. Digits come first, then letters.
const ALPHABET: &[u8; 56] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz";
const DIGITS: usize = 8;

impl AccountPassword {
    /// The fewest characters.
    pub const MIN: usize = 8;
    /// The most characters.
    pub const MAX: usize = 64;

    /// Checks a password against the username and the number of its account, as far as those are
    /// known.
    ///
    /// # Errors
    /// The user's message.
    pub fn check(password: &str, username: Option<&Username>, number: Option<&PhoneNumber>) -> Result<(), PasswordError> {
        let length = password.chars().count();
        if length == 0 {
            return Err(PasswordError::Empty);
        }
        if length > Self::MAX {
            return Err(PasswordError::Length(length));
        }
        if let Some(other) = password.chars().find(|character| !matches!(character, ' '..='~')) {
            return Err(PasswordError::Character(other));
        }
        if length < Self::MIN {
            return Err(PasswordError::Length(length));
        }
        if is_one_character(password) {
            return Err(PasswordError::OneCharacter);
        }
        if is_digit_sequence(password) {
            return Err(PasswordError::DigitSequence);
        }
        if username.is_some_and(|username| username.as_str() == password) {
            return Err(PasswordError::IsUsername);
        }
        if number.is_some_and(|number| number.is_spelled(password)) {
            return Err(PasswordError::IsNumber);
        }
        Ok(())
    }

    /// A password of 24 characters that carries 136 of the 256 random bits and passes
    /// [`AccountPassword::check`] whatever they are: a letter in front and a digit at the end
    /// exclude repetitions and sequences, and no username or number is as long.
    #[must_use]
    pub fn generate(random: &[u8; 32]) -> String {
        let mut number = *random;
        let mut draw = |from: &[u8]| char::from(from[remainder(&mut number, from.len())]);
        let mut password = String::from(draw(&ALPHABET[DIGITS..]));
        password.extend((0..22).map(|_| draw(ALPHABET)));
        password.push(draw(&ALPHABET[..DIGITS]));
        password
    }
}

/// Divides the big-endian number by `divisor` (at most 256) and gives the remainder. Drawing so
/// from 256 bits favours no character by more than 1 in 2¹¹⁶.
fn remainder(number: &mut [u8; 32], divisor: usize) -> usize {
    number.iter_mut().fold(0, |remainder, byte| {
        let value = remainder * 256 + usize::from(*byte);
        // Below 256, since the remainder before is below the divisor.
        *byte = (value / divisor).to_le_bytes()[0];
        value % divisor
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(password: &str) -> Result<(), PasswordError> {
        let username = Username::parse("2086693379").unwrap();
        let number = PhoneNumber::parse("+391234567890").unwrap();
        AccountPassword::check(password, Some(&username), Some(&number))
    }

    #[test]
    fn passwords_that_pass() {
        for password in ["8 chars!", "tr0ub4dor&3", "20866933790", "13572468", "\"quoted\\<script>'%_"] {
            assert_eq!(check(password), Ok(()), "{password}");
        }
        assert_eq!(check(&"ab".repeat(32)), Ok(()));
    }

    #[test]
    fn passwords_that_are_refused() {
        for (password, error) in [
            ("", PasswordError::Empty),
            ("seven77", PasswordError::Length(7)),
            ("passwörd", PasswordError::Character('ö')),
            ("１２３５８１３２", PasswordError::Character('１')),
            ("tab\tstop", PasswordError::Character('\t')),
            ("nul\0nul\0", PasswordError::Character('\0')),
            ("\u{200f}password", PasswordError::Character('\u{200f}')),
            ("aaaaaaaa", PasswordError::OneCharacter),
            ("1234567890", PasswordError::DigitSequence),
            ("0987654321", PasswordError::DigitSequence),
            ("2086693379", PasswordError::IsUsername),
            ("+391234567890", PasswordError::IsNumber),
            ("00391234567890", PasswordError::IsNumber),
            ("391234567890", PasswordError::IsNumber),
            ("+39 123 456-7890", PasswordError::IsNumber),
        ] {
            assert_eq!(check(password), Err(error), "{password:?}");
        }
        assert_eq!(check(&"ab".repeat(33)), Err(PasswordError::Length(66)));
        assert_eq!(check(&"x".repeat(10_240)), Err(PasswordError::Length(10_240)));
    }

    #[test]
    fn an_extension_is_refused_as_it_is() {
        let number = PhoneNumber::parse("00123456").unwrap();
        assert_eq!(AccountPassword::check("00123456", None, Some(&number)), Err(PasswordError::IsNumber));
    }

    #[test]
    fn messages_never_repeat_the_password() {
        assert_eq!(check("seven77").unwrap_err().to_string(), "This password has 7 characters. Use 8 to 64.");
        assert!(!check("2086693379").unwrap_err().to_string().contains("2086693379"));
    }

    #[test]
    fn the_generator_passes_at_its_edges() {
        for random in [[0; 32], [255; 32], [1; 32]] {
            assert_eq!(check(&AccountPassword::generate(&random)), Ok(()));
        }
    }

    proptest! {
        #[test]
        fn generated_passwords_always_pass(random: [u8; 32]) {
            let password = AccountPassword::generate(&random);
            prop_assert_eq!(password.len(), 24);
            prop_assert!(!password.contains(['0', 'O', 'o', '1', 'I', 'l']));
            prop_assert_eq!(check(&password), Ok(()));
        }

        #[test]
        fn one_flipped_bit_low_in_the_number_changes_the_password(random: [u8; 32], bit in 0_usize..8) {
            let mut other = random;
            other[31] ^= 1 << bit;
            prop_assert_ne!(AccountPassword::generate(&random), AccountPassword::generate(&other));
        }

        #[test]
        fn sequences_are_refused(first in 0_u32..10, length in 8_u32..=64, down: bool) {
            let step = if down { 9 } else { 1 };
            let sequence: String = (0..length).map(|at| char::from_digit((first + at * step) % 10, 10).unwrap()).collect();
            prop_assert_eq!(check(&sequence), Err(PasswordError::DigitSequence));
        }

        #[test]
        fn runs_are_refused(character in proptest::char::range(' ', '~'), length in 8_usize..=64) {
            prop_assert_eq!(check(&character.to_string().repeat(length)), Err(PasswordError::OneCharacter));
        }

        #[test]
        fn what_passes_is_printable_ascii_of_8_to_64(password in "\\PC{0,70}") {
            if check(&password).is_ok() {
                prop_assert!((8..=64).contains(&password.len()));
                prop_assert!(password.bytes().all(|byte| (0x20..=0x7e).contains(&byte)));
            }
        }
    }
}
