//! Bodies that are too large, or become so.

use app::domain::batch::FILE_MAX;
use app::domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use super::requests::{Callers, Sent, Stock, changed, everything};
use crate::batch_upload::{address, profile};
use crate::support::accounts::{count, group};
use crate::support::{Reply, TestApp};

/// Ten megabytes of zeros as gzip has them: a stored first byte, and then copies of it, 258 at a time.
fn bomb() -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    let mut push = |value: u32, count: u32| bits.extend((0..count).map(|n| value >> n & 1 == 1));
    // The last block, with the fixed codes of RFC 1951 section 3.2.6. Codes go from their highest bit on.
    push(0b1, 1);
    push(0b01, 2);
    // The letter 0 is 00110000.
    for bit in [0, 0, 1, 1, 0, 0, 0, 0] {
        push(bit, 1);
    }
    for _ in 0..40_000 {
        // The longest copy is 11000101, of the letter before, which is 00000.
        for bit in [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0] {
            push(bit, 1);
        }
    }
    for _ in 0..7 {
        push(0, 1);
    }
    let deflated = bits.chunks(8).map(|byte| byte.iter().enumerate().fold(0_u8, |all, (n, bit)| all | u8::from(*bit) << n));
    [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255].into_iter().chain(deflated).chain([0; 8]).collect()
}

#[tokio::test]
async fn what_is_compressed_is_not_unpacked() {
    let app = TestApp::start().await;
    let callers = Callers::new(&app).await;
    let stock = Stock::new(&app.pool).await;
    let before = everything(&app.pool).await;
    let bomb = bomb();
    assert!(bomb.len() < 80_000);
    let to = address(Uuid::now_v7(), stock.group, stock.profile, 1, 1);
    for (path, kind) in [
        (to.as_str(), "text/csv"),
        ("/batches/numbers", "text/plain"),
        ("/api/create_group", "application/json"),
        ("/groups/new", "application/x-www-form-urlencoded"),
        ("/sign-in", "application/x-www-form-urlencoded"),
    ] {
        for encoding in ["gzip", "deflate", "br", "zstd", "gzip, gzip"] {
            let request =
                callers.of(Role::Admin).request(Method::POST, path).header("content-encoding", encoding).header("content-type", kind);
            let reply = Reply::of(request.body(bomb.clone())).await;
            let is_refused = reply.status.is_client_error() || reply.text.contains("no batch as this page sends it");
            assert!(is_refused, "{path} {encoding}: {} {}", reply.status, reply.text);
        }
    }
    assert_eq!(changed(&before, &everything(&app.pool).await), [""; 0]);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_with_a_sentence() {
    let app = TestApp::start().await;
    let callers = Callers::new(&app).await;
    let stock = Stock::new(&app.pool).await;
    let before = everything(&app.pool).await;
    let much = "x".repeat(600 * 1024);
    for (method, pattern) in server::router::addresses().into_iter().filter(|(method, _)| *method == Method::POST) {
        let Some(mut asked) = stock.asked(&method, &pattern) else { continue };
        match &mut asked.sent {
            Sent::Json(arguments) => arguments["id"] = json!(much),
            Sent::Form(fields) => fields.push(("name".into(), much.clone())),
            Sent::Text(_) | Sent::Nothing => continue,
        }
        let reply = Reply::of(asked.by(callers.of(Role::Admin))).await;
        assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE, "{pattern}: {}", reply.text);
        assert!(reply.text.contains("This is more than Ringkey takes at once."), "{pattern}: {}", reply.text);
        if pattern.starts_with("/api/") {
            assert!(reply.json()["Refused"].is_string(), "an error that the page understands");
        }
    }
    for (path, kind) in [("/sign-in", "application/x-www-form-urlencoded"), ("/batches/numbers", "text/plain")] {
        let body = if path == "/sign-in" { format!("name={much}") } else { "1\n".repeat(2_000_000) };
        let reply = Reply::of(callers.of(Role::Admin).request(Method::POST, path).header("content-type", kind).body(body)).await;
        assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        assert!(reply.text.contains("This is more than Ringkey takes at once."), "{path}: {}", reply.text);
    }
    assert_eq!(changed(&before, &everything(&app.pool).await), [""; 0]);
}

#[tokio::test]
async fn a_body_without_a_length_is_counted_as_it_comes() {
    let app = TestApp::start().await;
    let mut line = TcpStream::connect(app.address.trim_start_matches("http://")).await.unwrap();
    let head =
        "POST /sign-in HTTP/1.1\r\nhost: ringkey\r\ncontent-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n";
    line.write_all(head.as_bytes()).await.unwrap();
    let piece = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let mut sent = 0;
    // It hangs up long before somebody has sent a gigabyte.
    while sent < 16 * 1024 && line.write_all(piece.as_bytes()).await.is_ok() {
        sent += 1;
    }
    let mut answer = Vec::new();
    let _ = line.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(sent < 1_000, "{sent} pieces were taken");
    // Whether the answer still arrives is up to the kernel, which drops it when more comes in.
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn a_batch_that_does_not_end_is_given_up() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let (milano, profile) = (group(&app, "Milano").await, profile(&app.pool).await);
    // One cell without an end, which no limit of a row may let grow; and lines that are none.
    for piece in [format!("8,{}", "x".repeat(60_000)), "\"".repeat(60_000), "\n".repeat(60_000), "\0".repeat(60_000)] {
        let ask = operator.request(Method::POST, &address(Uuid::now_v7(), milano, profile, 1, 1)).build().unwrap();
        let head = format!(
            "POST {}?{} HTTP/1.1\r\nhost: ringkey\r\ncookie: {}\r\ntransfer-encoding: chunked\r\n\r\n",
            ask.url().path(),
            ask.url().query().unwrap(),
            ask.headers()["cookie"].to_str().unwrap()
        );
        let mut line = TcpStream::connect(app.address.trim_start_matches("http://")).await.unwrap();
        line.write_all(head.as_bytes()).await.unwrap();
        let piece = format!("{:x}\r\n{piece}\r\n", piece.len());
        let (most, mut sent) = (6 * FILE_MAX, 0);
        // It hangs up once that is no batch, or more than the largest.
        while sent < most && line.write_all(piece.as_bytes()).await.is_ok() {
            sent += piece.len();
        }
        assert!(sent < most, "{sent} bytes were taken");
        let mut answer = Vec::new();
        let _ = line.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.contains("\"done\""), "{answer}");
    }
    assert_eq!(count(&app).await, 0);
}

#[tokio::test]
async fn json_that_nests_without_end_breaks_nothing() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    for body in [
        "[".repeat(200_000),
        "{\"a\":".repeat(80_000),
        format!("{{\"id\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000)),
        "1e999999999".to_owned(),
        "\"\\ud800\"".to_owned(),
    ] {
        for call in ["create_group", "list_accounts", "change_accounts"] {
            let request = admin.request(Method::POST, &format!("/api/{call}")).header("content-type", "application/json");
            let reply = Reply::of(request.body(body.clone())).await;
            assert_eq!((reply.status, reply.text.as_str()), (StatusCode::BAD_REQUEST, "\"BadRequest\""), "{call}");
        }
    }
}
