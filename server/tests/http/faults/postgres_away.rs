//! Postgres is gone, or there and silent. Everybody is told so in seconds, what was typed is kept, and once it is back the same
//! server goes on, with the same sessions and the same open pages.

use app::domain::role::Role;
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;

use super::{Ground, UNAVAILABLE, assert_calm, kept, soon};
use crate::live::Listener;
use crate::plain_forms::form;
use crate::support::accounts::{SIP_PASSWORD, create, created, group, pgsm};
use crate::support::fake_gateway::{Answer, FakeGateway};
use crate::support::gateways::{TAKEN, choose_kannel, in_states, queue_one, told};
use crate::support::until;

const PAGES: [&str; 8] =
    ["/groups", "/accounts", "/accounts/new", "/registered", "/messages", "/batches", "/profiles", "/accounts/export.csv"];
const CALLS: [&str; 3] = ["list_groups", "list_profiles", "suggest_username"];

#[tokio::test]
async fn postgres_is_stopped() {
    away(|ground| ground.cluster.stop(), |ground| ground.cluster.start()).await;
}

#[tokio::test]
async fn postgres_hangs() {
    away(|ground| ground.cluster.hang(), |ground| ground.cluster.wake()).await;
}

async fn away(go: impl FnOnce(&mut Ground), come_back: impl FnOnce(&mut Ground)) {
    let mut ground = Ground::new().await;
    let (operator, anybody) = (ground.operator().await, ground.app.anonymous());
    let group_id = group(&ground.app, "Ufficio").await;
    let stored = created(&operator, &pgsm(group_id, &json!({ "username": "3204", "number": "3204" }))).await;
    let mut page = Listener::open(&operator).await;
    // Two SMSes are at the gateway, which answers while the database is away.
    let gateway = FakeGateway::start(Answer::Held(202, TAKEN.to_owned())).await;
    choose_kannel(&ground.app, &gateway.address()).await;
    let sms = queue_one(&ground.app.pool).await;
    until(async || gateway.calls().len() == 1).await;

    go(&mut ground);
    gateway.let_go();
    let ready = async { assert_eq!(soon(anybody.get("/readyz")).await.status, StatusCode::SERVICE_UNAVAILABLE) };
    let alive = async { assert_eq!(soon(anybody.get("/healthz")).await.status, StatusCode::OK) };
    let pages = join_all(PAGES.map(async |address| {
        let reply = soon(operator.get(address)).await;
        assert_calm(&reply, UNAVAILABLE);
        assert!(reply.text.contains(&format!("href=\"{address}\"")), "the same page can be tried again: {}", reply.text);
    }));
    let calls = join_all(CALLS.map(async |call| assert_calm(&soon(operator.call(call, &json!({}))).await, UNAVAILABLE)));
    let draft = pgsm(group_id, &json!({ "username": "777", "number": "777", "owner": "Ada" }));
    let (id, typed) = (Uuid::now_v7(), Uuid::now_v7().to_string());
    let this = json!({ "id": id, "draft": draft });
    let saving = async { assert_calm(&soon(operator.call("create_account", &this)).await, UNAVAILABLE) };
    let group_text = group_id.to_string();
    let fields = form(&typed, &group_text, &[("owner", "Zoë \"<b>\" & Co"), ("description", "one\r\ntwo")]);
    let posting = async { soon(operator.post_form("/accounts/new", &fields)).await };
    let public = async {
        let reply = soon(anybody.get("/a/nobody-has-made-this")).await;
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(reply.text.contains("<h1"), "{}", reply.text);
    };
    let entering = async {
        let reply = soon(anybody.post_form("/sign-in", &[("name", "ada"), ("password", "four words of a test")])).await;
        assert_calm(&reply, UNAVAILABLE);
        assert!(reply.text.contains("value=\"ada\""), "{}", reply.text);
    };
    let ((), (), _, _, (), refused, (), ()) = tokio::join!(ready, alive, pages, calls, saving, posting, public, entering);
    assert_calm(&refused, UNAVAILABLE);
    let mut again = kept(&refused.text);
    assert!(!refused.text.contains(SIP_PASSWORD) && refused.text.contains("passwords have to be typed anew"), "{}", refused.text);
    assert!(again.contains(&("description".to_owned(), "one\r\ntwo".to_owned())), "{again:?}");

    come_back(&mut ground);
    ground.until_ready().await;
    // The session goes on, and so does the page that was open.
    assert_eq!(operator.get("/accounts").await.status, StatusCode::OK);
    assert!(operator.call("enable_account", &json!({ "id": stored, "enabled": false })).await.status.is_success());
    page.until_told_or_asked_for_everything(stored).await;
    // The same again is done once, however often.
    for _ in 0..2 {
        assert!(operator.call("create_account", &this).await.status.is_success());
    }
    assert_eq!(ground.ask::<i64>("SELECT count(*) FROM accounts WHERE username = '777'").await, 1);
    // What was kept lacks only the password.
    let pairs = |fields: &[(String, String)]| -> Vec<(String, String)> { fields.to_vec() };
    let asked = operator.post_pairs("/accounts/new", &pairs(&again)).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", asked.text);
    assert!(asked.text.contains("Zoë &quot;&lt;b&gt;&quot; &amp; Co"), "{}", asked.text);
    again.extend(["password", "repeat_password"].map(|name| (name.to_owned(), SIP_PASSWORD.to_owned())));
    assert_eq!(operator.post_pairs("/accounts/new", &again).await.status, StatusCode::SEE_OTHER);
    let owner: String = ground.ask(&format!("SELECT owner FROM accounts WHERE id = '{typed}'")).await;
    assert_eq!(owner, "Zoë \"<b>\" & Co");
    // The SMS that was taken meanwhile is known to be, and those that follow go out.
    until(async || told(&ground.app.pool, sms).await.0 == "accepted").await;
    let next = queue_one(&ground.app.pool).await;
    until(async || told(&ground.app.pool, next).await.0 == "accepted").await;
    assert_eq!((gateway.calls().len(), in_states(&ground.app.pool, &["accepted"]).await), (2, 2));
}

