//! A text split into rows of cells (RFC 4180, and what programs really write).

use std::io::Cursor;

use csv::{Reader, ReaderBuilder, StringRecord};
use thiserror::Error;

use super::delimiter::Delimiter;
use crate::domain::numerals::grouped;

/// The most rows of a file, its header not counted.
pub const ROWS_MAX: usize = 100_000;
/// The most cells of a row.
pub const COLUMNS_MAX: usize = 64;

/// Rows of cells. All of them stand in one text, so that a hundred thousand rows are a few
/// allocations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    text: String,
    /// Where each cell ends in the text.
    ends: Vec<usize>,
    rows: Vec<Row>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    /// How many cells there are up to its end, those of the rows before it included.
    cells: usize,
    line: usize,
}

/// Why a text cannot be split, or is not; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TableProblem {
    /// Everything after the quote would be one cell.
    #[error("The quote that opens on line {line} is never closed. Close it, or double it if it belongs to the text.")]
    UnclosedQuote {
        /// Where it opens.
        line: usize,
    },
    /// Over [`ROWS_MAX`].
    #[error("This file has more than {} rows. Split it into several files.", grouped(ROWS_MAX as u64))]
    TooManyRows,
    /// Over [`COLUMNS_MAX`].
    #[error("Line {line} has {columns} cells. Use at most {COLUMNS_MAX} columns.")]
    TooManyColumns {
        /// Where the row begins.
        line: usize,
        /// Its cells.
        columns: usize,
    },
    /// What the reader of CSV says.
    #[error("The file cannot be split into rows: {0}.")]
    Unreadable(String),
}

impl Table {
    /// How many rows there are, the header included.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many cells a row has.
    #[must_use]
    pub fn width(&self, row: usize) -> usize {
        self.end(row) - self.start(row)
    }

    /// A cell as it stands in the file, without its quotes; empty where the row has none.
    #[must_use]
    pub fn cell(&self, row: usize, at: usize) -> &str {
        let number = self.start(row) + at;
        if number >= self.end(row) {
            return "";
        }
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        self.ends.get(number).and_then(|end| self.text.get(start..*end)).unwrap_or_default()
    }

    /// The cells of a row.
    pub fn cells(&self, row: usize) -> impl Iterator<Item = &str> {
        (0..self.width(row)).map(move |at| self.cell(row, at))
    }

    /// The line of the file, from 1 on, where a row begins.
    #[must_use]
    pub fn line(&self, row: usize) -> usize {
        self.rows.get(row).map_or(0, |row| row.line)
    }

    fn start(&self, row: usize) -> usize {
        row.checked_sub(1).map_or(0, |before| self.end(before))
    }

    fn end(&self, row: usize) -> usize {
        self.rows.get(row).map_or(self.ends.len(), |row| row.cells)
    }

    fn add(&mut self, record: &StringRecord, line: usize) {
        for cell in record {
            self.text.push_str(cell);
            self.ends.push(self.text.len());
        }
        self.rows.push(Row { cells: self.ends.len(), line });
    }
}

/// Splits a text, as many rows at a time as one likes.
#[derive(Debug)]
pub struct Splitter {
    reader: Reader<Cursor<String>>,
    record: StringRecord,
    /// How long the text is without [`END`].
    length: usize,
    /// Up to where lines are counted, and which line that is.
    counted: usize,
    line: usize,
    table: Table,
}

/// Stands behind the text: a row of its own, unless a quote is open there.
const END: &str = "\n.";

