//! The one row of what the whole service shares.

use sqlx::PgExecutor;

/// The one row of settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Realm of every digest.
    pub sip_domain: String,
    /// Seconds between two keep-alive requests to a phone.
    pub keep_alive_seconds: i32,
}

/// Reads the settings.
pub async fn load(executor: impl PgExecutor<'_>) -> Result<Settings, sqlx::Error> {
    sqlx::query_as!(Settings, "SELECT sip_domain, keep_alive_seconds FROM settings").fetch_one(executor).await
}
