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
}

/// A file that is being decoded, as many bytes at a time as one likes.
#[derive(Debug)]
pub struct Decoder {
    bytes: Vec<u8>,
    at: usize,
    encoding: Encoding,
    /// Without a byte order mark a file is UTF-8 if all of it is, else Windows-1252.
    is_certain: bool,
    text: String,
}

impl Decoder {
    /// Begins with a file, which is in the encoding that somebody has chosen, else in the one that its byte order mark
    /// says.
    #[must_use]
    pub fn new(bytes: Vec<u8>, chosen: Option<Encoding>) -> Self {
        let marked = match bytes.as_slice() {
            [0xFF, 0xFE, ..] => Some(Encoding::Utf16Le),
            [0xFE, 0xFF, ..] => Some(Encoding::Utf16Be),
            [0xEF, 0xBB, 0xBF, ..] => Some(Encoding::Utf8),
            _ => None,
        };
        let certain = chosen.or(marked);
        let text = String::with_capacity(bytes.len() + bytes.len() / 8);
        Self { bytes, at: 0, encoding: certain.unwrap_or(Encoding::Utf8), is_certain: certain.is_some(), text }
    }

    /// Decodes about so many bytes more; false at the end.
    ///
    /// # Errors
    /// The line where the file is not in its encoding.
    pub fn advance(&mut self, bytes: usize) -> Result<bool, EncodingError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        // A character has at most four bytes: in fewer none might be whole.
        let piece = rest.get(..bytes.max(4)).unwrap_or(rest);
        let is_last = piece.len() == rest.len();
        let decoded = match self.encoding {
            Encoding::Utf8 => utf_8(piece, is_last, &mut self.text),
            Encoding::Utf16Le => utf_16(piece, is_last, u16::from_le_bytes, &mut self.text),
            Encoding::Utf16Be => utf_16(piece, is_last, u16::from_be_bytes, &mut self.text),
            Encoding::Windows1252 => Some(windows_1252(piece, &mut self.text)),
        };
        match decoded {
            Some(decoded) => {
                self.at += decoded;
                Ok(self.at < self.bytes.len())
            }
            None if !self.is_certain => {
                (self.encoding, self.is_certain, self.at) = (Encoding::Windows1252, true, 0);
                self.text.clear();
                Ok(true)
            }
            None => Err(EncodingError { encoding: self.encoding, line: 1 + self.text.matches('\n').count() }),
        }
    }

    /// The encoding, and the text without its byte order mark.
    #[must_use]
    pub fn finish(mut self) -> (Encoding, String) {
        if self.text.starts_with('\u{feff}') {
            self.text.drain(..'\u{feff}'.len_utf8());
        }
        (self.encoding, self.text)
    }
}

