//! Everybody is answered in time, and what was typed into a form is not lost when it cannot be taken: the page that says why carries
//! it, and sends it again.

use app::access::refuse;
use app::error::AppError;
use app::server_pages::{self, Kept};
use app::state::AppState;
use axum::Form;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::public_links;

/// The forms around a session hold passwords, and say themselves what is wrong.
const NOT_KEPT: [&str; 3] = ["/sign-in", "/sign-out", "/password"];
/// Fields with one of these in their name are secrets, which no page holds.
const SECRET: [&str; 3] = ["password", "token", "secret"];

/// Answers within the time that the state names, and with a page that keeps what was typed when the database cannot take it.
pub async fn answer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let mut typed = None;
    let work = async {
        if !is_form(&request) {
            return next.run(request).await;
        }
        let (head, body) = request.into_parts();
        // The handlers would refuse a longer one.
        let Ok(body) = to_bytes(body, crate::router::LARGEST_BODY).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
        let read = Request::from_parts(head.clone(), Body::from(body.clone()));
        typed = Form::<Vec<(String, String)>>::from_request(read, &()).await.ok().map(|Form(typed)| typed);
        next.run(Request::from_parts(head, Body::from(body))).await
    };
    let response = timeout(state.longest_answer, work).await.unwrap_or_else(|_| {
        tracing::warn!("a request took too long and was given up");
        // What was to be changed may be changed all the same.
        let error = if method == Method::GET { AppError::Unavailable } else { AppError::Interrupted };
        refuse(&state, &method, &uri, error)
    });
    match (typed, response.extensions().get::<AppError>()) {
        (Some(typed), Some(error)) if error.status() == StatusCode::SERVICE_UNAVAILABLE => keep(&state, &uri, error, typed),
        _ => response,
    }
}

/// Whether this is a form that a browser posts without WASM, and that is worth keeping.
fn is_form(request: &Request) -> bool {
    let path = request.uri().path();
    let is_form =
        request.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-url"));
    request.method() == Method::POST && is_form && !NOT_KEPT.contains(&path) && !public_links::is_public_form(path) && !is_elsewhere(path)
}

/// Whether it is for another program that calls: a gateway, or the WASM.
fn is_elsewhere(path: &str) -> bool {
    ["/api/", "/receipts/"].iter().any(|start| path.starts_with(start))
}

fn keep(state: &AppState, uri: &Uri, error: &AppError, typed: Vec<(String, String)>) -> Response {
    let count = typed.len();
    let fields: Vec<_> =
        typed.into_iter().filter(|(name, value)| !SECRET.iter().any(|word| name.contains(word) && !value.is_empty())).collect();
    let kept = Kept { address: uri.path().to_owned(), has_secrets: fields.len() < count, fields };
    server_pages::not_saved_yet(state, error, &kept)
}
