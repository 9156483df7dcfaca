//! Servers whose clocks differ by five minutes, on one database: what counts is the clock of the database, so that all of them say and
//! do the same.

use app::domain::role::Role;
use app::links::LinkKind;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use super::ask;
use crate::live::Listener;
use crate::support::accounts::{created, group, pgsm};
use crate::support::app::PASSWORD;
use crate::support::database;
use crate::support::fake_gateway::{Answer, FakeGateway};
use crate::support::gateways::{TAKEN, choose_kannel, in_states, queue};
use crate::support::program::Serving;
use crate::support::{TestApp, until};

/// One server that is five minutes ahead, and one that is five minutes behind.
struct Two {
    pool: PgPool,
    apps: [TestApp; 2],
    _servers: [Serving; 2],
}

impl Two {
    async fn start() -> Self {
        let (pool, url) = database::fresh_with_address().await;
        TestApp::of_program("http://127.0.0.1:1", pool.clone()).sign_in_as(Role::Admin).await;
        let mut servers = ["+5m", "-5m"].map(|shift| Serving::start_with_clock(shift, &["--database-url", &url]));
        let apps = servers.each_mut().map(|server| TestApp::of_program(&server.address(), pool.clone()));
        Self { pool, apps, _servers: servers }
    }

    async fn run(&self, statement: &'static str) {
        sqlx::query(statement).execute(&self.pool).await.unwrap();
    }
}

#[tokio::test]
async fn sessions_end_by_the_clock_of_the_database() {
    let two = Two::start().await;
    let [ahead, behind] = &two.apps;
    ahead.add_operator("ada", Role::Viewer).await;
    // Signed in here, known there.
    let form = [("name", "ada"), ("password", PASSWORD)];
    for (app, other) in [(ahead, behind), (behind, ahead)] {
        let entered = app.anonymous().post_form("/sign-in", &form).await;
        assert_eq!(entered.location(), "/groups", "{}", entered.text);
        let cookie = entered.cookies()[0].split(';').next().unwrap().to_owned();
        for server in [app, other] {
            let client = crate::support::Client::new(&server.address, Some(cookie.clone()));
            two.run("UPDATE sessions SET expires_at = now() + interval '1 minute'").await;
            assert_eq!(client.get("/groups").await.status, StatusCode::OK);
            let left: f64 = ask(&two.pool, "SELECT min(extract(epoch FROM expires_at - now()))::float8 FROM sessions WHERE operator_id = (SELECT id FROM operators WHERE name = 'ada')").await;
            assert!((1_790.0..=1_800.0).contains(&left), "{left}");
            two.run("UPDATE sessions SET expires_at = now() - interval '1 second'").await;
            assert_eq!(client.get("/groups").await.location(), "/sign-in?next=%2Fgroups");
        }
        two.run("DELETE FROM sessions").await;
    }
}

#[tokio::test]
async fn tries_to_sign_in_are_counted_together() {
    let two = Two::start().await;
    let form = [("name", "nobody"), ("password", "wrong words of a test")];
    let mut statuses = Vec::new();
    for nth in 0..4 {
        statuses.push(two.apps[nth % 2].anonymous().post_form("/sign-in", &form).await.status);
    }
    assert_eq!(statuses[..3], [StatusCode::UNAUTHORIZED; 3]);
    assert_eq!(statuses[3], StatusCode::TOO_MANY_REQUESTS);
    two.run("UPDATE sign_in_limits SET refilled_at = refilled_at - interval '21 seconds'").await;
    for app in &two.apps {
        // One has come back, for whoever is first.
        statuses.push(app.anonymous().post_form("/sign-in", &form).await.status);
    }
    assert_eq!(statuses[4..], [StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS]);
}

