//! Server functions of the groups that operators are limited to.

use leptos::prelude::*;
use uuid::Uuid;

use super::group_limit::GroupLimit;
use crate::error::AppError;
use crate::wire::{StrictJson, TextJson};

#[cfg(feature = "ssr")]
use super::limits;
#[cfg(feature = "ssr")]
use crate::domain::role::Role;
#[cfg(feature = "ssr")]
use crate::door::door;

/// The groups that an operator is limited to, and those that there are.
#[server(endpoint = "operator_groups", input = StrictJson, output = TextJson)]
pub async fn operator_groups(operator: Uuid) -> Result<GroupLimit, AppError> {
    door(Role::Admin, |caller| async move { limits::of(&caller, operator).await }).await
}

/// Limits an operator to these groups; without, the operator sees all groups.
#[server(endpoint = "limit_operator", input = StrictJson, output = TextJson)]
pub async fn limit_operator(operator: Uuid, groups: Option<Vec<Uuid>>) -> Result<(), AppError> {
    door(Role::Admin, |caller| async move { limits::limit(&caller.pool, (&caller).into(), operator, groups.as_deref()).await }).await
}
