//! Where gateways report what became of an SMS. Each message has an address of its own there, with a token that only the gateway
//! was told; Twilio signs besides.

use app::domain::gateway::GatewayKind;
use app::domain::message::Report;
use app::error::AppError;
use app::gateways::receipts::{of_kannel, of_twilio};
use app::gateways::twilio::is_signed;
use app::messages::{gateway, receipts};
use app::state::AppState;
use axum::Form;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use uuid::Uuid;

/// What Kannel fills in (its user guide, "Delivery reports").
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct KannelReceipt {
    /// `%d`
    r#type: String,
    /// `%A`
    status: String,
}

/// GET /receipts/kannel/{message}/{token}. Kannel asks once and with GET, which is its protocol.
pub async fn kannel(
    State(state): State<AppState>,
    Path((message, token)): Path<(Uuid, String)>,
    Query(receipt): Query<KannelReceipt>,
) -> StatusCode {
    if !state.service.keys.is_receipt_token(GatewayKind::Kannel, message, &token) {
        return StatusCode::NOT_FOUND;
    }
    store(&state, message, of_kannel(&receipt.r#type, &receipt.status)).await
}

/// POST /receipts/twilio/{message}/{token}
pub async fn twilio(
    State(state): State<AppState>,
    Path((message, token)): Path<(Uuid, String)>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> StatusCode {
    if !state.service.keys.is_receipt_token(GatewayKind::Twilio, message, &token) {
        return StatusCode::NOT_FOUND;
    }
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let address = format!("{}{path}", state.service.origin);
    let signature = headers.get("x-twilio-signature").and_then(|signature| signature.to_str().ok()).unwrap_or_default();
    match is_from_twilio(&state, &address, &fields, signature).await {
        Ok(true) => {}
        Ok(false) => return StatusCode::FORBIDDEN,
        Err(error) => return AppError::from(error).status(),
    }
    let field = |wanted: &str| fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    store(&state, message, of_twilio(field("MessageStatus").unwrap_or_default(), field("ErrorCode"))).await
}

/// Whatever gateway sends now: what Twilio was given before, it reports on.
async fn is_from_twilio(state: &AppState, address: &str, fields: &[(String, String)], signature: &str) -> Result<bool, sqlx::Error> {
    let mut connection = state.pool.acquire().await?;
    let token = gateway::twilio_token(&mut connection, &state.service.keys).await?;
    Ok(token.is_some_and(|token| is_signed(&token, address, fields, signature)))
}

/// A receipt that says nothing is no mistake of the gateway's. One that could not be stored is: it may come again.
async fn store(state: &AppState, message: Uuid, report: Option<Report>) -> StatusCode {
    let Some(report) = report else { return StatusCode::NO_CONTENT };
    match receipts::apply(&state.pool, message, &report).await {
        Ok(true) => StatusCode::NO_CONTENT,
        Ok(false) => StatusCode::NOT_FOUND,
        Err(error) => AppError::from(error).status(),
    }
}
