//! Several servers on one database: each SMS goes once, however many send.

use app::domain::role::Role;
use futures::future::join_all;
use serde_json::json;
use uuid::Uuid;

use crate::outbox::account;
use crate::support::TestApp;
use crate::support::accounts::{created, group, pgsm};
use crate::support::fake_gateway::{Answer, FakeGateway};
use crate::support::gateways::{TAKEN, choose_kannel, in_states, queue};
use crate::support::until;

/// Two servers on one database, both sending through one gateway.
async fn two() -> (TestApp, TestApp, FakeGateway) {
    let gateway = FakeGateway::start(Answer::Whole(202, TAKEN.to_owned())).await;
    let one = TestApp::start().await;
    let other = TestApp::start_on(one.pool.clone(), &[]).await;
    choose_kannel(&one, &gateway.address()).await;
    (one, other, gateway)
}

#[tokio::test]
async fn five_clicks_of_two_operators_on_two_servers_are_one_sms() {
    let (one, other, gateway) = two().await;
    one.start_outbox();
    other.start_outbox();
    let first = one.sign_in_as(Role::Operator).await;
    let second = other.sign_in_as(Role::Admin).await;
    let id = account(&one, &first).await;
    let [of_first, of_second] = [Uuid::now_v7(), Uuid::now_v7()];
    let arguments = [of_first, of_second].map(|message| json!({ "message": message, "account": id, "kind": "activation" }));
    let clicks = (0..5).flat_map(|_| [first.call("send_sms", &arguments[0]), second.call("send_sms", &arguments[1])]);
    let replies = join_all(clicks).await;
    assert_eq!(replies.iter().filter(|reply| reply.status.is_success()).count(), 5, "{replies:?}");
    assert!(
        replies.iter().filter(|reply| !reply.status.is_success()).all(|reply| reply.text.contains("sent this account an Activation SMS"))
    );
    until(async || in_states(&one.pool, &["accepted"]).await == 1).await;
    // One that comes later has gone through both outboxes' queue: nothing else was in it.
    let draft = pgsm(group(&one, "Cantiere").await, &json!({ "username": "2086693380", "number": "+39 320 447 1903" }));
    let next = created(&first, &draft).await;
    assert!(first.call("send_sms", &json!({ "message": Uuid::now_v7(), "account": next, "kind": "activation" })).await.status.is_success());
    until(async || in_states(&one.pool, &["accepted"]).await == 2).await;
    assert!(gateway.numbers().values().all(|calls| *calls == 1), "{:?}", gateway.numbers());
    assert_eq!(gateway.calls().len(), 2);
}

#[tokio::test]
async fn ten_thousand_go_once_each_with_two_outboxes() {
    const COUNT: usize = 10_000;
    let (one, other, gateway) = two().await;
    queue(&one.pool, 10_000).await;
    one.start_outbox();
    other.start_outbox();
    // Two cores may have much else to do: each half has its time.
    for left in [5_000, 0] {
        until(async || in_states(&one.pool, &["queued", "sending"]).await <= left).await;
    }
    assert_eq!(in_states(&one.pool, &["accepted"]).await, 10_000);
    let numbers = gateway.numbers();
    assert_eq!(numbers.len(), COUNT);
    assert!(numbers.values().all(|calls| *calls == 1));
}
