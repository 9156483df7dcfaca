//! What can be done to the SIP settings: checked, done, and written to the history in one transaction.

use uuid::Uuid;

use super::db;
use super::view::{Saved, SipFormStart};
use crate::audit::Change;
use crate::audit::db::{Subject, record};
use crate::domain::field_errors::FieldErrors;
use crate::domain::sip_settings::{SipField, SipSettingsDraft};
use crate::door::Caller;
use crate::error::AppError;
use crate::settings::sip_domain;

/// There is one row of these settings; the history knows it under this id.
pub const SUBJECT: Subject<'static> =
    Subject { kind: "settings", id: Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001), name: "SIP server" };

/// What the form starts from.
pub async fn start_form(caller: &Caller) -> Result<SipFormStart, AppError> {
    let mut connection = caller.pool.acquire().await?;
    let stored = db::load(&mut *connection).await?;
    Ok(SipFormStart {
        version: stored.version,
        outdated: db::outdated(&mut *connection, &stored.draft.sip_domain).await?,
        sip_domain: stored.draft.sip_domain.clone(),
        sip_digest: stored.draft.sip_digest.unwrap_or_default(),
        draft: stored.draft,
        origin: caller.service.origin.to_string(),
        errors: FieldErrors::default(),
        message: None,
        question: None,
    })
}

/// Saves the settings over the version that the form was opened on. Another SIP domain, under which passwords would stop
/// working, takes a confirmation; without it nothing is saved.
pub async fn save(caller: &Caller, version: i32, draft: &SipSettingsDraft, confirmed: bool) -> Result<Saved, AppError> {
    let mut tx = caller.pool.begin().await?;
    let before = db::hold(&mut tx).await?;
    if before.version != version {
        return Err(AppError::Refused(
            "Somebody else saved these settings while you were editing them. Copy what you typed, reload the page and save again.".into(),
        ));
    }
    let settings = draft.check().map_err(AppError::InvalidSip)?;
    let (old, new) = (before.draft.sip_domain.as_str(), settings.sip_domain.as_str());
    if new != old {
        if !confirmed {
            let change = db::weigh(&mut *tx, old, new).await?;
            if change.cut_off > 0 {
                return Ok(Saved::Asks(change));
            }
        }
        sip_domain::carry_over(&mut tx, old, new).await?;
    }
    db::update(&mut tx, &settings).await?;
    let changes = changes(&before.draft, &settings.to_draft());
    if !changes.is_empty() {
        record(&mut tx, caller, "updated", SUBJECT, &changes).await?;
    }
    tx.commit().await?;
    Ok(Saved::Done)
}

/// What a save changed, in the words of the form.
fn changes(before: &SipSettingsDraft, after: &SipSettingsDraft) -> Vec<Change> {
    let change = |field: SipField| Change { field: field.label().into(), before: before.get(field).into(), after: after.get(field).into() };
    SipField::ALL.into_iter().map(change).filter(|change| change.before != change.after).collect()
}
