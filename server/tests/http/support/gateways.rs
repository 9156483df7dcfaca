//! Choosing a gateway, and SMSes that wait for one.

use app::domain::role::Role;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use super::TestApp;
use super::kannel::{PASSWORD, USERNAME};

/// What a Kannel answers that has taken a message.
pub const TAKEN: &str = "0: Accepted for delivery";
pub const TWILIO_ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub const TWILIO_TOKEN: &str = "f0e1d2c3b4a5968778695a4b3c2d1e0f";

/// The form of the settings as it opens, with `changes` put over it.
pub async fn draft(app: &TestApp, changes: &Value) -> (i64, Value) {
    let start = app.sign_in_as(Role::Admin).await.call("gateway_form", &json!({})).await.json();
    let mut draft = start["draft"].clone();
    for (name, value) in changes.as_object().unwrap() {
        draft[name] = value.clone();
    }
    (start["version"].as_i64().unwrap(), draft)
}

/// Saves the settings with these changes.
pub async fn choose(app: &TestApp, changes: &Value) {
    let (version, draft) = draft(app, changes).await;
    let reply = app.sign_in_as(Role::Admin).await.call("save_gateway", &json!({ "version": version, "draft": draft })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
}

/// Messages go to the sendsms service at this address, with limits that no test reaches.
pub async fn choose_kannel(app: &TestApp, url: &str) {
    choose(
        app,
        &json!({
            "kind": "kannel", "kannel_url": url, "kannel_username": USERNAME, "kannel_password": PASSWORD, "kannel_sender": "Ringkey",
            "per_number_hour": "100000", "per_operator_hour": "100000", "per_hour": "100000",
        }),
    )
    .await;
}

pub async fn choose_twilio(app: &TestApp, url: &str) {
    choose(
        app,
        &json!({
            "kind": "twilio", "twilio_url": url, "twilio_account_sid": TWILIO_ACCOUNT, "twilio_auth_token": TWILIO_TOKEN,
            "twilio_sender": "Ringkey",
        }),
    )
    .await;
}

/// Queues test messages, each to a number of its own: +39320 and seven digits.
pub async fn queue(pool: &PgPool, count: i32) {
    sqlx::query(
        "INSERT INTO messages (id, kind, number, text, coding, parts, give_up_at, operator_name)
         SELECT gen_random_uuid(), 'test', '+39320' || (1000000 + n), 'x', 'gsm7', 1, now() + interval '1 day', 'a test'
         FROM generate_series(1, $1) n",
    )
    .bind(count)
    .execute(pool)
    .await
    .unwrap();
}

/// Queues one test message and gives its id.
pub async fn queue_one(pool: &PgPool) -> Uuid {
    queue(pool, 1).await;
    sqlx::query_scalar("SELECT id FROM messages ORDER BY queued_at DESC LIMIT 1").fetch_one(pool).await.unwrap()
}

/// State and reason of a message.
pub async fn told(pool: &PgPool, message: Uuid) -> (String, String) {
    sqlx::query_as("SELECT state, coalesce(reason, '') FROM messages WHERE id = $1").bind(message).fetch_one(pool).await.unwrap()
}

/// How many messages are in one of these states.
pub async fn in_states(pool: &PgPool, states: &[&str]) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM messages WHERE state = ANY ($1)").bind(states).fetch_one(pool).await.unwrap()
}
