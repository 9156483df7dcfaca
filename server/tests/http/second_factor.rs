//! The second factor: set up, asked for at sign-in, its codes good once and limited like passwords, and recovery codes.

use app::domain::role::Role;
use app::operators::actions;
use reqwest::{Method, StatusCode};
use serde_json::json;
use server::terminal::AUTHOR;
use sqlx::PgPool;

use crate::support::app::PASSWORD;
use crate::support::second_factor::{begin, code, confirm, key_in, set_up, step};
use crate::support::{Client, Reply, TestApp};

async fn enter(client: &Client, next: &str) -> Reply {
    client.post_form("/sign-in", &[("name", "ada"), ("password", PASSWORD), ("next", next)]).await
}

async fn give(client: &Client, code: &str) -> Reply {
    client.post_form("/sign-in/code", &[("code", code), ("recovery", ""), ("next", "/groups")]).await
}

/// Somebody with the right password, of whom a code is asked.
async fn half_way(app: &TestApp) -> Client {
    let client = app.anonymous();
    let reply = enter(&client, "").await;
    assert_eq!(reply.location(), "/sign-in/code?next=%2Fgroups", "{}", reply.text);
    client
}

/// An operator ada with a second factor, who is signed in; the key and the recovery codes.
async fn with_second_factor() -> (TestApp, Client, String, Vec<String>) {
    let app = TestApp::start().await;
    app.add_operator("ada", Role::Viewer).await;
    let client = app.anonymous();
    enter(&client, "").await;
    let (key, codes) = set_up(&client).await;
    (app, client, key, codes)
}

/// As if the code of now had not been taken, and nothing been tried.
async fn let_time_pass(pool: &PgPool) {
    sqlx::query("UPDATE operators SET totp_last_step = NULL").execute(pool).await.unwrap();
    sqlx::query("DELETE FROM sign_in_limits").execute(pool).await.unwrap();
}

async fn is_signed_in(client: &Client) -> bool {
    client.get("/groups").await.status == StatusCode::OK
}

