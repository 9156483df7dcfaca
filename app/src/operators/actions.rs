//! What can be done to operators, by an admin or at the machine's terminal: checked, done, and written to the history in one
//! transaction.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::db::{self, CreateError, Held};
use super::second_factor;
use super::sign_in::forget_failures;
use crate::audit::Change;
use crate::audit::db::{Author, Subject, record};
use crate::domain::operator::OperatorName;
use crate::domain::role::Role;
use crate::error::AppError;

/// The rules for operators; the history knows them under this id.
const RULES: Subject<'static> =
    Subject { kind: "settings", id: Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0015), name: "Operators" };

/// Why something was not done to an operator, in the words of the page.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    #[error("There is an operator {0} already. Choose another name; upper and lower case are alike.")]
    NameTaken(String),
    #[error("There is no such operator.")]
    Gone,
    #[error("{0} is the only admin who can sign in. Make another operator an admin first.")]
    LastAdmin(String),
    #[error("{0}")]
    OnOneself(&'static str),
    #[error("Somebody else has changed the role of {0} meanwhile: it is {role} now. Reload the page and look again.", role = .1.as_str())]
    Overtaken(String, Role),
    #[error("{0} is disabled. Enable the operator first: a new password would open nothing.")]
    Disabled(String),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<ActError> for AppError {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Database(error) => error.into(),
            ActError::Gone => Self::NotFound(error.to_string()),
            other => Self::Refused(other.to_string()),
        }
    }
}

/// Adds an operator. With `must_change` the password opens nothing but its own change.
pub async fn create(
    pool: &PgPool,
    author: Author<'_>,
    name: &OperatorName,
    role: Role,
    password_hash: &str,
    must_change: bool,
) -> Result<Uuid, ActError> {
    let mut tx = pool.begin().await?;
    let id = match db::create(&mut *tx, name.as_str(), role, password_hash, must_change).await {
        Ok(id) => id,
        Err(CreateError::NameTaken) => return Err(ActError::NameTaken(name.to_string())),
        Err(CreateError::Database(error)) => return Err(error.into()),
    };
    record(&mut tx, author, "created", subject(id, name.as_str()), &[changed("Role", "", role.as_str())]).await?;
    tx.commit().await?;
    Ok(id)
}

/// Gives an operator another role, and ends the sessions that began with the one before. `opened_on` is the role that the author
/// has seen. False when it is the operator's already.
pub async fn set_role(pool: &PgPool, author: Author<'_>, id: Uuid, opened_on: Option<Role>, role: Role) -> Result<bool, ActError> {
    let mut tx = pool.begin().await?;
    let admins = db::hold_admins(&mut tx).await?;
    let held = hold(&mut tx, id).await?;
    if held.role == role {
        return Ok(false);
    }
    if author.id == Some(id) {
        return Err(ActError::OnOneself("You cannot change your own role: by mistake you would shut yourself out. Ask another admin."));
    }
    if opened_on.is_some_and(|opened_on| opened_on != held.role) {
        return Err(ActError::Overtaken(held.name, held.role));
    }
    if admins == [id] {
        return Err(ActError::LastAdmin(held.name));
    }
    db::set_role(&mut tx, id, role).await?;
    db::end_sessions(&mut tx, id).await?;
    let change = changed("Role", held.role.as_str(), role.as_str());
    record(&mut tx, author, "updated", subject(id, &held.name), &[change]).await?;
    tx.commit().await?;
    Ok(true)
}

/// Lets an operator in no more, and ends the operator's sessions. False when the operator was disabled already.
pub async fn disable(pool: &PgPool, author: Author<'_>, id: Uuid) -> Result<bool, ActError> {
    let mut tx = pool.begin().await?;
    let admins = db::hold_admins(&mut tx).await?;
    let held = hold(&mut tx, id).await?;
    if author.id == Some(id) {
        return Err(ActError::OnOneself("You cannot disable yourself: nobody could take it back for you here. Ask another admin."));
    }
    if held.disabled {
        return Ok(false);
    }
    if admins == [id] {
        return Err(ActError::LastAdmin(held.name));
    }
    db::set_disabled(&mut tx, id, true).await?;
    db::end_sessions(&mut tx, id).await?;
    record(&mut tx, author, "disabled", subject(id, &held.name), &[]).await?;
    tx.commit().await?;
    Ok(true)
}

