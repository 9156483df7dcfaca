//! SQL of accounts: one account at a time. Lists are in `list.rs`.

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::digests::Digests;
use super::view::{AccountView, Taken};
use crate::domain::account_rules::{AccountData, AccountKind};
use crate::domain::account_type::{AccountType, SecurityModel};
use crate::domain::scope::Scope;
use crate::profiles::ProfileOrigin;
use crate::ui::time::to_millis;

/// One account, or none of that id that the reader sees.
pub async fn find(executor: impl PgExecutor<'_>, scope: &Scope, id: Uuid) -> Result<Option<AccountView>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT a.id, a.version, a.password_version, a.group_id, g.name AS "group", g.company, a.username, a.number, a.owner, a.email, a.description,
                  a.visible, a.call_limit, a.keep_alive, a.profile_id,
                  coalesce(own.id, its.id, def.id) AS "profile_in_force!", coalesce(own.name, its.name, def.name) AS "profile!",
                  own.id IS NULL AS "inherited!", its.id IS NULL AS "group_has_none!",
                  a.account_type, a.security_model, a.obfuscation_key, a.mac::text AS mac,
                  a.deny::text[] AS "deny!", a.permit::text[] AS "permit!", a.enabled, a.last_status, a.last_status_at, a.awaits_activation,
                  nullif(d.realm, s.sip_domain) AS outdated_domain
           FROM accounts a
           JOIN groups g ON g.id = a.group_id
           LEFT JOIN provisioning_profiles own ON own.id = a.profile_id
           LEFT JOIN provisioning_profiles its ON its.id = g.profile_id
           LEFT JOIN provisioning_profiles def ON def.is_default
           LEFT JOIN account_digests d ON d.account_id = a.id
           CROSS JOIN settings s
           WHERE a.id = $1"#,
        id
    )
    .fetch_optional(executor)
    .await?;
    row.filter(|row| scope.has(row.group_id))
        .map(|row| {
            Ok(AccountView {
                id: row.id,
                version: row.version,
                password_version: row.password_version,
                group_id: row.group_id,
                group: row.group,
                company: row.company,
                username: row.username,
                number: row.number,
                owner: row.owner,
                email: row.email,
                description: row.description,
                visible: row.visible,
                call_limit: row.call_limit,
                keep_alive: row.keep_alive,
                profile_id: row.profile_id,
                profile_in_force: row.profile_in_force,
                profile: row.profile,
                profile_origin: match (row.inherited, row.group_has_none) {
                    (false, _) => ProfileOrigin::Account,
                    (true, false) => ProfileOrigin::Group,
                    (true, true) => ProfileOrigin::Service,
                },
                account_type: parsed(&row.account_type)?,
                security_model: parsed(&row.security_model)?,
                obfuscation_key: row.obfuscation_key,
                mac: row.mac,
                deny: row.deny,
                permit: row.permit,
                enabled: row.enabled,
                last_status: parsed(&row.last_status)?,
                last_status_at: to_millis(row.last_status_at),
                awaits_activation: row.awaits_activation,
                outdated_domain: row.outdated_domain,
            })
        })
        .transpose()
}

/// A word of the database as the type that the domain has for it.
pub fn parsed<T: std::str::FromStr>(word: &str) -> Result<T, sqlx::Error> {
    word.parse().map_err(|_| sqlx::Error::Decode(format!("{word:?} is no {}", std::any::type_name::<T>()).into()))
}

/// The columns that depend on the account type.
struct KindColumns {
    account_type: AccountType,
    security_model: SecurityModel,
    obfuscation_key: Option<i32>,
    mac: Option<String>,
    deny: Vec<String>,
    permit: Vec<String>,
}

impl From<&AccountKind> for KindColumns {
    fn from(kind: &AccountKind) -> Self {
        match kind {
            AccountKind::Pgsm { security, obfuscation_key } => Self {
                account_type: AccountType::Pgsm,
                security_model: *security,
                obfuscation_key: obfuscation_key.map(i32::from),
                mac: None,
                deny: Vec::new(),
                permit: Vec::new(),
            },
            AccountKind::Snom { mac, acl } => Self {
                account_type: AccountType::Snom,
                security_model: SecurityModel::Sdes,
                obfuscation_key: None,
                mac: mac.as_ref().map(|mac| mac.as_str().to_owned()),
                deny: acl.deny.iter().map(|rule| rule.cidr()).collect(),
                permit: acl.permit.iter().map(|rule| rule.cidr()).collect(),
            },
        }
    }
}

