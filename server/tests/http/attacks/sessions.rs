//! Sessions that somebody has planted, or kept beyond their end.

use app::audit::db::Author;
use app::domain::role::Role;
use app::operators::actions;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::app::PASSWORD;
use crate::support::{Client, Reply, TestApp};

const OTHER: &str = "other words of a test";
const ADMIN: Author<'static> = Author { id: None, name: "an admin", address: None };

async fn sign_in(client: &Client, name: &str, password: &str) -> Reply {
    let reply = client.post_form("/sign-in", &[("name", name), ("password", password), ("next", "")]).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
    reply
}

fn cookie(reply: &Reply) -> String {
    let cookie = reply.cookies().into_iter().find(|cookie| cookie.starts_with("id=")).expect("a cookie");
    cookie.split(';').next().unwrap().to_owned()
}

/// A session that somebody has a copy of.
async fn stolen(app: &TestApp, name: &str) -> (Client, Client) {
    let own = app.anonymous();
    let copy = cookie(&sign_in(&own, name, PASSWORD).await);
    let thief = Client::new(&app.address, Some(copy));
    assert_eq!(thief.get("/groups").await.status, StatusCode::OK);
    (own, thief)
}

async fn is_out(client: &Client) {
    let page = client.get("/groups").await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/sign-in?next=%2Fgroups"));
    assert_eq!(client.call("list_groups", &json!({})).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(client.get("/live").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(client.get("/accounts/export.csv").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_id_that_was_planted_before_the_sign_in_opens_nothing_after_it() {
    let app = TestApp::start().await;
    app.add_operator("ada", Role::Viewer).await;
    app.add_operator("eve", Role::Viewer).await;
    // Of the attacker's own session, and one that nobody has made.
    let own = cookie(&sign_in(&app.anonymous(), "eve", PASSWORD).await);
    for planted in [own, "id=AAAAAAAAAAAAAAAAAAAAAA".to_owned()] {
        let victim = Client::new(&app.address, Some(planted.clone()));
        let given = cookie(&sign_in(&victim, "ada", PASSWORD).await);
        assert_ne!(given, planted);
        is_out(&Client::new(&app.address, Some(planted))).await;
        assert_eq!(Client::new(&app.address, Some(given)).get("/groups").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_session_is_not_made_for_somebody_who_is_not_signed_in() {
    let app = TestApp::start().await;
    for path in ["/sign-in", "/groups", "/a/0000000000000000000000000000000000000000000", "/healthz"] {
        assert_eq!(app.anonymous().get(path).await.cookies(), [""; 0], "{path}");
    }
    let refused = app.anonymous().post_form("/sign-in", &[("name", "ada"), ("password", "wrong")]).await;
    assert_eq!((refused.status, refused.cookies().len()), (StatusCode::UNAUTHORIZED, 0));
    assert_eq!(sqlx::query_scalar::<_, i64>("SELECT count(*) FROM sessions").fetch_one(&app.pool).await.unwrap(), 0);
}

#[tokio::test]
async fn a_copy_is_worth_nothing_after_the_sign_out() {
    let app = TestApp::start().await;
    app.add_operator("ada", Role::Viewer).await;
    let (own, thief) = stolen(&app, "ada").await;
    assert_eq!(own.post_form("/sign-out", &[]).await.location(), "/sign-in");
    is_out(&thief).await;
    // Nor does signing in again bring the old one back.
    sign_in(&own, "ada", PASSWORD).await;
    is_out(&thief).await;
}

#[tokio::test]
async fn a_copy_is_worth_nothing_after_the_password_was_changed() {
    let app = TestApp::start().await;
    app.add_operator("ada", Role::Viewer).await;
    let (own, thief) = stolen(&app, "ada").await;
    let changed = own.post_form("/password", &[("current", PASSWORD), ("new", OTHER), ("repeat", OTHER)]).await;
    assert_eq!(changed.location(), "/me?done=password-changed", "{}", changed.text);
    is_out(&thief).await;
    assert_eq!(own.get("/groups").await.status, StatusCode::OK, "whoever has changed it goes on");
}

#[tokio::test]
async fn a_copy_is_worth_nothing_after_somebody_else_has_set_the_password() {
    let app = TestApp::start().await;
    let id = app.add_operator("ada", Role::Viewer).await;
    let (own, thief) = stolen(&app, "ada").await;
    let hash = app::operators::password::hash(OTHER.into()).await.unwrap();
    actions::reset_password(&app.pool, ADMIN, id, &hash, true, false).await.unwrap();
    is_out(&thief).await;
    is_out(&own).await;
}

#[tokio::test]
async fn a_copy_is_worth_nothing_once_its_operator_is_disabled_or_gone() {
    let app = TestApp::start().await;
    let id = app.add_operator("ada", Role::Viewer).await;
    let (_, thief) = stolen(&app, "ada").await;
    assert!(actions::disable(&app.pool, ADMIN, id).await.unwrap());
    is_out(&thief).await;

    let id = app.add_operator("grace", Role::Viewer).await;
    let (_, thief) = stolen(&app, "grace").await;
    sqlx::query("DELETE FROM operators WHERE id = $1").bind(id).execute(&app.pool).await.unwrap();
    is_out(&thief).await;
}

#[tokio::test]
async fn a_stolen_table_of_sessions_opens_nothing() {
    let app = TestApp::start().await;
    app.add_operator("ada", Role::Viewer).await;
    stolen(&app, "ada").await;
    let stored: Vec<Vec<u8>> = sqlx::query_scalar("SELECT id_hash FROM sessions").fetch_all(&app.pool).await.unwrap();
    for hash in stored {
        use base64::Engine;
        let encoded = [&hash[..], &hash[..16], &hash[16..]].map(|bytes| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes));
        for id in encoded {
            is_out(&Client::new(&app.address, Some(format!("id={id}")))).await;
        }
    }
}
