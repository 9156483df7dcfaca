//! A private Postgres for people who have none: a child of Ringkey with a Unix socket in the data directory, reached
//! by nobody else and never run as root.
//!
//! It outlives no Ringkey: a watcher process holds the other end of a pipe, and stops Postgres when Ringkey is gone in
//! any way, kill -9 included. It dies for no Ringkey either: when Postgres ends by itself, it is started again.

mod cluster;
mod directory;
mod process;
mod programs;
mod user;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use cluster::Cluster;
use directory::Directory;
use process::Running;
pub use programs::NoPrograms;
pub use user::is_root;

/// The name of the database, and of the role that owns it.
pub const DATABASE: &str = "ringkey";
/// The role that may do everything; only used to create the other.
pub const SUPERUSER: &str = "postgres";

/// What the data is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// What was confirmed survives a crash and a power cut.
    Data,
    /// Fast, for tests: the directory is removed when Postgres stops.
    Nothing,
}

/// Why there is no private Postgres. Each is a sentence.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("another ringkey is using this directory")]
    InUse,
    #[error("{0}")]
    Directory(String),
    #[error(transparent)]
    NoPrograms(#[from] NoPrograms),
    #[error("Postgres did not start: {0}")]
    Postgres(String),
    #[error("Postgres did not start: {0}")]
    Io(#[from] std::io::Error),
}

/// A Postgres that runs until this value is dropped.
#[derive(Debug)]
pub struct PrivatePostgres {
    directory: PathBuf,
    stop: Option<mpsc::Sender<()>>,
    keeper: Option<JoinHandle<()>>,
    /// Held for as long as Postgres runs, so that no second Ringkey takes the same directory.
    _lock: File,
}

impl PrivatePostgres {
    /// Makes the cluster in `directory` if there is none, and starts it. `programs` is where initdb and postgres are, if
    /// not in Debian's place. Blocks until Postgres answers.
    pub fn start(directory: &Path, programs: Option<&Path>, keep: Keep) -> Result<Self, StartError> {
        let user = user::unprivileged()?;
        let directory = Directory::prepare(directory, user)?;
        let lock = directory.lock()?;
        let cluster = Cluster { programs: programs::find(programs)?, directory: directory.path().to_owned(), user, keep };
        cluster.finish_previous()?;
        cluster.create_if_missing()?;
        let running = cluster.run()?;
        let (stop, stopped) = mpsc::channel();
        let keeper = thread::spawn(move || keep_running(&cluster, running, &stopped));
        Ok(Self { directory: directory.path().to_owned(), stop: Some(stop), keeper: Some(keeper), _lock: lock })
    }

    /// How to reach `database` as `role`.
    pub fn options(&self, database: &str, role: &str) -> PgConnectOptions {
        options(&self.directory, database, role)
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(keeper) = self.keeper.take() {
            let _ = keeper.join();
        }
    }
}

/// How to reach the Postgres that runs in `directory`, also when another Ringkey has started it.
pub fn options(directory: &Path, database: &str, role: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .host(&directory.to_string_lossy())
        .port(cluster::PORT)
        .username(role)
        .database(database)
        .ssl_mode(PgSslMode::Disable)
}

/// Starts Postgres again when it ends by itself, until told to stop.
fn keep_running(cluster: &Cluster, mut running: Running, stopped: &mpsc::Receiver<()>) {
    loop {
        match stopped.recv_timeout(Duration::from_millis(500)) {
            Err(RecvTimeoutError::Timeout) if !running.has_ended() => {}
            Err(RecvTimeoutError::Timeout) => {
                tracing::warn!("the private Postgres has ended; starting it again");
                match cluster.finish_previous().and_then(|()| cluster.run()) {
                    Ok(again) => running = again,
                    Err(error) => tracing::error!(cause = ?error.to_string(), "the private Postgres"),
                }
            }
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return running.stop(),
        }
    }
}
