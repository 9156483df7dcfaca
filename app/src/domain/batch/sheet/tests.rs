use proptest::collection::vec;
use proptest::prelude::*;

use super::super::delimiter::Delimiter;
use super::super::header::Header;
use super::super::table::Splitter;
use super::*;

/// A checked sheet of these rows below a header.
fn sheet(header: &str, rows: &str) -> Sheet {
    let mut splitter = Splitter::new(format!("{header}\n{rows}"), Delimiter::Comma, 1);
    while splitter.advance(100).unwrap() {}
    let table = splitter.finish();
    let header = Header::read(table.cells(0), None);
    let mut sheet = Sheet::new(table, header.mapping, header.names.len());
    while sheet.advance(2) {}
    sheet
}

fn problems(sheet: &Sheet, row: usize) -> String {
    sheet.findings(row).problems.in_words()
}

#[test]
fn numbers_that_occur_twice_name_the_other_line() {
    let mut sheet = sheet("fullName,gsmNumber", "Ada,111\nBob,+393201184467\n\nCarla,00393201184467\n\"Da\nn\",\nEva,+39 320 1184467\n");
    assert_eq!(sheet.counts(), Counts { rows: 5, with_problems: 4 });
    assert_eq!(problems(&sheet, 1), "gsmNumber: Lines 5 and 8 have the same number.");
    assert_eq!(problems(&sheet, 4), "gsmNumber: Lines 3 and 5 have the same number.");

    assert_eq!(sheet.repair(4, BatchColumn::GsmNumber, "222"), [4, 1, 2]);
    assert_eq!((problems(&sheet, 1), problems(&sheet, 4)), ("gsmNumber: Line 5 has the same number.".to_owned(), String::new()));
    assert_eq!(sheet.repair(2, BatchColumn::GsmNumber, "111"), [2, 1, 0]);
    assert_eq!((problems(&sheet, 0), problems(&sheet, 1)), ("gsmNumber: Line 5 has the same number.".to_owned(), String::new()));
    assert_eq!(sheet.counts(), Counts { rows: 5, with_problems: 3 });
    assert_eq!(sheet.problem_rows().collect::<Vec<_>>(), [0, 2, 3]);
}

#[test]
fn many_rows_of_one_number_are_told_briefly() {
    let sheet = sheet("gsmNumber", "111\n111\n111\n111\n");
    assert_eq!(problems(&sheet, 3), "gsmNumber: Lines 2, 3 and others have the same number.");
}

#[test]
fn a_row_that_is_wrong_elsewhere_takes_its_number_all_the_same() {
    let mut sheet = sheet("gsmNumber,email", "111,nobody\n111,a@b\n");
    assert_eq!(problems(&sheet, 1), "gsmNumber: Line 2 has the same number.");
    assert!(problems(&sheet, 0).contains("Line 3 has the same number. email: Write the address"));
    sheet.repair(0, BatchColumn::Email, "");
    assert_eq!(problems(&sheet, 0), "gsmNumber: Line 3 has the same number.");
}

#[test]
fn numbers_that_accounts_have_are_marked() {
    let mut sheet = sheet("gsmNumber", "111\n+393201184467\n333\n");
    let numbers: Vec<String> = sheet.numbers().map(|number| number.to_string()).collect();
    assert_eq!(numbers, ["111", "333", "393201184467"]);
    let existing = ["393201184467", "999"].map(|digits| NumberKey::digits(digits).unwrap());
    assert_eq!(sheet.mark_existing(existing), [1]);
    assert_eq!(problems(&sheet, 1), format!("gsmNumber: {NUMBER_TAKEN}"));
    assert_eq!(sheet.counts().ready(), 2);
    sheet.repair(2, BatchColumn::GsmNumber, "999");
    assert_eq!(problems(&sheet, 2), format!("gsmNumber: {NUMBER_TAKEN}"));
    sheet.repair(1, BatchColumn::GsmNumber, "333");
    assert_eq!(sheet.counts(), Counts { rows: 3, with_problems: 1 });
}

#[test]
fn rows_too_long_are_a_problem_until_they_are_cut_and_rows_too_short_a_warning() {
    let mut sheet = sheet("gsmNumber,email,description", "111,,Personal, account\n222\n333,,x,, \n");
    assert_eq!(
        problems(&sheet, 0),
        "row: This row has 4 cells, and the header has 3: “account” is left over. Put a text that has the delimiter in it between quotes."
    );
    let short = sheet.findings(1);
    assert!(short.problems.is_empty());
    assert_eq!(short.warnings.in_words(), "row: This row has 1 cell, and the header has 3. What is missing is taken as empty.");
    assert!(sheet.findings(2).is_empty(), "blank cells behind the last column are nothing");
    assert_eq!((sheet.counts().with_problems, sheet.warned_rows().collect::<Vec<_>>()), (1, vec![1]));
    assert_eq!(sheet.cut(0), [0]);
    assert_eq!(sheet.account(0).and_then(|account| account.description).as_deref(), Some("Personal"));
    assert_eq!(sheet.counts().with_problems, 0);
}

#[test]
fn rows_that_are_not_checked_yet_are_not_ready() {
    let mut sheet = sheet("gsmNumber", "111\n");
    assert_eq!((sheet.repair(7, BatchColumn::Email, "x"), sheet.cut(7), sheet.has_problem(7)), (vec![], vec![], true));
    assert_eq!(sheet.account(7), None);
}

proptest! {
    /// After any repairs the sheet says what a fresh look at the same cells says, and nobody is lost.
    #[test]
    fn repairs_end_where_a_fresh_look_does(
        numbers in vec("[1-3]{1,2}|x|", 1..8),
        repairs in vec((0_usize..8, "[1-3]{1,2}|x|"), 0..8),
        existing in vec("[1-3]{2}", 0..3),
    ) {
        let with = |numbers: &[String]| {
            let rows: Vec<String> = numbers.iter().map(|number| format!("Ada,{number}")).collect();
            sheet("fullName,gsmNumber", &rows.join("\n"))
        };
        let existing: Vec<NumberKey> = existing.iter().filter_map(|digits| NumberKey::digits(digits)).collect();
        let (mut repaired, mut cells) = (with(&numbers), numbers.clone());
        repaired.mark_existing(existing.iter().copied());
        for (row, number) in repairs {
            repaired.repair(row, BatchColumn::GsmNumber, &number);
            if let Some(cell) = cells.get_mut(row) {
                *cell = number;
            }
        }
        let mut fresh = with(&cells);
        fresh.mark_existing(existing);
        prop_assert_eq!(repaired.counts(), fresh.counts());
        for row in 0..cells.len() {
            prop_assert_eq!(repaired.findings(row), fresh.findings(row));
            prop_assert_eq!(repaired.has_problem(row), !repaired.findings(row).problems.is_empty());
            prop_assert_eq!(repaired.account(row).is_some(), !repaired.has_problem(row));
        }
        let counts = repaired.counts();
        let created = (0..cells.len()).filter(|row| repaired.account(*row).is_some()).count();
        prop_assert_eq!(created + repaired.problem_rows().count(), counts.rows);
        prop_assert_eq!((created, counts.rows), (counts.ready(), cells.len()));
    }
}
