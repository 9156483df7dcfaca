//! A number for every request, one line in the log for it, and a page instead of a broken connection when it panics.

use std::any::Any;
use std::time::Instant;

use app::server_pages;
use app::state::AppState;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Marks the answer of a request that panicked.
#[derive(Clone, Copy)]
struct Panicked;

/// Runs the request under its id, which a proxy may have given it and which the answer carries. The log has the path,
/// never the query: people search for other people's names.
pub async fn log(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).and_then(given).unwrap_or_else(Uuid::now_v7);
    let matched = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    // Server functions are told apart by their path alone, which names no row.
    let path = matched.unwrap_or_else(|| "-".into());
    let span = tracing::info_span!("request", %id, method = %request.method(), path);
    let began = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    if response.extensions().get::<Panicked>().is_some() {
        let sentence = format!("Something in Ringkey broke. Tell your service's admin this number: {id}.");
        response = server_pages::message(&state, StatusCode::INTERNAL_SERVER_ERROR, "Something broke", &sentence);
    }
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    tracing::info!(parent: &span, status = response.status().as_u16(), ms = began.elapsed().as_millis() as u64, "answered");
    response
}

/// An id from outside is taken when it is a UUID, so that nobody writes into the log with it.
fn given(header: &HeaderValue) -> Option<Uuid> {
    header.to_str().ok()?.parse().ok()
}

/// Answers in the place of a handler that panicked; the log gets the reason.
pub fn panicked(reason: Box<dyn Any + Send>) -> Response<Body> {
    let text = reason.downcast_ref::<String>().map(String::as_str).or_else(|| reason.downcast_ref::<&str>().copied());
    tracing::error!(cause = ?text.unwrap_or("unknown"), "a request panicked");
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Panicked);
    response
}
