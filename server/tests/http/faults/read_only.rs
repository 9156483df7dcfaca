//! The database can be read and not written, as after a failover: what can be read is read, what would be written is refused in a
//! sentence, and it ends by itself.

use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;

use super::{Ground, READ_ONLY, assert_calm, lines};
use crate::batch_upload::{address, profile, send, sent};
use crate::plain_forms::form;
use crate::support::accounts::{count, create, created, group, pgsm};
use crate::support::until;

#[tokio::test]
async fn the_database_can_only_be_read() {
    let ground = Ground::new().await;
    let (operator, admin) = (ground.operator().await, ground.app.sign_in_as(Role::Admin).await);
    let group_id = group(&ground.app, "Ufficio").await;
    let id = created(&operator, &pgsm(group_id, &json!({}))).await;
    // Each request would move the end of its session.
    sqlx::query("UPDATE sessions SET expires_at = now() + interval '10 minutes'").execute(&ground.app.pool).await.unwrap();
    ground.cluster.administer(&["ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()"]).await;
    until(async || ground.ask::<String>("SHOW transaction_read_only").await == "on").await;

    for page in [
        "/groups",
        "/accounts",
        "/registered",
        "/messages",
        "/batches",
        "/profiles",
        "/settings",
        "/accounts/new",
        "/groups/new",
        &format!("/accounts/{id}"),
        &format!("/accounts/{id}/edit"),
        "/accounts/wizard",
        "/batches/new",
        "/operators",
        "/audit",
        "/me",
    ] {
        let reply = admin.get(page).await;
        assert_eq!(reply.status, StatusCode::OK, "{page}: {}", reply.text);
        assert!(!reply.text.contains("could not be loaded"), "{page}: {}", reply.text);
    }
    // No list is taken away of which the audit log knows nothing.
    assert_calm(&admin.get("/accounts/export.csv").await, READ_ONLY);

    let draft = pgsm(group_id, &json!({ "username": "3204", "number": "3204" }));
    let (new, refused) = create(&operator, &draft).await;
    assert_calm(&refused, READ_ONLY);
    let edit =
        json!({ "id": id, "version": 1, "draft": pgsm(group_id, &json!({ "owner": "Grace", "password": "", "repeat_password": "" })) });
    let message = json!({ "message": Uuid::now_v7(), "account": id, "kind": "activation" });
    for (function, arguments) in [
        ("update_account", &edit),
        ("delete_account", &json!({ "id": id })),
        ("enable_account", &json!({ "id": id, "enabled": false })),
        ("send_sms", &message),
        ("drop_registration", &json!({ "id": id })),
    ] {
        assert_calm(&operator.call(function, arguments).await, READ_ONLY);
    }
    let bulk = operator.call("change_accounts", &json!({ "selection": { "rows": [id] }, "action": "disable" })).await;
    assert_eq!(lines(&bulk), [json!({ "stopped": READ_ONLY })]);
    let batch = Uuid::now_v7();
    let profile = profile(&ground.app.pool).await;
    let imported = send(&operator, &address(batch, group_id, profile, 3, 3), sent(3, 0)).await;
    assert_eq!(lines(&imported).last().unwrap()["refused"]["sentence"], READ_ONLY);
    // The page of the form can be read, and so it comes back itself.
    let (typed, group_text) = (Uuid::now_v7().to_string(), group_id.to_string());
    let page =
        operator.post_form("/accounts/new", &form(&typed, &group_text, &[("username", "777"), ("number", "777"), ("owner", "Ada")])).await;
    assert_calm(&page, READ_ONLY);
    assert!(page.text.contains("value=\"Ada\"") && page.text.contains(&typed), "{}", page.text);
    let entering = ground.app.anonymous().post_form("/sign-in", &[("name", "operator"), ("password", "four words of a test")]).await;
    assert_calm(&entering, READ_ONLY);
    assert_eq!(ground.app.anonymous().get("/readyz").await.status, StatusCode::OK, "most of the work can be done");

    ground.cluster.administer(&["ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()"]).await;
    until(async || operator.call("create_account", &json!({ "id": new, "draft": draft })).await.status.is_success()).await;
    assert!(operator.call("update_account", &edit).await.status.is_success());
    assert!(operator.call("send_sms", &message).await.status.is_success());
    assert_eq!(count(&ground.app).await, 2);
}

/// The old primary is a standby, and the address leads to a new one: connections that are there lead to the old one still.
#[tokio::test]
async fn after_a_failover_no_connection_stays_at_the_old_database() {
    let ground = Ground::new().await;
    let operator = ground.operator().await;
    let group = group(&ground.app, "Ufficio").await;
    // Connections that are made from now on can only read; the server makes its own anew.
    ground.cluster.administer(&["ALTER DATABASE ringkey SET default_transaction_read_only = on"]).await;
    let ends =
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    ground.ask::<i64>(ends).await;
    let draft = pgsm(group, &json!({}));
    let id = Uuid::now_v7();
    let arguments = json!({ "id": id, "draft": draft });
    until(async || operator.call("create_account", &arguments).await.text.contains("ReadOnly")).await;
    assert_eq!(operator.get("/accounts").await.status, StatusCode::OK);
    // Those that are there stay as they are.
    ground.cluster.administer(&["ALTER DATABASE ringkey RESET default_transaction_read_only"]).await;
    until(async || operator.call("create_account", &arguments).await.status.is_success()).await;
    assert_eq!(
        sqlx::query_scalar::<_, i64>("SELECT count(*) FROM accounts").fetch_one(&mut ground.cluster.connect().await).await.unwrap(),
        1
    );
}
