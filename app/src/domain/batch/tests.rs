use std::collections::BTreeMap;
use std::path::PathBuf;

use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::*;
use crate::domain::field_errors::FieldErrors;

/// What is expected of a file of the corpus (`app/tests/batch/verdicts.json`).
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Verdict {
    /// The sentence with which the whole file is refused; the rest is empty then.
    #[serde(skip_serializing_if = "String::is_empty")]
    refused: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    encoding: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    delimiter: String,
    rows: usize,
    ready: usize,
    /// What is to be settled about the columns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    header: Vec<String>,
    /// `line N, column: sentence`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

impl Verdict {
    fn of(bytes: &[u8]) -> Self {
        let file = match read(bytes, &Choices::default()) {
            Ok(file) => file,
            Err(problem) => return Self { refused: problem.to_string(), ..Self::default() },
        };
        let sheet = &file.sheet;
        let told = |pick: fn(Findings) -> FieldErrors<Place>| {
            let lines = |row: usize| {
                let told = pick(sheet.findings(row));
                told.iter().map(|(place, sentence)| format!("line {}, {place}: {sentence}", sheet.line(row))).collect::<Vec<_>>()
            };
            (0..sheet.len()).flat_map(lines).collect()
        };
        Self {
            refused: String::new(),
            encoding: file.encoding.as_str().to_owned(),
            delimiter: file.delimiter.as_str().to_owned(),
            rows: sheet.counts().rows,
            ready: sheet.counts().ready(),
            header: file.header.problems.iter().map(ToString::to_string).collect(),
            problems: told(|findings| findings.problems),
            warnings: told(|findings| findings.warnings),
        }
    }
}

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../app/tests/batch")
}

#[test]
fn every_file_of_the_corpus_has_its_verdict() {
    let expected: BTreeMap<String, Verdict> = serde_json::from_slice(&std::fs::read(corpus().join("verdicts.json")).unwrap()).unwrap();
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(corpus()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension != "json" && extension != "md") {
            found.insert(path.file_name().unwrap().to_string_lossy().into_owned(), Verdict::of(&std::fs::read(&path).unwrap()));
        }
    }
    assert!(found == expected, "verdicts.json should be:\n{}", serde_json::to_string_pretty(&found).unwrap());
}

fn read_text(text: &str) -> Result<BatchFile, FileProblem> {
    read(text.as_bytes(), &Choices::default())
}

#[test]
fn what_the_operator_chooses_is_done() {
    let text = "nome;cellulare\nZoë;111\n";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&bytes, &Choices::default()).map(|_| ()), Err(FileProblem::Nul), "UTF-16 without its mark is not guessed at");
    let chosen = Choices { encoding: Some(Encoding::Utf16Le), ..Choices::default() };
    let file = read(&bytes, &chosen).unwrap();
    assert_eq!((file.delimiter, file.sheet.counts().ready(), file.is_settled()), (Delimiter::Semicolon, 1, false));
    let file = read(&bytes, &Choices { mapping: Some(file.header.mapping), ..chosen.clone() }).unwrap();
    assert!(file.is_good());
    let file = read(&bytes, &Choices { delimiter: Some(Delimiter::Comma), ..chosen }).unwrap();
    assert_eq!((file.header.names.len(), file.sheet.counts().ready()), (1, 0));
}

#[test]
fn another_mapping_checks_the_rows_anew() {
    let mut file = read_text("Nome,Telefono,fax\nAda,x,111\nBob,222,333\n").unwrap();
    assert_eq!((file.sheet.counts().ready(), file.is_settled()), (1, false));
    file.sheet.mark_existing(["333"].into_iter().filter_map(NumberKey::digits));
    file.sheet.repair(0, BatchColumn::GsmNumber, "444");
    let mut mapping = file.header.mapping.clone();
    mapping.set(2, Some(BatchColumn::GsmNumber));
    let mut again = Reading::again(file, &mapping);
    let file = loop {
        if let Some(file) = again.advance(1).unwrap() {
            break file;
        }
    };
    assert!(file.is_settled());
    assert_eq!((file.sheet.cell(0, BatchColumn::GsmNumber), file.sheet.counts()), ("111", Counts { rows: 2, with_problems: 1 }));
}

#[test]
fn a_delimiter_that_is_chosen_is_stronger_than_excels_line() {
    let text = "sep=|\nfullName,gsmNumber,email,securityModel,description\nAda,111,,,\n";
    assert_eq!(read_text(text).map(|_| ()), Err(FileProblem::Separator("|".to_owned())));
    let file = read(text.as_bytes(), &Choices { delimiter: Some(Delimiter::Comma), ..Choices::default() }).unwrap();
    assert!(file.is_good());
    assert_eq!(file.sheet.line(0), 3);
}

