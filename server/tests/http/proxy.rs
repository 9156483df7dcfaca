//! Two servers behind nginx, with the configuration that ships: what browsers see, what is believed, and what stands in its log.

use std::net::{IpAddr, Ipv4Addr};

use app::domain::role::Role;
use app::links::LinkKind;
use axum::Router;
use axum::routing::get;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::batch_upload::{address, last, profile, send, sent};
use crate::live::Listener;
use crate::support::accounts::{count, created, group, pgsm};
use crate::support::app::PASSWORD;
use crate::support::kamailio::free_port;
use crate::support::nginx::{HOST, Nginx};
use crate::support::{Client, Reply, TestApp, until};

const ONE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));

struct Behind {
    servers: [TestApp; 2],
    nginx: Nginx,
}

impl Behind {
    async fn start() -> Self {
        // Browsers leave the port out where it is 443; here it is another, and Origin is what the test says it is.
        let flags = ["--public-address", &format!("https://{HOST}"), "--trusted-proxy", "127.0.0.1"];
        let one = TestApp::start_with(&flags).await;
        let other = TestApp::start_on(one.pool.clone(), &flags).await;
        let nginx = Nginx::start(&[&one.address, &other.address]);
        Self { servers: [one, other], nginx }
    }

    fn app(&self) -> &TestApp {
        &self.servers[0]
    }

    /// Somebody who has signed in through the form.
    async fn signed_in(&self, role: Role) -> Client {
        self.app().add_operator("ada", role).await;
        let browser = self.nginx.browser(ONE);
        let reply = sign_in(&browser, &[]).await;
        assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/groups"), "{}", reply.text);
        browser
    }
}

/// As the form does, with these headers.
async fn sign_in(browser: &Client, headers: &[(&str, &str)]) -> Reply {
    try_as(browser, PASSWORD, headers).await
}

async fn try_as(browser: &Client, password: &str, headers: &[(&str, &str)]) -> Reply {
    let request = browser.request(Method::POST, "/sign-in").form(&[("name", "ada"), ("password", password), ("next", "")]);
    Reply::of(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

#[tokio::test]
async fn one_signs_in_with_a_cookie_for_this_host_alone_and_is_known_to_both_servers() {
    let behind = Behind::start().await;
    behind.app().add_operator("ada", Role::Viewer).await;
    let browser = behind.nginx.browser(ONE);
    let reply = sign_in(&browser, &[("origin", &format!("https://{HOST}"))]).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
    let cookie = reply.cookies().join("\n");
    assert!(cookie.starts_with("__Host-id=") && cookie.contains("; Secure") && cookie.contains("; HttpOnly"), "{cookie}");
    for _ in 0..6 {
        let page = browser.get("/groups").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.header("strict-transport-security").starts_with("max-age="), "{:?}", page.headers);
        assert!(!page.header("content-security-policy").is_empty() && !page.header("server").contains('/'), "{:?}", page.headers);
    }
    let foreign = sign_in(&behind.nginx.browser(ONE), &[("origin", "https://evil.example")]).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let foreign = Reply::of(browser.request(Method::POST, "/sign-out").header("sec-fetch-site", "cross-site")).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.get("/groups").await.status, StatusCode::OK);
}

#[tokio::test]
async fn plain_http_leads_to_https_and_nowhere_else() {
    let behind = Behind::start().await;
    let reply = behind.nginx.plain_browser().get("/accounts?q=a%20b").await;
    assert_eq!((reply.status, reply.location()), (StatusCode::MOVED_PERMANENTLY, &*format!("https://{HOST}/accounts?q=a%20b")));
    let request = behind.nginx.plain_browser().request(Method::GET, "/groups").header("host", "evil.example");
    assert_eq!(Reply::of(request).await.location(), format!("https://{HOST}/groups"));
}

