//! What the page of a new batch sends that no server function takes: all numbers of a file, and all of its rows; and the template
//! that it offers.

use app::batch::import::existing;
use app::batch::view::BatchSent;
use app::domain::batch::{self as domain, NumberKey, ROWS_MAX, TEMPLATE_NAME};
use app::door::{Caller, ClientAddress};
use app::error::AppError;
use app::operators::operator::Operator;
use app::state::AppState;
use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use tokio::sync::oneshot;
use uuid::Uuid;

/// GET /batches/template.csv: a file with the columns of a batch and one example.
pub async fn template() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{TEMPLATE_NAME}\"")),
    ];
    (headers, domain::template()).into_response()
}

/// POST /batches/numbers: digits, one number a line; answers with those that accounts have.
pub async fn numbers(State(state): State<AppState>, text: String) -> Response {
    let keys: Option<Vec<NumberKey>> = text.lines().take(ROWS_MAX + 1).map(NumberKey::digits).collect();
    let Some(keys) = keys.filter(|keys| keys.len() <= ROWS_MAX) else { return refused(&AppError::BadRequest) };
    match existing(&state.pool, keys.into_iter()).await {
        Ok(taken) => {
            let lines: String = taken.iter().map(|number| format!("{number}\n")).collect();
            ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], lines).into_response()
        }
        Err(error) => refused(&error.into()),
    }
}

/// A proxy has passed the request on.
const PASSED_ON: &str = "x-forwarded-for";

/// POST /batches/{id}: the rows, as `domain::batch::push_sent` writes them; answers with lines of JSON while they are stored.
pub async fn rows(
    State(state): State<AppState>,
    Extension(operator): Extension<Operator>,
    address: Option<Extension<ClientAddress>>,
    Path(id): Path<Uuid>,
    sent: Result<Query<BatchSent>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let caller =
        Caller { pool: state.pool.clone(), service: state.service.clone(), operator, address: address.map(|Extension(address)| address.0) };
    let Ok(Query(sent)) = sent else { return refused(&AppError::BadRequest) };
    let (body, arrived) = until_arrived(body);
    match state.imports.start(caller, id, sent, body) {
        Ok(lines) => {
            // As soon as an answer has begun, a proxy such as nginx sends the rest of its request no more.
            if headers.contains_key(PASSED_ON) {
                // Nothing is sent: it is over when the other end is gone.
                let _ = arrived.await;
            }
            ([(header::CONTENT_TYPE, "application/jsonlines")], Body::from_stream(lines)).into_response()
        }
        Err(error) => refused(&error),
    }
}

/// The same body, and what ends when all of it has arrived or nobody wants the rest.
fn until_arrived(body: Body) -> (Body, oneshot::Receiver<()>) {
    let (here, arrived) = oneshot::channel();
    let pieces = body.into_data_stream().map(move |piece| {
        // Goes away with the body.
        let _ = &here;
        piece
    });
    (Body::from_stream(pieces), arrived)
}

fn refused(error: &AppError) -> Response {
    (error.status(), axum::Json(error)).into_response()
}
