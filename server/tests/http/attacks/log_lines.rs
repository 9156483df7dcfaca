//! What somebody writes into the log of the program by what they send, and what it says of secrets however much it is asked to say.

use app::domain::role::Role;
use app::operators::{db, password};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::accounts::{SIP_PASSWORD, group, pgsm};
use crate::support::app::PASSWORD;
use crate::support::gateways::choose_kannel;
use crate::support::leaks;
use crate::support::program::Serving;
use crate::support::{Client, Reply, TestApp, database};

/// A line that looks like one of the log, and what terminals obey.
const FORGED: &str = "x\r\n2026-01-01T00:00:00.000000Z  INFO server::sign_in: signed in operator=\"root\"\u{1b}[31m\u{1b}]0;evil\u{7}\u{202e}\u{85}\u{2028}y";

const MISPLACED: &str = "a password in the place of the name";
const WRONG: &str = "a wrong one that nobody may read";

/// The program on a database of its own, with everything ready to sign in.
async fn program(arguments: &[&str]) -> (Serving, TestApp) {
    let url = database::empty().await;
    let mut server = Serving::start(&[&["--database-url", &url], arguments].concat());
    let address = server.address();
    let pool = PgPool::connect(&url).await.unwrap();
    sqlx::query("UPDATE operators SET must_change_password = false").execute(&pool).await.unwrap();
    (server, TestApp::of_program(&address, pool))
}

/// All lines up to the one in which the program says that it stops.
fn lines(mut server: Serving) -> Vec<String> {
    server.signal("-TERM");
    server.rest_of_the_log()
}

/// Everything that people type and that machines send, with a forged line in it.
async fn forge(app: &TestApp) {
    let anonymous = app.anonymous();
    anonymous.post_form("/sign-in", &[("name", FORGED), ("password", FORGED), ("next", FORGED)]).await;
    let encoded = app::domain::query_string::encode(FORGED);
    for path in [
        format!("/{encoded}"),
        format!("/a/{encoded}"),
        format!("/accounts?q={encoded}"),
        format!("/pkg/{encoded}"),
        format!("/sign-in?next={encoded}"),
    ] {
        anonymous.get(&path).await;
    }
    for name in ["user-agent", "referer", "accept-language", "x-request-id", "x-forwarded-for", "cookie", "origin"] {
        // What may stand in a header at all: tabs and bytes that are no text, but no line breaks.
        let request = anonymous.request(Method::POST, "/sign-in").header(name, &b"x\t\x80\xff\xc2\x85 2026-01-01 INFO signed in"[..]);
        Reply::of(request.form(&[("name", "ada"), ("password", "x")])).await;
    }
    let admin = app.sign_in_as(Role::Admin).await;
    let group = group(app, "Ufficio").await;
    for field in ["owner", "username", "number", "email", "description", "mac", "group"] {
        admin.call("create_account", &json!({ "id": Uuid::now_v7(), "draft": pgsm(group, &json!({ field: FORGED })) })).await;
    }
    let viewer = app.sign_in_as(Role::Viewer).await;
    assert_eq!(viewer.call("create_group", &json!({})).await.status, StatusCode::FORBIDDEN);
    let foreign = viewer.request(Method::POST, "/sign-out").header("origin", "https://evil.example");
    assert_eq!(Reply::of(foreign).await.status, StatusCode::FORBIDDEN);
    assert_eq!(viewer.post_form("/sign-out", &[]).await.status, StatusCode::SEE_OTHER);
    admin.call("create_group", &json!({ "id": Uuid::now_v7(), "draft": { "name": FORGED } })).await;
    admin.call("list_accounts", &json!({ FORGED: FORGED })).await;
    // A name that somebody has put into the table past all rules but the table's own, which knows no U+2028.
    let name = "eve\u{2028}\u{202e}2026-01-01 INFO forged";
    let hash = password::hash(PASSWORD.into()).await.unwrap();
    db::create(&app.pool, name, Role::Viewer, &hash, false).await.unwrap();
    sqlx::query("DELETE FROM sign_in_limits").execute(&app.pool).await.unwrap();
    let reply = app.anonymous().post_form("/sign-in", &[("name", name), ("password", PASSWORD)]).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
}

