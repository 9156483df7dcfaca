//! SQL of provisioning profiles.

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::view::ProfileRow;
use super::{ProfileChoice, sms};
use crate::accounts::db::parsed;
use crate::domain::host::Host;
use crate::domain::profile_draft::{ProfileData, ProfileDraft, ProfileField};
use crate::domain::scope::Scope;
use crate::domain::sms_text::SmsSize;
use crate::domain::transport::Transport;

/// A profile as it stands in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub is_default: bool,
    pub version: i32,
    /// The form as it opens for it.
    pub draft: ProfileDraft,
}

/// What stands in the way of deleting a profile: those that have chosen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Users {
    pub groups: i64,
    pub accounts: i64,
}

/// All profiles, the default one first.
pub async fn choices(executor: impl PgExecutor<'_>) -> Result<Vec<ProfileChoice>, sqlx::Error> {
    sqlx::query_as!(ProfileChoice, "SELECT id, name FROM provisioning_profiles ORDER BY is_default DESC, lower(name)")
        .fetch_all(executor)
        .await
}

/// The profile of this name, in any case.
pub async fn by_name(executor: impl PgExecutor<'_>, name: &str) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("SELECT id FROM provisioning_profiles WHERE lower(name) = lower($1)", name).fetch_optional(executor).await
}

/// All profiles, the default one first, with the number of those groups and accounts that the reader sees and that get them.
pub async fn list(executor: impl PgExecutor<'_>, scope: &Scope) -> Result<Vec<ProfileRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"WITH standard AS (SELECT id FROM provisioning_profiles WHERE is_default),
           in_groups AS (
               SELECT coalesce(g.profile_id, s.id) AS profile_id, count(*) AS groups FROM groups g CROSS JOIN standard s
               WHERE $1::uuid[] IS NULL OR g.id = ANY($1) GROUP BY 1
           ),
           in_accounts AS (
               SELECT coalesce(n.profile_id, g.profile_id, s.id) AS profile_id, sum(n.accounts)::bigint AS accounts
               FROM account_counts n
               JOIN groups g ON g.id = n.group_id
               CROSS JOIN standard s
               WHERE $1::uuid[] IS NULL OR g.id = ANY($1)
               GROUP BY 1
           )
           SELECT p.id, p.name, p.is_default, p.support_phone, p.support_email, p.sip_host, p.sip_port, p.transport, p.link_hours,
                  p.installation_text, p.activation_text, coalesce(g.groups, 0) AS "groups!", coalesce(a.accounts, 0) AS "accounts!"
           FROM provisioning_profiles p
           LEFT JOIN in_groups g ON g.profile_id = p.id
           LEFT JOIN in_accounts a ON a.profile_id = p.id
           ORDER BY p.is_default DESC, lower(p.name)"#,
        scope.groups(),
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter()
        .map(|row| {
            let host = Host::parse(&row.sip_host).map_or(row.sip_host, |host| host.in_uri());
            let texts = ProfileDraft {
                support_phone: row.support_phone.unwrap_or_default(),
                support_email: row.support_email.unwrap_or_default(),
                link_hours: row.link_hours.to_string(),
                installation_text: row.installation_text,
                activation_text: row.activation_text,
                ..ProfileDraft::default()
            };
            let size = |field| sms::example(&texts, field).map(|sms| SmsSize::of(&sms));
            Ok(ProfileRow {
                id: row.id,
                name: row.name,
                is_default: row.is_default,
                sip_server: format!("{host}:{}", row.sip_port),
                transport: parsed(&row.transport)?,
                installation: size(ProfileField::InstallationText),
                activation: size(ProfileField::ActivationText),
                groups: row.groups,
                accounts: row.accounts,
            })
        })
        .collect()
}

/// One profile, or none of that id.
pub async fn find(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Profile>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT name, is_default, support_phone, support_email, sip_host, sip_port, transport, expires_seconds, media_encryption,
                android_link, ios_link, other_link, link_hours, installation_text, activation_text, version
         FROM provisioning_profiles WHERE id = $1",
        id
    )
    .fetch_optional(executor)
    .await?;
    row.map(|row| {
        let transport: Transport = parsed(&row.transport)?;
        let is_usual_port = row.sip_port == i32::from(transport.default_port());
        Ok(Profile {
            is_default: row.is_default,
            version: row.version,
            draft: ProfileDraft {
                name: row.name,
                support_phone: row.support_phone.unwrap_or_default(),
                support_email: row.support_email.unwrap_or_default(),
                sip_host: row.sip_host,
                sip_port: if is_usual_port { String::new() } else { row.sip_port.to_string() },
                transport: Some(transport),
                expires: row.expires_seconds.to_string(),
                media_encryption: Some(parsed(&row.media_encryption)?),
                android_link: row.android_link.unwrap_or_default(),
                ios_link: row.ios_link.unwrap_or_default(),
                other_link: row.other_link.unwrap_or_default(),
                link_hours: row.link_hours.to_string(),
                installation_text: row.installation_text,
                activation_text: row.activation_text,
            },
        })
    })
    .transpose()
}

