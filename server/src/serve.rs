//! `ringkey serve`: from an empty machine to answered requests, and back to nothing without losing one.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use app::assets::Assets;
use app::audit::indexing;
use app::batch::receive::Imports;
use app::csv_file::Exports;
use app::domain::secret::Secret;
use app::gateways::http::{self, Http};
use app::keys::Keys;
use app::live::feed::Feed;
use app::messages::outbox::Outbox;
use app::settings::sip_domain::{self, Adoption};
use app::state::{AppState, Service};
use leptos::config::LeptosOptions;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

use crate::config::Settings;
use crate::database::{Database, For};
use crate::failure::Failure;
use crate::first_admin;
use crate::metrics::Metrics;
use crate::patience::{self, Limits, Patient};
use crate::terminal::say;
use crate::values::PublicAddress;
use crate::{config, housekeeping, key, router};

/// Requests that are still being answered get this long after a signal to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// A request that takes longer is answered without what it waits for.
const LONGEST_ANSWER: Duration = Duration::from_secs(30);
/// Pages that hear nothing for much longer take the line for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Calls to a gateway get this long to end, and what became of them to be stored: longer than any call takes.
const LAST_CALLS: Duration = Duration::from_secs(15);

/// Serves until SIGTERM or SIGINT.
pub async fn run(settings: &Settings) -> Result<(), Failure> {
    let listener = bind("listen", settings.listen).await?;
    let for_metrics = match settings.metrics_listen {
        Some(address) => Some(bind("metrics_listen", address).await?),
        None => None,
    };
    let bound = listener.local_addr().map_err(|error| Failure::setting("listen", error))?;
    let public = settings.public_address(bound)?;
    let database = Database::open(settings, For::Serving).await?;
    let served = serve(settings, Listeners { listener, for_metrics }, &public, &database.pool).await;
    database.close().await;
    served
}

struct Listeners {
    listener: TcpListener,
    for_metrics: Option<TcpListener>,
}

async fn serve(settings: &Settings, listeners: Listeners, public: &PublicAddress, pool: &PgPool) -> Result<(), Failure> {
    let Listeners { listener, for_metrics } = listeners;
    if let Some(domain) = &settings.sip_domain
        && let Adoption::Kept { stored } = sip_domain::adopt(pool, domain).await?
    {
        tracing::warn!(
            "{} is {domain}, and the SIP domain stays {stored}: there are accounts, whose passwords are for it. Change it on the Settings \
             page, which says what that costs",
            config::name_of("sip_domain")
        );
    }
    let one_time_password = first_admin::create_if_none(pool).await?;
    let state = state(settings, public, pool.clone(), key::find(settings)?);
    // Before anybody is told that the server is ready: from then on a signal has to find somebody who hears it.
    let signals = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
    let router = router::build(&state, &public.origin).map_err(|error| Failure::setting("public_address", error))?;
    let (router, metrics) = match for_metrics {
        Some(listener) => {
            let metrics = Metrics::new(state.clone());
            if let Ok(address) = listener.local_addr() {
                tracing::info!("metrics are at http://{address}/metrics");
            }
            (metrics.counting(router), Some(tokio::spawn(metrics.serve(listener))))
        }
        None => (router, None),
    };
    let housekeeping = tokio::spawn(housekeeping::run(pool.clone()));
    let indexing = tokio::spawn(indexing::run(pool.clone()));
    let stop_outbox = Arc::new(Notify::new());
    let outbox_stops = stop_outbox.clone();
    let outbox = tokio::spawn(outbox(&state)?.run(async move { outbox_stops.notified().await }));

    let stopping = Arc::new(Notify::new());
    let server = axum::serve(Patient::new(listener, Limits::default()), patience::service(router));
    let server = server.with_graceful_shutdown(wait_for(signals, stopping.clone(), state.live.clone()));
    announce(public, one_time_password.as_ref());
    let done = tokio::select! {
        done = server => done.map_err(|error| Failure::new(format!("Ringkey stopped serving: {error}"))),
        () = async {
            stopping.notified().await;
            // No new SMS meanwhile: what is on its way has the same time to end.
            stop_outbox.notify_one();
            tokio::time::sleep(DRAIN).await;
        } => {
            tracing::warn!("some requests were still open and are cut off");
            Ok(())
        }
    };
    housekeeping.abort();
    indexing.abort();
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    // What is being handed to a gateway is waited for: a call that is cut off leaves an SMS of which nobody knows.
    stop_outbox.notify_one();
    if tokio::time::timeout(LAST_CALLS, outbox).await.is_err() {
        tracing::warn!("some SMSes were still being sent and will be unknown");
    }
    tracing::info!("stopped");
    done
}

/// What every request can reach.
pub fn state(settings: &Settings, public: &PublicAddress, pool: PgPool, keys: Keys) -> AppState {
    AppState {
        pool,
        leptos_options: LeptosOptions::builder().output_name("ringkey").build(),
        assets: Arc::new(Assets::find()),
        exports: Exports::default(),
        imports: Imports::default(),
        service: Service { keys, origin: public.origin.as_str().into(), outbox: Arc::default() },
        live: Feed::new(HEARTBEAT),
        longest_answer: LONGEST_ANSWER,
        https: public.https,
        trusted_proxies: settings.trusted_proxy.clone().unwrap_or_default().0.into(),
    }
}

/// What sends the SMSes.
pub fn outbox(state: &AppState) -> Result<Outbox, Failure> {
    let http =
        Http::new(http::Limits::default()).map_err(|error| Failure::new(format!("the system’s certificates cannot be read: {error}")))?;
    Ok(Outbox { pool: state.pool.clone(), service: state.service.clone(), http })
}

/// `setting`: the field of the settings that has this address.
async fn bind(setting: &str, address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let problem = match error.kind() {
            io::ErrorKind::AddrInUse => format!("{address} is in use by another program: stop it, or choose another port"),
            io::ErrorKind::AddrNotAvailable => format!("this machine does not have the address {}", address.ip()),
            io::ErrorKind::PermissionDenied => {
                format!("this user may not listen on port {}: choose one above 1023", address.port())
            }
            _ => format!("{address} cannot be listened on: {error}"),
        };
        Failure::setting(setting, problem)
    })
}

async fn wait_for(signals: [io::Result<Signal>; 2], stopping: Arc<Notify>, live: Feed) {
    match signals {
        [Ok(mut terminate), Ok(mut interrupt)] => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
        // Without a way to hear them the system's own handling is left in place, which ends the process.
        [Err(error), _] | [_, Err(error)] => {
            tracing::error!(cause = ?error.to_string(), "signals cannot be heard");
            std::future::pending::<()>().await;
        }
    }
    tracing::info!("stopping: no new requests, {} seconds for those that are open", DRAIN.as_secs());
    // Pages open it again, on the server that follows.
    live.stop();
    stopping.notify_one();
}

fn announce(public: &PublicAddress, one_time_password: Option<&Secret>) {
    say("");
    say(&format!("  Ringkey is ready at {}", public.origin));
    say("");
    match one_time_password {
        Some(password) => {
            say(&format!("  Sign in as         {}", first_admin::NAME));
            say(&format!("  One-time password  {}", password.expose()));
            say("");
            say("  The password opens nothing but its own change: choose one of your own. It is not shown again.");
        }
        None => say(&format!("  Forgotten your password? Set a new one:  ringkey operator passwd {}", first_admin::NAME)),
    }
    say("");
}
