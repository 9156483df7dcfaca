//! One's own sessions: seen, told apart, and ended.

use app::domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::app::PASSWORD;
use crate::support::{Client, Reply, TestApp};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 \
                      Mobile/15E148 Safari/604.1";

async fn sign_in(app: &TestApp, name: &str, browser: &str, address: &str) -> Client {
    let client = app.anonymous();
    let request = client.request(Method::POST, "/sign-in").header("user-agent", browser).header("x-forwarded-for", address);
    let reply = Reply::of(request.form(&[("name", name), ("password", PASSWORD)])).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    client
}

async fn sessions(client: &Client) -> Vec<Value> {
    client.call("own_account", &json!({})).await.json()["sessions"].as_array().unwrap().clone()
}

async fn start() -> TestApp {
    let app = TestApp::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    app.add_operator("ada", Role::Viewer).await;
    app
}

#[tokio::test]
async fn one_sees_where_one_is_signed_in_and_which_session_is_this_one() {
    let app = start().await;
    let desk = sign_in(&app, "ada", FIREFOX, "203.0.113.5").await;
    let phone = sign_in(&app, "ada", IPHONE, "2001:db8::7").await;
    let seen = sessions(&desk).await;
    let told = |session: &Value| {
        (
            session["browser"].as_str().unwrap().to_owned(),
            session["address"].as_str().unwrap().to_owned(),
            session["is_this"].as_bool().unwrap(),
        )
    };
    assert_eq!(
        seen.iter().map(told).collect::<Vec<_>>(),
        [("Firefox on Linux".to_owned(), "203.0.113.5".to_owned(), true), ("Safari on iPhone".to_owned(), "2001:db8::7".to_owned(), false)]
    );
    assert_eq!(told(&sessions(&phone).await[0]), ("Safari on iPhone".to_owned(), "2001:db8::7".to_owned(), true));
    let page = desk.get("/me").await;
    assert!(page.status.is_success() && page.text.contains("Firefox on Linux") && page.text.contains("this one"), "{}", page.text);
}

#[tokio::test]
async fn nothing_in_the_page_opens_a_session() {
    let app = start().await;
    let client = app.anonymous();
    let entered = client.post_form("/sign-in", &[("name", "ada"), ("password", PASSWORD)]).await;
    let cookie = entered.cookies()[0].to_owned();
    let id = cookie.split(['=', ';']).nth(1).unwrap();
    let hash: String = sqlx::query_scalar("SELECT encode(id_hash, 'hex') FROM sessions").fetch_one(&app.pool).await.unwrap();
    let base64: String = sqlx::query_scalar("SELECT encode(id_hash, 'base64') FROM sessions").fetch_one(&app.pool).await.unwrap();
    for text in [client.get("/me").await.text, client.call("own_account", &json!({})).await.text] {
        for secret in [id, &hash, base64.trim()] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    let handle = sessions(&client).await[0]["handle"].as_str().unwrap().to_owned();
    for forged in [handle.clone(), handle.replace('-', "")] {
        let thief = Client::new(&app.address, Some(format!("id={forged}")));
        assert_eq!(thief.get("/groups").await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn one_ends_a_session_or_all_others() {
    let app = start().await;
    let here = sign_in(&app, "ada", FIREFOX, "192.0.2.1").await;
    let (one, other) = (sign_in(&app, "ada", IPHONE, "192.0.2.2").await, sign_in(&app, "ada", "curl/8", "192.0.2.3").await);
    let of_one = sessions(&one).await[0]["handle"].as_str().unwrap().to_owned();
    let reply = here.post_form("/me", &[("end", &of_one)]).await;
    assert_eq!(reply.location(), "/me?done=sessions-ended");
    assert_eq!(one.get("/groups").await.status, StatusCode::SEE_OTHER);
    assert_eq!(other.get("/groups").await.status, StatusCode::OK);

    let third = sign_in(&app, "ada", IPHONE, "192.0.2.4").await;
    assert_eq!(here.post_form("/me", &[("end", "others")]).await.status, StatusCode::SEE_OTHER);
    for client in [&other, &third] {
        assert_eq!(client.get("/groups").await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(here.get("/groups").await.status, StatusCode::OK);
    assert_eq!(sessions(&here).await.len(), 1);
    let told: Vec<String> =
        sqlx::query_scalar("SELECT action FROM audit_log WHERE subject_kind = 'operator'").fetch_all(&app.pool).await.unwrap();
    assert_eq!(told, ["sessions ended", "sessions ended"]);
}

#[tokio::test]
async fn sessions_of_others_are_out_of_reach() {
    let app = start().await;
    app.add_operator("bob", Role::Admin).await;
    let (ada, bob) = (sign_in(&app, "ada", FIREFOX, "192.0.2.1").await, sign_in(&app, "bob", FIREFOX, "192.0.2.2").await);
    let of_bob = sessions(&bob).await[0]["handle"].as_str().unwrap().to_owned();
    assert_eq!(sessions(&ada).await.len(), 1);
    for end in [of_bob.as_str(), "others", &Uuid::now_v7().to_string()] {
        assert_eq!(ada.post_form("/me", &[("end", end)]).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(bob.get("/groups").await.status, StatusCode::OK);
    for fields in [&[("end", "all")][..], &[]] {
        assert!(ada.post_form("/me", fields).await.status.is_client_error());
    }
    assert_eq!(ada.get("/groups").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_last_request_is_told_about_when() {
    let app = start().await;
    let client = sign_in(&app, "ada", FIREFOX, "192.0.2.1").await;
    sqlx::query("UPDATE sessions SET seen_at = now() - interval '2 minutes', created_at = now() - interval '11 hours 50 minutes'")
        .execute(&app.pool)
        .await
        .unwrap();
    client.get("/groups").await;
    let is_near: bool =
        sqlx::query_scalar("SELECT seen_at > now() - interval '10 seconds' FROM sessions").fetch_one(&app.pool).await.unwrap();
    assert!(is_near);
}
