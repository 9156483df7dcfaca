//! A batch: a CSV file that becomes accounts. It is decoded, split and checked here, in the browser
//! and on the server alike; [`Reading`] does it in slices, so that a page stays responsive.

mod column;
mod delimiter;
mod duplicates;
mod encoding;
mod header;
mod length;
mod output;
mod row;
mod sent;
mod sheet;
mod table;

use thiserror::Error;

pub use column::{BatchColumn, Named};
pub use delimiter::Delimiter;
pub use duplicates::NumberKey;
pub use encoding::{Encoding, EncodingError};
pub use header::{Header, HeaderProblem, Mapping};
pub use output::{TEMPLATE_NAME, left_out, left_out_head, push_left_out, template};
pub use row::{BatchRow, CELL_MAX, Findings, NumberProblem, Place};
pub use sent::{SentProblem, SentReader, SentRow, push_sent};
pub use sheet::{Counts, Sheet};
pub use table::{COLUMNS_MAX, ROWS_MAX, TableProblem};

use delimiter::ExcelLine;
use encoding::Decoder;
use table::Splitter;

use crate::domain::characters::shown;

/// The most bytes of a file: 20 MiB.
pub const FILE_MAX: usize = 20 * 1024 * 1024;

/// How files of spreadsheet programs begin: xlsx and ods (ZIP, section 4.3.7 of its APPNOTE), and xls (MS-CFB section 2.2).
const WORKBOOKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"];

/// The name of a file as batches keep it: at most 255 characters, all of them visible, at least one.
#[must_use]
pub fn named(file: &str) -> String {
    match shown(file.trim(), 254) {
        name if name.is_empty() => "a file without a name".to_owned(),
        name => name,
    }
}

/// What the operator has decided; the rest is recognised.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    pub encoding: Option<Encoding>,
    pub delimiter: Option<Delimiter>,
    /// Which column of the file holds what, once it is confirmed.
    pub mapping: Option<Mapping>,
    /// What was confirmed for the columns of files before: it holds for the same columns again.
    pub remembered: Vec<(Vec<String>, Mapping)>,
}

/// A file that was read, with all that was found out about it.
#[derive(Clone, Debug)]
pub struct BatchFile {
    pub encoding: Encoding,
    pub delimiter: Delimiter,
    pub header: Header,
    pub sheet: Sheet,
}

/// Why a file cannot be used at all; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FileProblem {
    /// Over [`FILE_MAX`].
    #[error("This file is larger than 20 MiB. Split it into several files.")]
    TooLarge,
    /// What Excel and LibreOffice save when nobody asks for CSV.
    #[error("This is a workbook of a spreadsheet program, not a CSV file. Open it there, save it as CSV (UTF-8), and drop that file.")]
    Workbook,
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// Excel's first line names a sign that is none of ours.
    #[error(
        "The first line says that “{0}” stands between the cells. Only comma, semicolon and tab are understood: choose one, or save the file anew."
    )]
    Separator(String),
    #[error(transparent)]
    Table(#[from] TableProblem),
    /// Nothing but blanks.
    #[error("This file is empty. Its first line names the columns, and each line below it is an account.")]
    Empty,
    /// The first row has NUL characters in it.
    #[error("The first row has NUL characters (U+0000) in it. Perhaps the file is UTF-16: choose it as the encoding.")]
    Nul,
    /// The manual's example as it is printed.
    #[error(
        "The names of the columns and the rows stand on one line, as the example in the manual is printed. Put the names on the first \
         line, and each account on a line of its own."
    )]
    OneLine,
    /// The first row is one of data.
    #[error("The first row is an account already. Put the names of the columns above it: {}.", BatchColumn::ALL.map(BatchColumn::as_str).join(","))]
    NoHeader,
    /// Nothing below the header.
    #[error("This file names its columns and has no rows. Add a line for each account.")]
    NoRows,
}

/// A file that is being read.
#[derive(Debug)]
pub struct Reading {
    choices: Choices,
    /// As they were recognised or chosen, once it is known.
    encoding: Encoding,
    delimiter: Delimiter,
    step: Step,
}

#[derive(Debug)]
enum Step {
    Decode(Decoder),
    Split(Box<Splitter>),
    Check(Box<(Header, Sheet)>),
    Over,
}

/// So many bytes are decoded in the time in which one row is split or checked.
const BYTES_A_ROW: usize = 256;

impl BatchFile {
    /// Whether accounts can be made of rows that are ready: the columns are settled.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.header.problems.is_empty()
    }

    /// Whether every row is ready.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.is_settled() && self.sheet.counts().with_problems == 0 && !self.sheet.is_empty()
    }
}

