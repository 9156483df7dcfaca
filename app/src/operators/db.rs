//! SQL for operators.

use sqlx::types::time::OffsetDateTime;
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use crate::domain::role::Role;
use crate::domain::scope::Scope;
use crate::operators::operator::Operator;

/// An operator with what sign-in needs to judge a try.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub operator: Operator,
    /// In PHC form.
    pub password_hash: String,
    pub disabled: bool,
}

/// One line of the list of operators.
#[derive(Clone, Debug)]
pub struct Listed {
    pub name: String,
    pub role: Role,
    pub disabled: bool,
    pub must_change_password: bool,
    pub last_sign_in_at: Option<OffsetDateTime>,
}

/// Why an operator was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    #[error("an operator of this name exists already")]
    NameTaken,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Why an operator was not disabled.
#[derive(Debug, thiserror::Error)]
pub enum DisableError {
    #[error("this is the only admin who can sign in")]
    LastAdmin,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// The operator of this id, unless disabled.
pub async fn find_active(pool: &PgPool, id: Uuid) -> Result<Option<Operator>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT id, name, role, must_change_password, ARRAY(SELECT group_id FROM operator_groups WHERE operator_id = $1 ORDER BY 1) AS "groups!"
           FROM operators WHERE id = $1 AND disabled_at IS NULL"#,
        id
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        let role = role(&row.role)?;
        let scope = Scope::of(role, row.groups);
        Ok(Operator { id: row.id, name: row.name, role, must_change_password: row.must_change_password, scope })
    })
    .transpose()
}

/// The operator of this name, in any case of its letters, disabled or not.
pub async fn find_credentials(pool: &PgPool, name: &str) -> Result<Option<Credentials>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT id, name, role, must_change_password, password_hash, disabled_at IS NOT NULL AS "disabled!",
                  ARRAY(SELECT group_id FROM operator_groups WHERE operator_id = o.id ORDER BY 1) AS "groups!"
           FROM operators o WHERE lower(name) = lower($1)"#,
        name
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        let role = role(&row.role)?;
        let scope = Scope::of(role, row.groups);
        let operator = Operator { id: row.id, name: row.name, role, must_change_password: row.must_change_password, scope };
        Ok(Credentials { operator, password_hash: row.password_hash, disabled: row.disabled })
    })
    .transpose()
}

/// All operators by name.
pub async fn list(pool: &PgPool) -> Result<Vec<Listed>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT name, role, must_change_password, disabled_at IS NOT NULL AS "disabled!", last_sign_in_at
           FROM operators ORDER BY lower(name)"#
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Listed {
                role: role(&row.role)?,
                name: row.name,
                disabled: row.disabled,
                must_change_password: row.must_change_password,
                last_sign_in_at: row.last_sign_in_at,
            })
        })
        .collect()
}

/// Whether there is any operator yet, disabled ones included.
pub async fn any(executor: impl PgExecutor<'_>) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM operators) AS "any!""#).fetch_one(executor).await
}

/// Adds an operator. `password_hash` is in PHC form; with `must_change` the password opens nothing but its own change.
pub async fn create(
    executor: impl PgExecutor<'_>,
    name: &str,
    role: Role,
    password_hash: &str,
    must_change: bool,
) -> Result<Uuid, CreateError> {
    let id = Uuid::now_v7();
    let made = sqlx::query!(
        "INSERT INTO operators (id, name, role, password_hash, must_change_password) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (lower(name)) DO NOTHING",
        id,
        name,
        role.as_str(),
        password_hash,
        must_change
    )
    .execute(executor)
    .await?;
    if made.rows_affected() == 1 { Ok(id) } else { Err(CreateError::NameTaken) }
}

/// Sets a new password, enables the operator again, and ends every session that the operator has. False when there is no such operator.
pub async fn set_password(pool: &PgPool, id: Uuid, password_hash: &str, must_change: bool) -> Result<bool, sqlx::Error> {
    let mut tx = pool.begin().await?;
    let done = sqlx::query!(
        "UPDATE operators SET password_hash = $2, must_change_password = $3, disabled_at = NULL WHERE id = $1",
        id,
        password_hash,
        must_change
    )
    .execute(&mut *tx)
    .await?;
    end_sessions(&mut tx, id).await?;
    tx.commit().await?;
    Ok(done.rows_affected() == 1)
}

/// Sets the password that operators choose for themselves, and ends every session of theirs. False when they have been
/// disabled, or `old_hash` is not their password's any more: then nothing is changed.
pub async fn change_own_password(pool: &PgPool, id: Uuid, old_hash: &str, new_hash: &str) -> Result<bool, sqlx::Error> {
    let mut tx = pool.begin().await?;
    let done = sqlx::query!(
        "UPDATE operators SET password_hash = $3, must_change_password = false
         WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL",
        id,
        old_hash,
        new_hash
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    end_sessions(&mut tx, id).await?;
    tx.commit().await?;
    Ok(true)
}

/// Whether the password of this hash still lets the operator in. Waits for whoever is just changing the operator.
pub async fn still_opens(pool: &PgPool, id: Uuid, password_hash: &str) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "SELECT id FROM operators WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL FOR SHARE",
        id,
        password_hash
    )
    .fetch_optional(pool)
    .await?;
    Ok(found.is_some())
}

/// Disables an operator and ends every session that the operator has. False when the operator was disabled already.
pub async fn disable(pool: &PgPool, id: Uuid) -> Result<bool, DisableError> {
    let mut tx = pool.begin().await?;
    // Locked, or two admins who are disabled at once would each count on the other.
    let admins = sqlx::query_scalar!(
        "SELECT id FROM operators WHERE role = $1 AND disabled_at IS NULL ORDER BY id FOR UPDATE",
        Role::Admin.as_str()
    )
    .fetch_all(&mut *tx)
    .await?;
    if admins == [id] {
        return Err(DisableError::LastAdmin);
    }
    let done = sqlx::query!("UPDATE operators SET disabled_at = now() WHERE id = $1 AND disabled_at IS NULL", id).execute(&mut *tx).await?;
    end_sessions(&mut tx, id).await?;
    tx.commit().await?;
    Ok(done.rows_affected() == 1)
}

/// Comes after the change of the operator, as a statement of its own: only then does it see the sessions that began
/// before that change was made.
async fn end_sessions(connection: &mut PgConnection, operator: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM sessions WHERE operator_id = $1", operator).execute(connection).await?;
    Ok(())
}

fn role(stored: &str) -> Result<Role, sqlx::Error> {
    stored.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
