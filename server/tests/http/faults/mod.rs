//! What may break around Ringkey, one fault a test: nothing is lost, nothing is done twice, a sentence is told meanwhile, and all goes
//! on by itself. `docs/faults.md` lists them, with those that stand elsewhere. With `RINGKEY_FAULTS=long` (`make faults`) what is left
//! to chance happens more often.

mod clocks;
mod connections;
mod disk_full;
mod killed;
mod many_changed;
mod network;
mod postgres_away;
mod read_only;
mod restarted;
mod writes;

use std::time::{Duration, Instant};

use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgPool};

use crate::support::cluster::Cluster;
use crate::support::program::Serving;
use crate::support::{Client, Reply, TestApp, until};

/// Longer than anybody waits for a connection, and shorter than anybody is patient.
const SOON: Duration = Duration::from_secs(8);

const UNAVAILABLE: &str = "Ringkey cannot reach its database. Nothing was changed; try again in a moment.";
const INTERRUPTED: &str = "The connection to Ringkey’s database broke. Try again in a moment: what was saved already is not saved twice.";
const READ_ONLY: &str = "Ringkey’s database can only be read at the moment. Nothing was changed; try again in a while.";
const FULL: &str = "Ringkey’s database has no room left. Nothing was changed; tell the people who run this service.";

/// How often something is tried that is left to chance.
fn rounds(short: usize, long: usize) -> usize {
    if std::env::var("RINGKEY_FAULTS").is_ok_and(|form| form == "long") { long } else { short }
}

/// A Postgres of its own and a real server on it.
struct Ground {
    cluster: Cluster,
    app: TestApp,
    _server: Serving,
}

impl Ground {
    async fn new() -> Self {
        Self::with(&[], &[]).await
    }

    /// With settings of Postgres and flags of the server.
    async fn with(settings: &[&str], flags: &[&str]) -> Self {
        Self::on(Cluster::start_with(settings), flags).await
    }

    async fn on(cluster: Cluster, flags: &[&str]) -> Self {
        let mut server = Serving::start(&[&["--database-url", &*cluster.url()], flags].concat());
        let app = TestApp::of_program(&server.address(), cluster.pool());
        Self { cluster, app, _server: server }
    }

    async fn operator(&self) -> Client {
        self.app.sign_in_as(Role::Operator).await
    }

    /// Waits until the server says that it can work.
    async fn until_ready(&self) {
        let anybody = self.app.anonymous();
        until(async || anybody.get("/readyz").await.status == StatusCode::OK).await;
    }

    /// What a statement tells, which is one row of one column.
    async fn ask<T>(&self, sql: &str) -> T
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        ask(&self.app.pool, sql).await
    }
}

async fn ask<T>(pool: &PgPool, sql: &str) -> T
where
    T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(pool).await.unwrap()
}

/// Does something, and fails when it takes long.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let done = work.await;
    assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
    done
}

/// Fails unless this says that it cannot be had now, in these words, as a page or to a program.
fn assert_calm(reply: &Reply, sentence: &str) {
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{}", reply.text);
    let told = if reply.header("content-type").starts_with("text/html") {
        reply.text.replace("&#x27;", "'").contains(sentence)
    } else {
        serde_json::from_str::<app::error::AppError>(&reply.text).unwrap().to_string() == sentence
    };
    assert!(told, "{}", reply.text);
    // No cause, no place in a program, no statement.
    for cause in ["panicked", "SELECT", "sqlx", "os error", ".rs:"] {
        assert!(!reply.text.contains(cause), "{}", reply.text);
    }
}

/// The fields that a page keeps for sending them again.
fn kept(page: &str) -> Vec<(String, String)> {
    let unescaped = |text: &str| {
        [("&#13;", "\r"), ("&#10;", "\n"), ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
            .iter()
            .fold(text.to_owned(), |text, (escape, character)| text.replace(escape, character))
    };
    let inputs = page.split("<input type=\"hidden\" name=\"").skip(1);
    inputs
        .map(|input| {
            let (name, rest) = input.split_once("\" value=\"").unwrap();
            (unescaped(name), unescaped(rest.split_once('"').unwrap().0))
        })
        .collect()
}

/// The lines of an answer that tells how far it has come.
fn lines(reply: &Reply) -> Vec<Value> {
    reply.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
