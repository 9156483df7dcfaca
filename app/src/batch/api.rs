//! Server functions of batches. The rows themselves are sent to an address of their own (`server/src/batch_upload.rs`).

use leptos::prelude::*;
use server_fn::codec::{ByteStream, Streaming};
use uuid::Uuid;

use super::view::{BatchDetails, BatchStart, BatchView};
use crate::error::AppError;
use crate::wire::{StrictJson, TextJson};

#[cfg(feature = "ssr")]
use super::{db, undo};
#[cfg(feature = "ssr")]
use crate::domain::role::Role;
#[cfg(feature = "ssr")]
use crate::door::door;
#[cfg(feature = "ssr")]
use crate::{groups, profiles};

/// The newest batches of the groups that one sees, or those before one; whether there are more.
#[server(endpoint = "list_batches", input = StrictJson, output = TextJson)]
pub async fn list_batches(before: Option<Uuid>) -> Result<(Vec<BatchView>, bool), AppError> {
    door(Role::Viewer, |caller| async move {
        let mut batches = db::list(&caller.pool, caller.scope(), before).await?;
        let page = usize::try_from(db::PAGE).unwrap_or_default();
        let more = batches.len() > page;
        batches.truncate(page);
        Ok((batches, more))
    })
    .await
}

/// The result of a batch.
#[server(endpoint = "show_batch", input = StrictJson, output = TextJson)]
pub async fn show_batch(id: Uuid) -> Result<BatchDetails, AppError> {
    door(Role::Viewer, |caller| async move {
        db::details(&caller.pool, caller.scope(), id).await?.ok_or_else(|| AppError::NotFound("There is no such batch.".into()))
    })
    .await
}

/// What the page of a new batch starts from.
#[server(endpoint = "new_batch_form", input = StrictJson, output = TextJson)]
pub async fn new_batch_form() -> Result<BatchStart, AppError> {
    door(Role::Operator, |caller| async move {
        let groups = groups::db::choices(&caller.pool, caller.scope()).await?;
        Ok(BatchStart { groups, profiles: profiles::db::choices(&caller.pool).await? })
    })
    .await
}

/// Whether a batch was stored, which is asked when the line broke while it was. Who is storing it is waited for, so that the answer
/// stays true.
#[server(endpoint = "is_batch_stored", input = StrictJson, output = TextJson)]
pub async fn is_batch_stored(id: Uuid) -> Result<bool, AppError> {
    door(Role::Operator, |caller| async move { Ok(db::is_stored(&caller.pool, caller.scope(), id).await?) }).await
}

/// Takes a batch back. Answers with lines of JSON, each a [`super::view::BatchProgress`]; it stops, and nothing is changed, when
/// nobody listens any more.
#[server(endpoint = "undo_batch", input = StrictJson, output = Streaming)]
pub async fn undo_batch(id: Uuid) -> Result<ByteStream<AppError>, AppError> {
    door(Role::Operator, |caller| async move { Ok(undo::start(caller, id)) }).await
}