#[tokio::test]
async fn links_expire_by_the_clock_of_the_database() {
    let two = Two::start().await;
    let operator = two.apps[0].sign_in_as(Role::Operator).await;
    let id = created(&operator, &pgsm(group(&two.apps[0], "Ufficio").await, &json!({}))).await;
    for app in &two.apps {
        two.run("UPDATE messages SET queued_at = queued_at - interval '2 minutes'").await;
        let message = Uuid::now_v7();
        let sent = app
            .sign_in_as(Role::Operator)
            .await
            .call("send_sms", &json!({ "message": message, "account": id, "kind": "activation" }))
            .await;
        assert!(sent.status.is_success(), "{}", sent.text);
        let link: Uuid = ask(&two.pool, &format!("SELECT link_id FROM messages WHERE id = '{message}'")).await;
        let hours: f64 =
            ask(&two.pool, &format!("SELECT extract(epoch FROM expires_at - now())::float8 / 3600 FROM account_links WHERE id = '{link}'"))
                .await;
        assert!((71.9..=72.0).contains(&hours), "{hours}");
        let address = LinkKind::Activation.address("", &app.state.service.keys.link_token(link));
        two.run("UPDATE account_links SET expires_at = now() + interval '1 minute' WHERE expires_at IS NOT NULL").await;
        for server in &two.apps {
            assert_eq!(server.anonymous().get(address.expose()).await.status, StatusCode::OK);
        }
        two.run("UPDATE account_links SET expires_at = now() - interval '1 second' WHERE expires_at IS NOT NULL").await;
        for server in &two.apps {
            assert_eq!(server.anonymous().get(address.expose()).await.status, StatusCode::GONE);
        }
    }
    // Whoever has sent one a moment ago is known everywhere.
    let again = json!({ "message": Uuid::now_v7(), "account": id, "kind": "activation" });
    let refused = two.apps[0].sign_in_as(Role::Admin).await.call("send_sms", &again).await;
    assert!(refused.text.contains("sent this account an Activation SMS"), "{}", refused.text);
}

#[tokio::test]
async fn no_server_takes_an_sms_from_another_or_sends_it_early() {
    let two = Two::start().await;
    let gateway = FakeGateway::start(Answer::Held(202, TAKEN.to_owned())).await;
    choose_kannel(&two.apps[0], &gateway.address()).await;
    queue(&two.pool, 30).await;
    // Due in a minute: the clock of one server says that it is over, and that of the other that it has ended long ago.
    two.run("UPDATE messages SET next_try_at = now() + interval '1 minute' WHERE number LIKE '%5'").await;
    until(async || in_states(&two.pool, &["sending"]).await == 27).await;
    let lease: f64 =
        ask(&two.pool, "SELECT min(extract(epoch FROM lease_until - now()))::float8 FROM messages WHERE state = 'sending'").await;
    assert!((30.0..=60.0).contains(&lease), "{lease}");
    // Both have looked after old ones several times, which shows in another that is due and goes out.
    for _ in 0..2 {
        two.run("UPDATE messages SET next_try_at = now() WHERE id = (SELECT id FROM messages WHERE state = 'queued' LIMIT 1)").await;
        let queued = in_states(&two.pool, &["queued"]).await;
        until(async || in_states(&two.pool, &["queued"]).await < queued || in_states(&two.pool, &["queued"]).await == 1).await;
    }
    assert_eq!(in_states(&two.pool, &["unknown", "failed"]).await, 0);
    gateway.let_go();
    until(async || in_states(&two.pool, &["sending"]).await == 0).await;
    assert_eq!(in_states(&two.pool, &["accepted"]).await, 29);
    assert!(gateway.numbers().values().all(|calls| *calls == 1), "{:?}", gateway.numbers());
}

#[tokio::test]
async fn what_one_server_changes_the_other_tells_at_its_time() {
    let two = Two::start().await;
    let [ahead, behind] = &two.apps;
    let clients = [ahead.sign_in_as(Role::Operator).await, behind.sign_in_as(Role::Operator).await];
    let milano = group(ahead, "Milano").await;
    for (nth, (writer, reader)) in [(0, 1), (1, 0)].into_iter().enumerate() {
        let mut page = Listener::open(&clients[reader]).await;
        let number = format!("320{nth}");
        let id = created(&clients[writer], &pgsm(milano, &json!({ "username": number, "number": number }))).await;
        page.until_told(id).await;
        let age = "SELECT max(abs(extract(epoch FROM now() - at)))::float8 FROM (SELECT created_at AS at FROM accounts UNION ALL SELECT at FROM audit_log) t";
        assert!(ask::<f64>(&two.pool, age).await < 60.0);
        sqlx::query("INSERT INTO sip.location (username, ruid, contact, expires) VALUES ($1, $1, 'sip:1@192.0.2.7', extract(epoch FROM now()) + 120)")
            .bind(&number)
            .execute(&two.pool)
            .await
            .unwrap();
        let mut told: Vec<Value> = Vec::new();
        for client in &clients {
            // Online for two minutes more, whatever the clock of the server says.
            told.push(client.call("show_account", &json!({ "id": id })).await.json()["online"].clone());
            let shown = client.get(&format!("/accounts/{id}")).await.text;
            assert!(!shown.contains("5 minutes ago") && !shown.contains("in 5 min"), "{shown}");
        }
        assert!(!told[0].is_null() && told[0] == told[1], "{told:?}");
        sqlx::query("UPDATE sip.location SET expires = extract(epoch FROM now()) - 1").execute(&two.pool).await.unwrap();
        for client in &clients {
            assert!(client.call("show_account", &json!({ "id": id })).await.json()["online"].is_null());
        }
    }
}
