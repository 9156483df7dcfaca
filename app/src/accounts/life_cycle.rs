//! What happens to an account: written down with its time. Last Status follows from it in the database (`derive_last_status`
//! in migration 0010), whoever writes.

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::db::parsed;
use crate::domain::account_status::{AccountStatus, LifeCycleEvent, NotPossible};
use crate::ui::time::to_millis;

/// Why an event was not written down.
#[derive(Debug, thiserror::Error)]
pub enum LifeCycleError {
    #[error(transparent)]
    NotPossible(#[from] NotPossible),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Writes down that `event` has happened to an account that is there; gives the status after it. The account's row is held until
/// the transaction ends.
pub async fn happen(connection: &mut PgConnection, account: Uuid, event: LifeCycleEvent) -> Result<AccountStatus, LifeCycleError> {
    let status = sqlx::query_scalar!("SELECT last_status FROM accounts WHERE id = $1 FOR NO KEY UPDATE", account)
        .fetch_one(&mut *connection)
        .await?;
    let after = parsed::<AccountStatus>(&status)?.after(event)?;
    // The same event at the same microsecond is the same event.
    sqlx::query!("INSERT INTO account_events (account_id, event) VALUES ($1, $2) ON CONFLICT DO NOTHING", account, event.as_str())
        .execute(connection)
        .await?;
    Ok(after)
}

/// When each event last happened to an account (milliseconds since 1970 UTC), in the order of the life cycle.
pub async fn times(executor: impl PgExecutor<'_>, account: Uuid) -> Result<Vec<(LifeCycleEvent, i64)>, sqlx::Error> {
    // The time of the last REGISTER stands with the registration as long as it lasts, and with those online for a day.
    let rows = sqlx::query!(
        r#"SELECT event AS "event!", max(at) AS "at!"
           FROM (SELECT event, at FROM account_events WHERE account_id = $1
                 UNION ALL
                 SELECT 'registered', to_timestamp(r.registered)
                 FROM accounts a JOIN sip.registrations r ON r.username = a.username COLLATE "default"
                 WHERE a.id = $1 AND r.registered IS NOT NULL
                 UNION ALL
                 SELECT 'registered', registered_at FROM account_online WHERE account_id = $1 AND registered_at IS NOT NULL) all_events
           GROUP BY event"#,
        account
    )
    .fetch_all(executor)
    .await?;
    let mut times = rows
        .into_iter()
        .map(|row| Ok((parsed::<LifeCycleEvent>(&row.event)?, to_millis(row.at))))
        .collect::<Result<Vec<_>, sqlx::Error>>()?;
    times.sort_unstable();
    Ok(times)
}
