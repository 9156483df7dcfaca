//! SMSes through a real Kannel, from the call to the network and back by a receipt.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use app::domain::message::Report;
use app::domain::secret::Secret;
use app::domain::sms_text::{Coding, SmsSize};
use app::gateways::http::{Http, Limits};
use app::gateways::receipts::of_kannel;
use app::gateways::{GatewayConfig, Outcome, Outgoing};
use uuid::Uuid;

use crate::support::fake_gateway::{Answer, FakeGateway};
use crate::support::kannel::{Kannel, NO_ROUTE, PASSWORD, Part, USERNAME};
use crate::support::until;

const TO: &str = "+393201184467";
const ACCEPTED: Outcome = Outcome::Accepted { gateway_id: None };

/// A message with the coding that its text needs.
fn message(to: &str, text: &str) -> Outgoing {
    let receipts = Secret::from("http://127.0.0.1:9/receipts/secret");
    Outgoing { id: Uuid::new_v4(), to: to.to_owned(), text: Secret::from(text), coding: SmsSize::of(text).coding, receipts }
}

async fn send(config: GatewayConfig, message: &Outgoing) -> Outcome {
    static HTTP: LazyLock<Http> = LazyLock::new(|| Http::new(Limits::default()).unwrap());
    config.open(&HTTP).send(message).await
}

