//! The live channel: what it tells, to whom, and when it ends.

use std::time::{Duration, Instant};

use app::domain::role::Role;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

use crate::support::accounts::{count, created, group, invented, pgsm};
use crate::support::program::{Directory, Serving, ringkey, run_with_input};
use crate::support::{Client, TestApp, database};

/// What is told is told within a second; a busy machine may be slow once.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open page, as far as it listens.
pub struct Listener {
    stream: Response,
    text: String,
}

impl Listener {
    /// Opens the channel and waits for its first event, which asks the page to look at everything.
    pub async fn open(client: &Client) -> Self {
        let mut listener = Self::connect(client).await;
        assert_eq!(listener.told().await, json!({ "accounts": null, "messages": null, "about": null, "registrations": null }));
        listener
    }

    async fn connect(client: &Client) -> Self {
        let stream = client.request(Method::GET, "/live").header("accept", "text/event-stream").send().await.unwrap();
        assert_eq!(stream.status(), StatusCode::OK);
        Self { stream, text: String::new() }
    }

    /// The next event that is no heartbeat.
    pub async fn told(&mut self) -> Value {
        self.next(false).await.expect("the stream has ended")
    }

    /// The next event; nothing when the stream has ended.
    async fn next(&mut self, heartbeats: bool) -> Option<Value> {
        let began = Instant::now();
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let data = event.lines().find_map(|line| line.strip_prefix("data: ")).expect("an event without data");
                let told: Value = serde_json::from_str(data).unwrap();
                self.text = rest.to_owned();
                if heartbeats || told != json!({}) {
                    return Some(told);
                }
            }
            let left = PATIENCE.checked_sub(began.elapsed()).expect("nothing was told");
            let piece = tokio::time::timeout(left, self.stream.chunk()).await.expect("nothing was told").ok()??;
            self.text.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }

    /// Waits for the end.
    pub async fn end(mut self) {
        while self.next(true).await.is_some() {}
    }

    /// Reads on until this account was told.
    pub async fn until_told(&mut self, account: Uuid) {
        while !self.told().await["accounts"].as_array().is_some_and(|ids| ids.contains(&json!(account))) {}
    }
}

impl Listener {
    /// Reads on until this account was told, or everything: the database was away.
    pub async fn until_told_or_asked_for_everything(&mut self, account: Uuid) {
        loop {
            let accounts = self.told().await["accounts"].clone();
            if accounts.is_null() || accounts.as_array().is_some_and(|ids| ids.contains(&json!(account))) {
                return;
            }
        }
    }
}

async fn disable(client: &Client, account: Uuid) {
    let reply = client.call("enable_account", &json!({ "id": account, "enabled": false })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
}

#[tokio::test]
async fn a_change_is_told_to_every_page_of_every_server_within_a_second() {
    let app = TestApp::start().await;
    let other = app.beside().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let account = created(&operator, &pgsm(group(&app, "Ufficio").await, &json!({}))).await;
    let viewer = app.sign_in_as(Role::Viewer).await;
    let there = other.sign_in_as(Role::Viewer).await;
    let mut pages = [Listener::open(&viewer).await, Listener::open(&viewer).await, Listener::open(&there).await];
    disable(&operator, account).await;
    let began = Instant::now();
    for page in &mut pages {
        assert_eq!(page.told().await, json!({ "accounts": [account] }));
    }
    assert!(began.elapsed() < Duration::from_secs(5), "told after {:?}", began.elapsed());
    disable(&operator, account).await;
    let reply = operator.call("delete_account", &json!({ "id": account })).await;
    assert!(reply.status.is_success());
    assert_eq!(pages[2].told().await, json!({ "accounts": [account] }), "what changes nothing is not told, what is deleted is");
}

#[tokio::test]
async fn an_sms_is_told_with_the_account_that_it_is_about() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let account = created(&operator, &pgsm(group(&app, "Ufficio").await, &json!({}))).await;
    let mut page = Listener::open(&operator).await;
    let message = Uuid::now_v7();
    let reply = operator.call("send_sms", &json!({ "message": message, "account": account, "kind": "activation" })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    assert_eq!(page.told().await, json!({ "accounts": [account], "messages": [message], "about": [account] }));
}

#[tokio::test]
async fn a_change_with_an_older_number_is_told_though_it_becomes_visible_later() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let slow = created(&operator, &pgsm(group, &json!({}))).await;
    let quick = created(&operator, &pgsm(group, &json!({ "username": "2086693380", "number": "2086693380" }))).await;
    let mut page = Listener::open(&operator).await;
    let options = app.pool.connect_options();
    let mut first = PgConnection::connect_with(&options).await.unwrap();
    let mut open = first.begin().await.unwrap();
    sqlx::query("UPDATE accounts SET enabled = false WHERE id = $1").bind(slow).execute(&mut *open).await.unwrap();
    for enabled in [false, true] {
        sqlx::query("UPDATE accounts SET enabled = $2 WHERE id = $1").bind(quick).bind(enabled).execute(&app.pool).await.unwrap();
        assert_eq!(page.told().await, json!({ "accounts": [quick] }), "the later number alone, and each time once");
    }
    open.commit().await.unwrap();
    assert_eq!(page.told().await, json!({ "accounts": [slow] }));
}

