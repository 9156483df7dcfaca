//! `ringkey sip-settings`: what the start of a SIP server has to know, as lines of `NAME=value`.

use app::settings;
use sqlx::postgres::PgConnectOptions;

use crate::config::Settings;
use crate::database::{Database, For};
use crate::failure::Failure;
use crate::terminal::say;

/// Says them. How to reach the database is told without the role and its password: a SIP server has a role of its own.
pub async fn run(settings: &Settings) -> Result<(), Failure> {
    let database = Database::open(settings, For::Command).await?;
    let loaded = settings::load(&database.pool).await;
    let options = database.address.clone();
    database.close().await;
    let loaded = loaded?;
    for (name, value) in [
        ("SIP_DOMAIN", loaded.sip_domain),
        ("KEEP_ALIVE_SECONDS", loaded.keep_alive_seconds.to_string()),
        ("SIP_PORT", loaded.sip_port.to_string()),
        ("SIP_TRANSPORT", loaded.sip_transport.as_str().to_owned()),
        ("SIP_DIGEST", loaded.sip_digest.as_str().to_owned()),
        ("DATABASE_HOST", host(&options)),
        ("DATABASE_PORT", options.get_port().to_string()),
        // What Postgres takes when an address names none.
        ("DATABASE_NAME", options.get_database().unwrap_or_else(|| options.get_username()).to_owned()),
    ] {
        say(&format!("{name}={value}"));
    }
    Ok(())
}

/// The host, or the directory of the socket: where one is named, it is what counts.
fn host(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(directory) => directory.display().to_string(),
        None => options.get_host().to_owned(),
    }
}
