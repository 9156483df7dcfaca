//! What gateways report about a message that they have.

use crate::domain::characters::shown;
use crate::domain::message::Report;

/// The most characters of a gateway's words.
const WORDS_MAX: usize = 200;

/// Reads a receipt of Kannel: `kind` is its `%d`, `status` its `%A`. `None` when it says nothing that is known.
#[must_use]
pub fn of_kannel(kind: &str, status: &str) -> Option<Report> {
    let failed = |what: &str| Report::Failed {
        reason: match words(status.strip_prefix("NACK/").unwrap_or(status)) {
            Some(words) => format!("{what}: {words}"),
            None => format!("{what}."),
        },
    };
    match kind {
        "1" => Some(Report::Delivered),
        "2" => Some(failed("The message was not delivered")),
        // Kept by the SMSC until the phone is there, and taken by the SMSC.
        "4" | "8" => Some(Report::Accepted),
        "16" => Some(failed("The network refused the message")),
        _ => None,
    }
}

/// Reads a call-back of Twilio: its `MessageStatus` and its `ErrorCode`, if there is one. `None` when it says nothing that is
/// known.
#[must_use]
pub fn of_twilio(status: &str, error_code: Option<&str>) -> Option<Report> {
    match status {
        "accepted" | "scheduled" | "queued" | "sending" | "sent" => Some(Report::Accepted),
        "delivered" | "read" => Some(Report::Delivered),
        "undelivered" => Some(Report::Failed { reason: twilio_reason("The message was not delivered", error_code) }),
        "failed" => Some(Report::Failed { reason: twilio_reason("Twilio could not send the message", error_code) }),
        "canceled" => Some(Report::Failed { reason: "The message was cancelled at Twilio.".to_owned() }),
        _ => None,
    }
}

/// The sentence with the code, and with what Twilio's error dictionary says about the frequent ones.
fn twilio_reason(what: &str, error_code: Option<&str>) -> String {
    let Some(code) = error_code.and_then(words) else { return format!("{what}.") };
    let meaning = match code.as_str() {
        "30002" => ", the account is suspended",
        "30003" => ", the phone is switched off or out of reach",
        "30004" => ", the recipient or the network blocks it",
        "30005" => ", the number does not exist or is out of service",
        "30006" => ", the number is a landline, or its network takes no SMS",
        "30007" => ", the network filtered it",
        "30008" => ", the network gave no reason",
        _ => "",
    };
    format!("{what}: {code}{meaning}")
}

fn words(text: &str) -> Option<String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then(|| shown(&line, WORDS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(reason: &str) -> Option<Report> {
        Some(Report::Failed { reason: reason.to_owned() })
    }

    #[test]
    fn receipts_of_kannel() {
        for (kind, status, report) in [
            ("8", "ACK/", Some(Report::Accepted)),
            ("4", "", Some(Report::Accepted)),
            ("1", "", Some(Report::Delivered)),
            ("2", "", failed("The message was not delivered.")),
            ("2", "id:1 stat:UNDELIV", failed("The message was not delivered: id:1 stat:UNDELIV")),
            ("16", "NACK/Retries Exceeded", failed("The network refused the message: Retries Exceeded")),
            ("16", "NACK/ERR 422\r\n\0", failed("The network refused the message: ERR 422 \u{fffd}")),
            ("16", "NACK/", failed("The network refused the message.")),
            ("32", "", None),
            ("", "", None),
            ("01", "", None),
        ] {
            assert_eq!(of_kannel(kind, status), report, "{kind} {status:?}");
        }
        let Some(Report::Failed { reason }) = of_kannel("16", &"x".repeat(10_000)) else { panic!("a failure") };
        assert_eq!(reason.matches('x').count(), 200);
    }

    #[test]
    fn callbacks_of_twilio() {
        for status in ["accepted", "queued", "sending", "sent"] {
            assert_eq!(of_twilio(status, None), Some(Report::Accepted), "{status}");
        }
        assert_eq!(of_twilio("delivered", None), Some(Report::Delivered));
        for (status, code, reason) in [
            ("undelivered", Some("30003"), "The message was not delivered: 30003, the phone is switched off or out of reach"),
            ("undelivered", None, "The message was not delivered."),
            ("failed", Some("99999"), "Twilio could not send the message: 99999"),
            ("failed", Some(""), "Twilio could not send the message."),
            ("canceled", None, "The message was cancelled at Twilio."),
        ] {
            assert_eq!(of_twilio(status, code), failed(reason), "{status} {code:?}");
        }
        assert_eq!(of_twilio("receiving", None), None);
        assert_eq!(of_twilio("Delivered", None), None);
    }
}
