//! The processes: Postgres itself, the watcher that stops it when Ringkey is gone, and those of an earlier run.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::Keep;
use super::cluster::Cluster;

/// Reads until the pipe from Ringkey closes, then asks Postgres for a fast shutdown (SIGINT: ends transactions, writes
/// everything down). It must outlive the Ctrl-C and the hang-up that end Ringkey.
const WATCH: &str = r#"trap "" INT TERM HUP; read -r _; kill -INT "$1" 2>/dev/null"#;
/// The same, and the directory goes with it.
const WATCH_AND_REMOVE: &str = r#"trap "" INT TERM HUP; read -r _; kill -INT "$1" 2>/dev/null
    while kill -0 "$1" 2>/dev/null; do sleep 0.05; done; rm -rf -- "$2""#;

/// After this long without an end, Postgres is killed; what was confirmed is safe in its log then, too.
const PATIENCE: Duration = Duration::from_secs(60);

/// A Postgres that runs, and its watcher.
#[derive(Debug)]
pub struct Running {
    postgres: Child,
    /// Its standard input is the pipe that it reads.
    watcher: Child,
}

impl Running {
    /// Starts `postgres` and the watcher, each in a process group of its own: a Ctrl-C at the terminal is for Ringkey
    /// alone, which answers its open requests before it lets Postgres go.
    pub fn start(cluster: &Cluster, mut postgres: Command) -> io::Result<Self> {
        let mut postgres = postgres.process_group(0).spawn()?;
        match watch(cluster, postgres.id()) {
            Ok(watcher) => Ok(Self { postgres, watcher }),
            Err(error) => {
                let _ = postgres.kill();
                let _ = postgres.wait();
                Err(error)
            }
        }
    }

    /// Whether Postgres takes connections: it says so in the eighth line of its pid file.
    pub fn is_ready(&self, data: &Path) -> bool {
        let Ok(file) = fs::read_to_string(data.join("postmaster.pid")) else { return false };
        let lines: Vec<&str> = file.lines().map(str::trim).collect();
        lines.first() == Some(&self.postgres.id().to_string().as_str()) && lines.get(7) == Some(&"ready")
    }

    /// Whether Postgres has ended by itself. Its watcher is ended with it: the number of a process that is gone may
    /// soon be another's.
    pub fn has_ended(&mut self) -> bool {
        let ended = matches!(self.postgres.try_wait(), Ok(Some(_)));
        if ended {
            let _ = self.watcher.kill();
            let _ = self.watcher.wait();
        }
        ended
    }

    /// Lets Postgres write everything down and end.
    pub fn stop(mut self) {
        drop(self.watcher.stdin.take());
        let began = Instant::now();
        while matches!(self.postgres.try_wait(), Ok(None)) {
            if began.elapsed() > PATIENCE {
                tracing::error!("the private Postgres does not stop; killing it");
                let _ = self.postgres.kill();
            }
            thread::sleep(Duration::from_millis(10));
        }
        let _ = self.watcher.wait();
    }
}

fn watch(cluster: &Cluster, postgres: u32) -> io::Result<Child> {
    let script = if cluster.keep == Keep::Nothing { WATCH_AND_REMOVE } else { WATCH };
    let mut watcher = cluster.command("/bin/sh");
    watcher.args(["-c", script, "ringkey-watcher", &postgres.to_string()]).arg(&cluster.directory);
    watcher.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn()
}

/// Asks an earlier Postgres for a fast shutdown, when its watcher was killed as well.
pub fn interrupt(cluster: &Cluster, postmaster: u32) -> io::Result<()> {
    cluster.command("/bin/sh").args(["-c", r#"kill -INT "$1""#, "sh", &postmaster.to_string()]).status().map(drop)
}

/// Whether any process of a Postgres lives in the cluster `data`: each has it as its working directory.
pub fn any_in(data: &Path) -> bool {
    let Ok(processes) = fs::read_dir("/proc") else { return false };
    let numbers = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.into_iter().any(|number: u32| is_postgres_in(number, data))
}

/// The process that the cluster's pid file names, if it lives and is the cluster's.
pub fn postmaster_of(data: &Path) -> Option<u32> {
    let file = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let number = file.lines().next()?.trim().parse().ok()?;
    is_postgres_in(number, data).then_some(number)
}

fn is_postgres_in(process: u32, data: &Path) -> bool {
    let process = Path::new("/proc").join(process.to_string());
    let is_postgres = fs::read_to_string(process.join("comm")).is_ok_and(|name| name.trim() == "postgres");
    is_postgres && fs::read_link(process.join("cwd")).is_ok_and(|directory| directory == data)
}
