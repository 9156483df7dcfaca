//! Server functions of operators.

use leptos::prelude::*;
use uuid::Uuid;

use super::view::{OperatorAct, OperatorList, OperatorRow, OwnAccount};
use crate::domain::role::Role;
use crate::domain::secret::Secret;
use crate::error::AppError;
use crate::wire::{StrictJson, TextJson};

#[cfg(feature = "ssr")]
use super::{doing, sessions};
#[cfg(feature = "ssr")]
use crate::door::door;

/// All operators.
#[server(endpoint = "list_operators", input = StrictJson, output = TextJson)]
pub async fn list_operators() -> Result<OperatorList, AppError> {
    door(Role::Admin, |caller| async move { doing::list(&caller).await }).await
}

/// One operator.
#[server(endpoint = "show_operator", input = StrictJson, output = TextJson)]
pub async fn show_operator(id: Uuid) -> Result<OperatorRow, AppError> {
    door(Role::Admin, |caller| async move { doing::show(&caller, id).await }).await
}

/// Adds an operator; gives the one-time password, which is in no other place.
#[server(endpoint = "create_operator", input = StrictJson, output = TextJson)]
pub async fn create_operator(name: String, role: Role) -> Result<Secret, AppError> {
    door(Role::Admin, |caller| async move { doing::create(&caller, &name, role).await }).await
}

/// Saves the form of an operator over the role that it was opened on.
#[server(endpoint = "save_operator", input = StrictJson, output = TextJson)]
pub async fn save_operator(id: Uuid, opened_on: Role, role: Role) -> Result<(), AppError> {
    door(Role::Admin, |caller| async move { doing::save(&caller, id, opened_on, role).await }).await
}

/// Does something to an operator; gives a one-time password if that is what it makes.
#[server(endpoint = "act_on_operator", input = StrictJson, output = TextJson)]
pub async fn act_on_operator(id: Uuid, act: OperatorAct) -> Result<Option<Secret>, AppError> {
    door(Role::Admin, |caller| async move { doing::act(&caller, id, act).await }).await
}

/// Sets whether admins need a second factor.
#[server(endpoint = "need_second_factor", input = StrictJson, output = TextJson)]
pub async fn need_second_factor(need: bool) -> Result<(), AppError> {
    door(Role::Admin, |caller| async move { doing::need_second_factor(&caller, need).await }).await
}

/// One's own second factor and sessions.
#[server(endpoint = "own_account", input = StrictJson, output = TextJson)]
pub async fn show_own_account() -> Result<OwnAccount, AppError> {
    let this = sessions::this();
    door(Role::Viewer, |caller| async move { sessions::own_account(&caller, this.as_ref()).await }).await
}
