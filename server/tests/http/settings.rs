//! Settings of the SMS gateway: saved, checked, told to the history without secrets, and tried with a test message.

use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::fake_gateway::{Answer, FakeGateway};
use crate::support::gateways::{TAKEN, choose_kannel, choose_twilio, draft};
use crate::support::kannel::PASSWORD;
use crate::support::{Client, Reply, TestApp, until};

const SECRET: &str = "hunter2&+%";

async fn save(client: &Client, version: i64, draft: &Value) -> Reply {
    client.call("save_gateway", &json!({ "version": version, "draft": draft })).await
}

fn kannel(url: &str, password: &str) -> Value {
    json!({ "kind": "kannel", "kannel_url": url, "kannel_username": "ringkey", "kannel_password": password })
}

/// Everything that the database holds of the settings and of what was done to them.
async fn stored(app: &TestApp) -> String {
    let texts: Vec<String> = sqlx::query_scalar(
        "SELECT to_jsonb(s)::text FROM sms_settings s UNION ALL SELECT to_jsonb(a)::text FROM audit_log a UNION ALL SELECT to_jsonb(m)::text
         FROM messages m",
    )
    .fetch_all(&app.pool)
    .await
    .unwrap();
    texts.join("\n")
}

async fn changes(app: &TestApp) -> Vec<Value> {
    sqlx::query_scalar("SELECT changes FROM audit_log WHERE subject_kind = 'settings' AND action = 'updated' ORDER BY at, id")
        .fetch_all(&app.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_fresh_machine_sends_to_nobody_and_says_so() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let page = admin.get("/settings").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("Development gateway") && page.text.contains("only shown on the Messages page"), "{}", page.text);
    assert!(page.text.contains(&format!("{}/receipts/twilio/", app.address)), "where Twilio calls back");
    let (version, draft) = draft(&app, &json!({})).await;
    assert_eq!((version, &draft["kind"], &draft["per_number_hour"]), (1, &json!("development"), &json!("5")));
    // What is there keeps every rule, and saving it changes nothing.
    assert!(save(&admin, version, &draft).await.status.is_success());
    assert!(changes(&app).await.iter().all(|changes| changes.to_string().contains("Address of Twilio")), "{:?}", changes(&app).await);
}

#[tokio::test]
async fn what_is_saved_is_shown_again_and_told_but_for_the_secrets() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let (version, typed) = draft(
        &app,
        &json!({
            "kind": "kannel", "kannel_url": " http://127.0.0.1:13013/cgi-bin/sendsms", "kannel_username": "ringkey", "kannel_password": SECRET,
            "kannel_sender": "Ringkey", "per_hour": "100", "country_prefixes": "+41,+39",
        }),
    )
    .await;
    let reply = save(&admin, version, &typed).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    let start = admin.call("gateway_form", &json!({})).await;
    let now = start.json();
    assert_eq!((&now["version"], &now["in_force"], &now["draft"]["kannel_password"]), (&json!(2), &json!("kannel"), &json!("")));
    assert_eq!(now["draft"]["kannel_url"], "http://127.0.0.1:13013/cgi-bin/sendsms");
    assert_eq!((&now["draft"]["country_prefixes"], &now["draft"]["per_hour"]), (&json!("+39, +41"), &json!("100")));
    let page = admin.get("/settings").await.text;
    assert!(page.contains("leave empty to keep it"), "{page}");
    for text in [&start.text, &page, &stored(&app).await] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    let told = changes(&app).await[0].clone();
    let told: Vec<(&str, &str)> =
        told.as_array().unwrap().iter().map(|change| (change["field"].as_str().unwrap(), change["after"].as_str().unwrap())).collect();
    assert!(told.contains(&("SMS gateway", "Kannel")) && told.contains(&("Kannel: Password", "changed")), "{told:?}");
    assert!(told.contains(&("All messages in an hour", "100")), "{told:?}");
}

