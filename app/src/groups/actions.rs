//! What can be done to a group: checked, done, and written to the history in one transaction.

use sqlx::PgConnection;
use uuid::Uuid;

use super::db::{self, Group};
use super::view::GroupFormStart;
use crate::audit::Change;
use crate::audit::db::{Subject, record};
use crate::db::violated_constraint;
use crate::domain::field_errors::FieldErrors;
use crate::domain::group_draft::{GroupData, GroupDraft, GroupField};
use crate::door::Caller;
use crate::error::AppError;
use crate::operators::limits;
use crate::profiles;

const GONE: &str = "There is no such group. If there was one, somebody has deleted it.";

/// What the form starts from: a new group, or the one of `id`.
pub async fn start_form(caller: &Caller, id: Option<Uuid>) -> Result<GroupFormStart, AppError> {
    let profiles = profiles::db::choices(&caller.pool).await?;
    let (id, version, draft) = match id {
        None => (Uuid::now_v7(), 0, GroupDraft::default()),
        Some(id) => {
            let group = db::find(&caller.pool, id).await?.ok_or_else(gone)?;
            (id, group.version, draft_of(&group))
        }
    };
    Ok(GroupFormStart { id, version, draft, profiles, errors: FieldErrors::default(), message: None })
}

/// Makes a group under the id that the form carries. Sent twice, it makes one.
pub async fn create(caller: &Caller, id: Uuid, draft: &GroupDraft) -> Result<(), AppError> {
    let data = draft.check().map_err(AppError::InvalidGroup)?;
    let mut tx = caller.pool.begin().await?;
    if db::insert(&mut tx, id, &data).await.map_err(refused_by_database)? {
        let made = Change::all_made(told(&mut tx, draft_of_data(&data)).await?);
        record(&mut tx, caller, "created", subject(id, &data.name), &made).await?;
    } else if db::find(&mut *tx, id).await?.is_none_or(|group| !group.is(&data)) {
        return Err(AppError::Refused("This form was used already. Open a new one.".into()));
    }
    tx.commit().await?;
    Ok(())
}

/// Saves a group over the version that the form was opened on.
pub async fn update(caller: &Caller, id: Uuid, version: i32, draft: &GroupDraft) -> Result<(), AppError> {
    let data = draft.check().map_err(AppError::InvalidGroup)?;
    let mut tx = caller.pool.begin().await?;
    let before = db::find(&mut *tx, id).await?.ok_or_else(gone)?;
    if before.version == version + 1 && before.is(&data) {
        // Sent again, since the answer was lost.
        return Ok(());
    }
    if !db::update(&mut tx, id, version, &data).await.map_err(refused_by_database)? {
        return Err(AppError::Refused(
            "Somebody else saved this group while you were editing it. Copy what you typed, reload the page and save again.".into(),
        ));
    }
    let (old, new) = (told(&mut tx, draft_of(&before)).await?, told(&mut tx, draft_of_data(&data)).await?);
    let changes = changes(old, new);
    if !changes.is_empty() {
        record(&mut tx, caller, "updated", subject(id, &data.name), &changes).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Deletes a group that holds no account and to which nobody is limited.
pub async fn delete(caller: &Caller, id: Uuid) -> Result<(), AppError> {
    let mut tx = caller.pool.begin().await?;
    let group = db::find(&mut *tx, id).await?.ok_or_else(gone)?;
    match db::delete(&mut tx, id).await {
        Err(error) if violated_constraint(&error) == Some("accounts_group_id_fkey") => {
            drop(tx);
            let count = db::count_accounts(&caller.pool, id).await?;
            Err(AppError::Refused(match count {
                1 => "1 account is in this group. Move or delete it first.".into(),
                count => format!("{count} accounts are in this group. Move or delete them first."),
            }))
        }
        Err(error) if violated_constraint(&error) == Some("operator_groups_group_id_fkey") => {
            drop(tx);
            let names = limits::names_of(&caller.pool, id).await?;
            let are = if names.len() == 1 { "is" } else { "are" };
            Err(AppError::Refused(format!("{} {are} limited to this group. Change that first.", listed(&names))))
        }
        result => {
            result?;
            let fields = told(&mut tx, draft_of(&group)).await?;
            let gone: Vec<Change> = Change::all_made(fields).into_iter().map(Change::gone).collect();
            record(&mut tx, caller, "deleted", subject(id, &group.name), &gone).await?;
            tx.commit().await?;
            Ok(())
        }
    }
}

/// "Ada", "Ada and Bruno", "Ada, Bruno and Carla".
fn listed(names: &[String]) -> String {
    match names {
        [first @ .., second, last] => format!("{} and {last}", [first, std::slice::from_ref(second)].concat().join(", ")),
        names => names.concat(),
    }
}

fn gone() -> AppError {
    AppError::NotFound(GONE.into())
}

const fn subject(id: Uuid, name: &str) -> Subject<'_> {
    Subject { kind: "group", id, name }
}

fn refused_by_database(error: sqlx::Error) -> AppError {
    let (field, message) = match violated_constraint(&error) {
        Some("groups_name_key") => (GroupField::Name, "Another group has this name. Choose a different one."),
        Some("groups_profile_id_fkey") => (GroupField::Profile, "This profile is not there any more. Choose another."),
        _ => return error.into(),
    };
    let mut errors = FieldErrors::default();
    errors.add(field, message);
    AppError::InvalidGroup(errors)
}

fn draft_of(group: &Group) -> GroupDraft {
    GroupDraft {
        name: group.name.clone(),
        company: group.company.clone().unwrap_or_default(),
        email: group.email.clone().unwrap_or_default(),
        profile: group.profile_id.map(|id| id.to_string()).unwrap_or_default(),
    }
}

fn draft_of_data(data: &GroupData) -> GroupDraft {
    GroupDraft {
        name: data.name.clone(),
        company: data.company.clone().unwrap_or_default(),
        email: data.email.as_ref().map(|email| email.as_str().to_owned()).unwrap_or_default(),
        profile: data.profile.map(|id| id.to_string()).unwrap_or_default(),
    }
}

/// The fields as people read them: the profile by its name.
async fn told(connection: &mut PgConnection, draft: GroupDraft) -> Result<[(&'static str, String); 4], sqlx::Error> {
    let profile = match draft.profile.parse() {
        Ok(id) => profiles::db::find(connection, id).await?.map(|profile| profile.draft.name).unwrap_or_default(),
        Err(_) => String::new(),
    };
    let fields = [
        (GroupField::Name, draft.name),
        (GroupField::Company, draft.company),
        (GroupField::Email, draft.email),
        (GroupField::Profile, profile),
    ];
    Ok(fields.map(|(field, told)| (field.label(), told)))
}

fn changes(before: [(&'static str, String); 4], after: [(&'static str, String); 4]) -> Vec<Change> {
    let pairs = before.into_iter().zip(after).filter(|((_, before), (_, after))| before != after);
    pairs.map(|((field, before), (_, after))| Change { field: field.into(), before, after }).collect()
}
