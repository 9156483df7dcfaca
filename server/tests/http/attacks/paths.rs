//! Addresses that lead out: of the directory of the files, of the site, or of the line of a header.

use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::TestApp;
use crate::support::app::PASSWORD;

/// What the server answers to a path as it is written: clients tidy paths up before they ask.
async fn answer_to(app: &TestApp, path: &str) -> String {
    let mut line = TcpStream::connect(app.address.trim_start_matches("http://")).await.unwrap();
    line.write_all(format!("GET {path} HTTP/1.1\r\nhost: ringkey\r\nconnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut text = Vec::new();
    line.read_to_end(&mut text).await.unwrap();
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn no_path_leads_out_of_the_directory_of_the_files() {
    let app = TestApp::start().await;
    let ups = [
        "..",
        "%2e%2e",
        "%2E%2E",
        ".%2e",
        "..%2f..",
        "..%5c..",
        "..\\..",
        "%252e%252e",
        "%c0%ae%c0%ae",
        "....//",
        "..;",
        "..%00",
        "..%2f%2e%2e%2f..",
    ];
    let goals = ["Cargo.toml", "etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "app/src/lib.rs", ".git/config", ""];
    for up in ups {
        for goal in goals {
            for start in ["/pkg/", "/pkg//", "/", "/favicon.svg/", "/pkg/ringkey.js/"] {
                let path = format!("{start}{up}/{goal}");
                let answer = answer_to(&app, &path).await;
                let status: u16 = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
                assert!(matches!(status, 303 | 400 | 404), "{path}: {answer}");
                assert!(!answer.contains("root:") && !answer.contains("[workspace]") && !answer.contains("[core]"), "{path}: {answer}");
            }
        }
    }
    for path in [
        "/pkg/",
        "/pkg",
        "/pkg/.",
        "/pkg/..",
        "/.git/config",
        "/.env",
        "/app/migrations",
        "/pkg/%00",
        "/pkg//etc/passwd",
        "/pkg/%2fetc%2fpasswd",
    ] {
        let answer = answer_to(&app, path).await;
        assert!(answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 400"), "{path}: {answer}");
    }
}

/// What people are sent to after they have signed in, in every spelling of another site.
const ELSEWHERE: [&str; 18] = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%09/evil.example\n",
    "\t//evil.example",
    " //evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    ".evil.example",
    "http:evil.example",
    "/groups\r\nSet-Cookie: id=AAAAAAAAAAAAAAAAAAAAAA",
    "/groups\r\n\r\n<script>alert(1)</script>",
    "/\u{ff0f}evil.example",
];

#[tokio::test]
async fn signing_in_leads_to_no_other_site() {
    let app = TestApp::start().await;
    app.add_operator("ada", Role::Viewer).await;
    let client = app.anonymous();
    for next in ELSEWHERE {
        let reply = client.post_form("/sign-in", &[("name", "ada"), ("password", PASSWORD), ("next", next)]).await;
        assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/groups"), "{next:?}");
        assert_eq!(reply.cookies().len(), 1, "{next:?}: {:?}", reply.cookies());
    }
    // Nor does the address of the page itself, whoever has made it.
    for next in ELSEWHERE {
        let page = client.get(&format!("/sign-in?next={}", app::domain::query_string::encode(next))).await;
        assert_eq!(page.status, StatusCode::OK);
        for obeyed in
            ["<script>alert", "href=\"//", "href=\"javascript:", "href=\"https://evil", "action=\"//", "action=\"https:", "http-equiv"]
        {
            assert!(!page.text.contains(obeyed), "{next:?}: {obeyed}");
        }
    }
}

#[tokio::test]
async fn no_address_writes_into_the_headers_of_its_answer() {
    let app = TestApp::start().await;
    let viewer = app.sign_in_as(Role::Viewer).await;
    for path in [
        "/groups%0d%0aset-cookie:%20id=evil",
        "/accounts?q=%0d%0aset-cookie:%20id=evil",
        "/accounts/export.csv?column=%0d%0aset-cookie:%20id=evil&q=%0d%0a%0d%0aevil",
        "/a/%0d%0aset-cookie:%20id=evil",
        "/pkg/%0d%0aset-cookie:%20id=evil",
        "/sign-in?next=%2f%0d%0aset-cookie:%20id=evil",
    ] {
        for client in [&viewer, &app.anonymous()] {
            let reply = client.get(path).await;
            assert_eq!(reply.cookies(), [""; 0], "{path}");
        }
    }
}

#[tokio::test]
async fn the_name_of_a_file_is_chosen_by_nobody_but_us() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = crate::support::accounts::group(&app, "a\".csv; filename=evil.exe").await;
    for path in [format!("/accounts/export.csv?group={group}&filename=evil.exe&q=x"), "/batches/template.csv?name=evil.exe".to_owned()] {
        let file = operator.get(&path).await;
        let said = file.header("content-disposition");
        assert!(said.starts_with("attachment; filename=\"") && said.ends_with(".csv\"") && !said.contains("evil"), "{said}");
        assert_eq!(file.header("x-content-type-options"), "nosniff");
    }
    // A file name that was uploaded is a text.
    let profile = crate::batch_upload::profile(&app.pool).await;
    let id = uuid::Uuid::now_v7();
    let address = crate::batch_upload::address(id, group, profile, 1, 1)
        .replace("people.csv", "..%2f..%2fetc%2f%3Cscript%3Ealert(1)%3C%2fscript%3E%0d%0ax.csv");
    let reply = crate::batch_upload::send(&operator, &address, crate::batch_upload::sent(1, 0)).await;
    assert_eq!(crate::batch_upload::last(&reply), json!({ "done": 1 }), "{}", reply.text);
    for path in ["/batches".to_owned(), format!("/batches/{id}")] {
        let page = operator.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains("<script>alert"), "{path}");
    }
}
