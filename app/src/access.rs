//! Who may call what: one table of every address, and the gate that stands before all of them.
//! What the table does not name is refused; a test walks every registered route against it.

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use std::net::{IpAddr, SocketAddr};
use tower_sessions::Session;
use uuid::Uuid;

use crate::domain::query_string;
use crate::domain::role::Role;
use crate::door::ClientAddress;
use crate::error::AppError;
use crate::operators::db;
use crate::operators::operator::{Operator, PASSWORD};
use crate::server_pages;
use crate::state::AppState;

/// Under this key a session holds the id of its operator.
pub const SESSION_OPERATOR: &str = "operator";
/// Under these, from where and by what it was opened.
pub const SESSION_ADDRESS: &str = "address";
pub const SESSION_BROWSER: &str = "browser";

/// What an address asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Public,
    /// Any operator, also one who must first change a one-time password.
    SignedIn,
    /// Any operator with a password of their own, also one who must first set up a second factor.
    OwnPassword,
    Role(Role),
}

/// Every address of the application. A segment `:x` stands for any one segment.
const TABLE: &[(&str, &str, Access)] = &[
    ("GET", "/healthz", Access::Public),
    ("GET", "/readyz", Access::Public),
    ("GET", "/favicon.svg", Access::Public),
    ("GET", "/robots.txt", Access::Public),
    ("GET", "/pkg/:file", Access::Public),
    ("GET", "/i/:token", Access::Public),
    ("POST", "/i/:token/download", Access::Public),
    ("POST", "/i/:token/installed", Access::Public),
    ("GET", "/a/:token", Access::Public),
    ("POST", "/a/:token", Access::Public),
    ("GET", "/c/:token", Access::Public),
    ("POST", "/c/:token/manual", Access::Public),
    ("GET", "/d/:token", Access::Public),
    ("GET", "/receipts/kannel/:message/:token", Access::Public),
    ("POST", "/receipts/twilio/:message/:token", Access::Public),
    ("GET", "/sign-in", Access::Public),
    ("POST", "/sign-in", Access::Public),
    ("GET", "/sign-in/code", Access::Public),
    ("POST", "/sign-in/code", Access::Public),
    ("POST", "/sign-out", Access::SignedIn),
    ("GET", "/password", Access::SignedIn),
    ("POST", "/password", Access::SignedIn),
    ("GET", "/me/second-factor", Access::OwnPassword),
    ("POST", "/me/second-factor", Access::OwnPassword),
    ("GET", "/me", Access::Role(Role::Viewer)),
    ("POST", "/me", Access::Role(Role::Viewer)),
    ("GET", "/", Access::Role(Role::Viewer)),
    ("GET", "/live", Access::Role(Role::Viewer)),
    ("GET", "/groups", Access::Role(Role::Viewer)),
    ("GET", "/groups/new", Access::Role(Role::Admin)),
    ("POST", "/groups/new", Access::Role(Role::Admin)),
    ("GET", "/groups/:id/edit", Access::Role(Role::Admin)),
    ("POST", "/groups/:id/edit", Access::Role(Role::Admin)),
    ("GET", "/profiles", Access::Role(Role::Viewer)),
    ("GET", "/profiles/new", Access::Role(Role::Admin)),
    ("POST", "/profiles/new", Access::Role(Role::Admin)),
    ("GET", "/profiles/:id/edit", Access::Role(Role::Admin)),
    ("POST", "/profiles/:id/edit", Access::Role(Role::Admin)),
    ("GET", "/settings", Access::Role(Role::Admin)),
    ("POST", "/settings", Access::Role(Role::Admin)),
    ("POST", "/settings/sip", Access::Role(Role::Admin)),
    ("POST", "/settings/test", Access::Role(Role::Admin)),
    ("GET", "/audit", Access::Role(Role::Admin)),
    ("GET", "/audit/export.csv", Access::Role(Role::Admin)),
    ("GET", "/operators", Access::Role(Role::Admin)),
    ("GET", "/operators/:id", Access::Role(Role::Admin)),
    ("GET", "/accounts", Access::Role(Role::Viewer)),
    ("GET", "/accounts/export.csv", Access::Role(Role::Viewer)),
    ("GET", "/accounts/new", Access::Role(Role::Operator)),
    ("POST", "/accounts/new", Access::Role(Role::Operator)),
    ("GET", "/accounts/wizard", Access::Role(Role::Operator)),
    ("POST", "/accounts/wizard", Access::Role(Role::Operator)),
    ("GET", "/accounts/:id", Access::Role(Role::Viewer)),
    ("GET", "/accounts/:id/edit", Access::Role(Role::Operator)),
    ("POST", "/accounts/:id/edit", Access::Role(Role::Operator)),
    ("GET", "/registered", Access::Role(Role::Viewer)),
    ("GET", "/messages", Access::Role(Role::Viewer)),
    ("GET", "/batches", Access::Role(Role::Viewer)),
    ("GET", "/batches/new", Access::Role(Role::Operator)),
    ("GET", "/batches/template.csv", Access::Role(Role::Operator)),
    ("GET", "/batches/:id", Access::Role(Role::Viewer)),
    ("POST", "/batches/numbers", Access::Role(Role::Operator)),
    ("POST", "/batches/:id", Access::Role(Role::Operator)),
    ("POST", "/api/list_groups", Access::Role(Role::Viewer)),
    ("POST", "/api/group_names", Access::Role(Role::Viewer)),
    ("POST", "/api/group_form", Access::Role(Role::Admin)),
    ("POST", "/api/create_group", Access::Role(Role::Admin)),
    ("POST", "/api/update_group", Access::Role(Role::Admin)),
    ("POST", "/api/delete_group", Access::Role(Role::Admin)),
    ("POST", "/api/operator_groups", Access::Role(Role::Admin)),
    ("POST", "/api/limit_operator", Access::Role(Role::Admin)),
    ("POST", "/api/list_profiles", Access::Role(Role::Viewer)),
    ("POST", "/api/profile_form", Access::Role(Role::Admin)),
    ("POST", "/api/create_profile", Access::Role(Role::Admin)),
    ("POST", "/api/update_profile", Access::Role(Role::Admin)),
    ("POST", "/api/make_default_profile", Access::Role(Role::Admin)),
    ("POST", "/api/delete_profile", Access::Role(Role::Admin)),
    ("POST", "/api/sip_form", Access::Role(Role::Admin)),
    ("POST", "/api/save_sip", Access::Role(Role::Admin)),
    ("POST", "/api/gateway_form", Access::Role(Role::Admin)),
    ("POST", "/api/save_gateway", Access::Role(Role::Admin)),
    ("POST", "/api/send_test_message", Access::Role(Role::Admin)),
    ("POST", "/api/find_test_message", Access::Role(Role::Admin)),
    ("POST", "/api/list_audit", Access::Role(Role::Admin)),
    ("POST", "/api/own_account", Access::Role(Role::Viewer)),
    ("POST", "/api/list_operators", Access::Role(Role::Admin)),
    ("POST", "/api/show_operator", Access::Role(Role::Admin)),
    ("POST", "/api/create_operator", Access::Role(Role::Admin)),
    ("POST", "/api/save_operator", Access::Role(Role::Admin)),
    ("POST", "/api/act_on_operator", Access::Role(Role::Admin)),
    ("POST", "/api/need_second_factor", Access::Role(Role::Admin)),
    ("POST", "/api/list_accounts", Access::Role(Role::Viewer)),
    ("POST", "/api/count_accounts", Access::Role(Role::Viewer)),
    ("POST", "/api/accounts_of", Access::Role(Role::Viewer)),
    ("POST", "/api/account_now", Access::Role(Role::Viewer)),
    ("POST", "/api/change_accounts", Access::Role(Role::Operator)),
    ("POST", "/api/show_account", Access::Role(Role::Viewer)),
    ("POST", "/api/new_account_form", Access::Role(Role::Operator)),
    ("POST", "/api/wizard_form", Access::Role(Role::Operator)),
    ("POST", "/api/create_by_wizard", Access::Role(Role::Operator)),
    ("POST", "/api/edit_account_form", Access::Role(Role::Operator)),
    ("POST", "/api/suggest_username", Access::Role(Role::Operator)),
    ("POST", "/api/taken_fields", Access::Role(Role::Operator)),
    ("POST", "/api/create_account", Access::Role(Role::Operator)),
    ("POST", "/api/update_account", Access::Role(Role::Operator)),
    ("POST", "/api/enable_account", Access::Role(Role::Operator)),
    ("POST", "/api/delete_account", Access::Role(Role::Operator)),
    ("POST", "/api/drop_registration", Access::Role(Role::Operator)),
    ("POST", "/api/preview_sms", Access::Role(Role::Operator)),
    ("POST", "/api/is_development_gateway", Access::Role(Role::Operator)),
    ("POST", "/api/send_sms", Access::Role(Role::Operator)),
    ("POST", "/api/show_activation_code", Access::Role(Role::Operator)),
    ("POST", "/api/copy_activation_link", Access::Role(Role::Operator)),
    ("POST", "/api/list_messages", Access::Role(Role::Viewer)),
    ("POST", "/api/messages_now", Access::Role(Role::Viewer)),
    ("POST", "/api/resend_sms", Access::Role(Role::Operator)),
    ("POST", "/api/list_batches", Access::Role(Role::Viewer)),
    ("POST", "/api/show_batch", Access::Role(Role::Viewer)),
    ("POST", "/api/new_batch_form", Access::Role(Role::Operator)),
    ("POST", "/api/is_batch_stored", Access::Role(Role::Operator)),
    ("POST", "/api/undo_batch", Access::Role(Role::Operator)),
];

