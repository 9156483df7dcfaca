//! What stands between the cells of a row.

use std::str::FromStr;

use csv::{ReaderBuilder, StringRecord};
use serde::{Deserialize, Serialize};

use super::column::BatchColumn;
use crate::domain::unknown::UnknownWord;

/// What stands between the cells of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delimiter {
    Comma,
    /// Excel's, where the comma is the decimal sign.
    Semicolon,
    /// That of "Unicode text", and of what is copied out of a sheet.
    Tab,
}

/// The line that Excel takes for itself: `sep=;`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExcelLine<'a> {
    /// What it names.
    pub separator: &'a str,
    /// The text behind it.
    pub rest: &'a str,
}

impl Delimiter {
    /// Every delimiter, the usual one first.
    pub const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    /// The word for it in messages between browser and server.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
        }
    }

    /// Its name, with the sign itself.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Comma => "comma ( , )",
            Self::Semicolon => "semicolon ( ; )",
            Self::Tab => "tab",
        }
    }

    /// The sign.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }

    /// The one that makes most names of columns appear in the first row; of equals the one that makes
    /// more cells. Signs are not counted, since names of people have commas in them.
    #[must_use]
    pub fn recognise(text: &str) -> Self {
        let worth = |delimiter: Self| {
            let row = first_row(text, delimiter);
            (row.iter().filter(|cell| BatchColumn::named(cell).is_some()).count(), row.len())
        };
        // Of equals `max_by_key` takes the last.
        Self::ALL.into_iter().rev().max_by_key(|delimiter| worth(*delimiter)).unwrap_or(Self::Comma)
    }

    /// The delimiter of a sign.
    #[must_use]
    pub fn of(sign: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|delimiter| sign.as_bytes() == [delimiter.byte()])
    }
}

impl<'a> ExcelLine<'a> {
    /// Excel's line, if the text begins with it.
    #[must_use]
    pub fn of(text: &'a str) -> Option<Self> {
        let end = text.find(['\r', '\n']).unwrap_or(text.len());
        let (line, rest) = text.split_at_checked(end)?;
        let line = line.trim_matches(['"', ' ']);
        let (word, separator) = line.split_at_checked(4)?;
        let rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\r', '\n'])).unwrap_or(rest);
        word.eq_ignore_ascii_case("sep=").then_some(Self { separator, rest })
    }
}

impl FromStr for Delimiter {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

/// The first row that is not blank.
fn first_row(text: &str, delimiter: Delimiter) -> StringRecord {
    let reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter.byte()).from_reader(text.as_bytes());
    let mut rows = reader.into_records().map_while(Result::ok);
    rows.find(|row| row.iter().any(|cell| !cell.trim().is_empty())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_the_columns_tell_it() {
        for (text, delimiter) in [
            ("fullName,gsmNumber,email\n", Delimiter::Comma),
            ("fullName;gsmNumber;email\nRossi, Anna, dott.ssa, Milano;1;2", Delimiter::Semicolon),
            ("fullName\tgsmNumber\temail\na,b;c", Delimiter::Tab),
            ("\"fullName\";\"gsm,Number\";\"email\"", Delimiter::Semicolon),
            ("\n ;;\nEmail ; GSMNUMBER", Delimiter::Semicolon),
            ("nome;cellulare", Delimiter::Semicolon),
            ("gsmNumber", Delimiter::Comma),
            ("gsmNumber;x,y,z", Delimiter::Semicolon),
            ("a;b;c", Delimiter::Semicolon),
            ("", Delimiter::Comma),
        ] {
            assert_eq!(Delimiter::recognise(text), delimiter, "{text:?}");
        }
    }

    #[test]
    fn the_line_that_excel_takes_for_itself() {
        for (text, separator, rest) in [
            ("sep=;\r\na;b", ";", "a;b"),
            ("SEP=,\na", ",", "a"),
            ("\"sep=;\"\ra", ";", "a"),
            ("sep=\t\na", "\t", "a"),
            ("sep=|\n", "|", ""),
            ("sep=", "", ""),
        ] {
            assert_eq!(ExcelLine::of(text), Some(ExcelLine { separator, rest }), "{text:?}");
        }
        for text in ["", "separator,x", "se", "\nsep=;", "àèì"] {
            assert_eq!(ExcelLine::of(text), None, "{text:?}");
        }
        assert_eq!((Delimiter::of(";"), Delimiter::of("|"), Delimiter::of("")), (Some(Delimiter::Semicolon), None, None));
    }

    #[test]
    fn words_lead_back() {
        for delimiter in Delimiter::ALL {
            assert_eq!(delimiter.as_str().parse(), Ok(delimiter));
            assert_eq!(serde_json::to_string(&delimiter).unwrap(), format!("\"{}\"", delimiter.as_str()));
        }
    }
}
