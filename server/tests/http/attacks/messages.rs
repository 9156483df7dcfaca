//! SMSes in floods: the limits hold exactly, whoever asks and however many at once.

use app::domain::role::Role;
use app::operators::db;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::AssertSqlSafe;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::accounts::{created, group, invented, pgsm};
use crate::support::{Client, TestApp};

const AT_ONCE: usize = 100;

/// `invented` gives every third account an international number, and makes every eighth a desk phone.
async fn reachable(app: &TestApp) -> Vec<Uuid> {
    let milano = group(app, "Milano").await;
    invented(app, milano, 1..=400).await;
    let found = "SELECT id FROM accounts WHERE number LIKE '+%' AND account_type = 'PGSM' AND enabled ORDER BY id LIMIT 100";
    let accounts: Vec<Uuid> = sqlx::query_scalar(found).fetch_all(&app.pool).await.unwrap();
    assert_eq!(accounts.len(), AT_ONCE);
    accounts
}

async fn settle(app: &TestApp, settings: &'static str) {
    sqlx::query(AssertSqlSafe(format!("UPDATE sms_settings SET {settings}"))).execute(&app.pool).await.unwrap();
}

async fn messages(app: &TestApp) -> usize {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM messages").fetch_one(&app.pool).await.unwrap();
    usize::try_from(count).unwrap()
}

/// Sends all of these at once; how many were queued. What the limit refuses is told in a sentence, and a server that has no
/// connection left says that.
async fn sent_at_once(calls: Vec<(Client, &'static str, serde_json::Value)>) -> usize {
    let mut under_way = JoinSet::new();
    for (client, function, arguments) in calls {
        under_way.spawn(async move { client.call(function, &arguments).await });
    }
    let mut queued = 0;
    for reply in under_way.join_all().await {
        match reply.status {
            StatusCode::OK => queued += 1,
            StatusCode::CONFLICT => assert!(reply.json()["Refused"].as_str().is_some_and(|told| !told.is_empty()), "{}", reply.text),
            other => assert_eq!(other, StatusCode::SERVICE_UNAVAILABLE, "{}", reply.text),
        }
    }
    queued
}

fn send(client: &Client, account: Uuid, kind: &str) -> (Client, &'static str, serde_json::Value) {
    (client.clone(), "send_sms", json!({ "message": Uuid::now_v7(), "account": account, "kind": kind }))
}

#[tokio::test]
async fn a_hundred_at_once_to_one_number_do_not_pass_its_limit() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let account = created(&operator, &pgsm(group(&app, "Ufficio").await, &json!({}))).await;
    settle(&app, "per_number_hour = 1").await;
    let kinds = ["installation", "activation"];
    let calls = (0..AT_ONCE).map(|n| send(&operator, account, kinds[n % 2])).collect();
    assert_eq!((sent_at_once(calls).await, messages(&app).await), (1, 1));
    // Neither a test message nor sending again is a way around it.
    let admin = app.sign_in_as(Role::Admin).await;
    let test = json!({ "message": Uuid::now_v7(), "number": "+39 320 447 1902" });
    assert_eq!(admin.call("send_test_message", &test).await.status, StatusCode::CONFLICT);
    let failed: Uuid =
        sqlx::query_scalar("UPDATE messages SET state = 'failed', queued_at = queued_at - interval '10 minutes' RETURNING id")
            .fetch_one(&app.pool)
            .await
            .unwrap();
    let again = (0..AT_ONCE).map(|_| (operator.clone(), "resend_sms", json!({ "message": Uuid::now_v7(), "of": failed }))).collect();
    assert_eq!((sent_at_once(again).await, messages(&app).await), (0, 1));
}

#[tokio::test]
async fn a_hundred_at_once_of_one_operator_do_not_pass_the_operators_limit() {
    let app = TestApp::start().await;
    let accounts = reachable(&app).await;
    settle(&app, "per_operator_hour = 7").await;
    // Two sessions of one person are one person.
    let (here, there) = (app.sign_in_as(Role::Operator).await, app.sign_in_as(Role::Operator).await);
    let calls = accounts.iter().enumerate().map(|(n, id)| send(if n % 2 == 0 { &here } else { &there }, *id, "activation")).collect();
    let queued = sent_at_once(calls).await;
    assert_eq!((queued, messages(&app).await), (7, 7));
    // Nor does a selection pass it.
    let told = here.call("change_accounts", &json!({ "selection": { "rows": accounts }, "action": "send_installation" })).await;
    assert!(told.text.contains("were sent by you within an hour"), "{}", told.text);
    assert_eq!(messages(&app).await, 7);
}

#[tokio::test]
async fn a_hundred_at_once_of_many_operators_do_not_pass_the_limit_of_the_hour() {
    let app = TestApp::start().await;
    let accounts = reachable(&app).await;
    settle(&app, "per_hour = 11").await;
    let mut operators = Vec::new();
    for n in 0..10 {
        let id = db::create(&app.pool, &format!("operator {n}"), Role::Operator, "$argon2id$", false).await.unwrap();
        operators.push(app.sign_in_by_id(id).await);
    }
    let other_server = app.beside().await;
    let elsewhere = other_server.sign_in_as(Role::Operator).await;
    let by = |n: usize| if n.is_multiple_of(4) { &elsewhere } else { &operators[n % 10] };
    let calls = accounts.iter().enumerate().map(|(n, id)| send(by(n), *id, "activation")).collect();
    assert_eq!((sent_at_once(calls).await, messages(&app).await), (11, 11));
    assert_eq!(sqlx::query_scalar::<_, i32>("SELECT count FROM sms_counts WHERE key = 'all'").fetch_one(&app.pool).await.unwrap(), 11);
    // After the hour there is another hour, and no more than that.
    sqlx::query("UPDATE sms_counts SET since = since - interval '1 hour'").execute(&app.pool).await.unwrap();
    sqlx::query("UPDATE messages SET queued_at = queued_at - interval '1 hour'").execute(&app.pool).await.unwrap();
    let calls = accounts.iter().enumerate().map(|(n, id)| send(by(n), *id, "activation")).collect();
    assert_eq!((sent_at_once(calls).await, messages(&app).await), (11, 22));
}

#[tokio::test]
async fn a_link_to_the_outside_cannot_be_put_into_an_sms_by_who_only_keeps_accounts() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let owner = "Win at https://evil.example/{link}{link} now";
    let account = created(&operator, &pgsm(group(&app, "Ufficio").await, &json!({ "owner": owner }))).await;
    let sent = operator.call("send_sms", &json!({ "message": Uuid::now_v7(), "account": account, "kind": "activation" })).await;
    assert!(sent.status.is_success(), "{}", sent.text);
    // What an owner is called is text: placeholders in it are not filled in, and no second key gets into the SMS.
    let text: String = sqlx::query_scalar("SELECT text FROM messages").fetch_one(&app.pool).await.unwrap();
    assert_eq!(text.matches('\u{e000}').count(), 1, "{text}");
}
