//! Links that nobody was sent.

use std::time::Instant;

use app::domain::role::Role;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, StatusCode};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use super::requests::{changed, everything};
use crate::support::accounts::{created, group, pgsm};
use crate::support::{Reply, TestApp};

/// How many tokens are asked for.
const TRIES: usize = 3_000;
/// And how many would be, were there no limit.
const MORE: usize = 100_000;
/// Over so many connections.
const LINES: usize = 20;

fn random_token() -> String {
    let bytes: Vec<u8> = [Uuid::new_v4(), Uuid::new_v4()].iter().flat_map(|random| *random.as_bytes()).collect();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// An account with a link of each kind in force.
async fn with_links(app: &TestApp) {
    let operator = app.sign_in_as(Role::Operator).await;
    let account = created(&operator, &pgsm(group(app, "Ufficio").await, &json!({}))).await;
    for kind in ["installation", "activation"] {
        let sent = operator.call("send_sms", &json!({ "message": Uuid::now_v7(), "account": account, "kind": kind })).await;
        assert!(sent.status.is_success(), "{}", sent.text);
    }
    assert!(operator.call("show_activation_code", &json!({ "account": account })).await.status.is_success());
}

/// Asks for all of these one after the other over one connection, without waiting for the answers; gives their statuses.
async fn ask_all(address: &str, requests: Vec<String>) -> Vec<String> {
    let mut line = TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
    let (mut answers, mut asks) = line.split();
    let ask = async {
        for piece in requests.chunks(50) {
            asks.write_all(piece.concat().as_bytes()).await.unwrap();
        }
        asks.write_all(b"GET /healthz HTTP/1.1\r\nhost: ringkey\r\nconnection: close\r\n\r\n").await.unwrap();
    };
    let read = async {
        let mut text = String::new();
        answers.read_to_string(&mut text).await.unwrap();
        text
    };
    let ((), text) = tokio::join!(ask, read);
    let mut statuses: Vec<String> = text.match_indices("HTTP/1.1 ").map(|(at, _)| text[at + 9..].chars().take(3).collect()).collect();
    assert_eq!(statuses.pop().as_deref(), Some("200"), "the last was /healthz");
    assert_eq!(statuses.len(), requests.len());
    statuses
}

#[tokio::test]
async fn a_hundred_thousand_random_tokens_open_nothing_and_write_nothing() {
    let app = TestApp::start().await;
    with_links(&app).await;
    let before = everything(&app.pool).await;
    let began = Instant::now();
    let mut lines = tokio::task::JoinSet::new();
    for _ in 0..LINES {
        let address = app.address.clone();
        let requests = (0..TRIES / LINES).map(|n| {
            let (method, kind) = [("GET", 'a'), ("POST", 'a'), ("GET", 'c'), ("GET", 'i'), ("GET", 'd')][n % 5];
            format!("{method} /{kind}/{} HTTP/1.1\r\nhost: ringkey\r\n\r\n", random_token())
        });
        let requests: Vec<String> = requests.collect();
        lines.spawn(async move { ask_all(&address, requests).await });
    }
    let statuses: Vec<String> = lines.join_all().await.into_iter().flatten().collect();
    let count = |status: &str| statuses.iter().filter(|other| *other == status).count();
    assert_eq!((statuses.len(), count("404") + count("429")), (TRIES, TRIES));
    // Twenty at once, and one more every three seconds.
    let most = 21 + usize::try_from(began.elapsed().as_secs() / 3).unwrap();
    assert!((20..=most).contains(&count("404")), "{} in {:?}", count("404"), began.elapsed());
    assert_eq!(changed(&before, &everything(&app.pool).await), ["public.link_limits"], "but for the count of the tries");
    assert_eq!(sqlx::query_scalar::<_, i64>("SELECT count(*) FROM link_limits").fetch_one(&app.pool).await.unwrap(), 1);

    let digests: Vec<Vec<u8>> = (0..MORE).map(|_| Sha256::digest(random_token()).to_vec()).collect();
    let known: Vec<Vec<u8>> = sqlx::query_scalar("SELECT token_sha256 FROM account_links").fetch_all(&app.pool).await.unwrap();
    let found = async |digests: &[Vec<u8>]| {
        sqlx::query_scalar::<_, i64>("SELECT count(*) FROM account_links WHERE token_sha256 = ANY ($1)")
            .bind(digests)
            .fetch_one(&app.pool)
            .await
            .unwrap()
    };
    assert_eq!((found(&digests).await, found(&known).await), (0, known.len() as i64));
}

#[tokio::test]
async fn who_guesses_is_told_to_wait_and_others_open_their_links() {
    let app = TestApp::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    with_links(&app).await;
    let link: Uuid = sqlx::query_scalar("SELECT id FROM account_links WHERE kind = 'activation'").fetch_one(&app.pool).await.unwrap();
    let own = format!("/a/{}", app.state.service.keys.link_token(link).expose());
    let ask =
        async |address: &str, path: &str| Reply::of(app.anonymous().request(Method::GET, path).header("x-forwarded-for", address)).await;
    for _ in 0..20 {
        assert_eq!(ask("198.51.100.7", &format!("/a/{}", random_token())).await.status, StatusCode::NOT_FOUND);
    }
    let refused = ask("198.51.100.7", &format!("/a/{}", random_token())).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.text.contains("<h1"), "a page that says so: {}", refused.text);
    // Nothing is told beyond the limit, not even to whoever has a good link in the pile.
    assert_eq!(ask("198.51.100.7", &own).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask("203.0.113.1", &own).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_nearly_a_token_opens_nothing() {
    let app = TestApp::start_with(&["--trusted-proxy", "127.0.0.1"]).await;
    with_links(&app).await;
    let links: Vec<(Uuid, String)> =
        sqlx::query_as("SELECT id, kind FROM account_links WHERE replaced_at IS NULL").fetch_all(&app.pool).await.unwrap();
    let stored: Vec<Vec<u8>> = sqlx::query_scalar("SELECT token_sha256 FROM account_links").fetch_all(&app.pool).await.unwrap();
    let mut guesses: Vec<String> = stored.iter().map(|digest| URL_SAFE_NO_PAD.encode(digest)).collect();
    for (id, _) in &links {
        let token = app.state.service.keys.link_token(*id).expose().to_owned();
        // Not the last character, which carries less than a byte.
        let swapped = if token.starts_with('A') { "B" } else { "A" };
        guesses.extend([
            format!("{swapped}{}", &token[1..]),
            token[..42].to_owned(),
            format!("{token}A"),
            format!("{token}="),
            id.to_string(),
        ]);
    }
    guesses.extend(["%00", "'%20OR%20'1'='1", "%2e%2e%2f", "null", "undefined", "*", "0"].map(str::to_owned));
    let client = app.anonymous();
    for (n, guess) in guesses.iter().enumerate() {
        for kind in ["a", "c", "i", "d"] {
            let address = format!("198.51.{}.{}", n / 200, n % 200);
            let reply = Reply::of(client.request(Method::GET, &format!("/{kind}/{guess}")).header("x-forwarded-for", address)).await;
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "/{kind}/{guess}: {}", reply.text);
        }
    }
}
