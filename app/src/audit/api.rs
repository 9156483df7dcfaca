//! Server functions of the audit log.

use leptos::prelude::*;

use super::view::AuditList;
use crate::domain::audit_query::AuditQuery;
use crate::error::AppError;
use crate::wire::{StrictJson, TextJson};

#[cfg(feature = "ssr")]
use super::find;
#[cfg(feature = "ssr")]
use crate::domain::role::Role;
#[cfg(feature = "ssr")]
use crate::door::door;

/// The page: the next entries of a choice.
#[server(endpoint = "list_audit", input = StrictJson, output = TextJson)]
pub async fn list_audit(query: AuditQuery) -> Result<AuditList, AppError> {
    door(Role::Admin, |caller| async move { Ok(find::list(&caller.pool, &query).await?) }).await
}
