//! Signing in, failing to, and signing out.

use app::domain::role::Role;
use reqwest::{Method, StatusCode};
use sqlx::PgPool;

use crate::support::app::PASSWORD;
use crate::support::{Client, Reply, TestApp};

/// The page shows it again, in the field of the name: no password that the tests look for everywhere.
const MISPLACED: &str = "typed into the wrong field";

async fn try_from(client: &Client, address: &str, name: &str, password: &str) -> StatusCode {
    let request = client.request(Method::POST, "/sign-in").header("x-forwarded-for", address);
    Reply::of(request.form(&[("name", name), ("password", password)])).await.status
}

/// Who did what, about whom and from where, oldest first.
async fn entries(pool: &PgPool) -> Vec<(String, String, String, String)> {
    let all = "SELECT operator_name, action, subject_name, address FROM audit_log WHERE subject_kind = 'session' ORDER BY at, id";
    sqlx::query_as(all).fetch_all(pool).await.unwrap()
}

fn entry(who: &str, action: &str, whom: &str, from: &str) -> (String, String, String, String) {
    (who.into(), action.into(), whom.into(), from.into())
}

#[tokio::test]
async fn a_flood_of_failures_leaves_as_many_entries_as_come_before_the_delay() {
    let app = TestApp::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    app.add_operator("Ada", Role::Viewer).await;
    let client = app.anonymous();
    for n in 0..12 {
        // From many addresses, and as if each delay were over.
        sqlx::query("UPDATE sign_in_limits SET blocked_until = now()").execute(&app.pool).await.unwrap();
        assert_eq!(try_from(&client, &format!("203.0.113.{n}"), "ada", "a wrong password").await, StatusCode::UNAUTHORIZED);
    }
    // Nobody is called like that, and what was typed may be a password.
    assert_eq!(try_from(&client, "198.51.100.1", MISPLACED, "x").await, StatusCode::UNAUTHORIZED);
    let expected: Vec<_> = (0..4).map(|n| entry("Somebody", "failed to sign in", "Ada", &format!("203.0.113.{n}"))).collect();
    assert_eq!(entries(&app.pool).await, expected);
    let stored: Option<String> =
        sqlx::query_scalar("SELECT string_agg(to_jsonb(l)::text, ' ') FROM audit_log l").fetch_one(&app.pool).await.unwrap();
    assert!(!stored.unwrap().contains(MISPLACED));
}

#[tokio::test]
async fn who_is_let_in_and_leaves_is_told_with_the_address() {
    let app = TestApp::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    app.add_operator("Ada", Role::Viewer).await;
    let client = app.anonymous();
    assert_eq!(try_from(&client, "203.0.113.7", "ADA", PASSWORD).await, StatusCode::SEE_OTHER);
    let left = client.request(Method::POST, "/sign-out").header("x-forwarded-for", "203.0.113.8");
    assert_eq!(Reply::of(left).await.status, StatusCode::SEE_OTHER);
    let expected = [entry("Ada", "signed in", "Ada", "203.0.113.7"), entry("Ada", "signed out", "Ada", "203.0.113.8")];
    assert_eq!(entries(&app.pool).await, expected);
}

#[tokio::test]
async fn the_first_admin_and_a_domain_given_at_the_start_are_done_by_ringkey() {
    let app = TestApp::start().await;
    assert!(server::first_admin::create_if_none(&app.pool).await.unwrap().is_some());
    app::settings::sip_domain::adopt(&app.pool, "sip.start.example").await.unwrap();
    app::settings::sip_domain::adopt(&app.pool, "sip.start.example").await.unwrap();
    let told: Vec<(String, String, String)> =
        sqlx::query_as("SELECT operator_name, action, subject_name FROM audit_log ORDER BY at, id").fetch_all(&app.pool).await.unwrap();
    let entry = |action: &str, subject: &str| ("Ringkey".to_owned(), action.to_owned(), subject.to_owned());
    assert_eq!(told, [entry("created", "admin"), entry("updated", "SIP server")]);
}
