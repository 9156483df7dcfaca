//! The outbox and its gateway: what a real Kannel does with an SMS, and what is told of one whose gateway has a bad day.

use std::net::TcpListener;
use std::time::Duration;

use app::domain::gateway::GatewayKind;
use app::domain::role::Role;
use app::gateways::http::{Http, Limits};
use app::messages::outbox::Outbox;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use reqwest::{Method, StatusCode};
use serde_json::json;
use sha1::Sha1;
use uuid::Uuid;

use crate::outbox::{account, send, state};
use crate::support::fake_gateway::{Answer, FakeGateway};
use crate::support::gateways::{TAKEN, TWILIO_TOKEN, choose, choose_kannel, choose_twilio, queue_one, told};
use crate::support::kannel::{Kannel, NO_ROUTE, Part};
use crate::support::{Reply, TestApp, until};

async fn until_told(app: &TestApp, message: Uuid, wanted: &str, words: &str) {
    until(async || {
        let (state, reason) = told(&app.pool, message).await;
        state == wanted && reason.contains(words)
    })
    .await;
}

/// A fake gateway with which an app sends by Kannel's protocol.
async fn with_fake(answer: Answer) -> (TestApp, FakeGateway) {
    let (app, gateway) = (TestApp::start().await, FakeGateway::start(answer).await);
    choose_kannel(&app, &gateway.address()).await;
    (app, gateway)
}

fn taken() -> Answer {
    Answer::Whole(202, TAKEN.to_owned())
}

#[tokio::test]
async fn a_real_kannel_gets_the_link_with_its_text_and_its_receipt_turns_it_to_delivered() {
    let (app, kannel) = (TestApp::start().await, Kannel::start().await);
    choose_kannel(&app, &kannel.url()).await;
    app.start_outbox();
    let operator = app.sign_in_as(Role::Operator).await;
    sqlx::query("UPDATE provisioning_profiles SET activation_text = 'Perché no, {owner}? 1+1 & 2%: {link}'")
        .execute(&app.pool)
        .await
        .unwrap();
    let message = send(&operator, account(&app, &operator).await, "activation").await;
    until(async || state(&app, message).await == "delivered").await;
    let parts = kannel.parts();
    let link: Uuid = sqlx::query_scalar("SELECT link_id FROM messages WHERE id = $1").bind(message).fetch_one(&app.pool).await.unwrap();
    let address = format!("{}/a/{}", app.address, app.state.service.keys.link_token(link).expose());
    assert_eq!(Part::gsm7(&parts), format!("Perché no, Chiara Montanari? 1+1 & 2%: {address}"));
    assert!(parts.iter().all(|part| part.to == "+393204471902" && part.from == "Ringkey"), "{parts:?}");
}

#[tokio::test]
async fn a_kannel_that_is_down_gets_it_once_it_is_up_and_one_that_refuses_says_why() {
    let (app, mut kannel) = (TestApp::start().await, Kannel::start().await);
    choose_kannel(&app, &kannel.url()).await;
    kannel.kill().await;
    app.start_outbox();
    let message = queue_one(&app.pool).await;
    until_told(&app, message, "queued", "Kannel cannot be reached.").await;
    kannel.restart().await;
    until(async || state(&app, message).await == "delivered").await;
    assert_eq!(kannel.parts().len(), 1);

    sqlx::query(
        "INSERT INTO messages (id, kind, number, text, coding, parts, give_up_at, operator_name)
                 VALUES ($1, 'test', $2, 'x', 'gsm7', 1, now() + interval '1 day', 'a test')",
    )
    .bind(message_to_nowhere())
    .bind([NO_ROUTE, "1234567"].concat())
    .execute(&app.pool)
    .await
    .unwrap();
    app.state.service.outbox.notify_one();
    until_told(&app, message_to_nowhere(), "failed", "refused the message").await;
    assert_eq!(kannel.parts().len(), 1);
}

const fn message_to_nowhere() -> Uuid {
    Uuid::from_u128(7)
}

