//! Every address and what stands before it. Who may call which is decided in one place: `app::access`.

use app::access::{BY_ITSELF, gate};
use app::app::{App, shell};
use app::assets::serve_asset;
use app::error::AppError;
use app::operators::session_store::{PostgresSessions, looking};
use app::server_pages;
use app::state::AppState;
use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::{ConfigError, CsrfLayer, ProtectionError};
use tower_http::limit::RequestBodyLimitLayer;

use crate::export::{export_accounts, export_audit};
use crate::{
    answer_in_time, batch_upload, compression, headers, health, live, own_forms, plain_forms, plain_settings, public_links, receipts,
    refusals, request_log, second_step, session_cookie, sign_in,
};

/// Enough for a form with far too much in every field, so that each is refused by its name; [`uploads`] have limits of their own.
pub const LARGEST_BODY: usize = 512 * 1024;

/// Where the rows of a batch are sent to.
pub const ROWS: &str = "/batches/{id}";

/// Where server functions are; Leptos mounts each under its own name.
const CALLS: &str = "/api/";

/// The whole application. `origin` is what browsers send as `Origin` when they are on one of its pages.
pub fn build(state: &AppState, origin: &str) -> Result<Router, ConfigError> {
    let (for_pages, for_refusal) = (state.clone(), state.clone());
    let csrf = CsrfLayer::new().add_trusted_origin(origin)?.with_insecure_bypass(|_, uri| public_links::is_public_form(uri.path()));
    let csrf = csrf.with_rejection_response(move |_: ProtectionError| {
        tracing::warn!("refused: it came from another site");
        let sentence = "This request came from another site and was not carried out.";
        server_pages::message(&for_refusal, StatusCode::FORBIDDEN, "Not allowed", sentence)
    });
    let routes = |routes: Vec<Route>| routes.into_iter().fold(Router::new(), |router, (_, path, handler)| router.route(path, handler));
    Ok(routes(own_routes())
        .leptos_routes_with_context(state, pages(), || {}, move || shell(for_pages.clone()))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .merge(routes(uploads()))
        // Each layer stands before those above it.
        .layer(from_fn_with_state(state.clone(), gate))
        .layer(session_cookie::layer(PostgresSessions::new(state.pool.clone()), state.https))
        .layer(from_fn(look_by_itself))
        .layer(from_fn(only_post_calls))
        .layer(csrf)
        .layer(from_fn_with_state(state.clone(), answer_in_time::answer))
        .layer(from_fn_with_state(state.clone(), refusals::in_words))
        .layer(CatchPanicLayer::custom(request_log::panicked))
        .layer(compression::layer())
        .layer(from_fn_with_state(state.clone(), headers::add))
        .layer(from_fn_with_state(state.clone(), request_log::log))
        .with_state(state.clone()))
}

/// Every address that the router answers, with its method; a parameter stands as `{name}`.
pub fn addresses() -> Vec<(Method, String)> {
    let own = own_routes().into_iter().chain(uploads()).map(|(method, path, _)| (method, path.to_owned()));
    let pages = pages().into_iter().map(|page| (Method::GET, page.path().to_owned()));
    let calls = server_fn::axum::server_fn_paths().map(|(path, method)| (method, path.to_owned()));
    own.chain(pages).chain(calls).collect()
}

fn pages() -> Vec<AxumRouteListing> {
    generate_route_list(App)
}

type Route = (Method, &'static str, MethodRouter<AppState>);

/// What takes more than a form: all numbers of a file (the 2 MB that axum allows), and its rows, whose bytes are counted as they come.
fn uploads() -> Vec<Route> {
    vec![(Method::POST, "/batches/numbers", post(batch_upload::numbers)), (Method::POST, ROWS, post(batch_upload::rows))]
}

/// What is answered by neither a page nor a server function.
fn own_routes() -> Vec<Route> {
    vec![
        (Method::GET, "/healthz", get(health::alive)),
        (Method::GET, "/readyz", get(health::ready)),
        (Method::GET, "/pkg/{file}", get(serve_asset)),
        (Method::GET, "/favicon.svg", get(serve_asset)),
        (Method::GET, "/robots.txt", get(serve_asset)),
        (Method::POST, "/sign-in", post(sign_in::enter)),
        (Method::GET, "/sign-in/code", get(second_step::show)),
        (Method::POST, "/sign-in/code", post(second_step::enter)),
        (Method::POST, "/sign-out", post(sign_in::leave)),
        (Method::POST, "/password", post(sign_in::change_password)),
        (Method::POST, "/me", post(own_forms::end_sessions)),
        (Method::POST, "/me/second-factor", post(own_forms::second_factor)),
        (Method::GET, "/live", get(live::listen)),
        (Method::GET, "/accounts/export.csv", get(export_accounts)),
        (Method::GET, "/audit/export.csv", get(export_audit)),
        (Method::POST, "/accounts/new", post(plain_forms::create_account)),
        (Method::POST, "/accounts/wizard", post(plain_forms::create_by_wizard)),
        (Method::POST, "/accounts/{id}/edit", post(plain_forms::update_account)),
        (Method::POST, "/groups/new", post(plain_forms::create_group)),
        (Method::POST, "/groups/{id}/edit", post(plain_forms::update_group)),
        (Method::POST, "/profiles/new", post(plain_forms::create_profile)),
        (Method::POST, "/profiles/{id}/edit", post(plain_forms::update_profile)),
        (Method::POST, "/settings", post(plain_settings::save)),
        (Method::POST, "/settings/sip", post(plain_settings::save_sip)),
        (Method::POST, "/settings/test", post(plain_settings::send_test)),
        (Method::GET, "/batches/template.csv", get(batch_upload::template)),
        (Method::GET, "/i/{token}", get(public_links::installation)),
        (Method::POST, "/i/{token}/download", post(public_links::download)),
        (Method::POST, "/i/{token}/installed", post(public_links::installed)),
        (Method::GET, "/a/{token}", get(public_links::activation)),
        (Method::POST, "/a/{token}", post(public_links::press)),
        (Method::GET, "/c/{token}", get(public_links::configuration).head(public_links::no_configuration)),
        (Method::POST, "/c/{token}/manual", post(public_links::manual)),
        (Method::GET, "/d/{token}", get(public_links::directory)),
        (Method::GET, "/receipts/kannel/{message}/{token}", get(receipts::kannel)),
        (Method::POST, "/receipts/twilio/{message}/{token}", post(receipts::twilio)),
    ]
}

/// Server functions change things, and a GET slips past the cookie's SameSite and the check of the origin. So do, in old browsers,
/// the three kinds of body that a form of another site can send; JSON is none of them.
async fn only_post_calls(request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with(CALLS) {
        return next.run(request).await;
    }
    if request.method() != Method::POST {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "POST")]).into_response();
    }
    if !is_json(&request) {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, axum::Json(AppError::BadRequest)).into_response();
    }
    next.run(request).await
}

fn is_json(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// What a page asks for by itself does not keep the session of its operator.
async fn look_by_itself(request: Request, next: Next) -> Response {
    if BY_ITSELF.contains(&request.uri().path()) { looking(next.run(request)).await } else { next.run(request).await }
}
