//! What is cleared away while the server runs.

use std::time::Duration;

use app::operators::{session_store, sign_in};
use sqlx::PgPool;

const PAUSE: Duration = Duration::from_secs(600);

/// Removes ended sessions and old limits every ten minutes, for as long as the server runs. Several servers may do so at
/// once.
pub async fn run(pool: PgPool) {
    loop {
        let sessions = session_store::delete_expired(&pool).await;
        let limits = sign_in::delete_stale_limits(&pool).await;
        match (sessions, limits) {
            (Ok(sessions), Ok(limits)) => tracing::debug!(sessions, limits, "cleared away"),
            (Err(error), _) | (_, Err(error)) => tracing::warn!(cause = ?error.to_string(), "nothing was cleared away"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}
