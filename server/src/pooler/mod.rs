//! The way to a Postgres behind a pooler in transaction mode.
//!
//! Such a pooler gives a connection to somebody else at each end of a transaction, and a statement without one is a transaction
//! by itself. Two things are then lost that sqlx relies on: statements that were prepared under a name, and what it does between
//! preparing a statement and using it. So its connections come here first, to a socket in a directory that nobody else enters,
//! and what they say is said to the pooler in a way that needs neither: [`talk::Talk`]. sqlx has no switch for that: with
//! `persistent(false)` it would still send a statement in one transaction and its arguments in the next, where they meet the
//! statement of somebody else.

mod talk;

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;

use talk::{Talk, whole};

/// Read at once from either side.
const PIECE: usize = 16 * 1024;
/// When no connection can be taken, the next is waited for this long.
const PAUSE: Duration = Duration::from_millis(100);

/// Takes connections of this process and leads them to the pooler, until it is dropped.
#[derive(Debug)]
pub struct Bridge {
    directory: PathBuf,
    taking: JoinHandle<()>,
}

impl Bridge {
    /// Opens the way to the pooler at this address; gives the address to use in its place.
    pub fn open(pooler: &PgConnectOptions) -> io::Result<(Self, PgConnectOptions)> {
        let directory = std::env::temp_dir().join(format!("ringkey-pooler-{}", Uuid::new_v4().simple()));
        DirBuilder::new().mode(0o700).create(&directory)?;
        let listener = UnixListener::bind(socket(&directory, pooler.get_port())).inspect_err(|_| remove(&directory))?;
        // A pooler takes no setting of a session but those that it knows; what sqlx reads comes in binary, whatever this one says.
        let here = pooler.clone().socket(&directory).ssl_mode(PgSslMode::Disable).extra_float_digits(None);
        let taking = tokio::spawn(take(listener, pooler.clone()));
        Ok((Self { directory, taking }, here))
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.taking.abort();
        remove(&self.directory);
    }
}

fn remove(directory: &Path) {
    if let Err(error) = fs::remove_dir_all(directory) {
        tracing::debug!(cause = ?error.to_string(), "the directory of a socket stays behind");
    }
}

fn socket(directory: &Path, port: u16) -> PathBuf {
    directory.join(format!(".s.PGSQL.{port}"))
}

async fn take(listener: UnixListener, pooler: PgConnectOptions) {
    // They end with this task.
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((connection, _)) => {
                connections.spawn(lead(connection, pooler.clone()));
            }
            Err(error) => {
                tracing::warn!(cause = ?error.to_string(), "a connection to the pooler cannot be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

/// Leads one connection until either side ends it.
async fn lead(connection: UnixStream, pooler: PgConnectOptions) {
    let there = match connect(&pooler).await {
        Ok(there) => there,
        Err(error) => {
            tracing::warn!(cause = ?error.to_string(), "the pooler cannot be reached");
            return;
        }
    };
    let talk = Arc::new(Mutex::new(Talk::default()));
    let ((from_here, to_here), (from_there, to_there)) = (split(connection), split(there));
    let ended = tokio::select! {
        ended = requests(from_here, to_there, &talk) => ended,
        ended = answers(from_there, to_here, &talk) => ended,
    };
    if let Err(error) = ended {
        tracing::debug!(cause = ?error.to_string(), "a connection to the pooler has broken");
    }
}

trait Line: AsyncRead + AsyncWrite + Send + Unpin {}
impl<L: AsyncRead + AsyncWrite + Send + Unpin> Line for L {}

async fn connect(pooler: &PgConnectOptions) -> io::Result<Box<dyn Line>> {
    let (host, port) = (pooler.get_host(), pooler.get_port());
    // As sqlx reads an address.
    let directory = pooler.get_socket().map(PathBuf::as_path).or_else(|| host.starts_with('/').then_some(Path::new(host)));
    if let Some(directory) = directory {
        return Ok(Box::new(UnixStream::connect(socket(directory, port)).await?));
    }
    let there = TcpStream::connect((host, port)).await?;
    there.set_nodelay(true)?;
    Ok(Box::new(there))
}

async fn requests(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, talk: &Mutex<Talk>) -> io::Result<()> {
    let (mut come, mut said) = (Vec::new(), Vec::new());
    // The first message, which opens the connection, has no letter.
    let mut has_begun = false;
    while read(&mut from, &mut come).await? {
        let mut at = 0;
        while let Some(length) = whole(&come[at..], has_begun)? {
            let message = &come[at..at + length];
            if has_begun {
                talk.lock().unwrap_or_else(PoisonError::into_inner).request(message, &mut said);
            } else {
                said.extend_from_slice(message);
                has_begun = true;
            }
            at += length;
        }
        come.drain(..at);
        to.write_all(&said).await?;
        to.flush().await?;
        said.clear();
    }
    to.shutdown().await
}

async fn answers(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, talk: &Mutex<Talk>) -> io::Result<()> {
    let (mut come, mut told) = (Vec::new(), Vec::new());
    while read(&mut from, &mut come).await? {
        let mut at = 0;
        while let Some(length) = whole(&come[at..], true)? {
            let message = &come[at..at + length];
            if talk.lock().unwrap_or_else(PoisonError::into_inner).is_for_client(message) {
                told.extend_from_slice(message);
            }
            at += length;
        }
        come.drain(..at);
        to.write_all(&told).await?;
        to.flush().await?;
        told.clear();
    }
    to.shutdown().await
}

/// Adds what comes next; false at the end.
async fn read(from: &mut (impl AsyncRead + Unpin), come: &mut Vec<u8>) -> io::Result<bool> {
    come.reserve(PIECE);
    Ok(from.read_buf(come).await? > 0)
}
