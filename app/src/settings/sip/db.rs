//! SQL of the SIP settings.

use sqlx::{PgConnection, PgExecutor};

use super::view::{DomainChange, Outdated};
use crate::domain::sip_settings::{SipSettings, SipSettingsDraft};
use crate::settings;

/// The settings as they stand in the database.
#[derive(Clone, Debug)]
pub struct Stored {
    pub version: i32,
    /// The form as it opens for them.
    pub draft: SipSettingsDraft,
}

/// Reads the settings.
pub async fn load(executor: impl PgExecutor<'_>) -> Result<Stored, sqlx::Error> {
    let settings = settings::load(executor).await?;
    Ok(Stored {
        version: settings.version,
        draft: SipSettingsDraft {
            sip_domain: settings.sip_domain,
            sip_digest: Some(settings.sip_digest),
            keep_alive_seconds: settings.keep_alive_seconds.to_string(),
            sip_transport: Some(settings.sip_transport),
            sip_port: settings.sip_port.to_string(),
        },
    })
}

/// Reads the settings, which nobody else changes, and for which nobody sets a password, until the transaction ends.
pub async fn hold(connection: &mut PgConnection) -> Result<Stored, sqlx::Error> {
    sqlx::query!("SELECT FROM settings FOR UPDATE").fetch_one(&mut *connection).await?;
    load(connection).await
}

/// Saves. To be called under [`hold`].
pub async fn update(connection: &mut PgConnection, settings: &SipSettings) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE settings
         SET version = version + 1, sip_domain = $1, keep_alive_seconds = $2, sip_port = $3, sip_transport = $4, sip_digest = $5",
        settings.sip_domain.as_str(),
        i32::from(settings.keep_alive_seconds),
        i32::from(settings.sip_port),
        settings.sip_transport.as_str(),
        settings.sip_digest.as_str(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What it would cost to go from one SIP domain to another.
pub async fn weigh(executor: impl PgExecutor<'_>, old: &str, new: &str) -> Result<DomainChange, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT (SELECT count(*) FROM account_digests WHERE realm = $1) AS "cut_off!",
                  (SELECT count(*) FROM account_digests WHERE realm = $2) AS "good_again!",
                  (SELECT count(*) FROM provisioning_profiles WHERE sip_host = $1) AS "profiles!""#,
        old,
        new
    )
    .fetch_one(executor)
    .await?;
    Ok(DomainChange { old: old.to_owned(), new: new.to_owned(), cut_off: row.cut_off, good_again: row.good_again, profiles: row.profiles })
}

/// Counts the accounts whose password is for another SIP domain than this one. Written as two ranges, which an index can find.
pub async fn outdated(executor: impl PgExecutor<'_>, sip_domain: &str) -> Result<Outdated, sqlx::Error> {
    sqlx::query_as!(
        Outdated,
        r#"SELECT count(*) AS "accounts!", count(*) FILTER (WHERE a.account_type = 'PGSM' AND a.number LIKE '+%') AS "by_sms!"
           FROM account_digests d JOIN accounts a ON a.id = d.account_id
           WHERE d.realm < $1 OR d.realm > $1"#,
        sip_domain
    )
    .fetch_one(executor)
    .await
}
