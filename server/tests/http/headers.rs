//! What every answer carries, and what is refused before anything looks at it.

use app::domain::role::Role;
use reqwest::{Method, StatusCode};
use uuid::Uuid;

use crate::support::accounts::{group, invented};
use crate::support::{Reply, TestApp};

#[tokio::test]
async fn every_answer_is_closed_down() {
    let app = TestApp::start().await;
    let client = app.sign_in_as(Role::Admin).await;
    for path in ["/healthz", "/sign-in", "/groups", "/nowhere", "/pkg/nothing.js"] {
        let reply = client.get(path).await;
        assert!(reply.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert!(reply.header("content-security-policy").contains("base-uri 'none'"), "{path}");
        assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(reply.header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert!(!reply.header("permissions-policy").is_empty(), "{path}");
        assert!(reply.header("x-request-id").parse::<Uuid>().is_ok(), "{path}");
        assert_eq!(reply.header("strict-transport-security"), "", "{path}");
    }
}

#[tokio::test]
async fn pages_are_not_kept_and_their_scripts_have_this_pages_nonce() {
    let app = TestApp::start().await;
    let client = app.sign_in_as(Role::Admin).await;
    let nonce = |reply: &Reply| {
        let policy = reply.header("content-security-policy").to_owned();
        policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).map(str::to_owned).unwrap()
    };
    let (first, second) = (client.get("/groups").await, client.get("/groups").await);
    assert_eq!(first.header("cache-control"), "no-store");
    assert!(first.text.contains(&format!("nonce=\"{}\"", nonce(&first))));
    assert_ne!(nonce(&first), nonce(&second));
    assert!(!first.header("content-security-policy").contains("unsafe-inline"));
    // What the policy refuses must not be on the page.
    assert!(!first.text.contains(" style=\""));
}

#[tokio::test]
async fn https_is_kept_to() {
    let app = TestApp::start_with(&["--public-address", "https://ringkey.example.com"]).await;
    let reply = app.anonymous().get("/sign-in").await;
    assert_eq!(reply.header("strict-transport-security"), "max-age=63072000");
}

#[tokio::test]
async fn a_request_keeps_the_id_that_a_proxy_gave_it_if_it_is_one() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let given = Uuid::new_v4().to_string();
    let reply = Reply::of(client.request(Method::GET, "/healthz").header("x-request-id", &given)).await;
    assert_eq!(reply.header("x-request-id"), given);
    let reply = Reply::of(client.request(Method::GET, "/healthz").header("x-request-id", "forged line")).await;
    assert_ne!(reply.header("x-request-id"), "forged line");
}

#[tokio::test]
async fn other_sites_cannot_make_a_browser_act() {
    let app = TestApp::start().await;
    let client = app.sign_in_as(Role::Admin).await;
    let post = |path: &str, name: &'static str, value: String| Reply::of(client.request(Method::POST, path).header(name, value));
    for path in ["/sign-in", "/sign-out", "/api/list_groups", "/accounts/new"] {
        for (name, value) in
            [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example"), ("origin", "null")]
        {
            let reply = post(path, name, value.into()).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path} {name}: {value}");
            assert!(reply.text.contains("another site"), "{}", reply.text);
        }
    }
    let own = post("/sign-out", "origin", app.address.clone()).await;
    assert_eq!((own.status, own.location()), (StatusCode::SEE_OTHER, "/sign-in"));
}

#[tokio::test]
async fn server_functions_answer_to_post_alone() {
    let app = TestApp::start().await;
    let client = app.sign_in_as(Role::Admin).await;
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let reply = Reply::of(client.request(method.clone(), "/api/list_groups")).await;
        assert_eq!((reply.status, reply.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"), "{method}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let app = TestApp::start().await;
    let client = app.sign_in_as(Role::Admin).await;
    let body = "x".repeat(513 * 1024);
    let reply = client.post_form("/sign-in", &[("name", &body)]).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn pages_and_answers_come_compressed_and_what_is_read_while_it_grows_does_not() {
    let app = TestApp::start().await;
    let client = app.sign_in_as(Role::Operator).await;
    let encoding = async |method: Method, path: &str, body: &str| {
        let request = client.request(method, path).header("accept-encoding", "gzip").header("content-type", "application/json");
        Reply::of(request.body(body.to_owned())).await.header("content-encoding").to_owned()
    };
    let milano = group(&app, "Milano").await;
    invented(&app, milano, 1..=50).await;
    let list = r#"{"query":{"sort":"owner","descending":false},"counts":true}"#;
    let change = format!(r#"{{"selection":{{"matching":{{"filter":{{}},"at":{}}}}},"action":"disable"}}"#, i64::MAX / 2);
    assert_eq!(encoding(Method::GET, "/accounts", "").await, "gzip");
    assert_eq!(encoding(Method::POST, "/api/list_accounts", list).await, "gzip");
    assert_eq!(encoding(Method::POST, "/api/change_accounts", &change).await, "");
    assert_eq!(encoding(Method::GET, "/accounts/export.csv", "").await, "");
    assert_eq!(client.get("/accounts").await.header("content-encoding"), "", "only to those who take it");
}
