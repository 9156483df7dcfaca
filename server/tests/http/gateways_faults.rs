//! What becomes of an SMS when a gateway does what it should not, and what is said to Twilio.

use std::net::TcpListener;
use std::sync::LazyLock;
use std::time::Duration;

use app::domain::secret::Secret;
use app::domain::sms_text::Coding;
use app::gateways::http::{Http, Limits};
use app::gateways::{GatewayConfig, Outcome, Outgoing};
use uuid::Uuid;

use crate::support::fake_gateway::{Answer, Call, FakeGateway};

const TO: &str = "+393201184467";
const TEXT: &str = "Perché 1+1 & https://ringkey.example.com/a/mGq3vT0yXk5_Rb8Z";
const SECRET: &str = "hunter2&+%";
const RECEIPTS: &str = "https://ringkey.example.com/receipts/9fK-_x";
const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const SID: &str = "SM0123456789abcdef0123456789abcdef";

/// As the program has it.
static HTTP: LazyLock<Http> = LazyLock::new(|| Http::new(Limits::default()).unwrap());

fn kannel(address: &str) -> GatewayConfig {
    let url = format!("{address}/cgi-bin/sendsms");
    GatewayConfig::Kannel { url, username: "ringkey".to_owned(), password: Secret::from(SECRET), sender: None }
}

fn twilio(address: &str, sender: &str) -> GatewayConfig {
    let url = address.to_owned();
    GatewayConfig::Twilio { url, account_sid: ACCOUNT.to_owned(), auth_token: Secret::from(SECRET), sender: sender.to_owned() }
}

async fn send(config: GatewayConfig) -> Outcome {
    send_through(&HTTP, config).await
}

async fn send_through(http: &Http, config: GatewayConfig) -> Outcome {
    let message = Outgoing {
        id: Uuid::new_v4(),
        to: TO.to_owned(),
        text: Secret::from(TEXT),
        coding: Coding::Gsm7,
        receipts: Secret::from(RECEIPTS),
    };
    let shown = format!("{config:?} {message:?}");
    let outcome = config.open(http).send(&message).await;
    for secret in [SECRET, "hunter2", "mGq3vT0yXk5", "9fK-_x"] {
        assert!(![&shown, &format!("{outcome:?}")].iter().any(|text| text.contains(secret)), "a secret is shown: {secret}");
    }
    outcome
}

/// Asks both gateways, each with a fake one that answers so.
async fn both(http: &Http, answer: Answer) -> [(Outcome, FakeGateway); 2] {
    let (one, other) = (FakeGateway::start(answer.clone()).await, FakeGateway::start(answer).await);
    [(send_through(http, kannel(&one.address())).await, one), (send_through(http, twilio(&other.address(), "Ringkey")).await, other)]
}

fn assert_unknown(outcome: &Outcome, words: &str) {
    let Outcome::Unknown { reason } = outcome else { panic!("not known: {outcome:?}") };
    assert!(reason.contains(words), "{reason}");
}

#[tokio::test]
async fn a_gateway_that_is_not_there_was_given_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for (config, name) in [(kannel(&address), "Kannel"), (twilio(&address, "Ringkey"), "Twilio")] {
        let reason = format!("{name} cannot be reached. Check its address in Settings, and whether it is running.");
        assert_eq!(send(config).await, Outcome::NotSent { reason });
    }
    let reason = "The address of Kannel cannot be used. Correct it in Settings.".to_owned();
    assert_eq!(send(kannel("nonsense")).await, Outcome::NotSent { reason });
}

#[tokio::test]
async fn without_tls_where_it_is_asked_for_nothing_is_said() {
    let gateway = FakeGateway::start(Answer::Whole(202, "0: Accepted for delivery".to_owned())).await;
    let outcome = send(kannel(&gateway.address().replace("http:", "https:"))).await;
    assert!(matches!(outcome, Outcome::NotSent { .. }), "{outcome:?}");
    assert_eq!(gateway.calls().len(), 0);
}

