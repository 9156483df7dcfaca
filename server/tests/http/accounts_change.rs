//! Accounts after they were made: edited by two people at once, disabled, deleted.

use app::accounts::digests::Digests;
use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::accounts::{SIP_PASSWORD, count, created, field_error, group, pgsm, snom};
use crate::support::{Client, Reply, TestApp};

async fn update(client: &Client, id: Uuid, version: i64, draft: &Value) -> Reply {
    client.call("update_account", &json!({ "id": id, "version": version, "draft": draft })).await
}

/// The account of an edit conflict.
fn theirs(told: &Value) -> Value {
    serde_json::from_str(told["EditConflict"].as_str().unwrap()).unwrap()
}

async fn show(client: &Client, id: Uuid) -> Value {
    client.call("show_account", &json!({ "id": id })).await.json()
}

async fn md5_of(app: &TestApp, id: Uuid) -> String {
    sqlx::query_scalar("SELECT ha1_md5 FROM account_digests WHERE account_id = $1").bind(id).fetch_one(&app.pool).await.unwrap()
}

/// A draft with the passwords left empty, as the edit form opens.
fn keeping(mut draft: Value) -> Value {
    draft["password"] = json!("");
    draft["repeat_password"] = json!("");
    draft
}

#[tokio::test]
async fn an_edit_saves_what_changed_and_tells_the_history() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let id = created(&operator, &pgsm(group, &json!({}))).await;
    let digest = md5_of(&app, id).await;

    let reply = update(&operator, id, 1, &keeping(pgsm(group, &json!({ "call_limit": "5", "security_model": "ZRTP" })))).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    let shown = show(&operator, id).await;
    assert_eq!((shown["account"]["call_limit"].as_i64(), shown["account"]["security_model"].as_str()), (Some(5), Some("ZRTP")));
    assert_eq!(
        shown["history"][0]["changes"],
        json!([{ "field": "Call Limit", "before": "2", "after": "5" }, { "field": "Security Model", "before": "SDES", "after": "ZRTP" }])
    );
    assert_eq!(md5_of(&app, id).await, digest, "an empty password keeps the old one");
}

#[tokio::test]
async fn a_new_password_replaces_the_digests_and_leaves_no_trace_in_the_history() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let id = created(&operator, &pgsm(group, &json!({}))).await;
    let password = "Cello-Lantern-88";
    let reply = update(&operator, id, 1, &pgsm(group, &json!({ "password": password, "repeat_password": password }))).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    assert_eq!(md5_of(&app, id).await, Digests::new("2086693379", "sip.localhost", password).ha1_md5);
    let history = show(&operator, id).await["history"].to_string();
    assert!(history.contains("Password") && !history.contains(password) && !history.contains(SIP_PASSWORD), "{history}");
}

#[tokio::test]
async fn a_new_username_needs_a_new_password() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let id = created(&operator, &pgsm(group, &json!({}))).await;
    let reply = update(&operator, id, 1, &keeping(pgsm(group, &json!({ "username": "4711" })))).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    field_error(&reply, "password");
    let reply = update(&operator, id, 1, &pgsm(group, &json!({ "username": "4711" }))).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    assert_eq!(md5_of(&app, id).await, Digests::new("4711", "sip.localhost", SIP_PASSWORD).ha1_md5);
}

#[tokio::test]
async fn the_second_of_two_people_is_told_and_overwrites_nothing() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let id = created(&operator, &pgsm(group, &json!({}))).await;
    let (first, second) = (keeping(pgsm(group, &json!({ "owner": "Ada" }))), keeping(pgsm(group, &json!({ "owner": "Grace" }))));
    let (first, second) = tokio::join!(update(&operator, id, 1, &first), update(&operator, id, 1, &second));
    let statuses = [first.status, second.status];
    assert!(statuses.contains(&StatusCode::OK) && statuses.contains(&StatusCode::CONFLICT), "{statuses:?}");
    let told = if first.status == StatusCode::CONFLICT { first } else { second };
    let stored = show(&operator, id).await["account"].clone();
    assert_eq!(theirs(&told.json()), stored, "the second sees what is stored now");
    assert_eq!(stored["version"], 2);
}

#[tokio::test]
async fn a_mistake_in_a_field_does_not_hide_that_somebody_else_has_saved() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let id = created(&operator, &pgsm(group, &json!({}))).await;
    // Theirs is another username, with the new password that it needs.
    assert!(update(&operator, id, 1, &pgsm(group, &json!({ "username": "4711" }))).await.status.is_success());
    for mine in [json!({ "call_limit": "999" }), json!({ "owner": "Grace" })] {
        let told = update(&operator, id, 1, &keeping(pgsm(group, &mine))).await;
        assert_eq!(told.status, StatusCode::CONFLICT, "{}", told.text);
        assert_eq!(theirs(&told.json())["username"], "4711");
    }
}