/// What open pages ask for by themselves. It is no sign of life of an operator: a page that is left alone does not keep its session.
pub const BY_ITSELF: [&str; 4] = ["/live", "/api/accounts_of", "/api/account_now", "/api/messages_now"];

/// What `method` on `path` asks of its caller; nothing when there is no such address. HEAD is read as GET.
pub fn access(method: &Method, path: &str) -> Option<Access> {
    line(method, path).map(|(_, _, access)| *access)
}

/// Method and pattern of the table's line for an address, such as `/accounts/:id`; nothing when there is no such address.
pub fn pattern(method: &Method, path: &str) -> Option<(&'static str, &'static str)> {
    line(method, path).map(|(method, pattern, _)| (*method, *pattern))
}

fn line(method: &Method, path: &str) -> Option<&'static (&'static str, &'static str, Access)> {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    TABLE.iter().find(|(m, pattern, _)| *m == method && matches(pattern, path))
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(w), Some(g)) if w == g || (w.starts_with(':') && !g.is_empty()) => {}
            _ => return false,
        }
    }
}

/// Whether it is the code of a page that asks, and not a person who goes to an address: refusals are told as data.
#[must_use]
pub fn is_call(method: &Method, path: &str) -> bool {
    path.starts_with("/api/") || path == "/live" || *method == Method::POST && path.starts_with("/batches/")
}

