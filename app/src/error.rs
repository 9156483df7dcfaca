//! The one error type: what a server function, a page or a form handler answers when it does not answer well.
//! Each variant is a sentence for the user; causes stay on the server, in the log, under the id that the user sees.

use serde::{Deserialize, Serialize};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

use crate::accounts::view::StoredAccount;
use crate::domain::account_field::AccountField;
use crate::domain::field_errors::FieldErrors;
use crate::domain::gateway_draft::GatewayField;
use crate::domain::group_draft::GroupField;
use crate::domain::profile_draft::ProfileField;
use crate::domain::sip_settings::SipField;
use crate::wire::TextJsonEncoding;

/// Why something was not done, in the user's words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum AppError {
    #[error("You are signed out. Sign in again; what you typed stays on this page.")]
    SignedOut,
    #[error("Your role does not allow this. Ask an admin of this service.")]
    Forbidden,
    #[error("{0}")]
    NotFound(String),
    #[error("Some fields need a change.")]
    InvalidAccount(FieldErrors<AccountField>),
    #[error("Some fields need a change.")]
    InvalidGroup(FieldErrors<GroupField>),
    #[error("Some fields need a change.")]
    InvalidProfile(FieldErrors<ProfileField>),
    #[error("Some fields need a change.")]
    InvalidGateway(FieldErrors<GatewayField>),
    #[error("Some fields need a change.")]
    InvalidSip(FieldErrors<SipField>),
    /// The account was saved by somebody else since the form was opened; carries what the database holds now.
    #[error("Somebody else saved this account while you were editing it.")]
    EditConflict(StoredAccount),
    /// A sentence of its own: what stands in the way and what to do.
    #[error("{0}")]
    Refused(String),
    #[error("This request was not understood. Reload the page and try again.")]
    BadRequest,
    #[error("Ringkey cannot reach its database. Nothing was changed; try again in a moment.")]
    Unavailable,
    /// In the middle of something, of which nobody knows yet whether it was done.
    #[error("The connection to Ringkey’s database broke. Try again in a moment: what was saved already is not saved twice.")]
    Interrupted,
    #[error("Ringkey’s database can only be read at the moment. Nothing was changed; try again in a while.")]
    ReadOnly,
    #[error("Ringkey’s database has no room left. Nothing was changed; tell the people who run this service.")]
    Full,
    #[error("Something went wrong on the server. Try again, and if it stays, give this number to your admin: {id}")]
    Internal { id: String },
    #[error("The server did not answer. Check your connection and try again.")]
    Network,
}

impl AppError {
    /// The same of something that is done as a whole or not at all, when it is certain that it was not done.
    #[must_use]
    pub fn and_nothing_done(self) -> Self {
        if self == Self::Interrupted { Self::Unavailable } else { self }
    }

    /// The same of something that is done in steps, when some of them were done.
    #[must_use]
    pub fn and_some_done(self) -> Self {
        match self {
            Self::Unavailable => Self::Interrupted,
            Self::ReadOnly => Self::Refused(
                "Ringkey’s database can only be read at the moment. What was changed stays changed; try the rest again in a while.".into(),
            ),
            Self::Full => Self::Refused(
                "Ringkey’s database has no room left. What was changed stays changed; tell the people who run this service.".into(),
            ),
            other => other,
        }
    }

    /// The error of a page whose address names nothing. On the server the page gets the status that goes with it.
    pub fn nothing_here(sentence: &str) -> Self {
        let error = Self::NotFound(sentence.into());
        #[cfg(feature = "ssr")]
        on_the_server::answer_with(&error);
        error
    }
}

impl FromServerFnError for AppError {
    type Encoder = TextJsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        #[cfg(feature = "ssr")]
        return on_the_server::before_the_door(&error);
        #[cfg(not(feature = "ssr"))]
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Self::BadRequest,
            _ => Self::Network,
        }
    }
}

#[cfg(feature = "ssr")]
pub mod on_the_server {
    use std::fmt::Display;
    use std::io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable, NotFound};

    use http::StatusCode;
    use leptos::context::use_context;
    use leptos_axum::ResponseOptions;
    use server_fn::error::ServerFnErrorErr;
    use uuid::Uuid;

    use super::AppError;
    use crate::db;

    /// What is answered when a call could not even be read. The door has not seen it, so the status is set here.
    pub fn before_the_door(error: &ServerFnErrorErr) -> AppError {
        let answer = match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => AppError::BadRequest,
            other => AppError::internal(other),
        };
        answer_with(&answer);
        answer
    }

    /// Gives what is being answered the status of `error`.
    pub fn answer_with(error: &AppError) {
        if let Some(response) = use_context::<ResponseOptions>() {
            response.set_status(error.status());
        }
    }

    impl AppError {
        /// Logs the cause under a new id and gives the error that shows only the id.
        pub fn internal(cause: &(impl Display + ?Sized)) -> Self {
            let id = Uuid::new_v4().simple().to_string()[..12].to_owned();
            tracing::error!(error_id = %id, cause = ?cause.to_string(), "internal error");
            Self::Internal { id }
        }

        /// The HTTP status that goes with this error.
        pub fn status(&self) -> StatusCode {
            match self {
                Self::SignedOut => StatusCode::UNAUTHORIZED,
                Self::Forbidden => StatusCode::FORBIDDEN,
                Self::NotFound(_) => StatusCode::NOT_FOUND,
                Self::InvalidAccount(_)
                | Self::InvalidGroup(_)
                | Self::InvalidProfile(_)
                | Self::InvalidGateway(_)
                | Self::InvalidSip(_) => StatusCode::UNPROCESSABLE_ENTITY,
                Self::EditConflict(_) | Self::Refused(_) => StatusCode::CONFLICT,
                Self::BadRequest => StatusCode::BAD_REQUEST,
                Self::Unavailable | Self::Interrupted | Self::ReadOnly | Self::Full | Self::Network => StatusCode::SERVICE_UNAVAILABLE,
                Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            }
        }
    }

    impl From<sqlx::Error> for AppError {
        fn from(error: sqlx::Error) -> Self {
            let told = match &error {
                sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Self::Unavailable,
                // Nobody was there to connect to.
                sqlx::Error::Io(error) if matches!(error.kind(), ConnectionRefused | NotFound | HostUnreachable | NetworkUnreachable) => {
                    Self::Unavailable
                }
                sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed => Self::Interrupted,
                sqlx::Error::Database(refused) => match refused.code().as_deref() {
                    // Too many connections; starting up.
                    Some("53300" | "57P03") => Self::Unavailable,
                    Some(db::READ_ONLY) => {
                        db::refused_to_write();
                        Self::ReadOnly
                    }
                    Some(db::FULL) => Self::Full,
                    // Class 57P is "operator intervention": a shutdown, or the end of all when one has crashed.
                    Some(code) if code.starts_with("57P") => Self::Interrupted,
                    _ => return Self::internal(&error),
                },
                _ => return Self::internal(&error),
            };
            tracing::warn!(cause = ?error.to_string(), "the database cannot do it now");
            told
        }
    }
}
