//! What the browser sends of a batch and the server reads while it arrives: no header, and of each account the line of
//! the file that it comes from before its cells.

use csv_core::{ReadRecordResult, Reader};
use thiserror::Error;

use super::column::BatchColumn;
use super::output::push_cells;
use super::row::{BatchRow, CELL_MAX};

/// An account with the line of the file that it comes from.
pub type SentRow = (usize, BatchRow);

const CELLS: usize = BatchColumn::ALL.len() + 1;
/// The most bytes of a row: each cell may have as many as a file's and an apostrophe, and its line as many as a number has.
const ROW_MAX: usize = (CELL_MAX + 1) * BatchColumn::ALL.len() + 20;

/// Why what arrives is not read on; the user's message. None of it comes from our own pages.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SentProblem {
    #[error("What arrived is no batch as this page sends it. Reload the page, and drop the file again.")]
    Malformed,
    /// A row that the rules refuse.
    #[error("Line {line}: {told}")]
    Refused {
        /// Of the file.
        line: usize,
        /// What the rules say, with the names of the columns.
        told: String,
    },
}

/// Adds an account to what is sent.
pub fn push_sent(text: &mut String, line: usize, account: &BatchRow) {
    let line = line.to_string();
    push_cells(text, [line.as_str()].into_iter().chain(BatchColumn::ALL.map(|column| account.cell(column))));
}

/// Reads it again, piece by piece.
#[derive(Debug)]
pub struct SentReader {
    reader: Reader,
    /// The cells of the row that is being read, one after the other, and where each ends.
    cells: Vec<u8>,
    ends: [usize; CELLS],
    filled: usize,
    ended: usize,
}

impl Default for SentReader {
    fn default() -> Self {
        Self { reader: Reader::new(), cells: vec![0; ROW_MAX], ends: [0; CELLS], filled: 0, ended: 0 }
    }
}

impl SentReader {
    /// The accounts that are whole with this piece. An empty piece is the end.
    ///
    /// # Errors
    /// What is wrong with the first row that is.
    pub fn read(&mut self, mut piece: &[u8]) -> Result<Vec<SentRow>, SentProblem> {
        let is_end = piece.is_empty();
        let mut rows = Vec::new();
        loop {
            let (cells, ends) = (self.cells.get_mut(self.filled..), self.ends.get_mut(self.ended..));
            let (Some(cells), Some(ends)) = (cells, ends) else { return Err(SentProblem::Malformed) };
            let (result, read, written, ended) = self.reader.read_record(piece, cells, ends);
            piece = piece.get(read..).unwrap_or_default();
            self.filled += written;
            self.ended += ended;
            match result {
                ReadRecordResult::Record => {
                    rows.push(self.row()?);
                    (self.filled, self.ended) = (0, 0);
                }
                ReadRecordResult::InputEmpty if is_end => {}
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return Ok(rows),
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => return Err(SentProblem::Malformed),
            }
        }
    }

    fn row(&self) -> Result<SentRow, SentProblem> {
        if self.ended != CELLS {
            return Err(SentProblem::Malformed);
        }
        let cells = self.cells.get(..self.filled).and_then(|cells| std::str::from_utf8(cells).ok()).ok_or(SentProblem::Malformed)?;
        let cell = |at: usize| {
            let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
            cells.get(start..self.ends[at])
        };
        let line = cell(0).and_then(|line| line.parse().ok()).ok_or(SentProblem::Malformed)?;
        let place = |column: BatchColumn| BatchColumn::ALL.iter().position(|other| *other == column).map_or(0, |at| at + 1);
        let (row, findings) = BatchRow::check(|column| cell(place(column)).unwrap_or_default());
        row.map(|row| (line, row)).ok_or_else(|| SentProblem::Refused { line, told: findings.problems.in_words() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Choices, read};
    use super::*;

    fn received(text: &str, piece: usize) -> Result<Vec<SentRow>, SentProblem> {
        let mut reader = SentReader::default();
        let mut rows = Vec::new();
        for piece in text.as_bytes().chunks(piece.max(1)) {
            rows.extend(reader.read(piece)?);
        }
        rows.extend(reader.read(&[])?);
        Ok(rows)
    }

    #[test]
    fn what_is_sent_is_received_in_pieces_of_any_size() {
        let file = "fullName,gsmNumber,email,securityModel,description\r\n\
                    \"Rossi, \"\"Anna\"\"\",'+393201184467,'-x@example.com,end-to-end,\"two\r\nlines\"\r\n,111,,,'=x";
        let sheet = read(file.as_bytes(), &Choices::default()).unwrap().sheet;
        let rows: Vec<SentRow> = (0..2).map(|row| (sheet.line(row), sheet.account(row).unwrap())).collect();
        let mut sent = String::new();
        rows.iter().for_each(|(line, row)| push_sent(&mut sent, *line, row));
        for piece in [1, 2, 7, 64, 10_000] {
            assert_eq!(received(&sent, piece), Ok(rows.clone()), "{piece}");
        }
        assert_eq!(received(&sent[..sent.len() - 2], 5), Ok(rows), "the last line break may be missing");
    }

    #[test]
    fn what_no_page_sends_is_refused() {
        let line_by = |problem: SentProblem| problem.to_string();
        assert_eq!(
            received("7,Ada,11x,,,\r\n", 3).map_err(line_by),
            Err("Line 7: gsmNumber: “x” does not belong in a phone number. \
             Use the digits 0 to 9, with + in front of an international number."
                .replace("  ", ""))
        );
        let long = format!("7,{},111,,,\r\n", "x".repeat(30_000));
        for text in ["Ada,111,,,\r\n", "x,Ada,111,,,\r\n", "7,Ada,111,,,,\r\n", "7,Ada", "\"", &long] {
            assert_eq!(received(text, 9), Err(SentProblem::Malformed), "{}", &text[..text.len().min(20)]);
        }
        let mut reader = SentReader::default();
        assert_eq!(reader.read(b"7,\xff,111,,,\r\n"), Err(SentProblem::Malformed));
        assert_eq!(received("", 1), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn nothing_that_arrives_breaks_it(text in "([0-9,;'\"\r\n\0é]|7,a,111,,,\r\n){0,40}", piece in 1_usize..20) {
            let whole = received(&text, usize::MAX);
            prop_assert_eq!(received(&text, piece), whole);
        }
    }
}