#[tokio::test]
async fn a_stored_secret_is_kept_by_an_empty_field_and_goes_to_no_other_address() {
    let app = TestApp::start().await;
    let gateway = FakeGateway::start(Answer::Whole(202, TAKEN.to_owned())).await;
    choose_kannel(&app, &gateway.address()).await;
    let admin = app.sign_in_as(Role::Admin).await;
    let (version, same) = draft(&app, &json!({ "kannel_sender": "Other" })).await;
    assert!(save(&admin, version, &same).await.status.is_success());
    app.start_outbox();
    let send = json!({ "message": Uuid::now_v7(), "number": "+39 320 1184467" });
    assert!(admin.call("send_test_message", &send).await.status.is_success());
    until(async || !gateway.calls().is_empty()).await;
    let call = &gateway.calls()[0];
    assert_eq!((call.query["password"].as_str(), call.query["from"].as_str()), (PASSWORD, "Other"));

    let evil = FakeGateway::start(Answer::Whole(202, TAKEN.to_owned())).await;
    let (version, moved) = draft(&app, &json!({ "kannel_url": evil.address() })).await;
    let refused = save(&admin, version, &moved).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.json()["InvalidGateway"]["kannel_password"].as_str().unwrap().contains("Enter the password anew"), "{}", refused.text);
    // Nor in two steps: what is saved while another gateway sends takes the secret away.
    let (version, parked) = draft(&app, &json!({ "kannel_url": evil.address(), "kind": "development" })).await;
    assert!(save(&admin, version, &parked).await.status.is_success());
    let (version, back) = draft(&app, &json!({ "kind": "kannel" })).await;
    assert_eq!(save(&admin, version, &back).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(evil.calls().len(), 0);
    assert!(changes(&app).await.last().unwrap().to_string().contains("removed"));
}

#[tokio::test]
async fn of_two_admins_the_second_is_told() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let (version, mine) = draft(&app, &json!({ "per_hour": "10" })).await;
    assert!(save(&admin, version, &mine).await.status.is_success());
    let late = save(&admin, version, &mine).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text.contains("Somebody else saved these settings"), "{}", late.text);
}

#[tokio::test]
async fn each_wrong_field_is_named_and_unknown_ones_are_refused() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    for (changes, field) in [
        (json!({ "kind": "kannel" }), "kannel_url"),
        (kannel("ftp://example.com", "x"), "kannel_url"),
        (kannel("http://u:p@example.com", "x"), "kannel_url"),
        (kannel("http://example.com/", ""), "kannel_password"),
        (json!({ "kind": "twilio" }), "twilio_account_sid"),
        (json!({ "twilio_url": "http://api.twilio.com" }), "twilio_url"),
        (json!({ "per_hour": "0" }), "per_hour"),
        (json!({ "country_prefixes": "39" }), "country_prefixes"),
    ] {
        let (version, typed) = draft(&app, &changes).await;
        let reply = save(&admin, version, &typed).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{changes}");
        assert!(reply.json()["InvalidGateway"][field].is_string(), "{changes}: {}", reply.text);
    }
    let (version, mut typed) = draft(&app, &json!({})).await;
    typed["version"] = json!(7);
    assert_eq!(save(&admin, version, &typed).await.status, StatusCode::BAD_REQUEST);
    assert!(changes(&app).await.is_empty());
}

#[tokio::test]
async fn only_admins_see_and_change_them() {
    let app = TestApp::start().await;
    for role in [Role::Viewer, Role::Operator] {
        let other = app.sign_in_as(role).await;
        assert_eq!(other.get("/settings").await.status, StatusCode::FORBIDDEN);
        assert_eq!(other.call("gateway_form", &json!({})).await.status, StatusCode::FORBIDDEN);
        assert_eq!(other.call("save_gateway", &json!({ "version": 1, "draft": {} })).await.status, StatusCode::FORBIDDEN);
        let send = json!({ "message": Uuid::now_v7(), "number": "+393201184467" });
        assert_eq!(other.call("send_test_message", &send).await.status, StatusCode::FORBIDDEN);
        assert_eq!(other.post_form("/settings", &[("version", "1")]).await.status, StatusCode::FORBIDDEN);
        assert!(!other.get("/groups").await.text.contains("href=\"/settings\""));
    }
    assert!(app.sign_in_as(Role::Admin).await.get("/groups").await.text.contains("href=\"/settings\""));
}

