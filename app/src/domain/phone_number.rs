//! The virtual phone number: what others dial and what they see as the caller.

use std::fmt;

use thiserror::Error;

use super::characters::{named, shown};
use super::country_code::country_code;

/// An international number (`+391234567890`) or an extension (`111`); unique over the system by its
/// digits, which the database sees to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(String);

/// Why a text is no phone number; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PhoneNumberError {
    /// Nothing was typed, or only separators.
    #[error("Enter an extension of 2 to 15 digits such as 111, or + and an international number.")]
    Empty,
    /// Longer than any way to write a number.
    #[error("This has {0} characters. Use + and 7 to 15 digits, or an extension of 2 to 15 digits.")]
    TooLong(usize),
    /// Neither a digit nor a separator that is dropped.
    #[error("{} does not belong in a phone number. Use the digits 0 to 9, with + in front of an international number.", named(*.0))]
    Character(char),
    /// A `+` behind a digit or another `+`.
    #[error("The + belongs in front of the number, once.")]
    MisplacedPlus,
    /// `+` with a wrong count of digits.
    #[error("{number} has {}: an international number has 7 to 15.", counted(*.digits))]
    InternationalLength {
        /// The number without separators.
        number: String,
        /// Its digits, the country code included.
        digits: usize,
    },
    /// An extension of a wrong length.
    #[error("{number} has {}: an extension has 2 to 15. Put + in front of an international number.", counted(*.digits))]
    ExtensionLength {
        /// The number without separators.
        number: String,
        /// Its digits.
        digits: usize,
    },
    /// An international number whose first digits are no assigned country code.
    #[error("{0} does not begin with a country code that is in use. Check the digits after the international prefix.")]
    CountryCode(String),
}

/// What is told about a number that is not free; the user's message.
pub const NUMBER_TAKEN: &str = "Another account has this number. Choose a different one.";

/// The longest text that is looked at: 17 digits, `+` and a separator around each leave room.
const MAX_TYPED: usize = 60;

impl PhoneNumber {
    /// Takes what was typed. Blanks, dots, dashes and parentheses are dropped; `+` or `00` and 7 to
    /// 15 digits is international and must begin with an assigned country code (ITU-T E.164);
    /// anything else of 2 to 15 digits is an extension.
    ///
    /// # Errors
    /// The user's message.
    pub fn parse(text: &str) -> Result<Self, PhoneNumberError> {
        let typed = text.chars().count();
        if typed > MAX_TYPED {
            return Err(PhoneNumberError::TooLong(typed));
        }
        let number = without_separators(text);
        let (plus, digits) = match number.strip_prefix('+') {
            Some(digits) => (true, digits),
            None => (false, number.as_str()),
        };
        match digits.chars().find(|character| !character.is_ascii_digit()) {
            Some('+') => return Err(PhoneNumberError::MisplacedPlus),
            Some(other) => return Err(PhoneNumberError::Character(other)),
            None => {}
        }
        if plus {
            return Self::international(digits, &number);
        }
        match digits.strip_prefix("00") {
            Some(rest) if (7..=15).contains(&rest.len()) => Self::international(rest, &number),
            _ => Self::extension(digits),
        }
    }

    fn international(digits: &str, number: &str) -> Result<Self, PhoneNumberError> {
        let number = || shown(number, 24);
        if !(7..=15).contains(&digits.len()) {
            return Err(PhoneNumberError::InternationalLength { number: number(), digits: digits.len() });
        }
        if country_code(digits).is_none() {
            return Err(PhoneNumberError::CountryCode(number()));
        }
        Ok(Self(["+", digits].concat()))
    }

    fn extension(digits: &str) -> Result<Self, PhoneNumberError> {
        match digits.len() {
            0 => Err(PhoneNumberError::Empty),
            2..=15 => Ok(Self(digits.to_owned())),
            length => Err(PhoneNumberError::ExtensionLength { number: shown(digits, 24), digits: length }),
        }
    }

    /// The stored form: `+391234567890` or `111`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The stored form without the `+`; what must be unique.
    #[must_use]
    pub fn digits(&self) -> &str {
        self.0.strip_prefix('+').unwrap_or(&self.0)
    }

    /// Whether an SMS can reach it.
    #[must_use]
    pub fn is_international(&self) -> bool {
        self.0.starts_with('+')
    }

    /// The country code without `+`; an extension has none.
    #[must_use]
    pub fn country_code(&self) -> Option<&str> {
        self.0.strip_prefix('+').and_then(country_code)
    }

