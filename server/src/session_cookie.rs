//! The session cookie: its name, its flags, and how it is taken back.

use app::operators::session_store::PostgresSessions;
use axum::http::HeaderValue;
use tower_sessions::SessionManagerLayer;
use tower_sessions::cookie::SameSite;

/// The prefix makes browsers take the cookie over https only, for this host only (RFC 6265bis section 4.1.3.2). Plain
/// http, which is for this machine alone, cannot have it.
const NAME: &str = "__Host-id";
const NAME_ON_LOOPBACK: &str = "id";

/// The layer that finds a request's session. The cookie ends with the browser; when the session ends is decided in the
/// store.
pub fn layer(sessions: PostgresSessions, https: bool) -> SessionManagerLayer<PostgresSessions> {
    SessionManagerLayer::new(sessions)
        .with_name(if https { NAME } else { NAME_ON_LOOPBACK })
        .with_secure(https)
        .with_http_only(true)
        .with_same_site(SameSite::Strict)
        .with_path("/")
}

/// Takes the cookie back. The layer does so without `Secure`, which browsers refuse under the `__Host-` prefix.
pub const fn removal(https: bool) -> HeaderValue {
    HeaderValue::from_static(if https {
        "__Host-id=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict"
    } else {
        "id=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
    })
}
