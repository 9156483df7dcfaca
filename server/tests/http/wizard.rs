//! New Account (Activation Wizard).

use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::accounts::{SIP_PASSWORD, count, created, field_error, group, pgsm, profile};
use crate::support::{Client, Reply, TestApp};

/// The profile that ships.
const DEFAULT_PROFILE: &str = "00000000-0000-7000-8000-000000000001";

async fn start(client: &Client, group: Uuid) -> Value {
    let reply = client.call("wizard_form", &json!({ "group": group })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    reply.json()
}

async fn create(client: &Client, id: Uuid, draft: &Value) -> Reply {
    client.call("create_by_wizard", &json!({ "id": id, "draft": draft })).await
}

/// What the wizard's form sends, with the fields of `changes` put over it.
fn draft(group: Uuid, changes: &Value) -> Value {
    let mut draft = pgsm(group, &json!({ "password": "", "repeat_password": "", "profile": DEFAULT_PROFILE }));
    for (name, value) in changes.as_object().unwrap() {
        draft[name] = value.clone();
    }
    draft
}

#[tokio::test]
async fn the_form_gives_a_username_and_the_profile_of_the_group() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let first = start(&operator, group).await["draft"].clone();
    assert_eq!(first["username"].as_str().unwrap().len(), 10);
    assert_eq!((first["number"].as_str(), first["profile"].as_str()), (Some(""), Some(DEFAULT_PROFILE)));
    let own = profile(&app, "Cantieri").await;
    sqlx::query("UPDATE groups SET profile_id = $1").bind(own).execute(&app.pool).await.unwrap();
    assert_eq!(start(&operator, group).await["draft"]["profile"], own.to_string());
}

#[tokio::test]
async fn the_account_is_disabled_without_a_password_and_only_its_activation_enables_it() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let id = Uuid::now_v7();
    let reply = create(&operator, id, &draft(group, &json!({}))).await;
    assert_eq!(reply.json(), json!({ "username": "2086693379", "is_another": false }));
    let shown = operator.call("show_account", &json!({ "id": id })).await.json();
    assert_eq!((shown["account"]["enabled"].as_bool(), shown["account"]["awaits_activation"].as_bool()), (Some(false), Some(true)));
    assert_eq!((shown["account"]["last_status"].as_str(), shown["account"]["account_type"].as_str()), (Some("created"), Some("PGSM")));
    assert_eq!(shown["history"][0]["action"], "created the account by wizard");
    let digests: i64 = sqlx::query_scalar("SELECT count(*) FROM account_digests").fetch_one(&app.pool).await.unwrap();
    assert_eq!(digests, 0, "there is no password yet");

    let enabled = operator.call("enable_account", &json!({ "id": id, "enabled": true })).await;
    assert_eq!(enabled.status, StatusCode::CONFLICT, "{}", enabled.text);
    let page = operator.get(&format!("/accounts/{id}")).await.text;
    assert!(page.contains("until activated") && !page.contains("Enable account"), "{page}");
}

#[tokio::test]
async fn the_form_sent_five_times_at_once_makes_one_account() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let id = Uuid::now_v7();
    let sent = (0..5).map(|_| {
        let operator = operator.clone();
        tokio::spawn(async move { create(&operator, id, &draft(group, &json!({}))).await })
    });
    for reply in sent.collect::<Vec<_>>() {
        let reply = reply.await.unwrap();
        assert!(reply.status.is_success(), "{}", reply.text);
    }
    assert_eq!(count(&app).await, 1);
    let other = create(&operator, id, &draft(group, &json!({ "owner": "Somebody else" }))).await;
    assert!(other.text.contains("This form was used already"), "{}", other.text);
    operator.call("delete_account", &json!({ "id": id })).await;
    assert!(create(&operator, id, &draft(group, &json!({}))).await.text.contains("This form was used already"));
    assert_eq!(count(&app).await, 0);
}

