//! Calls to gateways over HTTP, and what can be said for certain about a call that failed.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, StatusCode};

use crate::domain::characters::shown;
use crate::domain::secret::Secret;

use super::Outcome;

/// The most bytes of an answer. Those of gateways have some hundred.
const ANSWER_MAX: usize = 64 * 1024;

/// The most characters of a gateway's own words in a reason.
const WORDS_MAX: usize = 200;

/// How long a call may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until there is a connection, the look-up of the name included.
    pub connect: Duration,
    /// Until the last byte of the answer.
    pub whole: Duration,
}

/// What all gateways call through.
#[derive(Clone, Debug)]
pub struct Http(Client);

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub body: String,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), whole: Duration::from_secs(10) }
    }
}

impl Http {
    /// Prepares calls.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub fn new(limits: Limits) -> reqwest::Result<Self> {
        Client::builder()
            // A redirect would take the message, and the password, to where no admin has sent it.
            .redirect(Policy::none())
            // Nor does a proxy of the environment get to see them.
            .no_proxy()
            .connect_timeout(limits.connect)
            .timeout(limits.whole)
            // Every message has a connection of its own: one that was kept may be closed by the gateway in the moment in which
            // it is used, and then nobody knows whether the message has arrived. For the same reason nothing is repeated here.
            .pool_max_idle_per_host(0)
            .retry(reqwest::retry::never())
            .build()
            .map(Self)
    }

    pub(super) fn client(&self) -> &Client {
        &self.0
    }
}

/// Makes a call to its end. `name` is that of the gateway, for the reasons.
///
/// # Errors
/// What has become of the message when there is no whole answer.
pub(super) async fn call(request: RequestBuilder, name: &str) -> Result<Answer, Outcome> {
    let response = request.send().await.map_err(|error| failure(&error, name))?;
    let status = response.status();
    let body = read(response, name).await?;
    Ok(Answer { status, body })
}

async fn read(mut response: Response, name: &str) -> Result<String, Outcome> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error, name))? {
        if body.len() + chunk.len() > ANSWER_MAX {
            return Err(unknown(format!("{name} gave an answer that is far too long, so whether it sends the message is not known.")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// What a failed call means for its message. The error itself is not shown: it carries the address, in which Kannel's protocol
/// has the password and the text.
fn failure(error: &reqwest::Error, name: &str) -> Outcome {
    if error.is_builder() {
        return Outcome::NotSent { reason: format!("The address of {name} cannot be used. Correct it in Settings.") };
    }
    // Without a connection, of TLS where it is asked for, not a byte of the request has left.
    if error.is_connect() {
        let reason = if error.is_timeout() { "did not answer in time" } else { "cannot be reached" };
        return Outcome::NotSent { reason: format!("{name} {reason}. Check its address in Settings, and whether it is running.") };
    }
    // From here on it may have arrived: a Kannel that hangs sends what it was given once it wakes.
    if error.is_timeout() {
        return unknown(format!("{name} was called and did not answer in time, so whether it sends the message is not known."));
    }
    unknown(format!("The connection to {name} broke off, so whether it sends the message is not known."))
}

pub(super) fn unknown(reason: String) -> Outcome {
    Outcome::Unknown { reason }
}

impl Answer {
    /// The outcome of an answer that its gateway's rules do not foresee.
    pub(super) fn unforeseen(&self, name: &str) -> Outcome {
        let status = self.status.as_u16();
        if self.status.is_redirection() {
            let reason = format!("{name} answered with a redirect ({status}), which is not followed. Correct its address in Settings.");
            return unknown(reason);
        }
        unknown(format!("{name} answered what it should not ({status}), so whether it sends the message is not known."))
    }
}

/// A gateway's own words as a reason quotes them: on one line, short, nothing in them that is not seen. `None` when there are
/// none, or when they repeat a secret or the query that carried one, as web servers like to do with what they do not know.
pub(super) fn quoted(words: &str, secrets: &[&Secret]) -> Option<String> {
    let holds_secret = secrets.iter().any(|secret| !secret.is_empty() && words.contains(secret.expose())) || words.contains("password=");
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    (!holds_secret && !line.is_empty()).then(|| shown(&line, WORDS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_on_one_line_and_short() {
        assert_eq!(
            quoted(" Not routable.\r\n\tDo not try again.\u{202e}\0 ", &[]),
            Some("Not routable. Do not try again.\u{fffd}\u{fffd}".to_owned())
        );
        assert_eq!(quoted(&"x".repeat(10_000), &[]), Some("x".repeat(200) + "…"));
        assert_eq!(quoted(" \n", &[]), None);
    }

    #[test]
    fn words_that_repeat_a_secret_are_not_quoted() {
        let password = Secret::from("hunter2");
        assert_eq!(quoted("wrong: hunter2", &[&password]), None);
        assert_eq!(quoted("/sendsms?username=x&password=h%75nter2 was not found", &[&password]), None);
        assert_eq!(quoted("wrong", &[&password, &Secret::default()]), Some("wrong".to_owned()));
    }
}
