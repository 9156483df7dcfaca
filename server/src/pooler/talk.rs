//! What is said to a pooler in transaction mode in the place of what sqlx says.
//!
//! sqlx prepares a statement under a name and ends that with a Sync, which is the end of a transaction. Later it binds arguments
//! to the name, as often as it likes. Here the statements are kept, and go without a name: whenever a name is used, its statement
//! is prepared anew in the same breath. So nothing that is said up to one Sync needs what was said before it, and each query of a
//! statement that is known is one journey.

use std::collections::{HashMap, VecDeque};
use std::io;

/// No message of Postgres is longer (its limit of a value).
const LONGEST: usize = 1 << 30;
/// Names and statements end with it, and are empty without anything before it.
const END: u8 = 0;

/// The length of the message that these bytes begin with, when all of it has come.
pub fn whole(bytes: &[u8], has_letter: bool) -> io::Result<Option<usize>> {
    let letter = usize::from(has_letter);
    let Some(told) = bytes.get(letter..letter + 4).and_then(|told| <[u8; 4]>::try_from(told).ok()) else { return Ok(None) };
    let length = u32::from_be_bytes(told) as usize;
    if !(4..=LONGEST).contains(&length) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "this is no message of Postgres"));
    }
    Ok((bytes.len() >= letter + length).then_some(letter + length))
}

/// One connection.
#[derive(Debug, Default)]
pub struct Talk {
    /// Under its name, what follows the name where it was prepared: the statement and the types of its arguments.
    statements: HashMap<Vec<u8>, Vec<u8>>,
    /// The name of the statement that is prepared up to the next Sync.
    prepared: Option<Vec<u8>>,
    /// What the server has not said yet.
    awaited: VecDeque<Awaited>,
}

#[derive(Debug, PartialEq, Eq)]
enum Awaited {
    /// That this statement is prepared, for which the client waits.
    Prepared(Vec<u8>),
    /// That it is prepared once more, of which the client does not know.
    Again,
    /// That it is ready: at a Sync, and after a query without arguments.
    Ready,
}

impl Talk {
    /// Says this message of the client in another way.
    pub fn request(&mut self, message: &[u8], said: &mut Vec<u8>) {
        let Some((&letter, body)) = message.split_first().map(|(letter, rest)| (letter, rest.get(4..).unwrap_or_default())) else { return };
        match letter {
            b'P' => {
                let (name, rest) = cut(body);
                self.statements.insert(name.to_owned(), rest.to_owned());
                say(said, b'P', &[&[END], rest]);
                self.prepared = Some(name.to_owned());
                self.awaited.push_back(Awaited::Prepared(name.to_owned()));
            }
            b'B' => {
                let (portal, rest) = cut(body);
                let (name, rest) = cut(rest);
                self.prepare_again(name, said);
                say(said, b'B', &[portal, &[END, END], rest]);
            }
            // Of a statement; the other kind is of a portal.
            b'D' if body.first() == Some(&b'S') => {
                let (name, _) = cut(&body[1..]);
                self.prepare_again(name, said);
                say(said, b'D', &[b"S", &[END]]);
            }
            b'C' if body.first() == Some(&b'S') => {
                let (name, _) = cut(&body[1..]);
                self.statements.remove(name);
                self.prepared = None;
                say(said, b'C', &[b"S", &[END]]);
            }
            b'S' | b'Q' => {
                self.prepared = None;
                self.awaited.push_back(Awaited::Ready);
                said.extend_from_slice(message);
            }
            _ => said.extend_from_slice(message),
        }
    }

    /// Whether the client is told this message of the server.
    pub fn is_for_client(&mut self, message: &[u8]) -> bool {
        match message.first() {
            // ParseComplete: in the order in which they were asked for.
            Some(b'1') => !matches!(self.awaited.pop_front(), Some(Awaited::Again)),
            // ReadyForQuery: what is awaited from before it was passed over after an error.
            Some(b'Z') => {
                while let Some(awaited) = self.awaited.pop_front() {
                    match awaited {
                        Awaited::Ready => break,
                        // The client will not use it.
                        Awaited::Prepared(name) => drop(self.statements.remove(&name)),
                        Awaited::Again => {}
                    }
                }
                true
            }
            _ => true,
        }
    }

    fn prepare_again(&mut self, name: &[u8], said: &mut Vec<u8>) {
        if self.prepared.as_deref() == Some(name) {
            return;
        }
        // One that is not known is for the server to refuse.
        if let Some(statement) = self.statements.get(name) {
            say(said, b'P', &[&[END], statement]);
            self.prepared = Some(name.to_owned());
            self.awaited.push_back(Awaited::Again);
        }
    }
}

/// A name, and what follows it.
fn cut(body: &[u8]) -> (&[u8], &[u8]) {
    match body.iter().position(|byte| *byte == END) {
        Some(end) => (&body[..end], &body[end + 1..]),
        None => (body, &[]),
    }
}

