//! A real Kamailio with what Ringkey ships, and real phones: who may register, what Ringkey sees of it, and who is called.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use app::accounts::digests::Digests;
use app::activation::db::PhoneFacts;
use app::domain::account_type::SecurityModel;
use app::domain::digest_algorithm::DigestAlgorithm;
use app::domain::media_encryption::MediaEncryption;
use app::domain::role::Role;
use app::domain::transport::Transport;
use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::accounts::{SIP_PASSWORD, created, group, pgsm, snom};
use crate::support::baresip::Baresip;
use crate::support::kamailio::{DOMAIN, Kamailio, Wishes};
use crate::support::linphone::Linphone;
use crate::support::provisioning::Provisioning;
use crate::support::sipp::Phone;
use crate::support::{Client, TestApp, until};

/// A service with a desk phone that may register from everywhere.
struct Service {
    app: TestApp,
    operator: Client,
    group: Uuid,
    id: Uuid,
}

const USERNAME: &str = "3204";

impl Service {
    async fn start() -> Self {
        let app = TestApp::start().await;
        let group = group(&app, "Milano").await;
        let operator = app.sign_in_as(Role::Operator).await;
        let id = created(&operator, &desk_phone(group, USERNAME)).await;
        Self { app, operator, group, id }
    }

    async fn add(&self, username: &str, changes: serde_json::Value) -> Uuid {
        let mut draft = desk_phone(self.group, username);
        for (name, value) in changes.as_object().unwrap() {
            draft[name] = value.clone();
        }
        created(&self.operator, &draft).await
    }

    async fn call(&self, function: &str, arguments: serde_json::Value) {
        let reply = self.operator.call(function, &arguments).await;
        assert!(reply.status.is_success(), "{function}: {}", reply.text);
    }
}

fn desk_phone(group: Uuid, username: &str) -> serde_json::Value {
    snom(group, &json!({ "username": username, "number": username, "keep_alive": false, "deny": "", "permit": "", "mac": "" }))
}

async fn status(pool: &PgPool, username: &str) -> String {
    sqlx::query_scalar("SELECT last_status FROM accounts WHERE username = $1").bind(username).fetch_one(pool).await.unwrap()
}

