//! Server functions of groups.

use leptos::prelude::*;
use uuid::Uuid;

use super::view::{GroupFormStart, GroupRow};
use crate::domain::group_draft::GroupDraft;
use crate::error::AppError;
use crate::wire::{StrictJson, TextJson};

#[cfg(feature = "ssr")]
use super::{actions, db};
#[cfg(feature = "ssr")]
use crate::domain::role::Role;
#[cfg(feature = "ssr")]
use crate::door::door;

/// All groups that one sees.
#[server(endpoint = "list_groups", input = StrictJson, output = TextJson)]
pub async fn list_groups() -> Result<Vec<GroupRow>, AppError> {
    door(Role::Viewer, |caller| async move { Ok(db::list(&caller.pool, caller.scope()).await?) }).await
}

/// The names of the groups that one sees, for a choice among them.
#[server(endpoint = "group_names", input = StrictJson, output = TextJson)]
pub async fn group_names() -> Result<Vec<(Uuid, String)>, AppError> {
    door(Role::Viewer, |caller| async move { Ok(db::names(&caller.pool, caller.scope()).await?) }).await
}

/// What the group form starts from; `id` names the group to edit.
#[server(endpoint = "group_form", input = StrictJson, output = TextJson)]
pub async fn group_form(id: Option<Uuid>) -> Result<GroupFormStart, AppError> {
    if let Some(refused) = use_context::<GroupFormStart>() {
        return Ok(refused);
    }
    door(Role::Admin, |caller| async move { actions::start_form(&caller, id).await }).await
}

#[server(endpoint = "create_group", input = StrictJson, output = TextJson)]
pub async fn create_group(id: Uuid, draft: GroupDraft) -> Result<(), AppError> {
    door(Role::Admin, |caller| async move { actions::create(&caller, id, &draft).await }).await
}

#[server(endpoint = "update_group", input = StrictJson, output = TextJson)]
pub async fn update_group(id: Uuid, version: i32, draft: GroupDraft) -> Result<(), AppError> {
    door(Role::Admin, |caller| async move { actions::update(&caller, id, version, &draft).await }).await
}

#[server(endpoint = "delete_group", input = StrictJson, output = TextJson)]
pub async fn delete_group(id: Uuid) -> Result<(), AppError> {
    door(Role::Admin, |caller| async move { actions::delete(&caller, id).await }).await
}
