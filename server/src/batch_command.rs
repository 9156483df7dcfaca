//! `ringkey batch`: checks a file of accounts by the rules that the page Create Batch Account goes by.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use app::domain::batch::{BatchColumn, BatchFile, Choices, FILE_MAX, Place, Sheet, left_out, read};
use app::domain::field_errors::FieldErrors;
use app::domain::numerals::grouped;

use crate::config::BatchCommand;
use crate::failure::Failure;
use crate::terminal::say;

/// Says what was recognised, everything that is wrong, and the counts. It is a failure unless every row is ready.
pub fn run(command: &BatchCommand) -> Result<(), Failure> {
    let choices = Choices { encoding: command.encoding, delimiter: command.delimiter, mapping: None };
    let bytes = bytes_of(&command.file).map_err(|error| Failure::bad_input(format!("{}: {error}.", command.file.display())))?;
    let file = read(&bytes, &choices).map_err(|problem| Failure::bad_input(problem.to_string()))?;
    say(&format!("encoding: {}", file.encoding.label()));
    say(&format!("delimiter: {}", file.delimiter.label()));
    say(&format!("columns: {}", columns(&file)));
    file.header.problems.iter().for_each(|problem| say(&format!("header: {problem}")));
    tell_rows(&file.sheet);
    let counts = file.sheet.counts();
    say(&format!("rows: {}, ready: {}, with problems: {}", counts.rows, counts.ready(), counts.with_problems));
    if let Some(path) = &command.left_out {
        std::fs::write(path, left_out(&file.sheet)).map_err(|error| Failure::new(format!("{}: {error}.", path.display())))?;
    }
    verdict(&file)
}

/// At most one byte more than a file may have: that it is too large is then told as it is on the page.
fn bytes_of(path: &Path) -> io::Result<Vec<u8>> {
    let most = u64::try_from(FILE_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().take(most).read_to_end(&mut bytes)?;
    } else {
        File::open(path)?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// The file's columns with what each is taken for: `nome = fullName, gsmNumber, foo (left out)`.
fn columns(file: &BatchFile) -> String {
    let named = file.header.names.iter().enumerate().map(|(at, name)| match file.header.mapping.get(at) {
        Some(column) if column.as_str().eq_ignore_ascii_case(name) => column.as_str().to_owned(),
        Some(column) => format!("{name:?} = {}", column.as_str()),
        None => format!("{name:?} (left out)"),
    });
    named.collect::<Vec<_>>().join(", ")
}

fn tell_rows(sheet: &Sheet) {
    let tell = |row: usize, kind: &str, told: &FieldErrors<Place>| {
        for (place, sentence) in told.iter() {
            say(&format!("line {}, {place}: {kind}{sentence}", sheet.line(row)));
        }
    };
    for row in 0..sheet.len() {
        let findings = sheet.findings(row);
        tell(row, "", &findings.problems);
        tell(row, "warning: ", &findings.warnings);
    }
}

fn verdict(file: &BatchFile) -> Result<(), Failure> {
    let counts = file.sheet.counts();
    if file.is_good() {
        return Ok(());
    }
    let mut wrong = Vec::new();
    if !file.is_settled() {
        let names = BatchColumn::ALL.map(BatchColumn::as_str).join(",");
        wrong.push(format!("The columns are not those of a batch. The first line should be {names}."));
    }
    if counts.with_problems > 0 {
        wrong.push(format!("{} of {} rows cannot become accounts.", grouped(counts.with_problems as u64), grouped(counts.rows as u64)));
    }
    Err(Failure::bad_input(wrong.join(" ")))
}