#[tokio::test]
async fn a_test_message_is_sent_once_counts_and_is_followed() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let (version, limited) = draft(&app, &json!({ "per_number_hour": "2", "country_prefixes": "+39" })).await;
    assert!(save(&admin, version, &limited).await.status.is_success());
    let message = Uuid::now_v7();
    let send = async |message: Uuid, number: &str| admin.call("send_test_message", &json!({ "message": message, "number": number })).await;
    for _ in 0..2 {
        assert!(send(message, "+39 320 1184467").await.status.is_success());
    }
    let find = async || admin.call("find_test_message", &json!({ "message": message })).await.json();
    assert_eq!((&find().await["state"], &find().await["number"]), (&json!("queued"), &json!("+393201184467")));
    app.start_outbox();
    until(async || find().await["state"] == "accepted").await;
    assert_eq!(find().await["gateway"], "development");
    let (count, text): (i64, String) = sqlx::query_as("SELECT count(*), min(text) FROM messages").fetch_one(&app.pool).await.unwrap();
    assert_eq!((count, text.as_str()), (1, "Test message from Ringkey, sent by admin."));

    assert!(send(Uuid::now_v7(), "+393201184467").await.status.is_success());
    for (number, words) in [
        ("+393201184467", "2 SMSes went to this number within an hour"),
        ("+41 79 1234567", "SMSes go to numbers with +39 only"),
        ("111", "international number"),
        ("hello", "does not belong in a phone number"),
    ] {
        let reply = send(Uuid::now_v7(), number).await;
        assert_eq!(reply.status, StatusCode::CONFLICT, "{number}");
        assert!(reply.text.contains(words), "{number}: {}", reply.text);
    }
    assert_eq!(admin.call("find_test_message", &json!({ "message": Uuid::now_v7() })).await.json(), Value::Null);
}

#[tokio::test]
async fn plain_forms_save_and_send_and_bring_back_what_was_typed_but_no_secret() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let (_, typed) = draft(&app, &kannel("http://127.0.0.1:13013/", SECRET)).await;
    let post = async |changes: &[(&str, &str)]| {
        let mut fields: Vec<(&str, &str)> =
            typed.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
        fields.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        fields.extend(changes);
        admin.post_form("/settings", &fields).await
    };
    let refused = post(&[("version", "1"), ("per_hour", "none"), ("kannel_username", "<b>\"ringkey")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("The settings were not saved") && refused.text.contains("&lt;b&gt;&quot;ringkey"), "{}", refused.text);
    assert!(!refused.text.contains("hunter2"));
    let saved = post(&[("version", "1")]).await;
    assert_eq!((saved.status, saved.location()), (StatusCode::SEE_OTHER, "/settings?done=settings-saved"));
    assert!(admin.get(saved.location()).await.text.contains("Settings saved"));
    let late = post(&[("version", "1")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text.contains("Somebody else saved these settings"));
    assert_eq!(post(&[("version", "2"), ("is_admin", "on")]).await.status, StatusCode::BAD_REQUEST);

    let id = Uuid::now_v7().to_string();
    let refused = admin.post_form("/settings/test", &[("id", &id), ("number", "<i>111")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text.contains("Send a test message") && refused.text.contains("&lt;i&gt;111"), "{}", refused.text);
    let sent = admin.post_form("/settings/test", &[("id", &id), ("number", "+39 320 1184467")]).await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, format!("/settings?test={id}").as_str()));
    assert!(admin.get(sent.location()).await.text.contains("The message to +393201184467 waits to be sent."));
}

#[tokio::test]
async fn twilio_is_saved_with_its_token_sealed() {
    let app = TestApp::start().await;
    choose_twilio(&app, "https://api.dublin.ie1.twilio.com/").await;
    let now = app.sign_in_as(Role::Admin).await.call("gateway_form", &json!({})).await.json();
    assert_eq!(now["draft"]["twilio_url"], "https://api.dublin.ie1.twilio.com");
    assert_eq!(now["stored"]["twilio"]["url"], "https://api.dublin.ie1.twilio.com");
    let sealed: Vec<u8> = sqlx::query_scalar("SELECT twilio_token_sealed FROM sms_settings").fetch_one(&app.pool).await.unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains("0123456789abcdef"));
}