#[tokio::test]
async fn a_username_that_is_taken_meanwhile_is_drawn_anew_and_a_number_is_not() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    created(&operator, &pgsm(group, &json!({ "number": "+39 320 111 2222" }))).await;
    let id = Uuid::now_v7();
    let made = create(&operator, id, &draft(group, &json!({}))).await.json();
    assert_eq!(made["is_another"], true);
    let username = made["username"].as_str().unwrap();
    assert!(username.len() == 10 && username != "2086693379", "{username}");
    assert_eq!(create(&operator, id, &draft(group, &json!({}))).await.json(), made, "the answer to a second click is the same");

    let taken = create(&operator, Uuid::now_v7(), &draft(group, &json!({}))).await;
    assert!(field_error(&taken, "number").contains("Another account has this number"));
    assert_eq!(count(&app).await, 2);
}

#[tokio::test]
async fn an_extension_is_created_and_what_the_wizard_does_not_offer_is_refused() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let extension = create(&operator, Uuid::now_v7(), &draft(group, &json!({ "number": "111" }))).await;
    assert!(extension.status.is_success(), "{}", extension.text);
    for (changes, field) in [
        (json!({ "number": "" }), "number"),
        (json!({ "profile": "" }), "profile"),
        (json!({ "profile": Uuid::now_v7() }), "profile"),
        (json!({ "password": SIP_PASSWORD, "repeat_password": SIP_PASSWORD }), "password"),
        (json!({ "group": "" }), "group"),
        (json!({ "account_type": "SNOM" }), "account_type"),
        (json!({ "mac": "00-04-13-AA-BB-CC" }), "mac"),
    ] {
        let changes = {
            let mut with = json!({ "username": "2086693390", "number": "112" });
            changes.as_object().unwrap().iter().for_each(|(name, value)| with[name] = value.clone());
            with
        };
        let refused = create(&operator, Uuid::now_v7(), &draft(group, &changes)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {}", refused.text);
        field_error(&refused, field);
    }
    let forged = create(&operator, Uuid::now_v7(), &draft(group, &json!({ "enabled": true }))).await;
    assert_eq!(forged.status, StatusCode::BAD_REQUEST);
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn without_wasm_the_form_is_posted_and_leads_to_the_account() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await.to_string();
    let page = operator.get(&format!("/accounts/wizard?group={group}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("readonly") && !page.text.contains("type=\"password\""), "{}", page.text);
    let id = Uuid::now_v7().to_string();
    let form = |number| {
        let mut fields = vec![("id", id.as_str()), ("version", "0"), ("account_type", "PGSM"), ("visible", "on"), ("call_limit", "2")];
        fields.extend([("username", "2086693379"), ("number", number), ("owner", "Chiara"), ("group", &group), ("email", "")]);
        fields.extend([("description", ""), ("profile", DEFAULT_PROFILE), ("security_model", "ZRTP"), ("obfuscation", "ON")]);
        fields.push(("obfuscation_key", "9"));
        fields
    };
    let refused = operator.post_form("/accounts/wizard", &form("+39 320")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("+39320 has 5 digits") && refused.text.contains(&id) && refused.text.contains("value=\"2086693379\""));
    let made = operator.post_form("/accounts/wizard", &form("+39 320 447 1902")).await;
    assert_eq!((made.status, made.location()), (StatusCode::SEE_OTHER, format!("/accounts/{id}?done=account-created").as_str()));
    assert!(operator.get(made.location()).await.text.contains("Account created"));
    assert_eq!(operator.post_form("/accounts/wizard", &form("+39 320 447 1902")).await.location(), made.location(), "sent twice");
    assert_eq!(count(&app).await, 1);

    sqlx::query("UPDATE accounts SET number = '+393200000000'").execute(&app.pool).await.unwrap();
    let other = Uuid::now_v7().to_string();
    let again: Vec<_> = form("111").into_iter().map(|(name, value)| (name, if name == "id" { other.as_str() } else { value })).collect();
    let renamed = operator.post_form("/accounts/wizard", &again).await;
    assert_eq!(renamed.location(), format!("/accounts/{other}?done=account-created-anew"));
    assert!(operator.get(renamed.location()).await.text.contains("another username"));
}
