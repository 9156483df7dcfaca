//! What the pages know of SMSes.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::message::{MessageKind, MessageState, SmsKind};
use crate::domain::message_query::Filtered;
use crate::domain::sms_text::SmsSize;
use crate::domain::timeline::TimePlace;

/// An SMS in a list. Times are milliseconds since 1970 UTC, here and below.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRow {
    pub id: Uuid,
    pub kind: MessageKind,
    pub state: MessageState,
    /// What the gateway, or Ringkey, says about the state.
    pub reason: Option<String>,
    /// The account, as long as it is there; owner and username are those of then.
    pub account: Option<Uuid>,
    pub owner: Option<String>,
    pub username: Option<String>,
    pub number: String,
    /// As it was sent, but for what makes the link one: only the development gateway shows that, to those who may send.
    pub text: String,
    pub parts: i16,
    /// Shown here and sent to nobody.
    pub is_development: bool,
    /// How often it was tried.
    pub tries: i16,
    pub next_try_at: i64,
    pub who: String,
    pub queued_at: i64,
    pub sending_at: Option<i64>,
    pub accepted_at: Option<i64>,
    /// When it was delivered, failed or became unknown.
    pub ended_at: Option<i64>,
}

impl MessageRow {
    /// Whom it went to, as people call the account.
    #[must_use]
    pub fn title(&self) -> &str {
        self.owner.as_deref().or(self.username.as_deref()).unwrap_or(&self.number)
    }
}

/// An SMS on the Messages page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedMessage {
    pub message: MessageRow,
    /// The link in its text, whole, where that is shown.
    pub link: Option<String>,
}

impl LoggedMessage {
    /// What a filter looks at.
    #[must_use]
    pub fn filtered(&self) -> Filtered<'_> {
        let MessageRow { owner, username, number, text, state, kind, .. } = &self.message;
        Filtered { owner: owner.as_deref(), username: username.as_deref(), number, text, state: *state, kind: *kind }
    }

    /// Whether whoever may send SMSes may send this one again. What it was about has to be there still; a test is made anew.
    #[must_use]
    pub fn may_be_sent_again(&self) -> bool {
        self.message.state.may_be_sent_again() && self.message.account.is_some() && self.message.kind != MessageKind::Test
    }
}

/// Some of the messages, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageList {
    pub messages: Vec<LoggedMessage>,
    /// The place of the last of them, if there are older ones.
    pub older: Option<TimePlace>,
    /// No gateway is set up: SMSes are shown and sent to nobody.
    pub is_development: bool,
}

/// What is asked before an SMS is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsPreview {
    /// The id that the SMS will have: confirmed twice, it is one.
    pub message: Uuid,
    pub account: Uuid,
    pub kind: SmsKind,
    /// How people call the account.
    pub title: String,
    pub username: String,
    pub number: String,
    pub profile: String,
    /// As it will be sent, but for what makes the link one.
    pub text: String,
    pub size: SmsSize,
    /// For how many hours the link will be good.
    pub hours: u16,
    /// When the link was made that the new one kills.
    pub replaces: Option<i64>,
    /// The account was disabled by hand, and whoever uses the link enables it.
    pub enables: bool,
    /// SMSes are shown on the Messages page only, since no gateway is set up.
    pub is_development: bool,
}
