//! Hardware addresses of desk phones, kept for compatibility.

use std::fmt;

use thiserror::Error;

use super::characters::named;

/// A MAC address as `00:04:13:aa:bb:cc`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(String);

/// Why a text is no MAC address; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MacError {
    /// Neither a hex digit nor a separator.
    #[error("{} is not a hex digit. Write 12 hex digits, such as 00:04:13:aa:bb:cc.", named(*.0))]
    Character(char),
    /// Not 12 hex digits.
    #[error("This address has {0} hex digits. Write 12, such as 00:04:13:aa:bb:cc.")]
    Length(usize),
    /// Separators of two kinds, or at uneven distances.
    #[error("The digits are grouped in an unusual way. Write 12 hex digits, such as 00:04:13:aa:bb:cc.")]
    Grouping,
}

const SEPARATORS: [char; 4] = [':', '-', '.', ' '];

impl Mac {
    /// Takes any usual notation: 12 hex digits, bare or in even groups of 2, 4 or 6 with one kind
    /// of separator (`:`, `-`, `.`, blank).
    ///
    /// # Errors
    /// The user's message.
    pub fn parse(text: &str) -> Result<Self, MacError> {
        let text = text.trim();
        if let Some(other) = text.chars().find(|character| !character.is_ascii_hexdigit() && !SEPARATORS.contains(character)) {
            return Err(MacError::Character(other));
        }
        let digits: Vec<char> = text.chars().filter(char::is_ascii_hexdigit).map(|digit| digit.to_ascii_lowercase()).collect();
        if digits.len() != 12 {
            return Err(MacError::Length(digits.len()));
        }
        let is_even = |separator: char| {
            let first = text.split(separator).next().map_or(0, str::len);
            matches!(first, 2 | 4 | 6 | 12)
                && text.split(separator).all(|group| group.len() == first && group.chars().all(|c| c.is_ascii_hexdigit()))
        };
        if !SEPARATORS.into_iter().any(is_even) {
            return Err(MacError::Grouping);
        }
        let pairs: Vec<String> = digits.chunks(2).map(|pair| pair.iter().collect()).collect();
        Ok(Self(pairs.join(":")))
    }

    /// `00:04:13:aa:bb:cc`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn usual_notations_become_one() {
        for text in [
            "00:04:13:aa:bb:cc",
            "00-04-13-AA-BB-CC",
            "0004.13aa.bbcc",
            "0004-13aa-bbcc",
            "000413-aabbcc",
            "000413AABBCC",
            "00 04 13 AA BB CC",
            " 000413aabbcc\n",
        ] {
            assert_eq!(Mac::parse(text).unwrap().as_str(), "00:04:13:aa:bb:cc", "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        for (text, error) in [
            ("", MacError::Length(0)),
            ("00:04:13:aa:bb", MacError::Length(10)),
            ("00:04:13:aa:bb:cc:dd", MacError::Length(14)),
            ("00:04:13:aa:bb:cg", MacError::Character('g')),
            ("００:04:13:aa:bb:cc", MacError::Character('０')),
            ("00:04:13:aa:bb:c\0", MacError::Character('\0')),
            ("00:04-13:aa:bb:cc", MacError::Grouping),
            ("000:413:aa:bb:cc", MacError::Grouping),
            ("00:04:13:aa:bb:cc:", MacError::Grouping),
            ("0:0:0:4:1:3:a:a:b:b:c:c", MacError::Grouping),
        ] {
            assert_eq!(Mac::parse(text), Err(error), "{text:?}");
        }
        assert_eq!(Mac::parse(&"a".repeat(10_240)), Err(MacError::Length(10_240)));
    }

    proptest! {
        #[test]
        fn the_stored_form_parses_to_itself(bytes: [u8; 6]) {
            let text = bytes.map(|byte| format!("{byte:02x}")).join(":");
            prop_assert_eq!(Mac::parse(&text.replace(':', "").to_uppercase()), Mac::parse(&text));
            prop_assert_eq!(Mac::parse(&text), Ok(Mac(text)));
        }
    }
}
