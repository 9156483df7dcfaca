//! The rows of a batch in a table of its transaction, before they are accounts: each with an id and a free username.

use std::collections::HashSet;

use futures::{Stream, StreamExt};
use sqlx::PgConnection;
use uuid::Uuid;

use super::import::{ImportError, go_on};
use super::tell::Tell;
use super::view::BatchProgress;
use crate::db::{STATEMENT_LIMIT, within};
use crate::domain::batch::{NumberKey, SentRow};
use crate::domain::numerals::grouped;
use crate::domain::username::Username;

/// Rows are sent to Postgres in pieces of about this many bytes.
const PIECE: usize = 64 * 1024;
/// Rows between two reports of how far it has come.
const REPORT: usize = 2_000;

/// Puts the rows into the table as they come; how many there are. No number may come twice.
pub async fn stage<S>(connection: &mut PgConnection, rows: S, tell: &mut Tell) -> Result<usize, ImportError>
where
    S: Stream<Item = Result<Vec<SentRow>, ImportError>> + Send,
{
    let table = sqlx::query(
        r#"CREATE TEMPORARY TABLE batch_rows (
               nth integer PRIMARY KEY, line bigint NOT NULL, id uuid NOT NULL, entry uuid NOT NULL, username text COLLATE "C" NOT NULL,
               number text NOT NULL, owner text, email text, security_model text NOT NULL, description text
           ) ON COMMIT DROP"#,
    );
    within(STATEMENT_LIMIT, table.execute(&mut *connection)).await?;
    // An empty cell without quotes is null.
    let mut copy = within(STATEMENT_LIMIT, connection.copy_in_raw("COPY batch_rows FROM STDIN (FORMAT csv)")).await?;
    let mut sheet = Sheet::new();
    let mut rows = std::pin::pin!(rows);
    let mut told = 0;
    while let Some(arrived) = rows.next().await {
        for row in &arrived? {
            sheet.add(row)?;
            if let Some(piece) = sheet.full_piece()? {
                within(STATEMENT_LIMIT, copy.send(piece)).await?;
            }
        }
        if sheet.count - told >= REPORT {
            told = sheet.count;
            go_on(tell(BatchProgress::Staged(told)))?;
        }
    }
    within(STATEMENT_LIMIT, copy.send(sheet.last_piece()?)).await?;
    within(STATEMENT_LIMIT, copy.finish()).await?;
    if sheet.count > told {
        go_on(tell(BatchProgress::Staged(sheet.count)))?;
    }
    within(STATEMENT_LIMIT, sqlx::query("ANALYZE batch_rows").execute(connection)).await?;
    Ok(sheet.count)
}

/// The rows as Postgres reads them.
struct Sheet {
    piece: csv::Writer<Vec<u8>>,
    numbers: HashSet<NumberKey>,
    usernames: HashSet<Username>,
    count: usize,
}

impl Sheet {
    fn new() -> Self {
        Self { piece: piece(), numbers: HashSet::new(), usernames: HashSet::new(), count: 0 }
    }

    fn add(&mut self, (line, row): &SentRow) -> Result<(), ImportError> {
        if !self.numbers.insert(NumberKey::of(&row.number)) {
            return Err(ImportError::Twice { line: *line, number: row.number.as_str().to_owned() });
        }
        let username = loop {
            let username = random_username()?;
            if self.usernames.insert(username.clone()) {
                break username;
            }
        };
        let (nth, line) = (self.count.to_string(), line.to_string());
        let [id, entry] = [Uuid::now_v7(), Uuid::now_v7()].map(|id| id.to_string());
        let email = row.email.as_ref().map(|email| email.as_str()).unwrap_or_default();
        let (owner, description) = (row.owner.as_deref().unwrap_or_default(), row.description.as_deref().unwrap_or_default());
        let cells = [&nth, &line, &id, &entry, username.as_str(), row.number.as_str(), owner, email, row.security.as_str(), description];
        self.piece.write_record(cells).map_err(|error| sqlx::Error::Io(std::io::Error::other(error)))?;
        self.count += 1;
        Ok(())
    }

    fn full_piece(&mut self) -> Result<Option<Vec<u8>>, sqlx::Error> {
        Ok(if self.piece.get_ref().len() < PIECE { None } else { Some(self.last_piece()?) })
    }

    fn last_piece(&mut self) -> Result<Vec<u8>, sqlx::Error> {
        let full = std::mem::replace(&mut self.piece, piece());
        full.into_inner().map_err(|error| sqlx::Error::Io(error.into_error()))
    }
}

fn piece() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().buffer_capacity(4 * 1024).from_writer(Vec::with_capacity(PIECE + 8 * 1024))
}

/// Refuses numbers that accounts have.
pub async fn refuse_taken(connection: &mut PgConnection) -> Result<(), ImportError> {
    let taken = sqlx::query_as(
        "SELECT b.line, b.number FROM batch_rows b JOIN accounts a ON a.number_digits = ltrim(b.number, '+') ORDER BY b.line",
    );
    let taken: Vec<(i64, String)> = within(STATEMENT_LIMIT, taken.fetch_all(connection)).await?;
    if taken.is_empty() { Ok(()) } else { Err(ImportError::Taken(taken)) }
}

/// Draws again for those rows whose username is a username or a number already: among 10^10 they are few.
pub async fn redraw_usernames(connection: &mut PgConnection) -> Result<(), ImportError> {
    loop {
        let clashing = sqlx::query_scalar(
            "SELECT b.id FROM batch_rows b JOIN accounts a ON a.username = b.username
             UNION SELECT b.id FROM batch_rows b JOIN accounts a ON a.number_digits = b.username
             UNION SELECT b.id FROM batch_rows b JOIN batch_rows o ON ltrim(o.number, '+') = b.username
             UNION SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY username) AS nth FROM batch_rows) d WHERE nth > 1",
        );
        let clashing: Vec<Uuid> = within(STATEMENT_LIMIT, clashing.fetch_all(&mut *connection)).await?;
        if clashing.is_empty() {
            return Ok(());
        }
        let usernames =
            clashing.iter().map(|_| random_username().map(|username| username.as_str().to_owned())).collect::<Result<Vec<_>, _>>()?;
        let redraw = "UPDATE batch_rows b SET username = n.username FROM unnest($1::uuid[], $2::text[]) n (id, username) WHERE b.id = n.id";
        within(STATEMENT_LIMIT, sqlx::query(redraw).bind(clashing).bind(usernames).execute(&mut *connection)).await?;
    }
}

fn random_username() -> Result<Username, ImportError> {
    let random = getrandom::u64().map_err(|_| ImportError::NoRandom)?;
    Ok(Username::from_random(random))
}

/// Numbers that a refusal names, at most.
const NAMED: usize = 20;

/// What is told about numbers that are taken, each with its line.
pub fn taken(lines: &[(i64, String)]) -> String {
    let named: Vec<String> =
        lines.iter().take(NAMED).map(|(line, number)| format!("line {line}, gsmNumber: another account has {number}.")).collect();
    let more = lines.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("\nand {} more", grouped(more as u64)) } else { String::new() };
    format!("{}{more}", named.join("\n"))
}
