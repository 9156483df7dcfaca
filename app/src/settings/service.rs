//! The one row of what the whole service shares.

use sqlx::PgExecutor;

use crate::accounts::db::parsed;
use crate::domain::digest_algorithm::DigestAlgorithm;
use crate::domain::transport::Transport;

/// The one row of settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Counts the saves.
    pub version: i32,
    /// Realm of every digest.
    pub sip_domain: String,
    /// Seconds between two keep-alive requests to a phone.
    pub keep_alive_seconds: i32,
    /// What a new provisioning profile opens with.
    pub sip_port: i32,
    pub sip_transport: Transport,
    /// What the SIP server asks phones for.
    pub sip_digest: DigestAlgorithm,
}

/// Reads the settings.
pub async fn load(executor: impl PgExecutor<'_>) -> Result<Settings, sqlx::Error> {
    let row = sqlx::query!("SELECT version, sip_domain, keep_alive_seconds, sip_port, sip_transport, sip_digest FROM settings")
        .fetch_one(executor)
        .await?;
    Ok(Settings {
        version: row.version,
        sip_domain: row.sip_domain,
        keep_alive_seconds: row.keep_alive_seconds,
        sip_port: row.sip_port,
        sip_transport: parsed(&row.sip_transport)?,
        sip_digest: parsed(&row.sip_digest)?,
    })
}
