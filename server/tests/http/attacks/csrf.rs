//! Another site makes a signed-in browser act.

use app::access::{Access, access};
use app::domain::role::Role;
use axum::http::Method;
use reqwest::{RequestBuilder, StatusCode};

use super::requests::{Asked, Callers, Sent, Stock, changed, everything, plain};
use crate::support::{Reply, TestApp};

/// Everything that a signed-in browser can do by a POST, and signing in itself.
fn posts(stock: &Stock) -> Vec<Asked> {
    let all = server::router::addresses();
    let closed = all
        .iter()
        .filter(|(method, pattern)| *method == Method::POST && access(method, &plain(pattern)).is_some_and(|asks| asks != Access::Public));
    let sign_in = Sent::Form(vec![("name".into(), "admin".into()), ("password".into(), "wrong".into())]);
    let sign_in = Asked { method: Method::POST, path: "/sign-in".into(), sent: sign_in };
    closed.map(|(method, pattern)| stock.asked(method, pattern).unwrap()).chain([sign_in]).collect()
}

/// What browsers say of a request that another site has caused, in every form.
fn foreign(address: &str) -> Vec<Vec<(&'static str, String)>> {
    let port = address.rsplit(':').next().unwrap();
    let origins = [
        "null".to_owned(),
        "https://evil.example".to_owned(),
        format!("{address}.evil.example"),
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1:{}", port.parse::<u16>().unwrap().wrapping_add(1)),
        "http://127.0.0.1".to_owned(),
        format!("{address}@evil.example"),
        format!("https://evil.example/?{address}"),
        "file://".to_owned(),
        "chrome-extension://abcdefghijklmnop".to_owned(),
    ];
    let sites = ["cross-site", "same-site", "nonsense"].map(|site| vec![("sec-fetch-site", site.to_owned())]);
    let both = [vec![("sec-fetch-site", "cross-site".to_owned()), ("origin", "https://evil.example".to_owned())]];
    origins.into_iter().map(|origin| vec![("origin", origin)]).chain(sites).chain(both).collect()
}

