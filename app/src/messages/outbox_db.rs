//! SQL of the outbox. The clock is the database's, and each step is one statement that is stored when it returns.

use sqlx::PgConnection;
use sqlx::postgres::types::PgInterval;
use uuid::Uuid;

use super::db::interval;
use super::outbox::LEASE;
use crate::accounts::db::parsed;
use crate::domain::gateway::GatewayKind;
use crate::domain::message::MessageKind;
use crate::domain::sms_text::Coding;

/// An SMS that this server is sending, and no other.
pub struct Claimed {
    pub id: Uuid,
    pub kind: MessageKind,
    pub number: String,
    pub text: String,
    pub coding: Coding,
    /// With this one.
    pub tries: u16,
    pub gateway: GatewayKind,
    pub link: Option<Uuid>,
    /// Neither replaced nor used.
    pub is_link_good: bool,
    pub token_digest: Option<Vec<u8>>,
}

/// SMSes whose sender has died are unknown.
pub async fn end_leases(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE messages SET state = 'unknown', lease_until = NULL, ended_at = now(),
                reason = 'Ringkey stopped while it was being sent. It may have been sent: ask the user before sending another.'
         WHERE state = 'sending' AND lease_until < now()"
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// SMSes that could not be sent for too long have failed; the reason of the last try stays.
pub async fn give_up(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE messages SET state = 'failed', ended_at = now(),
                reason = concat_ws(' ', 'It could not be sent in time and is not tried any more.', reason)
         WHERE state = 'queued' AND give_up_at <= now() AND next_try_at <= now()"
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether an SMS is due: asked so often that it has to cost next to nothing.
pub async fn is_anything_due(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM messages WHERE state = 'queued' AND next_try_at <= now()) AS "due!""#)
        .fetch_one(connection)
        .await
}

/// Takes up to `room` SMSes that are due. What another server is taking at this moment is passed over.
pub async fn claim(connection: &mut PgConnection, gateway: GatewayKind, room: usize) -> Result<Vec<Claimed>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"UPDATE messages m
           SET state = 'sending', tries = m.tries + 1, sending_at = now(), lease_until = now() + $3::interval, gateway = $2
           FROM (SELECT id FROM messages WHERE state = 'queued' AND next_try_at <= now()
                 ORDER BY next_try_at LIMIT $1 FOR UPDATE SKIP LOCKED) due
           WHERE m.id = due.id
           RETURNING m.id, m.kind, m.number, m.text, m.coding, m.tries, m.link_id,
                     (SELECT l.used_at IS NULL AND l.replaced_at IS NULL FROM account_links l WHERE l.id = m.link_id) AS is_link_good,
                     (SELECT l.token_sha256 FROM account_links l WHERE l.id = m.link_id) AS token_digest"#,
        i64::try_from(room).unwrap_or(i64::MAX),
        gateway.as_str(),
        interval(LEASE)?,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Claimed {
                id: row.id,
                kind: parsed(&row.kind)?,
                number: row.number,
                text: row.text,
                coding: if row.coding == "ucs2" { Coding::Ucs2 } else { Coding::Gsm7 },
                tries: row.tries.try_into().unwrap_or_default(),
                gateway,
                link: row.link_id,
                is_link_good: row.is_link_good.unwrap_or_default(),
                token_digest: row.token_digest,
            })
        })
        .collect()
}

/// The gateway has it. A receipt may have come before this, and said more; a lease may have run out, and what was unknown is
/// known again.
pub async fn accepted(connection: &mut PgConnection, id: Uuid, gateway_id: Option<&str>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE messages
         SET gateway_id = coalesce(gateway_id, $2), accepted_at = coalesce(accepted_at, now()), lease_until = NULL,
             state = CASE WHEN state IN ('sending', 'unknown') THEN 'accepted' ELSE state END,
             reason = CASE WHEN state IN ('sending', 'unknown') THEN NULL ELSE reason END,
             ended_at = CASE WHEN state IN ('sending', 'unknown') THEN NULL ELSE ended_at END
         WHERE id = $1",
        id,
        gateway_id,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// It was not sent, and waits for its next try.
pub async fn not_sent(connection: &mut PgConnection, message: &Claimed, reason: &str, wait: PgInterval) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE messages SET state = 'queued', lease_until = NULL, reason = $3, next_try_at = now() + $4::interval
         WHERE id = $1 AND state = 'sending' AND tries = $2",
        message.id,
        tries(message),
        reason,
        wait,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Its way has ended: in `failed` or `unknown`.
pub async fn ended(connection: &mut PgConnection, message: &Claimed, state: &str, reason: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE messages SET state = $3, lease_until = NULL, reason = $4, ended_at = now()
         WHERE id = $1 AND state = 'sending' AND tries = $2",
        message.id,
        tries(message),
        state,
        reason,
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn tries(message: &Claimed) -> i16 {
    message.tries.try_into().unwrap_or(i16::MAX)
}
