//! What the framework refuses by itself, told as Ringkey tells everything: in a sentence, on a page or as an error of a call.

use app::access::is_call;
use app::error::AppError;
use app::server_pages;
use app::state::AppState;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

const TOO_LARGE: &str = "This is more than Ringkey takes at once. Nothing was changed: send less.";
const TOO_SLOW: &str = "This took too long and was given up. Try again in a moment.";

/// Puts a sentence in the place of a bare refusal.
pub async fn in_words(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_call = is_call(request.method(), request.uri().path());
    let response = next.run(request).await;
    let status = response.status();
    let Some(error) = said(status, &response) else { return response };
    let mut told = if is_call {
        (status, axum::Json(error)).into_response()
    } else {
        server_pages::message(&state, status, title(status), &error.to_string())
    };
    // Whoever keeps the connection has not sent all of what was refused.
    told.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    told
}

/// What to say instead of an answer of the framework's; nothing when somebody has said something already.
fn said(status: StatusCode, response: &Response) -> Option<AppError> {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match status {
        StatusCode::PAYLOAD_TOO_LARGE if is_bare(kind) => Some(AppError::Refused(TOO_LARGE.into())),
        StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::UNPROCESSABLE_ENTITY
            if kind.starts_with("text/plain") =>
        {
            Some(AppError::BadRequest)
        }
        StatusCode::SERVICE_UNAVAILABLE if kind.is_empty() => Some(AppError::Refused(TOO_SLOW.into())),
        _ => None,
    }
}

fn is_bare(kind: &str) -> bool {
    kind.is_empty() || kind.starts_with("text/plain")
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Too large",
        StatusCode::SERVICE_UNAVAILABLE => "Not available right now",
        _ => "Not understood",
    }
}