#[tokio::test]
async fn the_second_learns_which_save_set_the_password() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let id = created(&operator, &pgsm(group, &json!({}))).await;
    assert!(update(&operator, id, 1, &keeping(pgsm(group, &json!({})))).await.status.is_success());
    assert_eq!(show(&operator, id).await["account"]["password_version"], 1, "an empty password sets none");
    assert!(update(&operator, id, 2, &pgsm(group, &json!({}))).await.status.is_success());
    let told = theirs(&update(&operator, id, 2, &pgsm(group, &json!({ "owner": "Grace" }))).await.json());
    assert_eq!((told["password_version"].as_i64(), told["version"].as_i64()), (Some(3), Some(3)));
}

#[tokio::test]
async fn the_type_can_be_changed_and_takes_its_fields_along() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let id = created(&operator, &snom(group, &json!({}))).await;
    let draft = keeping(pgsm(group, &json!({ "username": "3204", "number": "3204", "security_model": "ZRTP" })));
    assert!(update(&operator, id, 1, &draft).await.status.is_success());
    let account = &show(&operator, id).await["account"];
    assert_eq!((account["account_type"].as_str(), account["mac"].as_str()), (Some("PGSM"), None));
    assert_eq!(account["deny"], json!([]));
}

#[tokio::test]
async fn disabling_and_enabling_are_told_once() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let id = created(&operator, &pgsm(group, &json!({}))).await;
    for _ in 0..2 {
        assert!(operator.call("enable_account", &json!({ "id": id, "enabled": false })).await.status.is_success());
    }
    let shown = show(&operator, id).await;
    assert_eq!(shown["account"]["enabled"], false);
    assert_eq!(shown["history"].as_array().unwrap().len(), 2);
    assert!(operator.call("enable_account", &json!({ "id": id, "enabled": true })).await.status.is_success());
    assert_eq!(show(&operator, id).await["account"]["enabled"], true);
}

#[tokio::test]
async fn deleting_leaves_a_tombstone_and_the_history() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let id = created(&operator, &pgsm(group, &json!({}))).await;
    assert!(operator.call("delete_account", &json!({ "id": id })).await.status.is_success());
    assert_eq!(count(&app).await, 0);
    let (number, who): (String, Option<Uuid>) =
        sqlx::query_as("SELECT number, deleted_by FROM account_tombstones WHERE id = $1").bind(id).fetch_one(&app.pool).await.unwrap();
    assert_eq!(number, "+393204471902");
    assert!(who.is_some());
    let named: String =
        sqlx::query_scalar("SELECT subject_name FROM audit_log WHERE action = 'deleted'").fetch_one(&app.pool).await.unwrap();
    assert_eq!(named, "Chiara Montanari, 2086693379");
    let digests: i64 = sqlx::query_scalar("SELECT count(*) FROM account_digests").fetch_one(&app.pool).await.unwrap();
    assert_eq!(digests, 0);
    for call in ["show_account", "delete_account"] {
        let reply = operator.call(call, &json!({ "id": id })).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{call}");
        assert!(reply.text.contains("Somebody has deleted it"), "{call}: {}", reply.text);
    }
    assert_eq!(operator.get(&format!("/accounts/{id}")).await.status, StatusCode::NOT_FOUND);
    created(&operator, &pgsm(group, &json!({}))).await;
}

#[tokio::test]
async fn a_deleted_account_is_not_made_again_by_its_old_form() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let draft = pgsm(group, &json!({}));
    let id = created(&operator, &draft).await;
    assert!(operator.call("delete_account", &json!({ "id": id })).await.status.is_success());
    let again = operator.call("create_account", &json!({ "id": id, "draft": draft })).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.text);
    assert_eq!(count(&app).await, 0);
    assert_eq!(operator.call("delete_account", &json!({ "id": id })).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_account_that_never_was_is_not_called_deleted() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    for path in ["/accounts/xyz", "/accounts/%6eew", "/accounts/xyz/edit", &format!("/accounts/{}", Uuid::now_v7())] {
        let page = operator.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.text.contains("<h1>Not found") && page.text.contains("There is no such account."), "{path}: {}", page.text);
        assert!(page.text.contains("href=\"/accounts\" class=\"btn main\">Account List"), "{path} leads nowhere");
        assert!(!page.text.contains("Try again") && !page.text.contains("deleted"), "{path}");
    }
}

#[tokio::test]
async fn the_history_cannot_be_rewritten() {
    let app = TestApp::start().await;
    group(&app, "Ufficio").await;
    for statement in ["UPDATE audit_log SET operator_name = 'nobody'", "DELETE FROM audit_log", "TRUNCATE audit_log"] {
        assert!(sqlx::query(statement).execute(&app.pool).await.is_err(), "{statement}");
    }
}
