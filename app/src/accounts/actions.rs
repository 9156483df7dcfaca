//! What can be done to an account: checked, done, and written to the history in one transaction.

use sqlx::PgConnection;
use uuid::Uuid;

use super::db;
use super::digests::Digests;
use super::life_cycle;
use super::refusals::{allow_group, found, missing, refused_by_database, used_form};
use super::view::{AWAITS_ACTIVATION, AccountDetails, AccountView, StoredAccount, Taken, full_name};
use crate::audit::db::{Subject, history, record};
use crate::audit::{Change, HistoryEntry};
use crate::domain::account_draft::AccountDraft;
use crate::domain::account_field::AccountField;
use crate::domain::account_rules::{AccountData, Purpose};
use crate::domain::phone_number::PhoneNumber;
use crate::domain::scope::Scope;
use crate::domain::secret::Secret;
use crate::domain::username::Username;
use crate::door::Caller;
use crate::error::AppError;
use crate::groups;
use crate::links::{self, LinkKind};
use crate::messages;
use crate::registrations::{self, view::Online};
use crate::settings::sip_domain;

/// The account and its history.
pub async fn show(caller: &Caller, id: Uuid) -> Result<AccountDetails, AppError> {
    let mut connection = caller.pool.acquire().await?;
    let account = found(&mut connection, caller.scope(), id).await?;
    let online = registrations::db::of(&mut *connection, std::slice::from_ref(&account.username)).await?.remove(&account.username);
    let events = life_cycle::times(&mut *connection, id).await?;
    let messages = messages::db::of_account(&mut connection, &caller.service, id).await?;
    let history = history_inside(&mut connection, caller.scope(), id).await?;
    Ok(AccountDetails { account, online: online.map(Online::from), events, messages, history })
}

/// The history of an account, without the names of groups that the reader does not see: an account may have come from one.
async fn history_inside(connection: &mut PgConnection, scope: &Scope, id: Uuid) -> Result<Vec<HistoryEntry>, sqlx::Error> {
    let mut entries = history(&mut *connection, id).await?;
    if !scope.is_all() {
        let groups = groups::db::names(connection, scope).await?;
        let group = AccountField::Group.label();
        for change in entries.iter_mut().flat_map(|entry| &mut entry.changes).filter(|change| change.field == group) {
            for name in [&mut change.before, &mut change.after] {
                if groups.iter().all(|(_, seen)| seen != name) {
                    "another group".clone_into(name);
                }
            }
        }
    }
    Ok(entries)
}

/// Makes an account under the id that the form carries, and gives its group. Sent twice, it makes one.
pub async fn create(caller: &Caller, id: Uuid, draft: &AccountDraft) -> Result<Uuid, AppError> {
    let data = draft.check(Purpose::Create).map_err(AppError::InvalidAccount)?;
    allow_group(caller.scope(), data.group)?;
    let mut tx = caller.pool.begin().await?;
    let sip_domain = sip_domain::hold(&mut tx).await?;
    let password = data.password.as_ref().map(Secret::expose).unwrap_or_default();
    let digests = Digests::new(data.username.as_str(), &sip_domain, password);
    match db::insert(&mut tx, id, &data, false).await {
        Ok(true) if db::is_deleted(&mut tx, &Scope::All, id).await? => return Err(used_form()),
        Ok(true) => {
            db::set_digests(&mut tx, id, &digests).await?;
            let made = made(&found(&mut tx, caller.scope(), id).await?);
            record(&mut tx, caller, "created", subject(id, &name_of(&data)), &made).await?;
        }
        Ok(false) if !db::is_stored(&mut tx, id, &data, Some(&digests)).await? => return Err(used_form()),
        Ok(false) => {}
        Err(error) => {
            drop(tx);
            return Err(refused_by_database(&caller.pool, id, &data, error).await);
        }
    }
    tx.commit().await?;
    Ok(data.group)
}

/// Saves an account over the version that the form was opened on, and gives its group.
pub async fn update(caller: &Caller, id: Uuid, version: i32, draft: &AccountDraft) -> Result<Uuid, AppError> {
    let mut tx = caller.pool.begin().await?;
    let before = found(&mut tx, caller.scope(), id).await?;
    // Before the rules: a mistake in one field must not hide that the account is another one by now.
    if before.version != version {
        let is_sent_again = before.version == version + 1 && is_saved(&mut tx, &before, draft).await?;
        return if is_sent_again { Ok(before.group_id) } else { Err(AppError::EditConflict(StoredAccount::new(&before))) };
    }
    let data = draft.check(Purpose::Edit { old_username: &before.username }).map_err(AppError::InvalidAccount)?;
    allow_group(caller.scope(), data.group)?;
    let digests = match &data.password {
        Some(password) => {
            let sip_domain = sip_domain::hold(&mut tx).await?;
            Some(Digests::new(data.username.as_str(), &sip_domain, password.expose()))
        }
        None => None,
    };
    match db::update(&mut tx, id, version, &data).await {
        Ok(true) => {}
        Ok(false) => return Err(AppError::EditConflict(StoredAccount::new(&found(&mut tx, caller.scope(), id).await?))),
        Err(error) => {
            drop(tx);
            return Err(refused_by_database(&caller.pool, id, &data, error).await);
        }
    }
    if let Some(digests) = &digests {
        db::set_digests(&mut tx, id, digests).await?;
    }
    let after = found(&mut tx, caller.scope(), id).await?;
    let changes = changes(&before, &after, digests.is_some());
    if !changes.is_empty() {
        record(&mut tx, caller, "updated", subject(id, &name_of(&data)), &changes).await?;
    }
    tx.commit().await?;
    Ok(data.group)
}