#[tokio::test]
async fn a_gateway_that_hangs_leaves_it_unknown_and_nobody_sends_it_again() {
    let (app, gateway) = with_fake(Answer::Nothing).await;
    let hasty = Http::new(Limits { whole: Duration::from_millis(500), ..Limits::default() }).unwrap();
    let outbox = Outbox { pool: app.pool.clone(), service: app.state.service.clone(), http: hasty };
    tokio::spawn(outbox.run(std::future::pending()));
    let message = queue_one(&app.pool).await;
    until_told(&app, message, "unknown", "did not answer in time").await;
    // Another one goes through meanwhile, which shows that the outbox had every chance to send the first again.
    gateway.answer(taken());
    let other = queue_one(&app.pool).await;
    until(async || state(&app, other).await == "accepted").await;
    assert_eq!((gateway.calls().len(), state(&app, message).await.as_str()), (2, "unknown"));
}

#[tokio::test]
async fn nonsense_is_unknown_and_what_says_that_nothing_was_sent_is_tried_again() {
    for (answer, wanted, words) in [
        (Answer::Whole(202, "<html>".to_owned()), "unknown", "answered what it should not (202)"),
        (Answer::Whole(500, String::new()), "unknown", "answered what it should not (500)"),
        (Answer::Redirect(307), "unknown", "redirect"),
        (Answer::Broken, "unknown", "broke off"),
        (Answer::Whole(400, "Too long".to_owned()), "failed", "Kannel refused the message: Too long"),
        (Answer::Whole(403, "Authorization failed for sendsms".to_owned()), "queued", "did not accept the user name"),
        (Answer::Whole(503, "Temporal failure, try again later.".to_owned()), "queued", "takes no messages at the moment"),
    ] {
        let (app, gateway) = with_fake(answer).await;
        app.start_outbox();
        let message = queue_one(&app.pool).await;
        until_told(&app, message, wanted, words).await;
        gateway.answer(taken());
        if wanted == "queued" {
            until(async || state(&app, message).await == "accepted").await;
        } else {
            let other = queue_one(&app.pool).await;
            until(async || state(&app, other).await == "accepted").await;
            assert_eq!((gateway.calls().len(), state(&app, message).await.as_str()), (2, wanted), "{words}");
        }
    }
}

#[tokio::test]
async fn another_gateway_holds_from_the_next_sms_and_gets_what_still_waits() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let app = TestApp::start().await;
    choose_kannel(&app, &nowhere).await;
    app.start_outbox();
    let message = queue_one(&app.pool).await;
    until_told(&app, message, "queued", "cannot be reached").await;
    let gateway = FakeGateway::start(taken()).await;
    // Far from its turn: the new settings are the reason to try it at once.
    sqlx::query("UPDATE messages SET next_try_at = now() + interval '5 minutes' WHERE state = 'queued'").execute(&app.pool).await.unwrap();
    choose_kannel(&app, &gateway.address()).await;
    until(async || state(&app, message).await == "accepted").await;
    choose(&app, &json!({ "kind": "development" })).await;
    let other = queue_one(&app.pool).await;
    app.state.service.outbox.notify_one();
    until(async || state(&app, other).await == "accepted").await;
    assert_eq!(gateway.calls().len(), 1);
}