async fn answer_of(request: RequestBuilder, headers: &[(&'static str, String)]) -> Reply {
    Reply::of(headers.iter().fold(request, |request, (name, value)| request.header(*name, value))).await
}

#[tokio::test]
async fn no_other_origin_makes_a_signed_in_browser_change_anything() {
    let app = TestApp::start().await;
    let callers = Callers::new(&app).await;
    let stock = Stock::new(&app.pool).await;
    let before = everything(&app.pool).await;
    for asked in posts(&stock) {
        for headers in foreign(&app.address) {
            let reply = answer_of(asked.by(callers.of(Role::Admin)), &headers).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{} {headers:?}: {}", asked.path, reply.text);
            assert!(reply.text.contains("came from another site"), "{} {headers:?}: {}", asked.path, reply.text);
        }
    }
    assert_eq!(changed(&before, &everything(&app.pool).await), [""; 0]);
}

#[tokio::test]
async fn the_cookie_goes_with_no_request_of_another_site_whatever_headers_are_missing() {
    // A browser that says neither where a request comes from nor what kind it is keeps to SameSite, which is the second lock.
    let app = TestApp::start_with(&["--public-address", "https://ringkey.example.com"]).await;
    app.add_operator("ada", Role::Viewer).await;
    let signed_in = app.anonymous().post_form("/sign-in", &[("name", "ada"), ("password", crate::support::app::PASSWORD)]).await;
    let cookies = signed_in.cookies();
    assert!(cookies.iter().all(|cookie| cookie.contains("SameSite=Strict")) && !cookies.is_empty(), "{}", cookies.len());
}

#[tokio::test]
async fn an_origin_is_compared_with_the_public_address_and_not_with_the_host_that_was_asked_for() {
    let app = TestApp::start_with(&["--public-address", "https://ringkey.example.com"]).await;
    let client = app.anonymous();
    for (origin, status) in
        [("https://ringkey.example.com", StatusCode::UNAUTHORIZED), ("https://ringkey.example.com:8443", StatusCode::FORBIDDEN)]
    {
        let request = client.request(Method::POST, "/sign-in").header("origin", origin).form(&[("name", "ada"), ("password", "wrong")]);
        assert_eq!(Reply::of(request).await.status, status, "{origin}");
    }
}

#[tokio::test]
async fn a_change_that_is_written_into_an_address_is_not_made() {
    let app = TestApp::start().await;
    let callers = Callers::new(&app).await;
    let stock = Stock::new(&app.pool).await;
    let before = everything(&app.pool).await;
    for asked in posts(&stock).iter().filter(|asked| asked.path != "/sign-in") {
        let pairs: Vec<(String, String)> = match &asked.sent {
            Sent::Form(fields) => fields.clone(),
            Sent::Json(arguments) => arguments
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
                .collect(),
            _ => continue,
        };
        for method in [Method::GET, Method::HEAD] {
            let request = callers.of(Role::Admin).request(method.clone(), &asked.path).query(&pairs);
            let reply = Reply::of(request).await;
            if asked.path.starts_with("/api/") {
                assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {}", asked.path);
            }
            assert_ne!(reply.status, StatusCode::SEE_OTHER, "{method} {}", asked.path);
        }
    }
    assert_eq!(changed(&before, &everything(&app.pool).await), [""; 0]);
}

#[tokio::test]
async fn the_bodies_that_a_foreign_form_can_send_are_no_arguments() {
    let app = TestApp::start().await;
    let callers = Callers::new(&app).await;
    let stock = Stock::new(&app.pool).await;
    let before = everything(&app.pool).await;
    for asked in posts(&stock).iter().filter(|asked| !asked.path.starts_with("/batches/") && asked.path != "/sign-out") {
        let text = match &asked.sent {
            Sent::Json(arguments) => arguments.to_string(),
            Sent::Form(fields) => fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\r\n"),
            _ => continue,
        };
        let boundary = "---------------------------9051914041544843365972754266";
        let parts = match &asked.sent {
            Sent::Form(fields) => fields
                .iter()
                .map(|(name, value)| format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"))
                .collect::<String>(),
            _ => format!("--{boundary}\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n{text}\r\n"),
        };
        let mut kinds = vec![
            (Some("text/plain".to_owned()), text.clone()),
            (Some(format!("multipart/form-data; boundary={boundary}")), format!("{parts}--{boundary}--\r\n")),
            (None, text.clone()),
        ];
        if asked.path.starts_with("/api/") {
            kinds.push((Some("application/x-www-form-urlencoded".to_owned()), text.clone()));
            kinds.push((Some("text/plain; application/json".to_owned()), text));
        }
        for (kind, body) in kinds {
            let request = callers.of(Role::Admin).request(Method::POST, &asked.path);
            let request = kind.iter().fold(request, |request, kind| request.header("content-type", kind));
            let reply = Reply::of(request.body(body)).await;
            assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{} {kind:?}: {}", asked.path, reply.text);
            assert!(reply.text.contains("BadRequest") || reply.text.contains("was not understood"), "{}: {}", asked.path, reply.text);
        }
    }
    assert_eq!(changed(&before, &everything(&app.pool).await), [""; 0]);
}

#[tokio::test]
async fn a_method_in_a_header_or_a_field_is_not_listened_to() {
    let app = TestApp::start().await;
    let callers = Callers::new(&app).await;
    let stock = Stock::new(&app.pool).await;
    let admin = callers.of(Role::Admin);
    let before = everything(&app.pool).await;
    for header in ["x-http-method-override", "x-http-method", "x-method-override"] {
        for (method, path) in [
            (Method::GET, format!("/groups/{}/edit?_method=POST&name=x&version=1", stock.group)),
            (Method::GET, "/api/delete_account".to_owned()),
            (Method::GET, format!("/accounts/{}?_method=DELETE", stock.account)),
            (Method::HEAD, "/sign-out?_method=POST".to_owned()),
        ] {
            for over in ["POST", "DELETE", "PUT"] {
                Reply::of(admin.request(method.clone(), &path).header(header, over)).await;
            }
        }
    }
    assert_eq!(changed(&before, &everything(&app.pool).await), [""; 0]);
    assert_eq!(admin.get("/groups").await.status, StatusCode::OK, "the session goes on");
    // And a POST with such a header is a POST, which other sites cannot make.
    let request = stock.asked(&Method::POST, "/api/delete_account").unwrap().by(admin);
    let reply = Reply::of(request.header("x-http-method-override", "GET").header("origin", "https://evil.example")).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn no_other_origin_may_read_an_answer() {
    let app = TestApp::start().await;
    let callers = Callers::new(&app).await;
    let admin = callers.of(Role::Admin);
    for (method, path) in [
        (Method::GET, "/groups"),
        (Method::OPTIONS, "/groups"),
        (Method::OPTIONS, "/api/list_groups"),
        (Method::GET, "/accounts/export.csv"),
    ] {
        let request =
            admin.request(method.clone(), path).header("origin", "https://evil.example").header("access-control-request-method", "POST");
        let reply = Reply::of(request).await;
        assert!(!reply.headers.keys().any(|name| name.as_str().starts_with("access-control-")), "{method} {path}: {:?}", reply.headers);
        assert_eq!(reply.header("cross-origin-resource-policy"), "same-origin", "{method} {path}");
    }
}
