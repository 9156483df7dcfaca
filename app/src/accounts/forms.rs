//! What the account form starts from.

use axum::http::StatusCode;
use uuid::Uuid;

use super::db;
use super::refusals::found;
use super::view::{AccountFormStart, AccountView};
use crate::domain::account_draft::AccountDraft;
use crate::domain::account_type::AccountType;
use crate::domain::edit_conflict::Conflict;
use crate::domain::field_errors::FieldErrors;
use crate::domain::registration::cannot_answer_keep_alive;
use crate::domain::username::Username;
use crate::door::Caller;
use crate::error::AppError;
use crate::{groups, profiles, registrations, settings};

/// A new account of `account_type`, in the group one came from.
pub async fn start_new(caller: &Caller, group: Option<Uuid>, account_type: AccountType) -> Result<AccountFormStart, AppError> {
    let username = free_username(caller).await?;
    let draft = AccountDraft {
        number: username.clone(),
        username,
        group: group.map(|id| id.to_string()).unwrap_or_default(),
        keep_alive: account_type == AccountType::Snom,
        account_type,
        ..AccountDraft::default()
    };
    let mut start = start(caller, Uuid::now_v7(), draft).await?;
    if let (true, [only]) = (start.draft.group.is_empty(), start.groups.as_slice()) {
        start.draft.group = only.id.to_string();
    }
    Ok(start)
}

/// A new account of the wizard, in the group one came from and with the profile that is in force there.
pub async fn start_wizard(caller: &Caller, group: Option<Uuid>) -> Result<AccountFormStart, AppError> {
    let mut start = start_new(caller, group, AccountType::Pgsm).await?;
    start.draft.number = String::new();
    let chosen = start.groups.iter().find(|group| group.id.to_string() == start.draft.group).map(|group| group.profile_id);
    // The service's default is the first one.
    let profile = chosen.or_else(|| start.profiles.first().map(|profile| profile.id));
    start.draft.profile = profile.map(|id| id.to_string()).unwrap_or_default();
    Ok(start)
}

/// The account of `id`, to be edited.
pub async fn start_edit(caller: &Caller, id: Uuid) -> Result<AccountFormStart, AppError> {
    let account = stored(caller, id).await?;
    let mut start = start(caller, id, account.draft()).await?;
    tell_of_phone(caller, &mut start, &account).await?;
    Ok(AccountFormStart { version: account.version, saved: Some(account), ..start })
}

/// The form again as it was posted, with what it was refused for. `edited` is the version that it carried, for an account
/// that is there. Passwords have to be typed again: they are never sent back.
pub async fn start_again(
    caller: &Caller,
    id: Uuid,
    edited: Option<i32>,
    draft: AccountDraft,
    error: AppError,
) -> Result<(AccountFormStart, StatusCode), AppError> {
    let status = error.status();
    let mut start = start(caller, id, draft.without_secrets()).await?;
    if let Some(version) = edited {
        // It stays on its version: what somebody else saves meanwhile is a conflict, whatever this form was refused for.
        start.version = version;
        let account = stored(caller, id).await?;
        tell_of_phone(caller, &mut start, &account).await?;
        start.saved = Some(account);
    }
    match error {
        AppError::InvalidAccount(errors) => start.errors = errors,
        AppError::EditConflict(theirs) => {
            let theirs = theirs.read().ok_or(AppError::BadRequest)?;
            let new_password = theirs.password_version > start.version;
            let (ours, stored) = (start.draft.for_type(), theirs.draft().for_type());
            start.conflict = Some(Conflict::between(None, &ours, &stored, new_password).1);
            start.version = theirs.version;
            start.saved = Some(theirs);
        }
        other => start.message = Some(other.to_string()),
    }
    Ok((start, status))
}

async fn stored(caller: &Caller, id: Uuid) -> Result<AccountView, AppError> {
    found(&mut *caller.pool.acquire().await?, caller.scope(), id).await
}

/// Adds what is known of the account's phone, for the guards of the form.
async fn tell_of_phone(caller: &Caller, start: &mut AccountFormStart, account: &AccountView) -> Result<(), AppError> {
    let client = registrations::db::last_client(&caller.pool, account.id).await?;
    start.unreachable_client = client.filter(|client| cannot_answer_keep_alive(client));
    let mut registered = registrations::db::of(&caller.pool, std::slice::from_ref(&account.username)).await?;
    start.registered_from = registered.remove(&account.username).and_then(|registration| registration.origin).map(|origin| origin.address);
    Ok(())
}

async fn start(caller: &Caller, id: Uuid, draft: AccountDraft) -> Result<AccountFormStart, AppError> {
    let settings = settings::load(&caller.pool).await?;
    Ok(AccountFormStart {
        id,
        version: 0,
        saved: None,
        draft,
        groups: groups::db::choices(&caller.pool, caller.scope()).await?,
        profiles: profiles::db::choices(&caller.pool).await?,
        sip_domain: settings.sip_domain,
        keep_alive_seconds: settings.keep_alive_seconds.unsigned_abs(),
        unreachable_client: None,
        registered_from: None,
        errors: FieldErrors::default(),
        message: None,
        conflict: None,
    })
}

/// A random 10-digit username that neither a username nor a number has.
pub async fn free_username(caller: &Caller) -> Result<String, AppError> {
    loop {
        let random = getrandom::u64().map_err(|error| AppError::internal(&error))?;
        let username = Username::from_random(random).as_str().to_owned();
        let taken = db::taken(&caller.pool, Uuid::nil(), &username, &username).await?;
        if !taken.username && !taken.number {
            return Ok(username);
        }
    }
}
