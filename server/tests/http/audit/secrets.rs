//! No secret is in the audit log: neither a password nor a digest, neither a token nor what is sealed.

use app::domain::role::Role;
use app::links::LinkKind;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::support::accounts::{created, group, over, pgsm};
use crate::support::app::PASSWORD;
use crate::support::gateways::{TWILIO_ACCOUNT, choose, draft};
use crate::support::{Client, Reply, TestApp};

const FIRST: &str = "Marker-0ne-Kettle";
const SECOND: &str = "Marker-Tw0-Kettle";
const KANNEL: &str = "marker&+%kannel";
const TWILIO: &str = "fedcba9876543210fedcba9876543210";

async fn texts(app: &TestApp, sql: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(&app.pool).await.unwrap()
}

async fn done(client: &Client, function: &str, arguments: Value) {
    let reply = client.call(function, &arguments).await;
    assert!(reply.status.is_success(), "{function}: {}", reply.text);
}

#[tokio::test]
async fn no_secret_and_no_digest_is_in_it() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let group = group(&app, "Ufficio").await;
    let with = |password: &str| pgsm(group, &json!({ "password": password, "repeat_password": password }));
    let account = created(&admin, &with(FIRST)).await;
    done(&admin, "update_account", json!({ "id": account, "version": 1, "draft": over(with(SECOND), &json!({ "owner": "Ada" })) })).await;
    let first_digests = texts(&app, "SELECT unnest(ARRAY[ha1_md5, ha1_sha256]) FROM account_digests").await;

    let changes = json!({ "kind": "kannel", "kannel_url": "http://127.0.0.1:1/", "kannel_username": "ringkey", "kannel_password": KANNEL });
    let (version, typed) = draft(&app, &changes).await;
    done(&admin, "save_gateway", json!({ "version": version, "draft": typed })).await;
    let changes = json!({
        "kind": "twilio", "twilio_url": "http://127.0.0.1:1", "twilio_account_sid": TWILIO_ACCOUNT, "twilio_auth_token": TWILIO,
        "twilio_sender": "Ringkey",
    });
    choose(&app, &changes).await;

    done(&admin, "send_sms", json!({ "message": Uuid::now_v7(), "account": account, "kind": "installation" })).await;
    done(&admin, "send_sms", json!({ "message": Uuid::now_v7(), "account": account, "kind": "activation" })).await;
    done(&admin, "copy_activation_link", json!({ "account": account })).await;
    done(&admin, "show_activation_code", json!({ "account": account })).await;
    let links: Vec<(Uuid, String)> = sqlx::query_as("SELECT id, kind FROM account_links").fetch_all(&app.pool).await.unwrap();
    let (configuration, _) = links.iter().find(|(_, kind)| kind == "configuration").unwrap();
    let token = app.state.service.keys.link_token(*configuration);
    let phone = app.anonymous().request(Method::GET, LinkKind::Configuration.address("", &token).expose());
    let handed = Reply::of(phone.header("accept", "application/json")).await;
    assert!(handed.status.is_success(), "{}", handed.text);

    app.add_operator("Marta", Role::Viewer).await;
    let browser = app.anonymous();
    for password in ["a wrong marker password", PASSWORD] {
        browser.post_form("/sign-in", &[("name", "marta"), ("password", password)]).await;
    }
    done(&admin, "delete_account", json!({ "id": account })).await;

    let mut secrets: Vec<String> = [FIRST, SECOND, KANNEL, TWILIO, PASSWORD, "a wrong marker password"].map(str::to_owned).to_vec();
    secrets.extend(first_digests);
    // Whatever was handed to the phone is as good as its password.
    let handed = handed.json();
    secrets.extend(handed.as_object().unwrap().values().filter_map(Value::as_str).filter(|text| text.len() >= 24).map(str::to_owned));
    secrets.extend(links.iter().map(|(id, _)| app.state.service.keys.link_token(*id).expose().to_owned()));
    for sql in [
        "SELECT encode(token_sha256, how) FROM account_links, unnest(ARRAY['hex', 'base64']) how",
        "SELECT encode(id_hash, how) FROM sessions, unnest(ARRAY['hex', 'base64']) how",
        "SELECT password_hash FROM operators",
        "SELECT split_part(key, ' ', 2) FROM sign_in_limits WHERE key LIKE 'name %'",
    ] {
        secrets.extend(texts(&app, sql).await);
    }
    assert!(secrets.len() > 15, "{}", secrets.len());
    let log =
        texts(&app, "SELECT to_jsonb(l)::text FROM audit_log l UNION ALL SELECT to_jsonb(s)::text FROM audit_search s").await.join("\n");
    assert!(log.contains("Password") && log.contains("failed to sign in") && log.contains("activated"), "{log}");
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret}");
    }
}