#[tokio::test]
async fn limits_count_the_visitor_and_not_the_proxy_nor_what_the_visitor_invents() {
    let behind = Behind::start().await;
    behind.app().add_operator("ada", Role::Viewer).await;
    let browser = behind.nginx.browser(ONE);
    for n in 0..3 {
        let invented = format!("198.51.100.{n}");
        let headers = [("x-forwarded-for", &*invented), ("forwarded", "for=198.51.100.9"), ("x-real-ip", "198.51.100.8")];
        assert_eq!(try_as(&browser, "a password that is wrong", &headers).await.status, StatusCode::UNAUTHORIZED);
    }
    let refused = try_as(&browser, "a password that is wrong", &[("x-forwarded-for", "198.51.100.7")]).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let keys: Vec<String> = sqlx::query_scalar("SELECT key FROM sign_in_limits").fetch_all(&behind.app().pool).await.unwrap();
    assert!(keys.iter().any(|key| key.contains(&ONE.to_string())), "{keys:?}");
    assert!(!keys.iter().any(|key| key.contains("198.51.100") || key.contains("127.0.0.1")), "{keys:?}");
    assert_eq!(sign_in(&behind.nginx.browser(OTHER), &[]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_changes_is_told_at_once_and_the_line_stays_open() {
    let behind = Behind::start().await;
    let browser = behind.signed_in(Role::Operator).await;
    let account = created(&browser, &pgsm(group(behind.app(), "Milano").await, &json!({}))).await;
    let mut page = Listener::open(&browser).await;
    for enabled in [false, true] {
        let reply = browser.call("enable_account", &json!({ "id": account, "enabled": enabled })).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        page.until_told(account).await;
    }
}

#[tokio::test]
async fn a_large_file_goes_through_and_is_not_kept_back() {
    let behind = Behind::start().await;
    let browser = behind.signed_in(Role::Operator).await;
    let (milano, profile) = (group(behind.app(), "Milano").await, profile(&behind.app().pool).await);
    // Descriptions of 500 signs, three bytes each: more than 20 MB.
    let rows = sent(14_000, 0).replace("a \"\"note\"\"", &"€".repeat(500));
    assert!(rows.len() > 20 * 1024 * 1024, "{}", rows.len());
    let reply = send(&browser, &address(Uuid::now_v7(), milano, profile, 14_000, 14_000), rows).await;
    assert_eq!((reply.status, last(&reply)), (StatusCode::OK, json!({ "done": 14_000 })));
    assert_eq!(count(behind.app()).await, 14_000);

    let to = address(Uuid::now_v7(), milano, profile, 1, 1);
    let too_large = browser.request(Method::POST, &to).body(vec![b'x'; 65 * 1024 * 1024]);
    assert_eq!(Reply::of(too_large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let elsewhere = browser.request(Method::POST, "/api/list_accounts").body(vec![b'x'; 2 * 1024 * 1024]);
    assert_eq!(Reply::of(elsewhere).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn no_link_and_no_search_stands_in_the_log() {
    let behind = Behind::start().await;
    let browser = behind.signed_in(Role::Operator).await;
    let account = created(&browser, &pgsm(group(behind.app(), "Milano").await, &json!({}))).await;
    let message = Uuid::now_v7();
    let sms = json!({ "message": message, "account": account, "kind": "activation" });
    assert_eq!(browser.call("send_sms", &sms).await.status, StatusCode::OK);
    let link: Uuid =
        sqlx::query_scalar("SELECT link_id FROM messages WHERE id = $1").bind(message).fetch_one(&behind.app().pool).await.unwrap();
    let token = behind.app().state.service.keys.link_token(link);
    let path = LinkKind::Activation.address("", &token).expose().to_owned();
    let visitor = behind.nginx.browser(OTHER);
    assert_eq!(visitor.get(&path).await.status, StatusCode::OK);
    assert_eq!(behind.nginx.plain_browser().get(&path).await.status, StatusCode::MOVED_PERMANENTLY);
    for path in ["/i/secret-of-i", "/c/secret-of-c", "/d/secret-of-d", "/receipts/kannel/secret-message/secret-of-receipts?x=secret-query"]
    {
        visitor.get(path).await;
    }
    visitor.post_form("/i/secret-of-i/download", &[]).await;
    Reply::of(visitor.request(Method::GET, "/messages?q=Montanari").header("referer", "https://ringkey.test/a/secret-referer")).await;
    // A line is written when its request has ended.
    until(async || behind.nginx.logs().contains("/messages")).await;
    let logs = behind.nginx.logs();
    assert!(!logs.contains(token.expose()) && !logs.contains("secret") && !logs.contains("Montanari"), "{logs}");
    for line in ["GET /a/- 200", "GET /a/- 301", "POST /i/- ", "GET /receipts/- ", "POST /api/send_sms 200", "GET /messages 303"] {
        assert!(logs.contains(line), "{line} in {logs}");
    }
}

#[tokio::test]
async fn a_server_that_is_gone_is_left_out() {
    let flags = ["--public-address", &format!("https://{HOST}"), "--trusted-proxy", "127.0.0.1"];
    let one = TestApp::start_with(&flags).await;
    // A port on which nobody listens.
    let gone = format!("http://127.0.0.1:{}", free_port());
    let nginx = Nginx::start(&[&gone, &one.address]);
    let browser = nginx.browser(ONE);
    for _ in 0..5 {
        assert_eq!(browser.get("/readyz").await.status, StatusCode::OK);
        assert_eq!(browser.post_form("/sign-in", &[("name", "nobody"), ("password", "")]).await.status.as_u16() / 100, 4);
    }
}

/// A page of the new release, whose script is asked for from a server of the old one.
#[tokio::test]
async fn while_servers_are_replaced_scripts_are_found_on_those_that_have_them() {
    let serve = async |router: Router| {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        (address, tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }))
    };
    let (old, old_server) = serve(Router::new()).await;
    let (new, new_server) = serve(Router::new().route("/pkg/ringkey.new.js", get(async || "new"))).await;
    let nginx = Nginx::start(&[&old, &new]);
    let browser = nginx.browser(ONE);
    for _ in 0..4 {
        assert_eq!(browser.get("/pkg/ringkey.new.js").await.text, "new");
        assert_eq!(browser.get("/pkg/ringkey.unknown.js").await.status, StatusCode::NOT_FOUND);
    }
    old_server.abort();
    new_server.abort();
}
