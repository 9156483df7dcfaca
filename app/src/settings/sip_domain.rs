//! The SIP domain: the realm inside every stored digest.

use sqlx::{PgConnection, PgPool};

use super::sip::actions::SUBJECT;
use crate::audit::Change;
use crate::audit::db::{RINGKEY, record};
use crate::domain::sip_settings::SipField;

/// What became of a configured SIP domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// It is the service's.
    Adopted,
    /// There are accounts, so that the stored one stays: another one is the choice of an admin, who is told what it costs.
    Kept { stored: String },
}

/// Makes `domain` the service's SIP domain, as long as there are no accounts.
pub async fn adopt(pool: &PgPool, domain: &str) -> Result<Adoption, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    // Whoever sets a password holds this row: the lock keeps the first account from slipping in between.
    let stored = sqlx::query_scalar!("SELECT sip_domain FROM settings FOR UPDATE").fetch_one(&mut *transaction).await?;
    if stored == domain {
        return Ok(Adoption::Adopted);
    }
    let changed =
        sqlx::query!("UPDATE settings SET sip_domain = $1, version = version + 1 WHERE NOT EXISTS (SELECT FROM accounts)", domain)
            .execute(&mut *transaction)
            .await?;
    if changed.rows_affected() == 0 {
        return Ok(Adoption::Kept { stored });
    }
    carry_over(&mut transaction, &stored, domain).await?;
    let change = Change { field: SipField::SipDomain.label().into(), before: stored, after: domain.to_owned() };
    record(&mut transaction, RINGKEY, "updated", SUBJECT, &[change]).await?;
    transaction.commit().await?;
    Ok(Adoption::Adopted)
}

/// What hangs on the SIP domain goes with it. To be called in the transaction that changes it.
pub async fn carry_over(connection: &mut PgConnection, old: &str, new: &str) -> Result<(), sqlx::Error> {
    // A profile whose server was the service's own keeps it: the one that ships, above all.
    sqlx::query!("UPDATE provisioning_profiles SET sip_host = $1, version = version + 1 WHERE sip_host = $2", new, old)
        .execute(&mut *connection)
        .await?;
    // Whoever is registered proved it with a password that counts no more.
    sqlx::query_scalar!("SELECT count(sip.drop_registrations(username)) FROM (SELECT DISTINCT username FROM sip.registrations) online")
        .fetch_one(&mut *connection)
        .await?;
    Ok(())
}

/// The SIP domain, for the digests of a password: until the transaction ends, nobody changes it.
pub async fn hold(connection: &mut PgConnection) -> Result<String, sqlx::Error> {
    sqlx::query_scalar!("SELECT sip_domain FROM settings FOR SHARE").fetch_one(connection).await
}