#[tokio::test]
async fn nothing_that_is_sent_writes_a_line_of_its_own_into_the_log() {
    let (server, app) = program(&["--log", "debug"]).await;
    forge(&app).await;
    let lines = lines(server);
    // What somebody who looks into an attack has to find.
    for said in [
        "sign-in refused",
        "signed in operator=\"eve",
        "signed out operator=\"viewer\"",
        "refused: the role does not allow it operator=\"viewer\" needed=\"admin\"",
        "refused: it came from another site",
    ] {
        assert!(lines.iter().any(|line| line.contains(said)), "{said}: {lines:?}");
    }
    for line in &lines {
        let time = line.split(' ').next().unwrap();
        assert!(time.len() == 27 && time.ends_with('Z'), "a line begins with its time: {line:?}");
        assert!(!line.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202e}')), "{line:?}");
        assert!(!line.contains("operator=\"root\""), "{line:?}");
    }
}

#[tokio::test]
async fn each_line_of_the_log_in_json_is_one_object() {
    let (server, app) = program(&["--log", "debug", "--log-format", "json"]).await;
    forge(&app).await;
    let lines = lines(server);
    assert!(lines.len() > 20, "{lines:?}");
    for line in &lines {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        assert!(event["timestamp"].is_string() && event["level"].is_string(), "{line:?}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
}

/// Everything in which secrets go through the program, at the level that says most, of the program and of all that it is made of.
#[tokio::test]
async fn at_no_level_does_the_log_hold_a_secret() {
    let (server, app) = program(&["--log", "trace"]).await;
    app.add_operator("ada", Role::Admin).await;
    let ada = app.anonymous();
    let signed_in = ada.post_form("/sign-in", &[("name", "ada"), ("password", PASSWORD)]).await;
    assert_eq!(signed_in.status, StatusCode::SEE_OTHER);
    // People type their password where the name belongs.
    ada.post_form("/sign-in", &[("name", MISPLACED), ("password", WRONG)]).await;
    choose_kannel(&app, "http://127.0.0.1:9/cgi-bin/sendsms").await;
    let milano = group(&app, "Milano").await;
    let account = Uuid::now_v7();
    let made = ada.call("create_account", &json!({ "id": account, "draft": pgsm(milano, &json!({})) })).await;
    assert!(made.status.is_success(), "{}", made.text);
    let link = ada.call("copy_activation_link", &json!({ "account": account })).await.json()["address"].as_str().unwrap().to_owned();
    let path = link.strip_prefix(&app.address).unwrap();
    let phone = Client::new(&app.address, None);
    let page = Reply::of(phone.request(Method::POST, path)).await.text;
    let (_, configuration) = page.split_once("/c/").unwrap();
    let token = configuration.split(['"', '&', '<', '/']).next().unwrap().to_owned();
    let document = Reply::of(phone.request(Method::GET, &format!("/c/{token}")).header("user-agent", "Linphonec/5.1.65")).await;
    assert_eq!(document.status, StatusCode::OK);
    let digests: Vec<(String, String)> =
        sqlx::query_as("SELECT ha1_md5, ha1_sha256 FROM account_digests").fetch_all(&app.pool).await.unwrap();
    assert_eq!(digests.len(), 1);
    ada.call("send_sms", &json!({ "message": Uuid::now_v7(), "account": account, "kind": "activation" })).await;
    crate::support::until(async || sqlx::query_scalar::<_, i16>("SELECT tries FROM messages").fetch_one(&app.pool).await.unwrap() > 0)
        .await;
    ada.post_form("/sign-out", &[]).await;

    let lines = lines(server);
    assert!(lines.len() > 100 && lines.iter().any(|line| line.contains(" TRACE ")), "it says nothing: {}", lines.len());
    let session = signed_in.cookies()[0].split(['=', ';']).nth(1).unwrap().to_owned();
    let secrets = [PASSWORD, SIP_PASSWORD, MISPLACED, WRONG, crate::support::kannel::PASSWORD, "p%26w", &session, &token];
    let secrets = secrets.into_iter().chain([path.trim_start_matches("/a/")]);
    for secret in secrets.chain(digests.iter().flat_map(|(md5, sha256)| [md5.as_str(), sha256.as_str()])) {
        let found = lines.iter().find(|line| line.contains(secret));
        assert!(found.is_none(), "{found:?}");
    }
    assert_eq!(leaks::taken_from_the_log(), [""; 0]);
}
