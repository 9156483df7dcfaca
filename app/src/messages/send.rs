//! Sending an SMS to an account's user: a new link, the event and the queued SMS are one transaction.

use std::time::Duration;

use sqlx::PgConnection;
use uuid::Uuid;

use super::db::{self, NewMessage, Recipient, SmsSettings};
use super::limits;
use super::view::SmsPreview;
use crate::accounts::life_cycle::{LifeCycleError, happen};
use crate::accounts::refusals::missing;
use crate::audit::Change;
use crate::audit::db::{Subject, record};
use crate::domain::message::{NoSms, SmsKind, compose, masked};
use crate::domain::phone_number::PhoneNumber;
use crate::domain::scope::Scope;
use crate::domain::secret::Secret;
use crate::domain::sms_text::{SmsSize, Template, Values};
use crate::door::Caller;
use crate::error::AppError;
use crate::links::{self, LinkKind};
use crate::ui::time::to_millis;

/// Why no SMS was queued.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// It cannot go to this account, or not now; others may get theirs. A sentence.
    #[error("{0}")]
    ToThisOne(String),
    /// A limit that is everybody's is reached: nobody gets one for now. A sentence.
    #[error("{0}")]
    ToAnybody(String),
    #[error(transparent)]
    Other(#[from] AppError),
}

/// As long as any token of a link.
const SOME_TOKEN: &str = "0000000000000000000000000000000000000000000";

/// What the dialog before an SMS says: whom, what, and what it does.
pub async fn preview(caller: &Caller, account: Uuid, kind: SmsKind) -> Result<SmsPreview, AppError> {
    let mut tx = caller.pool.begin().await?;
    let (settings, recipient, _) = check(&mut tx, caller.scope(), account, kind).await?;
    let (text, size) = written(caller, &recipient, kind)?;
    let replaces = links::db::made_at(&mut tx, account, kind.into()).await?;
    Ok(SmsPreview {
        message: Uuid::now_v7(),
        account,
        kind,
        title: recipient.owner.unwrap_or_else(|| recipient.username.clone()),
        username: recipient.username,
        number: recipient.number,
        profile: recipient.profile,
        text: masked(&text, &format!("{}/{}/", caller.service.origin, LinkKind::from(kind).path())),
        size,
        hours: recipient.link_hours,
        replaces: replaces.map(to_millis),
        enables: recipient.is_switched_off && kind == SmsKind::Activation,
        is_development: settings.is_development,
    })
}

/// Queues an SMS under the id that the dialog carries: confirmed twice, it is one. Gives the number that it goes to.
pub async fn send(caller: &Caller, message: Uuid, account: Uuid, kind: SmsKind) -> Result<String, NotSent> {
    let mut tx = caller.pool.begin().await?;
    let (settings, recipient, number) = check(&mut tx, caller.scope(), account, kind).await?;
    match db::is_queued(&mut tx, message, kind.into(), Some(account)).await? {
        Some(true) => return Ok(recipient.number),
        Some(false) => return Err(AppError::Refused("This dialog was used already. Close it and open it again.".into()).into()),
        None => {}
    }
    if let Some((who, seconds)) = db::sent_just_now(&mut tx, account, kind).await? {
        let who = if who == caller.operator.name { "You have" } else { &format!("{who} has") };
        let sentence = format!("{who} sent this account an {} {seconds} s ago. Wait a minute before sending another.", kind.label());
        return Err(NotSent::ToThisOne(sentence));
    }
    limits::take(&mut tx, &settings, &number, caller.operator.id).await?;
    let (text, size) = written(caller, &recipient, kind)?;
    db::drop_queued(&mut tx, account, kind).await?;
    let lifetime = Duration::from_secs(u64::from(recipient.link_hours) * 3600);
    let link = links::db::make(&mut tx, &caller.service.keys, account, kind.into(), Some(lifetime), None).await?;
    let queued = NewMessage {
        id: message,
        kind: kind.into(),
        account: Some(account),
        link: Some(link.id),
        owner: recipient.owner.as_deref(),
        username: Some(&recipient.username),
        number: &recipient.number,
        text: &text,
        size,
        give_up_at: link.expires_at,
        operator: &caller.operator,
    };
    db::insert(&mut tx, &queued).await?;
    happen(&mut tx, account, kind.event()).await?;
    let action = format!("sent an {}", kind.label());
    let to = Change::made("Number", recipient.number.as_str());
    record(&mut tx, caller, &action, Subject { kind: "account", id: account, name: &recipient.full_name() }, &[to]).await?;
    tx.commit().await?;
    caller.service.outbox.notify_one();
    Ok(recipient.number)
}

/// What sending needs, when nothing that can be known before keeps it from being sent. Holds the account.
async fn check(
    connection: &mut PgConnection,
    scope: &Scope,
    account: Uuid,
    kind: SmsKind,
) -> Result<(SmsSettings, Recipient, PhoneNumber), NotSent> {
    let Some(recipient) = db::hold_recipient(connection, scope, account, kind).await? else {
        return Err(missing(connection, scope, account).await?.into());
    };
    if let Some(reason) = NoSms::of(recipient.account_type, &recipient.number) {
        return Err(NotSent::ToThisOne(reason.to_string()));
    }
    let settings = db::settings(connection).await?;
    limits::allow_country(&settings.country_prefixes, &recipient.number)?;
    let number = PhoneNumber::parse(&recipient.number).map_err(|error| AppError::internal(&error))?;
    Ok((settings, recipient, number))
}

/// The text with a mark where the link goes, and what it costs.
fn written(caller: &Caller, recipient: &Recipient, kind: SmsKind) -> Result<(String, SmsSize), AppError> {
    let template = Template::parse(&recipient.text, true).map_err(|error| AppError::internal(&error))?;
    let values = Values {
        link: "",
        owner: recipient.owner.as_deref().unwrap_or_default(),
        number: &recipient.number,
        username: &recipient.username,
        company: recipient.company.as_deref().unwrap_or_default(),
        support_phone: recipient.support_phone.as_deref().unwrap_or_default(),
        support_email: recipient.support_email.as_deref().unwrap_or_default(),
        hours: recipient.link_hours,
    };
    let link = LinkKind::from(kind).address(&caller.service.origin, &Secret::from(SOME_TOKEN));
    Ok(compose(&template, &values, link.expose()))
}

impl From<NotSent> for AppError {
    fn from(error: NotSent) -> Self {
        match error {
            NotSent::ToThisOne(sentence) | NotSent::ToAnybody(sentence) => Self::Refused(sentence),
            NotSent::Other(error) => error,
        }
    }
}

impl From<sqlx::Error> for NotSent {
    fn from(error: sqlx::Error) -> Self {
        Self::Other(error.into())
    }
}

impl From<LifeCycleError> for NotSent {
    fn from(error: LifeCycleError) -> Self {
        Self::Other(error.into())
    }
}

impl From<LifeCycleError> for AppError {
    fn from(error: LifeCycleError) -> Self {
        match error {
            LifeCycleError::NotPossible(reason) => Self::Refused(reason.to_string()),
            LifeCycleError::Database(error) => error.into(),
        }
    }
}
