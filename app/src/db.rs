//! What all SQL shares: the migrations, the names of constraints, and how long a database is waited for.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::Connection;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgPoolOptions;
use tokio::time::timeout;

/// Forward-only, run at start-up under a lock of the database, so two servers may start at once.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// How long a request waits for a connection before it is told that the database is not there.
const CONNECTION_WAIT: Duration = Duration::from_secs(3);
/// A connection that was kept and does not answer for this long is closed, and another one made: less than [`CONNECTION_WAIT`].
const FIRST_WORD: Duration = Duration::from_secs(2);
/// A connection that was given back and does not answer for this long is closed: what it was used for was given up, and the
/// network behind it may be gone without a word.
const LAST_WORD: Duration = Duration::from_secs(10);
/// What works in the background takes a statement that is not answered for this long for lost. Far longer than any takes: the
/// network may have lost it, and then nothing would ever come.
pub const STATEMENT_LIMIT: Duration = Duration::from_secs(30);
/// While a database can only be read, connections are made anew this often at most.
const RENEWAL_PAUSE: Duration = Duration::from_secs(5);

/// `read_only_sql_transaction` and `disk_full` (Postgres manual, appendix A).
pub const READ_ONLY: &str = "25006";
pub const FULL: &str = "53100";

/// When a database has last refused to write.
static REFUSED_TO_WRITE: Mutex<Option<Instant>> = Mutex::new(None);

/// The name of the constraint that refused a statement, if one did.
pub fn violated_constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error().and_then(|error| error.constraint())
}

/// Whether a statement was refused because the database can only be read, or has no room for what it would write.
pub fn takes_no_changes(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| matches!(error.code().as_deref(), Some(READ_ONLY | FULL)))
}

/// What connections are made and kept by, at most `connections` of them.
pub fn pool_options(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(CONNECTION_WAIT)
        // Below, with a limit.
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            Box::pin(async move {
                if is_of_a_standby(known.age) {
                    return Ok(false);
                }
                within(FIRST_WORD, connection.ping()).await.map(|()| true)
            })
        })
        // What was given up in the middle is waited for here.
        .after_release(|connection, _| Box::pin(async move { within(LAST_WORD, connection.ping()).await.map(|()| true) }))
}

/// Waits for an answer of the database no longer than `limit`.
pub async fn within<T, E: From<sqlx::Error>>(limit: Duration, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let late = || sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "the database did not answer in time"));
    timeout(limit, work).await.unwrap_or_else(|_| Err(late().into()))
}

/// A database can only be read. After a failover it may be the connections that lead to the old one, which is a standby by now: those
/// that are there are made anew, each before its next use.
pub fn refused_to_write() {
    let mut last = REFUSED_TO_WRITE.lock().unwrap_or_else(PoisonError::into_inner);
    if last.is_none_or(|last| last.elapsed() > RENEWAL_PAUSE) {
        *last = Some(Instant::now());
    }
}

/// Whether a connection of this age was there when a database has refused to write.
fn is_of_a_standby(age: Duration) -> bool {
    let last = *REFUSED_TO_WRITE.lock().unwrap_or_else(PoisonError::into_inner);
    last.is_some_and(|last| last.elapsed() < age)
}
