//! Server functions of SMSes.

use leptos::prelude::*;
use uuid::Uuid;

use super::view::SmsPreview;
use crate::domain::message::SmsKind;
use crate::error::AppError;
use crate::wire::{StrictJson, TextJson};

#[cfg(feature = "ssr")]
use super::{db, send};
#[cfg(feature = "ssr")]
use crate::domain::role::Role;
#[cfg(feature = "ssr")]
use crate::door::door;

/// What the dialog before an SMS says; refused when none can be sent.
#[server(endpoint = "preview_sms", input = StrictJson, output = TextJson)]
pub async fn preview_sms(account: Uuid, kind: SmsKind) -> Result<SmsPreview, AppError> {
    door(Role::Operator, |caller| async move { send::preview(&caller, account, kind).await }).await
}

/// Whether SMSes are only shown on the Messages page, since no gateway is set up.
#[server(endpoint = "is_development_gateway", input = StrictJson, output = TextJson)]
pub async fn is_development_gateway() -> Result<bool, AppError> {
    door(Role::Operator, |caller| async move { Ok(db::settings(&caller.pool).await?.is_development) }).await
}

/// Queues an SMS under the id of its preview, and gives the number that it goes to. Called twice, it sends one.
#[server(endpoint = "send_sms", input = StrictJson, output = TextJson)]
pub async fn send_sms(message: Uuid, account: Uuid, kind: SmsKind) -> Result<String, AppError> {
    door(Role::Operator, |caller| async move { Ok(send::send(&caller, message, account, kind).await?) }).await
}
