//! The second step of signing in. After the right password a session is half open: it knows who is on the way and opens nothing. A
//! code makes a whole one of it, under a new id.

use app::domain::query_string;
use app::error::AppError;
use app::operators::code_page;
use app::operators::db::{self, Credentials};
use app::operators::sign_in::ask_for_code;
use app::server_pages;
use app::state::AppState;
use axum::Form;
use axum::extract::{Extension, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tower_sessions::Session;
use uuid::Uuid;

use crate::sign_in::{Origin, Refusal, let_in, safe_next, sign_in_again};

/// Under this key a session that is half open holds who is on the way.
const HALF_OPEN: &str = "half_open";

#[derive(Serialize, Deserialize)]
struct HalfOpen {
    operator: Uuid,
    /// The digest of the hash that the password was judged by: with another password the way is over.
    judged_by: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Next {
    next: String,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CodeForm {
    code: String,
    recovery: String,
    next: String,
}

/// Leads on to the second step.
pub fn lead(next: &str) -> Redirect {
    Redirect::to(&format!("/sign-in/code?next={}", query_string::encode(safe_next(next))))
}

/// Leaves a half-open session, under a new id and with nothing of what it held before. Five minutes later it ends.
pub async fn begin(session: &Session, found: &Credentials) -> Result<(), Refusal> {
    session.clear().await;
    session.cycle_id().await?;
    session.insert(HALF_OPEN, HalfOpen { operator: found.operator.id, judged_by: digest(&found.password_hash) }).await?;
    session.save().await?;
    Ok(())
}

/// GET /sign-in/code
pub async fn show(State(state): State<AppState>, session: Session, Query(Next { next }): Query<Next>) -> Response {
    match half_open(&session).await {
        Ok(Some(_)) => code_page::page(&state, StatusCode::OK, safe_next(&next), ""),
        Ok(None) => Redirect::to("/sign-in").into_response(),
        Err(_) => server_pages::try_again(&state, &AppError::Unavailable, "/sign-in/code"),
    }
}

/// POST /sign-in/code
pub async fn enter(
    State(state): State<AppState>,
    session: Session,
    address: Option<Extension<app::door::ClientAddress>>,
    parts: Parts,
    Form(form): Form<CodeForm>,
) -> Response {
    let from = Origin::of(&parts.headers, address);
    match try_to_enter(&state, &session, &form, &from).await {
        Ok(()) => Redirect::to(safe_next(&form.next)).into_response(),
        Err(Stop::Over(refusal)) => sign_in_again(&state, parts, String::new(), &form.next, refusal).await,
        Err(Stop::Again(refusal)) => {
            tracing::warn!(address = %from.address, status = refusal.status.as_u16(), "code refused");
            let page = code_page::page(&state, refusal.status, safe_next(&form.next), &refusal.message);
            refusal.wait.add_to(page)
        }
    }
}

/// Why nobody was signed in.
enum Stop {
    /// The way begins again with the password.
    Over(Refusal),
    /// Another code may be tried.
    Again(Refusal),
}

async fn try_to_enter(state: &AppState, session: &Session, form: &CodeForm, from: &Origin) -> Result<(), Stop> {
    let over = || Stop::Over(Refusal::signed_out("The time for the code is over. Sign in again.".into()));
    let half = half_open(session).await.map_err(Stop::Again)?.ok_or_else(over)?;
    let found = db::credentials_of(&state.pool, half.operator).await.map_err(|error| Stop::Again(AppError::from(error).into()))?;
    let found = found.filter(|found| !found.disabled && digest(&found.password_hash) == half.judged_by);
    let Credentials { operator, password_hash, .. } = found.ok_or_else(|| Stop::Over(Refusal::overtaken()))?;
    let typed = if form.recovery.trim().is_empty() { &form.code } else { &form.recovery };
    ask_for_code(&state.pool, &state.service.keys, &operator, typed, from.address).await.map_err(|error| Stop::Again(error.into()))?;
    let_in(state, session, &operator, &password_hash, from).await.map_err(Stop::Over)?;
    tracing::info!(operator = ?operator.name, address = %from.address, "signed in with a second factor");
    Ok(())
}

async fn half_open(session: &Session) -> Result<Option<HalfOpen>, Refusal> {
    Ok(session.get(HALF_OPEN).await?)
}

fn digest(hash: &str) -> String {
    format!("{:x}", Sha256::digest(hash))
}
