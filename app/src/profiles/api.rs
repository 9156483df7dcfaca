//! Server functions of provisioning profiles.

use leptos::prelude::*;
use uuid::Uuid;

use super::view::{ProfileFormStart, ProfileRow};
use crate::domain::profile_draft::ProfileDraft;
use crate::error::AppError;
use crate::wire::{StrictJson, TextJson};

#[cfg(feature = "ssr")]
use super::{actions, db};
#[cfg(feature = "ssr")]
use crate::domain::role::Role;
#[cfg(feature = "ssr")]
use crate::door::door;

/// All profiles.
#[server(endpoint = "list_profiles", input = StrictJson, output = TextJson)]
pub async fn list_profiles() -> Result<Vec<ProfileRow>, AppError> {
    door(Role::Viewer, |caller| async move { Ok(db::list(&caller.pool, caller.scope()).await?) }).await
}

/// What the profile form starts from; `id` names the profile to edit.
#[server(endpoint = "profile_form", input = StrictJson, output = TextJson)]
pub async fn profile_form(id: Option<Uuid>) -> Result<ProfileFormStart, AppError> {
    if let Some(refused) = use_context::<ProfileFormStart>() {
        return Ok(refused);
    }
    door(Role::Admin, |caller| async move { actions::start_form(&caller, id).await }).await
}

#[server(endpoint = "create_profile", input = StrictJson, output = TextJson)]
pub async fn create_profile(id: Uuid, draft: ProfileDraft) -> Result<(), AppError> {
    door(Role::Admin, |caller| async move { actions::create(&caller, id, &draft).await }).await
}

#[server(endpoint = "update_profile", input = StrictJson, output = TextJson)]
pub async fn update_profile(id: Uuid, version: i32, draft: ProfileDraft) -> Result<(), AppError> {
    door(Role::Admin, |caller| async move { actions::update(&caller, id, version, &draft).await }).await
}

/// Makes a profile the service's default.
#[server(endpoint = "make_default_profile", input = StrictJson, output = TextJson)]
pub async fn make_default_profile(id: Uuid) -> Result<(), AppError> {
    door(Role::Admin, |caller| async move { actions::make_default(&caller, id).await }).await
}

#[server(endpoint = "delete_profile", input = StrictJson, output = TextJson)]
pub async fn delete_profile(id: Uuid) -> Result<(), AppError> {
    door(Role::Admin, |caller| async move { actions::delete(&caller, id).await }).await
}
