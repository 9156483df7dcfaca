//! SQL for operators.

use sqlx::types::time::OffsetDateTime;
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use crate::domain::role::Role;
use crate::domain::scope::Scope;
use crate::domain::second_factor::SecondFactor;
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
    pub id: Uuid,
    pub name: String,
    pub role: Role,
    pub disabled: bool,
    pub must_change_password: bool,
    pub has_second_factor: bool,
    pub last_sign_in_at: Option<OffsetDateTime>,
    /// That are open.
    pub sessions: i64,
}

/// An operator whom nobody else changes until the transaction ends.
#[derive(Clone, Debug)]
pub struct Held {
    pub name: String,
    pub role: Role,
    pub disabled: bool,
    pub has_second_factor: bool,
}

/// Why an operator was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    #[error("an operator of this name exists already")]
    NameTaken,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// The operator of this id, unless disabled.
pub async fn find_active(pool: &PgPool, id: Uuid) -> Result<Option<Operator>, sqlx::Error> {
    let found = credentials_of(pool, id).await?;
    Ok(found.filter(|found| !found.disabled).map(|found| found.operator))
}

/// A row as both ways to find it give it.
struct Found {
    id: Uuid,
    name: String,
    role: String,
    must_change_password: bool,
    has_second_factor: bool,
    admins_need_second_factor: bool,
    groups: Vec<Uuid>,
    password_hash: String,
    disabled: bool,
}

impl TryFrom<Found> for Credentials {
    type Error = sqlx::Error;

    fn try_from(found: Found) -> Result<Self, sqlx::Error> {
        let role = role(&found.role)?;
        let operator = Operator {
            id: found.id,
            name: found.name,
            role,
            must_change_password: found.must_change_password,
            scope: Scope::of(role, found.groups),
            second_factor: SecondFactor::of(role, found.has_second_factor, found.admins_need_second_factor),
        };
        Ok(Self { operator, password_hash: found.password_hash, disabled: found.disabled })
    }
}

/// The operator of this name, in any case of its letters, disabled or not.
pub async fn find_credentials(pool: &PgPool, name: &str) -> Result<Option<Credentials>, sqlx::Error> {
    let found = sqlx::query_as!(
        Found,
        r#"SELECT id, name, role, must_change_password, totp_since IS NOT NULL AS "has_second_factor!",
                  (SELECT admins_need_second_factor FROM settings) AS "admins_need_second_factor!",
                  ARRAY(SELECT group_id FROM operator_groups WHERE operator_id = operators.id ORDER BY 1) AS "groups!",
                  password_hash, disabled_at IS NOT NULL AS "disabled!"
           FROM operators WHERE lower(name) = lower($1)"#,
        name
    )
    .fetch_optional(pool)
    .await?;
    found.map(Credentials::try_from).transpose()
}

/// The operator of this id, disabled or not.
pub async fn credentials_of(pool: &PgPool, id: Uuid) -> Result<Option<Credentials>, sqlx::Error> {
    let found = sqlx::query_as!(
        Found,
        r#"SELECT id, name, role, must_change_password, totp_since IS NOT NULL AS "has_second_factor!",
                  (SELECT admins_need_second_factor FROM settings) AS "admins_need_second_factor!",
                  ARRAY(SELECT group_id FROM operator_groups WHERE operator_id = operators.id ORDER BY 1) AS "groups!",
                  password_hash, disabled_at IS NOT NULL AS "disabled!"
           FROM operators WHERE id = $1"#,
        id
    )
    .fetch_optional(pool)
    .await?;
    found.map(Credentials::try_from).transpose()
}

/// All operators by name; with `id`, that one alone.
pub async fn list(pool: &PgPool, id: Option<Uuid>) -> Result<Vec<Listed>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT id, name, role, must_change_password, disabled_at IS NOT NULL AS "disabled!",
                  totp_since IS NOT NULL AS "has_second_factor!", last_sign_in_at,
                  (SELECT count(*) FROM sessions s WHERE s.operator_id = operators.id AND s.expires_at > now()) AS "sessions!"
           FROM operators WHERE $1::uuid IS NULL OR id = $1 ORDER BY lower(name)"#,
        id
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Listed {
                id: row.id,
                role: role(&row.role)?,
                name: row.name,
                disabled: row.disabled,
                must_change_password: row.must_change_password,
                has_second_factor: row.has_second_factor,
                last_sign_in_at: row.last_sign_in_at,
                sessions: row.sessions,
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

/// The admins who can sign in. Nobody else disables one of them, or takes one's role, until the transaction ends: two who are
/// disabled at once would each count on the other.
pub async fn hold_admins(connection: &mut PgConnection) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("SELECT id FROM operators WHERE role = $1 AND disabled_at IS NULL ORDER BY id FOR UPDATE", Role::Admin.as_str())
        .fetch_all(connection)
        .await
}

/// The operator of this id, whom nobody else changes until the transaction ends.
pub async fn hold(connection: &mut PgConnection, id: Uuid) -> Result<Option<Held>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT name, role, disabled_at IS NOT NULL AS "disabled!", totp_since IS NOT NULL AS "has_second_factor!"
           FROM operators WHERE id = $1 FOR UPDATE"#,
        id
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| Ok(Held { role: role(&row.role)?, name: row.name, disabled: row.disabled, has_second_factor: row.has_second_factor }))
        .transpose()
}

/// Sets a password that somebody else has chosen.
pub async fn set_password(connection: &mut PgConnection, id: Uuid, password_hash: &str, must_change: bool) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE operators SET password_hash = $2, must_change_password = $3 WHERE id = $1", id, password_hash, must_change)
        .execute(connection)
        .await?;
    Ok(())
}

/// Sets the password that operators choose for themselves. False when they have been disabled, or `old_hash` is not their
/// password's any more: then nothing is changed.
pub async fn change_own_password(connection: &mut PgConnection, id: Uuid, old_hash: &str, new_hash: &str) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE operators SET password_hash = $3, must_change_password = false
         WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL",
        id,
        old_hash,
        new_hash
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
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

/// Disables an operator, or enables one again.
pub async fn set_disabled(connection: &mut PgConnection, id: Uuid, disabled: bool) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE operators SET disabled_at = CASE WHEN $2 THEN now() END WHERE id = $1", id, disabled).execute(connection).await?;
    Ok(())
}

/// Gives an operator a role.
pub async fn set_role(connection: &mut PgConnection, id: Uuid, role: Role) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE operators SET role = $2 WHERE id = $1", id, role.as_str()).execute(connection).await?;
    Ok(())
}

/// Ends every session of an operator; gives how many there were. Comes after the change of the operator, as a statement of its
/// own: only then does it see the sessions that began before that change was made.
pub async fn end_sessions(connection: &mut PgConnection, operator: Uuid) -> Result<u64, sqlx::Error> {
    let gone = sqlx::query!("DELETE FROM sessions WHERE operator_id = $1", operator).execute(connection).await?;
    Ok(gone.rows_affected())
}

/// Whether admins need a second factor.
pub async fn admins_need_second_factor(executor: impl PgExecutor<'_>) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!("SELECT admins_need_second_factor FROM settings").fetch_one(executor).await
}

/// Sets whether admins need a second factor. False when it was so already.
pub async fn need_second_factor(connection: &mut PgConnection, need: bool) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("UPDATE settings SET admins_need_second_factor = $1 WHERE admins_need_second_factor <> $1", need)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

fn role(stored: &str) -> Result<Role, sqlx::Error> {
    stored.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
