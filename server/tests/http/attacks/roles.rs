//! Every address, asked well-formed by everybody who may not.

use app::access::{Access, access, is_call};
use axum::http::Method;
use reqwest::StatusCode;

use super::requests::{Asked, Callers, Stock, changed, everything, plain};
use crate::support::{Client, Reply, TestApp};

/// Fails unless the answer is the refusal of somebody without a session.
fn is_signed_out(asked: &Asked, reply: &Reply) -> bool {
    if is_call(&asked.method, &asked.path) {
        return reply.status == StatusCode::UNAUTHORIZED && reply.json() == "SignedOut";
    }
    reply.status == StatusCode::SEE_OTHER && reply.location().starts_with("/sign-in")
}

fn is_forbidden(asked: &Asked, reply: &Reply) -> bool {
    let words = if is_call(&asked.method, &asked.path) { "\"Forbidden\"" } else { "Your role does not allow this." };
    reply.status == StatusCode::FORBIDDEN && reply.text.contains(words)
}

/// Who has not chosen a password yet is sent to where one chooses it.
fn must_choose(asked: &Asked, reply: &Reply) -> bool {
    if is_call(&asked.method, &asked.path) {
        return is_forbidden(asked, reply);
    }
    reply.status == StatusCode::SEE_OTHER && reply.location() == "/password"
}

async fn ask(asked: &Asked, client: &Client) -> Reply {
    Reply::of(asked.by(client)).await
}

/// Every address of the router that is not public, with what it asks for.
fn closed_addresses() -> Vec<(Method, String, Access)> {
    let all = server::router::addresses();
    let closed: Vec<_> = all
        .into_iter()
        .map(|(method, pattern)| {
            let asks = access(&method, &plain(&pattern)).unwrap_or_else(|| panic!("{method} {pattern} is not in app/src/access.rs"));
            (method, pattern, asks)
        })
        .filter(|(_, _, asks)| *asks != Access::Public)
        .collect();
    assert!(closed.len() > 75, "the list of addresses is not whole: {}", closed.len());
    closed
}

#[tokio::test]
async fn nobody_without_the_role_gets_through_any_address_or_changes_anything() {
    let app = TestApp::start().await;
    let callers = Callers::new(&app).await;
    let stock = Stock::new(&app.pool).await;
    let before = everything(&app.pool).await;
    let mut unknown = Vec::new();
    for (method, pattern, asks) in closed_addresses() {
        let Some(asked) = stock.asked(&method, &pattern) else {
            unknown.push(format!("{method} {pattern}"));
            continue;
        };
        let reply = ask(&asked, &callers.nobody).await;
        assert!(is_signed_out(&asked, &reply), "nobody: {method} {pattern}: {} {}", reply.status, reply.text);
        if let Access::Role(needed) = asks {
            let reply = ask(&asked, &callers.newcomer).await;
            assert!(must_choose(&asked, &reply), "one-time password: {method} {pattern}: {} {}", reply.status, reply.text);
            for (role, client) in callers.roles.iter().filter(|(role, _)| !role.allows(needed)) {
                let reply = ask(&asked, client).await;
                assert!(is_forbidden(&asked, &reply), "{role:?}: {method} {pattern}: {} {}", reply.status, reply.text);
            }
        }
        let changed = changed(&before, &everything(&app.pool).await);
        assert!(changed.is_empty(), "{method} {pattern} was refused and has changed {changed:?}");
    }
    assert!(unknown.is_empty(), "attacks/requests.rs does not say what is well-formed at {unknown:?}");
}

/// The same requests by somebody who has just the role: what was refused above was refused for the role alone.
#[tokio::test]
async fn who_has_just_the_role_gets_through_with_the_same_requests() {
    let app = TestApp::start().await;
    let callers = Callers::new(&app).await;
    for (method, pattern, asks) in closed_addresses() {
        // The first ends the session that the others need, the second has tests of its own, and the third has no end.
        let Access::Role(needed) = asks else { continue };
        if pattern == "/live" {
            continue;
        }
        let stock = Stock::new(&app.pool).await;
        let asked = stock.asked(&method, &pattern).unwrap();
        let reply = ask(&asked, callers.of(needed)).await;
        let is_done = reply.status.is_success() || (reply.status == StatusCode::SEE_OTHER && !reply.location().starts_with("/sign-in"));
        // An answer says what it is, so that no browser has to guess.
        let kind = reply.header("content-type").to_owned();
        assert!(
            reply.text.is_empty() || !kind.is_empty() && (!kind.starts_with("text/") || kind.contains("charset=utf-8")),
            "{pattern}: {kind}"
        );
        assert!(is_done && !reply.text.contains("\"refused\""), "{method} {pattern}: {} {}", reply.status, reply.text);
    }
}

#[tokio::test]
async fn a_role_that_is_taken_away_is_gone_with_the_next_request() {
    let app = TestApp::start().await;
    let callers = Callers::new(&app).await;
    let stock = Stock::new(&app.pool).await;
    let admin = callers.of(app::domain::role::Role::Admin);
    assert_eq!(admin.get("/settings").await.status, StatusCode::OK);
    sqlx::query("UPDATE operators SET role = 'viewer'").execute(&app.pool).await.unwrap();
    let before = everything(&app.pool).await;
    for (method, path) in [(Method::GET, "/settings"), (Method::POST, "/api/delete_account"), (Method::POST, "/accounts/new")] {
        let asked = stock.asked(&method, path).unwrap();
        assert!(is_forbidden(&asked, &ask(&asked, admin).await), "{method} {path}");
    }
    assert_eq!(changed(&before, &everything(&app.pool).await), [""; 0]);
}
