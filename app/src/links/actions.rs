//! Links that an operator hands over: as a QR code on the screen, or copied.

use std::time::Duration;

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::view::{ActivationCode, ActivationLink};
use super::{LinkKind, db};
use crate::accounts::refusals::missing;
use crate::activation::actions::CONFIGURATION_LIFETIME;
use crate::activation::qr;
use crate::audit::db::{Subject, record};
use crate::domain::account_type::AccountType;
use crate::domain::message::{NoSms, SmsKind};
use crate::domain::scope::Scope;
use crate::domain::secret::Secret;
use crate::door::Caller;
use crate::error::AppError;
use crate::messages::db::{Recipient, drop_queued, hold_recipient};
use crate::ui::time::to_millis;

/// Makes a configuration's address, and shows it as nothing but a QR code.
pub async fn show_code(caller: &Caller, account: Uuid) -> Result<ActivationCode, AppError> {
    let mut tx = caller.pool.begin().await?;
    let recipient = softphone(&mut tx, caller.scope(), account).await?;
    let link = db::make(&mut tx, &caller.service.keys, account, LinkKind::Configuration, Some(CONFIGURATION_LIFETIME), None).await?;
    let address = LinkKind::Configuration.address(&caller.service.origin, &link.token);
    let svg = qr::svg(address.expose()).map_err(|error| AppError::internal(&error))?;
    note(&mut tx, caller, account, &recipient, "made an activation QR code").await?;
    tx.commit().await?;
    Ok(ActivationCode { svg: svg.into(), until: end(link.expires_at)? })
}

/// Makes the address of an activation page.
pub async fn copy_link(caller: &Caller, account: Uuid) -> Result<ActivationLink, AppError> {
    let mut tx = caller.pool.begin().await?;
    let recipient = softphone(&mut tx, caller.scope(), account).await?;
    // An SMS that still waits would bring a link that is dead.
    drop_queued(&mut tx, account, SmsKind::Activation).await?;
    let lifetime = Duration::from_secs(u64::from(recipient.link_hours) * 3600);
    let link = db::make(&mut tx, &caller.service.keys, account, LinkKind::Activation, Some(lifetime), None).await?;
    note(&mut tx, caller, account, &recipient, "made an activation link").await?;
    tx.commit().await?;
    let address: Secret = LinkKind::Activation.address(&caller.service.origin, &link.token);
    Ok(ActivationLink { address, until: end(link.expires_at)? })
}

/// The account, held until the transaction ends; refused when it is no softphone.
async fn softphone(connection: &mut PgConnection, scope: &Scope, account: Uuid) -> Result<Recipient, AppError> {
    match hold_recipient(connection, scope, account, SmsKind::Activation).await? {
        Some(recipient) if recipient.account_type == AccountType::Pgsm => Ok(recipient),
        Some(_) => Err(AppError::Refused(NoSms::DeskPhone.to_string())),
        None => Err(missing(connection, scope, account).await?),
    }
}

async fn note(
    connection: &mut PgConnection,
    caller: &Caller,
    account: Uuid,
    recipient: &Recipient,
    action: &str,
) -> Result<(), sqlx::Error> {
    record(connection, caller, action, Subject { kind: "account", id: account, name: &recipient.full_name() }, &[]).await
}

fn end(expires_at: Option<OffsetDateTime>) -> Result<i64, AppError> {
    expires_at.map(to_millis).ok_or_else(|| AppError::internal("a link without an end"))
}
