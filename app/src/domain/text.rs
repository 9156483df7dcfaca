//! Free texts: owner, description, names.

use std::borrow::Cow;

use thiserror::Error;

use super::characters::named;

/// A text on one line, such as an owner or a group's name.
#[derive(Clone, Copy, Debug)]
pub struct OneLine;

/// A text that may have line breaks and tabs, such as a description.
#[derive(Clone, Copy, Debug)]
pub struct MultiLine;

/// Why a text is refused; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TextError {
    /// Too long.
    #[error("This text has {length} characters. Use at most {max}.")]
    TooLong {
        /// Its length in Unicode scalar values.
        length: usize,
        /// The most that fit.
        max: usize,
    },
    /// A line break where one line is meant.
    #[error("A line break cannot be used here. Write everything on one line.")]
    LineBreak,
    /// A control character, NUL included.
    #[error("The control character {} cannot be used. Remove it.", named(*.0))]
    Control(char),
}

impl OneLine {
    /// The text without white space around it; `None` when nothing is left. `max` counts Unicode
    /// scalar values.
    ///
    /// # Errors
    /// The user's message.
    pub fn parse(text: &str, max: usize) -> Result<Option<String>, TextError> {
        checked(text.trim(), max, |_| false)
    }
}

impl MultiLine {
    /// The text without white space around it, its line breaks as `\n`; `None` when nothing is
    /// left. `max` counts Unicode scalar values.
    ///
    /// # Errors
    /// The user's message.
    pub fn parse(text: &str, max: usize) -> Result<Option<String>, TextError> {
        // Browsers post line breaks as CR LF (WHATWG HTML, form submission), whatever was typed.
        let text = if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(text) };
        checked(text.trim(), max, |character| matches!(character, '\n' | '\t'))
    }
}

fn checked(text: &str, max: usize, allowed: fn(char) -> bool) -> Result<Option<String>, TextError> {
    let length = text.chars().count();
    if length > max {
        return Err(TextError::TooLong { length, max });
    }
    match text.chars().find(|character| character.is_control() && !allowed(*character)) {
        Some('\n' | '\r') => Err(TextError::LineBreak),
        Some(other) => Err(TextError::Control(other)),
        None => Ok((length > 0).then(|| text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_are_stored_as_they_are() {
        for text in ["Luca Ferri", "O'Brien \"x\" 100% _", "<script>alert(1)</script>", "\u{200f}שלום\u{202e}", "１２３", "🙂"] {
            assert_eq!(OneLine::parse(text, 100), Ok(Some(text.to_owned())));
            assert_eq!(MultiLine::parse(text, 100), Ok(Some(text.to_owned())));
        }
        assert_eq!(OneLine::parse(" \u{a0}Luca ", 100), Ok(Some("Luca".to_owned())));
        assert_eq!(OneLine::parse(" \t", 100), Ok(None));
    }

    #[test]
    fn line_breaks_belong_in_descriptions_only() {
        assert_eq!(MultiLine::parse("a\r\nb\tc\rd", 100), Ok(Some("a\nb\tc\nd".to_owned())));
        assert_eq!(OneLine::parse("a\nb", 100), Err(TextError::LineBreak));
        assert_eq!(OneLine::parse("a\tb", 100), Err(TextError::Control('\t')));
    }

    #[test]
    fn nul_and_length_are_refused_by_name() {
        assert_eq!(OneLine::parse("a\0b", 100).unwrap_err().to_string(), "The control character U+0000 cannot be used. Remove it.");
        assert_eq!(MultiLine::parse("a\u{1b}b", 100), Err(TextError::Control('\u{1b}')));
        assert_eq!(OneLine::parse(&"a".repeat(10_240), 100).unwrap_err().to_string(), "This text has 10240 characters. Use at most 100.");
        assert_eq!(OneLine::parse(&"é".repeat(100), 100).map(|text| text.is_some()), Ok(true));
    }

    proptest! {
        #[test]
        fn what_passes_passes_again_unchanged(text in any::<String>()) {
            for parse in [OneLine::parse, MultiLine::parse] {
                if let Ok(Some(kept)) = parse(&text, 20) {
                    prop_assert!(kept.chars().count() <= 20);
                    prop_assert!(!kept.contains('\0'));
                    prop_assert_eq!(parse(&kept, 20), Ok(Some(kept)));
                }
            }
        }
    }
}
