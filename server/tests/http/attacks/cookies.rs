//! Cookies that no browser of ours sends.

use app::domain::role::Role;
use reqwest::{Method, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::requests::Stock;
use crate::support::{Client, Reply, TestApp};

/// The value of the session cookie of somebody who is signed in.
async fn session(app: &TestApp) -> String {
    let request = app.sign_in_as(Role::Viewer).await.request(Method::GET, "/").build().unwrap();
    request.headers()["cookie"].to_str().unwrap().split_once('=').unwrap().1.to_owned()
}

async fn groups_with(app: &TestApp, cookie: &str) -> Reply {
    Client::new(&app.address, Some(cookie.to_owned())).get("/groups").await
}

fn is_sent_away(reply: &Reply) -> bool {
    reply.status == StatusCode::SEE_OTHER && reply.location() == "/sign-in?next=%2Fgroups"
}

#[tokio::test]
async fn an_id_of_which_a_character_was_changed_is_nobodys() {
    let app = TestApp::start().await;
    let id = session(&app).await;
    // The last two carry only part of a byte: some of their spellings are the same number.
    for at in 0..id.len() - 1 {
        let changed: String = id.chars().enumerate().map(|(n, c)| if n == at { if c == 'A' { 'B' } else { 'A' } } else { c }).collect();
        assert!(is_sent_away(&groups_with(&app, &format!("id={changed}")).await), "at {at}");
    }
    for other in [
        "",
        "=",
        "A",
        "' OR 1=1 --",
        "%00",
        "../../etc/passwd",
        "id",
        &id[..21],
        &format!("{id}A"),
        &id.to_lowercase(),
        &format!("{id}.{id}"),
    ] {
        let reply = groups_with(&app, &format!("id={other}")).await;
        assert!(is_sent_away(&reply), "{other:?}: {} {}", reply.status, reply.text);
    }
    assert_eq!(groups_with(&app, &format!("id={id}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn cookies_of_any_size_and_number_neither_open_nor_break_anything() {
    let app = TestApp::start().await;
    let id = session(&app).await;
    let many: String = (0..2_000).map(|n| format!("c{n}={n}; ")).collect();
    for (cookie, is_in) in [
        (format!("id={}", "A".repeat(7_000)), false),
        (format!("{many}id={id}"), true),
        (format!("{many}id=A"), false),
        (format!("id=\"{id}\""), false),
        (format!("ID={id}"), false),
        (format!("__Host-id={id}"), false),
        (format!("id ={id}"), true),
        (";;;===;; ; =".to_owned(), false),
    ] {
        let reply = groups_with(&app, &cookie).await;
        let start: String = cookie.chars().take(30).collect();
        if reply.status != StatusCode::OK {
            assert!(is_sent_away(&reply), "{start}: {} {}", reply.status, reply.text);
        }
        assert!(is_in || reply.status != StatusCode::OK, "{start}");
    }
    // More than a server reads of a head at all.
    for cookie in [format!("id={}", "A".repeat(600_000)), many.repeat(30)] {
        let mut line = TcpStream::connect(app.address.trim_start_matches("http://")).await.unwrap();
        let request = format!("GET /groups HTTP/1.1\r\nhost: ringkey\r\ncookie: {cookie}\r\n\r\n");
        // It may hang up in the middle.
        let _ = line.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = line.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    assert_eq!(app.anonymous().get("/sign-in").await.status, StatusCode::OK);
}

#[tokio::test]
async fn of_two_session_cookies_at_most_a_valid_one_counts() {
    let app = TestApp::start().await;
    let id = session(&app).await;
    for (cookie, may_be_in) in [
        (format!("id=AAAAAAAAAAAAAAAAAAAAAA; id={id}"), true),
        (format!("id={id}; id=AAAAAAAAAAAAAAAAAAAAAA"), true),
        (format!("id={id}; id={id}"), true),
        ("id=AAAAAAAAAAAAAAAAAAAAAA; id=AAAAAAAAAAAAAAAAAAAAAB".to_owned(), false),
    ] {
        let reply = groups_with(&app, &cookie).await;
        assert!(is_sent_away(&reply) || (may_be_in && reply.status == StatusCode::OK), "{} {}", reply.status, reply.text);
    }
    // In two lines, too, and as bytes that are no text.
    let client = app.anonymous();
    let two = client.request(Method::GET, "/groups").header("cookie", "id=A").header("cookie", "id=B");
    assert!(is_sent_away(&Reply::of(two).await));
    let bytes = client.request(Method::GET, "/groups").header("cookie", &b"id=\xff\xfe\x80"[..]);
    assert!(is_sent_away(&Reply::of(bytes).await));
}

#[tokio::test]
async fn behind_https_the_cookie_of_a_phones_page_is_for_https_and_for_its_page_alone() {
    let app = TestApp::start_with(&["--public-address", "https://ringkey.example.com"]).await;
    let operator = Client::new(&app.address, Some(format!("__Host-id={}", session(&app).await)));
    sqlx::query("UPDATE operators SET role = 'operator'").execute(&app.pool).await.unwrap();
    let group = Stock::new(&app.pool).await.group;
    let account = crate::support::accounts::created(&operator, &crate::support::accounts::pgsm(group, &serde_json::json!({}))).await;
    let link = operator.call("copy_activation_link", &serde_json::json!({ "account": account })).await.json();
    let path = link["address"].as_str().unwrap().strip_prefix("https://ringkey.example.com").unwrap().to_owned();
    let pressed = Reply::of(app.anonymous().request(Method::POST, &path)).await;
    assert_eq!(pressed.status, StatusCode::OK, "{}", pressed.text);
    let cookies = pressed.cookies().join("\n");
    assert!(cookies.starts_with("__Secure-ringkey-phone=") && cookies.contains("; Secure") && cookies.contains(&format!("; Path={path};")));
    assert!(cookies.contains("; HttpOnly") && cookies.contains("; SameSite=Strict") && !cookies.contains("Domain"));
    // The browser that has pressed comes back.
    let value = cookies.split(';').next().unwrap();
    assert!(Client::new(&app.address, Some(value.to_owned())).get(&path).await.text.contains("/c/"));
    assert!(!app.anonymous().get(&path).await.text.contains("/c/"));
}
