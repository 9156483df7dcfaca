//! The one row of what the whole service shares.

use sqlx::PgExecutor;

use crate::accounts::db::parsed;
use crate::domain::transport::Transport;

/// The one row of settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Realm of every digest.
    pub sip_domain: String,
    /// Seconds between two keep-alive requests to a phone.
    pub keep_alive_seconds: i32,
    /// What a new provisioning profile opens with.
    pub sip_port: i32,
    pub sip_transport: Transport,
}

/// Reads the settings.
pub async fn load(executor: impl PgExecutor<'_>) -> Result<Settings, sqlx::Error> {
    let row = sqlx::query!("SELECT sip_domain, keep_alive_seconds, sip_port, sip_transport FROM settings").fetch_one(executor).await?;
    Ok(Settings {
        sip_domain: row.sip_domain,
        keep_alive_seconds: row.keep_alive_seconds,
        sip_port: row.sip_port,
        sip_transport: parsed(&row.sip_transport)?,
    })
}
