//! Twilio's REST interface for messages, and the signatures of its call-backs.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use reqwest::StatusCode;
use serde::Deserialize;
use sha1::Sha1;

use crate::domain::secret::Secret;

use super::http::{self, Answer, Http};
use super::{Gateway, Outcome, Outgoing};

const NAME: &str = "Twilio";

/// Codes of refusals that pass by themselves: too many requests, and a full queue of the sending number.
const PASSING: [u32; 2] = [20_429, 21_611];

pub struct Twilio {
    pub http: Http,
    pub url: String,
    pub account_sid: String,
    pub auth_token: Secret,
    pub sender: String,
}

/// What an answer says; each field is in some.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    sid: Option<String>,
    code: Option<u32>,
    message: Option<String>,
}

#[async_trait]
impl Gateway for Twilio {
    async fn send(&self, message: &Outgoing) -> Outcome {
        let url = format!("{}/2010-04-01/Accounts/{}/Messages.json", self.url, self.account_sid);
        let sender = if self.sender.starts_with("MG") && self.sender.len() == 34 { "MessagingServiceSid" } else { "From" };
        // Twilio finds the coding by itself.
        let form = [
            ("To", message.to.as_str()),
            (sender, &self.sender),
            ("Body", message.text.expose()),
            ("StatusCallback", message.receipts.expose()),
        ];
        let request = self.http.client().post(url).basic_auth(&self.account_sid, Some(self.auth_token.expose())).form(&form);
        match http::call(request, NAME).await {
            Ok(answer) => outcome(&answer, &[&self.auth_token, &message.text, &message.receipts]),
            Err(outcome) => outcome,
        }
    }
}

/// Reads an answer. `secrets` are not quoted from it.
fn outcome(answer: &Answer, secrets: &[&Secret]) -> Outcome {
    // What is no JSON has said nothing.
    let body: Body = serde_json::from_str(&answer.body).unwrap_or_default();
    let words = || http::quoted(body.message.as_deref().unwrap_or_default(), secrets).unwrap_or_else(|| "no reason given".to_owned());
    match (answer.status, body.sid.as_deref(), body.code) {
        (StatusCode::CREATED, Some(sid), _) if is_message_sid(sid) => Outcome::Accepted { gateway_id: Some(sid.to_owned()) },
        // For an admin to mend, here or in Twilio's console, after which the same message goes through.
        (StatusCode::UNAUTHORIZED, ..) => {
            not_sent("Twilio did not accept the Account SID and the auth token. Correct them in Settings.".to_owned())
        }
        (StatusCode::FORBIDDEN, _, Some(code)) => not_sent(format!("Twilio does not allow it to this account: {code}: {}", words())),
        (StatusCode::FORBIDDEN, ..) => not_sent("Twilio does not allow it to this account. Look into its console.".to_owned()),
        (StatusCode::NOT_FOUND, ..) => {
            not_sent("Twilio does not know this account at this address. Correct the Account SID and the address in Settings.".to_owned())
        }
        (StatusCode::TOO_MANY_REQUESTS, ..) => not_sent("Twilio takes no more messages at the moment.".to_owned()),
        (status, _, Some(code)) if status.is_client_error() && PASSING.contains(&code) => not_sent(format!("{code}: {}", words())),
        (status, _, Some(code)) if status.is_client_error() => Outcome::Refused { reason: format!("{code}: {}", words()) },
        _ => answer.unforeseen(NAME),
    }
}

