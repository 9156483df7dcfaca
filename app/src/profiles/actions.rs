//! What can be done to a provisioning profile: checked, done, and written to the history in one transaction.

use uuid::Uuid;

use super::db::{self, Users};
use super::view::ProfileFormStart;
use crate::audit::Change;
use crate::audit::db::{Subject, record};
use crate::db::violated_constraint;
use crate::domain::field_errors::FieldErrors;
use crate::domain::numerals::grouped;
use crate::domain::profile_draft::{ProfileDraft, ProfileField};
use crate::door::Caller;
use crate::error::AppError;
use crate::settings;

const GONE: &str = "There is no such provisioning profile. If there was one, somebody has deleted it.";

/// What the form starts from: a new profile, or the one of `id`.
pub async fn start_form(caller: &Caller, id: Option<Uuid>) -> Result<ProfileFormStart, AppError> {
    let (errors, message) = (FieldErrors::default(), None);
    match id {
        None => {
            let settings = settings::load(&caller.pool).await?;
            let is_usual_port = settings.sip_port == i32::from(settings.sip_transport.default_port());
            let draft = ProfileDraft {
                sip_host: settings.sip_domain,
                sip_port: if is_usual_port { String::new() } else { settings.sip_port.to_string() },
                transport: Some(settings.sip_transport),
                ..ProfileDraft::default()
            };
            Ok(ProfileFormStart { id: Uuid::now_v7(), version: 0, is_default: false, name: String::new(), draft, errors, message })
        }
        Some(id) => {
            let profile = db::find(&caller.pool, id).await?.ok_or_else(gone)?;
            let name = profile.draft.name.clone();
            Ok(ProfileFormStart {
                id,
                version: profile.version,
                is_default: profile.is_default,
                name,
                draft: profile.draft,
                errors,
                message,
            })
        }
    }
}

/// Makes a profile under the id that the form carries. Sent twice, it makes one.
pub async fn create(caller: &Caller, id: Uuid, draft: &ProfileDraft) -> Result<(), AppError> {
    let data = draft.check().map_err(AppError::InvalidProfile)?;
    let mut tx = caller.pool.begin().await?;
    if db::insert(&mut tx, id, &data).await.map_err(refused_by_database)? {
        record(&mut tx, caller, "created", subject(id, &data.name), &made(&data.to_draft())).await?;
    } else if db::find(&mut *tx, id).await?.is_none_or(|profile| profile.draft != data.to_draft()) {
        return Err(AppError::Refused("This form was used already. Open a new one.".into()));
    }
    tx.commit().await?;
    Ok(())
}

/// Saves a profile over the version that the form was opened on.
pub async fn update(caller: &Caller, id: Uuid, version: i32, draft: &ProfileDraft) -> Result<(), AppError> {
    let data = draft.check().map_err(AppError::InvalidProfile)?;
    let mut tx = caller.pool.begin().await?;
    let before = db::find(&mut *tx, id).await?.ok_or_else(gone)?;
    if before.version == version + 1 && before.draft == data.to_draft() {
        // Sent again, since the answer was lost.
        return Ok(());
    }
    if !db::update(&mut tx, id, version, &data).await.map_err(refused_by_database)? {
        return Err(AppError::Refused(
            "Somebody else saved this profile while you were editing it. Copy what you typed, reload the page and save again.".into(),
        ));
    }
    let changes = changes(&before.draft, &data.to_draft());
    if !changes.is_empty() {
        record(&mut tx, caller, "updated", subject(id, &data.name), &changes).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Makes a profile the one of all groups and accounts that choose none.
pub async fn make_default(caller: &Caller, id: Uuid) -> Result<(), AppError> {
    let mut tx = caller.pool.begin().await?;
    let before = db::hold_default(&mut tx).await?.unwrap_or_default();
    let profile = db::find(&mut *tx, id).await?.ok_or_else(gone)?;
    if profile.is_default {
        return Ok(());
    }
    db::make_default(&mut tx, id).await?;
    let name = &profile.draft.name;
    let change = Change { field: "The service’s default".into(), before, after: name.clone() };
    record(&mut tx, caller, "made default", subject(id, name), &[change]).await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes a profile that nobody uses. The default is used by whoever chooses none.
pub async fn delete(caller: &Caller, id: Uuid) -> Result<(), AppError> {
    let mut tx = caller.pool.begin().await?;
    db::hold_default(&mut tx).await?;
    let profile = db::find(&mut *tx, id).await?.ok_or_else(gone)?;
    if profile.is_default {
        return Err(AppError::Refused(
            "This is the service’s default, which has to be there. Make another profile the default first.".into(),
        ));
    }
    match db::delete(&mut tx, id).await {
        Err(error) if matches!(violated_constraint(&error), Some("groups_profile_id_fkey" | "accounts_profile_id_fkey")) => {
            drop(tx);
            let users = db::users(&caller.pool, id).await?;
            Err(AppError::Refused(in_use(users)))
        }
        result => {
            if !result? {
                return Err(gone());
            }
            let gone: Vec<Change> = made(&profile.draft).into_iter().map(Change::gone).collect();
            record(&mut tx, caller, "deleted", subject(id, &profile.draft.name), &gone).await?;
            tx.commit().await?;
            Ok(())
        }
    }
}

/// Why a profile that somebody has chosen is not deleted.
fn in_use(users: Users) -> String {
    let told = |count: i64, one: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{} {one}s", grouped(count.unsigned_abs()))),
    };
    let told: Vec<_> = [told(users.groups, "group"), told(users.accounts, "account")].into_iter().flatten().collect();
    match users.groups + users.accounts {
        0 => "This profile was in use until a moment ago. Try again.".into(),
        1 => format!("{} uses this profile. Choose another one there first.", told.join(" and ")),
        _ => format!("{} use this profile. Choose another one there first.", told.join(" and ")),
    }
}

fn gone() -> AppError {
    AppError::NotFound(GONE.into())
}

const fn subject(id: Uuid, name: &str) -> Subject<'_> {
    Subject { kind: "profile", id, name }
}

fn refused_by_database(error: sqlx::Error) -> AppError {
    if violated_constraint(&error) != Some("provisioning_profiles_name_key") {
        return error.into();
    }
    let mut errors = FieldErrors::default();
    errors.add(ProfileField::Name, "Another profile has this name. Choose a different one.");
    AppError::InvalidProfile(errors)
}

/// What a profile holds, in the words of the form: of one that is made, and of one that is deleted.
fn made(draft: &ProfileDraft) -> Vec<Change> {
    Change::all_made(ProfileField::ALL.into_iter().map(|field| (field.label(), draft.get(field).to_owned())))
}

fn changes(before: &ProfileDraft, after: &ProfileDraft) -> Vec<Change> {
    let changed = ProfileField::ALL.into_iter().filter(|field| before.get(*field) != after.get(*field));
    changed.map(|field| Change { field: field.label().into(), before: before.get(field).into(), after: after.get(field).into() }).collect()
}
