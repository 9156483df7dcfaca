//! SQL of links that are followed.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::accounts::db::parsed;
use crate::domain::account_type::SecurityModel;
use crate::domain::digest_algorithm::DigestAlgorithm;
use crate::domain::media_encryption::MediaEncryption;
use crate::domain::transport::Transport;
use crate::keys::token_digest;
use crate::links::LinkKind;

/// A link as it was found by its token.
#[derive(Clone, Debug)]
pub struct Link {
    pub id: Uuid,
    pub account: Uuid,
    pub expires_at: Option<OffsetDateTime>,
    pub is_expired: bool,
    pub used_at: Option<OffsetDateTime>,
    pub is_replaced: bool,
}

/// What the public pages tell of an account: never a digest.
#[derive(Clone, Debug)]
pub struct Facts {
    pub owner: Option<String>,
    pub number: String,
    pub company: Option<String>,
    pub support_phone: Option<String>,
    pub support_email: Option<String>,
    pub android_link: Option<String>,
    pub ios_link: Option<String>,
    pub other_link: Option<String>,
}

/// What a phone needs besides its digests.
#[derive(Clone, Debug)]
pub struct PhoneFacts {
    pub username: String,
    pub number: String,
    pub owner: Option<String>,
    pub sip_host: String,
    pub sip_port: u16,
    pub transport: Transport,
    pub digest: DigestAlgorithm,
    pub expires_seconds: u32,
    pub media_encryption: MediaEncryption,
    pub security: SecurityModel,
    pub obfuscation_key: Option<u16>,
}

/// Somebody in the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub owner: Option<String>,
    pub number: String,
    pub username: String,
}

/// The most people of a directory: a phone keeps no more.
const DIRECTORY: i64 = 10_000;

/// The link of this kind that has the token, whatever its state.
pub async fn find(executor: impl PgExecutor<'_>, kind: LinkKind, token: &str) -> Result<Option<Link>, sqlx::Error> {
    let digest = token_digest(token);
    sqlx::query_as!(
        Link,
        r#"SELECT id, account_id AS account, expires_at, coalesce(expires_at <= now(), false) AS "is_expired!", used_at,
                  replaced_at IS NOT NULL AS "is_replaced!"
           FROM account_links WHERE token_sha256 = $1 AND kind = $2"#,
        &digest,
        kind.as_str(),
    )
    .fetch_optional(executor)
    .await
}

/// Lets nobody else change the account or its links until the transaction ends; false when it is gone.
pub async fn hold_account(connection: &mut PgConnection, account: Uuid) -> Result<bool, sqlx::Error> {
    let held = sqlx::query!("SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE", account).fetch_optional(connection).await?;
    Ok(held.is_some())
}

/// What the pages tell of an account.
pub async fn facts(executor: impl PgExecutor<'_>, account: Uuid) -> Result<Facts, sqlx::Error> {
    sqlx::query_as!(
        Facts,
        "SELECT a.owner, a.number, g.company, p.support_phone, p.support_email, p.android_link, p.ios_link, p.other_link
         FROM accounts a
         JOIN groups g ON g.id = a.group_id
         JOIN provisioning_profiles p
           ON p.id = coalesce(a.profile_id, g.profile_id, (SELECT id FROM provisioning_profiles WHERE is_default))
         WHERE a.id = $1",
        account
    )
    .fetch_one(executor)
    .await
}

/// What the account's phone needs.
pub async fn phone_facts(connection: &mut PgConnection, account: Uuid) -> Result<PhoneFacts, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT a.username, a.number, a.owner, a.security_model, a.obfuscation_key, p.sip_host, p.sip_port, p.transport,
                p.expires_seconds, p.media_encryption, s.sip_digest
         FROM accounts a
         JOIN groups g ON g.id = a.group_id
         JOIN provisioning_profiles p
           ON p.id = coalesce(a.profile_id, g.profile_id, (SELECT id FROM provisioning_profiles WHERE is_default))
         CROSS JOIN settings s
         WHERE a.id = $1",
        account
    )
    .fetch_one(connection)
    .await?;
    let out_of_range = |what: &str| sqlx::Error::Decode(format!("{what} is out of range").into());
    Ok(PhoneFacts {
        username: row.username,
        number: row.number,
        owner: row.owner,
        sip_host: row.sip_host,
        sip_port: row.sip_port.try_into().map_err(|_| out_of_range("sip_port"))?,
        transport: parsed(&row.transport)?,
        digest: parsed(&row.sip_digest)?,
        expires_seconds: row.expires_seconds.unsigned_abs(),
        media_encryption: parsed(&row.media_encryption)?,
        security: parsed(&row.security_model)?,
        obfuscation_key: row.obfuscation_key.map(u16::try_from).transpose().map_err(|_| out_of_range("obfuscation_key"))?,
    })
}

/// The configuration that an activation link has opened and that can still be fetched: its id and until when.
pub async fn opened_configuration(connection: &mut PgConnection, link: Uuid) -> Result<Option<(Uuid, OffsetDateTime)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT id, expires_at AS "expires_at!" FROM account_links
           WHERE opened_by = $1 AND used_at IS NULL AND replaced_at IS NULL AND expires_at > now()"#,
        link
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.id, row.expires_at)))
}

/// Uses a link up; false when somebody else has, or it is not good any more. This one statement decides who gets it.
pub async fn consume(connection: &mut PgConnection, link: Uuid) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE account_links SET used_at = now()
         WHERE id = $1 AND used_at IS NULL AND replaced_at IS NULL AND (expires_at IS NULL OR expires_at > now())",
        link
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The account is activated: what else could activate it is used up, too.
pub async fn use_up_activation(connection: &mut PgConnection, account: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE account_links SET used_at = now()
         WHERE account_id = $1 AND kind = 'activation' AND used_at IS NULL AND replaced_at IS NULL",
        account
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Enables an account that has got a new password.
pub async fn enable(connection: &mut PgConnection, account: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"UPDATE accounts a SET enabled = true, awaits_activation = false, version = a.version + 1, password_version = a.version + 1
           FROM accounts w WHERE a.id = $1 AND w.id = a.id RETURNING w.enabled AS "enabled!""#,
        account
    )
    .fetch_one(connection)
    .await
}

/// Whether `event` has happened to the account within the last minute: who presses a button a hundred times has pressed it once.
pub async fn happened_just_now(connection: &mut PgConnection, account: Uuid, event: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM account_events WHERE account_id = $1 AND event = $2 AND at > now() - interval '1 minute') AS "so!""#,
        account,
        event
    )
    .fetch_one(connection)
    .await
}

/// The accounts that are Visible to the account, itself not among them: those of its company, or of its group when that has
/// no company.
pub async fn directory(executor: impl PgExecutor<'_>, account: Uuid) -> Result<Vec<Person>, sqlx::Error> {
    sqlx::query_as!(
        Person,
        "SELECT a.owner, a.number, a.username
         FROM accounts a
         JOIN groups g ON g.id = a.group_id
         JOIN (SELECT mine.id, mine.group_id, groups.company FROM accounts mine JOIN groups ON groups.id = mine.group_id WHERE mine.id = $1) me
           ON a.id <> me.id AND (g.id = me.group_id OR g.company = me.company)
         WHERE a.visible AND a.enabled
         ORDER BY a.owner NULLS LAST, a.number
         LIMIT $2",
        account,
        DIRECTORY,
    )
    .fetch_all(executor)
    .await
}
