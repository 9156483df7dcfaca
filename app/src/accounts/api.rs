//! Server functions of accounts.

use leptos::prelude::*;
use server_fn::codec::{ByteStream, Streaming};
use uuid::Uuid;

use super::view::{AccountDetails, AccountFormStart, AccountList, AccountRow, ExactCount, MadeByWizard, Taken};
use crate::domain::account_draft::AccountDraft;
use crate::domain::account_filter::AccountFilter;
use crate::domain::account_query::AccountQuery;
use crate::domain::account_type::AccountType;
use crate::domain::bulk::{BulkAction, Selection};
use crate::error::AppError;
use crate::wire::{StrictJson, TextJson};

#[cfg(feature = "ssr")]
use super::{actions, bulk, find, forms, page_size, wizard};
#[cfg(feature = "ssr")]
use crate::domain::role::Role;
#[cfg(feature = "ssr")]
use crate::door::door;

/// So many rows a list may ask for by their ids.
#[cfg(feature = "ssr")]
const ROWS_AT_ONCE: usize = 500;

/// One page of the Account List; with the counts of the line under the table, if they are wanted.
#[server(endpoint = "list_accounts", input = StrictJson, output = TextJson)]
pub async fn list_accounts(query: AccountQuery, counts: bool) -> Result<AccountList, AppError> {
    let size = page_size::of_request(query.size);
    door(Role::Viewer, |caller| async move { Ok(find::list(&caller.pool, caller.scope(), &query, size, counts).await?) }).await
}

/// The rows of these accounts as they are now, of those that are there: what open lists look at again.
#[server(endpoint = "accounts_of", input = StrictJson, output = TextJson)]
pub async fn accounts_of(ids: Vec<Uuid>) -> Result<Vec<AccountRow>, AppError> {
    door(Role::Viewer, |caller| async move {
        if ids.len() > ROWS_AT_ONCE {
            return Err(AppError::BadRequest);
        }
        Ok(find::rows_of(&caller.pool, caller.scope(), &ids).await?)
    })
    .await
}

/// How many accounts match, counted to the end.
#[server(endpoint = "count_accounts", input = StrictJson, output = TextJson)]
pub async fn count_accounts(filter: AccountFilter) -> Result<ExactCount, AppError> {
    door(Role::Viewer, |caller| async move { Ok(find::count_all(&caller.pool, caller.scope(), &filter).await?) }).await
}

/// Changes many accounts, each for itself: what fails is told and does not stop the others. Answers with lines of JSON,
/// each a [`crate::domain::bulk::Progress`], while the work goes on; it stops when nobody listens any more.
#[server(endpoint = "change_accounts", input = StrictJson, output = Streaming)]
pub async fn change_accounts(selection: Selection, action: BulkAction) -> Result<ByteStream<AppError>, AppError> {
    door(Role::Operator, |caller| async move { bulk::start(caller, selection, action) }).await
}

/// Show Account.
#[server(endpoint = "show_account", input = StrictJson, output = TextJson)]
pub async fn show_account(id: Uuid) -> Result<AccountDetails, AppError> {
    door(Role::Viewer, |caller| async move { actions::show(&caller, id).await }).await
}

/// Show Account as it is now: what an open page looks at again by itself.
#[server(endpoint = "account_now", input = StrictJson, output = TextJson)]
pub async fn account_now(id: Uuid) -> Result<AccountDetails, AppError> {
    door(Role::Viewer, |caller| async move { actions::show(&caller, id).await }).await
}

/// What the form of a new account starts from.
#[server(endpoint = "new_account_form", input = StrictJson, output = TextJson)]
pub async fn new_account_form(group: Option<Uuid>, account_type: AccountType) -> Result<AccountFormStart, AppError> {
    if let Some(refused) = use_context::<AccountFormStart>() {
        return Ok(refused);
    }
    door(Role::Operator, |caller| async move { forms::start_new(&caller, group, account_type).await }).await
}

/// What the form of the wizard starts from.
#[server(endpoint = "wizard_form", input = StrictJson, output = TextJson)]
pub async fn wizard_form(group: Option<Uuid>) -> Result<AccountFormStart, AppError> {
    if let Some(refused) = use_context::<AccountFormStart>() {
        return Ok(refused);
    }
    door(Role::Operator, |caller| async move { forms::start_wizard(&caller, group).await }).await
}

/// What the form of an account that is there starts from.
#[server(endpoint = "edit_account_form", input = StrictJson, output = TextJson)]
pub async fn edit_account_form(id: Uuid) -> Result<AccountFormStart, AppError> {
    if let Some(refused) = use_context::<AccountFormStart>() {
        return Ok(refused);
    }
    door(Role::Operator, |caller| async move { forms::start_edit(&caller, id).await }).await
}

/// Another free username.
#[server(endpoint = "suggest_username", input = StrictJson, output = TextJson)]
pub async fn suggest_username() -> Result<String, AppError> {
    door(Role::Operator, |caller| async move { forms::free_username(&caller).await }).await
}

/// Whether another account than `id` has this username or number.
#[server(endpoint = "taken_fields", input = StrictJson, output = TextJson)]
pub async fn taken_fields(id: Uuid, username: String, number: String) -> Result<Taken, AppError> {
    door(Role::Operator, |caller| async move { actions::taken(&caller, id, &username, &number).await }).await
}

#[server(endpoint = "create_account", input = StrictJson, output = TextJson)]
pub async fn create_account(id: Uuid, draft: AccountDraft) -> Result<(), AppError> {
    door(Role::Operator, |caller| async move { actions::create(&caller, id, &draft).await.map(|_group| ()) }).await
}

/// Makes an account that is disabled until its phone is activated.
#[server(endpoint = "create_by_wizard", input = StrictJson, output = TextJson)]
pub async fn create_by_wizard(id: Uuid, draft: AccountDraft) -> Result<MadeByWizard, AppError> {
    door(Role::Operator, |caller| async move { wizard::create(&caller, id, &draft).await }).await
}

#[server(endpoint = "update_account", input = StrictJson, output = TextJson)]
pub async fn update_account(id: Uuid, version: i32, draft: AccountDraft) -> Result<(), AppError> {
    door(Role::Operator, |caller| async move { actions::update(&caller, id, version, &draft).await.map(|_group| ()) }).await
}

/// Enables the account, or disables it.
#[server(endpoint = "enable_account", input = StrictJson, output = TextJson)]
pub async fn enable_account(id: Uuid, enabled: bool) -> Result<(), AppError> {
    door(Role::Operator, |caller| async move { actions::set_enabled(&caller, id, enabled).await }).await
}

#[server(endpoint = "delete_account", input = StrictJson, output = TextJson)]
pub async fn delete_account(id: Uuid) -> Result<(), AppError> {
    door(Role::Operator, |caller| async move { actions::delete(&caller, id).await }).await
}
