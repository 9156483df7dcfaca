//! Taking over the configured SIP domain. It is the realm inside every stored digest, so it cannot change under accounts.

use sqlx::{PgConnection, PgPool};

/// Why a SIP domain was not taken over.
#[derive(Debug, thiserror::Error)]
pub enum SipDomainError {
    #[error(
        "the accounts in this database have passwords for {stored}, which would all stop working: set {stored}, or start with a \
         database without accounts"
    )]
    Fixed { stored: String },
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Makes `domain` the service's SIP domain, as long as no account depends on another one.
pub async fn adopt(pool: &PgPool, domain: &str) -> Result<(), SipDomainError> {
    let mut transaction = pool.begin().await?;
    // Whoever sets a password holds this row: the lock keeps the first account from slipping in between.
    let stored = sqlx::query_scalar!("SELECT sip_domain FROM settings FOR UPDATE").fetch_one(&mut *transaction).await?;
    if stored == domain {
        return Ok(());
    }
    let changed = sqlx::query!("UPDATE settings SET sip_domain = $1 WHERE NOT EXISTS (SELECT FROM accounts)", domain)
        .execute(&mut *transaction)
        .await?;
    if changed.rows_affected() == 0 {
        return Err(SipDomainError::Fixed { stored });
    }
    // A profile whose server was the service's own keeps it: the one that ships, above all.
    sqlx::query!("UPDATE provisioning_profiles SET sip_host = $1, version = version + 1 WHERE sip_host = $2", domain, stored)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// The SIP domain, for the digests of a password: until the transaction ends, [`adopt`] waits.
pub async fn hold(connection: &mut PgConnection) -> Result<String, sqlx::Error> {
    sqlx::query_scalar!("SELECT sip_domain FROM settings FOR SHARE").fetch_one(connection).await
}
