//! "Admins need a second factor": who has none is let into nothing but setting it up.

use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::PASSWORD;
use crate::support::second_factor::{code, set_up, step};
use crate::support::{Client, TestApp};

async fn sign_in(app: &TestApp, name: &str) -> Client {
    let client = app.anonymous();
    client.post_form("/sign-in", &[("name", name), ("password", PASSWORD)]).await;
    client
}

async fn need(client: &Client, need: bool) -> crate::support::Reply {
    client.call("need_second_factor", &json!({ "need": need })).await
}

/// Two admins, the first of whom has a second factor and has switched the rule on.
async fn start() -> (TestApp, Client, Client) {
    let app = TestApp::start().await;
    for name in ["ada", "bob"] {
        app.add_operator(name, Role::Admin).await;
    }
    let (ada, bob) = (sign_in(&app, "ada").await, sign_in(&app, "bob").await);
    set_up(&ada).await;
    assert!(need(&ada, true).await.status.is_success());
    (app, ada, bob)
}

#[tokio::test]
async fn who_has_none_cannot_switch_it_on() {
    let app = TestApp::start().await;
    app.add_operator("ada", Role::Admin).await;
    let ada = sign_in(&app, "ada").await;
    let refused = need(&ada, true).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text.contains("You have no second factor yourself."), "{}", refused.text);
    assert_eq!(ada.get("/groups").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_admin_without_one_is_let_into_nothing_but_setting_it_up() {
    let (app, ada, bob) = start().await;
    assert_eq!(ada.get("/groups").await.status, StatusCode::OK);
    for path in ["/groups", "/me", "/operators", "/settings", "/accounts/export.csv"] {
        assert_eq!(bob.get(path).await.location(), "/me/second-factor", "{path}");
    }
    for function in ["list_groups", "list_operators", "own_account"] {
        assert_eq!(bob.call(function, &json!({})).await.status, StatusCode::FORBIDDEN, "{function}");
    }
    assert_eq!(bob.get("/live").await.status, StatusCode::FORBIDDEN);
    assert_eq!(bob.post_form("/me", &[("end", "others")]).await.location(), "/me/second-factor");
    assert_eq!(bob.get("/password").await.status, StatusCode::OK);
    let page = bob.get("/me/second-factor").await;
    assert!(page.status.is_success() && page.text.contains("Admins of this service need a second factor."), "{}", page.text);

    set_up(&bob).await;
    assert_eq!(bob.get("/operators").await.status, StatusCode::OK);
    // It is for admins.
    app.add_operator("carla", Role::Operator).await;
    assert_eq!(sign_in(&app, "carla").await.get("/groups").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_one_time_password_comes_first() {
    let (app, _, bob) = start().await;
    sqlx::query("UPDATE operators SET must_change_password = true WHERE name = 'bob'").execute(&app.pool).await.unwrap();
    for path in ["/groups", "/me/second-factor"] {
        assert_eq!(bob.get(path).await.location(), "/password", "{path}");
    }
    assert_eq!(step(&bob, &[("step", "begin"), ("password", PASSWORD)]).await.location(), "/password");
    let new = "other words of a test";
    bob.post_form("/password", &[("current", PASSWORD), ("new", new), ("repeat", new)]).await;
    assert_eq!(bob.get("/groups").await.location(), "/me/second-factor");
}

#[tokio::test]
async fn while_it_is_needed_nobody_goes_without() {
    let (app, ada, _) = start().await;
    let refused = step(&ada, &[("step", "remove"), ("password", PASSWORD), ("code", "123456")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("Admins of this service need a second factor."), "{}", refused.text);
    for _ in 0..2 {
        assert!(need(&ada, false).await.status.is_success());
    }
    assert_eq!(sign_in(&app, "bob").await.get("/groups").await.status, StatusCode::OK);
    let told: Vec<Value> = sqlx::query_scalar("SELECT changes FROM audit_log WHERE subject_kind = 'settings' ORDER BY at, id")
        .fetch_all(&app.pool)
        .await
        .unwrap();
    let change = |before: &str, after: &str| json!([{ "field": "Admins need a second factor", "before": before, "after": after }]);
    assert_eq!(told, [change("false", "true"), change("true", "false")]);
}

#[tokio::test]
async fn the_form_of_the_sip_settings_is_none_of_it() {
    let (app, ada, _) = start().await;
    let start = ada.call("sip_form", &json!({})).await.json();
    let saved = ada.call("save_sip", &json!({ "version": start["version"], "draft": start["draft"], "confirmed": false })).await;
    assert!(saved.status.is_success(), "{}", saved.text);
    let needed: bool = sqlx::query_scalar("SELECT admins_need_second_factor FROM settings").fetch_one(&app.pool).await.unwrap();
    assert!(needed);
}

#[tokio::test]
async fn a_new_admin_goes_all_the_way() {
    let (app, ada, _) = start().await;
    let password = ada.call("create_operator", &json!({ "name": "carla", "role": "admin" })).await.json().as_str().unwrap().to_owned();
    let carla = app.anonymous();
    carla.post_form("/sign-in", &[("name", "carla"), ("password", &password)]).await;
    assert_eq!(carla.get("/groups").await.location(), "/password");
    carla.post_form("/password", &[("current", &password), ("new", PASSWORD), ("repeat", PASSWORD)]).await;
    assert_eq!(carla.get("/groups").await.location(), "/me/second-factor");
    let (key, _) = set_up(&carla).await;
    assert_eq!(carla.get("/operators").await.status, StatusCode::OK);
    let later = app.anonymous();
    later.post_form("/sign-in", &[("name", "carla"), ("password", PASSWORD)]).await;
    assert_eq!(later.post_form("/sign-in/code", &[("code", &code(&key, 1))]).await.location(), "/groups");
}
