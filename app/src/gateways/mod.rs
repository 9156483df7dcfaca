//! The ways out for SMSes: one trait, and behind it Kannel, Twilio, and the development gateway, which sends nothing.

mod development;
pub mod http;
mod kannel;
pub mod receipts;
pub mod twilio;

use std::sync::Arc;

use async_trait::async_trait;
use uuid::Uuid;

use crate::domain::secret::Secret;
use crate::domain::sms_text::Coding;

use self::development::Development;
use self::http::Http;
use self::kannel::Kannel;
use self::twilio::Twilio;

/// An SMS as a gateway gets it.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub id: Uuid,
    /// In E.164, with its `+`.
    pub to: String,
    /// The whole text. It holds a link that is as good as a password.
    pub text: Secret,
    pub coding: Coding,
    /// The address of this server that takes the receipts of this message. A secret stands in its path.
    pub receipts: Secret,
}

/// What has become of an SMS. Reasons are the users' sentences and hold no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The gateway has it.
    Accepted {
        /// Its name there, when the gateway told one.
        gateway_id: Option<String>,
    },
    /// It certainly was not sent; it can be tried again.
    NotSent { reason: String },
    /// It certainly was not sent, and the same message never will be.
    Refused { reason: String },
    /// It may have been sent: trying again could send it twice, so that a person has to decide.
    Unknown { reason: String },
}

/// Something that takes SMSes.
#[async_trait]
pub trait Gateway: Send + Sync {
    /// Hands a message over, once, and tells what became of it within the time limits of [`http::Limits`].
    async fn send(&self, message: &Outgoing) -> Outcome;
}

/// Which gateway sends, with all that it needs.
#[derive(Clone, Debug)]
pub enum GatewayConfig {
    /// Nothing is sent.
    Development,
    Kannel {
        /// The address of the sendsms service.
        url: String,
        username: String,
        password: Secret,
        /// `None` leaves the choice to Kannel.
        sender: Option<String>,
    },
    Twilio {
        /// `https://api.twilio.com`, or that of a region.
        url: String,
        account_sid: String,
        auth_token: Secret,
        /// A number, a name, or the SID of a messaging service, which begins with `MG`.
        sender: String,
    },
}

impl GatewayConfig {
    /// The gateway, calling through `http`.
    #[must_use]
    pub fn open(self, http: &Http) -> Arc<dyn Gateway> {
        let http = http.clone();
        match self {
            Self::Development => Arc::new(Development),
            Self::Kannel { url, username, password, sender } => Arc::new(Kannel { http, url, username, password, sender }),
            Self::Twilio { url, account_sid, auth_token, sender } => Arc::new(Twilio { http, url, account_sid, auth_token, sender }),
        }
    }
}