#[test]
fn a_file_that_is_too_large_is_refused_before_it_is_read() {
    assert_eq!(read(&vec![b'x'; FILE_MAX + 1], &Choices::default()).map(|_| ()), Err(FileProblem::TooLarge));
    assert_eq!(read(&vec![b'\n'; FILE_MAX], &Choices::default()).map(|_| ()), Err(FileProblem::Empty));
}

#[test]
fn a_workbook_is_told_from_a_csv_file() {
    for bytes in [&b"PK\x03\x04\x14\x00"[..], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00"] {
        assert_eq!(read(bytes, &Choices::default()).map(|_| ()), Err(FileProblem::Workbook));
    }
    assert_eq!(read(b"PK", &Choices::default()).map(|_| ()), Err(FileProblem::NoRows));
}

#[test]
fn columns_that_were_confirmed_once_are_known_again() {
    let text = "nome,cell,foo\nAda,111,x";
    let mapping = read_text(text).unwrap().header.mapping;
    let names = ["nome", "cell", "foo"].map(ToOwned::to_owned).to_vec();
    let choices =
        Choices { remembered: vec![(vec!["nome".to_owned()], Mapping::default()), (names, mapping.clone())], ..Choices::default() };
    let file = read(text.as_bytes(), &choices).unwrap();
    assert!(file.is_good() && file.header.mapping == mapping);
    assert!(!read(b"nome,cell\nAda,111", &choices).unwrap().is_settled(), "other columns are asked about");
    // What the names themselves say comes first.
    let exact = "fullName,gsmNumber,email,securityModel,description";
    let wrong = Choices { remembered: vec![(exact.split(',').map(ToOwned::to_owned).collect(), mapping)], ..Choices::default() };
    assert!(read(format!("{exact}\nAda,111,,,").as_bytes(), &wrong).unwrap().is_good());
}

#[test]
fn slices_end_where_one_go_does() {
    let rows: String = (0..50).map(|row| format!("Ada {row},{},\n", 100 + row % 45)).collect();
    let text = format!("fullName,gsmNumber,email\n{rows}");
    let whole = read_text(&text).unwrap();
    for slice in [1, 7, 49, 50, 51] {
        let mut reading = Reading::new(text.clone().into_bytes(), Choices::default()).unwrap();
        let file = loop {
            if let Some(file) = reading.advance(slice).unwrap() {
                break file;
            }
        };
        assert_eq!((file.sheet.counts(), file.header), (whole.sheet.counts(), whole.header.clone()), "{slice}");
        assert_eq!(file.sheet.problem_rows().collect::<Vec<_>>(), whole.sheet.problem_rows().collect::<Vec<_>>());
    }
    assert_eq!(whole.sheet.counts(), Counts { rows: 50, with_problems: 10 });
}

#[test]
fn the_largest_file_is_read_to_its_last_row() {
    let rows: String =
        (0..ROWS_MAX).map(|row| format!("Luca Ferri,+39320{row:07},luca{row}@example.com,end-to-site,Line {row}\r\n")).collect();
    let file = read_text(&format!("fullName,gsmNumber,email,securityModel,description\r\n{rows}")).unwrap();
    assert_eq!(file.sheet.counts(), Counts { rows: ROWS_MAX, with_problems: 0 });
    assert!(file.is_good());
    let last = file.sheet.account(ROWS_MAX - 1).unwrap();
    assert_eq!((last.number.as_str(), file.sheet.line(ROWS_MAX - 1)), ("+393200099999", ROWS_MAX + 1));
}

proptest! {
    #[test]
    fn no_bytes_panic_the_reader_and_no_row_is_lost(bytes in any::<Vec<u8>>(), header in any::<bool>(), encoding in proptest::option::of(proptest::sample::select(&Encoding::ALL[..]))) {
        let mut file = if header { b"gsmNumber,fullName\n".to_vec() } else { Vec::new() };
        file.extend(bytes);
        if let Ok(file) = read(&file, &Choices { encoding, ..Choices::default() }) {
            prop_assert!(file.sheet.counts().rows > 0 && file.sheet.counts().rows == file.sheet.len());
        }
    }

    #[test]
    fn created_and_left_out_are_the_rows_read(rows in vec(vec("([a-z0-9+@. ;,'\"\n-]|\\PC){0,8}", 1..7), 1..8)) {
        let lines: Vec<String> = rows.iter().map(|row| row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect::<Vec<_>>().join(",")).collect();
        let text = format!("gsmNumber,fullName,email,securityModel,description\n{}", lines.join("\n"));
        let expected = rows.iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty())).count();
        match read_text(&text) {
            Ok(file) => {
                let created = (0..file.sheet.len()).filter(|row| file.sheet.account(*row).is_some()).count();
                let again = read_text(&left_out(&file.sheet)).map_or(0, |again| again.sheet.len());
                prop_assert_eq!((created, file.sheet.len()), (file.sheet.counts().ready(), expected));
                prop_assert_eq!(again + created, expected);
            }
            Err(problem) => prop_assert_eq!((problem, expected), (FileProblem::NoRows, 0)),
        }
    }
}
