//! What every request on the server can reach. What matters lives in Postgres, and nothing of it here.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use sqlx::PgPool;
use tokio::sync::Notify;

use crate::assets::Assets;
use crate::batch::receive::Imports;
use crate::csv_file::Exports;
use crate::keys::Keys;
use crate::live::feed::Feed;

#[derive(Clone, Debug)]
pub struct AppState {
    pub pool: PgPool,
    pub leptos_options: LeptosOptions,
    /// Names of the script, the WASM and the style sheet of this build.
    pub assets: Arc<Assets>,
    /// Browsers reach us by https: cookies are `Secure`, HSTS is sent.
    pub https: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Arc<[crate::domain::acl::Rule]>,
    pub exports: Exports,
    pub imports: Imports,
    pub service: Service,
    /// What changes, for the pages that are open.
    pub live: Feed,
    /// Who asks is answered within this time, whatever happens.
    pub longest_answer: Duration,
}

/// What links and SMSes are made with; the same on every server.
#[derive(Clone, Debug)]
pub struct Service {
    pub keys: Keys,
    /// The public address: `https://ringkey.example.com`, no slash at its end.
    pub origin: Arc<str>,
    /// Wakes the outbox of this server, so that an SMS does not wait for its next look.
    pub outbox: Arc<Notify>,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos_options.clone()
    }
}
