//! A gateway that has fallen into wrong hands, asked by the outbox as the program runs it. What a single call does is in
//! `gateways_faults.rs`.

use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::fake_gateway::{Answer, FakeGateway};
use crate::support::gateways::{TAKEN, choose_kannel, choose_twilio, draft, queue_one, told};
use crate::support::kannel::PASSWORD;
use crate::support::{TestApp, until};

async fn until_unknown(app: &TestApp, message: uuid::Uuid) -> String {
    until(async || told(&app.pool, message).await.0 == "unknown").await;
    told(&app.pool, message).await.1
}

#[tokio::test]
async fn a_redirect_to_an_address_inside_reaches_nobody_there() {
    let inside = FakeGateway::start(Answer::Whole(202, TAKEN.to_owned())).await;
    for status in [302, 307] {
        let gateway = FakeGateway::start(Answer::RedirectTo(status, format!("{}/latest/meta-data", inside.address()))).await;
        for kannel in [true, false] {
            let app = TestApp::start().await;
            if kannel {
                choose_kannel(&app, &gateway.address()).await
            } else {
                choose_twilio(&app, &gateway.address()).await
            }
            app.start_outbox();
            let reason = until_unknown(&app, queue_one(&app.pool).await).await;
            assert!(reason.contains("redirect"), "{reason}");
            assert!(!reason.contains("meta-data") && !reason.contains(PASSWORD), "{reason}");
        }
    }
    assert_eq!(inside.calls().len(), 0);
}

#[tokio::test]
async fn an_answer_of_a_gigabyte_is_given_up_after_some_kilobytes() {
    for encoding in [None, Some("gzip"), Some("br"), Some("deflate")] {
        let gateway = FakeGateway::start(Answer::Gigabyte(encoding)).await;
        let app = TestApp::start().await;
        choose_kannel(&app, &gateway.address()).await;
        app.start_outbox();
        let reason = until_unknown(&app, queue_one(&app.pool).await).await;
        assert!(reason.contains("far too long"), "{encoding:?}: {reason}");
        let given = gateway.given();
        assert!(given < 16 * 1024 * 1024, "{given} bytes were taken, those in the buffers of the connection among them");
    }
}

#[tokio::test]
async fn what_a_gateway_says_is_shown_as_text() {
    let app = TestApp::start().await;
    let words = "3: <script>alert(1)</script> \u{1b}[31m\r\n2026-01-01 INFO forged";
    let gateway = FakeGateway::start(Answer::Whole(403, words.to_owned())).await;
    choose_kannel(&app, &gateway.address()).await;
    app.start_outbox();
    let message = queue_one(&app.pool).await;
    until(async || told(&app.pool, message).await.0 != "queued" && told(&app.pool, message).await.0 != "sending").await;
    let page = app.sign_in_as(Role::Viewer).await.get("/messages").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains("<script>alert") && !page.text.contains('\u{1b}'), "{}", page.text);
}

#[tokio::test]
async fn an_address_that_is_none_of_a_gateway_is_not_stored() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    for url in [
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "javascript:alert(1)",
        "http://user:pass@10.0.0.1/",
        "http://127.0.0.1:13013/cgi-bin/sendsms?to=1",
        "http://127.0.0.1/#x",
        "http://evil.example\r\nX-Header: 1/",
        "http://[::1",
        "//evil.example/",
        "unix:///run/postgresql",
    ] {
        let (version, typed) =
            draft(&app, &json!({ "kind": "kannel", "kannel_url": url, "kannel_username": "ringkey", "kannel_password": PASSWORD })).await;
        let refused = admin.call("save_gateway", &json!({ "version": version, "draft": typed })).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{url}");
        assert!(refused.json()["InvalidGateway"]["kannel_url"].is_string(), "{url}: {}", refused.text);
    }
}