/// Adds an account in status Created, enabled unless it `awaits_activation`; false when that id is there already (the same form,
/// sent twice).
pub async fn insert(connection: &mut PgConnection, id: Uuid, data: &AccountData, awaits_activation: bool) -> Result<bool, sqlx::Error> {
    let kind = KindColumns::from(&data.kind);
    let done = sqlx::query!(
        "INSERT INTO accounts (id, group_id, username, number, owner, email, description, visible, call_limit, keep_alive, profile_id,
                               account_type, security_model, obfuscation_key, mac, deny, permit, enabled, awaits_activation,
                               last_status)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::text::macaddr, $16::text[]::cidr[], $17::text[]::cidr[],
                 NOT $18, $18, 'created')
         ON CONFLICT (id) DO NOTHING",
        id,
        data.group,
        data.username.as_str(),
        data.number.as_str(),
        data.owner,
        data.email.as_ref().map(|email| email.as_str()),
        data.description,
        data.visible,
        i16::from(data.call_limit),
        data.keep_alive,
        data.profile,
        kind.account_type.as_str(),
        kind.security_model.as_str(),
        kind.obfuscation_key,
        kind.mac,
        &kind.deny,
        &kind.permit,
        awaits_activation,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The username of the account of `id`, if it is just this one but for its username.
pub async fn stored_by_wizard(connection: &mut PgConnection, id: Uuid, data: &AccountData) -> Result<Option<String>, sqlx::Error> {
    let kind = KindColumns::from(&data.kind);
    sqlx::query_scalar!(
        "SELECT username FROM accounts
         WHERE id = $1 AND batch_id IS NULL AND group_id = $2 AND number = $3 AND owner IS NOT DISTINCT FROM $4
           AND email IS NOT DISTINCT FROM $5 AND description IS NOT DISTINCT FROM $6 AND profile_id IS NOT DISTINCT FROM $7
           AND account_type = $8 AND security_model = $9 AND obfuscation_key IS NOT DISTINCT FROM $10",
        id,
        data.group,
        data.number.as_str(),
        data.owner,
        data.email.as_ref().map(|email| email.as_str()),
        data.description,
        data.profile,
        kind.account_type.as_str(),
        kind.security_model.as_str(),
        kind.obfuscation_key,
    )
    .fetch_optional(connection)
    .await
}

/// Whether the account of `id` is just this one, password included.
pub async fn is_stored(
    connection: &mut PgConnection,
    id: Uuid,
    data: &AccountData,
    digests: Option<&Digests>,
) -> Result<bool, sqlx::Error> {
    let kind = KindColumns::from(&data.kind);
    sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM accounts a LEFT JOIN account_digests d ON d.account_id = a.id
               WHERE a.id = $1 AND a.group_id = $2 AND a.username = $3 AND a.number = $4 AND a.owner IS NOT DISTINCT FROM $5
                 AND a.email IS NOT DISTINCT FROM $6 AND a.description IS NOT DISTINCT FROM $7 AND a.visible = $8 AND a.call_limit = $9
                 AND a.keep_alive = $10 AND a.profile_id IS NOT DISTINCT FROM $11 AND a.account_type = $12 AND a.security_model = $13
                 AND a.obfuscation_key IS NOT DISTINCT FROM $14 AND a.mac IS NOT DISTINCT FROM $15::text::macaddr
                 AND a.deny = $16::text[]::cidr[] AND a.permit = $17::text[]::cidr[]
                 AND ($18::text IS NULL OR d.ha1_sha256 = $18)
           ) AS "stored!""#,
        id,
        data.group,
        data.username.as_str(),
        data.number.as_str(),
        data.owner,
        data.email.as_ref().map(|email| email.as_str()),
        data.description,
        data.visible,
        i16::from(data.call_limit),
        data.keep_alive,
        data.profile,
        kind.account_type.as_str(),
        kind.security_model.as_str(),
        kind.obfuscation_key,
        kind.mac,
        &kind.deny,
        &kind.permit,
        digests.map(|digests| digests.ha1_sha256.as_str()),
    )
    .fetch_one(connection)
    .await
}

