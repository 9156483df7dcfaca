//! SQL of SMSes and of what they depend on.

use sqlx::postgres::types::PgInterval;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use super::view::MessageRow;
use crate::accounts::db::parsed;
use crate::accounts::view::full_name;
use crate::domain::account_type::AccountType;
use crate::domain::message::{APART, MessageKind, MessageState, SmsKind, TRIED_FOR, masked, with_link};
use crate::domain::scope::Scope;
use crate::domain::sms_text::{Coding, SmsSize};
use crate::links::LinkKind;
use crate::operators::operator::Operator;
use crate::state::Service;
use crate::ui::time::to_millis;

/// How many SMSes Show Account lists.
const OF_ACCOUNT: i64 = 20;

/// What sending depends on.
#[derive(Clone, Debug)]
pub struct SmsSettings {
    pub is_development: bool,
    pub per_number_hour: i32,
    pub per_operator_hour: i32,
    pub per_hour: i32,
    /// `+39` …; empty: every country.
    pub country_prefixes: Vec<String>,
}

/// An account as an SMS sees it, with the texts of the profile in force.
pub struct Recipient {
    pub owner: Option<String>,
    pub username: String,
    pub number: String,
    pub account_type: AccountType,
    pub company: Option<String>,
    pub profile: String,
    pub support_phone: Option<String>,
    pub support_email: Option<String>,
    pub link_hours: u16,
    pub text: String,
    /// Disabled, and not because it was never activated.
    pub is_switched_off: bool,
}

impl Recipient {
    /// Its owner and its username: no other account is called so.
    pub fn full_name(&self) -> String {
        full_name(self.owner.as_deref(), &self.username)
    }
}

/// An SMS that is being queued.
pub struct NewMessage<'a> {
    pub id: Uuid,
    pub kind: MessageKind,
    pub account: Option<Uuid>,
    pub link: Option<Uuid>,
    pub owner: Option<&'a str>,
    pub username: Option<&'a str>,
    pub number: &'a str,
    pub text: &'a str,
    pub size: SmsSize,
    /// After this time it is not tried any more; without, a day.
    pub give_up_at: Option<OffsetDateTime>,
    pub operator: &'a Operator,
}

/// Reads what sending depends on.
pub async fn settings(executor: impl PgExecutor<'_>) -> Result<SmsSettings, sqlx::Error> {
    sqlx::query_as!(
        SmsSettings,
        r#"SELECT gateway = 'development' AS "is_development!", per_number_hour, per_operator_hour, per_hour, country_prefixes
           FROM sms_settings"#
    )
    .fetch_one(executor)
    .await
}

/// The account to which an SMS goes, held until the transaction ends; none of that id that the sender sees.
pub async fn hold_recipient(
    connection: &mut PgConnection,
    scope: &Scope,
    account: Uuid,
    kind: SmsKind,
) -> Result<Option<Recipient>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT a.owner, a.username, a.number, a.account_type, NOT a.enabled AND NOT a.awaits_activation AS "is_switched_off!", g.company, p.name AS profile, p.support_phone, p.support_email,
                  p.link_hours, p.installation_text, p.activation_text
           FROM accounts a
           JOIN groups g ON g.id = a.group_id
           JOIN provisioning_profiles p
             ON p.id = coalesce(a.profile_id, g.profile_id, (SELECT id FROM provisioning_profiles WHERE is_default))
           WHERE a.id = $1 AND ($2::uuid[] IS NULL OR a.group_id = ANY($2))
           FOR NO KEY UPDATE OF a"#,
        account,
        scope.groups(),
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(Recipient {
            owner: row.owner,
            username: row.username,
            number: row.number,
            account_type: parsed(&row.account_type)?,
            company: row.company,
            profile: row.profile,
            support_phone: row.support_phone,
            support_email: row.support_email,
            link_hours: row.link_hours.try_into().unwrap_or(u16::MAX),
            is_switched_off: row.is_switched_off,
            text: match kind {
                SmsKind::Installation => row.installation_text,
                SmsKind::Activation => row.activation_text,
            },
        })
    })
    .transpose()
}

/// Whether an SMS of this id is there, and whether it is of this kind and to this account.
pub async fn is_queued(
    connection: &mut PgConnection,
    id: Uuid,
    kind: MessageKind,
    account: Option<Uuid>,
) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT kind = $2 AND account_id IS NOT DISTINCT FROM $3 AS "same!" FROM messages WHERE id = $1"#,
        id,
        kind.as_str(),
        account
    )
    .fetch_optional(connection)
    .await
}

/// What an SMS was for, what became of it, and the account that it was about, as long as that is there. Who does not see all groups
/// sees SMSes to accounts of theirs.
pub async fn fate(
    connection: &mut PgConnection,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<(MessageKind, MessageState, Option<Uuid>)>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT m.kind, m.state, m.account_id FROM messages m LEFT JOIN accounts a ON a.id = m.account_id
         WHERE m.id = $1 AND ($2::uuid[] IS NULL OR a.group_id = ANY($2))",
        id,
        scope.groups(),
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| Ok((parsed(&row.kind)?, parsed(&row.state)?, row.account_id))).transpose()
}

/// Who has sent an SMS of this kind to the account within [`APART`], and how many seconds ago. What has failed does not count.
pub async fn sent_just_now(connection: &mut PgConnection, account: Uuid, kind: SmsKind) -> Result<Option<(String, i32)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT operator_name, extract(epoch FROM now() - queued_at)::integer AS "seconds!" FROM messages
           WHERE account_id = $1 AND kind = $2 AND state <> 'failed' AND queued_at > now() - $3::interval
           ORDER BY queued_at DESC LIMIT 1"#,
        account,
        MessageKind::from(kind).as_str(),
        interval(APART)?,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.operator_name, row.seconds.max(0))))
}

