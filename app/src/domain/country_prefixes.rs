//! The countries that SMSes may go to.

use std::fmt;

use thiserror::Error;

use super::characters::shown;
use super::phone_number::PhoneNumber;

/// Beginnings of international numbers, such as `+39`; sorted, each once. None at all allows every number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountryPrefixes(Vec<String>);

/// Why a text is no list of prefixes; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CountryPrefixesError {
    /// Something that is not `+` and 1 to 4 digits.
    #[error("“{0}” is not a country prefix. Write + and 1 to 4 digits, with a comma between two: +39, +41")]
    Prefix(String),
    /// More than there are countries.
    #[error("These are {0} prefixes. Use at most {max}, or none to allow every country.", max = CountryPrefixes::MAX)]
    TooMany(usize),
}

impl CountryPrefixes {
    /// The most prefixes.
    pub const MAX: usize = 250;

    /// Takes prefixes with commas or blanks between them; nothing is an empty list.
    ///
    /// # Errors
    /// The user's message.
    pub fn parse(text: &str) -> Result<Self, CountryPrefixesError> {
        let words = || text.split(|character: char| character == ',' || character.is_whitespace()).filter(|word| !word.is_empty());
        if let Some(other) = words().find(|word| !is_prefix(word)) {
            return Err(CountryPrefixesError::Prefix(shown(other, 24)));
        }
        let mut prefixes: Vec<String> = words().map(str::to_owned).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        if prefixes.len() > Self::MAX {
            return Err(CountryPrefixesError::TooMany(prefixes.len()));
        }
        Ok(Self(prefixes))
    }

    /// Whether an SMS may go to this number. An extension is no number of any country.
    #[must_use]
    pub fn allow(&self, number: &PhoneNumber) -> bool {
        self.0.is_empty() || self.0.iter().any(|prefix| number.as_str().starts_with(prefix))
    }

    /// The prefixes, each with its `+`.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// `+39, +41`: as it is typed and stored.
impl fmt::Display for CountryPrefixes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join(", "))
    }
}

/// No country code begins with 0.
fn is_prefix(word: &str) -> bool {
    word.strip_prefix('+').is_some_and(|digits| {
        (1..=4).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lists_that_pass() {
        for (typed, stored) in
            [("", ""), (" , ", ""), ("+39", "+39"), ("+41,+39", "+39, +41"), (" +39\n+41 ,+39", "+39, +41"), ("+1242", "+1242")]
        {
            assert_eq!(CountryPrefixes::parse(typed).unwrap().to_string(), stored, "{typed:?}");
        }
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        for (typed, word) in
            [("39", "39"), ("+", "+"), ("+39, +0", "+0"), ("+39393", "+39393"), ("+39;+41", "+39;+41"), ("0039", "0039"), ("+٣٩", "+٣٩")]
        {
            assert_eq!(CountryPrefixes::parse(typed), Err(CountryPrefixesError::Prefix(word.to_owned())), "{typed:?}");
        }
        let many: String = (1..=251).map(|number| format!("+{number} ")).collect();
        let message = "These are 251 prefixes. Use at most 250, or none to allow every country.";
        assert_eq!(CountryPrefixes::parse(&many).unwrap_err().to_string(), message);
    }

    #[test]
    fn numbers_are_allowed_by_their_beginning() {
        let allows = |prefixes: &str, number: &str| CountryPrefixes::parse(prefixes).unwrap().allow(&PhoneNumber::parse(number).unwrap());
        assert!(allows("+39, +41", "+393201184467"));
        assert!(!allows("+39, +41", "+49301234567"));
        assert!(!allows("+39", "393201184467"));
        assert!(!allows("+1242", "+14155550100"));
        assert!(allows("", "+49301234567"));
    }

    proptest! {
        #[test]
        fn what_is_stored_parses_to_itself(text in "(\\+?[0-9]{0,5}[, ;]?){0,6}") {
            if let Ok(prefixes) = CountryPrefixes::parse(&text) {
                prop_assert_eq!(CountryPrefixes::parse(&prefixes.to_string()), Ok(prefixes));
            }
        }
    }
}