#[tokio::test]
async fn many_changes_are_one_event_without_names() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    invented(&app, group, 1..=300).await;
    let mut page = Listener::open(&operator).await;
    sqlx::query("UPDATE accounts SET enabled = NOT enabled").execute(&app.pool).await.unwrap();
    assert_eq!(page.told().await, json!({ "accounts": null }));
    let mut each = app.pool.begin().await.unwrap();
    let ids: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM accounts LIMIT 250").fetch_all(&mut *each).await.unwrap();
    for id in ids {
        sqlx::query("UPDATE accounts SET enabled = NOT enabled WHERE id = $1").bind(id).execute(&mut *each).await.unwrap();
    }
    each.commit().await.unwrap();
    assert_eq!(page.told().await, json!({ "accounts": null }), "many statements are as many");
}

#[tokio::test]
async fn a_page_that_comes_later_looks_at_everything_and_so_do_all_when_the_database_was_away() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let account = created(&operator, &pgsm(group(&app, "Ufficio").await, &json!({}))).await;
    let mut early = Listener::open(&operator).await;
    disable(&operator, account).await;
    early.until_told(account).await;
    let mut late = Listener::open(&operator).await;
    sqlx::query("ALTER TABLE live_changes RENAME TO away").execute(&app.pool).await.unwrap();
    // Once the reader has seen that it can read nothing, a page that comes is told nothing but that the line is there.
    while Listener::connect(&operator).await.next(true).await != Some(json!({})) {}
    sqlx::query("ALTER TABLE away RENAME TO live_changes").execute(&app.pool).await.unwrap();
    for page in [&mut early, &mut late] {
        assert_eq!(page.told().await, json!({ "accounts": null, "messages": null, "about": null, "registrations": null }));
    }
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn heartbeats_come_and_the_stream_ends_with_its_operator_and_its_session() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let mut page = Listener::open(&admin).await;
    for _ in 0..3 {
        assert_eq!(page.next(true).await, Some(json!({})));
    }
    for end in [
        "UPDATE operators SET disabled_at = now()",
        "UPDATE operators SET must_change_password = true",
        "UPDATE sessions SET expires_at = now()",
        "DELETE FROM sessions",
    ] {
        sqlx::query("UPDATE operators SET disabled_at = NULL, must_change_password = false").execute(&app.pool).await.unwrap();
        let page = Listener::open(&app.sign_in_as(Role::Viewer).await).await;
        sqlx::query(end).execute(&app.pool).await.unwrap();
        page.end().await;
    }
}

#[tokio::test]
async fn who_may_not_look_hears_nothing() {
    let app = TestApp::start().await;
    assert_eq!(app.anonymous().get("/live").await.status, StatusCode::UNAUTHORIZED);
    let viewer = app.sign_in_as(Role::Viewer).await;
    let stream = viewer.request(Method::GET, "/live").header("accept-encoding", "gzip").send().await.unwrap();
    let header = |name: &str| stream.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("content-type").as_deref(), Some("text/event-stream"));
    assert_eq!((header("content-encoding"), header("cache-control").as_deref()), (None, Some("no-cache")));
}

