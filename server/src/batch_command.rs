//! `ringkey batch`: makes accounts of a file, by the rules that the page goes by.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use app::batch::import::{Batch, ImportError, existing, import};
use app::domain::batch::{BatchColumn, BatchFile, Choices, FILE_MAX, Place, Sheet, left_out, named, read};
use app::domain::field_errors::FieldErrors;
use app::domain::numerals::grouped;
use app::domain::scope::Scope;
use app::{groups, profiles};
use sqlx::PgPool;
use uuid::Uuid;

use crate::config::{BatchCommand, Settings};
use crate::database::{Database, For};
use crate::failure::Failure;
use crate::terminal::{AUTHOR, say};

/// Rows that are taken out of the file at a time.
const PIECE: usize = 1_000;

/// Says what was read and what is wrong with which row; makes the accounts if they are all good, or if those that are good are
/// enough. Fails when that is not so.
pub async fn run(settings: &Settings, command: &BatchCommand) -> Result<(), Failure> {
    let choices = Choices { encoding: command.encoding, delimiter: command.delimiter, ..Choices::default() };
    let bytes = bytes_of(&command.file).map_err(|error| Failure::bad_input(format!("{}: {error}.", command.file.display())))?;
    let file = read(&bytes, &choices).map_err(|problem| Failure::bad_input(problem.to_string()))?;
    let (Some(group), Some(profile)) = (&command.group, &command.profile) else {
        return tell(command, &file);
    };
    let database = Database::open(settings, For::Command).await?;
    let done = with_database(&database.pool, command, file, group, profile).await;
    database.close().await;
    done
}

async fn with_database(pool: &PgPool, command: &BatchCommand, mut file: BatchFile, group: &str, profile: &str) -> Result<(), Failure> {
    let none = |what: &str, name: &str| Failure::bad_input(format!("There is no {what} {name:?}."));
    let group = groups::db::by_name(pool, group).await?.ok_or_else(|| none("group", group))?;
    let profile = profiles::db::by_name(pool, profile).await?.ok_or_else(|| none("provisioning profile", profile))?;
    let taken = existing(pool, file.sheet.numbers()).await?;
    file.sheet.mark_existing(taken);
    let verdict = tell(command, &file);
    let counts = file.sheet.counts();
    if command.dry_run || !file.is_settled() || (counts.with_problems > 0 && !command.good_rows_only) {
        return verdict
            .map_err(|failure| if command.dry_run { failure } else { Failure::bad_input(format!("{failure} Nothing was created.")) });
    }
    let file_name = command.file.file_name().map_or_else(|| "standard input".into(), |name| named(&name.to_string_lossy()));
    let batch = Batch { id: Uuid::now_v7(), file_name: &file_name, group, profile, rows_read: counts.rows, rows: counts.ready() };
    let good = |row: usize| Some((file.sheet.line(row), file.sheet.account(row)?));
    let pieces = (0..file.sheet.len()).step_by(PIECE).map(|from| Ok((from..file.sheet.len().min(from + PIECE)).filter_map(good).collect()));
    let created = import(pool, AUTHOR, &Scope::All, batch, futures::stream::iter(pieces), &mut |_| true).await.map_err(refused)?;
    say(&format!("created: {created}, left out: {}, of {} rows", counts.rows - created, counts.rows));
    Ok(())
}

fn refused(error: ImportError) -> Failure {
    match error {
        ImportError::Database(error) => error.into(),
        ImportError::NoRandom => Failure::new(error.to_string()),
        refused => Failure::bad_input(refused.to_string()),
    }
}

/// Says what was read, and writes what is left out; an error when not every row is good.
fn tell(command: &BatchCommand, file: &BatchFile) -> Result<(), Failure> {
    say(&format!("encoding: {}", file.encoding.label()));
    say(&format!("delimiter: {}", file.delimiter.label()));
    say(&format!("columns: {}", columns(file)));
    file.header.problems.iter().for_each(|problem| say(&format!("header: {problem}")));
    tell_rows(&file.sheet);
    let counts = file.sheet.counts();
    say(&format!("rows: {}, ready: {}, with problems: {}", counts.rows, counts.ready(), counts.with_problems));
    if let Some(path) = &command.left_out {
        std::fs::write(path, left_out(&file.sheet)).map_err(|error| Failure::new(format!("{}: {error}.", path.display())))?;
    }
    verdict(file)
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
