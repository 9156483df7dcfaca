//! What can be done to an account: checked, done, and written to the history in one transaction.

use uuid::Uuid;

use super::db;
use super::digests::Digests;
use super::view::{AccountDetails, AccountView, NUMBER_TAKEN, Taken, USERNAME_TAKEN};
use crate::audit::Change;
use crate::audit::db::{Subject, history, record};
use crate::db::violated_constraint;
use crate::domain::account_draft::AccountDraft;
use crate::domain::account_field::AccountField;
use crate::domain::account_rules::{AccountData, Purpose};
use crate::domain::field_errors::FieldErrors;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::secret::Secret;
use crate::door::Caller;
use crate::error::AppError;
use crate::settings;

/// The account and its history.
pub async fn show(caller: &Caller, id: Uuid) -> Result<AccountDetails, AppError> {
    let account = db::find(&caller.pool, id).await?.ok_or_else(gone)?;
    Ok(AccountDetails { account, history: history(&caller.pool, id).await? })
}

/// Makes an account under the id that the form carries. Sent twice, it makes one.
pub async fn create(caller: &Caller, id: Uuid, draft: &AccountDraft) -> Result<(), AppError> {
    let data = draft.check(Purpose::Create).map_err(AppError::InvalidAccount)?;
    let mut tx = caller.pool.begin().await?;
    if db::insert(&mut tx, id, &data).await.map_err(refused_by_database)? {
        let settings = settings::load(&mut *tx).await?;
        let password = data.password.as_ref().map(Secret::expose).unwrap_or_default();
        db::set_digests(&mut tx, id, &Digests::new(data.username.as_str(), &settings.sip_domain, password)).await?;
        record(&mut tx, caller, "created", subject(id, &name_of(&data)), &[]).await?;
    } else if db::find(&mut *tx, id).await?.is_none_or(|account| account.username != data.username.as_str()) {
        return Err(AppError::Refused("This form was used already. Open a new one.".into()));
    }
    tx.commit().await?;
    Ok(())
}

/// Saves an account over the version that the form was opened on.
pub async fn update(caller: &Caller, id: Uuid, version: i32, draft: &AccountDraft) -> Result<(), AppError> {
    let mut tx = caller.pool.begin().await?;
    let before = db::find(&mut *tx, id).await?.ok_or_else(gone)?;
    let data = draft.check(Purpose::Edit { old_username: &before.username }).map_err(AppError::InvalidAccount)?;
    if before.version != version {
        return Err(AppError::EditConflict(Box::new(before)));
    }
    if !db::update(&mut tx, id, version, &data).await.map_err(refused_by_database)? {
        drop(tx);
        let theirs = db::find(&caller.pool, id).await?.ok_or_else(gone)?;
        return Err(AppError::EditConflict(Box::new(theirs)));
    }
    if let Some(password) = &data.password {
        let settings = settings::load(&mut *tx).await?;
        db::set_digests(&mut tx, id, &Digests::new(data.username.as_str(), &settings.sip_domain, password.expose())).await?;
    }
    let after = db::find(&mut *tx, id).await?.ok_or_else(gone)?;
    let changes = changes(&before, &after, data.password.is_some());
    if !changes.is_empty() {
        record(&mut tx, caller, "updated", subject(id, &name_of(&data)), &changes).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Enables or disables; doing it twice is no mistake.
pub async fn set_enabled(caller: &Caller, id: Uuid, enabled: bool) -> Result<(), AppError> {
    let mut tx = caller.pool.begin().await?;
    let account = db::find(&mut *tx, id).await?.ok_or_else(gone)?;
    if db::set_enabled(&mut tx, id, enabled).await? {
        let action = if enabled { "enabled" } else { "disabled" };
        record(&mut tx, caller, action, subject(id, &full_name(&account)), &[]).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Deletes an account for good; its tombstone and its history stay.
pub async fn delete(caller: &Caller, id: Uuid) -> Result<(), AppError> {
    let mut tx = caller.pool.begin().await?;
    let account = db::find(&mut *tx, id).await?.ok_or_else(gone)?;
    if !db::delete(&mut tx, id, caller.operator.id).await? {
        return Err(gone());
    }
    record(&mut tx, caller, "deleted", subject(id, &full_name(&account)), &[]).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether somebody else has what is being typed. What is no username or number yet is nobody's.
pub async fn taken(caller: &Caller, id: Uuid, username: &str, number: &str) -> Result<Taken, AppError> {
    let digits = PhoneNumber::parse(number).map(|number| number.digits().to_owned()).unwrap_or_default();
    Ok(db::taken(&caller.pool, id, username.trim(), &digits).await?)
}

pub fn gone() -> AppError {
    AppError::NotFound("This account is not there any more. Somebody has deleted it.".into())
}

const fn subject(id: Uuid, name: &str) -> Subject<'_> {
    Subject { kind: "account", id, name }
}

fn name_of(data: &AccountData) -> String {
    data.owner.as_ref().map_or_else(|| data.username.as_str().to_owned(), |owner| format!("{owner}, {}", data.username.as_str()))
}

fn full_name(account: &AccountView) -> String {
    account.owner.as_ref().map_or_else(|| account.username.clone(), |owner| format!("{owner}, {}", account.username))
}

fn refused_by_database(error: sqlx::Error) -> AppError {
    let (field, message) = match violated_constraint(&error) {
        Some("accounts_username_key") => (AccountField::Username, USERNAME_TAKEN),
        Some("accounts_number_key") => (AccountField::Number, NUMBER_TAKEN),
        Some("accounts_group_id_fkey") => (AccountField::Group, "This group is not there any more. Choose another."),
        Some("accounts_profile_id_fkey") => (AccountField::Profile, "This profile is not there any more. Choose another."),
        _ => return error.into(),
    };
    let mut errors = FieldErrors::default();
    errors.add(field, message);
    AppError::InvalidAccount(errors)
}

/// What a save changed, in the words of the form. Of the password only that it changed.
fn changes(before: &AccountView, after: &AccountView, new_password: bool) -> Vec<Change> {
    let (old, new) = (before.draft().for_type(), after.draft().for_type());
    let mut changes: Vec<Change> = AccountField::ALL
        .into_iter()
        .map(|field| match field {
            AccountField::Group => (field, before.group.clone(), after.group.clone()),
            AccountField::Profile => (field, before.profile.clone(), after.profile.clone()),
            _ => (field, old.get(field).into_owned(), new.get(field).into_owned()),
        })
        .filter(|(_, before, after)| before != after)
        .map(|(field, before, after)| Change { field: field.label().into(), before, after })
        .collect();
    if new_password {
        changes.push(Change { field: AccountField::Password.label().into(), before: String::new(), after: String::new() });
    }
    changes
}