/// The gate before everything: finds the operator of the session and lets through what the table allows.
pub async fn gate(State(state): State<AppState>, session: Session, mut request: Request, next: Next) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let is_call = is_call(&method, uri.path());
    let Some(access) = access(&method, uri.path()) else {
        return refuse(&state, &method, &uri, AppError::NotFound("There is nothing at this address.".into()));
    };
    if let Some(address) = client_address(&state, &request) {
        request.extensions_mut().insert(ClientAddress(address));
    }
    if access == Access::Public {
        return next.run(request).await;
    }
    let operator = match operator_of(&state, &session).await {
        Ok(Some(operator)) => operator,
        Ok(None) if is_call => return refuse(&state, &method, &uri, AppError::SignedOut),
        Ok(None) => return Redirect::to(&sign_in_address(&method, &uri)).into_response(),
        Err(error) => return refuse(&state, &method, &uri, error),
    };
    let first = operator.must_first().filter(|first| match access {
        Access::Public | Access::SignedIn => false,
        Access::OwnPassword => *first == PASSWORD,
        Access::Role(_) => true,
    });
    if let Some(first) = first {
        return if is_call { refuse(&state, &method, &uri, AppError::Forbidden) } else { Redirect::to(first).into_response() };
    }
    if let Access::Role(needed) = access
        && !may(&operator, needed)
    {
        tracing::warn!(operator = ?operator.name, needed = needed.as_str(), "refused: the role does not allow it");
        return refuse(&state, &method, &uri, AppError::Forbidden);
    }
    request.extensions_mut().insert(operator);
    next.run(request).await
}

/// Whether what asks for a role is open to an operator.
#[must_use]
pub fn may(operator: &Operator, needed: Role) -> bool {
    operator.must_first().is_none() && operator.role.allows(needed)
}

/// The operator whose session this is, unless there is none or the operator is disabled.
pub async fn operator_of(state: &AppState, session: &Session) -> Result<Option<Operator>, AppError> {
    let id = session.get::<Uuid>(SESSION_OPERATOR).await.map_err(|error| {
        tracing::warn!(cause = ?error.to_string(), "session store");
        AppError::Unavailable
    })?;
    match id {
        Some(id) => Ok(db::find_active(&state.pool, id).await?),
        None => Ok(None),
    }
}