/// Saves over `version`; false when it is another one by now, or the account is gone.
pub async fn update(connection: &mut PgConnection, id: Uuid, version: i32, data: &AccountData) -> Result<bool, sqlx::Error> {
    let kind = KindColumns::from(&data.kind);
    let done = sqlx::query!(
        "UPDATE accounts SET group_id = $3, username = $4, number = $5, owner = $6, email = $7, description = $8, visible = $9,
                call_limit = $10, keep_alive = $11, profile_id = $12, account_type = $13, security_model = $14, obfuscation_key = $15,
                mac = $16::text::macaddr, deny = $17::text[]::cidr[], permit = $18::text[]::cidr[], version = version + 1,
                password_version = CASE WHEN $19 THEN version + 1 ELSE password_version END
         WHERE id = $1 AND version = $2",
        id,
        version,
        data.group,
        data.username.as_str(),
        data.number.as_str(),
        data.owner,
        data.email.as_ref().map(|email| email.as_str()),
        data.description,
        data.visible,
        i16::from(data.call_limit),
        data.keep_alive,
        data.profile,
        kind.account_type.as_str(),
        kind.security_model.as_str(),
        kind.obfuscation_key,
        kind.mac,
        &kind.deny,
        &kind.permit,
        data.password.is_some(),
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Sets the password of an account, as digests.
pub async fn set_digests(connection: &mut PgConnection, id: Uuid, digests: &Digests) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO account_digests (account_id, realm, ha1_md5, ha1_sha256) VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id) DO UPDATE SET realm = excluded.realm, ha1_md5 = excluded.ha1_md5, ha1_sha256 = excluded.ha1_sha256",
        id,
        digests.realm,
        digests.ha1_md5,
        digests.ha1_sha256,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Enables or disables; false when it was so already, or the account is gone or not in these groups.
pub async fn set_enabled(connection: &mut PgConnection, scope: &Scope, id: Uuid, enabled: bool) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE accounts SET enabled = $2 WHERE id = $1 AND enabled <> $2 AND ($3::uuid[] IS NULL OR group_id = ANY($3))",
        id,
        enabled,
        scope.groups(),
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes an account and leaves its tombstone; false when it is gone already, or not in these groups.
pub async fn delete(connection: &mut PgConnection, scope: &Scope, id: Uuid, operator: Uuid) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "WITH gone AS (
             DELETE FROM accounts WHERE id = $1 AND ($3::uuid[] IS NULL OR group_id = ANY($3))
             RETURNING id, group_id, username, number, owner, account_type, created_at
         )
         INSERT INTO account_tombstones (id, group_id, username, number, owner, account_type, created_at, deleted_by)
         SELECT id, group_id, username, number, owner, account_type, created_at, $2 FROM gone",
        id,
        operator,
        scope.groups(),
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether there was an account of this id in one of these groups, and is no more.
pub async fn is_deleted(connection: &mut PgConnection, scope: &Scope, id: Uuid) -> Result<bool, sqlx::Error> {
    let group = sqlx::query_scalar!("SELECT group_id FROM account_tombstones WHERE id = $1", id).fetch_optional(connection).await?;
    Ok(group.is_some_and(|group| scope.has(group)))
}

/// Whether an account other than `id` has this username, or a number of these digits: of all groups, since both are unique over the
/// whole service, and no more is told of who has them.
pub async fn taken(executor: impl PgExecutor<'_>, id: Uuid, username: &str, digits: &str) -> Result<Taken, sqlx::Error> {
    sqlx::query_as!(
        Taken,
        r#"SELECT EXISTS (SELECT FROM accounts WHERE username = $2 AND id <> $1) AS "username!",
                  EXISTS (SELECT FROM accounts WHERE number_digits = $3 AND id <> $1) AS "number!""#,
        id,
        username,
        digits,
    )
    .fetch_one(executor)
    .await
}
