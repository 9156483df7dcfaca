//! The watch that looks at every answer and every line of the log of this run (`support/leaks.rs`): it must not silently do nothing.

use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::response::IntoResponse;
use axum::routing::get;
use futures::FutureExt;
use reqwest::Method;
use tokio::net::TcpListener;

use crate::support::accounts::{SIP_PASSWORD, pgsm};
use crate::support::app::PASSWORD;
use crate::support::leaks::{LogWatch, looked_at, taken_from_the_log};
use crate::support::{Client, Reply, TestApp};

const DIGEST: &str = "0cc175b9c0f1b6a831c399e269772661";
const SHA256: &str = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4ea1ed20a6b2b8d2a3b5";
const SESSION: &str = "f3Zk9Q0wXb7LrT5uVn2y_A";

/// A program that tells.
async fn careless() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/session", get(|| async { ([(SET_COOKIE, format!("id={SESSION}; HttpOnly"))], "") }))
        .route("/told", get(|| async { format!("<p>{SESSION}</p>") }))
        .route("/header", get(|| async { ([(LOCATION, format!("/groups?id={SESSION}"))], "") }))
        .route("/md5", get(|| async { format!("{{\"ha1\":\"{DIGEST}\"}}") }))
        .route("/sha256", get(|| async { SHA256.to_uppercase().into_response() }))
        .route("/hash", get(|| async { "$argon2id$v=19$m=19456,t=2,p=1$x$y" }))
        .route("/password", get(|| async { format!("<input value=\"{PASSWORD}\">") }))
        .route("/sip", get(|| async { format!("a;b;{SIP_PASSWORD};c") }))
        .route("/c/token", get(|| async { DIGEST }))
        .route("/fine", get(|| async { format!("{DIGEST}0 x{SHA256} {}", "a".repeat(32)) }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[tokio::test]
async fn an_answer_that_holds_a_secret_fails_whatever_test_has_asked() {
    let client = Client::new(&careless().await, Some("x=y".into()));
    let fails = async |path: &str| AssertUnwindSafe(client.get(path)).catch_unwind().await.is_err();
    assert!(!fails("/told").await, "nobody knows it yet");
    assert!(!fails("/session").await, "the cookie itself is where it belongs");
    for path in ["/told", "/header", "/md5", "/sha256", "/hash", "/password", "/sip"] {
        assert!(fails(path).await, "{path}");
    }
    assert!(!fails("/c/token").await, "the phone gets its digests");
}

#[tokio::test]
async fn a_line_of_the_log_that_holds_a_secret_is_found() {
    let watch = LogWatch::start();
    assert_eq!(taken_from_the_log(), [""; 0]);
    let token = "mGq3vT0yXk5_Rb8ZmGq3vT0yXk5_Rb8ZmGq3vT0yXk5";
    for said in [DIGEST, SHA256, "$argon2id$v=19", PASSWORD, SIP_PASSWORD, token] {
        tracing::info!(target: "server", said, "careless");
        tracing::trace!(target: "app", "careless {said}");
        let found = taken_from_the_log();
        assert_eq!(found.len(), 2, "{said}: {found:?}");
    }
    tracing::info!(target: "server", name = ?"a\nb", id = %uuid::Uuid::now_v7(), "careful");
    assert_eq!(taken_from_the_log(), [""; 0]);
    drop(watch);
}

#[tokio::test]
async fn a_test_of_which_the_log_holds_a_secret_fails_when_its_server_goes() {
    let watch = LogWatch::start();
    tracing::info!(target: "server", "{DIGEST}");
    assert!(std::panic::catch_unwind(AssertUnwindSafe(|| drop(watch))).is_err());
    assert_eq!(taken_from_the_log(), [""; 0]);
}

#[tokio::test]
async fn what_a_server_answers_and_logs_is_looked_at() {
    let app = TestApp::start().await;
    let (lines, answers) = looked_at();
    app.anonymous().get("/healthz").await;
    let _ = Reply::of(app.anonymous().request(Method::GET, "/groups")).await;
    let (more_lines, more_answers) = looked_at();
    assert!(more_lines >= lines + 2 && more_answers == answers + 2, "{lines} {more_lines} {answers} {more_answers}");
    // And what the tests type is what the watch knows.
    assert_eq!(pgsm(uuid::Uuid::nil(), &serde_json::json!({}))["password"], SIP_PASSWORD);
}
