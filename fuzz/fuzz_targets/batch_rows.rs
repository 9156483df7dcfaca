//! Any text as the rows below a good header, one of them repaired: the accounts that it makes are those that the
//! server receives.

#![no_main]

use rules::domain::batch::{BatchColumn, Choices, SentReader, SentRow, push_sent, read};
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
    let accounts: Vec<SentRow> = every_row.filter_map(|row| Some((file.sheet.line(row), file.sheet.account(row)?))).collect();
    assert_eq!(accounts.len(), file.sheet.counts().ready());
    let mut sent = String::new();
    accounts.iter().for_each(|(line, account)| push_sent(&mut sent, *line, account));
    let (mut reader, mut received) = (SentReader::default(), Vec::new());
    for piece in sent.as_bytes().chunks(usize::from(row) + 1).chain([&[][..]]) {
        received.extend(reader.read(piece).expect("what we send is received"));
    }
    assert_eq!(received, accounts);
});
