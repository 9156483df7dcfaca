//! Taking a batch back: all of its accounts in one transaction, or none.

use server_fn::codec::ByteStream;
use sqlx::PgConnection;
use uuid::Uuid;

use super::db::{hold, is_undone, look, obstacles, subject};
use super::tell::{Tell, lines, refused};
use super::view::{BatchProgress, Obstacles};
use crate::audit::Change;
use crate::audit::db::{Author, record};
use crate::db::{STATEMENT_LIMIT, within};
use crate::domain::numerals::grouped;
use crate::door::Caller;
use crate::error::AppError;

/// Accounts that are taken back in one statement.
const STEP: i64 = 1_000;
/// What is told when the database stays away.
pub const UNCERTAIN: &str = "The connection to the database broke in the last step, and whether the batch was undone is not known yet. \
    Look at the batch again in a moment.";

/// Starts the work; how far it has come is told in lines. Nothing is changed when nobody listens any more before its end.
pub fn start(caller: Caller, id: Uuid) -> ByteStream<AppError> {
    let (mut tell, lines) = lines();
    tokio::spawn(async move {
        let last = match undo(&caller, id, &mut tell).await {
            Ok(count) => BatchProgress::Done(count),
            // What became of the commit is looked at: what is told here has happened before it.
            Err(error) => refused(&error.and_nothing_done()),
        };
        // Who is gone does not hear how it ended.
        let _ = tell(last);
    });
    ByteStream::new(lines)
}

async fn undo(caller: &Caller, id: Uuid, tell: &mut Tell) -> Result<usize, AppError> {
    let author = Author::from(caller);
    let mut transaction = caller.pool.begin().await?;
    let connection = &mut *transaction;
    let (file_name, was_undone) =
        hold(connection, caller.scope(), id).await?.ok_or_else(|| AppError::NotFound("There is no such batch.".into()))?;
    if was_undone {
        return Err(AppError::Refused("This batch was undone already.".into()));
    }
    // From here on nobody else changes them, and nobody activates them.
    let held = sqlx::query!("SELECT count(*) FROM (SELECT FROM accounts WHERE batch_id = $1 ORDER BY id FOR UPDATE) held", id);
    within(STATEMENT_LIMIT, held.fetch_one(&mut *connection)).await?;
    let in_the_way = within(STATEMENT_LIMIT, obstacles(&mut *connection, caller.scope(), id)).await?;
    if in_the_way.count > 0 {
        return Err(AppError::Refused(told(&in_the_way)));
    }
    let stopped = || AppError::Refused("Undoing was stopped. Every account is still there.".into());
    let mut undone = 0;
    loop {
        let step = within(STATEMENT_LIMIT, step(connection, author, id)).await?;
        if step == 0 {
            break;
        }
        undone += step;
        if !tell(BatchProgress::Written(undone)) {
            return Err(stopped());
        }
    }
    sqlx::query!("UPDATE batches SET undone_at = now(), undone_by = $2 WHERE id = $1", id, author.name).execute(&mut *connection).await?;
    let accounts = Change { field: "Accounts".into(), before: grouped(undone as u64), after: grouped(0) };
    record(connection, author, "undone", subject(id, &file_name), &[accounts]).await?;
    if !tell(BatchProgress::Committing) {
        return Err(stopped());
    }
    if let Err(error) = within(STATEMENT_LIMIT, transaction.commit()).await {
        tracing::warn!(cause = ?error.to_string(), "the commit of a batch that is taken back broke off");
        return match look(|| is_undone(&caller.pool, caller.scope(), id)).await {
            Some(true) => Ok(undone),
            Some(false) => Err(error.into()),
            None => Err(AppError::Refused(UNCERTAIN.into())),
        };
    }
    Ok(undone)
}

/// Deletes some of the accounts, each with its entry in the history. They leave no tombstones: nobody has ever had their numbers.
async fn step(connection: &mut PgConnection, author: Author<'_>, id: Uuid) -> Result<usize, AppError> {
    let done = sqlx::query!(
        "WITH gone AS (
             DELETE FROM accounts WHERE id IN (SELECT id FROM accounts WHERE batch_id = $1 ORDER BY id LIMIT $5)
             RETURNING id, owner, username, number
         )
         INSERT INTO audit_log (id, operator_id, operator_name, address, action, subject_kind, subject_id, subject_name, changes)
         SELECT gen_random_uuid(), $2, $3, $4, 'undone', 'account', id, concat_ws(', ', owner, username),
                jsonb_build_array(jsonb_build_object('field', 'Virtual Phone Number', 'before', number, 'after', ''))
         FROM gone",
        id,
        author.id,
        author.name,
        author.address.map(|address| address.to_string()),
        STEP,
    )
    .execute(connection)
    .await?;
    Ok(usize::try_from(done.rows_affected()).unwrap_or_default())
}

/// Why a batch is not taken back.
fn told(obstacles: &Obstacles) -> String {
    let names: Vec<&str> = obstacles.named.iter().map(|(_, name)| name.as_str()).collect();
    if names.is_empty() {
        return "Nothing was undone: some accounts were moved to other groups since.".to_owned();
    }
    let more = obstacles.count - i64::try_from(names.len()).unwrap_or_default();
    let more = if more > 0 { format!(" and {} more", grouped(more.unsigned_abs())) } else { String::new() };
    format!("Nothing was undone: some accounts were activated or changed since. They are {}{more}.", names.join(", "))
}
