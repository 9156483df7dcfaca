//! The forms of the settings as a browser posts them without WASM.

use app::domain::field_errors::FieldErrors;
use app::domain::gateway_draft::GatewayDraft;
use app::domain::secret::Secret;
use app::domain::sip_settings::SipSettingsDraft;
use app::error::AppError;
use app::operators::operator::Operator;
use app::server_pages::render;
use app::settings::sip::actions as sip;
use app::settings::sip::view::{Saved, SipFormStart};
use app::settings::sms::view::{GatewayFormStart, RefusedTest};
use app::settings::sms::{actions, test_actions};
use app::state::AppState;
use axum::Form;
use axum::extract::{Extension, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use leptos::context::provide_context;
use uuid::Uuid;

use crate::plain_forms::{caller, refused};

/// POST /settings
pub async fn save(
    state: State<AppState>,
    operator: Extension<Operator>,
    parts: Parts,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Response {
    let caller = caller(&state, operator, &parts);
    let result = async {
        let (version, fields): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| name == "version");
        let version = version.first().and_then(|(_, version)| version.parse().ok()).ok_or(AppError::BadRequest)?;
        let draft = GatewayDraft::from_form(fields.into_iter()).map_err(|_| AppError::BadRequest)?;
        let Err(error) = actions::save(&caller, version, &draft).await else {
            return Ok(Redirect::to("/settings?done=settings-saved").into_response());
        };
        let status = error.status();
        // A secret that was typed is typed again: no page holds one.
        let draft = GatewayDraft { kannel_password: Secret::default(), twilio_auth_token: Secret::default(), ..draft };
        let mut start = GatewayFormStart { version, draft, ..actions::start_form(&caller).await? };
        match error {
            AppError::InvalidGateway(errors) => start.errors = errors,
            other => start.message = Some(other.to_string()),
        }
        Ok(render(&state, parts, status, move || provide_context(start.clone())).await)
    };
    result.await.unwrap_or_else(|error| refused(&state, &error))
}

/// POST /settings/sip
pub async fn save_sip(
    state: State<AppState>,
    operator: Extension<Operator>,
    mut parts: Parts,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Response {
    let caller = caller(&state, operator, &parts);
    let result = async {
        let (hidden, fields): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| name == "version" || name == "confirmed");
        let value = |wanted: &str| hidden.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        let version = value("version").and_then(|version| version.parse().ok()).ok_or(AppError::BadRequest)?;
        let confirmed = value("confirmed") == Some("true");
        let draft = SipSettingsDraft::from_form(fields.into_iter()).map_err(|_| AppError::BadRequest)?;
        let (status, question, errors, message) = match sip::save(&caller, version, &draft, confirmed).await {
            Ok(Saved::Done) => return Ok(Redirect::to("/settings?done=settings-saved").into_response()),
            Ok(Saved::Asks(change)) => (StatusCode::OK, Some(change), FieldErrors::default(), None),
            Err(AppError::InvalidSip(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, None, errors, None),
            Err(error) => (error.status(), None, FieldErrors::default(), Some(error.to_string())),
        };
        let start = SipFormStart { version, draft, question, errors, message, ..sip::start_form(&caller).await? };
        // The page is at the address of the settings.
        parts.uri = Uri::from_static("/settings");
        Ok(render(&state, parts, status, move || provide_context(start.clone())).await)
    };
    result.await.unwrap_or_else(|error| refused(&state, &error))
}

/// What the form of a test message posts.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    id: Uuid,
    number: String,
}

/// POST /settings/test
pub async fn send_test(state: State<AppState>, operator: Extension<Operator>, mut parts: Parts, Form(test): Form<Test>) -> Response {
    let caller = caller(&state, operator, &parts);
    match test_actions::send(&caller, test.id, &test.number).await {
        Ok(()) => Redirect::to(&format!("/settings?test={}", test.id)).into_response(),
        // The page itself would need the database.
        Err(error) if error.status() == StatusCode::SERVICE_UNAVAILABLE => refused(&state, &error),
        Err(error) => {
            let refused = RefusedTest { number: test.number, message: error.to_string() };
            // The page is at the address of the settings.
            parts.uri = Uri::from_static("/settings");
            render(&state, parts, error.status(), move || provide_context(refused.clone())).await
        }
    }
}
