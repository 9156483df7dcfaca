//! The forms of accounts, groups and provisioning profiles as a browser posts them before the WASM is there, or without it: the same
//! checks and the same saving as the server functions, answered with a page.

use app::accounts::{actions as accounts, forms, wizard};
use app::domain::account_draft::AccountDraft;
use app::domain::group_draft::GroupDraft;
use app::domain::profile_draft::ProfileDraft;
use app::door::{Caller, ClientAddress};
use app::error::AppError;
use app::groups::actions as groups;
use app::groups::view::GroupFormStart;
use app::operators::operator::Operator;
use app::profiles::actions as profiles;
use app::profiles::view::ProfileFormStart;
use app::server_pages::{message, render};
use app::state::AppState;
use axum::Form;
use axum::extract::{Extension, Path, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::context::provide_context;
use uuid::Uuid;

type Pairs = Form<Vec<(String, String)>>;

/// What the forms carry beside their fields.
struct Hidden {
    id: Uuid,
    version: i32,
    fields: Vec<(String, String)>,
}

impl Hidden {
    fn take_from(pairs: Vec<(String, String)>) -> Result<Self, AppError> {
        let (hidden, fields): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| name == "id" || name == "version");
        let value = |wanted: &str| hidden.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        let id = value("id").and_then(|id| Uuid::parse_str(id).ok()).ok_or(AppError::BadRequest)?;
        let version = value("version").and_then(|version| version.parse().ok()).ok_or(AppError::BadRequest)?;
        Ok(Self { id, version, fields })
    }
}

/// POST /accounts/new
pub async fn create_account(state: State<AppState>, operator: Extension<Operator>, parts: Parts, Form(pairs): Pairs) -> Response {
    let caller = caller(&state, operator, &parts);
    let result = async {
        let Hidden { id, fields, .. } = Hidden::take_from(pairs)?;
        let draft = AccountDraft::from_form(fields.into_iter()).map_err(|_| AppError::BadRequest)?;
        match accounts::create(&caller, id, &draft).await {
            Ok(group) => Ok(Redirect::to(&format!("/accounts?group={group}&done=account-created")).into_response()),
            Err(error) => account_form_again(&state, &caller, parts, id, None, draft, error).await,
        }
    };
    result.await.unwrap_or_else(|error| refused(&state, &error))
}

/// POST /accounts/wizard
pub async fn create_by_wizard(state: State<AppState>, operator: Extension<Operator>, parts: Parts, Form(pairs): Pairs) -> Response {
    let caller = caller(&state, operator, &parts);
    let result = async {
        let Hidden { id, fields, .. } = Hidden::take_from(pairs)?;
        let draft = AccountDraft::from_form(fields.into_iter()).map_err(|_| AppError::BadRequest)?;
        match wizard::create(&caller, id, &draft).await {
            Ok(made) => {
                let done = if made.is_another { "account-created-anew" } else { "account-created" };
                Ok(Redirect::to(&format!("/accounts/{id}?done={done}")).into_response())
            }
            Err(error) => account_form_again(&state, &caller, parts, id, None, draft, error).await,
        }
    };
    result.await.unwrap_or_else(|error| refused(&state, &error))
}

/// POST /accounts/{id}/edit
pub async fn update_account(
    state: State<AppState>,
    operator: Extension<Operator>,
    Path(id): Path<Uuid>,
    parts: Parts,
    Form(pairs): Pairs,
) -> Response {
    let caller = caller(&state, operator, &parts);
    let result = async {
        let Hidden { version, fields, .. } = Hidden::take_from(pairs)?;
        let draft = AccountDraft::from_form(fields.into_iter()).map_err(|_| AppError::BadRequest)?;
        match accounts::update(&caller, id, version, &draft).await {
            Ok(group) => Ok(Redirect::to(&format!("/accounts?group={group}&done=account-updated")).into_response()),
            Err(error) => account_form_again(&state, &caller, parts, id, Some(version), draft, error).await,
        }
    };
    result.await.unwrap_or_else(|error| refused(&state, &error))
}

async fn account_form_again(
    state: &AppState,
    caller: &Caller,
    parts: Parts,
    id: Uuid,
    edited: Option<i32>,
    draft: AccountDraft,
    error: AppError,
) -> Result<Response, AppError> {
    let (start, status) = forms::start_again(caller, id, edited, draft, error).await?;
    Ok(render(state, parts, status, move || provide_context(start.clone())).await)
}

