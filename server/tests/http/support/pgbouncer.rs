//! A real PgBouncer in transaction mode before the Postgres of the tests, as Debian packs it, with the settings that docs/operating.md
//! names.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use server::private_postgres::SUPERUSER;

use super::database;
use super::program::{Directory, eventually};

const PGBOUNCER: &str = "/usr/sbin/pgbouncer";
/// A part of the socket's name; no port of the machine.
const PORT: u16 = 6432;

pub struct PgBouncer {
    directory: Directory,
    process: Child,
}

impl PgBouncer {
    /// Starts, with so many connections to each database; some database of the tests was made before.
    pub fn start(connections: usize) -> Self {
        let directory = Directory::new();
        fs::create_dir(directory.path()).unwrap();
        let postgres = database::directory();
        let settings = format!(
            "[databases]\n* = host={postgres} port=5432\n\
             [pgbouncer]\npool_mode = transaction\ndefault_pool_size = {connections}\nmax_client_conn = 200\n\
             query_wait_timeout = 5\nserver_login_retry = 1\n\
             listen_addr =\nlisten_port = {PORT}\nunix_socket_dir = {here}\n\
             auth_type = trust\nauth_file = {here}/users\nlogfile = {here}/log\n",
            postgres = postgres.display(),
            here = directory.text()
        );
        fs::write(directory.path().join("settings.ini"), settings).unwrap();
        fs::write(directory.path().join("users"), format!("\"{SUPERUSER}\" \"\"\n")).unwrap();
        if server::private_postgres::is_root() {
            let owner = fs::metadata(&postgres).unwrap();
            chown(directory.path(), Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        let process = run(directory.path());
        Self { directory, process }
    }

    /// Ends in the middle of everything.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts again where it was.
    pub fn start_again(&mut self) {
        fs::remove_file(socket(self.directory.path())).unwrap();
        self.process = run(self.directory.path());
    }

    /// The address of a database through it.
    pub fn address_of(&self, name: &str) -> String {
        format!("postgres://{SUPERUSER}@localhost/{name}?host={}&port={PORT}", self.directory.text())
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

fn socket(directory: &Path) -> PathBuf {
    directory.join(format!(".s.PGSQL.{PORT}"))
}

/// Runs it until it listens.
fn run(directory: &Path) -> Child {
    let mut command = Command::new(PGBOUNCER);
    command.arg("-q").arg(directory.join("settings.ini")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // As Postgres, it refuses to be root.
    if server::private_postgres::is_root() {
        let owner = fs::metadata(directory).unwrap();
        command.uid(owner.uid()).gid(owner.gid());
    }
    let process = command.spawn().unwrap_or_else(|error| panic!("{PGBOUNCER}: {error}. Install what the tests need: tools/install test"));
    eventually("PgBouncer listens", || UnixStream::connect(socket(directory)).is_ok());
    process
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
