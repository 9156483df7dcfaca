//! What is cleared away while the server runs.

use std::time::Duration;

use app::db::within;
use app::operators::{session_store, sign_in};
use app::ui::time;
use app::{activation, groups, live, messages, registrations};
use sqlx::PgPool;

const PAUSE: Duration = Duration::from_secs(600);

/// Removes ended sessions, old limits, changes that were told and phones that are gone every ten minutes, for as long as the server
/// runs, adds up the numbers of accounts, and sees what the clock of the database says. Several servers may do so at once.
pub async fn run(pool: PgPool) {
    loop {
        if let Err(error) = within(PAUSE, follow_clock(&pool)).await {
            tracing::warn!(cause = ?error.to_string(), "the clock of the database is not known");
        }
        match within(PAUSE, clear(&pool)).await {
            Ok(rows) => tracing::debug!(rows, "cleared away"),
            Err(error) => tracing::warn!(cause = ?error.to_string(), "not all was cleared away"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Pages tell times by the clock of the database, which all servers share.
async fn follow_clock(pool: &PgPool) -> Result<(), sqlx::Error> {
    time::follow(sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(pool).await?);
    Ok(())
}

/// Gives how many rows went.
async fn clear(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let sessions = session_store::delete_expired(pool).await?;
    let sign_ins = sign_in::delete_stale_limits(pool).await?;
    let changes = live::db::delete_stale(pool).await?;
    let links = activation::limits::delete_stale(pool).await?;
    let messages = messages::limits::delete_stale(&mut *pool.acquire().await?).await?;
    let gone = registrations::db::forget_gone(pool).await?;
    groups::db::add_up(pool).await?;
    Ok(sessions + sign_ins + changes + links + messages + gone)
}
