//! Any text as the rows below a good header, one of them repaired: the accounts that it makes are made again of the file
//! that the browser sends.

#![no_main]

use fuzz::domain::batch::{BatchColumn, BatchRow, Choices, push_account, push_header, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &str, &str)| {
    let (row, cell, rows) = input;
    let text = format!("gsmNumber,fullName,email,securityModel,description\n{rows}");
    let Ok(mut file) = read(text.as_bytes(), &Choices::default()) else { return };
    file.sheet.repair(usize::from(row) % file.sheet.len(), BatchColumn::GsmNumber, cell);
    let every_row = 0..file.sheet.len();
    for row in every_row.clone() {
        file.sheet.cut(row);
        assert_eq!(file.sheet.has_problem(row), !file.sheet.findings(row).problems.is_empty());
    }
    let accounts: Vec<BatchRow> = every_row.filter_map(|row| file.sheet.account(row)).collect();
    assert_eq!(accounts.len(), file.sheet.counts().ready());
    if accounts.is_empty() {
        return;
    }
    let mut sent = String::new();
    push_header(&mut sent);
    accounts.iter().for_each(|account| push_account(&mut sent, account));
    let again = read(sent.as_bytes(), &Choices::default()).expect("a file of our own is read");
    assert!(again.is_good());
    let made: Vec<BatchRow> = (0..again.sheet.len()).filter_map(|row| again.sheet.account(row)).collect();
    assert_eq!(made, accounts);
});