/// Lets a disabled operator in again, with the password of before. False when the operator was not disabled.
pub async fn enable(pool: &PgPool, author: Author<'_>, id: Uuid) -> Result<bool, ActError> {
    let mut tx = pool.begin().await?;
    let held = hold(&mut tx, id).await?;
    if !held.disabled {
        return Ok(false);
    }
    db::set_disabled(&mut tx, id, false).await?;
    record(&mut tx, author, "enabled", subject(id, &held.name), &[]).await?;
    tx.commit().await?;
    Ok(true)
}

/// Sets a password that the operator has not chosen, ends the operator's sessions, and lets the name be tried at once. A disabled
/// operator is refused, or enabled with `enable`.
pub async fn reset_password(
    pool: &PgPool,
    author: Author<'_>,
    id: Uuid,
    password_hash: &str,
    must_change: bool,
    enable: bool,
) -> Result<(), ActError> {
    let mut tx = pool.begin().await?;
    let held = hold(&mut tx, id).await?;
    if author.id == Some(id) {
        return Err(ActError::OnOneself("Change your own password under Your account."));
    }
    if held.disabled && !enable {
        return Err(ActError::Disabled(held.name));
    }
    db::set_password(&mut tx, id, password_hash, must_change).await?;
    if held.disabled {
        db::set_disabled(&mut tx, id, false).await?;
        record(&mut tx, author, "enabled", subject(id, &held.name), &[]).await?;
    }
    db::end_sessions(&mut tx, id).await?;
    record(&mut tx, author, "password reset", subject(id, &held.name), &[]).await?;
    forget_failures(&mut *tx, &held.name).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends every session of an operator; gives how many there were.
pub async fn end_sessions(pool: &PgPool, author: Author<'_>, id: Uuid) -> Result<u64, ActError> {
    let mut tx = pool.begin().await?;
    let held = hold(&mut tx, id).await?;
    if author.id == Some(id) {
        return Err(ActError::OnOneself("End your own sessions under Your account."));
    }
    let ended = db::end_sessions(&mut tx, id).await?;
    if ended > 0 {
        record(&mut tx, author, "sessions ended", subject(id, &held.name), &[]).await?;
    }
    tx.commit().await?;
    Ok(ended)
}

/// Takes the second factor of an operator away who has lost the phone, and ends the operator's sessions. False when there is none.
pub async fn remove_second_factor(pool: &PgPool, author: Author<'_>, id: Uuid) -> Result<bool, ActError> {
    let mut tx = pool.begin().await?;
    let held = hold(&mut tx, id).await?;
    if author.id == Some(id) {
        return Err(ActError::OnOneself("Remove your own second factor under Your account: it asks for a code."));
    }
    if !held.has_second_factor {
        return Ok(false);
    }
    second_factor::forget(&mut tx, id).await?;
    // Whoever has found the phone may be signed in.
    db::end_sessions(&mut tx, id).await?;
    record(&mut tx, author, "second factor removed", subject(id, &held.name), &[]).await?;
    tx.commit().await?;
    Ok(true)
}

/// Sets the password that operators choose for themselves, and ends every session of theirs. False when they have been disabled, or
/// `old_hash` is not their password's any more: then nothing is changed.
pub async fn change_own_password(pool: &PgPool, author: Author<'_>, id: Uuid, old_hash: &str, new_hash: &str) -> Result<bool, sqlx::Error> {
    let mut tx = pool.begin().await?;
    if !db::change_own_password(&mut tx, id, old_hash, new_hash).await? {
        return Ok(false);
    }
    db::end_sessions(&mut tx, id).await?;
    record(&mut tx, author, "password changed", subject(id, author.name), &[]).await?;
    tx.commit().await?;
    Ok(true)
}

/// Sets whether admins need a second factor.
pub async fn need_second_factor(pool: &PgPool, author: Author<'_>, need: bool) -> Result<(), sqlx::Error> {
    let word = |need| if need { "true" } else { "false" };
    let mut tx = pool.begin().await?;
    if db::need_second_factor(&mut tx, need).await? {
        let change = changed("Admins need a second factor", word(!need), word(need));
        record(&mut tx, author, "updated", RULES, &[change]).await?;
    }
    tx.commit().await
}

async fn hold(connection: &mut PgConnection, id: Uuid) -> Result<Held, ActError> {
    db::hold(connection, id).await?.ok_or(ActError::Gone)
}

/// An operator, for the history.
pub const fn subject(id: Uuid, name: &str) -> Subject<'_> {
    Subject { kind: "operator", id, name }
}

fn changed(field: &str, before: &str, after: &str) -> Change {
    Change { field: field.into(), before: before.into(), after: after.into() }
}
