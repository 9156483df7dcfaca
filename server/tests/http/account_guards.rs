//! What the account form says before an edit makes the phone unreachable.

use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::accounts::{created, group, pgsm, snom};
use crate::support::{Client, TestApp, database};

/// The phone of `username` registers, for a minute from now.
async fn register(app: &TestApp, username: &str, client: &str) {
    let mut server = database::as_sip_server(&app.pool).await;
    sqlx::query(
        "INSERT INTO sip.location (ruid, username, contact, received, expires, user_agent)
         VALUES (gen_random_uuid(), $1, 'sip:phone@10.0.0.2', 'sip:192.0.2.7:40001', extract(epoch FROM now())::bigint + 60, $2)",
    )
    .bind(username)
    .bind(client)
    .execute(&mut server)
    .await
    .unwrap();
}

async fn edit_page(client: &Client, id: Uuid) -> String {
    let page = client.get(&format!("/accounts/{id}/edit")).await;
    assert_eq!(page.status, StatusCode::OK);
    page.text
}

const UNREACHABLE: &str = "with keep-alive its user would never be reachable";
const LOCKED_OUT: &str = "The account is registered from 192.0.2.7 now, and these rules refuse that address.";

#[tokio::test]
async fn a_client_that_keep_alive_would_make_unreachable_is_named() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let id = created(&operator, &pgsm(group, &json!({ "keep_alive": true }))).await;
    let general = "PrivateGSM clients before 11.1 cannot answer";
    let page = edit_page(&operator, id).await;
    assert!(page.contains(general) && !page.contains(UNREACHABLE), "no client was seen yet");

    register(&app, "2086693379", "PrivateGSM/11.0 <Android>").await;
    let page = edit_page(&operator, id).await;
    assert!(page.contains("PrivateGSM/11.0 &lt;Android&gt;") && page.contains(UNREACHABLE) && !page.contains(general), "{page}");
    // It stays the last client when the phone is offline.
    sqlx::query("DELETE FROM sip.location").execute(&app.pool).await.unwrap();
    assert!(edit_page(&operator, id).await.contains(UNREACHABLE));

    register(&app, "2086693379", "PrivateGSM/11.4 (Android)").await;
    let page = edit_page(&operator, id).await;
    assert!(page.contains(general) && !page.contains(UNREACHABLE), "it was brought up to date");
}

#[tokio::test]
async fn rules_that_lock_out_the_phone_in_use_are_told_with_its_address_and_saved_all_the_same() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let (id, written) = {
        let id = created(&operator, &snom(group, &json!({ "deny": "", "permit": "" }))).await;
        (id, id.to_string())
    };
    register(&app, "3204", "snomD785/10.1").await;
    assert!(!edit_page(&operator, id).await.contains("refuse that address"));

    let group = group.to_string();
    let post = async |deny: &str, call_limit: &str, version: &str| {
        let fields = [
            ("id", written.as_str()),
            ("version", version),
            ("username", "3204"),
            ("number", "3204"),
            ("owner", "Ufficio legale"),
            ("group", &group),
            ("visible", "on"),
            ("call_limit", call_limit),
            ("account_type", "SNOM"),
            ("mac", "00-04-13-AA-BB-CC"),
            ("deny", deny),
        ];
        operator.post_form(&format!("/accounts/{id}/edit"), &fields).await
    };
    let refused = post("192.0.2.0/24", "999", "1").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains(LOCKED_OUT), "{}", refused.text);
    let saved = post("192.0.2.0/24", "2", "1").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    assert!(edit_page(&operator, id).await.contains(LOCKED_OUT));

    sqlx::query("UPDATE sip.location SET expires = 1").execute(&app.pool).await.unwrap();
    assert!(!edit_page(&operator, id).await.contains("refuse that address"), "the phone is offline");
}

#[tokio::test]
async fn a_new_account_has_no_phone() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let start: Value = operator.call("new_account_form", &json!({ "group": null, "account_type": "SNOM" })).await.json();
    assert_eq!((&start["unreachable_client"], &start["registered_from"]), (&Value::Null, &Value::Null));
}
