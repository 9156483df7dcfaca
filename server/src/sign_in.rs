//! The plain forms around a session: signing in, signing out, and changing one's own password.

use std::net::{IpAddr, Ipv4Addr};

use app::access::SESSION_OPERATOR;
use app::domain::operator_password;
use app::domain::query_string;
use app::domain::secret::Secret;
use app::door::ClientAddress;
use app::error::AppError;
use app::operators::operator::Operator;
use app::operators::password_page::PasswordTry;
use app::operators::sign_in::{SignInError, sign_in};
use app::operators::sign_in_page::SignInTry;
use app::operators::{db, password};
use app::server_pages::{self, render};
use app::state::AppState;
use axum::Form;
use axum::extract::{Extension, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use leptos::context::provide_context;
use serde::Deserialize;
use tower_sessions::Session;
use uuid::Uuid;

use crate::session_cookie;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignInForm {
    name: String,
    password: Secret,
    next: String,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordForm {
    /// Only there for password managers.
    #[serde(rename = "name")]
    _name: String,
    current: Secret,
    new: Secret,
    repeat: Secret,
}

/// POST /sign-in
pub async fn enter(
    State(state): State<AppState>,
    session: Session,
    address: Option<Extension<ClientAddress>>,
    parts: Parts,
    Form(form): Form<SignInForm>,
) -> Response {
    let address = address_of(address);
    match try_to_enter(&state, &session, &form, address).await {
        Ok(()) => Redirect::to(safe_next(&form.next)).into_response(),
        Err(refusal) => {
            tracing::warn!(%address, status = refusal.status.as_u16(), "sign-in refused");
            let tried = SignInTry { name: form.name, message: refusal.message };
            let page = with_next(parts, &form.next);
            refusal.wait.add_to(render(&state, page, refusal.status, move || provide_context(tried.clone())).await)
        }
    }
}

async fn try_to_enter(state: &AppState, session: &Session, form: &SignInForm, address: IpAddr) -> Result<(), Refusal> {
    let found = sign_in(&state.pool, &form.name, form.password.clone(), address).await?;
    open(state, session, found.operator.id, &found.password_hash).await?;
    tracing::info!(operator = ?found.operator.name, %address, "signed in");
    Ok(())
}

/// Opens the session to the operator whose password `hash` is made of. Under a new id: one that was known before the
/// password was given opens nothing (session fixation).
async fn open(state: &AppState, session: &Session, operator: Uuid, hash: &str) -> Result<(), Refusal> {
    session.cycle_id().await?;
    session.insert(SESSION_OPERATOR, operator).await?;
    // Judging a password takes a while. Whoever changes the operator meanwhile ends the sessions that are stored by then;
    // one that is stored later sees the change.
    session.save().await?;
    if db::still_opens(&state.pool, operator, hash).await.map_err(AppError::from)? {
        return Ok(());
    }
    session.flush().await?;
    Err(Refusal::overtaken())
}

/// POST /sign-out
pub async fn leave(State(state): State<AppState>, session: Session) -> Response {
    if let Err(error) = session.flush().await {
        tracing::warn!(cause = ?error.to_string(), "session store");
        return server_pages::try_again(&state, &AppError::Unavailable, "/");
    }
    let mut response = Redirect::to("/sign-in").into_response();
    response.headers_mut().append(header::SET_COOKIE, session_cookie::removal(state.https));
    response
}

/// POST /password
pub async fn change_password(
    State(state): State<AppState>,
    Extension(operator): Extension<Operator>,
    session: Session,
    address: Option<Extension<ClientAddress>>,
    parts: Parts,
    Form(form): Form<PasswordForm>,
) -> Response {
    match try_to_change(&state, &session, &operator, form, address_of(address)).await {
        Ok(()) => Redirect::to("/groups").into_response(),
        Err(refusal) => {
            let tried = PasswordTry { message: refusal.message };
            refusal.wait.add_to(render(&state, parts, refusal.status, move || provide_context(tried.clone())).await)
        }
    }
}

async fn try_to_change(
    state: &AppState,
    session: &Session,
    operator: &Operator,
    form: PasswordForm,
    address: IpAddr,
) -> Result<(), Refusal> {
    let wrong = |message: String| Refusal { status: StatusCode::UNPROCESSABLE_ENTITY, message, wait: Wait(None) };
    if form.new != form.repeat {
        return Err(wrong("The two new passwords are not the same. Type both again.".into()));
    }
    if form.new == form.current {
        return Err(wrong("The new password is the current one. Choose another one.".into()));
    }
    operator_password::check(form.new.expose(), &operator.name).map_err(|error| wrong(error.to_string()))?;
    // The limits of signing in hold here, too: a session that was left open must not become a place to guess at.
    let found = sign_in(&state.pool, &operator.name, form.current, address).await.map_err(|error| match error {
        SignInError::Wrong { .. } => wrong("The current password is wrong.".into()),
        other => other.into(),
    })?;
    let hash = password::hash(form.new).await.map_err(SignInError::from)?;
    if !db::change_own_password(&state.pool, operator.id, &found.password_hash, &hash).await.map_err(AppError::from)? {
        return Err(Refusal::overtaken());
    }
    // All sessions ended with the old password, this one too: it goes on under a new id.
    open(state, session, operator.id, &hash).await?;
    tracing::info!(operator = ?operator.name, "password changed");
    Ok(())
}

/// What is answered instead: the form again, with a sentence.
struct Refusal {
    status: StatusCode,
    message: String,
    wait: Wait,
}

impl Refusal {
    /// An admin was quicker.
    fn overtaken() -> Self {
        let message = "This operator was disabled, or got another password, at the same moment. Sign in again.".into();
        Self { status: StatusCode::UNAUTHORIZED, message, wait: Wait(None) }
    }
}

/// Seconds after which to try again.
struct Wait(Option<u32>);

impl Wait {
    fn add_to(&self, mut response: Response) -> Response {
        if let Some(seconds) = self.0 {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<SignInError> for Refusal {
    fn from(error: SignInError) -> Self {
        let message = error.to_string();
        match error {
            SignInError::Wrong { .. } => Self { status: StatusCode::UNAUTHORIZED, message, wait: Wait(None) },
            SignInError::Wait { seconds } => Self { status: StatusCode::TOO_MANY_REQUESTS, message, wait: Wait(Some(seconds)) },
            SignInError::Database(error) => AppError::from(error).into(),
            SignInError::Hash(error) => AppError::internal(&error).into(),
        }
    }
}

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Self {
        Self { status: error.status(), message: error.to_string(), wait: Wait(None) }
    }
}

impl From<tower_sessions::session::Error> for Refusal {
    fn from(error: tower_sessions::session::Error) -> Self {
        tracing::warn!(cause = ?error.to_string(), "session store");
        AppError::Unavailable.into()
    }
}

fn address_of(address: Option<Extension<ClientAddress>>) -> IpAddr {
    address.map_or(Ipv4Addr::UNSPECIFIED.into(), |Extension(ClientAddress(address))| address)
}

/// The address to go on to: one of ours, or the start. What a browser might read as another site's is not followed.
fn safe_next(next: &str) -> &str {
    let is_ours = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') && next.chars().all(|c| c.is_ascii_graphic());
    if is_ours { next } else { "/groups" }
}

/// The request for the sign-in page that still knows where to go on to.
fn with_next(mut parts: Parts, next: &str) -> Parts {
    if !next.is_empty()
        && let Ok(uri) = Uri::try_from(format!("/sign-in?next={}", query_string::encode(next)))
    {
        parts.uri = uri;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_addresses_are_followed() {
        for ours in ["/", "/groups", "/accounts?q=a%20b&page=2"] {
            assert_eq!(safe_next(ours), ours);
        }
        for theirs in
            ["", "https://evil.example", "//evil.example", "/\\evil.example", "/a\\b", "javascript:alert(1)", "/a\nb", "/a b", "/é"]
        {
            assert_eq!(safe_next(theirs), "/groups", "{theirs:?}");
        }
    }
}
