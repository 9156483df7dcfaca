//! SQL of groups.

use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::view::{GroupChoice, GroupRow};
use crate::domain::group_draft::GroupData;
use crate::domain::scope::Scope;

/// A group as it stands in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub id: Uuid,
    pub name: String,
    pub company: Option<String>,
    pub email: Option<String>,
    pub profile_id: Option<Uuid>,
    pub version: i32,
}

impl Group {
    /// Whether it is stored as `data` says.
    pub fn is(&self, data: &GroupData) -> bool {
        let email = data.email.as_ref().map(|email| email.as_str());
        self.name == data.name && self.company == data.company && self.email.as_deref() == email && self.profile_id == data.profile
    }
}

/// The groups that the reader sees by name, with the number of their accounts and the profile in force.
pub async fn list(executor: impl PgExecutor<'_>, scope: &Scope) -> Result<Vec<GroupRow>, sqlx::Error> {
    sqlx::query_as!(
        GroupRow,
        r#"SELECT g.id, g.name, g.company, g.email, coalesce(p.id, d.id) AS "profile_id!", coalesce(p.name, d.name) AS "profile!",
                  p.id IS NULL AS "inherited!", coalesce(n.accounts, 0) AS "accounts!"
           FROM groups g
           LEFT JOIN provisioning_profiles p ON p.id = g.profile_id
           CROSS JOIN (SELECT id, name FROM provisioning_profiles WHERE is_default) d
           LEFT JOIN (SELECT group_id, sum(accounts)::bigint AS accounts FROM account_counts GROUP BY group_id) n ON n.group_id = g.id
           WHERE $1::uuid[] IS NULL OR g.id = ANY($1)
           ORDER BY lower(g.name)"#,
        scope.groups(),
    )
    .fetch_all(executor)
    .await
}

/// Adds up the numbers of accounts that have come and gone since. Several servers may do so at once.
pub async fn add_up(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "WITH gone AS (DELETE FROM account_counts RETURNING group_id, profile_id, accounts)
         INSERT INTO account_counts
         SELECT group_id, profile_id, sum(accounts) FROM gone GROUP BY group_id, profile_id HAVING sum(accounts) <> 0"
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The groups that the reader sees by name, for the account form.
pub async fn choices(executor: impl PgExecutor<'_>, scope: &Scope) -> Result<Vec<GroupChoice>, sqlx::Error> {
    sqlx::query_as!(
        GroupChoice,
        r#"SELECT g.id, g.name, coalesce(p.id, d.id) AS "profile_id!", coalesce(p.name, d.name) AS "profile!", p.id IS NULL AS "inherited!"
           FROM groups g
           LEFT JOIN provisioning_profiles p ON p.id = g.profile_id
           CROSS JOIN (SELECT id, name FROM provisioning_profiles WHERE is_default) d
           WHERE $1::uuid[] IS NULL OR g.id = ANY($1)
           ORDER BY lower(g.name)"#,
        scope.groups(),
    )
    .fetch_all(executor)
    .await
}

/// The group of this name, in any case.
pub async fn by_name(executor: impl PgExecutor<'_>, name: &str) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("SELECT id FROM groups WHERE lower(name) = lower($1)", name).fetch_optional(executor).await
}

/// The names of the groups that the reader sees, in their order.
pub async fn names(executor: impl PgExecutor<'_>, scope: &Scope) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    let groups = scope.groups();
    let rows = sqlx::query!("SELECT id, name FROM groups WHERE $1::uuid[] IS NULL OR id = ANY($1) ORDER BY lower(name)", groups)
        .fetch_all(executor)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// One group, or none of that id.
pub async fn find(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Group>, sqlx::Error> {
    sqlx::query_as!(Group, "SELECT id, name, company, email, profile_id, version FROM groups WHERE id = $1", id)
        .fetch_optional(executor)
        .await
}

/// Adds a group; false when that id is there already (the same form, sent twice).
pub async fn insert(connection: &mut PgConnection, id: Uuid, data: &GroupData) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "INSERT INTO groups (id, name, company, email, profile_id) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING",
        id,
        data.name,
        data.company,
        data.email.as_ref().map(|email| email.as_str()),
        data.profile,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Saves over `version`; false when it is another one by now.
pub async fn update(connection: &mut PgConnection, id: Uuid, version: i32, data: &GroupData) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE groups SET name = $3, company = $4, email = $5, profile_id = $6, version = version + 1 WHERE id = $1 AND version = $2",
        id,
        version,
        data.name,
        data.company,
        data.email.as_ref().map(|email| email.as_str()),
        data.profile,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes a group that holds no account: the foreign key refuses the others.
pub async fn delete(connection: &mut PgConnection, id: Uuid) -> Result<bool, sqlx::Error> {
    Ok(sqlx::query!("DELETE FROM groups WHERE id = $1", id).execute(connection).await?.rows_affected() == 1)
}

/// How many accounts a group holds.
pub async fn count_accounts(executor: impl PgExecutor<'_>, id: Uuid) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM accounts WHERE group_id = $1"#, id).fetch_one(executor).await
}
