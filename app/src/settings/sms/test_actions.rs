//! A test message: queued like every SMS, and looked at until its way has ended.

use sqlx::PgExecutor;
use uuid::Uuid;

use super::view::TestMessage;
use crate::accounts::db::parsed;
use crate::audit::db::{Subject, record};
use crate::domain::message::MessageKind;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::sms_text::SmsSize;
use crate::door::Caller;
use crate::error::AppError;
use crate::messages::db::{self as messages, NewMessage};
use crate::messages::limits;

/// Queues a test message to `number`, under the id that the page carries: confirmed twice, it is one.
pub async fn send(caller: &Caller, message: Uuid, number: &str) -> Result<(), AppError> {
    let number = PhoneNumber::parse(number).map_err(|error| AppError::Refused(error.to_string()))?;
    if !number.as_str().starts_with('+') {
        return Err(AppError::Refused("SMS needs an international number, with + in front, such as +39 320 1184467.".into()));
    }
    let mut tx = caller.pool.begin().await?;
    let settings = messages::settings(&mut *tx).await?;
    limits::allow_country(&settings.country_prefixes, number.as_str())?;
    // Who presses twice waits here for himself: the counts are held until the first has committed.
    limits::take(&mut tx, &settings, &number, caller.operator.id).await?;
    match messages::is_queued(&mut tx, message, MessageKind::Test, None).await? {
        Some(true) => return Ok(()),
        Some(false) => return Err(AppError::Refused("This form was used already. Reload the page.".into())),
        None => {}
    }
    let text = format!("Test message from Ringkey, sent by {}.", caller.operator.name);
    let queued = NewMessage {
        id: message,
        kind: MessageKind::Test,
        account: None,
        link: None,
        owner: None,
        username: None,
        number: number.as_str(),
        text: &text,
        size: SmsSize::of(&text),
        give_up_at: None,
        operator: &caller.operator,
    };
    messages::insert(&mut tx, &queued).await?;
    record(&mut tx, caller, "sent a test message", Subject { kind: "message", id: message, name: number.as_str() }, &[]).await?;
    tx.commit().await?;
    caller.service.outbox.notify_one();
    Ok(())
}

/// Where a test message is; none of that id.
pub async fn find(executor: impl PgExecutor<'_>, message: Uuid) -> Result<Option<TestMessage>, sqlx::Error> {
    let row = sqlx::query!("SELECT number, state, reason, gateway FROM messages WHERE id = $1 AND kind = 'test'", message)
        .fetch_optional(executor)
        .await?;
    row.map(|row| {
        let gateway = row.gateway.map(|word| parsed(&word)).transpose()?;
        Ok(TestMessage { number: row.number, state: parsed(&row.state)?, reason: row.reason, gateway })
    })
    .transpose()
}