/// Ends the SMSes of this kind that still wait to be sent to the account: their link is dead.
pub async fn drop_queued(connection: &mut PgConnection, account: Uuid, kind: SmsKind) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE messages SET state = 'failed', reason = 'A newer one has replaced it before it was sent.', ended_at = now()
         WHERE account_id = $1 AND kind = $2 AND state = 'queued'",
        account,
        MessageKind::from(kind).as_str(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Queues an SMS.
pub async fn insert(connection: &mut PgConnection, message: &NewMessage<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO messages (id, kind, account_id, link_id, owner, username, number, text, coding, parts, give_up_at, operator_id,
                               operator_name)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, least($11::timestamptz, now() + $12::interval), $13, $14)",
        message.id,
        message.kind.as_str(),
        message.account,
        message.link,
        message.owner,
        message.username,
        message.number,
        message.text,
        coding_word(message.size.coding),
        i16::try_from(message.size.parts).unwrap_or(i16::MAX),
        message.give_up_at,
        interval(TRIED_FOR)?,
        message.operator.id,
        message.operator.name,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What waits for its next try is tried at once: what has kept it is mended, perhaps.
pub async fn try_again_now(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE messages SET next_try_at = now() WHERE state = 'queued' AND next_try_at > now()").execute(connection).await?;
    Ok(())
}

/// The newest SMSes to an account's user, newest first.
pub async fn of_account(connection: &mut PgConnection, service: &Service, account: Uuid) -> Result<Vec<MessageRow>, sqlx::Error> {
    let rows = sqlx::query_as!(
        StoredMessage,
        "SELECT id, kind, state, reason, account_id, link_id, owner, username, number, text, parts, gateway, tries, next_try_at,
                operator_name, queued_at, sending_at, accepted_at, ended_at
         FROM messages WHERE account_id = $1 ORDER BY queued_at DESC, id DESC LIMIT $2",
        account,
        OF_ACCOUNT,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.shown(service, false)).collect()
}

/// A row of the table of messages.
#[derive(sqlx::FromRow)]
pub struct StoredMessage {
    pub id: Uuid,
    pub kind: String,
    pub state: String,
    pub reason: Option<String>,
    pub account_id: Option<Uuid>,
    pub link_id: Option<Uuid>,
    pub owner: Option<String>,
    pub username: Option<String>,
    pub number: String,
    pub text: String,
    pub parts: i16,
    pub gateway: Option<String>,
    pub tries: i16,
    pub next_try_at: OffsetDateTime,
    pub operator_name: String,
    pub queued_at: OffsetDateTime,
    pub sending_at: Option<OffsetDateTime>,
    pub accepted_at: Option<OffsetDateTime>,
    pub ended_at: Option<OffsetDateTime>,
}

impl StoredMessage {
    /// The link of an SMS that went to nobody, for a reader who may send SMSes.
    pub fn open_link(&self, service: &Service, may_send: bool) -> Result<Option<String>, sqlx::Error> {
        let kind = match parsed(&self.kind)? {
            MessageKind::Installation => LinkKind::Installation,
            MessageKind::Activation => LinkKind::Activation,
            MessageKind::Test => return Ok(None),
        };
        let link = self.link_id.filter(|_| may_send && self.gateway.as_deref() == Some("development"));
        Ok(link.map(|link| kind.address(&service.origin, &service.keys.link_token(link)).expose().to_owned()))
    }

    /// The row as pages get it. `may_send`: the reader may send SMSes, and sees the links of the development gateway.
    pub fn shown(self, service: &Service, may_send: bool) -> Result<MessageRow, sqlx::Error> {
        let kind: MessageKind = parsed(&self.kind)?;
        let is_development = self.gateway.as_deref() == Some("development");
        let text = match kind {
            MessageKind::Installation => shown_text(&self, service, LinkKind::Installation, is_development && may_send),
            MessageKind::Activation => shown_text(&self, service, LinkKind::Activation, is_development && may_send),
            MessageKind::Test => self.text,
        };
        Ok(MessageRow {
            id: self.id,
            kind,
            state: parsed::<MessageState>(&self.state)?,
            reason: self.reason,
            account: self.account_id,
            owner: self.owner,
            username: self.username,
            number: self.number,
            text,
            parts: self.parts,
            is_development,
            tries: self.tries,
            next_try_at: to_millis(self.next_try_at),
            who: self.operator_name,
            queued_at: to_millis(self.queued_at),
            sending_at: self.sending_at.map(to_millis),
            accepted_at: self.accepted_at.map(to_millis),
            ended_at: self.ended_at.map(to_millis),
        })
    }
}

fn shown_text(message: &StoredMessage, service: &Service, kind: LinkKind, with_token: bool) -> String {
    match message.link_id {
        Some(link) if with_token => with_link(&message.text, kind.address(&service.origin, &service.keys.link_token(link)).expose()),
        _ => masked(&message.text, &format!("{}/{}/", service.origin, kind.path())),
    }
}

/// The stored word of a coding.
#[must_use]
pub const fn coding_word(coding: Coding) -> &'static str {
    match coding {
        Coding::Gsm7 => "gsm7",
        Coding::Ucs2 => "ucs2",
    }
}

/// A length of time as Postgres has it.
pub fn interval(duration: std::time::Duration) -> Result<PgInterval, sqlx::Error> {
    PgInterval::try_from(duration).map_err(sqlx::Error::Encode)
}