fn sign_in_address(method: &Method, uri: &Uri) -> String {
    match uri.path_and_query() {
        Some(next) if *method == Method::GET && next.as_str() != "/" => {
            format!("/sign-in?next={}", query_string::encode(next.as_str()))
        }
        _ => "/sign-in".into(),
    }
}

fn client_address(state: &AppState, request: &Request) -> Option<IpAddr> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical();
    let trusted = |address: IpAddr| state.trusted_proxies.iter().any(|proxy| proxy.contains(address));
    if !trusted(peer) {
        return Some(peer);
    }
    Some(forwarded_for(request.headers(), trusted).unwrap_or(peer))
}

/// The last address that no trusted proxy has is the client's: what stands before it may be invented. So may what stands
/// before an entry that cannot be read, which therefore ends the search.
fn forwarded_for(headers: &HeaderMap, trusted: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    let mut entries = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')).map(address_in);
    entries.find(|address| address.is_none_or(|address| !trusted(address))).flatten()
}

/// The address of an entry; some proxies write the port, too.
fn address_in(entry: &[u8]) -> Option<IpAddr> {
    let entry = std::str::from_utf8(entry).ok()?.trim();
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    let address = bare.parse().or_else(|_| entry.parse().map(|with_port: SocketAddr| with_port.ip()));
    address.ok().map(|address| address.to_canonical())
}

/// Answers with an error in the place of what stands at this address, as a page or for a program. The answer carries the error, for
/// the layers that it passes.
pub fn refuse(state: &AppState, method: &Method, uri: &Uri, error: AppError) -> Response {
    let mut response = if is_call(method, uri.path()) {
        let body = serde_json::to_string(&error).unwrap_or_default();
        (error.status(), [("content-type", "application/json")], body).into_response()
    } else {
        match error.status() {
            StatusCode::NOT_FOUND => server_pages::message(state, error.status(), "Not found", &error.to_string()),
            StatusCode::FORBIDDEN => server_pages::message(state, error.status(), "Not allowed", &error.to_string()),
            _ => server_pages::try_again(state, &error, address_of(method, uri)),
        }
    };
    response.extensions_mut().insert(error);
    response
}

/// Where to look again: at the same page, if it is one of ours.
fn address_of<'a>(method: &Method, uri: &'a Uri) -> &'a str {
    let address = uri.path_and_query().map_or("/", |address| address.as_str());
    if *method == Method::GET && access(method, uri.path()).is_some() { address } else { "/" }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn client(lines: &[&str]) -> Option<String> {
        let headers: HeaderMap = lines
            .iter()
            .map(|line| (HeaderName::from_static("x-forwarded-for"), HeaderValue::from_bytes(line.as_bytes()).unwrap()))
            .collect();
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        forwarded_for(&headers, |address| address == proxy).map(|address| address.to_string())
    }

    #[test]
    fn the_last_address_that_is_no_proxys_counts() {
        for lines in [
            &["203.0.113.5"][..],
            &["192.0.2.1, 203.0.113.5"],
            &["192.0.2.1, 203.0.113.5 , 10.0.0.1"],
            &["192.0.2.1", "203.0.113.5", "10.0.0.1"],
            &["192.0.2.1, 203.0.113.5:4711"],
            &["203.0.113.5:4711, 10.0.0.1:80"],
            &["::ffff:203.0.113.5"],
            &["unknown, 203.0.113.5"],
        ] {
            assert_eq!(client(lines).as_deref(), Some("203.0.113.5"), "{lines:?}");
        }
        for line in ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:4711"] {
            assert_eq!(client(&[line]).as_deref(), Some("2001:db8::1"), "{line}");
        }
    }

    #[test]
    fn nothing_is_believed_beyond_what_cannot_be_read() {
        for lines in [
            &[][..],
            &[""],
            &["10.0.0.1"],
            &["192.0.2.1, unknown"],
            &["192.0.2.1,"],
            &["192.0.2.1, 203.0.113.5:port"],
            &["192.0.2.1, _hidden, 10.0.0.1"],
            &["192.0.2.1", "\u{e9}"],
            &["192.0.2.1, 203.0.113.5.7"],
        ] {
            assert_eq!(client(lines), None, "{lines:?}");
        }
    }
}
