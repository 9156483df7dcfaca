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
    #[error("Something went wrong on the server. Try again, and if it stays, give this number to your admin: {id}")]
    Internal { id: String },
    #[error("The server did not answer. Check your connection and try again.")]
    Network,
}

impl AppError {
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

    use http::StatusCode;
    use leptos::context::use_context;
    use leptos_axum::ResponseOptions;
    use server_fn::error::ServerFnErrorErr;
    use uuid::Uuid;

    use super::AppError;

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
                Self::Unavailable | Self::Network => StatusCode::SERVICE_UNAVAILABLE,
                Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            }
        }
    }

    impl From<sqlx::Error> for AppError {
        fn from(error: sqlx::Error) -> Self {
            use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Tls, WorkerCrashed};
            // Class 57P is "operator intervention" (shutdown, crash recovery), 53300 "too many connections".
            let unreachable = match &error {
                Io(_) | Tls(_) | PoolTimedOut | PoolClosed | WorkerCrashed => true,
                sqlx::Error::Database(db) => db.code().is_some_and(|code| code.starts_with("57P") || code == "53300"),
                _ => false,
            };
            if unreachable {
                tracing::warn!(cause = ?error.to_string(), "database unreachable");
                return Self::Unavailable;
            }
            Self::internal(&error)
        }
    }
}
