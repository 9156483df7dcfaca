//! The cluster on disk: making it, finishing what an earlier run left, and starting it.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::process::{self, Running};
use super::user::User;
use super::{Keep, SUPERUSER, StartError};

/// Only part of the socket's name: no port of the machine is opened.
pub const PORT: u16 = 5432;

/// How long an earlier Postgres may take to write everything down.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct Cluster {
    pub programs: PathBuf,
    /// Holds the cluster in `data`, the socket, the lock and the log.
    pub directory: PathBuf,
    pub user: Option<User>,
    pub keep: Keep,
}

impl Cluster {
    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// A command that runs as the unprivileged user and sees none of the settings that Postgres' programs read.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").stdin(Stdio::null());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        if let Some(user) = self.user {
            user.run(&mut command);
        }
        command
    }

    fn postgres_program(&self, name: &str) -> Command {
        self.command(&self.programs.join(name).to_string_lossy())
    }

    /// Waits until no process of an earlier Postgres is left, and removes what would keep a new one from starting. The
    /// caller holds the directory's lock, so no other Ringkey wants the earlier one any more.
    pub fn finish_previous(&self) -> Result<(), StartError> {
        let data = self.data();
        let began = Instant::now();
        let mut told = false;
        while process::any_in(&data) {
            if !told && let Some(postmaster) = process::postmaster_of(&data) {
                tracing::info!("waiting for an earlier Postgres to finish");
                process::interrupt(self, postmaster)?;
                told = true;
            }
            if began.elapsed() > PATIENCE {
                return Err(StartError::Postgres(format!("an earlier one in {} does not finish", data.display())));
            }
            thread::sleep(Duration::from_millis(50));
        }
        // Both files name a process. After a restart of the machine that number may be anybody's, and Postgres would wait
        // for it; here it is certain that none is left.
        for stale in [data.join("postmaster.pid"), self.directory.join(format!(".s.PGSQL.{PORT}.lock"))] {
            if stale.exists() {
                fs::remove_file(stale)?;
            }
        }
        Ok(())
    }

    /// Makes the cluster, unless there is one. It is made under another name first: a start that is cut short leaves
    /// nothing that looks complete.
    pub fn create_if_missing(&self) -> Result<(), StartError> {
        if self.data().join("PG_VERSION").exists() {
            return Ok(());
        }
        let unfinished = self.directory.join("data.new");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished)?;
        }
        tracing::info!(directory = %self.directory.display(), "making a private Postgres; this takes a few seconds, once");
        let mut initdb = self.postgres_program("initdb");
        initdb.args(["--username", SUPERUSER, "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", "--locale=C.UTF-8"]);
        if self.keep == Keep::Nothing {
            initdb.arg("--no-sync");
        }
        let made = initdb.arg("--pgdata").arg(&unfinished).output()?;
        if !made.status.success() {
            return Err(StartError::Postgres(String::from_utf8_lossy(&made.stderr).trim().to_owned()));
        }
        Ok(fs::rename(unfinished, self.data())?)
    }

    /// Starts Postgres and waits until it answers.
    pub fn run(&self) -> Result<Running, StartError> {
        let log = self.directory.join("postgres.log");
        if log.exists() {
            fs::rename(&log, log.with_extension("log.1"))?;
        }
        let mut postgres = self.postgres_program("postgres");
        postgres.arg("-D").arg(self.data()).arg("-k").arg(&self.directory).args(["-p", &PORT.to_string()]);
        for setting in self.settings() {
            postgres.args(["-c", &setting]);
        }
        postgres.stdout(Stdio::null()).stderr(File::create(&log)?);
        let mut running = Running::start(self, postgres)?;
        let mut slow_at = Some(Instant::now() + Duration::from_secs(10));
        while !running.is_ready(&self.data()) {
            if running.has_ended() {
                let log = fs::read_to_string(&log).unwrap_or_default();
                return Err(StartError::Postgres(last_lines(&log)));
            }
            // Recovery after a crash may take its time, and cutting it short gains nothing.
            if slow_at.take_if(|at| *at < Instant::now()).is_some() {
                tracing::info!("the private Postgres is still recovering");
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(running)
    }

    fn settings(&self) -> Vec<String> {
        let mut settings: Vec<String> = [
            "listen_addresses=",
            "unix_socket_permissions=0700",
            "timezone=UTC",
            "log_timezone=UTC",
            // A refused row's values would stand in the detail, digests of passwords among them.
            "log_error_verbosity=terse",
            "max_wal_size=2GB",
            // Nobody serves telephones from a spinning disk.
            "random_page_cost=1.1",
        ]
        .map(str::to_owned)
        .into();
        if self.keep == Keep::Nothing {
            settings.extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=400"].map(str::to_owned));
        } else {
            settings.push(format!("shared_buffers={}MB", buffers(&fs::read_to_string("/proc/meminfo").unwrap_or_default())));
        }
        settings
    }
}

/// A quarter of the machine's memory, as Postgres' manual (section 20.4) advises, between what is usual and 2 GiB: in MiB.
/// `meminfo` is /proc/meminfo (proc(5)).
fn buffers(meminfo: &str) -> u64 {
    let total = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    total.map_or(128, |kib| kib / 1024 / 4).clamp(128, 2_048)
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(5)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgres_gets_a_quarter_of_the_memory() {
        assert_eq!(buffers("MemTotal:        4028416 kB\nMemFree: 1 kB\n"), 983);
        assert_eq!([buffers("MemTotal: 500000 kB"), buffers("MemTotal: 99999999 kB"), buffers("")], [128, 2_048, 128]);
    }

    #[test]
    fn only_the_end_of_a_log_is_shown() {
        assert_eq!(last_lines("1\n2\n3\n4\n5\n6\n7\n"), "3\n4\n5\n6\n7");
        assert_eq!(last_lines(""), "");
    }
}