impl FromStr for Encoding {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

/// Adds the characters that are whole to the text; how many bytes they had, or nothing where there is a byte too many.
fn utf_8(piece: &[u8], is_last: bool, text: &mut String) -> Option<usize> {
    let (good, is_broken) = match std::str::from_utf8(piece) {
        Ok(_) => (piece.len(), false),
        Err(error) => (error.valid_up_to(), is_last || error.error_len().is_some()),
    };
    text.push_str(piece.get(..good).and_then(|good| std::str::from_utf8(good).ok())?);
    (!is_broken).then_some(good)
}

fn utf_16(piece: &[u8], is_last: bool, unit: fn([u8; 2]) -> u16, text: &mut String) -> Option<usize> {
    let (mut pairs, rest) = piece.as_chunks::<2>();
    // The first half of a character of two units waits for the other.
    if let [whole @ .., half] = pairs
        && !is_last
        && (0xD800..0xDC00).contains(&unit(*half))
    {
        pairs = whole;
    }
    for character in char::decode_utf16(pairs.iter().copied().map(unit)) {
        text.push(character.ok()?);
    }
    (rest.is_empty() || !is_last).then_some(pairs.len() * 2)
}

/// Nearly everything in a file is ASCII, which is taken over as it is.
fn windows_1252(piece: &[u8], text: &mut String) -> usize {
    for run in piece.chunk_by(|one, next| one.is_ascii() == next.is_ascii()) {
        match std::str::from_utf8(run) {
            Ok(ascii) if run.is_ascii() => text.push_str(ascii),
            _ => text.extend(run.iter().copied().map(character_of)),
        }
    }
    piece.len()
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

    fn in_pieces(bytes: &[u8], chosen: Option<Encoding>, piece: usize) -> Result<(Encoding, String), EncodingError> {
        let mut decoder = Decoder::new(bytes.to_vec(), chosen);
        while decoder.advance(piece)? {}
        Ok(decoder.finish())
    }

    fn recognised(bytes: &[u8]) -> (Encoding, String) {
        in_pieces(bytes, None, 5).unwrap()
    }

    fn chosen(encoding: Encoding, bytes: &[u8]) -> Result<String, EncodingError> {
        in_pieces(bytes, Some(encoding), 7).map(|(_, text)| text)
    }

    #[test]
    fn a_byte_order_mark_says_it() {
        for (encoding, bytes) in [
            (Encoding::Utf8, "\u{feff}Zoë".as_bytes().to_vec()),
            (Encoding::Utf16Le, utf_16("\u{feff}Zoë", u16::to_le_bytes)),
            (Encoding::Utf16Be, utf_16("\u{feff}Zoë", u16::to_be_bytes)),
        ] {
            assert_eq!(recognised(&bytes), (encoding, "Zoë".to_owned()));
            assert_eq!(chosen(encoding, &bytes), Ok("Zoë".to_owned()));
        }
    }

    #[test]
    fn without_one_it_is_utf_8_if_it_can_be() {
        assert_eq!(recognised("Zoë €".as_bytes()), (Encoding::Utf8, "Zoë €".to_owned()));
        assert_eq!(recognised(b""), (Encoding::Utf8, String::new()));
        assert_eq!(recognised(b"Zo\xeb \x80 \x93x\x94"), (Encoding::Windows1252, "Zoë € “x”".to_owned()));
        assert_eq!(chosen(Encoding::Windows1252, "Zoë".as_bytes()), Ok("ZoÃ«".to_owned()), "when it is chosen for UTF-8");
    }

    #[test]
    fn utf_16_without_a_mark_can_be_chosen() {
        assert_eq!(chosen(Encoding::Utf16Le, &utf_16("Zoë 🙂", u16::to_le_bytes)), Ok("Zoë 🙂".to_owned()));
        assert_eq!(chosen(Encoding::Utf16Be, &utf_16("Zoë 🙂", u16::to_be_bytes)), Ok("Zoë 🙂".to_owned()));
    }

    #[test]
    fn what_cannot_be_decoded_is_told_with_its_line() {
        let error = chosen(Encoding::Utf8, b"a\nb\nZo\xeb").unwrap_err();
        assert_eq!(error.to_string(), "Line 3 of the file is not UTF-8. The file is damaged, or another encoding has to be chosen.");
        let half = utf_16("a\nb", u16::to_le_bytes);
        assert_eq!(chosen(Encoding::Utf16Le, &half[..half.len() - 1]).map_err(|error| error.line), Err(2));
        assert_eq!(chosen(Encoding::Utf16Be, &[0xD8, 0x00, 0x00, 0x41]).map_err(|error| error.line), Err(1));
    }

    #[test]
    fn every_byte_of_windows_1252_is_a_character_of_its_own() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        let mut characters: Vec<char> = chosen(Encoding::Windows1252, &bytes).unwrap().chars().collect();
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
        fn any_text_comes_back(text in "[^\u{feff}]\\PC*", piece in 1_usize..40) {
            let marked = format!("\u{feff}{text}");
            for bytes in [text.clone().into_bytes(), marked.clone().into_bytes(), utf_16(&marked, u16::to_le_bytes), utf_16(&marked, u16::to_be_bytes)] {
                prop_assert_eq!(in_pieces(&bytes, None, piece).map(|(_, text)| text), Ok(text.clone()));
            }
        }

        #[test]
        fn pieces_of_any_size_make_the_same_text_or_end_at_the_same_line(bytes in any::<Vec<u8>>(), piece in 1_usize..40) {
            for encoding in Encoding::ALL.into_iter().map(Some).chain([None]) {
                let whole = in_pieces(&bytes, encoding, usize::MAX);
                if let Err(error) = &whole {
                    prop_assert!(error.line >= 1 && error.line <= bytes.len() + 1);
                }
                prop_assert_eq!(in_pieces(&bytes, encoding, piece), whole);
            }
        }
    }
}
