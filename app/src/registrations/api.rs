//! Server functions of registrations.

use leptos::prelude::*;
use uuid::Uuid;

use crate::error::AppError;
use crate::wire::{StrictJson, TextJson};

#[cfg(feature = "ssr")]
use super::actions;
#[cfg(feature = "ssr")]
use crate::domain::role::Role;
#[cfg(feature = "ssr")]
use crate::door::door;

/// Ends the registrations of an account: its phone is offline until it registers again.
#[server(endpoint = "drop_registration", input = StrictJson, output = TextJson)]
pub async fn drop_registration(id: Uuid) -> Result<(), AppError> {
    door(Role::Operator, |caller| async move { actions::drop_of(&caller, id).await }).await
}
