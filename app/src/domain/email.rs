//! E-mail addresses.

use std::fmt;

use thiserror::Error;

use super::characters::{named, shown};

/// A valid e-mail address as browsers understand it (WHATWG HTML, "valid e-mail address"), of at
/// most 254 characters (RFC 5321).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

/// Why a text is no e-mail address; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EmailError {
    /// Over 254 characters.
    #[error("This address has {0} characters. Use at most 254.")]
    TooLong(usize),
    /// Not exactly one `@` with something on both sides.
    #[error("Write the address as name@example.com.")]
    Shape,
    /// A character that an address cannot hold where it stands.
    #[error("{} cannot stand in an e-mail address. Write it as name@example.com.", named(*.0))]
    Character(char),
    /// A part between the dots of the domain is empty, over 63 characters, or begins or ends with a
    /// dash.
    #[error("The domain part “{}” is not valid. Check what is written after the @.", shown(.0, 30))]
    DomainPart(String),
}

impl EmailAddress {
    /// The most characters.
    pub const MAX: usize = 254;

    /// Takes what was typed; white space around it is dropped.
    ///
    /// # Errors
    /// The user's message.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        let length = text.chars().count();
        if length > Self::MAX {
            return Err(EmailError::TooLong(length));
        }
        let (name, domain) = text.split_once('@').ok_or(EmailError::Shape)?;
        if name.is_empty() || domain.is_empty() {
            return Err(EmailError::Shape);
        }
        if let Some(other) = name.chars().find(|character| !is_name_character(*character)) {
            return Err(EmailError::Character(other));
        }
        if let Some(other) = domain.chars().find(|character| !(character.is_ascii_alphanumeric() || matches!(character, '.' | '-'))) {
            return Err(EmailError::Character(other));
        }
        let is_bad = |part: &&str| part.is_empty() || part.len() > 63 || part.starts_with('-') || part.ends_with('-');
        if let Some(part) = domain.split('.').find(is_bad) {
            return Err(EmailError::DomainPart(part.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, '.' | '!' | '#'..='\'' | '*' | '+' | '/' | '=' | '?' | '^' | '_' | '`' | '{'..='~' | '-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_that_pass() {
        for address in ["it@edilnova.example", "a@b", "o'brien+x@a-b.co.uk", ".a..b.@1.2", " it@edilnova.example "] {
            assert_eq!(EmailAddress::parse(address).unwrap().as_str(), address.trim());
        }
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        for (text, error) in [
            ("", EmailError::Shape),
            ("luca", EmailError::Shape),
            ("@example.com", EmailError::Shape),
            ("luca@", EmailError::Shape),
            ("a@b@c", EmailError::Character('@')),
            ("luca ferri@example.com", EmailError::Character(' ')),
            ("<script>@example.com", EmailError::Character('<')),
            ("luca@exam_ple.com", EmailError::Character('_')),
            ("lucà@example.com", EmailError::Character('à')),
            ("luca\0@example.com", EmailError::Character('\0')),
            ("luca@ex１.com", EmailError::Character('１')),
            ("luca@example..com", EmailError::DomainPart(String::new())),
            ("luca@-example.com", EmailError::DomainPart("-example".to_owned())),
            ("luca@example-.com", EmailError::DomainPart("example-".to_owned())),
        ] {
            assert_eq!(EmailAddress::parse(text), Err(error), "{text:?}");
        }
        let label = "a".repeat(64);
        assert_eq!(EmailAddress::parse(&format!("x@{label}.com")), Err(EmailError::DomainPart(label)));
        assert_eq!(EmailAddress::parse(&"a".repeat(10_240)), Err(EmailError::TooLong(10_240)));
    }

    proptest! {
        #[test]
        fn the_whatwg_grammar_passes(
            address in "[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,40}@[a-zA-Z0-9]([a-zA-Z0-9-]{0,20}[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,20}[a-zA-Z0-9])?){0,4}"
        ) {
            prop_assert_eq!(EmailAddress::parse(&address), Ok(EmailAddress(address)));
        }

        #[test]
        fn what_passes_is_ascii_without_blanks(text in "\\PC{0,10}@\\PC{0,10}") {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert!(address.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
                prop_assert_eq!(address.as_str().matches('@').count(), 1);
            }
        }
    }
}