/// `SM` or `MM`, and 32 hexadecimal digits.
fn is_message_sid(sid: &str) -> bool {
    sid.len() == 34 && (sid.starts_with("SM") || sid.starts_with("MM")) && sid.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn not_sent(reason: String) -> Outcome {
    Outcome::NotSent { reason }
}

/// Whether a call-back comes from who knows the token: `signature` is the header `X-Twilio-Signature`, `url` the whole address
/// that Twilio was given, and `params` what it posted. Takes the same time wherever two signatures differ.
#[must_use]
pub fn is_signed(auth_token: &Secret, url: &str, params: &[(String, String)], signature: &str) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else { return false };
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(auth_token.expose().as_bytes()) else { return false };
    mac.update(url.as_bytes());
    let mut params: Vec<&(String, String)> = params.iter().collect();
    params.sort_unstable();
    // So do Twilio's own libraries: a pair that comes twice counts once.
    params.dedup();
    for (name, value) in params {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    mac.verify_slice(&signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SID: &str = "SM0123456789abcdef0123456789abcdef";

    fn of(status: u16, body: &str) -> Outcome {
        let answer = Answer { status: StatusCode::from_u16(status).unwrap(), body: body.to_owned() };
        outcome(&answer, &[&Secret::from("hunter2")])
    }

    #[test]
    fn answers_that_are_certain() {
        let created = format!(r#"{{"sid":"{SID}","status":"queued","code":null,"message":null}}"#);
        assert_eq!(of(201, &created), Outcome::Accepted { gateway_id: Some(SID.to_owned()) });
        for (status, body) in [
            (401, r#"{"code":20003,"message":"Authenticate"}"#),
            (403, r#"{"code":20005,"message":"Account not active"}"#),
            (403, "Forbidden"),
            (404, r#"{"code":20404,"message":"The requested resource was not found"}"#),
            (429, r#"{"code":20429,"message":"Too Many Requests"}"#),
            (400, r#"{"code":21611,"message":"This 'From' number has exceeded the maximum number of queued messages"}"#),
        ] {
            assert!(matches!(of(status, body), Outcome::NotSent { .. }), "{status} {body}");
        }
        for (body, reason) in [
            (
                r#"{"code":21614,"message":"'To' number is not a valid\n mobile number","status":400}"#,
                "21614: 'To' number is not a valid mobile number",
            ),
            (r#"{"code":21614}"#, "21614: no reason given"),
            (r#"{"code":21614,"message":"not hunter2"}"#, "21614: no reason given"),
        ] {
            assert_eq!(of(400, body), Outcome::Refused { reason: reason.to_owned() });
        }
    }

    #[test]
    fn everything_else_is_unknown() {
        let sid = format!(r#"{{"sid":"{SID}"}}"#);
        for (status, body) in [
            (201, "{}"),
            (201, "<html>"),
            (201, r#"{"sid":"<script>"}"#),
            (201, r#"{"sid":7}"#),
            (200, sid.as_str()),
            (302, ""),
            (400, "<html>"),
            (408, ""),
            (500, r#"{"code":20500,"message":"Internal Server Error"}"#),
            (503, ""),
        ] {
            assert!(matches!(of(status, body), Outcome::Unknown { .. }), "{status} {body}");
        }
    }

    fn pairs(number: &str) -> Vec<(String, String)> {
        [("To", "+18005551212"), ("From", number), ("Digits", "1234"), ("Caller", number), ("CallSid", "CA1234567890ABCDE")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    }

    /// The examples of Twilio's documentation ("Validating Signatures from Twilio"), of two of its editions.
    #[test]
    fn signatures_are_those_of_the_documentation() {
        let token = Secret::from("12345");
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        for (number, signature) in [("+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8="), ("+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")] {
            assert!(is_signed(&token, url, &pairs(number), signature), "{number}");
        }
    }

    #[test]
    fn other_signatures_are_refused() {
        let token = Secret::from("12345");
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        let (params, signature) = (pairs("+14158675309"), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
        assert!(!is_signed(&Secret::from("12346"), url, &params, signature));
        assert!(!is_signed(&token, "https://mycompany.com/myapp.php?foo=1", &params, signature));
        assert!(!is_signed(&token, url, &params[1..], signature));
        assert!(!is_signed(&token, url, &pairs("+14158675308"), signature));
        for other in ["", "=", "RSOYDt4T1cUTdK1PDd93/VVr8B8", "RSOYDt4T1cUTdK1PDd93", "0/KCTR6DLpKmkAf8muzZqo1nDgQ=", "è"] {
            assert!(!is_signed(&token, url, &params, other), "{other:?}");
        }
    }
}
