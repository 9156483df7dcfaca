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
               (SELECT client FROM account_online WHERE account_id = $1),
               (SELECT client FROM account_events WHERE account_id = $1 AND event = 'registered' ORDER BY at DESC LIMIT 1))"#,
        account
    )
    .fetch_one(executor)
    .await
}

/// Removes those from the table of those online who have no registration, and had none for a day; gives how many. Whoever registers at
/// this moment, or is at work on the account, is left for the next time.
pub async fn forget_gone(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let mut all = 0;
    loop {
        match forget_some(pool).await? {
            0 => return Ok(all),
            gone => all += gone,
        }
    }
}

/// A thousand at most, since each is locked until the end.
async fn forget_some(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let mut tx = pool.begin().await?;
    // Who registers may wait for this.
    sqlx::query("SET LOCAL lock_timeout = '2s'").execute(&mut *tx).await?;
    let gone = sqlx::query_scalar!(
        r#"SELECT o.account_id FROM (
               SELECT o.account_id, o.username FROM account_online o
               WHERE (o.ended_at IS NULL OR o.ended_at < now() - interval '1 day')
                 AND NOT EXISTS (SELECT FROM sip.registrations r WHERE r.username = o.username COLLATE "default")
               LIMIT 1000 FOR UPDATE OF o SKIP LOCKED
           ) o WHERE pg_try_advisory_xact_lock(20, hashtext(o.username))"#
    )
    .fetch_all(&mut *tx)
    .await?;
    // Whoever came before is seen now, and whoever comes from now on waits.
    let gone = sqlx::query_scalar!(
        r#"WITH gone AS (
               DELETE FROM account_online o WHERE o.account_id = ANY($1)
                 AND NOT EXISTS (SELECT FROM sip.registrations r WHERE r.username = o.username COLLATE "default")
               RETURNING o.account_id, o.registered_at, o.client
           ), kept AS (
               UPDATE account_events e SET at = greatest(e.at, g.registered_at), client = coalesce(g.client, e.client)
               FROM gone g WHERE e.account_id = g.account_id AND e.event = 'registered'
                 AND e.at = (SELECT max(l.at) FROM account_events l WHERE l.account_id = g.account_id AND l.event = 'registered')
           )
           SELECT count(*) AS "count!" FROM gone"#,
        &gone
    )
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(gone.unsigned_abs())
}

/// Ends all registrations of a username, on the SIP server, too.
pub async fn drop_all(executor: impl PgExecutor<'_>, username: &str) -> Result<(), sqlx::Error> {
    sqlx::query_scalar!("SELECT sip.drop_registrations($1)", username).fetch_one(executor).await?;
    Ok(())
}
