//! Kannel's HTTP interface, sendsms, as version 1.4.5 speaks it.

use async_trait::async_trait;
use reqwest::StatusCode;

use crate::domain::secret::Secret;
use crate::domain::sms_text::Coding;

use super::http::{self, Answer, Http};
use super::{Gateway, Outcome, Outgoing};

const NAME: &str = "Kannel";

/// All receipts: delivered, failed, buffered, taken by the SMSC, rejected by the SMSC.
const EVERY_RECEIPT: &str = "31";

/// What Kannel adds to the address for receipts: their type, the SMSC's words, and its name for the message.
const RECEIPT_QUERY: &str = "?type=%d&status=%A&foreign=%F";

pub struct Kannel {
    pub http: Http,
    pub url: String,
    pub username: String,
    pub password: Secret,
    pub sender: Option<String>,
}

#[async_trait]
impl Gateway for Kannel {
    async fn send(&self, message: &Outgoing) -> Outcome {
        let receipts = [message.receipts.expose(), RECEIPT_QUERY].concat();
        // What does not fit the alphabet that is told here, Kannel would send as `?`, without a word.
        let coding = match message.coding {
            Coding::Gsm7 => "0",
            Coding::Ucs2 => "2",
        };
        let mut query = vec![
            ("username", self.username.as_str()),
            ("password", self.password.expose()),
            ("to", &message.to),
            ("text", message.text.expose()),
            ("coding", coding),
            ("charset", "UTF-8"),
            ("dlr-mask", EVERY_RECEIPT),
            ("dlr-url", &receipts),
        ];
        query.extend(self.sender.as_deref().map(|sender| ("from", sender)));
        // By GET, since Kannel takes no posted form: the password has to be in the address, which is shown nowhere.
        let request = self.http.client().get(&self.url).query(&query);
        match http::call(request, NAME).await {
            Ok(answer) => outcome(&answer, &[&self.password, &message.text, &message.receipts]),
            Err(outcome) => outcome,
        }
    }
}

/// Reads an answer. `secrets` are not quoted from it.
fn outcome(answer: &Answer, secrets: &[&Secret]) -> Outcome {
    let body = answer.body.trim();
    match answer.status {
        // 0: handed to an SMSC. 3: kept until there is one; Kannel sends it by itself, so that it must not be sent again.
        StatusCode::ACCEPTED if body.starts_with("0:") || body.starts_with("3:") => Outcome::Accepted { gateway_id: None },
        // For an admin to mend, after which the same message goes through.
        StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED => not_sent(WRONG_PASSWORD),
        StatusCode::FORBIDDEN if body.starts_with("Authorization failed") => not_sent(WRONG_PASSWORD),
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => not_sent(WRONG_ADDRESS),
        StatusCode::TOO_MANY_REQUESTS => not_sent("Kannel takes no more messages at the moment."),
        // The box that keeps the messages has refused to keep this one; the sentence tells it from a proxy's 503, which may
        // come when the message has long passed.
        StatusCode::SERVICE_UNAVAILABLE if body.starts_with("Temporal failure") => not_sent("Kannel takes no messages at the moment."),
        // A request that came too slowly: whoever says so need not be Kannel.
        StatusCode::REQUEST_TIMEOUT => answer.unforeseen(NAME),
        // Every other refusal is of this message: its number, its sender, its length.
        status if status.is_client_error() => Outcome::Refused {
            reason: match http::quoted(body, secrets) {
                Some(words) => format!("Kannel refused the message: {words}"),
                None => format!("Kannel refused the message ({}).", status.as_u16()),
            },
        },
        _ => answer.unforeseen(NAME),
    }
}

const WRONG_PASSWORD: &str = "Kannel did not accept the user name and the password, or not from this machine. Correct them in Settings.";
const WRONG_ADDRESS: &str = "There is no sendsms service at the address of Kannel. Correct it in Settings.";

fn not_sent(reason: &str) -> Outcome {
    Outcome::NotSent { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> Outcome {
        let answer = Answer { status: StatusCode::from_u16(status).unwrap(), body: body.to_owned() };
        outcome(&answer, &[&Secret::from("hunter2")])
    }

    #[test]
    fn answers_that_are_certain() {
        for body in ["0: Accepted for delivery", "3: Queued for later delivery"] {
            assert_eq!(of(202, body), Outcome::Accepted { gateway_id: None });
        }
        for (status, body) in [
            (403, "Authorization failed for sendsms"),
            (401, ""),
            (404, "Unknown request."),
            (405, ""),
            (429, "slow down"),
            (503, "Temporal failure, try again later."),
        ] {
            assert!(matches!(of(status, body), Outcome::NotSent { .. }), "{status} {body}");
        }
        for (status, body, reason) in [
            (403, "Not routable. Do not try again.", "Kannel refused the message: Not routable. Do not try again."),
            (400, "Missing receiver number, rejected\n", "Kannel refused the message: Missing receiver number, rejected"),
            (400, "", "Kannel refused the message (400)."),
            (414, "?password=hunter2", "Kannel refused the message (414)."),
        ] {
            assert_eq!(of(status, body), Outcome::Refused { reason: reason.to_owned() });
        }
    }

    #[test]
    fn everything_else_is_unknown() {
        for (status, body) in [
            (202, ""),
            (202, "4: of a Kannel to come"),
            (202, "<html>"),
            (200, "0: Accepted for delivery"),
            (200, "Denied"),
            (302, ""),
            (408, ""),
            (500, ""),
            (502, "Bad Gateway"),
            (503, "Service Unavailable"),
        ] {
            assert!(matches!(of(status, body), Outcome::Unknown { .. }), "{status} {body}");
        }
    }
}
