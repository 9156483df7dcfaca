//! SMSes that operators send: to one account, to many, and the ways without SMS.

use app::accounts::digests::Digests;
use app::domain::bulk::{LeftAlone, Progress};
use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::support::accounts::{SIP_PASSWORD, created, group, invented, pgsm, profile, snom};
use crate::support::{Client, Reply, TestApp};

async fn preview(client: &Client, account: Uuid, kind: &str) -> Reply {
    client.call("preview_sms", &json!({ "account": account, "kind": kind })).await
}

async fn send(client: &Client, message: &str, account: Uuid, kind: &str) -> Reply {
    client.call("send_sms", &json!({ "message": message, "account": account, "kind": kind })).await
}

/// Opens the dialog and confirms it.
async fn opened_and_sent(client: &Client, account: Uuid, kind: &str) -> Reply {
    let message = preview(client, account, kind).await.json()["message"].as_str().map(str::to_owned).unwrap();
    send(client, &message, account, kind).await
}

async fn shown(client: &Client, account: Uuid) -> Value {
    client.call("show_account", &json!({ "id": account })).await.json()
}

async fn number_of(app: &TestApp, what: &'static str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {what}"))).fetch_one(&app.pool).await.unwrap()
}

async fn settle(app: &TestApp, settings: &'static str) {
    sqlx::query(AssertSqlSafe(format!("UPDATE sms_settings SET {settings}"))).execute(&app.pool).await.unwrap();
}

/// Lets a minute and a half pass for every SMS.
async fn time_passes(app: &TestApp) {
    sqlx::query("UPDATE messages SET queued_at = queued_at - interval '90 seconds'").execute(&app.pool).await.unwrap();
}

fn refusal(reply: &Reply) -> String {
    assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text);
    reply.json()["Refused"].as_str().unwrap().to_owned()
}

/// A softphone with an international number, and somebody who may send to it.
async fn one(app: &TestApp) -> (Client, Uuid, Uuid) {
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(app, "Ufficio").await;
    let account = created(&operator, &pgsm(group, &json!({}))).await;
    (operator, group, account)
}

#[tokio::test]
async fn the_dialog_says_whom_what_and_what_it_does_and_never_the_link() {
    let app = TestApp::start().await;
    let (operator, group, _) = one(&app).await;
    let profile = profile(&app, "Softphone, Italian").await;
    let changes = json!({ "username": "2086693380", "number": "+39 320 447 1903", "profile": profile });
    let account = created(&operator, &pgsm(group, &changes)).await;
    let told = preview(&operator, account, "activation").await.json();
    assert_eq!((told["title"].as_str(), told["username"].as_str()), (Some("Chiara Montanari"), Some("2086693380")));
    assert_eq!((told["number"].as_str(), told["profile"].as_str()), (Some("+393204471903"), Some("Softphone, Italian")));
    assert_eq!(told["text"], format!("Ciao Chiara Montanari, 72 h: {}/a/••••••••", app.address));
    assert_eq!((told["hours"].as_i64(), told["is_development"].as_bool(), told["enables"].as_bool()), (Some(72), Some(true), Some(false)));
    assert!(told["replaces"].is_null());
    assert_eq!(number_of(&app, "messages").await + number_of(&app, "account_links").await, 0, "looking changes nothing");

    let sent = opened_and_sent(&operator, account, "activation").await;
    assert_eq!(sent.json(), "+393204471903");
    assert!(preview(&operator, account, "activation").await.json()["replaces"].is_i64(), "the link that dies is told");
    let page = shown(&operator, account).await;
    assert_eq!((page["account"]["last_status"].as_str(), page["account"]["enabled"].as_bool()), (Some("activation_sms_sent"), Some(true)));
    assert_eq!(page["history"][0]["action"], "sent an Activation SMS");
    let message = &page["messages"][0];
    assert_eq!((message["state"].as_str(), message["kind"].as_str()), (Some("queued"), Some("activation")));
    assert!(message["text"].as_str().unwrap().ends_with("/a/••••••••"), "{message}");
    let html = operator.get(&format!("/accounts/{account}")).await.text;
    assert!(html.contains("waits to be sent") && html.contains("/messages?q=2086693380"), "{html}");
}

