//! The encodings of the files that administrators have, recognised and decoded.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::unknown::UnknownWord;

/// How the characters of a file are written in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Encoding {
    /// What everything but old programs and Excel writes.
    #[serde(rename = "utf-8")]
    Utf8,
    /// Excel's "Unicode text".
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// The same with the bytes of each pair turned round.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// Excel's "CSV" in western Europe and America.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// Bytes that an encoding does not have; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("Line {line} of the file is not {}. The file is damaged, or another encoding has to be chosen.", encoding.label())]
pub struct EncodingError {
    /// What the file was read as.
    pub encoding: Encoding,
    /// The line, from 1 on, where reading ended.
    pub line: usize,
}

/// What Windows-1252 has from 0x80 to 0x9F (WHATWG Encoding, index windows-1252); everything else is
/// the Unicode character of the same number.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–',
    '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

impl Encoding {
    /// Every encoding, the usual one first.
    pub const ALL: [Self; 4] = [Self::Utf8, Self::Utf16Le, Self::Utf16Be, Self::Windows1252];

    /// The word for it in addresses and messages between browser and server.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// Its name.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 LE",
            Self::Utf16Be => "UTF-16 BE",
            Self::Windows1252 => "Windows-1252",
        }
    }

    /// What a file is most likely written in: as its byte order mark says; without one UTF-8 if all
    /// of it is, else Windows-1252.
    #[must_use]
    pub fn recognise(bytes: &[u8]) -> Self {
        match bytes {
            [0xFF, 0xFE, ..] => Self::Utf16Le,
            [0xFE, 0xFF, ..] => Self::Utf16Be,
            [0xEF, 0xBB, 0xBF, ..] => Self::Utf8,
            _ if std::str::from_utf8(bytes).is_ok() => Self::Utf8,
            _ => Self::Windows1252,
        }
    }

    /// The text of a file, without its byte order mark.
    ///
    /// # Errors
    /// The line where the file is not in this encoding.
    pub fn decode(self, bytes: &[u8]) -> Result<String, EncodingError> {
        let mut text = match self {
            Self::Utf8 => self.utf_8(bytes)?,
            Self::Utf16Le => self.utf_16(bytes, u16::from_le_bytes)?,
            Self::Utf16Be => self.utf_16(bytes, u16::from_be_bytes)?,
            Self::Windows1252 => windows_1252(bytes),
        };
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Ok(text)
    }

    fn utf_8(self, bytes: &[u8]) -> Result<String, EncodingError> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            EncodingError { encoding: self, line: 1 + good.iter().filter(|byte| **byte == b'\n').count() }
        })?;
        Ok(text.to_owned())
    }

    fn utf_16(self, bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, EncodingError> {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let mut text = String::with_capacity(bytes.len());
        for character in char::decode_utf16(pairs.iter().copied().map(unit)) {
            text.push(character.map_err(|_| self.ends_at(&text))?);
        }
        if rest.is_empty() { Ok(text) } else { Err(self.ends_at(&text)) }
    }

    fn ends_at(self, text: &str) -> EncodingError {
        EncodingError { encoding: self, line: 1 + text.matches('\n').count() }
    }
}

