//! What gateways report of SMSes, some time after they have taken them.

use sqlx::PgPool;
use uuid::Uuid;

use crate::accounts::db::parsed;
use crate::domain::message::{MessageState, Report};

/// Stores what a gateway reports of an SMS. Twice, out of order and before the answer to the sending itself: what is known for
/// good stays. False when there is no such SMS.
pub async fn apply(pool: &PgPool, message: Uuid, report: &Report) -> Result<bool, sqlx::Error> {
    let mut tx = pool.begin().await?;
    let Some(stored) =
        sqlx::query_scalar!("SELECT state FROM messages WHERE id = $1 FOR NO KEY UPDATE", message).fetch_optional(&mut *tx).await?
    else {
        return Ok(false);
    };
    let before: MessageState = parsed(&stored)?;
    let after = before.after(report);
    if after != before {
        let reason = match report {
            Report::Failed { reason } => Some(reason.as_str()),
            Report::Accepted | Report::Delivered => None,
        };
        sqlx::query!(
            "UPDATE messages
             SET state = $2, reason = $3, lease_until = NULL, accepted_at = coalesce(accepted_at, now()),
                 ended_at = CASE WHEN $2 = 'accepted' THEN NULL ELSE now() END
             WHERE id = $1",
            message,
            after.as_str(),
            reason,
        )
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(true)
}