#[tokio::test]
async fn texts_arrive_as_they_are() {
    let kannel = Kannel::start().await;
    // What fits one part goes to fakesmsc as a line, so that only a text of several parts can show what becomes of its own.
    let long = (0..60).map(|number| format!("{number} è {{€}}\n")).collect::<String>()
        + "https://ringkey.example.com/a/mGq3vT0yXk5_Rb8ZsW1dLc9HfNj2PuE7aQ4oVi6tKxY";
    let long_cyrillic = (0..40).map(|number| format!("{number} жизнь 🙂 ")).collect::<String>();
    let mut seen = 0;
    for text in ["Perché è così € [x] {y} 1+1 & 2%41 #a=b", "Привет, 🙂 1+1\nЛука", "text <data> udh", &long, &long_cyrillic]
    {
        let size = SmsSize::of(text);
        assert_eq!(send(kannel.config(), &message(TO, text)).await, ACCEPTED, "{text}");
        let all = kannel.received(seen + size.parts).await;
        let parts = &all[seen..];
        let decoded = if size.coding == Coding::Gsm7 { Part::gsm7(parts) } else { Part::ucs2(parts) };
        assert_eq!(decoded, text);
        assert_eq!(parts.len(), size.parts, "{text}");
        for (number, part) in (1..).zip(parts) {
            assert_eq!((part.from.as_str(), part.to.as_str()), ("Ringkey", TO));
            let of_several = |header: &[u8]| header[4..] == [u8::try_from(size.parts).unwrap(), number];
            assert!(if size.parts == 1 { part.header.is_empty() } else { of_several(&part.header) }, "{part:?}");
        }
        seen = all.len();
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let kannel = Kannel::start().await;
    let refused = |words: &str| Outcome::Refused { reason: format!("Kannel refused the message: {words}") };
    let denied = "Number(s) has/have been denied by white- and/or black-lists.";
    assert_eq!(send(kannel.config(), &message("+39abc", "x")).await, refused(denied));
    assert_eq!(send(kannel.config(), &message("", "x")).await, refused("Empty receiver number not allowed, rejected"));
    let no_route = [NO_ROUTE, "1234567"].concat();
    assert_eq!(send(kannel.config(), &message(&no_route, "x")).await, refused("Not routable. Do not try again."));

    let with = |url: &str, password: &str| GatewayConfig::Kannel {
        url: url.to_owned(),
        username: USERNAME.to_owned(),
        password: Secret::from(password),
        sender: None,
    };
    let wrong = send(with(&kannel.url(), "wrong"), &message(TO, "x")).await;
    let reason = "Kannel did not accept the user name and the password, or not from this machine. Correct them in Settings.";
    assert_eq!(wrong, Outcome::NotSent { reason: reason.to_owned() });
    let elsewhere = send(with(&kannel.url().replace("sendsms", "other"), PASSWORD), &message(TO, "x")).await;
    let reason = "There is no sendsms service at the address of Kannel. Correct it in Settings.";
    assert_eq!(elsewhere, Outcome::NotSent { reason: reason.to_owned() });

    assert_eq!(send(with(&kannel.url(), PASSWORD), &message(TO, "the only one")).await, ACCEPTED);
    let parts = kannel.received(1).await;
    assert_eq!((parts.len(), Part::gsm7(&parts), parts[0].from.as_str()), (1, "the only one".to_owned(), "Kannel"));
}

#[tokio::test]
async fn without_a_network_kannel_keeps_the_message() {
    let mut kannel = Kannel::start().await;
    kannel.lose_network().await;
    assert_eq!(send(kannel.config(), &message(TO, "kept")).await, ACCEPTED);
    kannel.restart().await;
    assert_eq!(Part::gsm7(&kannel.received(1).await), "kept");
}

#[tokio::test]
async fn a_kannel_that_is_gone_was_given_nothing() {
    let mut kannel = Kannel::start().await;
    kannel.kill().await;
    let reason = "Kannel cannot be reached. Check its address in Settings, and whether it is running.";
    assert_eq!(send(kannel.config(), &message(TO, "never")).await, Outcome::NotSent { reason: reason.to_owned() });
    kannel.restart().await;
    assert_eq!(send(kannel.config(), &message(TO, "again")).await, ACCEPTED);
    assert_eq!(Part::gsm7(&kannel.received(1).await), "again");
}

#[tokio::test]
async fn a_kannel_that_hangs_may_send_later() {
    let kannel = Kannel::start().await;
    kannel.hang();
    let hasty = Http::new(Limits { whole: Duration::from_millis(700), ..Limits::default() }).unwrap();
    let outcome = kannel.config().open(&hasty).send(&message(TO, "late")).await;
    let reason = "Kannel was called and did not answer in time, so whether it sends the message is not known.";
    assert_eq!(outcome, Outcome::Unknown { reason: reason.to_owned() });
    kannel.wake();
    assert_eq!(Part::gsm7(&kannel.received(1).await), "late");
}

#[tokio::test]
async fn receipts_come_to_the_address_of_their_message() {
    let kannel = Kannel::start().await;
    let listener = FakeGateway::start(Answer::Whole(204, String::new())).await;
    let with_receipts = |to: &str, path: &str| Outgoing { receipts: Secret::from(listener.address() + path), ..message(to, "x") };
    let reports = |path: &str| -> Vec<Option<Report>> {
        let queries = listener.calls().into_iter().filter(|call| call.path == path).map(|call| call.query);
        queries.map(|query: HashMap<String, String>| of_kannel(&query["type"], &query["status"])).collect()
    };

    assert_eq!(send(kannel.config(), &with_receipts(TO, "/receipts/4f-_A")).await, ACCEPTED);
    until(async || reports("/receipts/4f-_A").len() == 2).await;
    // In any order.
    let delivered = reports("/receipts/4f-_A");
    assert!(delivered.contains(&Some(Report::Accepted)) && delivered.contains(&Some(Report::Delivered)), "{delivered:?}");
    assert!(listener.calls().iter().any(|call| !call.query["foreign"].is_empty()), "the network's name for the message");

    let no_route = [NO_ROUTE, "1234567"].concat();
    assert!(matches!(send(kannel.config(), &with_receipts(&no_route, "/receipts/other")).await, Outcome::Refused { .. }));
    until(async || !reports("/receipts/other").is_empty()).await;
    let reason = "The network refused the message: no SMSC".to_owned();
    assert_eq!(reports("/receipts/other"), [Some(Report::Failed { reason })]);
}
