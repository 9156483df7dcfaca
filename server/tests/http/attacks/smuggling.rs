//! Requests of which two readers might think differently where they end.

use std::time::Duration;

use reqwest::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::TestApp;

/// Sends these bytes and hangs up; gives the statuses of all answers.
async fn statuses(app: &TestApp, bytes: &str) -> Vec<String> {
    let mut line = TcpStream::connect(app.address.trim_start_matches("http://")).await.unwrap();
    line.write_all(bytes.as_bytes()).await.unwrap();
    let _ = line.shutdown().await;
    let mut text = Vec::new();
    let _ = timeout(Duration::from_secs(20), line.read_to_end(&mut text)).await.expect("it is answered");
    let text = String::from_utf8_lossy(&text);
    text.match_indices("HTTP/1.").map(|(at, _)| text[at + 9..].chars().take(3).collect()).collect()
}

/// A request hidden in the body of another; it would be answered 200, and nothing else here is.
const HIDDEN: &str = "GET /healthz HTTP/1.1\r\nhost: ringkey\r\n\r\n";

fn posted(headers: &str, body: &str) -> String {
    format!("POST /sign-in HTTP/1.1\r\nhost: ringkey\r\ncontent-type: application/x-www-form-urlencoded\r\n{headers}\r\n{body}")
}

#[tokio::test]
async fn a_request_that_hides_in_the_body_of_another_is_not_answered() {
    let app = TestApp::start().await;
    let length = HIDDEN.len();
    for (name, bytes) in [
        (
            "a length and pieces, as one piece",
            posted("content-length: 4\r\ntransfer-encoding: chunked\r\n", &format!("{length:x}\r\n{HIDDEN}\r\n0\r\n\r\n")),
        ),
        (
            "pieces before the length",
            posted("transfer-encoding: chunked\r\ncontent-length: 4\r\n", &format!("{length:x}\r\n{HIDDEN}\r\n0\r\n\r\n")),
        ),
        ("two lengths", posted(&format!("content-length: 0\r\ncontent-length: {length}\r\n"), HIDDEN)),
        ("two lengths in one", posted(&format!("content-length: 0, {length}\r\n"), HIDDEN)),
        ("a length with a sign", posted(&format!("content-length: +{length}\r\n"), HIDDEN)),
        ("a length below nothing", posted("content-length: -1\r\n", HIDDEN)),
        ("a length in hexadecimal", posted(&format!("content-length: 0x{length:x}\r\n"), HIDDEN)),
        ("a length beyond numbers", posted("content-length: 99999999999999999999999999\r\n", HIDDEN)),
        ("pieces in disguise", posted("transfer-encoding: xchunked\r\n", &format!("0\r\n\r\n{HIDDEN}"))),
        ("pieces, and then something", posted("transfer-encoding: chunked, identity\r\n", &format!("0\r\n\r\n{HIDDEN}"))),
        ("a blank before the colon", posted("transfer-encoding : chunked\r\n", &format!("0\r\n\r\n{HIDDEN}"))),
        ("a folded line", posted("x-a: b\r\n transfer-encoding: chunked\r\n", &format!("0\r\n\r\n{HIDDEN}"))),
        ("a carriage return alone", posted("x-a: b\rtransfer-encoding: chunked\r\n", &format!("0\r\n\r\n{HIDDEN}"))),
        ("a NUL in a header", posted("x-a: b\0c\r\n", HIDDEN)),
        ("a piece beyond numbers", posted("transfer-encoding: chunked\r\n", &format!("fffffffffffffffff\r\n{HIDDEN}"))),
        ("a piece of no number", posted("transfer-encoding: chunked\r\n", &format!("zz\r\n{HIDDEN}"))),
        ("a piece with a sign", posted("transfer-encoding: chunked\r\n", &format!("-1\r\n{HIDDEN}"))),
    ] {
        let answered = statuses(&app, &bytes).await;
        assert!(!answered.contains(&"200".to_owned()), "{name}: {answered:?}");
        assert!(answered.len() <= 1, "{name}: {answered:?}");
    }
}

#[tokio::test]
async fn with_a_length_and_pieces_the_pieces_say_where_a_request_ends() {
    let app = TestApp::start().await;
    // As RFC 9112 section 6.3 has it: by its length the hidden request would be the body's.
    let body = "name=ada&password=x";
    let pieces = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let bytes = posted(&format!("content-length: {}\r\ntransfer-encoding: chunked\r\n", pieces.len() + HIDDEN.len()), &pieces) + HIDDEN;
    let answered = statuses(&app, &bytes).await;
    assert_eq!(answered.first().map(String::as_str), Some("401"), "{answered:?}");
    assert!(answered.len() == 1 || answered[1] == "200", "what follows is a request of its own, or the line was closed: {answered:?}");
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_harms_nobody() {
    let app = TestApp::start().await;
    for bytes in [
        "\x16\x03\x01\x02\x00\x01\x00\x01\u{fc}\x03\x03",
        "GET /groups\r\n\r\n",
        "GET  /groups HTTP/1.1\r\n\r\n",
        "GET /groups HTTP/9.9\r\nhost: ringkey\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET http://evil.example/healthz HTTP/1.1\r\n\r\n",
        "CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example\r\n\r\n",
        "TRACE / HTTP/1.1\r\nhost: ringkey\r\ncookie: id=A\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nhost: ringkey\r\n\r\n",
        "\r\n\r\n\r\n",
        "GET /\0groups HTTP/1.1\r\nhost: ringkey\r\n\r\n",
    ] {
        let answered = statuses(&app, bytes).await;
        assert!(answered.iter().all(|status| status != "500"), "{bytes:?}: {answered:?}");
    }
    let long = format!("GET /{} HTTP/1.1\r\nhost: ringkey\r\n\r\n", "a".repeat(100_000));
    assert!(statuses(&app, &long).await.iter().all(|status| matches!(status.as_str(), "404" | "414" | "431" | "400")));
    let many = format!("GET /healthz HTTP/1.1\r\nhost: ringkey\r\n{}\r\n", "x-a: b\r\n".repeat(2_000));
    assert!(statuses(&app, &many).await.iter().all(|status| status == "431"));
    assert_eq!(app.anonymous().get("/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_header_of_a_proxy_that_is_not_trusted_changes_neither_host_nor_way() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.example;proto=https"),
        ("x-original-url", "/settings"),
        ("x-rewrite-url", "/settings"),
        ("x-forwarded-prefix", "/evil"),
    ] {
        let page = crate::support::Reply::of(client.request(reqwest::Method::GET, "/sign-in").header(name, value)).await;
        assert_eq!(page.status, StatusCode::OK, "{name}");
        assert!(!page.text.contains("evil"), "{name}: {}", page.text);
        let sent = crate::support::Reply::of(client.request(reqwest::Method::GET, "/groups").header(name, value)).await;
        assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/sign-in?next=%2Fgroups"), "{name}");
    }
}

#[tokio::test]
async fn a_trace_is_not_echoed() {
    let app = TestApp::start().await;
    for path in ["/", "/sign-in", "/api/list_groups", "/healthz"] {
        let request = app.anonymous().request(reqwest::Method::TRACE, path).header("x-secret", "told-to-nobody");
        let reply = crate::support::Reply::of(request).await;
        assert!(reply.status.is_client_error() && !reply.text.contains("told-to-nobody"), "{path}: {} {}", reply.status, reply.text);
    }
}
