//! Looks at every answer and at every line of the log, of all tests of a run, for what no one may find there: passwords, digests,
//! the ids of sessions, and in the log the tokens of links, too.

use std::collections::HashSet;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, Once};
use std::thread;

use reqwest::header::HeaderMap;
use tracing_subscriber::EnvFilter;

use super::accounts::SIP_PASSWORD;
use super::app::PASSWORD;
use super::gateways::TWILIO_TOKEN;
use super::{kannel, program};

/// What tests type where a secret belongs.
const TYPED: [&str; 5] = [PASSWORD, SIP_PASSWORD, TWILIO_TOKEN, kannel::PASSWORD, program::SECRET_KEY];

/// Below, as the program itself logs; and everything that its own code says.
const FILTER: &str = "info,app=trace,server=trace,tower_sessions=error,tower_sessions_core=error";

/// The ids of the sessions of this run.
static SESSIONS: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);
/// What was found in the log.
static LOGGED: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// How many lines and answers were looked at.
static LINES: AtomicUsize = AtomicUsize::new(0);
static ANSWERS: AtomicUsize = AtomicUsize::new(0);

/// Remembers the id of a session.
pub fn is_session(id: &str) {
    if !id.is_empty() {
        SESSIONS.lock().unwrap().insert(id.to_owned());
    }
}

/// Fails when an answer holds what nobody may find. What the phone itself fetches is made of its digests.
pub fn look_at_answer(path: &str, headers: &HeaderMap, text: &str) {
    ANSWERS.fetch_add(1, Ordering::Relaxed);
    for value in headers.get_all("set-cookie") {
        let pair = value.to_str().unwrap().split(';').next().unwrap();
        if let Some(("id" | "__Host-id", id)) = pair.split_once('=') {
            is_session(id);
        }
    }
    if path.starts_with("/c/") {
        return;
    }
    let told = headers.iter().filter(|(name, _)| !matches!(name.as_str(), "set-cookie" | "etag"));
    let told: String = told.map(|(_, value)| format!("{}\n", String::from_utf8_lossy(value.as_bytes()))).collect();
    for text in [told.as_str(), text] {
        if let Some(leak) = leak_in(text) {
            panic!("the answer of {path} holds {leak}");
        }
    }
}

/// Remembers what a line of a log holds that it may not; the test that comes to its end next fails.
pub fn look_at_line(line: &str) {
    LINES.fetch_add(1, Ordering::Relaxed);
    let broken = line.chars().any(char::is_control).then_some("a control character".to_owned());
    let token = words(line).find(|word| is_token(word)).map(|_| "what looks like a token".to_owned());
    if let Some(leak) = leak_in(line).or(token).or(broken) {
        LOGGED.lock().unwrap().push(format!("a line of the log holds {leak}: {line:?}"));
    }
}

/// How many lines and how many answers were looked at.
pub fn looked_at() -> (usize, usize) {
    (LINES.load(Ordering::Relaxed), ANSWERS.load(Ordering::Relaxed))
}

/// What was found in the log since somebody asked.
pub fn taken_from_the_log() -> Vec<String> {
    std::mem::take(&mut *LOGGED.lock().unwrap())
}

/// What no one may find in a text, if anything: named, and not repeated where people read it.
fn leak_in(text: &str) -> Option<String> {
    if let Some(typed) = TYPED.iter().find(|typed| text.contains(**typed)) {
        return Some(format!("the secret {typed:?} that a test has typed"));
    }
    if text.contains("$argon2id$v=") {
        return Some("the hash of a password".to_owned());
    }
    let sessions = SESSIONS.lock().unwrap();
    words(text).find_map(|word| {
        if is_digest(word) {
            return Some(format!("{word}, which looks like a digest"));
        }
        sessions.contains(word).then(|| "the id of a session".to_owned())
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).filter(|word| !word.is_empty())
}

/// As MD5 and SHA-256 are written, in either case.
fn is_digest(word: &str) -> bool {
    matches!(word.len(), 32 | 64) && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// 32 random bytes in base64: letters of both cases and digits.
fn is_token(word: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| word.as_bytes().iter().any(kind);
    word.len() == 43 && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit)
}

/// The log of the servers that run inside the tests, looked at line by line. When it goes, the test that had it fails if something
/// was found.
pub struct LogWatch(());

impl LogWatch {
    pub fn start() -> Self {
        static STARTED: Once = Once::new();
        STARTED.call_once(|| {
            let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(FILTER)).with_ansi(false).with_writer(|| Lines);
            log.try_init().expect("nobody else listens to the log");
        });
        Self(())
    }
}

impl Drop for LogWatch {
    fn drop(&mut self) {
        let found = taken_from_the_log();
        assert!(found.is_empty() || thread::panicking(), "{}", found.join("\n"));
    }
}

/// Takes what is logged: an event is one write and one line.
struct Lines;

impl io::Write for Lines {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        look_at_line(text.strip_suffix('\n').unwrap_or(&text));
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
