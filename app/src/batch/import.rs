//! Storing a batch: all of its accounts in one transaction, or none.

use std::collections::HashSet;
use std::net::IpAddr;

use sqlx::{PgConnection, PgExecutor, PgPool};
use thiserror::Error;
use uuid::Uuid;

use crate::db::violated_constraint;
use crate::domain::batch::{BatchRow, NumberKey};
use crate::domain::numerals::grouped;
use crate::domain::username::Username;

/// Rows are sent to Postgres in pieces of about this many bytes.
const PIECE: usize = 64 * 1024;
/// Numbers that a refusal names, at most.
const NAMED: i64 = 20;

/// Who makes the accounts, for the history.
#[derive(Clone, Copy, Debug)]
pub struct Author<'a> {
    /// None on the machine's own terminal.
    pub id: Option<Uuid>,
    pub name: &'a str,
    pub address: Option<IpAddr>,
}

/// What is to be stored.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The same id again is the same batch, and stores nothing.
    pub id: Uuid,
    pub file_name: &'a str,
    pub group: Uuid,
    /// The provisioning profile of each account.
    pub profile: Uuid,
    /// How many rows the file had; those that are not among `rows` were left out.
    pub rows_read: usize,
    /// Lines of the file, and what stands in them. No number twice.
    pub rows: &'a [(usize, BatchRow)],
}

/// Why nothing was stored.
#[derive(Debug, Error)]
pub enum ImportError {
    #[error("There is no row to make an account of.")]
    NoRows,
    /// Some of the numbers, with their lines, and how many there are in all.
    #[error("{}", taken(.named, *.count))]
    Taken { named: Vec<(i64, String)>, count: i64 },
    #[error("The group or the provisioning profile is not there any more. Choose another.")]
    Gone,
    #[error("Somebody has taken one of these numbers a moment ago. Nothing was created: send the file again.")]
    TakenMeanwhile,
    #[error("the system gives no random numbers")]
    NoRandom,
    #[error(transparent)]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for ImportError {
    fn from(error: sqlx::Error) -> Self {
        match violated_constraint(&error) {
            Some("batches_group_id_fkey" | "accounts_group_id_fkey" | "accounts_profile_id_fkey") => Self::Gone,
            Some("accounts_number_key" | "accounts_username_key") => Self::TakenMeanwhile,
            _ => Self::Database(error),
        }
    }
}

/// Which of these numbers an account has.
pub async fn existing(executor: impl PgExecutor<'_>, numbers: impl Iterator<Item = NumberKey>) -> Result<Vec<NumberKey>, sqlx::Error> {
    let digits: Vec<String> = numbers.map(|number| number.to_string()).collect();
    let found = sqlx::query_scalar!(r#"SELECT number_digits AS "digits!" FROM accounts WHERE number_digits = ANY($1)"#, &digits);
    Ok(found.fetch_all(executor).await?.iter().filter_map(|digits| NumberKey::digits(digits)).collect())
}

/// Stores the accounts, disabled until they are activated, with free usernames. Gives how many there are in the batch, also when
/// it was stored before.
pub async fn import(pool: &PgPool, author: Author<'_>, batch: Batch<'_>) -> Result<usize, ImportError> {
    if batch.rows.is_empty() {
        return Err(ImportError::NoRows);
    }
    let mut transaction = pool.begin().await?;
    let connection = &mut *transaction;
    if !note(connection, author, batch).await? {
        let created = sqlx::query_scalar!("SELECT created FROM batches WHERE id = $1", batch.id).fetch_one(connection).await?;
        return Ok(usize::try_from(created).unwrap_or_default());
    }
    stage(connection, batch.rows).await?;
    refuse_taken(connection).await?;
    redraw_usernames(connection).await?;
    write(connection, author, batch).await?;
    transaction.commit().await?;
    Ok(batch.rows.len())
}

/// False when this batch is there already; somebody who is storing it at this moment is waited for.
async fn note(connection: &mut PgConnection, author: Author<'_>, batch: Batch<'_>) -> Result<bool, sqlx::Error> {
    let count = |rows: usize| i32::try_from(rows).unwrap_or(i32::MAX);
    let done = sqlx::query!(
        "INSERT INTO batches (id, file_name, group_id, operator_id, operator_name, rows_read, created) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO NOTHING",
        batch.id,
        batch.file_name,
        batch.group,
        author.id,
        author.name,
        count(batch.rows_read),
        count(batch.rows.len()),
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts the rows, each with an id and a random username, into a table of this transaction.
async fn stage(connection: &mut PgConnection, rows: &[(usize, BatchRow)]) -> Result<(), ImportError> {
    sqlx::query(
        r#"CREATE TEMPORARY TABLE batch_rows (
               line bigint NOT NULL, id uuid NOT NULL, username text COLLATE "C" NOT NULL, number text NOT NULL, owner text, email text,
               security_model text NOT NULL, description text
           ) ON COMMIT DROP"#,
    )
    .execute(&mut *connection)
    .await?;
    let mut drawn = HashSet::with_capacity(rows.len());
    // An empty cell without quotes is null.
    let mut copy = connection.copy_in_raw("COPY batch_rows FROM STDIN (FORMAT csv)").await?;
    let mut piece = csv::Writer::from_writer(Vec::with_capacity(PIECE + 1024));
    for (line, row) in rows {
        let username = loop {
            let username = random_username()?;
            if drawn.insert(username.clone()) {
                break username;
            }
        };
        let (line, id) = (line.to_string(), Uuid::now_v7().to_string());
        let email = row.email.as_ref().map(|email| email.as_str()).unwrap_or_default();
        let (owner, description) = (row.owner.as_deref().unwrap_or_default(), row.description.as_deref().unwrap_or_default());
        let cells = [&line, &id, username.as_str(), row.number.as_str(), owner, email, row.security.as_str(), description];
        piece.write_record(cells).map_err(into_sqlx)?;
        if piece.get_ref().len() >= PIECE {
            let full = std::mem::replace(&mut piece, csv::Writer::from_writer(Vec::with_capacity(PIECE + 1024)));
            copy.send(full.into_inner().map_err(|error| sqlx::Error::Io(error.into_error()))?).await?;
        }
    }
    copy.send(piece.into_inner().map_err(|error| sqlx::Error::Io(error.into_error()))?).await?;
    copy.finish().await?;
    sqlx::query("ANALYZE batch_rows").execute(connection).await?;
    Ok(())
}

fn into_sqlx(error: csv::Error) -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::other(error))
}