    /// Whether `text` is this number in some spelling: with or without prefix and separators.
    #[must_use]
    pub fn is_spelled(&self, text: &str) -> bool {
        let text = without_separators(text);
        let digits = text.strip_prefix('+').unwrap_or(&text);
        digits == self.digits() || digits.strip_prefix("00") == Some(self.digits())
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Drops what people put between digits: blanks of any kind, dots, parentheses, and the dashes that
/// word processors make of `-`.
fn without_separators(text: &str) -> String {
    // As most numbers of a file are.
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'+') {
        return text.to_owned();
    }
    let is_separator =
        |character: char| character.is_whitespace() || matches!(character, '.' | '-' | '(' | ')' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    text.chars().filter(|character| !is_separator(*character)).collect()
}

fn counted(digits: usize) -> String {
    format!("{digits} {}", if digits == 1 { "digit" } else { "digits" })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_numbers() {
        for (typed, stored) in [
            ("+391234567890", "+391234567890"),
            ("00391234567890", "+391234567890"),
            ("+39 123.456-7890", "+391234567890"),
            ("(+39) 123 4567890", "+391234567890"),
            ("+39\u{a0}320\u{202f}118 4467", "+393201184467"),
            ("+39 320 – 1184467", "+393201184467"),
            ("+1 (415) 555-0100", "+14155550100"),
            ("+3934567", "+3934567"),
            ("+493012345678901", "+493012345678901"),
            ("003934567", "+3934567"),
            ("111", "111"),
            ("11", "11"),
            ("32-04", "3204"),
            ("2086693379", "2086693379"),
            ("00123", "00123"),
            ("00393456", "00393456"),
            ("123456789012345", "123456789012345"),
        ] {
            assert_eq!(PhoneNumber::parse(typed).map(|number| number.to_string()), Ok(stored.to_owned()), "{typed:?}");
        }
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        for (typed, message) in [
            ("", "Enter an extension of 2 to 15 digits such as 111, or + and an international number."),
            (" ( - ) ", "Enter an extension of 2 to 15 digits such as 111, or + and an international number."),
            ("+39320", "+39320 has 5 digits: an international number has 7 to 15."),
            ("+", "+ has 0 digits: an international number has 7 to 15."),
            ("+3912345678901234", "+3912345678901234 has 16 digits: an international number has 7 to 15."),
            ("1", "1 has 1 digit: an extension has 2 to 15. Put + in front of an international number."),
            ("1234567890123456", "1234567890123456 has 16 digits: an extension has 2 to 15. Put + in front of an international number."),
            (
                "001234567890123456",
                "001234567890123456 has 18 digits: an extension has 2 to 15. Put + in front of an international number.",
            ),
            (
                "+9991234567",
                "+9991234567 does not begin with a country code that is in use. Check the digits after the international prefix.",
            ),
            ("000000000", "000000000 does not begin with a country code that is in use. Check the digits after the international prefix."),
            ("39+320", "The + belongs in front of the number, once."),
            ("++39320118", "The + belongs in front of the number, once."),
            ("４２", "“４” (U+FF14) does not belong in a phone number. Use the digits 0 to 9, with + in front of an international number."),
            ("11\0", "U+0000 does not belong in a phone number. Use the digits 0 to 9, with + in front of an international number."),
            (
                "\u{202a}+39320118",
                "U+202A does not belong in a phone number. Use the digits 0 to 9, with + in front of an international number.",
            ),
            ("4.41E+11", "“E” does not belong in a phone number. Use the digits 0 to 9, with + in front of an international number."),
        ] {
            assert_eq!(PhoneNumber::parse(typed).map_err(|error| error.to_string()), Err(message.to_owned()), "{typed:?}");
        }
        assert_eq!(PhoneNumber::parse(&"1".repeat(10_240)), Err(PhoneNumberError::TooLong(10_240)));
    }

    #[test]
    fn digits_and_country_code() {
        let number = PhoneNumber::parse("+39 320 118 4467").unwrap();
        assert_eq!((number.digits(), number.country_code(), number.is_international()), ("393201184467", Some("39"), true));
        let extension = PhoneNumber::parse("3901").unwrap();
        assert_eq!((extension.digits(), extension.country_code(), extension.is_international()), ("3901", None, false));
    }

    proptest! {
        #[test]
        fn the_stored_form_parses_to_itself(typed in "(\\+|00)?[0-9 .()-]{0,20}") {
            if let Ok(number) = PhoneNumber::parse(&typed) {
                prop_assert_eq!(PhoneNumber::parse(number.as_str()), Ok(number));
            }
        }

        #[test]
        fn plus_and_00_are_the_same(rest in "39[0-9]{5,13}") {
            let plus = PhoneNumber::parse(&format!("+{rest}")).unwrap();
            prop_assert_eq!(&PhoneNumber::parse(&format!("00{rest}")).unwrap(), &plus);
            prop_assert_eq!(plus.digits(), &rest);
            prop_assert!(plus.is_international());
            for spelling in [rest.clone(), format!("00{rest}"), format!("+{rest}"), format!("({}) {}", &rest[..2], &rest[2..])] {
                prop_assert!(plus.is_spelled(&spelling), "{}", spelling);
            }
        }

        #[test]
        fn separators_change_nothing(digits in "[1-9][0-9]{1,14}", at in 0_usize..15, separator in "[ .()\u{a0}-]{1,3}") {
            let mut typed = digits.clone();
            typed.insert_str(at.min(digits.len()), &separator);
            prop_assert_eq!(PhoneNumber::parse(&typed), PhoneNumber::parse(&digits));
        }

        #[test]
        fn no_text_panics_and_what_passes_has_the_stored_shape(typed in "(\\+|00)?\\PC{0,20}") {
            if let Ok(number) = PhoneNumber::parse(&typed) {
                prop_assert!(number.digits().bytes().all(|byte| byte.is_ascii_digit()));
                let (fewest, most) = if number.is_international() { (7, 15) } else { (2, 15) };
                prop_assert!((fewest..=most).contains(&number.digits().len()));
                prop_assert_eq!(number.country_code().is_some(), number.is_international());
            }
        }
    }
}