fn say(said: &mut Vec<u8>, letter: u8, parts: &[&[u8]]) {
    let length = 4 + parts.iter().map(|part| part.len()).sum::<usize>();
    said.push(letter);
    // No longer than what has come, whose length fitted.
    said.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    parts.iter().for_each(|part| said.extend_from_slice(part));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message, written as its letter and its text, with `.` for the zero byte.
    fn message(text: &str) -> Vec<u8> {
        let mut message = Vec::new();
        say(
            &mut message,
            text.as_bytes()[0],
            &[&text.as_bytes()[1..].iter().map(|byte| if *byte == b'.' { 0 } else { *byte }).collect::<Vec<_>>()],
        );
        message
    }

    fn said(talk: &mut Talk, messages: &[&str]) -> Vec<String> {
        let mut said = Vec::new();
        messages.iter().for_each(|text| talk.request(&message(text), &mut said));
        let mut texts = Vec::new();
        let mut rest = &said[..];
        while let Some(length) = whole(rest, true).unwrap() {
            let bytes = [&rest[..1], &rest[5..length]].concat();
            texts.push(bytes.iter().map(|byte| if *byte == 0 { '.' } else { char::from(*byte) }).collect());
            rest = &rest[length..];
        }
        assert!(rest.is_empty());
        texts
    }

    fn told(talk: &mut Talk, letters: &str) -> String {
        letters.chars().filter(|letter| talk.is_for_client(&message(&letter.to_string()))).collect()
    }

    #[test]
    fn a_statement_has_no_name_and_is_prepared_in_each_breath() {
        let mut talk = Talk::default();
        assert_eq!(said(&mut talk, &["Psqlx_s_1.SELECT $1.!", "DSsqlx_s_1.", "S"]), ["P.SELECT $1.!", "DS.", "S"]);
        assert_eq!(told(&mut talk, "1tTZ"), "1tTZ");
        for _ in 0..2 {
            assert_eq!(said(&mut talk, &["B.sqlx_s_1.7", "E.0000", "CP.", "S"]), ["P.SELECT $1.!", "B..7", "E.0000", "CP.", "S"]);
            assert_eq!(told(&mut talk, "12DC3Z"), "2DC3Z", "the client has not asked for that");
        }
        assert_eq!(said(&mut talk, &["CSsqlx_s_1.", "S"]), ["CS.", "S"]);
        assert_eq!(told(&mut talk, "3Z"), "3Z");
        assert_eq!(said(&mut talk, &["B.sqlx_s_1.7", "S"]), ["B..7", "S"], "the server refuses it");
    }

    #[test]
    fn what_comes_between_two_statements_does_not_take_their_place() {
        let mut talk = Talk::default();
        said(&mut talk, &["Pone.A.", "S", "Ptwo.B.", "S"]);
        assert_eq!(told(&mut talk, "1Z1Z"), "1Z1Z");
        assert_eq!(
            said(&mut talk, &["B.one.", "B.one.", "B.two.", "DSone.", "S"]),
            ["P.A.", "B..", "B..", "P.B.", "B..", "P.A.", "DS.", "S"]
        );
        assert_eq!(told(&mut talk, "122121tZ"), "222tZ");
        assert_eq!(said(&mut talk, &["QBEGIN.", "B.one.", "S"]), ["QBEGIN.", "P.A.", "B..", "S"]);
        assert_eq!(told(&mut talk, "CZ12Z"), "CZ2Z");
    }

    #[test]
    fn after_an_error_the_next_answers_are_told_right() {
        let mut talk = Talk::default();
        said(&mut talk, &["Pgood.A.", "S", "Pbad.B.", "DSbad.", "S"]);
        assert_eq!(told(&mut talk, "1ZEZ"), "1ZEZ");
        assert_eq!(said(&mut talk, &["B.bad.", "S"]), ["B..", "S"], "it is kept no longer");
        assert_eq!(told(&mut talk, "EZ"), "EZ");
        said(&mut talk, &["B.good.", "S", "B.good.", "S"]);
        assert_eq!(told(&mut talk, "EZ12Z"), "EZ2Z", "the first could not be prepared again");
        assert_eq!((talk.statements.len(), talk.awaited.len()), (1, 0));
    }

    #[test]
    fn rows_of_a_copy_pass_as_they_are() {
        let mut talk = Talk::default();
        assert_eq!(said(&mut talk, &["QCOPY.", "d1,2\n", "c", "X"]), ["QCOPY.", "d1,2\n", "c", "X"]);
        assert_eq!(told(&mut talk, "GCZ"), "GCZ");
        assert!(talk.awaited.is_empty());
    }

    #[test]
    fn a_message_is_cut_out_when_all_of_it_has_come() {
        let query = message("QSELECT 1.");
        for end in 0..query.len() {
            assert_eq!(whole(&query[..end], true).unwrap(), None);
        }
        assert_eq!(whole(&[&query[..], b"Z"].concat(), true).unwrap(), Some(query.len()));
        assert_eq!(whole(&query[1..], false).unwrap(), Some(query.len() - 1));
        for length in [0_u32, 3, u32::MAX] {
            assert!(whole(&[&b"Q"[..], &length.to_be_bytes()].concat(), true).is_err());
        }
    }
}