#[tokio::test]
async fn postgres_comes_and_goes_and_what_was_confirmed_stays() {
    let mut ground = Ground::new().await;
    let operator = ground.operator().await;
    let group = group(&ground.app, "Ufficio").await;
    let mut confirmed = Vec::new();
    for round in 0..super::rounds(4, 40) {
        let wishes: Vec<_> = (0..10)
            .map(|n| pgsm(group, &json!({ "username": format!("1{round:02}{n:02}"), "number": format!("1{round:02}{n:02}") })))
            .collect();
        let saved = join_all(wishes.iter().map(|draft| create(&operator, draft)));
        let (saved, ()) = tokio::join!(saved, async {
            tokio::time::sleep(std::time::Duration::from_millis(7 * round as u64)).await;
            ground.cluster.stop();
            ground.cluster.start();
        });
        for ((id, reply), draft) in saved.into_iter().zip(&wishes) {
            if !reply.status.is_success() {
                assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{}", reply.text);
                ground.until_ready().await;
                let again = operator.call("create_account", &json!({ "id": id, "draft": draft })).await;
                assert!(again.status.is_success(), "{}", again.text);
            }
            confirmed.push(id);
        }
    }
    let there: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM accounts ORDER BY id").fetch_all(&ground.app.pool).await.unwrap();
    confirmed.sort_unstable();
    assert_eq!(there, confirmed);
    let entries: i64 = ground.ask("SELECT count(*) FROM audit_log WHERE action = 'created' AND subject_kind = 'account'").await;
    assert_eq!(entries, confirmed.len() as i64);
    assert_eq!(ground.app.sign_in_as(Role::Viewer).await.get("/accounts").await.status, StatusCode::OK);
}
