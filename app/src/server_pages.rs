//! Pages that the server answers with by itself: a form rendered again after a plain POST, and the plain page that
//! says why there is nothing else.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use leptos::context::{provide_context, use_context};
use leptos::nonce::Nonce;
use leptos_axum::ResponseOptions;

use crate::app::shell;
use crate::error::AppError;
use crate::state::AppState;

/// Sends the policy of a page: our own files, and scripts with this page's nonce. No inline style, no frame.
pub fn set_content_security_policy(nonce: Option<&Nonce>) {
    let nonce = nonce.map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    let development = if std::env::var_os("LEPTOS_WATCH").is_some() { " ws:" } else { "" };
    let policy = format!(
        "default-src 'none'; script-src 'self'{nonce} 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
         connect-src 'self'{development}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(&policy)) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, value);
    }
}

/// Renders the page at the request's address, with `context` put before it, under `status`.
pub async fn render<F>(state: &AppState, parts: Parts, status: StatusCode, context: F) -> Response
where
    F: Fn() + Clone + Send + Sync + 'static,
{
    let (for_context, for_shell) = (state.clone(), state.clone());
    let handler = leptos_axum::render_app_async_with_context(
        move || {
            provide_context(for_context.clone());
            context();
        },
        move || shell(for_shell.clone()),
    );
    let mut response = handler(Request::from_parts(parts, Body::empty())).await.into_response();
    if response.status().is_success() {
        *response.status_mut() = status;
    }
    response
}

/// A page that says one thing. `sentence` may hold any text.
pub fn message(state: &AppState, status: StatusCode, title: &str, sentence: &str) -> Response {
    say(state, status, title, sentence, r#"<a class="btn" href="/">Go to the groups</a>"#, "'none'")
}

/// The page in the place of one that the database could not give; `address` is that of the page.
pub fn try_again(state: &AppState, error: &AppError, address: &str) -> Response {
    let way_on = format!(r#"<a class="btn main" href="{}">Try again</a>"#, html_escape::encode_double_quoted_attribute(address));
    say(state, error.status(), "Not available right now", &error.to_string(), &way_on, "'none'")
}

/// What was typed into a form that could not be taken.
pub struct Kept {
    /// Where the form was sent to.
    pub address: String,
    /// Names and values, without secrets.
    pub fields: Vec<(String, String)>,
    /// There were some.
    pub has_secrets: bool,
}

/// The page that says why a form was not saved, and sends what was typed once more.
pub fn not_saved_yet(state: &AppState, error: &AppError, kept: &Kept) -> Response {
    let escaped = html_escape::encode_double_quoted_attribute::<str>;
    let mut way_on = format!(r#"<form method="post" action="{}">"#, escaped(&kept.address));
    for (name, value) in &kept.fields {
        // A line break in an attribute would come back as another one.
        let value = escaped(value).replace('\r', "&#13;").replace('\n', "&#10;");
        way_on.push_str(&format!(r#"<input type="hidden" name="{}" value="{value}">"#, escaped(name)));
    }
    way_on.push_str(r#"<button class="btn main">Send it again</button></form>"#);
    let passwords = if kept.has_secrets { " Only passwords have to be typed anew, which you will be asked for." } else { "" };
    let sentence = format!("{error} What you typed is kept in this page.{passwords}");
    say(state, error.status(), "Not saved yet", &sentence, &way_on, "'self'")
}

/// A page that says one thing; `way_on` is markup.
fn say(state: &AppState, status: StatusCode, title: &str, sentence: &str, way_on: &str, form_action: &str) -> Response {
    let inner = format!(
        r#"<section class="card"><h1>{title}</h1><p>{sentence}</p>{way_on}</section>"#,
        title = html_escape::encode_double_quoted_attribute(title),
        sentence = html_escape::encode_double_quoted_attribute(sentence),
    );
    plain(state, status, title, &inner, form_action)
}

/// A page without a script. `inner` is markup; `form_action` says where its forms may go.
pub fn plain(state: &AppState, status: StatusCode, title: &str, inner: &str, form_action: &str) -> Response {
    let page = format!(
        r##"<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title} · Ringkey</title><link rel="stylesheet" href="{css}">
<link rel="icon" type="image/svg+xml" href="/favicon.svg"></head>
<body><div class="solo"><main id="main" class="stackv"><p class="brand"><svg class="i" aria-hidden="true"><use href="#ring"></use></svg>Ringkey</p>
{inner}</main></div><svg hidden>{icons}</svg></body></html>"##,
        title = html_escape::encode_double_quoted_attribute(title),
        css = state.assets.css,
        icons = include_str!("ui/icons.svg"),
    );
    let policy =
        format!("default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action {form_action}; frame-ancestors 'none'");
    (status, [(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
}