impl FromStr for Encoding {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

/// Nearly everything in a file is ASCII, which is taken over as it is.
fn windows_1252(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for run in bytes.chunk_by(|one, next| one.is_ascii() == next.is_ascii()) {
        match std::str::from_utf8(run) {
            Ok(ascii) if run.is_ascii() => text.push_str(ascii),
            _ => text.extend(run.iter().copied().map(character_of)),
        }
    }
    text
}

fn character_of(byte: u8) -> char {
    let special = byte.checked_sub(0x80).and_then(|at| WINDOWS_1252.get(usize::from(at)));
    special.copied().unwrap_or(char::from(byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn a_byte_order_mark_says_it() {
        for (encoding, bytes) in [
            (Encoding::Utf8, "\u{feff}Zoë".as_bytes().to_vec()),
            (Encoding::Utf16Le, utf_16("\u{feff}Zoë", u16::to_le_bytes)),
            (Encoding::Utf16Be, utf_16("\u{feff}Zoë", u16::to_be_bytes)),
        ] {
            assert_eq!(Encoding::recognise(&bytes), encoding);
            assert_eq!(encoding.decode(&bytes), Ok("Zoë".to_owned()));
        }
    }

    #[test]
    fn without_one_it_is_utf_8_if_it_can_be() {
        assert_eq!(Encoding::recognise("Zoë €".as_bytes()), Encoding::Utf8);
        assert_eq!(Encoding::recognise(b""), Encoding::Utf8);
        let old = b"Zo\xeb \x80 \x93x\x94";
        assert_eq!(Encoding::recognise(old), Encoding::Windows1252);
        assert_eq!(Encoding::Windows1252.decode(old), Ok("Zoë € “x”".to_owned()));
        assert_eq!(Encoding::Windows1252.decode("Zoë".as_bytes()), Ok("ZoÃ«".to_owned()), "when it is chosen for UTF-8");
    }

    #[test]
    fn utf_16_without_a_mark_can_be_chosen() {
        assert_eq!(Encoding::Utf16Le.decode(&utf_16("Zoë 🙂", u16::to_le_bytes)), Ok("Zoë 🙂".to_owned()));
        assert_eq!(Encoding::Utf16Be.decode(&utf_16("Zoë 🙂", u16::to_be_bytes)), Ok("Zoë 🙂".to_owned()));
    }

    #[test]
    fn what_cannot_be_decoded_is_told_with_its_line() {
        let error = Encoding::Utf8.decode(b"a\nb\nZo\xeb").unwrap_err();
        assert_eq!(error.to_string(), "Line 3 of the file is not UTF-8. The file is damaged, or another encoding has to be chosen.");
        let half = utf_16("a\nb", u16::to_le_bytes);
        assert_eq!(Encoding::Utf16Le.decode(&half[..half.len() - 1]).map_err(|error| error.line), Err(2));
        assert_eq!(Encoding::Utf16Be.decode(&[0xD8, 0x00, 0x00, 0x41]).map_err(|error| error.line), Err(1));
    }

    #[test]
    fn every_byte_of_windows_1252_is_a_character_of_its_own() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        let mut characters: Vec<char> = Encoding::Windows1252.decode(&bytes).unwrap().chars().collect();
        assert_eq!(
            (characters[0x41], characters[0x80], characters[0x9F], characters[0xA0], characters[0xFF]),
            ('A', '€', 'Ÿ', '\u{a0}', 'ÿ')
        );
        characters.sort_unstable();
        characters.dedup();
        assert_eq!(characters.len(), 256);
    }

    #[test]
    fn words_lead_back() {
        for encoding in Encoding::ALL {
            assert_eq!(encoding.as_str().parse(), Ok(encoding));
            assert_eq!(serde_json::to_string(&encoding).unwrap(), format!("\"{}\"", encoding.as_str()));
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "[^\u{feff}]\\PC*") {
            let marked = format!("\u{feff}{text}");
            for bytes in [text.clone().into_bytes(), marked.clone().into_bytes(), utf_16(&marked, u16::to_le_bytes), utf_16(&marked, u16::to_be_bytes)] {
                prop_assert_eq!(Encoding::recognise(&bytes).decode(&bytes), Ok(text.clone()));
            }
        }

        #[test]
        fn what_is_recognised_decodes_or_has_a_line(bytes in any::<Vec<u8>>()) {
            for encoding in Encoding::ALL.into_iter().chain([Encoding::recognise(&bytes)]) {
                if let Err(error) = encoding.decode(&bytes) {
                    prop_assert!(error.line >= 1 && error.line <= bytes.len() + 1);
                }
            }
        }
    }
}
