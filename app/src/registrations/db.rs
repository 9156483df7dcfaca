//! SQL of registrations. One is in force until its time is over by the clock of the database, whether the SIP server has swept it
//! or not.

use std::collections::HashMap;

use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use super::view::Registration;
use crate::domain::registration::Origin;

/// The registrations in force of these usernames; of several of one, the one that lasts longest.
pub async fn of(executor: impl PgExecutor<'_>, usernames: &[String]) -> Result<HashMap<String, Registration>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT username AS "username!", contact AS "contact!", received, socket, coalesce(user_agent, '') AS "client!",
                  expires AS "expires!"
           FROM sip.registrations
           WHERE username = ANY($1) AND expires > extract(epoch FROM now())
           ORDER BY expires"#,
        usernames
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let origin = Origin::read(row.received.as_deref(), &row.contact, row.socket.as_deref());
            (row.username, Registration { until: row.expires.saturating_mul(1000), origin, client: row.client })
        })
        .collect())
}

/// What the program of the account's phone called itself when it was registered last, or does now.
pub async fn last_client(executor: impl PgExecutor<'_>, account: Uuid) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT coalesce(
               -- The registrations' index is in the order of the database, and that of the accounts is not.
               (SELECT r.user_agent FROM accounts a JOIN sip.registrations r ON r.username = a.username COLLATE "default"
                WHERE a.id = $1 ORDER BY r.expires DESC LIMIT 1),
               (SELECT client FROM account_events WHERE account_id = $1 AND event = 'registered' ORDER BY at DESC LIMIT 1))"#,
        account
    )
    .fetch_one(executor)
    .await
}

/// Removes those from the table of those online who have no registration and whose last REGISTER was a day ago; gives how many. Rows
/// that somebody else is at are left for the next time.
pub async fn forget_gone(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let mut tx = pool.begin().await?;
    let gone = sqlx::query_scalar!(
        r#"SELECT o.account_id FROM account_online o
           WHERE NOT EXISTS (SELECT FROM sip.registrations r WHERE r.username = o.username COLLATE "default")
             AND NOT EXISTS (SELECT FROM account_events e
                             WHERE e.account_id = o.account_id AND e.event = 'registered' AND e.at > now() - interval '1 day')
           FOR UPDATE OF o SKIP LOCKED"#
    )
    .fetch_all(&mut *tx)
    .await?;
    // Whoever came before they were held is seen now, and whoever comes from now on waits.
    let gone = sqlx::query!(
        r#"DELETE FROM account_online o WHERE o.account_id = ANY($1)
             AND NOT EXISTS (SELECT FROM sip.registrations r WHERE r.username = o.username COLLATE "default")"#,
        &gone
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(gone.rows_affected())
}

/// Ends all registrations of a username, on the SIP server, too.
pub async fn drop_all(executor: impl PgExecutor<'_>, username: &str) -> Result<(), sqlx::Error> {
    sqlx::query_scalar!("SELECT sip.drop_registrations($1)", username).fetch_one(executor).await?;
    Ok(())
}