/// Adds a profile; false when that id is there already (the same form, sent twice).
pub async fn insert(connection: &mut PgConnection, id: Uuid, data: &ProfileData) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "INSERT INTO provisioning_profiles (id, name, support_phone, support_email, sip_host, sip_port, transport, expires_seconds,
                                            media_encryption, android_link, ios_link, other_link, link_hours, installation_text,
                                            activation_text)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT (id) DO NOTHING",
        id,
        data.name,
        data.support_phone.as_ref().map(ToString::to_string),
        data.support_email.as_ref().map(|email| email.as_str()),
        data.sip_host.as_str(),
        i32::from(data.sip_port),
        data.transport.as_str(),
        data.expires.cast_signed(),
        data.media_encryption.as_str(),
        data.android_link.as_ref().map(|link| link.as_str()),
        data.ios_link.as_ref().map(|link| link.as_str()),
        data.other_link.as_ref().map(|link| link.as_str()),
        i32::from(data.link_hours),
        data.installation_text.as_str(),
        data.activation_text.as_str(),
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Saves over `version`; false when it is another one by now.
pub async fn update(connection: &mut PgConnection, id: Uuid, version: i32, data: &ProfileData) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE provisioning_profiles
         SET name = $3, support_phone = $4, support_email = $5, sip_host = $6, sip_port = $7, transport = $8, expires_seconds = $9,
             media_encryption = $10, android_link = $11, ios_link = $12, other_link = $13, link_hours = $14, installation_text = $15,
             activation_text = $16, version = version + 1
         WHERE id = $1 AND version = $2",
        id,
        version,
        data.name,
        data.support_phone.as_ref().map(ToString::to_string),
        data.support_email.as_ref().map(|email| email.as_str()),
        data.sip_host.as_str(),
        i32::from(data.sip_port),
        data.transport.as_str(),
        data.expires.cast_signed(),
        data.media_encryption.as_str(),
        data.android_link.as_ref().map(|link| link.as_str()),
        data.ios_link.as_ref().map(|link| link.as_str()),
        data.other_link.as_ref().map(|link| link.as_str()),
        i32::from(data.link_hours),
        data.installation_text.as_str(),
        data.activation_text.as_str(),
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Lets nobody else settle which profile is the default, or delete one, until the transaction ends; gives the name of the
/// default.
pub async fn hold_default(connection: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    let rows =
        sqlx::query!("SELECT name, is_default FROM provisioning_profiles ORDER BY id FOR NO KEY UPDATE").fetch_all(connection).await?;
    Ok(rows.into_iter().find(|row| row.is_default).map(|row| row.name))
}

/// Makes a profile the default. To be called under [`hold_default`].
pub async fn make_default(connection: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    // One after the other: the index allows one default at any time.
    sqlx::query!("UPDATE provisioning_profiles SET is_default = false WHERE is_default AND id <> $1", id).execute(&mut *connection).await?;
    sqlx::query!("UPDATE provisioning_profiles SET is_default = true WHERE id = $1", id).execute(connection).await?;
    Ok(())
}

/// Removes a profile that nobody has chosen and that is not the default: the foreign keys refuse what is in use.
pub async fn delete(connection: &mut PgConnection, id: Uuid) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("DELETE FROM provisioning_profiles WHERE id = $1 AND NOT is_default", id).execute(connection).await?;
    Ok(done.rows_affected() == 1)
}

/// Who has chosen a profile.
pub async fn users(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Users, sqlx::Error> {
    sqlx::query_as!(
        Users,
        r#"SELECT (SELECT count(*) FROM groups WHERE profile_id = $1) AS "groups!",
                  (SELECT count(*) FROM accounts WHERE profile_id = $1) AS "accounts!""#,
        id
    )
    .fetch_one(executor)
    .await
}