#[tokio::test]
async fn a_secret_that_another_key_has_sealed_is_asked_for() {
    let (app, gateway) = with_fake(taken()).await;
    sqlx::query(
        "UPDATE sms_settings SET kannel_password_sealed = set_byte(kannel_password_sealed, 30, 1 # get_byte(kannel_password_sealed, 30))",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    app.start_outbox();
    let message = queue_one(&app.pool).await;
    until_told(&app, message, "queued", "The stored password of Kannel cannot be read with this server’s key. Type it anew in Settings.")
        .await;
    choose_kannel(&app, &gateway.address()).await;
    until(async || state(&app, message).await == "accepted").await;
}

#[tokio::test]
async fn a_link_that_was_withdrawn_and_an_account_that_is_gone_are_not_sent() {
    let (app, gateway) = with_fake(taken()).await;
    let operator = app.sign_in_as(Role::Operator).await;
    let id = account(&app, &operator).await;
    let message = send(&operator, id, "installation").await;
    sqlx::query("UPDATE account_links SET replaced_at = now()").execute(&app.pool).await.unwrap();
    app.start_outbox();
    until_told(&app, message, "failed", "Its link was withdrawn before the SMS was sent.").await;
    // Its turn comes after the account is gone.
    sqlx::query("UPDATE sms_settings SET kannel_url = 'http://127.0.0.1:9/'").execute(&app.pool).await.unwrap();
    let message = send(&operator, id, "activation").await;
    until_told(&app, message, "queued", "cannot be reached").await;
    assert!(operator.call("delete_account", &json!({ "id": id })).await.status.is_success());
    until_told(&app, message, "failed", "The account was deleted before the SMS was sent.").await;
    assert_eq!(gateway.calls().len(), 0);
}

#[tokio::test]
async fn what_was_not_sent_for_a_day_is_given_up_and_not_sent_late() {
    let (app, gateway) = with_fake(taken()).await;
    let message = queue_one(&app.pool).await;
    let shift =
        "UPDATE messages SET give_up_at = now() - interval '1 second', next_try_at = now() - interval '1 day', reason = 'Last words.'";
    sqlx::query(shift).execute(&app.pool).await.unwrap();
    app.start_outbox();
    until_told(&app, message, "failed", "It could not be sent in time and is not tried any more. Last words.").await;
    assert_eq!(gateway.calls().len(), 0);
}

#[tokio::test]
async fn a_receipt_for_an_sms_that_waits_ends_its_way() {
    let (app, gateway) = with_fake(Answer::Whole(401, String::new())).await;
    app.start_outbox();
    let message = queue_one(&app.pool).await;
    until_told(&app, message, "queued", "did not accept").await;
    let token = app.state.service.keys.receipt_token(GatewayKind::Kannel, message);
    let reply = app.anonymous().get(&format!("/receipts/kannel/{message}/{}?type=1&status=&foreign=1", token.expose())).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    gateway.answer(taken());
    let other = queue_one(&app.pool).await;
    until(async || state(&app, other).await == "accepted").await;
    assert_eq!(state(&app, message).await, "delivered");
}

fn signature(token: &str, url: &str, fields: &[(&str, &str)]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(url.as_bytes());
    let mut fields = fields.to_vec();
    fields.sort_unstable();
    fields.iter().for_each(|(name, value)| mac.update([*name, *value].concat().as_bytes()));
    STANDARD.encode(mac.finalize().into_bytes())
}

#[tokio::test]
async fn twilio_is_believed_when_it_signs() {
    let sid = "SM0123456789abcdef0123456789abcdef";
    let gateway = FakeGateway::start(Answer::Whole(201, format!(r#"{{"sid":"{sid}","status":"queued"}}"#))).await;
    let app = TestApp::start().await;
    choose_twilio(&app, &gateway.address()).await;
    app.start_outbox();
    let message = queue_one(&app.pool).await;
    until(async || state(&app, message).await == "accepted").await;
    let address = gateway.calls()[0].form["StatusCallback"].clone();
    let fields = [("MessageSid", sid), ("MessageStatus", "undelivered"), ("ErrorCode", "30003")];
    let post = async |address: &str, signed: &str| {
        let path = address.strip_prefix(&app.address).unwrap();
        let request = app.anonymous().request(Method::POST, path).form(&fields);
        Reply::of(if signed.is_empty() { request } else { request.header("x-twilio-signature", signed) }).await.status
    };
    assert_eq!(post(&address, "").await, StatusCode::FORBIDDEN);
    assert_eq!(post(&address, &signature("another token", &address, &fields)).await, StatusCode::FORBIDDEN);
    assert_eq!(post(&address, &signature(TWILIO_TOKEN, &address, &fields[1..])).await, StatusCode::FORBIDDEN);
    let guessed = address.replace(address.rsplit('/').next().unwrap(), "guessed");
    assert_eq!(post(&guessed, &signature(TWILIO_TOKEN, &guessed, &fields)).await, StatusCode::NOT_FOUND);
    // What Twilio was told opens no door that asks for no signature.
    assert_eq!(app.anonymous().get(&address.replace(&app.address, "").replace("twilio", "kannel")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(state(&app, message).await, "accepted");
    // Another gateway sends by now, and Twilio still reports on what it was given.
    choose(&app, &json!({ "kind": "development" })).await;
    assert_eq!(post(&address, &signature(TWILIO_TOKEN, &address, &fields)).await, StatusCode::NO_CONTENT);
    let reason = "The message was not delivered: 30003, the phone is switched off or out of reach";
    assert_eq!(told(&app.pool, message).await, ("failed".to_owned(), reason.to_owned()));
}