#[tokio::test]
async fn five_clicks_are_one_sms_and_a_used_dialog_is_told() {
    let app = TestApp::start().await;
    let (operator, group, account) = one(&app).await;
    let message = preview(&operator, account, "installation").await.json()["message"].as_str().unwrap().to_owned();
    let clicks = (0..5).map(|_| {
        let (operator, message) = (operator.clone(), message.clone());
        tokio::spawn(async move { send(&operator, &message, account, "installation").await })
    });
    for click in clicks.collect::<Vec<_>>() {
        let reply = click.await.unwrap();
        assert!(reply.status.is_success(), "{}", reply.text);
    }
    assert_eq!((number_of(&app, "messages").await, number_of(&app, "account_links").await), (1, 1));
    assert_eq!(number_of(&app, "audit_log WHERE action = 'sent an Installation SMS'").await, 1);
    assert_eq!(number_of(&app, "account_events WHERE event = 'installation_sent'").await, 1);

    let other = created(&operator, &pgsm(group, &json!({ "username": "2086693380", "number": "+39 320 447 1903" }))).await;
    assert!(refusal(&send(&operator, &message, other, "installation").await).contains("used already"));
    assert!(refusal(&send(&operator, &message, account, "activation").await).contains("used already"));
}

#[tokio::test]
async fn two_operators_within_a_minute_send_one_and_the_second_is_told() {
    let app = TestApp::start().await;
    let (operator, _, account) = one(&app).await;
    let admin = app.sign_in_as(Role::Admin).await;
    let (first, second) = tokio::join!(opened_and_sent(&operator, account, "activation"), opened_and_sent(&admin, account, "activation"));
    let (sent, told): (Vec<_>, Vec<_>) = [first, second].into_iter().partition(|reply| reply.status.is_success());
    assert_eq!((sent.len(), told.len()), (1, 1));
    let sentence = refusal(&told[0]);
    assert!(sentence.contains("has sent this account an Activation SMS") && sentence.contains("Wait a minute"), "{sentence}");
    let own = refusal(&opened_and_sent(&if sentence.starts_with("admin") { admin } else { operator.clone() }, account, "activation").await);
    assert!(own.starts_with("You have sent"), "{own}");
    assert!(opened_and_sent(&operator, account, "installation").await.status.is_success(), "the other kind is another matter");

    time_passes(&app).await;
    assert!(opened_and_sent(&operator, account, "activation").await.status.is_success());
    assert_eq!(number_of(&app, "messages WHERE kind = 'activation' AND state = 'queued'").await, 1, "what still waited is dropped");
    assert_eq!(number_of(&app, "account_links WHERE kind = 'activation' AND replaced_at IS NULL").await, 1);
}

#[tokio::test]
async fn limits_and_country_prefixes_are_told_and_count_nothing_that_was_refused() {
    let app = TestApp::start().await;
    let (operator, group, account) = one(&app).await;
    settle(&app, "per_number_hour = 2").await;
    for _ in 0..2 {
        assert!(opened_and_sent(&operator, account, "installation").await.status.is_success());
        time_passes(&app).await;
    }
    let sentence = refusal(&opened_and_sent(&operator, account, "installation").await);
    assert!(sentence.starts_with("2 SMSes went to this number within an hour"), "{sentence}");
    assert_eq!(number_of(&app, "sms_counts WHERE key LIKE 'operator %' AND count = 2").await, 1);

    let other = created(&operator, &pgsm(group, &json!({ "username": "2086693380", "number": "+44 20 7946 0018" }))).await;
    settle(&app, "country_prefixes = '{+39,+41}'").await;
    let sentence = refusal(&preview(&operator, other, "installation").await);
    assert!(sentence.contains("+39, +41 only, and this one is +442079460018"), "{sentence}");
    settle(&app, "country_prefixes = '{}', per_operator_hour = 2").await;
    assert!(refusal(&opened_and_sent(&operator, other, "installation").await).contains("were sent by you"));
    settle(&app, "per_operator_hour = 500, per_hour = 2").await;
    let admin = app.sign_in_as(Role::Admin).await;
    assert!(refusal(&opened_and_sent(&admin, other, "installation").await).contains("were sent from this service"));
    assert_eq!(number_of(&app, "messages").await, 2);
}

#[tokio::test]
async fn what_can_get_no_sms_is_told_and_a_disabled_account_says_that_its_link_enables_it() {
    let app = TestApp::start().await;
    let (operator, group, account) = one(&app).await;
    let desk_phone = created(&operator, &snom(group, &json!({ "number": "+39 02 4471902" }))).await;
    let extension = created(&operator, &pgsm(group, &json!({ "username": "2086693381", "number": "111" }))).await;
    for kind in ["installation", "activation"] {
        assert!(refusal(&preview(&operator, desk_phone, kind).await).contains("SNOM phone is configured by hand"));
        assert!(refusal(&preview(&operator, extension, kind).await).contains("this number is an extension"));
        let forged = send(&operator, &Uuid::now_v7().to_string(), extension, kind).await;
        assert!(refusal(&forged).contains("this number is an extension"));
    }
    operator.call("enable_account", &json!({ "id": account, "enabled": false })).await;
    assert_eq!(preview(&operator, account, "activation").await.json()["enables"], true);
    assert_eq!(preview(&operator, account, "installation").await.json()["enables"], false);

    let message = preview(&operator, account, "activation").await.json()["message"].as_str().unwrap().to_owned();
    operator.call("delete_account", &json!({ "id": account })).await;
    let gone = send(&operator, &message, account, "activation").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "{}", gone.text);
    assert!(gone.text.contains("Somebody has deleted it"));
    assert_eq!(number_of(&app, "messages").await, 0);
}

