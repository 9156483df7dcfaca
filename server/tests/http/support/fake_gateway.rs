//! What real gateways do only on bad days, and what Twilio answers.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, LOCATION};
use axum::http::{HeaderMap, Response, StatusCode};
use futures::stream;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What it does with a call.
#[derive(Clone)]
pub enum Answer {
    /// Answers at once.
    Whole(u16, String),
    /// Answers after a while.
    Slow(Duration, u16, String),
    /// Answers once it is let go.
    Held(u16, String),
    /// Never answers.
    Nothing,
    /// Sends the caller to itself, at another address.
    Redirect(u16),
    /// Sends the caller somewhere else.
    RedirectTo(u16, String),
    /// Begins well and never stops.
    Endless,
    /// Says that a gigabyte follows, compressed or not, and sends it.
    Gigabyte(Option<&'static str>),
    /// Begins well, and then a byte every hundredth of a second, for ever.
    Trickle,
    /// Begins well and breaks off.
    Broken,
    /// Closes the connection without a word.
    Closed,
}

/// A call as it came.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub path: String,
    pub query: HashMap<String, String>,
    pub headers: HeaderMap,
    pub form: HashMap<String, String>,
}

pub struct FakeGateway {
    address: SocketAddr,
    inner: Arc<Inner>,
    server: JoinHandle<()>,
}

struct Inner {
    answer: Mutex<Answer>,
    is_let_go: watch::Sender<bool>,
    calls: Mutex<Vec<Call>>,
    given: AtomicUsize,
}

/// How much of an endless answer is given at a time.
const CHUNK: usize = 16 * 1024;

impl FakeGateway {
    pub async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            answer: Mutex::new(answer),
            is_let_go: watch::Sender::new(false),
            calls: Mutex::default(),
            given: AtomicUsize::new(0),
        });
        let router = Router::new().fallback(take).with_state(Arc::clone(&inner));
        let closes = matches!(*inner.answer.lock().unwrap(), Answer::Closed);
        let server =
            if closes { tokio::spawn(close(listener)) } else { tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }) };
        Self { address, inner, server }
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers so from now on.
    pub fn answer(&self, answer: Answer) {
        *self.inner.answer.lock().unwrap() = answer;
    }

    /// Lets the calls go that it holds.
    pub fn let_go(&self) {
        self.inner.is_let_go.send_replace(true);
    }

    /// How many calls came for each number.
    pub fn numbers(&self) -> HashMap<String, usize> {
        let mut numbers = HashMap::new();
        for call in self.inner.calls.lock().unwrap().iter() {
            *numbers.entry(call.query.get("to").or(call.form.get("To")).cloned().unwrap_or_default()).or_default() += 1;
        }
        numbers
    }

    pub fn calls(&self) -> Vec<Call> {
        self.inner.calls.lock().unwrap().clone()
    }

    /// How many bytes of an endless answer were taken.
    pub fn given(&self) -> usize {
        self.inner.given.load(Ordering::Relaxed)
    }
}

impl Drop for FakeGateway {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn close(listener: TcpListener) {
    while let Ok((connection, _)) = listener.accept().await {
        // The caller has said something by then.
        let _ = connection.readable().await;
        drop(connection);
    }
}

async fn take(State(inner): State<Arc<Inner>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1024 * 1024).await.unwrap();
    inner.calls.lock().unwrap().push(Call {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: pairs(head.uri.query().unwrap_or_default()),
        headers: head.headers,
        form: pairs(std::str::from_utf8(&body).unwrap()),
    });
    let accepted = || Response::builder().status(StatusCode::ACCEPTED);
    let answer = inner.answer.lock().unwrap().clone();
    let whole = |status: u16, body: String| Response::builder().status(status).body(Body::from(body)).unwrap();
    match answer {
        Answer::Whole(status, body) => whole(status, body),
        Answer::Slow(after, status, body) => {
            tokio::time::sleep(after).await;
            whole(status, body)
        }
        Answer::Held(status, body) => {
            inner.is_let_go.subscribe().wait_for(|is_let_go| *is_let_go).await.unwrap();
            whole(status, body)
        }
        Answer::Nothing | Answer::Closed => std::future::pending().await,
        Answer::Redirect(status) => Response::builder().status(status).header(LOCATION, "/elsewhere").body(Body::empty()).unwrap(),
        Answer::RedirectTo(status, address) => Response::builder().status(status).header(LOCATION, address).body(Body::empty()).unwrap(),
        Answer::Endless => accepted().body(endless(&inner)).unwrap(),
        Answer::Gigabyte(encoding) => {
            let said = accepted().header(CONTENT_LENGTH, 1024 * 1024 * 1024);
            let said = encoding.iter().fold(said, |said, encoding| said.header(CONTENT_ENCODING, *encoding));
            said.body(endless(&inner)).unwrap()
        }
        Answer::Trickle => {
            let drops = stream::unfold((), async |()| {
                tokio::time::sleep(Duration::from_millis(10)).await;
                Some((Ok::<_, Infallible>("0"), ()))
            });
            accepted().body(Body::from_stream(drops)).unwrap()
        }
        Answer::Broken => {
            let begun = [Ok("0: Accepted"), Err(io::Error::other("broken"))];
            accepted().body(Body::from_stream(stream::iter(begun))).unwrap()
        }
    }
}

fn endless(inner: &Arc<Inner>) -> Body {
    let counted = Arc::clone(inner);
    Body::from_stream(stream::repeat_with(move || {
        counted.given.fetch_add(CHUNK, Ordering::Relaxed);
        Ok::<_, Infallible>("0: Accepted for delivery".repeat(CHUNK / 24))
    }))
}

fn pairs(text: &str) -> HashMap<String, String> {
    let address = reqwest::Url::parse(&format!("http://localhost/?{text}")).unwrap();
    address.query_pairs().into_owned().collect()
}
