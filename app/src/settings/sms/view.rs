//! What the pages know of the SMS gateway.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::field_errors::FieldErrors;
use crate::domain::gateway::{GatewayKind, StoredSecrets};
use crate::domain::gateway_draft::{GatewayDraft, GatewayField};
use crate::domain::message::MessageState;

/// Everything that the form starts from. No secret is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayFormStart {
    /// The save that the form was opened on.
    pub version: i32,
    /// The gateway that sends now.
    pub in_force: GatewayKind,
    pub draft: GatewayDraft,
    /// For whom secrets are stored that this server can read.
    pub stored: StoredSecrets,
    /// The public address of the service, where gateways report.
    pub origin: String,
    /// The id of the test message that this page can send: sent twice, it is one.
    pub test: Uuid,
    /// What a plain form was refused for.
    pub errors: FieldErrors<GatewayField>,
    pub message: Option<String>,
}

/// A plain form's test message that was refused, with what was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedTest {
    pub number: String,
    pub message: String,
}

/// Where a test message is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestMessage {
    pub number: String,
    pub state: MessageState,
    pub reason: Option<String>,
    /// The gateway that it was given to; none before the first try.
    pub gateway: Option<GatewayKind>,
}

impl TestMessage {
    /// Whether nothing more is to come.
    #[must_use]
    pub fn is_over(&self) -> bool {
        match self.state {
            MessageState::Queued | MessageState::Sending => false,
            MessageState::Accepted => self.gateway == Some(GatewayKind::Development),
            MessageState::Delivered | MessageState::Failed | MessageState::Unknown => true,
        }
    }

    /// What is told about it.
    #[must_use]
    pub fn words(&self) -> String {
        let gateway = self.gateway.map_or("the gateway", GatewayKind::label);
        let reason = self.reason.as_deref().unwrap_or_default();
        let number = &self.number;
        match self.state {
            MessageState::Queued if reason.is_empty() => format!("The message to {number} waits to be sent."),
            MessageState::Queued => format!("The message to {number} was not sent yet and is tried again. {reason}"),
            MessageState::Sending => format!("The message to {number} is being handed to {gateway}."),
            MessageState::Accepted if self.is_over() => {
                format!("The message to {number} is shown on the Messages page. The development gateway sends nothing.")
            }
            MessageState::Accepted => format!("{gateway} has the message to {number}. Its report from the phone has not come yet."),
            MessageState::Delivered => format!("The message to {number} has arrived."),
            MessageState::Failed => format!("The message to {number} was not sent. {reason}"),
            MessageState::Unknown => format!("Whether the message to {number} was sent is not known. {reason}"),
        }
    }
}
