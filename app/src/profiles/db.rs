//! SQL of provisioning profiles.

use sqlx::PgExecutor;
use uuid::Uuid;

use super::ProfileChoice;

/// All profiles, the default one first.
pub async fn choices(executor: impl PgExecutor<'_>) -> Result<Vec<ProfileChoice>, sqlx::Error> {
    sqlx::query_as!(ProfileChoice, "SELECT id, name FROM provisioning_profiles ORDER BY is_default DESC, lower(name)")
        .fetch_all(executor)
        .await
}

/// The profile of this name, in any case.
pub async fn by_name(executor: impl PgExecutor<'_>, name: &str) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("SELECT id FROM provisioning_profiles WHERE lower(name) = lower($1)", name).fetch_optional(executor).await
}
