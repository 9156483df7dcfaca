//! `ringkey serve`: from an empty machine to answered requests, and back to nothing without losing one.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use app::accounts::export::Exports;
use app::assets::Assets;
use app::batch::receive::Imports;
use app::domain::secret::Secret;
use app::gateways::http::{Http, Limits};
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
    let listener = bind(settings).await?;
    let bound = listener.local_addr().map_err(|error| Failure::setting("listen", error))?;
    let public = settings.public_address(bound)?;
    let database = Database::open(settings, For::Serving).await?;
    let served = serve(settings, listener, &public, &database.pool).await;
    database.close().await;
    served
}

async fn serve(settings: &Settings, listener: TcpListener, public: &PublicAddress, pool: &PgPool) -> Result<(), Failure> {
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
    let housekeeping = tokio::spawn(housekeeping::run(pool.clone()));
    let stop_outbox = Arc::new(Notify::new());
    let outbox_stops = stop_outbox.clone();
    let outbox = tokio::spawn(outbox(&state)?.run(async move { outbox_stops.notified().await }));

    let stopping = Arc::new(Notify::new());
    let server = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>());
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
    let http = Http::new(Limits::default()).map_err(|error| Failure::new(format!("the system’s certificates cannot be read: {error}")))?;
    Ok(Outbox { pool: state.pool.clone(), service: state.service.clone(), http })
}

async fn bind(settings: &Settings) -> Result<TcpListener, Failure> {
    TcpListener::bind(settings.listen).await.map_err(|error| {
        let problem = match error.kind() {
            io::ErrorKind::AddrInUse => format!("{} is in use by another program: stop it, or choose another port", settings.listen),
            io::ErrorKind::AddrNotAvailable => format!("this machine does not have the address {}", settings.listen.ip()),
            io::ErrorKind::PermissionDenied => {
                format!("this user may not listen on port {}: choose one above 1023", settings.listen.port())
            }
            _ => format!("{} cannot be listened on: {error}", settings.listen),
        };
        Failure::setting("listen", problem)
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
