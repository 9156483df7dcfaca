//! What stands in the way of an action, as far as only the database knows it, in the words of the form.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::db;
use super::view::{AccountView, NUMBER_TAKEN, USERNAME_TAKEN};
use crate::db::violated_constraint;
use crate::domain::account_field::AccountField;
use crate::domain::account_rules::AccountData;
use crate::domain::field_errors::FieldErrors;
use crate::domain::scope::Scope;
use crate::error::AppError;

/// Said of a group that is not there, or that one does not see.
const NO_GROUP: &str = "This group is not there any more. Choose another.";

/// The account of `id` that the reader sees; without one, the sentence says whether there ever was.
pub async fn found(connection: &mut PgConnection, scope: &Scope, id: Uuid) -> Result<AccountView, AppError> {
    match db::find(&mut *connection, scope, id).await? {
        Some(account) => Ok(account),
        None => Err(missing(connection, scope, id).await?),
    }
}

/// Why there is no account of `id`. One outside of what the reader sees was never there.
pub async fn missing(connection: &mut PgConnection, scope: &Scope, id: Uuid) -> Result<AppError, sqlx::Error> {
    let sentence = if db::is_deleted(connection, scope, id).await? {
        "This account is not there any more. Somebody has deleted it."
    } else {
        "There is no such account."
    };
    Ok(AppError::NotFound(sentence.into()))
}

/// Refuses a group for an account that one does not see, as if it were not there.
pub fn allow_group(scope: &Scope, group: Uuid) -> Result<(), AppError> {
    if scope.has(group) {
        return Ok(());
    }
    let mut errors = FieldErrors::default();
    errors.add(AccountField::Group, NO_GROUP);
    Err(AppError::InvalidAccount(errors))
}

/// The form's id has made another account already.
pub fn used_form() -> AppError {
    AppError::Refused("This form was used already. Open a new one.".into())
}

/// Why the database did not store `data`. It names one constraint; both unique fields are told, if both are taken.
pub async fn refused_by_database(pool: &PgPool, id: Uuid, data: &AccountData, error: sqlx::Error) -> AppError {
    let (field, message) = match violated_constraint(&error) {
        Some("accounts_username_key") => (AccountField::Username, USERNAME_TAKEN),
        Some("accounts_number_key") => (AccountField::Number, NUMBER_TAKEN),
        Some("accounts_group_id_fkey") => (AccountField::Group, NO_GROUP),
        Some("accounts_profile_id_fkey") => (AccountField::Profile, "This profile is not there any more. Choose another."),
        _ => return error.into(),
    };
    let mut errors = FieldErrors::default();
    errors.add(field, message);
    if matches!(field, AccountField::Username | AccountField::Number) {
        match db::taken(pool, id, data.username.as_str(), data.number.digits()).await {
            Ok(taken) => {
                let both = [(taken.username, AccountField::Username, USERNAME_TAKEN), (taken.number, AccountField::Number, NUMBER_TAKEN)];
                both.into_iter().filter(|(taken, ..)| *taken).for_each(|(_, field, message)| errors.add(field, message));
            }
            Err(error) => return error.into(),
        }
    }
    AppError::InvalidAccount(errors)
}
