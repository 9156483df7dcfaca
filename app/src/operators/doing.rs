//! What the Operators page asks for, done.

use uuid::Uuid;

use super::actions;
use super::db::{self, Listed};
use super::password::{self, HashError};
use super::view::{OperatorAct, OperatorList, OperatorRow, OperatorState};
use crate::domain::operator::OperatorName;
use crate::domain::role::Role;
use crate::domain::second_factor::SecondFactor;
use crate::domain::secret::Secret;
use crate::door::Caller;
use crate::error::AppError;
use crate::ui::time::to_millis;

/// All operators by name.
pub async fn list(caller: &Caller) -> Result<OperatorList, AppError> {
    let operators = db::list(&caller.pool, None).await?.into_iter().map(row).collect();
    Ok(OperatorList { operators, admins_need_second_factor: db::admins_need_second_factor(&caller.pool).await? })
}

/// One operator.
pub async fn show(caller: &Caller, id: Uuid) -> Result<OperatorRow, AppError> {
    let found = db::list(&caller.pool, Some(id)).await?.pop();
    found.map(row).ok_or_else(|| actions::ActError::Gone.into())
}

/// Adds an operator with a password that is good for choosing another.
pub async fn create(caller: &Caller, name: &str, role: Role) -> Result<Secret, AppError> {
    let name = OperatorName::parse(name).map_err(|error| AppError::Refused(error.to_string()))?;
    let (password, hash) = one_time_password().await?;
    actions::create(&caller.pool, caller.into(), &name, role, &hash, true).await?;
    Ok(password)
}

/// Saves what the form of an operator holds.
pub async fn save(caller: &Caller, id: Uuid, opened_on: Role, role: Role) -> Result<(), AppError> {
    actions::set_role(&caller.pool, caller.into(), id, Some(opened_on), role).await?;
    Ok(())
}

/// Does something to an operator. What is so already is no error.
pub async fn act(caller: &Caller, id: Uuid, act: OperatorAct) -> Result<Option<Secret>, AppError> {
    let pool = &caller.pool;
    let mut made = None;
    match act {
        OperatorAct::Disable => {
            actions::disable(pool, caller.into(), id).await?;
        }
        OperatorAct::Enable => {
            actions::enable(pool, caller.into(), id).await?;
        }
        OperatorAct::EndSessions => {
            actions::end_sessions(pool, caller.into(), id).await?;
        }
        OperatorAct::RemoveSecondFactor => {
            actions::remove_second_factor(pool, caller.into(), id).await?;
        }
        OperatorAct::ResetPassword => {
            let (password, hash) = one_time_password().await?;
            actions::reset_password(pool, caller.into(), id, &hash, true, false).await?;
            made = Some(password);
        }
    }
    Ok(made)
}

/// Sets whether admins need a second factor.
pub async fn need_second_factor(caller: &Caller, need: bool) -> Result<(), AppError> {
    if need && caller.operator.second_factor != SecondFactor::On {
        let sentence = "You have no second factor yourself. Set one up first, under Your account: then you know that it works.";
        return Err(AppError::Refused(sentence.into()));
    }
    Ok(actions::need_second_factor(&caller.pool, caller.into(), need).await?)
}

/// A password and its hash.
async fn one_time_password() -> Result<(Secret, String), AppError> {
    let not_made = |error: HashError| AppError::internal(&error);
    let password = password::one_time().map_err(not_made)?;
    let hash = password::hash(password.clone()).await.map_err(not_made)?;
    Ok((password, hash))
}

fn row(listed: Listed) -> OperatorRow {
    let state = match (listed.disabled, listed.must_change_password) {
        (true, _) => OperatorState::Disabled,
        (false, true) => OperatorState::MustChangePassword,
        (false, false) => OperatorState::Active,
    };
    OperatorRow {
        id: listed.id,
        name: listed.name,
        role: listed.role,
        state,
        has_second_factor: listed.has_second_factor,
        last_sign_in: listed.last_sign_in_at.map(to_millis),
        sessions: listed.sessions,
    }
}
