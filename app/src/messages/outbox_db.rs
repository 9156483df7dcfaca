//! SQL of the outbox. The clock is the database's, and each step is one statement that is stored when it returns.

use std::time::Duration;

use sqlx::PgConnection;
use uuid::Uuid;

use super::db::interval;
use super::outbox::LEASE;
use crate::accounts::db::parsed;
use crate::domain::gateway::GatewayKind;
use crate::domain::message::{MessageKind, MessageState};
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
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM messages WHERE state = 'queued' AND next_try_at <= now() AND give_up_at > now()) AS "due!""#
    )
    .fetch_one(connection)
    .await
}

/// Takes up to `room` SMSes that are due and not too old. What another server is taking at this moment is passed over. The due ones
/// are looked for once, whatever the plan: looked for again, they would be others.
pub async fn claim(connection: &mut PgConnection, gateway: GatewayKind, room: usize) -> Result<Vec<Claimed>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"WITH due AS MATERIALIZED (
               SELECT id FROM messages WHERE state = 'queued' AND next_try_at <= now() AND give_up_at > now()
               ORDER BY next_try_at LIMIT $1 FOR UPDATE SKIP LOCKED)
           UPDATE messages m
           SET state = 'sending', tries = m.tries + 1, sending_at = now(), lease_until = now() + $3::interval, gateway = $2
           FROM due WHERE m.id = due.id
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

/// What became of an SMS that was not taken by the gateway.
pub struct NotTaken {
    pub id: Uuid,
    /// With the try that this is about.
    pub tries: u16,
    pub state: MessageState,
    pub reason: String,
    /// Until the next try, when there is one.
    pub wait: Duration,
}

/// The gateway has these, each with the gateway's name for it, if it told one. A receipt may have come before this, and said
/// more; a lease may have run out, and what was unknown is known again.
pub async fn accepted(connection: &mut PgConnection, ids: &[Uuid], gateway_ids: &[String]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE messages m
         SET gateway_id = coalesce(m.gateway_id, nullif(done.gateway_id, '')), accepted_at = coalesce(m.accepted_at, now()),
             lease_until = NULL,
             state = CASE WHEN m.state IN ('sending', 'unknown') THEN 'accepted' ELSE m.state END,
             reason = CASE WHEN m.state IN ('sending', 'unknown') THEN NULL ELSE m.reason END,
             ended_at = CASE WHEN m.state IN ('sending', 'unknown') THEN NULL ELSE m.ended_at END
         FROM unnest($1::uuid[], $2::text[]) AS done (id, gateway_id)
         WHERE m.id = done.id",
        ids,
        gateway_ids,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The gateway has not taken these: they wait for their next try, have failed, or nobody knows. What a receipt has told meanwhile
/// stays, and so does what was unknown when its lease ran out.
pub async fn not_taken(connection: &mut PgConnection, messages: &[NotTaken]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = messages.iter().map(|message| message.id).collect();
    let tries: Vec<i16> = messages.iter().map(|message| message.tries.try_into().unwrap_or(i16::MAX)).collect();
    let states: Vec<String> = messages.iter().map(|message| message.state.as_str().to_owned()).collect();
    let reasons: Vec<String> = messages.iter().map(|message| message.reason.clone()).collect();
    let waits: Vec<f64> = messages.iter().map(|message| message.wait.as_secs_f64()).collect();
    sqlx::query!(
        "UPDATE messages m
         SET state = done.state, lease_until = NULL, reason = done.reason,
             next_try_at = CASE WHEN done.state = 'queued' THEN now() + make_interval(secs => done.wait) ELSE m.next_try_at END,
             ended_at = CASE WHEN done.state = 'queued' THEN NULL ELSE now() END
         FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::text[], $5::double precision[])
              AS done (id, tries, state, reason, wait)
         WHERE m.id = done.id AND m.state = 'sending' AND m.tries = done.tries",
        &ids,
        &tries,
        &states,
        &reasons,
        &waits,
    )
    .execute(connection)
    .await?;
    Ok(())
}
