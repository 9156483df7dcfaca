//! Files for spreadsheets: the template, and the rows that were left out.

use super::column::BatchColumn;
use super::header::REASON;
use super::sheet::Sheet;
use crate::domain::export::{harmless, unharmed};

/// The account of the template (manual, "File format example").
const EXAMPLE: [&str; 5] =
    ["Alessandro Bergamaschi", "+391234567890", "alessandro.bergamaschi@example.com", "end-to-site", "Personal account"];

/// Spreadsheets read a file without it as Windows-1252.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The name under which the template is saved.
pub const TEMPLATE_NAME: &str = "batch-template.csv";

/// A file with the columns of a batch and one example.
#[must_use]
pub fn template() -> String {
    let mut file = String::from(BYTE_ORDER_MARK);
    push_cells(&mut file, BatchColumn::ALL.map(BatchColumn::as_str));
    push_cells(&mut file, EXAMPLE);
    file
}

/// The rows that have a problem, with the reasons in a last column. It can be repaired and read in
/// again: the reasons are passed over then.
#[must_use]
pub fn left_out(sheet: &Sheet) -> String {
    let mut file = left_out_head();
    sheet.problem_rows().for_each(|row| push_left_out(&mut file, sheet, row));
    file
}

/// The beginning of that file, for who makes it row by row.
#[must_use]
pub fn left_out_head() -> String {
    let mut file = String::from(BYTE_ORDER_MARK);
    push_cells(&mut file, BatchColumn::ALL.map(BatchColumn::as_str).into_iter().chain([REASON]));
    file
}

/// Adds a row with its reasons.
pub fn push_left_out(file: &mut String, sheet: &Sheet, row: usize) {
    let reason = sheet.findings(row).problems.in_words();
    let cells = BatchColumn::ALL.map(|column| unharmed(sheet.cell(row, column).trim()));
    push_cells(file, cells.into_iter().chain([reason.as_str()]));
}

/// A row as RFC 4180 has it.
pub fn push_cells<'a>(file: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            file.push(',');
        }
        let cell = harmless(cell);
        if cell.contains(['"', ',', ';', '\t', '\r', '\n']) {
            file.push('"');
            file.push_str(&cell.replace('"', "\"\""));
            file.push('"');
        } else {
            file.push_str(&cell);
        }
    }
    file.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Choices, read};
    use super::*;

    #[test]
    fn the_template_is_a_good_file() {
        let file = read(template().as_bytes(), &Choices::default()).unwrap();
        assert_eq!((file.header.problems.len(), file.sheet.counts().ready()), (0, 1));
        let account = file.sheet.account(0).unwrap();
        assert_eq!(BatchColumn::ALL.map(|column| account.cell(column)), EXAMPLE);
        assert_eq!(template().lines().nth(1).unwrap().split(',').nth(1), Some("'+391234567890"));
    }

    #[test]
    fn what_is_left_out_comes_with_its_reason_and_can_be_read_again() {
        let file = "\
email,gsmNumber,fullName,securityModel,description
,'+391234567890,\"Rossi, \"\"Anna\"\"\",,good
nobody,'+39320,\u{a0}Luca,none,\"two
lines\"
,4.41E+11,=1+1,,";
        let file = read(file.as_bytes(), &Choices::default()).unwrap();
        let text = left_out(&file.sheet);
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines[0], "\u{feff}fullName,gsmNumber,email,securityModel,description,reason");
        assert_eq!(
            lines[1],
            "Luca,'+39320,nobody,none,\"two\nlines\",\"gsmNumber: +39320 has 5 digits: an international number has 7 to 15. \
             email: Write the address as name@example.com. securityModel: “none” is not one of: end-to-site (SDES), end-to-end (ZRTP).\""
        );
        assert!(lines[2].starts_with("'=1+1,4.41E+11,,,,"), "{}", lines[2]);

        let again = read(text.as_bytes(), &Choices::default()).unwrap();
        assert_eq!((again.header.problems.len(), again.sheet.counts().with_problems, again.sheet.len()), (0, 2, 2));
        assert_eq!(left_out(&again.sheet), text);
    }

    proptest! {
        #[test]
        fn left_out_rows_keep_their_cells(cells in proptest::array::uniform5("([' =+@,;\"\n\t-]|\\PC){0,8}")) {
            let mut text = "fullName,gsmNumber,email,securityModel,description\r\n".to_owned();
            push_cells(&mut text, cells.iter().map(String::as_str));
            if let Ok(file) = read(text.as_bytes(), &Choices::default()) {
                let out = left_out(&file.sheet);
                if file.sheet.has_problem(0) {
                    let again = read(out.as_bytes(), &Choices::default()).unwrap();
                    for (column, cell) in BatchColumn::ALL.into_iter().zip(&cells) {
                        prop_assert_eq!(unharmed(again.sheet.cell(0, column)), unharmed(file.sheet.cell(0, column).trim()));
                        prop_assert_eq!(unharmed(file.sheet.cell(0, column)), cell);
                    }
                }
            }
        }
    }
}
