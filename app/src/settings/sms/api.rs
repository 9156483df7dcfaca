//! Server functions of the SMS gateway.

use leptos::prelude::*;
use uuid::Uuid;

use super::view::{GatewayFormStart, TestMessage};
use crate::domain::gateway_draft::GatewayDraft;
use crate::error::AppError;
use crate::wire::{StrictJson, TextJson};

#[cfg(feature = "ssr")]
use super::{actions, test_actions};
#[cfg(feature = "ssr")]
use crate::domain::role::Role;
#[cfg(feature = "ssr")]
use crate::door::door;

/// What the form of the gateway starts from.
#[server(endpoint = "gateway_form", input = StrictJson, output = TextJson)]
pub async fn gateway_form() -> Result<GatewayFormStart, AppError> {
    if let Some(refused) = use_context::<GatewayFormStart>() {
        return Ok(refused);
    }
    door(Role::Admin, |caller| async move { actions::start_form(&caller).await }).await
}

/// Saves over the version that the form was opened on.
#[server(endpoint = "save_gateway", input = StrictJson, output = TextJson)]
pub async fn save_gateway(version: i32, draft: GatewayDraft) -> Result<(), AppError> {
    door(Role::Admin, |caller| async move { actions::save(&caller, version, &draft).await }).await
}

/// Queues a test message under the id that the page carries, and gives an id for the next one. Called twice, it sends one.
#[server(endpoint = "send_test_message", input = StrictJson, output = TextJson)]
pub async fn send_test_message(message: Uuid, number: String) -> Result<Uuid, AppError> {
    door(Role::Admin, |caller| async move {
        test_actions::send(&caller, message, &number).await?;
        Ok(Uuid::now_v7())
    })
    .await
}

/// Where a test message is; none of that id.
#[server(endpoint = "find_test_message", input = StrictJson, output = TextJson)]
pub async fn find_test_message(message: Uuid) -> Result<Option<TestMessage>, AppError> {
    door(Role::Admin, |caller| async move { Ok(test_actions::find(&caller.pool, message).await?) }).await
}