/// Whether an account is as an edit would make it: whoever has lost the answer sends the form again.
async fn is_saved(connection: &mut PgConnection, account: &AccountView, draft: &AccountDraft) -> Result<bool, AppError> {
    let Ok(data) = draft.check(Purpose::Edit { old_username: &account.username }) else { return Ok(false) };
    let digests = match &data.password {
        Some(password) => Some(Digests::new(data.username.as_str(), &sip_domain::hold(connection).await?, password.expose())),
        None => None,
    };
    Ok(db::is_stored(connection, account.id, &data, digests.as_ref()).await?)
}

/// Enables or disables; doing it twice is no mistake.
pub async fn set_enabled(caller: &Caller, id: Uuid, enabled: bool) -> Result<(), AppError> {
    let mut tx = caller.pool.begin().await?;
    let account = found(&mut tx, caller.scope(), id).await?;
    if enabled && account.awaits_activation {
        return Err(AppError::Refused(AWAITS_ACTIVATION.into()));
    }
    if db::set_enabled(&mut tx, caller.scope(), id, enabled).await? {
        if !enabled {
            // Who holds an old link must not switch on again what was switched off.
            links::db::withdraw(&mut tx, id, LinkKind::Activation).await?;
            links::db::withdraw(&mut tx, id, LinkKind::Configuration).await?;
        }
        let action = if enabled { "enabled" } else { "disabled" };
        let changes = [switched(enabled)];
        record(&mut tx, caller, action, subject(id, &full_name(account.owner.as_deref(), &account.username)), &changes).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Deletes an account for good; its tombstone and its history stay.
pub async fn delete(caller: &Caller, id: Uuid) -> Result<(), AppError> {
    let mut tx = caller.pool.begin().await?;
    let account = found(&mut tx, caller.scope(), id).await?;
    if !db::delete(&mut tx, caller.scope(), id, caller.operator.id).await? {
        return Err(missing(&mut tx, caller.scope(), id).await?);
    }
    let gone: Vec<Change> = made(&account).into_iter().map(Change::gone).collect();
    record(&mut tx, caller, "deleted", subject(id, &full_name(account.owner.as_deref(), &account.username)), &gone).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether somebody else has what is being typed. What is no username or number yet is nobody's.
pub async fn taken(caller: &Caller, id: Uuid, username: &str, number: &str) -> Result<Taken, AppError> {
    let username = Username::parse(username).map(|username| username.as_str().to_owned()).unwrap_or_default();
    let digits = PhoneNumber::parse(number).map(|number| number.digits().to_owned()).unwrap_or_default();
    Ok(db::taken(&caller.pool, id, &username, &digits).await?)
}

pub(super) const fn subject(id: Uuid, name: &str) -> Subject<'_> {
    Subject { kind: "account", id, name }
}

pub(super) fn name_of(data: &AccountData) -> String {
    full_name(data.owner.as_deref(), data.username.as_str())
}

/// What an account holds, in the words of the form: of one that is made, and of one that is deleted.
pub(super) fn made(account: &AccountView) -> Vec<Change> {
    let draft = account.draft().for_type();
    Change::all_made(AccountField::ALL.into_iter().map(|field| (field.label(), told(account, &draft, field))))
}

/// That an account is enabled, or not any more.
pub fn switched(enabled: bool) -> Change {
    let [before, after] = if enabled { ["no", "yes"] } else { ["yes", "no"] };
    Change { field: "Enabled".into(), before: before.into(), after: after.into() }
}

/// What a field holds, as people read it.
fn told(account: &AccountView, draft: &AccountDraft, field: AccountField) -> String {
    match field {
        AccountField::Group => account.group.clone(),
        AccountField::Profile => account.profile.clone(),
        _ => draft.get(field).into_owned(),
    }
}

/// What a save changed, in the words of the form. Of the password only that it changed.
fn changes(before: &AccountView, after: &AccountView, new_password: bool) -> Vec<Change> {
    let (old, new) = (before.draft().for_type(), after.draft().for_type());
    let mut changes: Vec<Change> = AccountField::ALL
        .into_iter()
        .map(|field| (field, told(before, &old, field), told(after, &new, field)))
        .filter(|(_, before, after)| before != after)
        .map(|(field, before, after)| Change { field: field.label().into(), before, after })
        .collect();
    if new_password {
        changes.push(Change::secret(AccountField::Password.label()));
    }
    changes
}
