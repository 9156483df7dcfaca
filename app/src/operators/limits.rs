//! Operators who are limited to groups: who is, and to which. What it means for everything else is [`crate::domain::scope::Scope`].

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::group_limit::GroupLimit;
use crate::audit::Change;
use crate::audit::db::{Author, Subject, record};
use crate::db::violated_constraint;
use crate::domain::role::Role;
use crate::door::Caller;
use crate::error::AppError;
use crate::groups;

/// An operator who is limited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limited {
    pub operator: Uuid,
    pub name: String,
    /// The names of the groups, in their order.
    pub groups: Vec<String>,
}

/// Everybody who is limited.
pub async fn all(pool: &PgPool) -> Result<Vec<Limited>, sqlx::Error> {
    sqlx::query_as!(
        Limited,
        r#"SELECT o.id AS operator, o.name, array_agg(g.name ORDER BY lower(g.name)) AS "groups!"
           FROM operator_groups l JOIN operators o ON o.id = l.operator_id JOIN groups g ON g.id = l.group_id
           GROUP BY o.id, o.name"#
    )
    .fetch_all(pool)
    .await
}

/// The names of those who are limited to this group, and perhaps to others.
pub async fn names_of(pool: &PgPool, group: Uuid) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT o.name FROM operator_groups l JOIN operators o ON o.id = l.operator_id WHERE l.group_id = $1 ORDER BY lower(o.name)",
        group
    )
    .fetch_all(pool)
    .await
}

/// What the field for it starts from.
pub async fn of(caller: &Caller, operator: Uuid) -> Result<GroupLimit, AppError> {
    let mut connection = caller.pool.acquire().await?;
    let is_there = sqlx::query_scalar!("SELECT id FROM operators WHERE id = $1", operator).fetch_optional(&mut *connection).await?;
    is_there.ok_or_else(gone)?;
    let chosen = stored(&mut connection, operator).await?.into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    let groups = groups::db::names(&mut *connection, caller.scope()).await?;
    Ok(GroupLimit { groups, chosen: (!chosen.is_empty()).then_some(chosen) })
}

/// Limits an operator to these groups from the next request on; without: lets the operator see all. `author` is an admin, or the
/// machine's own terminal. An admin cannot be limited; a limited operator who is made an admin is not limited any more.
pub async fn limit(pool: &PgPool, author: Author<'_>, operator: Uuid, groups: Option<&[Uuid]>) -> Result<(), AppError> {
    if groups.is_some_and(<[Uuid]>::is_empty) {
        return Err(AppError::Refused("Choose at least one group, or all groups.".into()));
    }
    let mut tx = pool.begin().await?;
    // Held, or somebody could make an admin of the operator meanwhile.
    let row = sqlx::query!("SELECT name, role FROM operators WHERE id = $1 FOR UPDATE", operator).fetch_optional(&mut *tx).await?;
    let row = row.ok_or_else(gone)?;
    if groups.is_some() && row.role == Role::Admin.as_str() {
        return Err(AppError::Refused(format!("{} is an admin, and admins see all groups.", row.name)));
    }
    let before = stored(&mut tx, operator).await?;
    let wanted = groups.unwrap_or_default();
    sqlx::query!("DELETE FROM operator_groups WHERE operator_id = $1 AND group_id <> ALL($2)", operator, wanted).execute(&mut *tx).await?;
    sqlx::query!(
        "INSERT INTO operator_groups (operator_id, group_id) SELECT $1, wanted FROM unnest($2::uuid[]) wanted ON CONFLICT DO NOTHING",
        operator,
        wanted,
    )
    .execute(&mut *tx)
    .await
    .map_err(|error| match violated_constraint(&error) {
        Some("operator_groups_group_id_fkey") => AppError::Refused("One of these groups is not there any more. Choose again.".into()),
        _ => error.into(),
    })?;
    let after = stored(&mut tx, operator).await?;
    if before != after {
        let change = Change { field: "Groups".into(), before: told(before), after: told(after) };
        record(&mut tx, author, "updated", Subject { kind: "operator", id: operator, name: &row.name }, &[change]).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn stored(connection: &mut PgConnection, operator: Uuid) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT g.id, g.name FROM operator_groups l JOIN groups g ON g.id = l.group_id WHERE l.operator_id = $1 ORDER BY lower(g.name)",
        operator
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// The groups in the words of the history.
fn told(groups: Vec<(Uuid, String)>) -> String {
    if groups.is_empty() {
        return "All groups".into();
    }
    groups.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(", ")
}

fn gone() -> AppError {
    AppError::NotFound("There is no such operator.".into())
}
