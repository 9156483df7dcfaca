//! The plain forms around a session: signing in, signing out, and changing one's own password. Who has a second factor goes on to
//! `second_step`.

use std::net::{IpAddr, Ipv4Addr};

use app::access::{SESSION_ADDRESS, SESSION_BROWSER, SESSION_OPERATOR};
use app::audit::db::Author;
use app::audit::sessions;
use app::domain::second_factor::SecondFactor;
use app::domain::secret::Secret;
use app::domain::{browser, operator_password, query_string};
use app::door::ClientAddress;
use app::error::AppError;
use app::operators::operator::Operator;
use app::operators::password_page::PasswordTry;
use app::operators::sign_in::{SignInError, sign_in};
use app::operators::sign_in_page::SignInTry;
use app::operators::{actions, db, password};
use app::server_pages::{self, render};
use app::state::AppState;
use axum::Form;
use axum::extract::{Extension, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use leptos::context::provide_context;
use serde::Deserialize;
use tower_sessions::Session;
use uuid::Uuid;

use crate::{second_step, session_cookie};

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
    let from = Origin::of(&parts.headers, address);
    match try_to_enter(&state, &session, &form, &from).await {
        Ok(Entered::Whole) => Redirect::to(safe_next(&form.next)).into_response(),
        Ok(Entered::HalfWay) => second_step::lead(&form.next).into_response(),
        Err(refusal) => {
            tracing::warn!(address = %from.address, status = refusal.status.as_u16(), "sign-in refused");
            sign_in_again(&state, parts, form.name, &form.next, refusal).await
        }
    }
}

/// How far the right password leads.
enum Entered {
    Whole,
    /// A code is asked for now.
    HalfWay,
}

async fn try_to_enter(state: &AppState, session: &Session, form: &SignInForm, from: &Origin) -> Result<Entered, Refusal> {
    let found = sign_in(&state.pool, &form.name, form.password.clone(), from.address).await?;
    if found.operator.second_factor == SecondFactor::On {
        second_step::begin(session, &found).await?;
        return Ok(Entered::HalfWay);
    }
    let_in(state, session, &found.operator, &found.password_hash, from).await?;
    tracing::info!(operator = ?found.operator.name, address = %from.address, "signed in");
    Ok(Entered::Whole)
}

/// Opens the session to an operator who has shown all that is asked for. Whoever is let in is in the history: the cookie is only sent
/// after this.
pub async fn let_in(state: &AppState, session: &Session, operator: &Operator, hash: &str, from: &Origin) -> Result<(), Refusal> {
    open(state, session, operator.id, hash, from).await?;
    if let Err(error) = sessions::signed_in(&state.pool, operator.id, &operator.name, from.address).await {
        session.flush().await?;
        return Err(AppError::from(error).into());
    }
    Ok(())
}

/// The sign-in page, with what was refused.
pub async fn sign_in_again(state: &AppState, parts: Parts, name: String, next: &str, refusal: Refusal) -> Response {
    let tried = SignInTry { name, message: refusal.message };
    let page = with_next(parts, next);
    refusal.wait.add_to(render(state, page, refusal.status, move || provide_context(tried.clone())).await)
}

/// Where a request comes from.
pub struct Origin {
    pub address: IpAddr,
    browser: String,
}

impl Origin {
    pub fn of(headers: &HeaderMap, address: Option<Extension<ClientAddress>>) -> Self {
        let line = headers.get(header::USER_AGENT).and_then(|line| line.to_str().ok()).unwrap_or_default();
        Self { address: client(address), browser: browser::in_short(line) }
    }

    /// An operator at this address, for the history.
    pub fn author<'a>(&self, operator: &'a Operator) -> Author<'a> {
        Author { id: Some(operator.id), name: &operator.name, address: Some(self.address) }
    }
}

fn client(address: Option<Extension<ClientAddress>>) -> IpAddr {
    address.map_or(Ipv4Addr::UNSPECIFIED.into(), |Extension(ClientAddress(address))| address)
}

