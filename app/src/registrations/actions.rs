//! What can be done with registrations.

use uuid::Uuid;

use super::db;
use crate::accounts::refusals::found;
use crate::accounts::view::full_name;
use crate::audit::db::{Subject, record};
use crate::door::Caller;
use crate::error::AppError;

/// Said when the registration has ended before.
const NOT_REGISTERED: &str = "This phone is not registered any more, so there was nothing to drop.";

/// Ends the registrations of an account; refused when there is none.
pub async fn drop_of(caller: &Caller, id: Uuid) -> Result<(), AppError> {
    let mut tx = caller.pool.begin().await?;
    let account = found(&mut tx, caller.scope(), id).await?;
    let is_registered = !db::of(&mut *tx, std::slice::from_ref(&account.username)).await?.is_empty();
    // What is over and not swept yet goes, too.
    db::drop_all(&mut *tx, &account.username).await?;
    if is_registered {
        let name = full_name(account.owner.as_deref(), &account.username);
        record(&mut tx, caller, "dropped the registration", Subject { kind: "account", id, name: &name }, &[]).await?;
    }
    tx.commit().await?;
    if is_registered { Ok(()) } else { Err(AppError::Refused(NOT_REGISTERED.into())) }
}