async fn refuse_taken(connection: &mut PgConnection) -> Result<(), ImportError> {
    let taken: Vec<(i64, String, i64)> = sqlx::query_as(
        "SELECT b.line, b.number, count(*) OVER () FROM batch_rows b JOIN accounts a ON a.number_digits = ltrim(b.number, '+')
         ORDER BY b.line LIMIT $1",
    )
    .bind(NAMED)
    .fetch_all(connection)
    .await?;
    match taken.first() {
        Some((_, _, count)) => {
            Err(ImportError::Taken { count: *count, named: taken.iter().map(|(line, number, _)| (*line, number.clone())).collect() })
        }
        None => Ok(()),
    }
}

/// Draws again for those rows whose username is a username or a number already: among 10^10 they are few.
async fn redraw_usernames(connection: &mut PgConnection) -> Result<(), ImportError> {
    loop {
        let clashing: Vec<Uuid> = sqlx::query_scalar(
            "SELECT b.id FROM batch_rows b JOIN accounts a ON a.username = b.username
             UNION SELECT b.id FROM batch_rows b JOIN accounts a ON a.number_digits = b.username
             UNION SELECT b.id FROM batch_rows b JOIN batch_rows o ON ltrim(o.number, '+') = b.username
             UNION SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY username) AS nth FROM batch_rows) d WHERE nth > 1",
        )
        .fetch_all(&mut *connection)
        .await?;
        if clashing.is_empty() {
            return Ok(());
        }
        let usernames = clashing.iter().map(|_| random_username()).collect::<Result<Vec<_>, _>>()?;
        sqlx::query("UPDATE batch_rows b SET username = n.username FROM unnest($1::uuid[], $2::text[]) n (id, username) WHERE b.id = n.id")
            .bind(clashing)
            .bind(usernames)
            .execute(&mut *connection)
            .await?;
    }
}

/// Makes the accounts, and an entry in the history for each and for the batch.
async fn write(connection: &mut PgConnection, author: Author<'_>, batch: Batch<'_>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO accounts (id, batch_id, group_id, profile_id, username, number, owner, email, description, account_type,
                               security_model, obfuscation_key, enabled, last_status)
         SELECT id, $1, $2, $3, username, number, owner, email, description, 'PGSM', security_model, 9, false, 'created'
         FROM batch_rows ORDER BY line",
    )
    .bind(batch.id)
    .bind(batch.group)
    .bind(batch.profile)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO audit_log (id, operator_id, operator_name, address, action, subject_kind, subject_id, subject_name)
         SELECT gen_random_uuid(), $1, $2, $3, 'created', 'account', id, concat_ws(', ', owner, username) FROM batch_rows
         UNION ALL SELECT gen_random_uuid(), $1, $2, $3, 'imported', 'batch', $4, $5",
    )
    .bind(author.id)
    .bind(author.name)
    .bind(author.address.map(|address| address.to_string()))
    .bind(batch.id)
    .bind(batch.file_name)
    .execute(connection)
    .await?;
    Ok(())
}

fn random_username() -> Result<String, ImportError> {
    let random = getrandom::u64().map_err(|_| ImportError::NoRandom)?;
    Ok(Username::from_random(random).as_str().to_owned())
}

fn taken(named: &[(i64, String)], count: i64) -> String {
    let lines: Vec<String> = named.iter().map(|(line, number)| format!("line {line}, gsmNumber: another account has {number}.")).collect();
    let more = count - i64::try_from(named.len()).unwrap_or(i64::MAX);
    let more = if more > 0 { format!("\nand {} more", grouped(more.unsigned_abs())) } else { String::new() };
    format!("{}{more}", lines.join("\n"))
}
