//! How server functions are called and answered: in JSON. Arguments are refused when they hold anything that the function
//! does not know, so that a forged field (a status, a digest) is an error and never silently dropped.

use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::{Error, Value};
use server_fn::codec::Post;
use server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};

use crate::error::AppError;

/// JSON in the body of a POST; a name that the arguments do not have is refused, at any depth.
pub type StrictJson = Post<StrictJsonEncoding>;

pub struct StrictJsonEncoding;

impl ContentType for StrictJsonEncoding {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for StrictJsonEncoding {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for StrictJsonEncoding {
    type Error = Error;

    fn encode(output: &T) -> Result<Bytes, Error> {
        serde_json::to_vec(output).map(Bytes::from)
    }
}

impl<T: Serialize + DeserializeOwned> Decodes<T> for StrictJsonEncoding {
    type Error = Error;

    fn decode(bytes: Bytes) -> Result<T, Error> {
        let sent: Value = serde_json::from_slice(&bytes)?;
        let arguments = T::deserialize(&sent)?;
        match unknown_name(&sent, &serde_json::to_value(&arguments)?) {
            Some(name) => Err(Error::custom(format!("unknown field {name:?}"))),
            None => Ok(arguments),
        }
    }
}

/// The JSON of answers and errors.
pub type TextJson = Post<TextJsonEncoding>;

/// Read as a text, as the data of a page is: the code that reads a type is in the WASM once, not twice.
pub struct TextJsonEncoding;

impl ContentType for TextJsonEncoding {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for TextJsonEncoding {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for TextJsonEncoding {
    type Error = Error;

    fn encode(output: &T) -> Result<Bytes, Error> {
        serde_json::to_vec(output).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for TextJsonEncoding {
    type Error = Error;

    fn decode(bytes: Bytes) -> Result<T, Error> {
        serde_json::from_str(std::str::from_utf8(&bytes).map_err(Error::custom)?)
    }
}

/// Lines of JSON that come in pieces, as the server tells how work goes on.
#[derive(Debug, Default)]
pub struct JsonLines(Vec<u8>);

impl JsonLines {
    /// The lines that are whole with this piece.
    pub fn read<T: DeserializeOwned>(&mut self, piece: &[u8]) -> Result<Vec<T>, AppError> {
        self.0.extend_from_slice(piece);
        let Some(end) = self.0.iter().rposition(|byte| *byte == b'\n') else { return Ok(Vec::new()) };
        let whole: Vec<u8> = self.0.drain(..=end).collect();
        let lines = std::str::from_utf8(&whole).map_err(|_| AppError::Network)?;
        lines.lines().map(|line| serde_json::from_str(line).map_err(|_| AppError::Network)).collect()
    }
}

/// The first name in `sent` that is not in `known`, which is the same value after a round through its type.
fn unknown_name(sent: &Value, known: &Value) -> Option<String> {
    match (sent, known) {
        (Value::Object(sent), Value::Object(known)) => sent.iter().find_map(|(name, value)| match known.get(name) {
            None => Some(name.clone()),
            Some(inner) => unknown_name(value, inner),
        }),
        (Value::Array(sent), Value::Array(known)) => sent.iter().zip(known).find_map(|(s, k)| unknown_name(s, k)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Arguments {
        draft: Inner,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Inner {
        owner: String,
    }

    fn decode(text: &'static str) -> Result<Arguments, Error> {
        <StrictJsonEncoding as Decodes<Arguments>>::decode(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn lines_that_come_in_pieces_are_read_whole() {
        let mut lines = JsonLines::default();
        assert_eq!(lines.read::<u8>(b"1\n2"), Ok(vec![1]));
        assert_eq!(lines.read::<u8>(b"3"), Ok(vec![]));
        assert_eq!(lines.read::<u8>(b"\n4\n"), Ok(vec![23, 4]));
        assert_eq!(lines.read::<u8>(b"x\n"), Err(AppError::Network));
    }

    #[test]
    fn known_names_pass() {
        let expected = Arguments { draft: Inner { owner: "Ada".into() } };
        assert_eq!(decode(r#"{"draft":{"owner":"Ada"}}"#).ok(), Some(expected));
    }

    #[test]
    fn a_forged_name_is_refused_at_any_depth() {
        assert!(decode(r#"{"draft":{"owner":"Ada"},"status":"connected"}"#).is_err());
        assert!(decode(r#"{"draft":{"owner":"Ada","status":"connected"}}"#).is_err());
    }
}