#[tokio::test]
async fn the_ways_without_sms_make_a_link_that_is_nowhere_else() {
    let app = TestApp::start().await;
    let (operator, group, account) = one(&app).await;
    let code = operator.call("show_activation_code", &json!({ "account": account })).await;
    assert!(code.status.is_success(), "{}", code.text);
    let svg = code.json()["svg"].as_str().unwrap().to_owned();
    assert!(svg.starts_with("<svg") && !svg.contains("style") && !code.text.contains("/c/"), "nothing but the picture: {svg}");
    assert_eq!(number_of(&app, "account_links WHERE kind = 'configuration' AND expires_at = created_at + interval '10 minutes'").await, 1);
    operator.call("show_activation_code", &json!({ "account": account })).await;
    assert_eq!(number_of(&app, "account_links WHERE kind = 'configuration' AND replaced_at IS NULL").await, 1, "the code before ends");

    assert!(opened_and_sent(&operator, account, "activation").await.status.is_success());
    let link = operator.call("copy_activation_link", &json!({ "account": account })).await.json();
    let address = link["address"].as_str().unwrap().to_owned();
    assert!(address.starts_with(&format!("{}/a/", app.address)) && address.len() > app.address.len() + 40, "{address}");
    assert_eq!(number_of(&app, "account_links WHERE kind = 'activation' AND replaced_at IS NULL").await, 1, "the link that was sent ends");
    assert_eq!(number_of(&app, "messages WHERE state = 'failed'").await, 1, "an SMS that waits would bring a dead link");
    let page = shown(&operator, account).await;
    assert_eq!(page["history"][0]["action"], "made an activation link");
    assert_eq!(page["history"][2]["action"], "made an activation QR code");
    let token = address.rsplit('/').next().unwrap();
    assert!(!page.to_string().contains(token));
    assert_eq!(page["account"]["last_status"], "activation_sms_sent", "what is made is not sent");

    let desk_phone = created(&operator, &snom(group, &json!({}))).await;
    for function in ["show_activation_code", "copy_activation_link"] {
        assert!(refusal(&operator.call(function, &json!({ "account": desk_phone })).await).contains("SNOM"));
        assert_eq!(operator.call(function, &json!({ "account": Uuid::now_v7() })).await.status, StatusCode::NOT_FOUND);
        let viewer = app.sign_in_as(Role::Viewer).await;
        assert_eq!(viewer.call(function, &json!({ "account": account })).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn an_extension_is_activated_without_sms() {
    let app = TestApp::start().await;
    let (operator, group, _) = one(&app).await;
    let extension = created(&operator, &pgsm(group, &json!({ "username": "2086693381", "number": "111" }))).await;
    for function in ["show_activation_code", "copy_activation_link"] {
        assert!(operator.call(function, &json!({ "account": extension })).await.status.is_success());
    }
}

#[tokio::test]
async fn a_viewer_neither_looks_nor_sends_and_sees_no_button() {
    let app = TestApp::start().await;
    let (operator, _, account) = one(&app).await;
    let message = preview(&operator, account, "installation").await.json()["message"].as_str().unwrap().to_owned();
    let viewer = app.sign_in_as(Role::Viewer).await;
    assert_eq!(preview(&viewer, account, "installation").await.status, StatusCode::FORBIDDEN);
    assert_eq!(send(&viewer, &message, account, "installation").await.status, StatusCode::FORBIDDEN);
    assert_eq!(viewer.call("is_development_gateway", &json!({})).await.status, StatusCode::FORBIDDEN);
    for path in ["/accounts".to_owned(), format!("/accounts/{account}")] {
        assert!(operator.get(&path).await.text.contains("Send Activation SMS"), "{path}");
        assert!(!viewer.get(&path).await.text.contains("Send Activation SMS"), "{path}");
    }
    assert_eq!(send(&operator, &message, account, "test").await.status, StatusCode::BAD_REQUEST);
}

/// Sends to a selection, and gives what is told.
async fn send_to(client: &Client, selection: &Value, action: &str) -> Vec<Progress> {
    let reply = client.call("change_accounts", &json!({ "selection": selection, "action": action })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    reply.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn why(told: &[Progress], account: Uuid) -> Option<String> {
    told.iter().find_map(|line| match line {
        Progress::Left { id, why, .. } if *id == account => Some(why.to_string()),
        _ => None,
    })
}

#[tokio::test]
async fn a_selection_gets_its_smses_and_each_that_gets_none_is_named() {
    let app = TestApp::start().await;
    let (operator, group, account) = one(&app).await;
    let second = created(&operator, &pgsm(group, &json!({ "username": "2086693380", "number": "+39 320 447 1903", "owner": "" }))).await;
    let desk_phone = created(&operator, &snom(group, &json!({}))).await;
    let extension = created(&operator, &pgsm(group, &json!({ "username": "2086693381", "number": "111" }))).await;
    let just_sent = created(&operator, &pgsm(group, &json!({ "username": "2086693382", "number": "+39 320 447 1904" }))).await;
    assert!(opened_and_sent(&operator, just_sent, "activation").await.status.is_success());
    let gone = created(&operator, &pgsm(group, &json!({ "username": "2086693383", "number": "+39 320 447 1905" }))).await;
    operator.call("delete_account", &json!({ "id": gone })).await;

    let rows = json!({ "rows": [account, second, desk_phone, extension, just_sent, gone] });
    let told = send_to(&operator, &rows, "send_activation").await;
    assert_eq!(told.last(), Some(&Progress::Finished));
    assert!(told.contains(&Progress::Step { seen: 6, changed: 2 }), "{told:?}");
    assert!(why(&told, desk_phone).unwrap().contains("SNOM"));
    assert!(why(&told, extension).unwrap().contains("extension"));
    assert!(why(&told, just_sent).unwrap().contains("You have sent this account an Activation SMS"));
    assert!(told.contains(&Progress::Left { id: gone, name: String::new(), why: LeftAlone::Gone }));
    assert_eq!(number_of(&app, "messages WHERE kind = 'activation'").await, 3);
    assert_eq!(shown(&operator, second).await["account"]["last_status"], "activation_sms_sent");
    assert_eq!(send_to(&operator, &rows, "send_activation").await.iter().filter(|line| matches!(line, Progress::Left { .. })).count(), 6);
}

#[tokio::test]
async fn a_limit_of_everybody_ends_the_work_with_its_sentence() {
    let app = TestApp::start().await;
    let milano = group(&app, "Milano").await;
    // Every third has an international number; of those, every eighth is a desk phone.
    invented(&app, milano, 1..=60).await;
    settle(&app, "per_operator_hour = 4").await;
    let operator = app.sign_in_as(Role::Operator).await;
    let at = operator.call("count_accounts", &json!({ "filter": { "group": milano } })).await.json()["at"].clone();
    let told = send_to(&operator, &json!({ "matching": { "filter": { "group": milano }, "at": at } }), "send_installation").await;
    let [.., Progress::Step { changed: 4, .. }, Progress::Stopped(sentence)] = told.as_slice() else { panic!("{told:?}") };
    assert!(sentence.starts_with("4 SMSes were sent by you within an hour"), "{sentence}");
    assert_eq!(number_of(&app, "messages").await, 4);
}

#[tokio::test]
async fn sending_to_many_stops_when_nobody_listens_any_more() {
    let app = TestApp::start().await;
    let milano = group(&app, "Milano").await;
    invented(&app, milano, 1..=2_000).await;
    let operator = app.sign_in_as(Role::Operator).await;
    let at = operator.call("count_accounts", &json!({ "filter": { "group": milano } })).await.json()["at"].clone();
    let selection = json!({ "matching": { "filter": { "group": milano }, "at": at } });
    let request = operator.request(reqwest::Method::POST, "/api/change_accounts").header("accept", "application/json");
    let mut reply = request.json(&json!({ "selection": selection, "action": "send_installation" })).send().await.unwrap();
    reply.chunk().await.unwrap();
    drop(reply);
    let (mut before, mut steady) = (-1, 0);
    crate::support::until(async || {
        let now = number_of(&app, "messages").await;
        steady = if now == before { steady + 1 } else { 0 };
        before = now;
        steady == 50
    })
    .await;
    assert!(before < 500, "{before} were sent to nobody's knowledge");
    assert_eq!(number_of(&app, "messages m WHERE NOT EXISTS (SELECT FROM account_links l WHERE l.id = m.link_id)").await, 0);
}

#[tokio::test]
async fn sending_changes_no_password() {
    let app = TestApp::start().await;
    let (operator, _, account) = one(&app).await;
    assert!(opened_and_sent(&operator, account, "activation").await.status.is_success());
    let digest: String =
        sqlx::query_scalar("SELECT ha1_md5 FROM account_digests WHERE account_id = $1").bind(account).fetch_one(&app.pool).await.unwrap();
    assert_eq!(digest, Digests::new("2086693379", "sip.localhost", SIP_PASSWORD).ha1_md5);
}
