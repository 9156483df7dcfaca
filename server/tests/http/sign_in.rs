//! Signing in and out, sessions, and the limits on guessing.

use app::domain::role::Role;
use app::operators::actions;
use reqwest::{Method, StatusCode};
use server::terminal::AUTHOR;
use sqlx::PgPool;

use crate::support::app::PASSWORD;
use crate::support::{Client, Reply, TestApp};

async fn try_as(client: &Client, name: &str, password: &str) -> Reply {
    client.post_form("/sign-in", &[("name", name), ("password", password), ("next", "")]).await
}

/// As `try_as`, from an address that the trusted proxy names.
async fn try_from(client: &Client, address: &str, name: &str, password: &str) -> Reply {
    let request = client.request(Method::POST, "/sign-in").header("x-forwarded-for", address);
    Reply::of(request.form(&[("name", name), ("password", password)])).await
}

async fn let_time_pass(pool: &PgPool, seconds: i32) {
    sqlx::query("UPDATE sign_in_limits SET refilled_at = refilled_at - make_interval(secs => $1), blocked_until = blocked_until - make_interval(secs => $1)")
        .bind(f64::from(seconds))
        .execute(pool)
        .await
        .unwrap();
}

fn session_id(reply: &Reply) -> String {
    let cookie = reply.cookies().into_iter().find(|cookie| cookie.starts_with("id=") || cookie.starts_with("__Host-id=")).unwrap();
    cookie.split(['=', ';']).nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn the_right_password_opens_in_any_case_of_the_name() {
    let app = TestApp::start().await;
    app.add_operator("Marta Gallo", Role::Viewer).await;
    let client = app.anonymous();
    assert_eq!(client.get("/groups").await.location(), "/sign-in?next=%2Fgroups");
    let reply = try_as(&client, " marta GALLO ", PASSWORD).await;
    assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/groups"));
    assert_eq!(client.get("/groups").await.status, StatusCode::OK);
}

#[tokio::test]
async fn one_goes_on_to_where_one_wanted_to_go_and_never_to_another_site() {
    let app = TestApp::start().await;
    app.add_operator("ada", Role::Viewer).await;
    for (next, location) in [("/accounts?q=a%20b", "/accounts?q=a%20b"), ("//evil.example", "/groups"), ("https://evil.example", "/groups")]
    {
        let reply = app.anonymous().post_form("/sign-in", &[("name", "ada"), ("password", PASSWORD), ("next", next)]).await;
        assert_eq!(reply.location(), location);
    }
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let app = TestApp::start().await;
    app.add_operator("ada", Role::Viewer).await;
    let reply = try_as(&app.anonymous(), "ada", PASSWORD).await;
    let cookie = reply.cookies().join("\n");
    assert!(cookie.starts_with("id="), "{cookie}");
    for part in ["; HttpOnly", "; SameSite=Strict", "; Path=/"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert!(!cookie.contains("Secure") && !cookie.contains("Max-Age") && !cookie.contains("Domain"), "{cookie}");
}

#[tokio::test]
async fn behind_https_the_cookie_is_bound_to_the_host() {
    let app = TestApp::start_with(&["--public-address", "https://ringkey.example.com"]).await;
    app.add_operator("ada", Role::Viewer).await;
    let reply = try_as(&app.anonymous(), "ada", PASSWORD).await;
    let cookie = reply.cookies().join("\n");
    assert!(cookie.starts_with("__Host-id=") && cookie.contains("; Secure"), "{cookie}");

    let signed_in = Client::new(&app.address, Some(format!("__Host-id={}", session_id(&reply))));
    let left = signed_in.post_form("/sign-out", &[]).await;
    assert!(left.cookies().iter().any(|cookie| cookie.starts_with("__Host-id=;") && cookie.contains("Secure")), "{:?}", left.cookies());
}

#[tokio::test]
async fn the_id_changes_at_sign_in_and_only_its_digest_is_stored() {
    let app = TestApp::start().await;
    app.add_operator("ada", Role::Viewer).await;
    let first = session_id(&try_as(&app.anonymous(), "ada", PASSWORD).await);
    // Somebody planted a known id in this browser, and its owner signs in on it.
    let planted = Client::new(&app.address, Some(format!("id={first}")));
    let second = session_id(&try_as(&planted, "ada", PASSWORD).await);
    assert_ne!(first, second);
    assert_eq!(planted.get("/groups").await.status, StatusCode::SEE_OTHER);

    let invented = "AAAAAAAAAAAAAAAAAAAAAA";
    let planted = Client::new(&app.address, Some(format!("id={invented}")));
    assert_ne!(session_id(&try_as(&planted, "ada", PASSWORD).await), invented);
    assert_eq!(planted.get("/groups").await.status, StatusCode::SEE_OTHER);

    let stored: String = sqlx::query_scalar("SELECT string_agg(encode(id_hash, 'base64') || data::text, ' ') FROM sessions")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert!(!stored.contains(&second));
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let app = TestApp::start().await;
    app.add_operator("ada", Role::Viewer).await;
    let id = session_id(&try_as(&app.anonymous(), "ada", PASSWORD).await);
    let thief = Client::new(&app.address, Some(format!("id={id}")));
    assert_eq!(thief.get("/groups").await.status, StatusCode::OK);

    let reply = thief.post_form("/sign-out", &[]).await;
    assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/sign-in"));
    assert_eq!(thief.get("/groups").await.status, StatusCode::SEE_OTHER);
    assert_eq!(thief.call("list_groups", &serde_json::json!({})).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_ends_by_time() {
    let app = TestApp::start().await;
    let client = app.sign_in_as(Role::Viewer).await;
    let shift =
        "UPDATE sessions SET expires_at = expires_at - make_interval(mins => $1), created_at = created_at - make_interval(mins => $1)";
    // Each request within half an hour prolongs it …
    for _ in 0..3 {
        sqlx::query(shift).bind(29).execute(&app.pool).await.unwrap();
        assert_eq!(client.get("/groups").await.status, StatusCode::OK);
    }
    // … and half an hour without one ends it.
    sqlx::query(shift).bind(30).execute(&app.pool).await.unwrap();
    assert_eq!(client.get("/groups").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_whatever_happens() {
    let app = TestApp::start().await;
    let client = app.sign_in_as(Role::Viewer).await;
    sqlx::query("UPDATE sessions SET created_at = now() - interval '11 hours 50 minutes', expires_at = now() + interval '5 minutes'")
        .execute(&app.pool)
        .await
        .unwrap();
    assert_eq!(client.get("/groups").await.status, StatusCode::OK);
    let left: i32 =
        sqlx::query_scalar("SELECT extract(epoch FROM expires_at - now())::integer FROM sessions").fetch_one(&app.pool).await.unwrap();
    assert!((590..=600).contains(&left), "{left} s");
}

#[tokio::test]
async fn a_disabled_operator_is_out_at_once_and_stays_out() {
    let app = TestApp::start().await;
    let id = app.add_operator("ada", Role::Viewer).await;
    let client = app.anonymous();
    try_as(&client, "ada", PASSWORD).await;
    assert_eq!(client.get("/groups").await.status, StatusCode::OK);

    app.add_operator("bob", Role::Admin).await;
    assert!(actions::disable(&app.pool, AUTHOR, id).await.unwrap());
    assert_eq!(client.get("/groups").await.status, StatusCode::SEE_OTHER);
    let refused = try_as(&client, "ada", PASSWORD).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(refused.text.contains("The operator name or the password is wrong."));
}

#[tokio::test]
async fn an_unknown_operator_is_refused_with_the_same_words() {
    let app = TestApp::start().await;
    app.add_operator("ada", Role::Viewer).await;
    let known = try_as(&app.anonymous(), "ada", "not this one at all").await;
    let app = TestApp::start().await;
    let unknown = try_as(&app.anonymous(), "ada", "not this one at all").await;
    assert_eq!((known.status, unknown.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    let sentence = "The operator name or the password is wrong. 2 tries are left before you have to wait.";
    assert!(known.text.contains(sentence) && unknown.text.contains(sentence), "{}", known.text);
}

#[tokio::test]
async fn the_form_comes_back_with_the_name_and_without_the_password() {
    let app = TestApp::start().await;
    let reply =
        app.anonymous().post_form("/sign-in", &[("name", "<b>Ada\""), ("password", "a secret that is wrong"), ("next", "/accounts")]).await;
    assert!(reply.text.contains("&lt;b&gt;Ada&quot;"), "{}", reply.text);
    assert!(!reply.text.contains("<b>Ada") && !reply.text.contains("a secret that is wrong"));
    assert!(reply.text.contains("value=\"/accounts\""));
}

#[tokio::test]
async fn an_address_has_three_tries_and_gets_one_back_every_twenty_seconds() {
    let app = TestApp::start().await;
    app.add_operator("ada", Role::Viewer).await;
    let client = app.anonymous();
    for name in ["a", "b", "c"] {
        assert_eq!(try_as(&client, name, "wrong").await.status, StatusCode::UNAUTHORIZED);
    }
    let refused = try_as(&client, "ada", PASSWORD).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let wait: i32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert!(refused.text.contains("Too many tries. Wait "), "{}", refused.text);

    let_time_pass(&app.pool, 20).await;
    assert_eq!(try_as(&client, "ada", PASSWORD).await.status, StatusCode::SEE_OTHER);
    // A success costs nothing.
    assert_eq!(try_as(&client, "ada", PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_name_waits_longer_with_each_failure_from_the_fifth_on_whoever_tries() {
    let app = TestApp::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    app.add_operator("ada", Role::Viewer).await;
    for name in ["ada", "nobody of this name"] {
        let client = app.anonymous();
        let mut address = (0..).map(|number| format!("2001:db8:{}:{number}::1", name.len()));
        for _ in 0..5 {
            assert_eq!(try_from(&client, &address.next().unwrap(), name, "wrong").await.status, StatusCode::UNAUTHORIZED, "{name}");
        }
        for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            // A minute more, so that a slow machine does not sit a short wait out before it has asked.
            let_time_pass(&app.pool, -60).await;
            let refused = try_from(&client, &address.next().unwrap(), name, PASSWORD).await;
            assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{name}");
            let wait = refused.header("retry-after").parse::<i32>().unwrap() - 60;
            assert!((expected - 20..=expected).contains(&wait), "{name}: {wait} s instead of {expected}");
            let_time_pass(&app.pool, expected + 60).await;
            assert_eq!(try_from(&client, &address.next().unwrap(), name, "wrong").await.status, StatusCode::UNAUTHORIZED);
        }
    }
    // Nothing is locked for good: after the wait the right password opens, and the count starts anew.
    let_time_pass(&app.pool, 300).await;
    let client = app.anonymous();
    assert_eq!(try_from(&client, "192.0.2.1", "ada", PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert_eq!(try_from(&client, "192.0.2.2", "ada", "wrong").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(try_from(&client, "192.0.2.3", "ada", PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn tries_at_once_do_not_pass_the_limit_together() {
    let app = TestApp::start().await;
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let client = app.anonymous();
        tries.spawn(async move { try_as(&client, "ada", "wrong").await.status });
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count(), 3, "{answers:?}");
}

#[tokio::test]
async fn an_address_from_outside_is_believed_of_a_trusted_proxy_alone() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let mut answers = Vec::new();
    for number in 0..4 {
        answers.push(try_from(&client, &format!("192.0.2.{number}"), &format!("name {number}"), "wrong").await.status);
    }
    assert_eq!(answers.last(), Some(&StatusCode::TOO_MANY_REQUESTS));
}

#[tokio::test]
async fn an_address_that_the_proxy_did_not_see_is_not_believed() {
    for seen in ["203.0.113.5:4711", "[2001:db8::5]:4711", "unknown"] {
        let app = TestApp::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
        let client = app.anonymous();
        let mut answers = Vec::new();
        for number in 0..4 {
            let forwarded = format!("10.1.1.{number}, {seen}");
            answers.push(try_from(&client, &forwarded, &format!("name {number}"), "wrong").await.status);
        }
        assert_eq!(answers.last(), Some(&StatusCode::TOO_MANY_REQUESTS), "{seen}: {answers:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_a_name_is_refused_like_any_wrong_one() {
    let app = TestApp::start().await;
    for name in ["ada\0", "a\nb", &"x".repeat(65)] {
        let reply = try_as(&app.anonymous(), name, "not this one at all").await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{name:?}");
        assert!(reply.text.contains("The operator name or the password is wrong."), "{name:?}: {}", reply.text);
    }
}

#[tokio::test]
async fn a_one_time_password_opens_nothing_but_its_own_change() {
    let app = TestApp::start().await;
    let id = app.add_operator("ada", Role::Admin).await;
    sqlx::query("UPDATE operators SET must_change_password = true WHERE id = $1").bind(id).execute(&app.pool).await.unwrap();
    let client = app.anonymous();
    try_as(&client, "ada", PASSWORD).await;
    assert_eq!(client.get("/groups").await.location(), "/password");
    assert_eq!(client.call("list_groups", &serde_json::json!({})).await.status, StatusCode::FORBIDDEN);

    let change = async |new: &str, repeat: &str| {
        client.post_form("/password", &[("name", "ada"), ("current", PASSWORD), ("new", new), ("repeat", repeat)]).await
    };
    for (new, repeat, sentence) in [
        ("other words of a test", "other words of the test", "not the same"),
        (PASSWORD, PASSWORD, "Choose another one"),
        ("too short", "too short", "12 to 200 characters"),
    ] {
        let refused = change(new, repeat).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains(sentence), "{}", refused.text);
    }
    let changed = change("other words of a test", "other words of a test").await;
    assert_eq!((changed.status, changed.location()), (StatusCode::SEE_OTHER, "/groups"));
    assert_eq!(client.get("/groups").await.status, StatusCode::OK);
    assert_eq!(try_as(&app.anonymous(), "ada", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(try_as(&app.anonymous(), "ada", "other words of a test").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn changing_the_password_ends_the_other_sessions() {
    let app = TestApp::start().await;
    app.add_operator("ada", Role::Viewer).await;
    let (here, elsewhere) = (app.anonymous(), app.anonymous());
    for client in [&here, &elsewhere] {
        try_as(client, "ada", PASSWORD).await;
        assert_eq!(client.get("/groups").await.status, StatusCode::OK);
    }
    let wrong =
        here.post_form("/password", &[("current", "wrong"), ("new", "other words of a test"), ("repeat", "other words of a test")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("The current password is wrong."));
    assert_eq!(elsewhere.get("/groups").await.status, StatusCode::OK);

    here.post_form("/password", &[("current", PASSWORD), ("new", "other words of a test"), ("repeat", "other words of a test")]).await;
    assert_eq!(here.get("/groups").await.status, StatusCode::OK);
    assert_eq!(elsewhere.get("/groups").await.status, StatusCode::SEE_OTHER);
}
