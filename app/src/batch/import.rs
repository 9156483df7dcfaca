//! Storing a batch: all of its accounts in one transaction, or none.

use std::time::Duration;

use futures::Stream;
use sqlx::{PgConnection, PgExecutor, PgPool};
use thiserror::Error;
use uuid::Uuid;

use super::db::{find, is_stored, look, subject};
use super::staging::{redraw_usernames, refuse_taken, stage, taken};
use super::tell::Tell;
use super::view::BatchProgress;
use crate::audit::Change;
use crate::audit::db::{Author, record};
use crate::db::{STATEMENT_LIMIT, violated_constraint, within};
use crate::domain::batch::{NumberKey, SentProblem, SentRow};
use crate::domain::numerals::grouped;
use crate::domain::scope::Scope;
use crate::{groups, profiles};

/// Accounts that are written in one statement: between two it is told how far it has come, and whether to go on.
const STEP: usize = 1_000;

/// How long somebody is waited for who is storing the same batch.
const OTHER_LIMIT: Duration = Duration::from_secs(600);

/// What is to be stored.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The same id again is the same batch, and stores nothing.
    pub id: Uuid,
    pub file_name: &'a str,
    pub group: Uuid,
    /// The provisioning profile of each account.
    pub profile: Uuid,
    /// How many rows the file had; those that are not stored were left out.
    pub rows_read: usize,
    /// How many are to be stored.
    pub rows: usize,
}

/// Why nothing was stored.
#[derive(Debug, Error)]
pub enum ImportError {
    #[error("There is no row to make an account of.")]
    NoRows,
    #[error(transparent)]
    Sent(#[from] SentProblem),
    #[error("Line {line}: another line has the number {number}, too. Nothing was created.")]
    Twice { line: usize, number: String },
    #[error("The rows did not arrive whole: {arrived} of {sent}. Nothing was created: send them again.")]
    Incomplete { arrived: usize, sent: usize },
    /// Numbers that accounts have, with their lines.
    #[error("{}", taken(.0))]
    Taken(Vec<(i64, String)>),
    #[error("The group or the provisioning profile is not there any more. Choose another.")]
    Gone,
    #[error("Somebody has taken one of these numbers a moment ago. Nothing was created: send the file again.")]
    TakenMeanwhile,
    #[error("This page was used for another batch already. Nothing was created: reload it and drop the file again.")]
    UsedId,
    #[error("This batch was undone. Drop the file again to make a new one of it.")]
    Undone,
    #[error("The import was cancelled. Nothing was created.")]
    Cancelled,
    #[error(
        "The connection to the database broke in the last step, and whether the accounts were created is not known yet. Send them \
         again: what is there already is not made twice."
    )]
    Uncertain,
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

/// Stores the accounts that `rows` brings, disabled until they are activated, with free usernames. Gives how many there are in the
/// batch, also when it was stored before. `tell` hears how far it has come, and answers whether to go on: up to the last step,
/// nothing is left when it does not.
///
/// `scope`: the groups that the author sees. Another is as if it were not there.
pub async fn import<S>(
    pool: &PgPool,
    author: Author<'_>,
    scope: &Scope,
    batch: Batch<'_>,
    rows: S,
    tell: &mut Tell,
) -> Result<usize, ImportError>
where
    S: Stream<Item = Result<Vec<SentRow>, ImportError>> + Send,
{
    if batch.rows == 0 {
        return Err(ImportError::NoRows);
    }
    if !scope.has(batch.group) {
        return Err(ImportError::Gone);
    }
    let mut transaction = pool.begin().await?;
    let connection = &mut *transaction;
    if !within(OTHER_LIMIT, note(connection, author, batch)).await? {
        return match within(STATEMENT_LIMIT, find(connection, batch.id)).await?.filter(|stored| stored.is_in(scope)) {
            None => Err(ImportError::UsedId),
            Some(stored) if stored.is_undone => Err(ImportError::Undone),
            Some(stored) => Ok(usize::try_from(stored.created).unwrap_or_default()),
        };
    }
    let arrived = stage(connection, rows, tell).await?;
    if arrived != batch.rows {
        return Err(ImportError::Incomplete { arrived, sent: batch.rows });
    }
    refuse_taken(connection).await?;
    redraw_usernames(connection).await?;
    go_on(tell(BatchProgress::Checked))?;
    write(connection, author, batch, tell).await?;
    go_on(tell(BatchProgress::Committing))?;
    if let Err(error) = within(STATEMENT_LIMIT, transaction.commit()).await {
        tracing::warn!(cause = ?error.to_string(), "the commit of a batch broke off");
        return match look(|| is_stored(pool, scope, batch.id)).await {
            Some(true) => Ok(arrived),
            Some(false) => Err(error.into()),
            None => Err(ImportError::Uncertain),
        };
    }
    Ok(arrived)
}

