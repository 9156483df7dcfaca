//! The outbox: what is queued is sent, each SMS once, and what became of it is told.

use app::domain::account_status::{AccountStatus, LifeCycleEvent};
use app::domain::gateway::GatewayKind;
use app::domain::message::{MessageState, Report};
use app::domain::role::Role;
use app::messages::receipts;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::accounts::{created, group, pgsm};
use crate::support::{Client, TestApp, until};

pub async fn send(client: &Client, account: Uuid, kind: &str) -> Uuid {
    let message = Uuid::now_v7();
    let reply = client.call("send_sms", &json!({ "message": message, "account": account, "kind": kind })).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    message
}

pub async fn state(app: &TestApp, message: Uuid) -> String {
    sqlx::query_scalar("SELECT state FROM messages WHERE id = $1").bind(message).fetch_one(&app.pool).await.unwrap()
}

pub async fn account(app: &TestApp, operator: &Client) -> Uuid {
    created(operator, &pgsm(group(app, "Ufficio").await, &json!({}))).await
}

#[tokio::test]
async fn the_development_gateway_takes_an_sms_and_sends_it_to_nobody() {
    let app = TestApp::start().await;
    app.start_outbox();
    let operator = app.sign_in_as(Role::Operator).await;
    let id = account(&app, &operator).await;
    let message = send(&operator, id, "installation").await;
    until(async || state(&app, message).await == "accepted").await;

    let shown: Value = operator.call("show_account", &json!({ "id": id })).await.json();
    assert_eq!(shown["account"]["last_status"], "installation_sms_sent");
    let sms = &shown["messages"][0];
    assert_eq!((&sms["state"], &sms["number"], &sms["is_development"]), (&json!("accepted"), &json!("+393204471902"), &json!(true)));
    assert!(sms["text"].as_str().unwrap().ends_with("/i/••••••••"), "{sms}");
    assert_eq!(shown["history"][0]["action"], "sent an Installation SMS");
}

#[tokio::test]
async fn what_is_in_the_database_opens_nothing() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let message = send(&operator, account(&app, &operator).await, "activation").await;
    let (text, link): (String, Uuid) =
        sqlx::query_as("SELECT text, link_id FROM messages WHERE id = $1").bind(message).fetch_one(&app.pool).await.unwrap();
    let token = app.state.service.keys.link_token(link);
    assert!(!text.contains(token.expose()));
    let stored: Vec<String> = sqlx::query_scalar("SELECT to_jsonb(l)::text FROM account_links l").fetch_all(&app.pool).await.unwrap();
    assert!(stored.iter().all(|row| !row.contains(token.expose())), "{}", stored.len());
}

#[tokio::test]
async fn receipts_come_first_twice_and_out_of_order() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let message = send(&operator, account(&app, &operator).await, "installation").await;
    // While it is being sent, as the outbox stores it before the call.
    sqlx::query("UPDATE messages SET state = 'sending', lease_until = now() + interval '1 minute', gateway = 'kannel' WHERE id = $1")
        .bind(message)
        .execute(&app.pool)
        .await
        .unwrap();
    let token = app.state.service.keys.receipt_token(GatewayKind::Kannel, message);
    let path = |token: &str, kind: &str| format!("/receipts/kannel/{message}/{token}?type={kind}&status=&foreign=77");
    let gateway = app.anonymous();
    assert_eq!(gateway.get(&path("guessed", "1")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(state(&app, message).await, "sending");
    for kind in ["1", "8", "1"] {
        assert_eq!(gateway.get(&path(token.expose(), kind)).await.status, StatusCode::NO_CONTENT);
        assert_eq!(state(&app, message).await, "delivered");
    }
    let failed = Report::Failed { reason: "absent".into() };
    assert!(receipts::apply(&app.pool, message, &failed).await.unwrap());
    assert_eq!(state(&app, message).await, "delivered");
    assert!(!receipts::apply(&app.pool, Uuid::now_v7(), &failed).await.unwrap());
}

/// The rule stands in Rust for the forms and in the database for whoever writes an event.
#[tokio::test]
async fn the_database_moves_the_status_as_the_rules_say() {
    let app = TestApp::start().await;
    for status in AccountStatus::ALL {
        for event in LifeCycleEvent::ALL {
            let after: String = sqlx::query_scalar("SELECT status_after($1, $2)")
                .bind(status.as_str())
                .bind(event.as_str())
                .fetch_one(&app.pool)
                .await
                .unwrap();
            if let Ok(expected) = status.after(event) {
                assert_eq!(after, expected.as_str(), "{status:?} {event:?}");
            }
        }
    }
    let states: Vec<&str> = MessageState::ALL.iter().map(|state| state.as_str()).collect();
    let allowed: String = sqlx::query_scalar("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'messages_state_check'")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert!(states.iter().all(|state| allowed.contains(&format!("'{state}'"))), "{allowed}");
}