#[tokio::test]
async fn what_breaks_off_or_takes_too_long_is_not_known() {
    let hasty = Http::new(Limits { whole: Duration::from_millis(700), ..Limits::default() }).unwrap();
    for (answer, http, words) in [
        (Answer::Nothing, &hasty, "did not answer in time"),
        (Answer::Trickle, &hasty, "did not answer in time"),
        (Answer::Broken, &HTTP, "broke off"),
        (Answer::Closed, &HTTP, "broke off"),
    ] {
        for (outcome, _) in both(http, answer.clone()).await {
            assert_unknown(&outcome, words);
        }
    }
}

#[tokio::test]
async fn an_endless_answer_costs_nothing() {
    for (outcome, gateway) in both(&HTTP, Answer::Endless).await {
        assert_unknown(&outcome, "far too long");
        let given = gateway.given();
        assert!(given < 16 * 1024 * 1024, "{given} bytes were taken, those in the buffers of the connection among them");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        for (outcome, gateway) in both(&HTTP, Answer::Redirect(status)).await {
            assert_unknown(&outcome, "redirect");
            assert_eq!(gateway.calls().len(), 1, "{status}");
        }
    }
}

#[tokio::test]
async fn nonsense_is_not_taken_for_an_answer() {
    for (status, body) in [(200, "OK"), (202, "<html>Welcome</html>"), (201, "[]"), (204, ""), (500, "0: Accepted for delivery"), (503, "")]
    {
        for (outcome, _) in both(&HTTP, Answer::Whole(status, body.to_owned())).await {
            assert_unknown(&outcome, &status.to_string());
        }
    }
}

#[tokio::test]
async fn a_server_that_repeats_the_request_is_not_quoted() {
    let echo = format!("Bad request: /cgi-bin/sendsms?username=ringkey&password={SECRET}&text={TEXT}&dlr-url={RECEIPTS}");
    let gateway = FakeGateway::start(Answer::Whole(400, echo)).await;
    assert_eq!(send(kannel(&gateway.address())).await, Outcome::Refused { reason: "Kannel refused the message (400).".to_owned() });
}

#[tokio::test]
async fn twilio_is_told_what_it_needs() {
    let service = "MG0123456789abcdef0123456789abcdef";
    for (sender, field, other) in [
        ("Ringkey", "From", "MessagingServiceSid"),
        ("+14155550100", "From", "MessagingServiceSid"),
        (service, "MessagingServiceSid", "From"),
    ] {
        let gateway = FakeGateway::start(Answer::Whole(201, format!(r#"{{"sid":"{SID}","status":"queued"}}"#))).await;
        assert_eq!(send(twilio(&gateway.address(), sender)).await, Outcome::Accepted { gateway_id: Some(SID.to_owned()) });
        let [Call { method, path, headers, form, query }] = gateway.calls().try_into().unwrap();
        assert_eq!((method.as_str(), path), ("POST", format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json")));
        assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
        // Account and token in Base64, computed elsewhere.
        assert_eq!(headers["authorization"], "Basic QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjpodW50ZXIyJisl");
        assert!(query.is_empty());
        let got = |name: &str| form.get(name).map(String::as_str);
        assert_eq!((got("To"), got("Body"), got("StatusCallback")), (Some(TO), Some(TEXT), Some(RECEIPTS)));
        assert_eq!((got(field), got(other)), (Some(sender), None));
    }
}

#[tokio::test]
async fn twilio_says_why() {
    for (status, body, outcome) in [
        (
            400,
            r#"{"code":21614,"message":"'To' number is not a valid mobile number","status":400}"#,
            Outcome::Refused { reason: "21614: 'To' number is not a valid mobile number".to_owned() },
        ),
        (
            401,
            r#"{"code":20003,"message":"Authenticate","status":401}"#,
            Outcome::NotSent { reason: "Twilio did not accept the Account SID and the auth token. Correct them in Settings.".to_owned() },
        ),
        (
            429,
            r#"{"code":20429,"message":"Too Many Requests"}"#,
            Outcome::NotSent { reason: "Twilio takes no more messages at the moment.".to_owned() },
        ),
    ] {
        let gateway = FakeGateway::start(Answer::Whole(status, body.to_owned())).await;
        assert_eq!(send(twilio(&gateway.address(), "Ringkey")).await, outcome);
    }
}

#[tokio::test]
async fn the_development_gateway_takes_everything() {
    assert_eq!(send(GatewayConfig::Development).await, Outcome::Accepted { gateway_id: None });
}
