//! `/metrics` for Prometheus, on a listener of its own: what this server does, and what stands in the database. Labels are
//! patterns of addresses, methods and states: no name, number, token or address of anybody.

mod cached;
mod stored;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use app::access;
use app::state::AppState;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;

use cached::Cached;
use stored::Stored;

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// What every metric's name begins with.
const PREFIX: &str = "ringkey";
/// In seconds: from what a page takes that asks nobody, to the longest answer.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];
/// However many ask, the database is asked no more often.
const KEPT: Duration = Duration::from_secs(5);
/// Counting registrations reads all of them.
const REGISTRATIONS_KEPT: Duration = Duration::from_secs(30);
/// In the place of a pattern, for addresses that are none.
const NO_ADDRESS: &str = "none";

type Labels<const N: usize> = [(&'static str, &'static str); N];

/// The metrics of one server. Its clones are one.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    state: AppState,
    /// What is counted while it happens.
    counted: Registry,
    requests: Family<Labels<3>, Counter>,
    seconds: Family<Labels<2>, Histogram>,
    stored: Cached<Stored>,
    registrations: Cached<i64>,
}

impl Metrics {
    pub fn new(state: AppState) -> Self {
        let mut counted = Registry::with_prefix(PREFIX);
        counted.register("build", "The release that runs", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        let started = Gauge::<f64, AtomicU64>::default();
        started.set(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());
        counted.register("start_time_seconds", "When this server was started, in seconds since 1970", started);
        let requests = Family::default();
        counted.register("http_requests", "Answered requests by address, method and class of the answer", requests.clone());
        let seconds = Family::<_, Histogram>::new_with_constructor(|| Histogram::new(BUCKETS));
        counted.register("http_request_duration_seconds", "Time from a request to the head of its answer", seconds.clone());
        let (stored, registrations) = (Cached::new(KEPT), Cached::new(REGISTRATIONS_KEPT));
        Self(Arc::new(Inner { state, counted, requests, seconds, stored, registrations }))
    }

    /// Counts the requests of a router.
    pub fn counting(&self, router: Router) -> Router {
        router.layer(axum::middleware::from_fn_with_state(self.clone(), count))
    }

    /// Answers on this listener for as long as the server runs.
    pub async fn serve(self, listener: TcpListener) {
        let router = Router::new().route("/metrics", get(scrape)).with_state(self);
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(cause = ?error.to_string(), "metrics are not served any more");
        }
    }

    /// What is so at this moment.
    async fn now(&self) -> Registry {
        let Inner { state, stored, registrations, .. } = &*self.0;
        let pool = &state.pool;
        let mut now = Registry::with_prefix(PREFIX);
        let (size, idle) = (i64::from(pool.size()), i64::try_from(pool.num_idle()).unwrap_or(i64::MAX));
        by_state(&mut now, "database_pool_connections", "Connections to the database", [("idle", idle), ("used", (size - idle).max(0))]);
        let most = i64::from(pool.options().get_max_connections());
        single(&mut now, "database_pool_connections_max", "Connections to the database that this server keeps at most", most);
        let live = i64::try_from(state.live.listeners()).unwrap_or(i64::MAX);
        single(&mut now, "live_connections", "Open pages that are told what changes", live);
        let (stored, registrations) = (stored.get(|| stored::read(pool)).await, registrations.get(|| stored::registrations(pool)).await);
        single(&mut now, "database_up", "Whether the database answers: 1 or 0", i64::from(stored.is_some()));
        if let Some(stored) = stored {
            by_state(&mut now, "outbox_messages", "SMSes that are not handed over yet", stored.outbox());
            by_state(&mut now, "messages_last_day", "SMSes of the last 24 hours that were handed over", stored.last_day());
            let age = Gauge::<f64, AtomicU64>::default();
            age.set(stored.oldest_queued_seconds);
            now.register("outbox_oldest_queued_seconds", "For how long the oldest queued SMS has waited", age);
        }
        if let Some(registrations) = registrations {
            single(&mut now, "registrations", "Registrations of phones in force", registrations);
        }
        now
    }
}

fn single(registry: &mut Registry, name: &str, help: &str, value: i64) {
    let gauge = Gauge::<i64>::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn by_state<const N: usize>(registry: &mut Registry, name: &str, help: &str, values: [(&'static str, i64); N]) {
    let gauges = Family::<Labels<1>, Gauge>::default();
    for (state, value) in values {
        gauges.get_or_create(&[("state", state)]).set(value);
    }
    registry.register(name, help, gauges);
}

async fn count(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let (method, route) = access::pattern(request.method(), request.uri().path()).unwrap_or((NO_ADDRESS, NO_ADDRESS));
    let began = Instant::now();
    let response = next.run(request).await;
    let (method, route) = (("method", method), ("route", route));
    metrics.0.requests.get_or_create(&[method, route, ("status", class(response.status()))]).inc();
    metrics.0.seconds.get_or_create(&[method, route]).observe(began.elapsed().as_secs_f64());
    response
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        0..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

async fn scrape(State(metrics): State<Metrics>) -> Response {
    let now = metrics.now().await;
    let mut text = String::new();
    let encoded = encode_registry(&mut text, &metrics.0.counted).and_then(|()| encode_registry(&mut text, &now));
    match encoded.and_then(|()| encode_eof(&mut text)) {
        Ok(()) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(cause = ?error.to_string(), "metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
