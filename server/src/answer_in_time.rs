//! Everybody is answered in time, and what was typed into a form is not lost when it cannot be taken: the page that says why carries
//! it, and sends it again.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use app::access::refuse;
use app::error::AppError;
use app::server_pages::{self, Kept};
use app::state::AppState;
use axum::Form;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{FromRequest, MatchedPath, Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body::{Frame, SizeHint};
use tokio::time::timeout;

use crate::public_links;
use crate::router::{LARGEST_BODY, ROWS};

/// The forms around a session hold passwords and codes, and say themselves what is wrong.
const NOT_KEPT: [&str; 5] = ["/sign-in", "/sign-in/code", "/sign-out", "/password", "/me/second-factor"];
/// Fields with one of these in their name are secrets, which no page holds.
const SECRET: [&str; 3] = ["password", "token", "secret"];

/// Begins to answer within the time that the state names, the arrival of the request included, and with a page that keeps what was
/// typed when the database cannot take it. Rows of a batch may come for longer: who sends nothing for a while is given up by those who
/// read them.
pub async fn answer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if is_rows(&request) {
        return next.run(request).await;
    }
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let is_awaited = Arc::new(AtomicBool::new(false));
    let request = request.map(|body| Body::new(Arriving { body, is_awaited: Arc::clone(&is_awaited) }));
    let mut typed = None;
    let work = async {
        if !is_form(&request) {
            return next.run(request).await;
        }
        let (head, body) = request.into_parts();
        // The handlers would refuse a longer one.
        let Ok(body) = to_bytes(body, LARGEST_BODY).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
        let read = Request::from_parts(head.clone(), Body::from(body.clone()));
        typed = Form::<Vec<(String, String)>>::from_request(read, &()).await.ok().map(|Form(typed)| typed);
        next.run(Request::from_parts(head, Body::from(body))).await
    };
    let response = timeout(state.longest_answer, work).await.unwrap_or_else(|_| {
        tracing::warn!("a request took too long and was given up");
        if is_awaited.load(Ordering::Relaxed) {
            // The database has no part in it. `refusals` says so in words.
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        // What was to be changed may be changed all the same.
        let error = if method == Method::GET { AppError::Unavailable } else { AppError::Interrupted };
        refuse(&state, &method, &uri, error)
    });
    match (typed, response.extensions().get::<AppError>()) {
        (Some(typed), Some(error)) if error.status() == StatusCode::SERVICE_UNAVAILABLE => keep(&state, &uri, error, typed),
        _ => response,
    }
}

/// What arrives of a request.
struct Arriving {
    body: Body,
    /// Somebody waits for the sender.
    is_awaited: Arc<AtomicBool>,
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        self.is_awaited.store(frame.is_pending(), Ordering::Relaxed);
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Whether this sends the rows of a batch.
fn is_rows(request: &Request) -> bool {
    request.method() == Method::POST && request.extensions().get::<MatchedPath>().is_some_and(|path| path.as_str() == ROWS)
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
