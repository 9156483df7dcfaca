//! An SMS in the place of one that has failed, or of which nobody knows whether it was sent.

use uuid::Uuid;

use super::db::fate;
use super::send;
use crate::domain::message::SmsKind;
use crate::door::Caller;
use crate::error::AppError;

/// Sends the SMS `of` again as a new one, under the id `message`: with the text of today, and a new link that kills the old one.
/// Gives the number that it goes to.
pub async fn resend(caller: &Caller, message: Uuid, of: Uuid) -> Result<String, AppError> {
    let mut connection = caller.pool.acquire().await?;
    let Some((kind, state, account)) = fate(&mut connection, caller.scope(), of).await? else {
        return Err(AppError::NotFound("There is no such SMS.".into()));
    };
    drop(connection);
    let kind = SmsKind::try_from(kind)
        .map_err(|_| AppError::Refused("A test SMS is not sent again. An admin can send a new one from Settings.".into()))?;
    let Some(account) = account else {
        return Err(AppError::Refused("The account of this SMS was deleted meanwhile. Nothing was sent.".into()));
    };
    if !state.may_be_sent_again() {
        let sentence = format!("This SMS is {} by now, and is not sent again. Send a new one from the account.", state.as_str());
        return Err(AppError::Refused(sentence));
    }
    Ok(send::send(caller, message, account, kind).await?)
}
