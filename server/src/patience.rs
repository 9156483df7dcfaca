//! How long one waits for the other end of a connection. Who sends the head of a request a byte a second, or reads an answer so, keeps
//! others from nothing, but would hold a connection for ever, and there are only so many.
//!
//! The body of a request is no matter of this file: who waits for one has a limit of their own (`answer_in_time.rs`, `app::batch::receive`).

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::connect_info::{Connected, IntoMakeServiceWithConnectInfo};
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep_until};

/// How long is waited.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For the head of a request, from its first byte to its last.
    pub head: Duration,
    /// For the next request on a connection that is kept. Proxies close theirs after a minute, and must be the first to do so: a
    /// request that crosses with the closing is lost.
    pub idle: Duration,
    /// For the other end to take anything of an answer.
    pub reading: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { head: Duration::from_secs(15), idle: Duration::from_secs(75), reading: Duration::from_secs(60) }
    }
}

/// A port whose connections are closed when the other end takes too long.
pub struct Patient {
    port: TcpListener,
    limits: Limits,
}

impl Patient {
    #[must_use]
    pub const fn new(port: TcpListener, limits: Limits) -> Self {
        Self { port, limits }
    }
}

impl Listener for Patient {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.port).await;
        (Line::new(stream, self.limits), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.port.local_addr()
    }
}

/// What answers on a [`Patient`] port.
pub fn service(router: Router) -> IntoMakeServiceWithConnectInfo<Router, Peer> {
    router.layer(from_fn(answer)).into_make_service_with_connect_info()
}

/// The other end of a connection, and its requests.
#[derive(Clone, Debug)]
pub struct Peer {
    address: SocketAddr,
    requests: Arc<Requests>,
}

/// The requests of a connection whose head has arrived.
#[derive(Debug, Default)]
struct Requests {
    all: AtomicUsize,
    /// Those whose answer is not whole yet.
    open: AtomicUsize,
}

impl Connected<IncomingStream<'_, Patient>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Patient>) -> Self {
        Self { address: *stream.remote_addr(), requests: Arc::clone(&stream.io().requests) }
    }
}

/// Notes that a request is being answered, up to the last byte of the answer.
async fn answer(ConnectInfo(peer): ConnectInfo<Peer>, mut request: Request, next: Next) -> Response {
    let busy = Busy::new(peer.requests);
    request.extensions_mut().insert(ConnectInfo(peer.address));
    next.run(request).await.map(|body| Body::new(Answer { body, _busy: busy }))
}

/// A request that is being answered.
struct Busy(Arc<Requests>);

impl Busy {
    fn new(requests: Arc<Requests>) -> Self {
        requests.all.fetch_add(1, Ordering::Relaxed);
        requests.open.fetch_add(1, Ordering::Relaxed);
        Self(requests)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Answer {
    body: Body,
    _busy: Busy,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaited {
    /// The first byte of a request.
    Request,
    /// The rest of its head.
    Head,
    /// Nothing of this file's: a request is being answered.
    Answer,
}

/// A connection.
pub struct Line {
    stream: TcpStream,
    limits: Limits,
    requests: Arc<Requests>,
    /// How many of them were seen to.
    seen: usize,
    awaited: Awaited,
    /// When what is awaited has to be there.
    until: Pin<Box<Sleep>>,
    /// When the other end has to take something of what waits to be written, if anything does.
    taken: Option<Pin<Box<Sleep>>>,
}

impl Line {
    fn new(stream: TcpStream, limits: Limits) -> Self {
        let until = Box::pin(sleep_until(Instant::now() + limits.idle));
        Self { stream, limits, requests: Arc::default(), seen: 0, awaited: Awaited::Request, until, taken: None }
    }

    fn await_now(&mut self, awaited: Awaited) {
        self.awaited = awaited;
        let limit = match awaited {
            Awaited::Request => self.limits.idle,
            Awaited::Head => self.limits.head,
            Awaited::Answer => return,
        };
        self.until.as_mut().reset(Instant::now() + limit);
    }

    /// Sees to what has changed since the last look: requests begin and end elsewhere.
    fn look(&mut self) {
        let all = self.requests.all.load(Ordering::Relaxed);
        if all != self.seen {
            self.seen = all;
            self.awaited = Awaited::Answer;
        }
        if self.awaited == Awaited::Answer && self.requests.open.load(Ordering::Relaxed) == 0 {
            self.await_now(Awaited::Request);
        }
    }

    /// What a write has come to; ready with an error when the other end has taken nothing for too long.
    fn written(&mut self, context: &mut Context<'_>, done: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if done.is_ready() {
            self.taken = None;
            return done;
        }
        let limit = self.limits.reading;
        let taken = self.taken.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + limit)));
        ready!(taken.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.look();
        let before = buffer.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, buffer) {
            if self.awaited == Awaited::Request && buffer.filled().len() > before {
                self.await_now(Awaited::Head);
            }
            return Poll::Ready(read);
        }
        if self.awaited != Awaited::Answer {
            ready!(self.until.as_mut().poll(context));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, done)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, pieces: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.written(context, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