#[tokio::test]
async fn signing_in_takes_the_password_and_a_code() {
    let (app, _, key, _) = with_second_factor().await;
    let client = app.anonymous();
    assert_eq!(enter(&client, "/accounts?q=a%20b").await.location(), "/sign-in/code?next=%2Faccounts%3Fq%3Da%2520b");
    let page = client.get("/sign-in/code?next=%2Faccounts%3Fq%3Da%2520b").await;
    assert!(page.status.is_success() && page.text.contains("value=\"/accounts?q=a%20b\""), "{}", page.text);
    assert!(page.header("content-security-policy").contains("form-action 'self'"));
    let fields = [("code", code(&key, 1)), ("next", "/accounts?q=a%20b".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let reply = client.post_form("/sign-in/code", &fields).await;
    assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/accounts?q=a%20b"));
    assert!(is_signed_in(&client).await);
    for next in ["//evil.example", "https://evil.example"] {
        let other = app.anonymous();
        assert_eq!(enter(&other, next).await.location(), "/sign-in/code?next=%2Fgroups");
    }
}

#[tokio::test]
async fn a_half_open_session_opens_nothing() {
    let (app, _, key, _) = with_second_factor().await;
    sqlx::query("UPDATE operators SET role = 'admin'").execute(&app.pool).await.unwrap();
    let client = half_way(&app).await;
    for (method, pattern) in server::router::addresses() {
        let path = pattern.replace(['{', '}'], "");
        if app::access::access(&method, &path) == Some(app::access::Access::Public) {
            continue;
        }
        let reply = Reply::of(client.request(method.clone(), &path).header("accept", "text/html").json(&json!({}))).await;
        let is_out = reply.status == StatusCode::UNAUTHORIZED || reply.location().starts_with("/sign-in");
        assert!(is_out, "{method} {path}: {} {}", reply.status, reply.text);
    }
    let mine: i64 = sqlx::query_scalar("SELECT count(*) FROM sessions WHERE operator_id IS NOT NULL").fetch_one(&app.pool).await.unwrap();
    assert_eq!(mine, 1, "it is no session of the operator");
    // The second step is open all the while, and gives another id.
    assert_eq!(give(&client, &code(&key, 1)).await.status, StatusCode::SEE_OTHER);
    assert!(is_signed_in(&client).await);
}

#[tokio::test]
async fn each_step_has_an_id_of_its_own() {
    let (app, _, key, _) = with_second_factor().await;
    let id = |reply: &Reply| reply.cookies()[0].split(';').next().unwrap().to_owned();
    let first = id(&enter(&app.anonymous(), "").await);
    // Somebody planted a known id in this browser.
    let victim = Client::new(&app.address, Some(first.clone()));
    let second = id(&enter(&victim, "").await);
    assert_ne!(first, second);
    let reply = give(&Client::new(&app.address, Some(second.clone())), &code(&key, 1)).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    let third = id(&reply);
    for (cookie, opens) in [(first, false), (second, false), (third, true)] {
        assert_eq!(is_signed_in(&Client::new(&app.address, Some(cookie))).await, opens);
    }
}

#[tokio::test]
async fn a_session_of_before_does_not_come_along() {
    let (app, signed_in, _, _) = with_second_factor().await;
    assert!(is_signed_in(&signed_in).await);
    enter(&signed_in, "").await;
    assert!(!is_signed_in(&signed_in).await, "who begins to sign in again is out until it is done");
    assert_eq!(app.anonymous().get("/sign-in/code").await.location(), "/sign-in");
}

#[tokio::test]
async fn a_code_is_good_once_and_not_for_long() {
    let app = TestApp::start().await;
    app.add_operator("ada", Role::Viewer).await;
    let client = app.anonymous();
    enter(&client, "").await;
    let key = begin(&client).await;
    let first = code(&key, 0);
    confirm(&client, &first).await;
    let client = half_way(&app).await;
    let replayed = give(&client, &first).await;
    assert_eq!(replayed.status, StatusCode::UNAUTHORIZED, "it has confirmed the set-up");
    assert!(replayed.text.contains("This code is wrong, too old, or was used already."), "{}", replayed.text);
    let next = code(&key, 1);
    assert_eq!(give(&client, &next).await.status, StatusCode::SEE_OTHER);
    assert_eq!(give(&half_way(&app).await, &next).await.status, StatusCode::UNAUTHORIZED);
    let_time_pass(&app.pool).await;
    for far in [-3, 3] {
        assert_eq!(give(&half_way(&app).await, &code(&key, far)).await.status, StatusCode::UNAUTHORIZED, "{far}");
    }
    assert_eq!(give(&half_way(&app).await, &code(&key, 0)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn of_two_who_give_one_code_at_once_one_is_let_in() {
    let (app, _, key, _) = with_second_factor().await;
    let next = code(&key, 1);
    let (one, other) = (half_way(&app).await, half_way(&app).await);
    let (first, second) = tokio::join!(give(&one, &next), give(&other, &next));
    let mut answers = [first.status, second.status];
    answers.sort();
    assert_eq!(answers, [StatusCode::SEE_OTHER, StatusCode::UNAUTHORIZED]);
}

#[tokio::test]
async fn wrong_codes_count_like_wrong_passwords() {
    let (app, _, key, _) = with_second_factor().await;
    let client = half_way(&app).await;
    for left in ["2 tries are left", "One try is left", "The next try has to wait a little"] {
        let refused = give(&client, &code(&key, -5)).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(refused.text.contains(left), "{left}: {}", refused.text);
    }
    let refused = give(&client, &code(&key, 1)).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.text.contains("Too many tries. Wait ") && !refused.header("retry-after").is_empty(), "{}", refused.text);
    assert_eq!(enter(&app.anonymous(), "").await.status, StatusCode::TOO_MANY_REQUESTS, "one limit for both");
    sqlx::query("DELETE FROM sign_in_limits").execute(&app.pool).await.unwrap();
    assert_eq!(give(&client, &code(&key, 1)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_right_password_does_not_make_more_guesses_at_codes() {
    let app = TestApp::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    app.add_operator("ada", Role::Viewer).await;
    let client = app.anonymous();
    enter(&client, "").await;
    let (key, _) = set_up(&client).await;
    let mut statuses = Vec::new();
    for number in 0..7 {
        let thief = app.anonymous();
        let from = |path: &str| thief.request(Method::POST, path).header("x-forwarded-for", format!("192.0.2.{number}"));
        let password = Reply::of(from("/sign-in").form(&[("name", "ada"), ("password", PASSWORD)])).await;
        if password.status == StatusCode::TOO_MANY_REQUESTS {
            statuses.push(password.status);
            continue;
        }
        statuses.push(Reply::of(from("/sign-in/code").form(&[("code", code(&key, -5))])).await.status);
    }
    assert_eq!(statuses[..4], [StatusCode::UNAUTHORIZED; 4]);
    assert!(statuses[5..].contains(&StatusCode::TOO_MANY_REQUESTS), "{statuses:?}");
}

#[tokio::test]
async fn what_is_no_code_is_said_and_costs_nothing() {
    let (app, _, key, _) = with_second_factor().await;
    let client = half_way(&app).await;
    for _ in 0..4 {
        let refused = give(&client, "12345").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("Enter the 6 digits that your app shows"), "{}", refused.text);
    }
    let spaced = code(&key, 1);
    assert_eq!(give(&client, &format!(" {} {} ", &spaced[..3], &spaced[3..])).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_recovery_code_opens_once() {
    let (app, _, _, codes) = with_second_factor().await;
    let with = async |client: &Client, recovery: &str| {
        client.post_form("/sign-in/code", &[("code", ""), ("recovery", recovery), ("next", "")]).await.status
    };
    assert_eq!(with(&half_way(&app).await, &codes[3]).await, StatusCode::SEE_OTHER);
    assert_eq!(with(&half_way(&app).await, &codes[3]).await, StatusCode::UNAUTHORIZED);
    let client = half_way(&app).await;
    assert_eq!(with(&client, &codes[4].to_uppercase().replace('-', " ")).await, StatusCode::SEE_OTHER);
    let own = client.call("own_account", &json!({})).await.json();
    assert_eq!(own["second_factor"]["recovery_codes"], 8);
    let told: Vec<(String, serde_json::Value)> =
        sqlx::query_as("SELECT action, changes FROM audit_log WHERE subject_kind = 'operator' ORDER BY at, id")
            .fetch_all(&app.pool)
            .await
            .unwrap();
    assert_eq!(told[0].0, "second factor set up");
    let change = json!([{ "field": "Recovery codes left", "before": "10", "after": "9" }]);
    assert_eq!((told[1].0.as_str(), &told[1].1), ("recovery code used", &change));
    assert_eq!(told.len(), 3);
}

#[tokio::test]
async fn nothing_is_stored_that_would_open() {
    let (app, _, key, codes) = with_second_factor().await;
    let texts: Vec<String> = sqlx::query_scalar(
        "SELECT to_jsonb(o)::text FROM operators o UNION ALL SELECT to_jsonb(c)::text FROM operator_recovery_codes c
         UNION ALL SELECT to_jsonb(s)::text FROM sessions s UNION ALL SELECT to_jsonb(a)::text FROM audit_log a",
    )
    .fetch_all(&app.pool)
    .await
    .unwrap();
    let stored = texts.join("\n");
    for secret in [&key, &codes[0], &codes[0].replace('-', "")] {
        assert!(!stored.contains(secret.as_str()), "{stored}");
    }
    // Nor does it in another row.
    app.add_operator("bob", Role::Admin).await;
    sqlx::query(
        "UPDATE operators bob SET totp_sealed = ada.totp_sealed, totp_since = ada.totp_since FROM operators ada
         WHERE bob.name = 'bob' AND ada.name = 'ada'",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let bob = app.anonymous();
    assert_eq!(bob.post_form("/sign-in", &[("name", "bob"), ("password", PASSWORD)]).await.location(), "/sign-in/code?next=%2Fgroups");
    assert_eq!(give(&bob, &code(&key, 1)).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_half_open_session_lasts_five_minutes() {
    let (app, _, key, _) = with_second_factor().await;
    let client = half_way(&app).await;
    let left = "SELECT extract(epoch FROM expires_at - now())::integer FROM sessions WHERE operator_id IS NULL";
    let seconds: i32 = sqlx::query_scalar(left).fetch_one(&app.pool).await.unwrap();
    assert!((290..=300).contains(&seconds), "{seconds}");
    let shift = "UPDATE sessions SET expires_at = expires_at - interval '4 minutes' WHERE operator_id IS NULL";
    sqlx::query(shift).execute(&app.pool).await.unwrap();
    assert_eq!(client.get("/sign-in/code").await.status, StatusCode::OK);
    let seconds: i32 = sqlx::query_scalar(left).fetch_one(&app.pool).await.unwrap();
    assert!(seconds <= 60, "looking at it does not prolong it: {seconds}");
    sqlx::query(shift).execute(&app.pool).await.unwrap();
    assert_eq!(client.get("/sign-in/code").await.location(), "/sign-in");
    let late = give(&client, &code(&key, 1)).await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED);
    assert!(late.text.contains("The time for the code is over. Sign in again."), "{}", late.text);
}

#[tokio::test]
async fn nobody_comes_in_past_a_change_of_the_operator() {
    let (app, _, key, codes) = with_second_factor().await;
    app.add_operator("bob", Role::Admin).await;
    let id = sqlx::query_scalar("SELECT id FROM operators WHERE name = 'ada'").fetch_one(&app.pool).await.unwrap();
    let (one, other) = (half_way(&app).await, half_way(&app).await);
    let hash = app::operators::password::hash("other words of a test".into()).await.unwrap();
    actions::reset_password(&app.pool, AUTHOR, id, &hash, true, false).await.unwrap();
    let refused = give(&one, &code(&key, 1)).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(refused.text.contains("Sign in again."), "{}", refused.text);
    assert!(!is_signed_in(&one).await);
    actions::disable(&app.pool, AUTHOR, id).await.unwrap();
    let recovery = other.post_form("/sign-in/code", &[("code", ""), ("recovery", &codes[0])]).await;
    assert_eq!(recovery.status, StatusCode::UNAUTHORIZED);
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM operator_recovery_codes").fetch_one(&app.pool).await.unwrap();
    assert_eq!(left, 10, "it was not used up");
}

#[tokio::test]
async fn setting_up_takes_the_password_and_counts_once_a_code_has_confirmed_it() {
    let app = TestApp::start().await;
    app.add_operator("ada", Role::Viewer).await;
    let (here, elsewhere) = (app.anonymous(), app.anonymous());
    for client in [&here, &elsewhere] {
        enter(client, "").await;
    }
    let refused = step(&here, &[("step", "begin"), ("password", "wrong")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("The password is wrong.") && !refused.text.contains("<svg xmlns"), "{}", refused.text);
    assert_eq!(step(&here, &[("step", "confirm"), ("code", "123456")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    let key = begin(&here).await;
    // Shown by the answer to the password alone.
    assert!(!here.get("/me/second-factor").await.text.contains("class=\"key\""));
    assert_eq!(enter(&app.anonymous(), "").await.location(), "/groups", "it does not count yet");
    let wrong = step(&here, &[("step", "confirm"), ("code", &code(&key, -5))]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(key_in(&wrong), key, "the same key can be tried again");
    let stranger = step(&elsewhere, &[("step", "confirm"), ("code", &code(&key, 0))]).await;
    assert!(stranger.text.contains("This set-up is over. Begin again."), "{}", stranger.text);

    let done = step(&here, &[("step", "confirm"), ("code", &code(&key, 0))]).await;
    assert!(done.status.is_success() && done.text.contains("Keep your recovery codes"), "{}", done.text);
    assert!(is_signed_in(&here).await, "this session goes on");
    assert!(!is_signed_in(&elsewhere).await, "the others began without it");
    let again = step(&here, &[("step", "confirm"), ("code", &code(&key, 1))]).await;
    assert!(again.text.contains("This set-up is over"), "{}", again.text);
    assert_eq!(enter(&app.anonymous(), "").await.location(), "/sign-in/code?next=%2Fgroups");
}

#[tokio::test]
async fn changing_or_removing_it_takes_the_password_and_a_code() {
    let (app, client, key, codes) = with_second_factor().await;
    for fields in [
        &[("step", "remove"), ("password", PASSWORD)][..],
        &[("step", "remove"), ("password", PASSWORD), ("code", &code(&key, -5))],
        &[("step", "begin"), ("password", PASSWORD), ("code", "")],
    ] {
        let refused = step(&client, fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
    }
    let wrong = step(&client, &[("step", "remove"), ("password", "wrong"), ("code", &code(&key, 1))]).await;
    assert!(wrong.text.contains("The password is wrong."), "{}", wrong.text);
    let_time_pass(&app.pool).await;

    // Anew: until it is confirmed, the one of before counts.
    let anew = step(&client, &[("step", "begin"), ("password", PASSWORD), ("code", &codes[0])]).await;
    let other = key_in(&anew);
    assert_ne!(other, key);
    assert_eq!(give(&half_way(&app).await, &code(&key, 0)).await.status, StatusCode::SEE_OTHER);
    assert!(step(&client, &[("step", "confirm"), ("code", &code(&other, 0))]).await.status.is_success());
    let_time_pass(&app.pool).await;
    assert_eq!(give(&half_way(&app).await, &code(&key, 0)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(give(&half_way(&app).await, &code(&other, 0)).await.status, StatusCode::SEE_OTHER);
    let old = half_way(&app).await.post_form("/sign-in/code", &[("recovery", &codes[1])]).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED, "the codes of before went with it");

    let_time_pass(&app.pool).await;
    let removed = step(&client, &[("step", "remove"), ("password", PASSWORD), ("code", &code(&other, 0))]).await;
    assert_eq!(removed.location(), "/me?done=second-factor-removed", "{}", removed.text);
    assert_eq!(enter(&app.anonymous(), "").await.location(), "/groups");
}