#[tokio::test]
async fn an_open_page_that_nobody_looks_at_does_not_keep_its_session() {
    let app = TestApp::start().await;
    let viewer = app.sign_in_as(Role::Viewer).await;
    let near_its_end = "UPDATE sessions SET expires_at = now() + interval '5 minutes'";
    let is_kept = "SELECT expires_at > now() + interval '10 minutes' FROM sessions";
    sqlx::query(near_its_end).execute(&app.pool).await.unwrap();
    let mut page = Listener::open(&viewer).await;
    for _ in 0..3 {
        page.next(true).await;
    }
    assert_eq!(viewer.call("accounts_of", &json!({ "ids": [] })).await.json(), json!([]));
    assert_eq!(viewer.call("account_now", &json!({ "id": Uuid::nil() })).await.status, StatusCode::NOT_FOUND);
    assert!(!sqlx::query_scalar::<_, bool>(is_kept).fetch_one(&app.pool).await.unwrap());
    assert_eq!(viewer.get("/groups").await.status, StatusCode::OK);
    assert!(sqlx::query_scalar::<_, bool>(is_kept).fetch_one(&app.pool).await.unwrap());
}

#[tokio::test]
async fn rows_are_looked_at_again_by_their_ids() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let account = created(&operator, &pgsm(group(&app, "Ufficio").await, &json!({}))).await;
    let viewer = app.sign_in_as(Role::Viewer).await;
    let rows = viewer.call("accounts_of", &json!({ "ids": [account, Uuid::now_v7()] })).await.json();
    assert_eq!(rows.as_array().map(Vec::len), Some(1));
    assert_eq!((&rows[0]["id"], &rows[0]["owner"]), (&json!(account), &json!("Chiara Montanari")));
    let too_many: Vec<Uuid> = (0..501).map(Uuid::from_u128).collect();
    assert_eq!(viewer.call("accounts_of", &json!({ "ids": too_many })).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_stop_ends_every_stream_at_once_and_the_next_server_is_listened_to() {
    let directory = Directory::new();
    let start = || {
        let mut server = Serving::start(&["--data-dir", directory.text()]);
        let address = server.address();
        (server, address)
    };
    let (mut server, address) = start();
    let mut add = ringkey(&["operator", "add", "Ada", "--role", "viewer", "--password-stdin"]);
    add.args(["--data-dir", directory.text()]);
    assert!(run_with_input(add, "four words of a test").status.success());
    let ada = Client::new(&address, None);
    let reply = ada.post_form("/sign-in", &[("name", "Ada"), ("password", "four words of a test"), ("next", "")]).await;
    let cookie = reply.cookies()[0].split(';').next().unwrap().to_owned();
    let page = Listener::open(&ada).await;
    let began = Instant::now();
    let (status, ()) = tokio::join!(tokio::task::spawn_blocking(move || server.signal("-TERM")), page.end());
    assert_eq!(status.unwrap(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(9), "the stop waited for the stream");
    let (_server, address) = start();
    Listener::open(&Client::new(&address, Some(cookie))).await;
}

/// A server has many threads, and a page that waits for the database goes from one to another. The program itself is asked: the
/// tests of one process have a runtime each, and what makes pages shares threads over all of them.
#[tokio::test]
async fn pages_that_follow_are_made_by_any_thread() {
    let url = database::empty().await;
    let mut server = Serving::start(&["--database-url", &url]);
    let seeded = ringkey(&["seed", "--groups", "1", "--accounts", "1"]).env("DATABASE_URL", &url).output().unwrap();
    assert!(seeded.status.success());
    let app = TestApp::of_program(&server.address(), PgPool::connect(&url).await.unwrap());
    let operator = app.sign_in_as(Role::Operator).await;
    let account: Uuid = sqlx::query_scalar("SELECT id FROM accounts").fetch_one(&app.pool).await.unwrap();
    let show = format!("/accounts/{account}");
    for _ in 0..25 {
        for page in ["/messages?q=ciao", "/accounts?q=chiara", &show] {
            let reply = operator.get(page).await;
            assert_eq!(reply.status, StatusCode::OK, "{page}: {}", reply.text);
        }
    }
}
