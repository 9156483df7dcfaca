//! Any bytes as a file, read as recognised and as somebody may choose: nothing panics, no row is lost, and what is left
//! out comes back as it was.

#![no_main]

use rules::domain::batch::{BatchColumn, Choices, Delimiter, Encoding, left_out, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // A last line break chooses nothing, so that files of the corpus are read as they are.
    let choice = usize::from(bytes.last().map_or(0, |last| last ^ b'\n'));
    let choices = Choices {
        encoding: (choice % 8).checked_sub(1).and_then(|at| Encoding::ALL.get(at).copied()),
        delimiter: (choice / 8 % 8).checked_sub(1).and_then(|at| Delimiter::ALL.get(at).copied()),
        ..Choices::default()
    };
    let Ok(file) = read(bytes, &choices) else { return };
    let sheet = &file.sheet;
    let created = (0..sheet.len()).filter(|row| sheet.account(*row).is_some()).count();
    let out: Vec<usize> = sheet.problem_rows().collect();
    assert!(!sheet.is_empty());
    assert_eq!((sheet.counts().rows, created), (sheet.len(), sheet.counts().ready()));
    assert_eq!(created + out.len(), sheet.len());
    assert!(out.iter().all(|row| !sheet.findings(*row).problems.is_empty()));
    if let Ok(again) = read(left_out(sheet).as_bytes(), &Choices::default()) {
        assert_eq!(again.sheet.len(), out.len());
        for (row, before) in out.into_iter().enumerate() {
            let kept = |column| again.sheet.cell(row, column) == again_cell(sheet.cell(before, column));
            assert!(BatchColumn::ALL.into_iter().all(kept));
        }
    }
});

fn again_cell(cell: &str) -> String {
    use rules::domain::export::{harmless, unharmed};
    harmless(unharmed(cell.trim())).into_owned()
}
