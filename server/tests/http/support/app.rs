//! The application on a port of its own and a database of its own.

use std::sync::Arc;
use std::time::Duration;

use app::access::SESSION_OPERATOR;
use app::audit::db::Author;
use app::domain::role::Role;
use app::domain::secret::Secret;
use app::keys::Keys;
use app::live::feed::Feed;
use app::operators::session_store::PostgresSessions;
use app::operators::{db, limits, password};
use app::state::AppState;
use clap::Parser;
use server::config::Cli;
use server::patience::{self, Limits, Patient};
use server::values::PublicAddress;
use server::{router, serve};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tower_sessions::Session;
use uuid::Uuid;

use super::Client;
use super::database;
use super::leaks::{self, LogWatch};
use super::program::SECRET_KEY;

/// A password that the rules allow; every operator that tests make has it.
pub const PASSWORD: &str = "four words of a test";

/// Of the live channel.
const HEARTBEAT: Duration = Duration::from_millis(200);

pub struct TestApp {
    /// `http://127.0.0.1:PORT`
    pub address: String,
    pub pool: PgPool,
    pub state: AppState,
    _log: LogWatch,
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts with settings, written as flags.
    pub async fn start_with(flags: &[&str]) -> Self {
        Self::start_on(database::fresh().await, flags).await
    }

    /// Another server on the same database.
    pub async fn beside(&self) -> Self {
        Self::start_on(self.pool.clone(), &[]).await
    }

    /// One more server on a database.
    pub async fn start_on(pool: PgPool, flags: &[&str]) -> Self {
        Self::start_by(pool, flags, Limits::default(), |_| {}).await
    }

    /// One that waits so long for the other end of a connection, and for an answer.
    pub async fn start_patient(pool: PgPool, flags: &[&str], limits: Limits, longest_answer: Duration) -> Self {
        Self::start_by(pool, flags, limits, |state| state.longest_answer = longest_answer).await
    }

    /// A server that gives up waiting sooner than others.
    pub async fn start_hasty(pool: PgPool, longest_answer: Duration) -> Self {
        Self::start_patient(pool, &[], Limits::default(), longest_answer).await
    }

    async fn start_by(pool: PgPool, flags: &[&str], limits: Limits, change: impl FnOnce(&mut AppState)) -> Self {
        let log = LogWatch::start();
        let settings = Cli::try_parse_from(["ringkey"].iter().chain(flags)).unwrap_or_else(|error| panic!("{error}")).settings;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bound = listener.local_addr().unwrap();
        let public = settings.public_address.clone().unwrap_or_else(|| PublicAddress::parse(&format!("http://{bound}")).unwrap());
        let mut state = serve::state(&settings, &public, pool.clone(), Keys::new(&[7; 32]));
        state.live = Feed::new(HEARTBEAT);
        change(&mut state);
        let router = router::build(&state, &public.origin).unwrap();
        let kept = state.clone();
        tokio::spawn(async move { axum::serve(Patient::new(listener, limits), patience::service(router)).await });
        Self { address: format!("http://{bound}"), pool, state: kept, _log: log }
    }

    /// A program that runs by itself on this database, with the key that tests give their programs.
    pub fn of_program(address: &str, pool: PgPool) -> Self {
        let settings = Cli::try_parse_from(["ringkey"]).unwrap_or_else(|error| panic!("{error}")).settings;
        let keys = Keys::new(&Sha256::digest(SECRET_KEY).into());
        let state = serve::state(&settings, &PublicAddress::parse(address).unwrap(), pool.clone(), keys);
        Self { address: address.to_owned(), pool, state, _log: LogWatch::start() }
    }

    /// Starts sending the SMSes of this database, for as long as the test runs.
    pub fn start_outbox(&self) {
        tokio::spawn(serve::outbox(&self.state).unwrap().run(std::future::pending()));
    }

    /// Somebody who is not signed in.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.address, None)
    }

    /// A signed-in operator of this role, called like the role.
    pub async fn sign_in_as(&self, role: Role) -> Client {
        self.sign_in_by_id(self.operator_id(role.as_str(), role).await).await
    }

    /// A signed-in operator of this name and role who is limited to these groups.
    pub async fn sign_in_limited(&self, name: &str, role: Role, groups: &[Uuid]) -> Client {
        let id = self.operator_id(name, role).await;
        limits::limit(&self.pool, Author { id: None, name: "a test", address: None }, id, Some(groups)).await.unwrap();
        self.sign_in_by_id(id).await
    }

    /// Signs in the operator of this id.
    pub async fn sign_in_by_id(&self, id: Uuid) -> Client {
        // Straight into the store: the way through the form, with its hash and its limits, has tests of its own.
        let session = Session::new(None, Arc::new(PostgresSessions::new(self.pool.clone())), None);
        session.insert(SESSION_OPERATOR, id).await.unwrap();
        session.save().await.unwrap();
        leaks::is_session(&session.id().unwrap().to_string());
        let name = if self.state.https { "__Host-id" } else { "id" };
        Client::new(&self.address, Some(format!("{name}={}", session.id().unwrap())))
    }

    /// Adds an operator whose password is [`PASSWORD`].
    pub async fn add_operator(&self, name: &str, role: Role) -> Uuid {
        let hash = password::hash(Secret::from(PASSWORD.to_owned())).await.unwrap();
        db::create(&self.pool, name, role, &hash, false).await.unwrap()
    }

    pub async fn operator_id(&self, name: &str, role: Role) -> Uuid {
        if let Some(found) = db::find_credentials(&self.pool, name).await.unwrap() {
            return found.operator.id;
        }
        // A hash of nothing: nobody signs in with it.
        db::create(&self.pool, name, role, "$argon2id$", false).await.unwrap()
    }
}
