//! Every address that the server has, asked as nobody and as each role.

use app::access::{Access, access};
use app::domain::role::Role;
use axum::http::Method;
use reqwest::StatusCode;

use crate::support::{Client, TestApp};

const SOME_ID: &str = "0199d1c0-0000-7000-8000-000000000001";

fn asked(path: &str) -> String {
    path.split('/')
        .map(|segment| match segment {
            "{file}" | ":file" => "none.js",
            _ if segment.starts_with(['{', ':']) => SOME_ID,
            _ => segment,
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// What the gate answered: whether the caller was let through to whatever is behind.
async fn is_let_through(client: &Client, method: &Method, path: &str) -> bool {
    if path == "/live" {
        // An answer without an end.
        return client.request(method.clone(), path).send().await.unwrap().status() == StatusCode::OK;
    }
    let reply = match (method, path.starts_with("/api/")) {
        (&Method::POST, true) => client.call(path.trim_start_matches("/api/"), &serde_json::json!({})).await,
        (&Method::POST, false) => client.post_form(path, &[]).await,
        _ => client.get(path).await,
    };
    let to_sign_in = reply.status == StatusCode::SEE_OTHER && reply.location().starts_with("/sign-in");
    reply.status != StatusCode::UNAUTHORIZED && reply.status != StatusCode::FORBIDDEN && !to_sign_in
}

#[tokio::test]
async fn every_registered_address_asks_for_the_role_that_the_table_says() {
    let app = TestApp::start().await;
    let nobody = app.anonymous();
    let signed_in = [
        (Role::Viewer, app.sign_in_as(Role::Viewer).await),
        (Role::Operator, app.sign_in_as(Role::Operator).await),
        (Role::Admin, app.sign_in_as(Role::Admin).await),
    ];
    let addresses = server::router::addresses();
    assert!(addresses.len() > 30, "the list of addresses is not whole: {}", addresses.len());
    for (method, pattern) in addresses {
        let path = asked(&pattern);
        let Some(needed) = access(&method, &path) else { panic!("{method} {pattern} is not in the table of app/src/access.rs") };
        // Signing out would end the session that the rest of the walk needs, and trying passwords and codes has tests of its own.
        if path == "/sign-in/code" || matches!(path.as_str(), "/sign-out" | "/sign-in" | "/password") && method == Method::POST {
            continue;
        }
        assert_eq!(is_let_through(&nobody, &method, &path).await, needed == Access::Public, "nobody: {method} {pattern}");
        for (role, client) in &signed_in {
            let expected = match needed {
                Access::Public | Access::SignedIn | Access::OwnPassword => true,
                Access::Role(needed) => role.allows(needed),
            };
            assert_eq!(is_let_through(client, &method, &path).await, expected, "{role:?}: {method} {pattern}");
        }
    }
}

#[tokio::test]
async fn what_the_table_does_not_name_is_not_there() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    for path in ["/nothing", "/accounts/a/b/c", "/api/nothing", "/pkg/../Cargo.toml", "/metrics", "/.env"] {
        assert!(!admin.get(path).await.status.is_success(), "{path}");
        assert!(!app.anonymous().get(path).await.status.is_success(), "{path}");
    }
}

#[tokio::test]
async fn a_one_time_password_opens_nothing_but_its_change() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    sqlx::query("UPDATE operators SET must_change_password = true").execute(&app.pool).await.unwrap();
    assert_eq!(admin.get("/groups").await.location(), "/password");
    assert_eq!(admin.call("list_groups", &serde_json::json!({})).await.status, StatusCode::FORBIDDEN);
    assert_eq!(admin.get("/password").await.status, StatusCode::OK);
    for path in ["/me", "/me/second-factor", "/operators"] {
        assert_eq!(admin.get(path).await.location(), "/password", "{path}");
    }
    for (path, fields) in [("/me", [("end", "others")]), ("/me/second-factor", [("step", "begin")])] {
        assert_eq!(admin.post_form(path, &fields).await.location(), "/password", "{path}");
    }
}