async fn online(pool: &PgPool, username: &str) -> bool {
    let query = "SELECT EXISTS (SELECT FROM sip.registrations WHERE username = $1 AND expires > extract(epoch FROM now()))";
    sqlx::query_scalar(query).bind(username).fetch_one(pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_registers_the_moment_its_account_is_saved() {
    let service = Service::start().await;
    let kamailio = Kamailio::start(&service.app.pool).await;
    let phone = Phone::new(USERNAME, SIP_PASSWORD);
    phone.register(&kamailio, 200);
    // The answer comes after the row: there is nothing to wait for.
    assert_eq!(status(&service.app.pool, USERNAME).await, "connected");
    assert!(online(&service.app.pool, USERNAME).await);
    Phone { expires: 0, ..phone }.register(&kamailio, 200);
    assert!(!online(&service.app.pool, USERNAME).await);
    assert_eq!(status(&service.app.pool, USERNAME).await, "connected");

    service.add("3205", json!({})).await;
    Phone { over_tcp: true, ..Phone::new("3205", SIP_PASSWORD) }.register(&kamailio, 200);
    assert_eq!(status(&service.app.pool, "3205").await, "connected");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_must_not_come_in_is_refused() {
    let service = Service::start().await;
    let kamailio = Kamailio::start(&service.app.pool).await;
    Phone::new(USERNAME, "Another-Kettle").register(&kamailio, 403);
    Phone::new("99999", SIP_PASSWORD).register(&kamailio, 403);
    Phone::new("32o4", SIP_PASSWORD).register(&kamailio, 403);

    service.call("enable_account", json!({ "id": service.id, "enabled": false })).await;
    Phone::new(USERNAME, SIP_PASSWORD).register(&kamailio, 403);
    service.call("enable_account", json!({ "id": service.id, "enabled": true })).await;
    Phone::new(USERNAME, SIP_PASSWORD).register(&kamailio, 200);
    service.call("delete_account", json!({ "id": service.id })).await;
    Phone::new(USERNAME, SIP_PASSWORD).register(&kamailio, 403);
    assert!(!kamailio.log().contains(SIP_PASSWORD), "the log holds a password");

    // Made by the wizard: nobody knows its password, and it is not enabled.
    let waiting = pgsm(service.group, &json!({ "username": "3300", "number": "3300" }));
    let id = created(&service.operator, &waiting).await;
    sqlx::query("UPDATE accounts SET enabled = false, awaits_activation = true WHERE id = $1")
        .bind(id)
        .execute(&service.app.pool)
        .await
        .unwrap();
    Phone::new("3300", SIP_PASSWORD).register(&kamailio, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_judged_by_deny_and_permit() {
    let service = Service::start().await;
    let kamailio = Kamailio::start(&service.app.pool).await;
    service.add("3205", json!({ "deny": "0.0.0.0/0.0.0.0", "permit": "127.0.0.2/255.255.255.255" })).await;
    service.add("3206", json!({ "deny": "127.0.0.2" })).await;
    for (username, from, expected) in [
        ("3205", "127.0.0.1", 403),
        ("3205", "127.0.0.2", 200),
        ("3205", "127.0.0.3", 403),
        ("3206", "127.0.0.2", 403),
        ("3206", "127.0.0.3", 200),
    ] {
        Phone { from, ..Phone::new(username, SIP_PASSWORD) }.register(&kamailio, expected);
    }
    // A denied address learns nothing about the password.
    Phone { from: "127.0.0.3", ..Phone::new("3205", "Another-Kettle") }.register(&kamailio, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_is_the_only_one_at_once() {
    let service = Service::start().await;
    let kamailio = Kamailio::start(&service.app.pool).await;
    Phone::new(USERNAME, SIP_PASSWORD).register(&kamailio, 200);
    let draft = snom(
        service.group,
        &json!({
            "username": USERNAME, "number": USERNAME, "keep_alive": false, "deny": "", "permit": "", "mac": "",
            "password": "Another-Kettle", "repeat_password": "Another-Kettle"
        }),
    );
    service.call("update_account", json!({ "id": service.id, "version": 1, "draft": draft })).await;
    assert!(!online(&service.app.pool, USERNAME).await);
    until(async || kamailio.knows(USERNAME).is_empty()).await;
    Phone::new(USERNAME, SIP_PASSWORD).register(&kamailio, 403);
    Phone::new(USERNAME, "Another-Kettle").register(&kamailio, 200);
    assert!(!kamailio.knows(USERNAME).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_is_dropped_is_forgotten_and_may_come_back() {
    let service = Service::start().await;
    let kamailio = Kamailio::start(&service.app.pool).await;
    let phone = Phone::new(USERNAME, SIP_PASSWORD);
    phone.register(&kamailio, 200);
    assert!(!kamailio.knows(USERNAME).is_empty());
    sqlx::query("SELECT sip.drop_registrations($1)").bind(USERNAME).execute(&service.app.pool).await.unwrap();
    until(async || kamailio.knows(USERNAME).is_empty()).await;
    phone.register(&kamailio, 200);
    assert!(online(&service.app.pool, USERNAME).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_away_is_found_again() {
    let service = Service::start().await;
    let kamailio = Kamailio::start(&service.app.pool).await;
    let phone = Phone::new(USERNAME, SIP_PASSWORD);
    phone.register(&kamailio, 200);
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ringkey_sip' AND datname = current_database()";
    sqlx::query(end).execute(&service.app.pool).await.unwrap();
    phone.register(&kamailio, 200);
    assert!(online(&service.app.pool, USERNAME).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_phone_calls_another_by_its_number() {
    let service = Service::start().await;
    service.add("3205", json!({ "number": "+39 320 447 1902" })).await;
    let kamailio = Kamailio::start(&service.app.pool).await;
    let callee = Baresip::start(&kamailio, "3205", SIP_PASSWORD, "tcp");
    until(async || online(&service.app.pool, "3205").await).await;
    let mut caller = Baresip::start(&kamailio, USERNAME, SIP_PASSWORD, "udp");
    until(async || online(&service.app.pool, USERNAME).await).await;
    caller.dial("00393204471902");
    // Who is called sees the number of the caller.
    callee.says(&format!("answering call on line 1 from sip:{USERNAME}@{DOMAIN}")).await;
    callee.says("Call established").await;
    caller.says("Call established").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_beyond_the_limit_are_refused() {
    let service = Service::start().await;
    service.add("3205", json!({ "call_limit": "9" })).await;
    service.add("3206", json!({})).await;
    let kamailio = Kamailio::start(&service.app.pool).await;
    let callee = Phone::new("3205", SIP_PASSWORD);
    callee.register(&kamailio, 200);
    let answering = callee.answer(&kamailio);
    // Two calls are the limit of a new account.
    let first = Phone::new(USERNAME, SIP_PASSWORD).call(&kamailio, "3205", 4000);
    let second = Phone::new(USERNAME, SIP_PASSWORD).call(&kamailio, "3205", 4000);
    until(async || kamailio.calls(USERNAME) == 2).await;
    Phone::new(USERNAME, SIP_PASSWORD).call_refused(&kamailio, "3205", 403);
    // It is as busy for who calls it.
    Phone::new("3206", SIP_PASSWORD).call_refused(&kamailio, USERNAME, 486);
    first.succeeds();
    second.succeeds();
    Phone::new(USERNAME, SIP_PASSWORD).call(&kamailio, "3205", 10).succeeds();
    assert_eq!([USERNAME, "3205", "3206"].map(|username| kamailio.calls(username)), [0, 0, 0]);
    drop(answering);

    Phone::new(USERNAME, SIP_PASSWORD).call_refused(&kamailio, "3299", 404);
    // Known, but not online.
    Phone::new("3205", SIP_PASSWORD).call_refused(&kamailio, "3206", 480);
    // Disabled, and so not known any more.
    sqlx::query("UPDATE accounts SET enabled = false WHERE username = '3206'").execute(&service.app.pool).await.unwrap();
    Phone::new("3205", SIP_PASSWORD).call_refused(&kamailio, "3206", 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_asks_for_keep_alive_is_pinged_and_at_its_interval() {
    let service = Service::start().await;
    service.add("3205", json!({ "keep_alive": true })).await;
    let kamailio = Kamailio::start_with(&service.app.pool, Wishes { keep_alive: 2, ..Wishes::default() }).await;
    let (quiet, pinged) = (Phone::new(USERNAME, SIP_PASSWORD), Phone::new("3205", SIP_PASSWORD));
    let [quiet, pinged] = [quiet, pinged].map(|phone| {
        phone.register(&kamailio, 200);
        // sipp is gone, and what comes for its phone comes here.
        let socket = UdpSocket::bind((phone.from, phone.port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        socket
    });
    let mut packet = [0; 2000];
    let mut next = || {
        pinged.recv(&mut packet).unwrap();
        assert!(packet.starts_with(b"OPTIONS "), "{}", String::from_utf8_lossy(&packet));
        Instant::now()
    };
    let first = next();
    let second = next();
    let interval = second - first;
    assert!(interval > Duration::from_millis(1500) && interval < Duration::from_millis(3500), "{interval:?}");
    quiet.set_nonblocking(true).unwrap();
    assert!(quiet.recv(&mut [0; 2000]).is_err(), "who has not asked is pinged");
}

#[tokio::test(flavor = "multi_thread")]
async fn keep_alive_reaches_phones_over_tcp_and_tls() {
    let service = Service::start().await;
    service.add("3205", json!({ "keep_alive": true })).await;
    service.add("3206", json!({ "keep_alive": true })).await;
    let kamailio = Kamailio::start_with(&service.app.pool, Wishes { keep_alive: 2, ..Wishes::default() }).await;
    let _baresip = Baresip::start(&kamailio, "3205", SIP_PASSWORD, "tcp");
    let (_provisioning, _linphone) = linphone(&kamailio, "3206", DigestAlgorithm::Md5).await;
    for username in ["3205", "3206"] {
        // It knows the round trip of a ping that was answered.
        until(async || kamailio.knows(username).lines().any(|line| line.contains("KA-Roundtrip") && !line.ends_with(": 0"))).await;
    }
}

/// A Linphone with this account, over TLS.
async fn linphone(kamailio: &Kamailio, username: &str, digest: DigestAlgorithm) -> (Provisioning, Linphone) {
    let phone = PhoneFacts {
        username: username.to_owned(),
        number: username.to_owned(),
        owner: None,
        sip_host: "localhost".to_owned(),
        sip_port: kamailio.tls_port,
        transport: Transport::Tls,
        digest,
        expires_seconds: 600,
        media_encryption: MediaEncryption::Enforced,
        security: SecurityModel::Sdes,
        obfuscation_key: None,
    };
    let provisioning = Provisioning::start(phone, Digests::new(username, DOMAIN, SIP_PASSWORD)).await;
    let linphone = Linphone::start_trusting(&provisioning.link(), &kamailio.certificate());
    (provisioning, linphone)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_linphone_registers_over_tls_with_either_digest() {
    let service = Service::start().await;
    for digest in DigestAlgorithm::ALL {
        let wishes = Wishes { sha256: digest == DigestAlgorithm::Sha256, ..Wishes::default() };
        let kamailio = Kamailio::start_with(&service.app.pool, wishes).await;
        let (_provisioning, _linphone) = linphone(&kamailio, USERNAME, digest).await;
        until(async || online(&service.app.pool, USERNAME).await).await;
        let (socket, client): (String, String) =
            sqlx::query_as("SELECT socket, user_agent FROM sip.registrations").fetch_one(&service.app.pool).await.unwrap();
        assert!(socket.starts_with("tls:") && client.contains("Linphone"), "{socket} {client}");
        sqlx::query("SELECT sip.drop_registrations($1)").bind(USERNAME).execute(&service.app.pool).await.unwrap();
    }
}