/// Stops when nobody has heard how far it has come.
pub fn go_on(is_heard: bool) -> Result<(), ImportError> {
    if is_heard { Ok(()) } else { Err(ImportError::Cancelled) }
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
        count(batch.rows),
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Makes the accounts, and an entry in the history for each and for the batch.
async fn write(connection: &mut PgConnection, author: Author<'_>, batch: Batch<'_>, tell: &mut Tell) -> Result<(), ImportError> {
    let address = author.address.map(|address| address.to_string());
    for from in (0..batch.rows).step_by(STEP) {
        let to = batch.rows.min(from + STEP);
        let [first, end] = [from, to].map(|nth| i32::try_from(nth).unwrap_or(i32::MAX));
        let accounts = sqlx::query(
            "INSERT INTO accounts (id, batch_id, group_id, profile_id, username, number, owner, email, description, account_type,
                                   security_model, obfuscation_key, enabled, awaits_activation, last_status)
             SELECT id, $1, $2, $3, username, number, owner, email, description, 'PGSM', security_model, 9, false, true, 'created'
             FROM batch_rows WHERE nth >= $4 AND nth < $5 ORDER BY nth",
        )
        .bind(batch.id)
        .bind(batch.group)
        .bind(batch.profile)
        .bind(first)
        .bind(end);
        within(STATEMENT_LIMIT, accounts.execute(&mut *connection)).await?;
        let entries = sqlx::query(
            "INSERT INTO audit_log (id, operator_id, operator_name, address, action, subject_kind, subject_id, subject_name, changes)
             SELECT entry, $1, $2, $3, 'created', 'account', id, concat_ws(', ', owner, username),
                    jsonb_build_array(jsonb_build_object('field', 'Virtual Phone Number', 'before', '', 'after', number))
             FROM batch_rows WHERE nth >= $4 AND nth < $5 ORDER BY nth",
        )
        .bind(author.id)
        .bind(author.name)
        .bind(&address)
        .bind(first)
        .bind(end);
        within(STATEMENT_LIMIT, entries.execute(&mut *connection)).await?;
        go_on(tell(BatchProgress::Written(to)))?;
    }
    let made = within(STATEMENT_LIMIT, made(connection, batch)).await?;
    within(STATEMENT_LIMIT, record(connection, author, "imported", subject(batch.id, batch.file_name), &made)).await?;
    Ok(())
}

/// What a batch has made, for the history.
async fn made(connection: &mut PgConnection, batch: Batch<'_>) -> Result<Vec<Change>, sqlx::Error> {
    let group = groups::db::find(&mut *connection, batch.group).await?.map(|group| group.name);
    let profile = profiles::db::find(connection, batch.profile).await?.map(|profile| profile.draft.name);
    Ok(Change::all_made([
        ("Group", group.unwrap_or_default()),
        ("Provisioning Profile", profile.unwrap_or_default()),
        ("Rows", grouped(batch.rows_read as u64)),
        ("Accounts", grouped(batch.rows as u64)),
    ]))
}
