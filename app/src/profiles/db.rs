//! SQL of provisioning profiles.

use sqlx::PgExecutor;

use super::ProfileChoice;

/// All profiles, the default one first.
pub async fn choices(executor: impl PgExecutor<'_>) -> Result<Vec<ProfileChoice>, sqlx::Error> {
    sqlx::query_as!(ProfileChoice, "SELECT id, name FROM provisioning_profiles ORDER BY is_default DESC, lower(name)")
        .fetch_all(executor)
        .await
}
