//! What can be done to the SMS gateway's settings: checked, done, and written to the history in one transaction.

use uuid::Uuid;

use super::db::{self, Sealed};
use super::view::GatewayFormStart;
use crate::audit::Change;
use crate::audit::db::{Subject, record};
use crate::domain::field_errors::FieldErrors;
use crate::domain::gateway::{GatewayKind, SecretChange};
use crate::domain::gateway_draft::{GatewayDraft, GatewayField};
use crate::door::Caller;
use crate::error::AppError;
use crate::keys::Keys;
use crate::messages::db as messages;
use crate::messages::gateway::{KANNEL_PASSWORD, TWILIO_TOKEN};

/// There is one row of these settings; the history knows it under this id.
const SUBJECT: Subject<'static> =
    Subject { kind: "settings", id: Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0002), name: "SMS gateway" };

/// What the form starts from.
pub async fn start_form(caller: &Caller) -> Result<GatewayFormStart, AppError> {
    let mut connection = caller.pool.acquire().await?;
    let stored = db::load(&mut connection, &caller.service.keys).await?;
    Ok(GatewayFormStart {
        version: stored.version,
        in_force: stored.kind,
        draft: stored.draft,
        stored: stored.secrets,
        origin: caller.service.origin.to_string(),
        test: Uuid::now_v7(),
        errors: FieldErrors::default(),
        message: None,
    })
}

/// Saves the settings over the version that the form was opened on.
pub async fn save(caller: &Caller, version: i32, draft: &GatewayDraft) -> Result<(), AppError> {
    let mut tx = caller.pool.begin().await?;
    let keys = &caller.service.keys;
    let before = db::hold(&mut tx, keys).await?;
    if before.version != version {
        return Err(AppError::Refused(
            "Somebody else saved these settings while you were editing them. Copy what you typed, reload the page and save again.".into(),
        ));
    }
    let settings = draft.check(&before.secrets).map_err(AppError::InvalidGateway)?;
    let password = sealed(keys, KANNEL_PASSWORD, &settings.kannel.password)?;
    let token = sealed(keys, TWILIO_TOKEN, &settings.twilio.auth_token)?;
    let mut changes = changes(&before.draft, &settings.to_draft());
    changes.extend(secret_change(GatewayField::KannelPassword, &settings.kannel.password));
    changes.extend(secret_change(GatewayField::TwilioAuthToken, &settings.twilio.auth_token));
    db::update(&mut tx, &settings, password, token).await?;
    if !changes.is_empty() {
        record(&mut tx, caller, "updated", SUBJECT, &changes).await?;
    }
    messages::try_again_now(&mut tx).await?;
    tx.commit().await?;
    caller.service.outbox.notify_one();
    Ok(())
}

fn sealed(keys: &Keys, place: &str, change: &SecretChange) -> Result<Sealed, AppError> {
    match change {
        SecretChange::Keep => Ok(Sealed { is_kept: true, sealed: None }),
        SecretChange::Forget => Ok(Sealed::default()),
        SecretChange::Replace(secret) => match keys.seal(place, secret) {
            Some(sealed) => Ok(Sealed { is_kept: false, sealed: Some(sealed) }),
            None => Err(AppError::internal("the system gives no random numbers")),
        },
    }
}

/// What a save changed, in the words of the form.
fn changes(before: &GatewayDraft, after: &GatewayDraft) -> Vec<Change> {
    let words = |draft: &GatewayDraft, field| match field {
        GatewayField::Kind => draft.kind.map_or("", GatewayKind::label).to_owned(),
        field => draft.get(field).to_owned(),
    };
    let change = |field| Change { field: told(field), before: words(before, field), after: words(after, field) };
    GatewayField::ALL.into_iter().map(change).filter(|change| change.before != change.after).collect()
}

/// Of a secret only that it changed.
fn secret_change(field: GatewayField, change: &SecretChange) -> Option<Change> {
    let after = match change {
        SecretChange::Keep => return None,
        SecretChange::Replace(_) => "changed",
        SecretChange::Forget => "removed",
    };
    Some(Change { field: told(field), before: String::new(), after: after.to_owned() })
}

/// The label of a field, with the gateway that it is of.
fn told(field: GatewayField) -> String {
    match field.gateway() {
        Some(gateway) => format!("{}: {}", gateway.label(), field.label()),
        None => field.label().to_owned(),
    }
}
