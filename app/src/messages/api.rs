//! Server functions of SMSes.

use leptos::prelude::*;
use uuid::Uuid;

use super::view::{LoggedMessage, MessageList, SmsPreview};
use crate::domain::message::SmsKind;
use crate::domain::message_query::{MessageFilter, MessageQuery};
use crate::error::AppError;
use crate::wire::{StrictJson, TextJson};

#[cfg(feature = "ssr")]
use super::{db, find, resend, send};
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

/// The Messages page: the next SMSes of a choice.
#[server(endpoint = "list_messages", input = StrictJson, output = TextJson)]
pub async fn list_messages(query: MessageQuery) -> Result<MessageList, AppError> {
    door(Role::Viewer, |caller| async move { Ok(find::list(&caller, &query).await?) }).await
}

/// These SMSes as they are now, and the newest of a choice: what an open page looks at again by itself.
#[server(endpoint = "messages_now", input = StrictJson, output = TextJson)]
pub async fn messages_now(ids: Vec<Uuid>, newest: Option<MessageFilter>) -> Result<Vec<LoggedMessage>, AppError> {
    door(Role::Viewer, |caller| async move {
        if ids.len() > find::AT_ONCE {
            return Err(AppError::BadRequest);
        }
        let mut found = find::those(&caller, &ids).await?;
        if let Some(filter) = newest {
            found.extend(find::list(&caller, &MessageQuery::of(filter)).await?.messages);
        }
        Ok(found)
    })
    .await
}

/// Queues an SMS, under the id `message`, in the place of one that has failed or is unknown, with a new link; gives the number
/// that it goes to. Called twice, it sends one.
#[server(endpoint = "resend_sms", input = StrictJson, output = TextJson)]
pub async fn resend_sms(message: Uuid, of: Uuid) -> Result<String, AppError> {
    door(Role::Operator, |caller| async move { resend::resend(&caller, message, of).await }).await
}
