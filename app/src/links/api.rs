//! Server functions of links that are handed over without an SMS.

use leptos::prelude::*;
use uuid::Uuid;

use super::view::{ActivationCode, ActivationLink};
use crate::error::AppError;
use crate::wire::{StrictJson, TextJson};

#[cfg(feature = "ssr")]
use super::actions;
#[cfg(feature = "ssr")]
use crate::domain::role::Role;
#[cfg(feature = "ssr")]
use crate::door::door;

/// Makes a QR code that configures a phone, once; the one before it ends.
#[server(endpoint = "show_activation_code", input = StrictJson, output = TextJson)]
pub async fn show_activation_code(account: Uuid) -> Result<ActivationCode, AppError> {
    door(Role::Operator, |caller| async move { actions::show_code(&caller, account).await }).await
}

/// Makes an activation link that somebody hands over; the one before it ends, however it was sent.
#[server(endpoint = "copy_activation_link", input = StrictJson, output = TextJson)]
pub async fn copy_activation_link(account: Uuid) -> Result<ActivationLink, AppError> {
    door(Role::Operator, |caller| async move { actions::copy_link(&caller, account).await }).await
}