impl Splitter {
    /// Begins with a text whose first line is the file's line `line`.
    #[must_use]
    pub fn new(mut text: String, delimiter: Delimiter, line: usize) -> Self {
        let length = text.len();
        let table = Table { text: String::with_capacity(length), ..Table::default() };
        text.push_str(END);
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter.byte()).from_reader(Cursor::new(text));
        Self { reader, record: StringRecord::new(), length, counted: 0, line, table }
    }

    /// Reads so many more rows; false at the end. Rows of nothing but blanks are passed over.
    ///
    /// # Errors
    /// Why the text is not read on.
    pub fn advance(&mut self, rows: usize) -> Result<bool, TableProblem> {
        for _ in 0..rows {
            if !self.next_row()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The rows that were read.
    #[must_use]
    pub fn finish(self) -> Table {
        self.table
    }

    fn next_row(&mut self) -> Result<bool, TableProblem> {
        let unread = offset(&self.reader);
        self.reader.read_record(&mut self.record).map_err(|error| TableProblem::Unreadable(error.to_string()))?;
        let text = self.reader.get_ref().get_ref().as_bytes();
        let blank = text.iter().skip(unread).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let start = unread + blank;
        if start >= self.length {
            return Ok(false);
        }
        self.line += breaks(text.get(self.counted..start).unwrap_or_default());
        self.counted = start;
        if offset(&self.reader) > self.length + 1 {
            let before = self.record.len().saturating_sub(1);
            let within: usize = self.record.iter().take(before).map(|cell| breaks(cell.as_bytes())).sum();
            return Err(TableProblem::UnclosedQuote { line: self.line + within });
        }
        if self.record.len() > COLUMNS_MAX {
            return Err(TableProblem::TooManyColumns { line: self.line, columns: self.record.len() });
        }
        if self.record.iter().any(|cell| !cell.trim().is_empty()) {
            if self.table.len() > ROWS_MAX {
                return Err(TableProblem::TooManyRows);
            }
            self.table.add(&self.record, self.line);
        }
        Ok(true)
    }
}

/// How many bytes of the text were read.
fn offset(reader: &Reader<Cursor<String>>) -> usize {
    usize::try_from(reader.position().byte()).unwrap_or(usize::MAX)
}

/// The line breaks in a text: LF, CR LF, or CR alone.
fn breaks(text: &[u8]) -> usize {
    let ends = |(at, byte): (usize, &u8)| match byte {
        b'\n' => true,
        b'\r' => text.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    text.iter().enumerate().filter(|each| ends(*each)).count()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn split(text: &str, delimiter: Delimiter) -> Result<Table, TableProblem> {
        let mut splitter = Splitter::new(text.to_owned(), delimiter, 1);
        while splitter.advance(7)? {}
        Ok(splitter.finish())
    }

    /// Each row with its line.
    fn rows(text: &str) -> Vec<(usize, Vec<String>)> {
        let table = split(text, Delimiter::Comma).unwrap();
        (0..table.len()).map(|row| (table.line(row), table.cells(row).map(ToOwned::to_owned).collect())).collect()
    }

    fn row(line: usize, cells: &[&str]) -> (usize, Vec<String>) {
        (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn line_endings_of_every_kind_and_none_at_the_end() {
        for text in ["a,b\nc,d", "a,b\r\nc,d", "a,b\rc,d", "a,b\nc,d\n", "a,b\r\nc,d\r\n", "a,b\rc,d\r"] {
            assert_eq!(rows(text), [row(1, &["a", "b"]), row(2, &["c", "d"])], "{text:?}");
        }
        assert_eq!(rows("a\rb\r\nc\nd\n\re"), [row(1, &["a"]), row(2, &["b"]), row(3, &["c"]), row(4, &["d"]), row(6, &["e"])]);
    }

    #[test]
    fn blank_lines_are_passed_over_and_counted_as_lines() {
        assert_eq!(rows("\n\r\na\n\n \t\u{a0}\n,,\nb\n\n"), [row(3, &["a"]), row(7, &["b"])]);
        assert_eq!(rows(""), []);
        assert_eq!(rows("\r\n\r\n"), []);
    }

    #[test]
    fn quotes_hold_line_breaks_delimiters_and_doubled_quotes() {
        let text = "\"a\r\nb\rc\",\"x,y\"\r\n\"say \"\"hi\"\"\",\"\"\r\nlast,\"no end\"";
        assert_eq!(rows(text), [row(1, &["a\r\nb\rc", "x,y"]), row(4, &["say \"hi\"", ""]), row(5, &["last", "no end"])]);
        assert_eq!(
            rows("5\" screen,x\n \"a\",b"),
            [row(1, &["5\" screen", "x"]), row(2, &[" \"a\"", "b"])],
            "a quote within a cell is text"
        );
    }

    #[test]
    fn rows_too_short_and_too_long_are_kept() {
        assert_eq!(rows("a,b,c\nd\ne,f,g,h\n"), [row(1, &["a", "b", "c"]), row(2, &["d"]), row(3, &["e", "f", "g", "h"])]);
        let table = split("a,b\nc\n", Delimiter::Comma).unwrap();
        assert_eq!((table.width(1), table.cell(1, 0), table.cell(1, 1), table.cell(2, 0)), (1, "c", "", ""));
    }

    #[test]
    fn nul_bytes_are_kept_for_the_rules_to_name() {
        assert_eq!(rows("a\0,b\n\0"), [row(1, &["a\0", "b"]), row(2, &["\0"])]);
    }

    #[test]
    fn an_unclosed_quote_is_told_with_the_line_where_it_opens() {
        for (text, line) in
            [("\"", 1), ("a,b\nc,\"d\ne,f\n", 2), ("a,b\r\"c\rd\",\"e\rf\r", 3), ("a,b\n\n\"c\n\"\"\n", 3), ("a,b\nc,\"d\"\"", 2)]
        {
            assert_eq!(split(text, Delimiter::Comma), Err(TableProblem::UnclosedQuote { line }), "{text:?}");
        }
        for text in ["\"a\"", "\"a\"\n", "\"a\"b", "a\"", "\"\"", "\"\"\"\"", "\"a\"\r"] {
            assert!(split(text, Delimiter::Comma).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn limits_are_answered() {
        let full = "a\n".repeat(ROWS_MAX + 1);
        assert_eq!(split(&full, Delimiter::Comma).map(|table| table.len()), Ok(ROWS_MAX + 1), "the header and all rows");
        let error = split(&format!("{full}\n\na"), Delimiter::Comma).unwrap_err();
        assert_eq!(error.to_string(), "This file has more than 100,000 rows. Split it into several files.");
        let widest = "x,".repeat(COLUMNS_MAX - 1);
        assert_eq!(split(&widest, Delimiter::Comma).map(|table| table.width(0)), Ok(COLUMNS_MAX));
        let error = split(&format!("a\n{widest},"), Delimiter::Comma).unwrap_err();
        assert_eq!(error.to_string(), "Line 2 has 65 cells. Use at most 64 columns.");
    }

    /// A cell as a program may write it.
    fn written(cell: &str, delimiter: char, always: bool) -> String {
        let must = cell.contains(['"', '\r', '\n', delimiter]);
        if must || always { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
    }

    proptest! {
        #[test]
        fn any_table_reads_back_the_same(
            table in vec(vec("([a-zé,;\t\"\r\n '=+.🙂]|\\PC){0,6}", 1..6), 0..8),
            delimiter in proptest::sample::select(&Delimiter::ALL[..]),
            always in any::<bool>(),
            ending in proptest::sample::select(&["\n", "\r\n", "\r"][..]),
            ends in any::<bool>(),
        ) {
            // A row of blanks is no row, and a mark at the beginning is none of the text's.
            let table: Vec<Vec<String>> = table.into_iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty())).collect();
            prop_assume!(!table.first().is_some_and(|row| row[0].starts_with('\u{feff}')));
            let separator = char::from(delimiter.byte());
            let lines: Vec<String> = table
                .iter()
                .map(|row| row.iter().map(|cell| written(cell, separator, always)).collect::<Vec<_>>().join(&separator.to_string()))
                .collect();
            let text = lines.join(ending) + if ends { ending } else { "" };
            let read = split(&text, delimiter).unwrap();
            let back: Vec<Vec<String>> = (0..read.len()).map(|row| read.cells(row).map(ToOwned::to_owned).collect()).collect();
            prop_assert_eq!(back, table);
        }

        #[test]
        fn lines_are_where_the_rows_stand(rows in vec((0_usize..3, "[a-z]{1,3}", 0_usize..3), 1..8), ending in proptest::sample::select(&["\n", "\r\n", "\r"][..])) {
            let (mut text, mut line, mut expected) = (String::new(), 1, Vec::new());
            for (blank, word, inner) in rows {
                text.push_str(&ending.repeat(blank));
                line += blank;
                expected.push(line);
                text.push_str(&format!("\"{word}{}\"{ending}", ending.repeat(inner)));
                line += inner + 1;
            }
            let table = split(&text, Delimiter::Comma).unwrap();
            prop_assert_eq!((0..table.len()).map(|row| table.line(row)).collect::<Vec<_>>(), expected);
        }

        #[test]
        fn no_text_panics(text in "[a,;\"\r\n\t]{0,20}") {
            for delimiter in Delimiter::ALL {
                if let Ok(table) = split(&text, delimiter) {
                    prop_assert!((0..table.len()).all(|row| table.width(row) > 0 && table.line(row) > 0));
                }
            }
        }
    }
}
