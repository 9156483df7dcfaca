//! `/metrics`: what is exported, that it moves, and that it names nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use app::domain::role::Role;
use app::links::LinkKind;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::live::Listener;
use crate::support::accounts::{created, group, pgsm};
use crate::support::gateways::{in_states, queue};
use crate::support::program::Serving;
use crate::support::{Client, TestApp, database, until};

/// A server with metrics, and its database.
struct Measured {
    app: TestApp,
    metrics: Client,
    _server: Serving,
}

impl Measured {
    async fn start() -> Self {
        let url = database::empty().await;
        let mut server = Serving::start(&["--database-url", &url, "--metrics-listen", "127.0.0.1:0", "--pool-size", "7"]);
        let address = server.address();
        let line = server.log_line("metrics are at http://");
        let (_, metrics) = line.split_once("metrics are at ").unwrap();
        let metrics = Client::new(metrics.trim().trim_end_matches("/metrics"), None);
        let pool = PgPool::connect(&url).await.unwrap();
        sqlx::query("UPDATE operators SET must_change_password = false").execute(&pool).await.unwrap();
        Self { app: TestApp::of_program(&address, pool), metrics, _server: server }
    }

    async fn scrape(&self) -> Scrape {
        let reply = self.metrics.get("/metrics").await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(reply.header("content-type").starts_with("application/openmetrics-text; version=1.0.0"), "{:?}", reply.headers);
        Scrape::read(&reply.text)
    }

    /// Waits until the database is asked again and the value is this one.
    async fn until_is(&self, sample: &str, value: f64) {
        until(async || self.scrape().await.value(sample).is_some_and(|told| (told - value).abs() < 0.001)).await;
    }
}

/// Every sample with its value, and every metric with its type.
struct Scrape {
    text: String,
    samples: BTreeMap<String, f64>,
    types: BTreeMap<String, String>,
}

impl Scrape {
    fn read(text: &str) -> Self {
        let (mut samples, mut types) = (BTreeMap::new(), BTreeMap::new());
        assert!(text.ends_with("# EOF\n"), "{text}");
        for line in text.lines() {
            if let Some(told) = line.strip_prefix("# TYPE ") {
                let (name, kind) = told.split_once(' ').unwrap();
                assert_eq!(types.insert(name.to_owned(), kind.to_owned()), None, "{name} twice");
            } else if !line.starts_with('#') {
                let (sample, value) = line.rsplit_once(' ').unwrap();
                let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
                assert_eq!(samples.insert(sample.to_owned(), value), None, "{sample} twice");
            }
        }
        Self { text: text.to_owned(), samples, types }
    }

    fn value(&self, sample: &str) -> Option<f64> {
        self.samples.get(sample).copied()
    }

    /// The names under which Prometheus keeps what is told.
    fn names(&self) -> BTreeSet<&str> {
        self.samples.keys().map(|sample| sample.split('{').next().unwrap()).collect()
    }

    /// The values of a label.
    fn label(&self, label: &str) -> BTreeSet<&str> {
        let begin = format!("{label}=\"");
        self.samples.keys().filter_map(|sample| sample.split(&*begin).nth(1)?.split('"').next()).collect()
    }
}