/// Opens the session to the operator whose password `hash` is made of. Under a new id, and with nothing of what it held before: one
/// that was known before the password was given opens nothing (session fixation).
pub async fn open(state: &AppState, session: &Session, operator: Uuid, hash: &str, from: &Origin) -> Result<(), Refusal> {
    session.clear().await;
    session.cycle_id().await?;
    session.insert(SESSION_OPERATOR, operator).await?;
    session.insert(SESSION_ADDRESS, from.address).await?;
    session.insert(SESSION_BROWSER, &from.browser).await?;
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
pub async fn leave(
    State(state): State<AppState>,
    Extension(operator): Extension<Operator>,
    session: Session,
    address: Option<Extension<ClientAddress>>,
) -> Response {
    if let Err(error) = sessions::signed_out(&state.pool, operator.id, &operator.name, client(address)).await {
        tracing::warn!(cause = ?error.to_string(), "a sign-out could not be noted");
        return server_pages::try_again(&state, &AppError::Unavailable, "/");
    }
    if let Err(error) = session.flush().await {
        tracing::warn!(cause = ?error.to_string(), "session store");
        return server_pages::try_again(&state, &AppError::Unavailable, "/");
    }
    tracing::info!(operator = ?operator.name, "signed out");
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
    let from = Origin::of(&parts.headers, address);
    match try_to_change(&state, &session, &operator, form, &from).await {
        Ok(()) if operator.must_change_password => Redirect::to("/groups").into_response(),
        Ok(()) => Redirect::to("/me?done=password-changed").into_response(),
        Err(refusal) => {
            let tried = PasswordTry { message: refusal.message };
            refusal.wait.add_to(render(&state, parts, refusal.status, move || provide_context(tried.clone())).await)
        }
    }
}

async fn try_to_change(state: &AppState, session: &Session, operator: &Operator, form: PasswordForm, from: &Origin) -> Result<(), Refusal> {
    let wrong = Refusal::of_form;
    if form.new != form.repeat {
        return Err(wrong("The two new passwords are not the same. Type both again.".into()));
    }
    if form.new == form.current {
        return Err(wrong("The new password is the current one. Choose another one.".into()));
    }
    operator_password::check(form.new.expose(), &operator.name).map_err(|error| wrong(error.to_string()))?;
    // The limits of signing in hold here, too: a session that was left open must not become a place to guess at.
    let found = sign_in(&state.pool, &operator.name, form.current, from.address).await.map_err(|error| match error {
        SignInError::Wrong { .. } => wrong("The current password is wrong.".into()),
        other => other.into(),
    })?;
    let hash = password::hash(form.new).await.map_err(SignInError::from)?;
    let author = from.author(operator);
    let changed = actions::change_own_password(&state.pool, author, operator.id, &found.password_hash, &hash).await;
    if !changed.map_err(AppError::from)? {
        return Err(Refusal::overtaken());
    }
    // All sessions ended with the old password, this one too: it goes on under a new id.
    open(state, session, operator.id, &hash, from).await?;
    tracing::info!(operator = ?operator.name, "password changed");
    Ok(())
}

/// What is answered instead: the form again, with a sentence.
pub struct Refusal {
    pub status: StatusCode,
    pub message: String,
    pub wait: Wait,
}

impl Refusal {
    /// Something in the form is not as it should be.
    pub fn of_form(message: String) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, message, wait: Wait(None) }
    }

    /// Not, or no more, on the way to being signed in.
    pub fn signed_out(message: String) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, message, wait: Wait(None) }
    }

    /// An admin was quicker.
    pub fn overtaken() -> Self {
        Self::signed_out("This operator was disabled, or got another password, at the same moment. Sign in again.".into())
    }
}

/// Seconds after which to try again.
pub struct Wait(Option<u32>);

impl Wait {
    pub fn add_to(&self, mut response: Response) -> Response {
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
            SignInError::Wrong { .. } | SignInError::WrongCode { .. } => Self::signed_out(message),
            SignInError::NoCode(_) => Self::of_form(message),
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

/// The address to go on to: one of ours, or the start. What a browser might read as another site's is not followed.
pub fn safe_next(next: &str) -> &str {
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