impl Reading {
    /// Begins with the bytes of a file.
    ///
    /// # Errors
    /// That it is too large, or a workbook.
    pub fn new(bytes: Vec<u8>, choices: Choices) -> Result<Self, FileProblem> {
        if bytes.len() > FILE_MAX {
            return Err(FileProblem::TooLarge);
        }
        if WORKBOOKS.iter().any(|beginning| bytes.starts_with(beginning)) {
            return Err(FileProblem::Workbook);
        }
        let step = Step::Decode(Decoder::new(bytes, choices.encoding));
        Ok(Self { choices, encoding: Encoding::Utf8, delimiter: Delimiter::Comma, step })
    }

    /// Checks the rows of a file anew under a mapping that the operator has confirmed; what was
    /// repaired is forgotten.
    #[must_use]
    pub fn again(file: BatchFile, mapping: &Mapping) -> Self {
        let BatchFile { encoding, delimiter, header, sheet } = file;
        let header = Header::read(header.names.iter().map(String::as_str), Some(mapping));
        let sheet = sheet.remapped(header.mapping.clone());
        let choices =
            Choices { encoding: Some(encoding), delimiter: Some(delimiter), mapping: Some(mapping.clone()), remembered: Vec::new() };
        Self { choices, encoding, delimiter, step: Step::Check(Box::new((header, sheet))) }
    }

    /// Decodes, splits or checks about so many rows more; the file when all is done.
    ///
    /// # Errors
    /// Why the file cannot be used. Nothing more comes after an error or the file.
    pub fn advance(&mut self, rows: usize) -> Result<Option<BatchFile>, FileProblem> {
        self.step = match std::mem::replace(&mut self.step, Step::Over) {
            Step::Decode(mut decoder) => {
                if decoder.advance(rows.saturating_mul(BYTES_A_ROW))? {
                    Step::Decode(decoder)
                } else {
                    let (encoding, text) = decoder.finish();
                    self.encoding = encoding;
                    self.split(text)?
                }
            }
            Step::Split(mut splitter) => {
                if splitter.advance(rows)? {
                    Step::Split(splitter)
                } else {
                    Step::Check(Box::new(self.first_row(*splitter)?))
                }
            }
            Step::Check(mut checking) => {
                if checking.1.advance(rows) {
                    Step::Check(checking)
                } else {
                    let (header, sheet) = *checking;
                    return Ok(Some(BatchFile { encoding: self.encoding, delimiter: self.delimiter, header, sheet }));
                }
            }
            Step::Over => Step::Over,
        };
        Ok(None)
    }

    /// Finds out what stands between the cells.
    fn split(&mut self, text: String) -> Result<Step, FileProblem> {
        let (text, line, said) = match ExcelLine::of(&text) {
            Some(first) => (first.rest.to_owned(), 2, Some(first.separator.to_owned())),
            None => (text, 1, None),
        };
        self.delimiter = match (self.choices.delimiter, said) {
            (Some(chosen), _) => chosen,
            (None, Some(sign)) => Delimiter::of(&sign).ok_or_else(|| FileProblem::Separator(shown(&sign, 8)))?,
            (None, None) => Delimiter::recognise(&text),
        };
        Ok(Step::Split(Box::new(Splitter::new(text, self.delimiter, line))))
    }

    fn first_row(&self, splitter: Splitter) -> Result<(Header, Sheet), FileProblem> {
        let table = splitter.finish();
        let mut header = Header::read(table.cells(0), self.choices.mapping.as_ref());
        let known = self.choices.remembered.iter().find(|(names, _)| !header.problems.is_empty() && *names == header.names);
        if let (None, Some((_, mapping))) = (&self.choices.mapping, known) {
            header = Header::read(table.cells(0), Some(mapping));
        }
        let problem = if table.is_empty() {
            Some(FileProblem::Empty)
        } else if header.names.iter().any(|name| name.contains('\0')) {
            Some(FileProblem::Nul)
        } else if header.is_one_line() {
            Some(FileProblem::OneLine)
        } else if header.is_data() {
            Some(FileProblem::NoHeader)
        } else if table.len() == 1 {
            Some(FileProblem::NoRows)
        } else {
            None
        };
        match problem {
            Some(problem) => Err(problem),
            None => {
                let sheet = Sheet::new(table, header.mapping.clone(), header.names.len());
                Ok((header, sheet))
            }
        }
    }
}

/// Reads a file and checks all of its rows.
///
/// # Errors
/// Why it cannot be used at all. What is wrong with its columns and its rows stands in the file.
pub fn read(bytes: &[u8], choices: &Choices) -> Result<BatchFile, FileProblem> {
    let mut reading = Reading::new(bytes.to_vec(), choices.clone())?;
    loop {
        if let Some(file) = reading.advance(ROWS_MAX)? {
            return Ok(file);
        }
    }
}

#[cfg(test)]
mod tests;