#[tokio::test]
async fn what_happens_is_counted_by_address_method_and_answer() {
    let measured = Measured::start().await;
    let first = measured.scrape().await;
    assert_eq!(first.value("ringkey_build_info{version=\"0.1.0\"}"), Some(1.0));
    assert_eq!(first.value("ringkey_database_up"), Some(1.0));
    assert_eq!(first.value("ringkey_database_pool_connections_max"), Some(7.0));
    assert!(first.value("ringkey_start_time_seconds").is_some_and(|started| started > 1.7e9));
    let viewer = measured.app.sign_in_as(Role::Viewer).await;
    let account = created(&measured.app.sign_in_as(Role::Operator).await, &pgsm(group(&measured.app, "Milano").await, &json!({}))).await;
    for _ in 0..3 {
        assert_eq!(viewer.get(&format!("/accounts/{account}")).await.status, StatusCode::OK);
    }
    assert_eq!(viewer.call("delete_group", &json!({})).await.status, StatusCode::FORBIDDEN);
    measured.app.anonymous().get("/there/is/nothing").await;
    let then = measured.scrape().await;
    for (name, kind) in [
        ("ringkey_http_requests", "counter"),
        ("ringkey_http_request_duration_seconds", "histogram"),
        ("ringkey_live_connections", "gauge"),
    ] {
        assert_eq!(then.types.get(name).map(String::as_str), Some(kind), "{name}");
    }
    let counted = |labels: &str| then.value(&format!("ringkey_http_requests_total{{{labels}}}"));
    assert_eq!(counted(r#"method="GET",route="/accounts/:id",status="2xx""#), Some(3.0), "{}", then.text);
    assert_eq!(counted(r#"method="POST",route="/api/delete_group",status="4xx""#), Some(1.0));
    assert_eq!(counted(r#"method="none",route="none",status="4xx""#), Some(1.0));
    let took = |part: &str, more: &str| {
        then.value(&format!("ringkey_http_request_duration_seconds_{part}{{{more}method=\"GET\",route=\"/accounts/:id\"}}"))
    };
    assert_eq!((took("count", ""), took("bucket", "le=\"+Inf\",")), (Some(3.0), Some(3.0)), "{}", then.text);
    assert!(took("sum", "").is_some_and(|seconds| seconds > 0.0));
    assert!(then.value(r#"ringkey_database_pool_connections{state="idle"}"#).is_some_and(|idle| (1.0..=7.0).contains(&idle)));
}

#[tokio::test]
async fn the_outbox_registrations_and_open_pages_are_told() {
    let measured = Measured::start().await;
    let app = &measured.app;
    let operator = app.sign_in_as(Role::Operator).await;
    // A gateway that nobody is at: what is queued stays.
    crate::support::gateways::choose_kannel(app, "http://127.0.0.1:1").await;
    queue(&app.pool, 3).await;
    sqlx::query("UPDATE messages SET queued_at = now() - interval '10 minutes', next_try_at = now() + interval '1 hour'")
        .execute(&app.pool)
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO sip.location (ruid, username, expires)
         SELECT gen_random_uuid(), '5000', extract(epoch FROM now())::bigint + seconds FROM unnest(ARRAY[3600, 3600, -5]) seconds",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let pages = [Listener::open(&operator).await, Listener::open(&operator).await];
    measured.until_is("ringkey_live_connections", 2.0).await;
    measured.until_is(r#"ringkey_outbox_messages{state="queued"}"#, 3.0).await;
    let told = measured.scrape().await;
    assert!(told.value("ringkey_outbox_oldest_queued_seconds").is_some_and(|age| (599.0..700.0).contains(&age)), "{}", told.text);
    measured.until_is("ringkey_registrations", 2.0).await;
    drop(pages);
    sqlx::query("UPDATE messages SET state = 'accepted' WHERE state = 'queued'").execute(&app.pool).await.unwrap();
    assert_eq!(in_states(&app.pool, &["accepted"]).await, 3);
    measured.until_is(r#"ringkey_messages_last_day{state="accepted"}"#, 3.0).await;
    measured.until_is("ringkey_live_connections", 0.0).await;
    assert_eq!(measured.scrape().await.value("ringkey_outbox_oldest_queued_seconds"), Some(0.0));
}

#[tokio::test]
async fn a_database_that_is_away_is_told_and_takes_nothing_else_along() {
    let measured = Measured::start().await;
    let name = measured.app.pool.connect_options().get_database().unwrap().to_owned();
    database::administer(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    database::administer(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;
    measured.until_is("ringkey_database_up", 0.0).await;
    let told = measured.scrape().await;
    assert!(!told.names().contains("ringkey_outbox_messages"), "what is not known is not told");
    assert!(told.names().contains("ringkey_live_connections"));
    database::administer(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
    measured.until_is("ringkey_database_up", 1.0).await;
}

#[tokio::test]
async fn nobody_is_named_and_only_the_other_listener_tells_it() {
    let measured = Measured::start().await;
    let app = &measured.app;
    let operator = app.sign_in_as(Role::Operator).await;
    let account = created(&operator, &pgsm(group(app, "Montagna").await, &json!({}))).await;
    let message = Uuid::now_v7();
    operator.call("send_sms", &json!({ "message": message, "account": account, "kind": "activation" })).await;
    let link: Uuid = sqlx::query_scalar("SELECT link_id FROM messages WHERE id = $1").bind(message).fetch_one(&app.pool).await.unwrap();
    let token = app.state.service.keys.link_token(link);
    app.anonymous().get(LinkKind::Activation.address("", &token).expose()).await;
    app.anonymous().get("/a/invented-token").await;
    operator.get("/accounts?q=Montanari").await;
    operator.get(&format!("/accounts/{account}/edit")).await;
    let told = measured.scrape().await;
    for word in ["Montanari", "Montagna", "2086693379", "3204471902", "invented-token", token.expose(), &account.to_string()] {
        assert!(!told.text.contains(word), "{word}");
    }
    assert_eq!(told.label("method"), BTreeSet::from(["GET", "POST"]));
    assert!(told.label("route").contains("/a/:token"), "{}", told.text);

    let everything = app.sign_in_as(Role::Admin).await;
    assert_eq!(everything.get("/metrics").await.status, StatusCode::NOT_FOUND);
    for path in ["/", "/groups", "/metrics/"] {
        assert_eq!(measured.metrics.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_dashboard_asks_for_what_there_is() {
    let measured = Measured::start().await;
    // What is counted by address is there from the first request on.
    let viewer = measured.app.sign_in_as(Role::Viewer).await;
    assert_eq!(viewer.get("/groups").await.status, StatusCode::OK);
    let told = measured.scrape().await;
    let names = told.names();
    let file = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/grafana-dashboard.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&file).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let asked = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap()).map(|target| target["expr"].as_str().unwrap());
    let variables = dashboard["templating"]["list"].as_array().unwrap().iter().filter_map(|variable| variable["query"]["query"].as_str());
    let mut shown = BTreeSet::new();
    for question in asked.chain(variables) {
        for word in question.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').filter(|word| word.starts_with("ringkey_")) {
            assert!(names.contains(word), "{word} in {question}, of {names:?}");
            shown.insert(word.to_owned());
        }
    }
    let missing: Vec<_> = names.iter().filter(|name| !shown.contains(**name) && !name.ends_with("_sum")).collect();
    assert!(missing.is_empty(), "on no panel: {missing:?}");
}