/// POST /groups/new
pub async fn create_group(state: State<AppState>, operator: Extension<Operator>, parts: Parts, Form(pairs): Pairs) -> Response {
    save_group(&state, operator, parts, pairs, None).await
}

/// POST /groups/{id}/edit
pub async fn update_group(
    state: State<AppState>,
    operator: Extension<Operator>,
    Path(id): Path<Uuid>,
    parts: Parts,
    Form(pairs): Pairs,
) -> Response {
    save_group(&state, operator, parts, pairs, Some(id)).await
}

async fn save_group(
    state: &AppState,
    operator: Extension<Operator>,
    parts: Parts,
    pairs: Vec<(String, String)>,
    edited: Option<Uuid>,
) -> Response {
    let caller = caller(state, operator, &parts);
    let result = async {
        let Hidden { id, version, fields } = Hidden::take_from(pairs)?;
        let draft = GroupDraft::from_form(fields.into_iter()).map_err(|_| AppError::BadRequest)?;
        let (saved, done) = match edited {
            Some(id) => (groups::update(&caller, id, version, &draft).await, "group-updated"),
            None => (groups::create(&caller, id, &draft).await, "group-created"),
        };
        let Err(error) = saved else { return Ok(Redirect::to(&format!("/groups?done={done}")).into_response()) };
        let status = error.status();
        let mut start = GroupFormStart { id, version, draft, ..groups::start_form(&caller, edited).await? };
        match error {
            AppError::InvalidGroup(errors) => start.errors = errors,
            other => start.message = Some(other.to_string()),
        }
        Ok(render(state, parts, status, move || provide_context(start.clone())).await)
    };
    result.await.unwrap_or_else(|error| refused(state, &error))
}

/// POST /profiles/new
pub async fn create_profile(state: State<AppState>, operator: Extension<Operator>, parts: Parts, Form(pairs): Pairs) -> Response {
    save_profile(&state, operator, parts, pairs, None).await
}

/// POST /profiles/{id}/edit
pub async fn update_profile(
    state: State<AppState>,
    operator: Extension<Operator>,
    Path(id): Path<Uuid>,
    parts: Parts,
    Form(pairs): Pairs,
) -> Response {
    save_profile(&state, operator, parts, pairs, Some(id)).await
}

async fn save_profile(
    state: &AppState,
    operator: Extension<Operator>,
    parts: Parts,
    pairs: Vec<(String, String)>,
    edited: Option<Uuid>,
) -> Response {
    let caller = caller(state, operator, &parts);
    let result = async {
        let Hidden { id, version, fields } = Hidden::take_from(pairs)?;
        let draft = ProfileDraft::from_form(fields.into_iter()).map_err(|_| AppError::BadRequest)?;
        let (saved, done) = match edited {
            Some(id) => (profiles::update(&caller, id, version, &draft).await, "profile-updated"),
            None => (profiles::create(&caller, id, &draft).await, "profile-created"),
        };
        let Err(error) = saved else { return Ok(Redirect::to(&format!("/profiles?done={done}")).into_response()) };
        let status = error.status();
        let stored = profiles::start_form(&caller, edited).await?;
        let mut start = ProfileFormStart { id: edited.unwrap_or(id), version, draft, ..stored };
        match error {
            AppError::InvalidProfile(errors) => start.errors = errors,
            other => start.message = Some(other.to_string()),
        }
        Ok(render(state, parts, status, move || provide_context(start.clone())).await)
    };
    result.await.unwrap_or_else(|error| refused(state, &error))
}

pub fn caller(state: &AppState, Extension(operator): Extension<Operator>, parts: &Parts) -> Caller {
    let address = parts.extensions.get::<ClientAddress>().map(|address| address.0);
    Caller { pool: state.pool.clone(), service: state.service.clone(), operator, address }
}

/// The page in the place of the form. It carries the error, so that what was typed is kept when the form may be sent again.
pub fn refused(state: &AppState, error: &AppError) -> Response {
    let mut response = message(state, error.status(), "Not saved", &error.to_string());
    response.extensions_mut().insert(error.clone());
    response
}
