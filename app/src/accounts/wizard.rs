//! What the Activation Wizard makes: a softphone without a password, disabled until it is activated.

use super::actions::{made, name_of, subject};
use super::db;
use super::forms::free_username;
use super::refusals::{allow_group, found, refused_by_database, used_form};
use super::view::MadeByWizard;
use crate::audit::db::record;
use crate::db::violated_constraint;
use crate::domain::account_draft::AccountDraft;
use crate::domain::account_rules::Purpose;
use crate::domain::scope::Scope;
use crate::domain::username::Username;
use crate::door::Caller;
use crate::error::AppError;
use uuid::Uuid;

/// Makes an account under the id that the form carries. Sent twice, it makes one. When somebody has taken the username that the
/// form shows, another one is drawn.
pub async fn create(caller: &Caller, id: Uuid, draft: &AccountDraft) -> Result<MadeByWizard, AppError> {
    let mut data = draft.check(Purpose::Wizard).map_err(AppError::InvalidAccount)?;
    allow_group(caller.scope(), data.group)?;
    let shown = data.username.clone();
    loop {
        let mut tx = caller.pool.begin().await?;
        match db::insert(&mut tx, id, &data, true).await {
            Ok(true) if db::is_deleted(&mut tx, &Scope::All, id).await? => return Err(used_form()),
            Ok(true) => {
                let made = made(&found(&mut tx, caller.scope(), id).await?);
                record(&mut tx, caller, "created the account by wizard", subject(id, &name_of(&data)), &made).await?;
                tx.commit().await?;
                return Ok(MadeByWizard::new(data.username.as_str(), shown.as_str()));
            }
            Ok(false) => {
                let stored = db::stored_by_wizard(&mut tx, id, &data).await?.ok_or_else(used_form)?;
                return Ok(MadeByWizard::new(&stored, shown.as_str()));
            }
            Err(error) if violated_constraint(&error) == Some("accounts_username_key") => {
                drop(tx);
                let another = free_username(caller).await?;
                data.username = Username::parse(&another).map_err(|error| AppError::internal(&error))?;
            }
            Err(error) => {
                drop(tx);
                return Err(refused_by_database(&caller.pool, id, &data, error).await);
            }
        }
    }
}
