//! A Postgres that one test has to itself, to be stopped, hung, restarted and filled.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use app::db::MIGRATOR;
use app::domain::role::Role;
use app::operators::db as operators;
use server::private_postgres::SUPERUSER;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use uuid::Uuid;

use super::database;
use super::program::{eventually, send};

const DATABASE: &str = "ringkey";

/// Of Postgres, beside what a test asks for. What is confirmed survives a crash of Postgres; that the machine crashes is not tested.
const SETTINGS: [&str; 7] =
    ["listen_addresses=", "timezone=UTC", "fsync=off", "max_connections=60", "shared_buffers=16MB", "autovacuum=off", "wal_recycle=off"];

/// Ends Postgres when the tests end in any way, in whatever state it is.
const WATCH: &str = r#"trap "" INT TERM HUP; read -r _; read -r pid <"$1/data/postmaster.pid" && { kill -QUIT "$pid"; pkill -CONT -P "$pid"; kill -CONT "$pid"; }"#;

/// A cluster with a migrated database in it, and an operator of each role. It is copied for each test.
static TEMPLATE: LazyLock<PathBuf> = LazyLock::new(|| {
    let directory = database::run_directory().join("template");
    make(&directory);
    let data = directory.join("data");
    let mut initdb = command("initdb");
    initdb.args(["--username", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
    let made = initdb.arg("--pgdata").arg(&data).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut cluster = Cluster::of(directory.clone(), &[]);
    cluster.start();
    let (server, options) = (cluster.options("postgres"), cluster.options(DATABASE));
    database::to_the_end(async move || {
        database::run(&server, format!("CREATE DATABASE {DATABASE}")).await;
        let pool = PgPoolOptions::new().connect_with(options).await.unwrap();
        MIGRATOR.run(&pool).await.unwrap();
        for role in [Role::Viewer, Role::Operator, Role::Admin] {
            operators::create(&pool, role.as_str(), role, "$argon2id$", false).await.unwrap();
        }
        pool.close().await;
    });
    cluster.end("-INT");
    cluster.is_kept = true;
    directory
});

pub struct Cluster {
    directory: PathBuf,
    settings: Vec<String>,
    postgres: Option<Child>,
    watcher: Child,
    /// The directory stays for as long as the tests run.
    is_kept: bool,
}

impl Cluster {
    /// Starts one with these settings.
    pub fn start_with(settings: &[&str]) -> Self {
        let directory = database::run_directory().join(Uuid::new_v4().simple().to_string());
        make(&directory);
        Self::start_in(directory, settings)
    }

    /// Starts one in a directory that is there and Postgres' own.
    pub fn start_in(directory: PathBuf, settings: &[&str]) -> Self {
        let copied = Command::new("cp").arg("-a").arg(TEMPLATE.join("data")).arg(&directory).status().unwrap();
        assert!(copied.success());
        let mut cluster = Self::of(directory, settings);
        cluster.start();
        cluster
    }

    fn of(directory: PathBuf, settings: &[&str]) -> Self {
        let mut watcher = Command::new("/bin/sh");
        watcher.args(["-c", WATCH, "sh"]).arg(&directory).process_group(0);
        let watcher = watcher.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self {
            directory,
            settings: settings.iter().map(|setting| (*setting).to_owned()).collect(),
            postgres: None,
            watcher,
            is_kept: false,
        }
    }

    /// Starts Postgres, and waits until it takes connections.
    pub fn start(&mut self) {
        assert!(self.try_to_start(), "{}", self.log());
    }

    /// Starts Postgres; false when it ends before it takes connections.
    pub fn try_to_start(&mut self) -> bool {
        let mut postgres = command("postgres");
        postgres.arg("-D").arg(self.data()).arg("-k").arg(&self.directory).process_group(0);
        for setting in SETTINGS.into_iter().map(str::to_owned).chain(self.settings.iter().cloned()) {
            postgres.args(["-c", &setting]);
        }
        let log = File::options().create(true).append(true).open(self.directory.join("log")).unwrap();
        let mut postgres = postgres.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let mut lives = true;
        eventually("Postgres starts", || {
            lives = postgres.try_wait().unwrap().is_none();
            let file = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
            let lines: Vec<&str> = file.lines().map(str::trim).collect();
            !lives || lines.first() == Some(&postgres.id().to_string().as_str()) && lines.get(7) == Some(&"ready")
        });
        self.postgres = lives.then_some(postgres);
        lives
    }

    /// Whether Postgres has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.postgres.as_mut().is_none_or(|postgres| postgres.try_wait().unwrap().is_some())
    }

    /// Stops Postgres at once, as `pg_ctl stop -m immediate` does: connections break, and it recovers when it starts again.
    pub fn stop(&mut self) {
        self.end("-QUIT");
    }

    /// Stops it and starts it again.
    pub fn restart(&mut self) {
        self.stop();
        self.start();
    }

    /// All of its processes stop to do anything, and hold what they have.
    pub fn hang(&self) {
        self.send_to_all("-STOP");
    }

    /// They go on.
    pub fn wake(&self) {
        self.send_to_all("-CONT");
    }

    fn send_to_all(&self, signal: &str) {
        let Some(postmaster) = self.postgres.as_ref().map(Child::id) else { return };
        // The parent first: it starts no others meanwhile.
        send(signal, postmaster);
        children_of(postmaster).into_iter().for_each(|child| try_to_send(signal, child));
    }

    fn end(&mut self, signal: &str) {
        if let Some(mut postgres) = self.postgres.take() {
            try_to_send(signal, postgres.id());
            postgres.wait().unwrap();
        }
    }

    pub fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    pub fn socket(&self) -> PathBuf {
        self.directory.join(".s.PGSQL.5432")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }

    pub fn url(&self) -> String {
        format!("postgres://{SUPERUSER}@localhost/{DATABASE}?host={}", self.directory.display())
    }

    pub fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass().host(self.directory.to_str().unwrap()).username(SUPERUSER).database(database)
    }

    /// A pool of the test itself.
    pub fn pool(&self) -> PgPool {
        PgPoolOptions::new().max_connections(5).connect_lazy_with(self.options(DATABASE))
    }

    /// A connection beside any pool.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect_with(&self.options(DATABASE)).await.unwrap()
    }

    /// Runs statements as superuser, outside the database.
    pub async fn administer(&self, statements: &[&str]) {
        let mut connection = PgConnection::connect_with(&self.options("postgres")).await.unwrap();
        for statement in statements {
            sqlx::query(AssertSqlSafe((*statement).to_owned())).execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.wake();
        self.end("-QUIT");
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
        if !self.is_kept {
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

/// A directory that belongs to whom Postgres runs as.
fn make(directory: &Path) {
    DirBuilder::new().mode(0o700).create(directory).unwrap();
    let (uid, gid) = owner();
    chown(directory, Some(uid), Some(gid)).unwrap();
}

/// Whoever owns the files of the other Postgres: never root.
pub fn owner() -> (u32, u32) {
    let files = fs::metadata(database::run_directory().join("data")).unwrap();
    (files.uid(), files.gid())
}

/// A program of Postgres, which does not run as root.
fn command(name: &str) -> Command {
    let programs = std::env::var_os("PG_BIN").map_or_else(newest, PathBuf::from);
    let mut command = Command::new(programs.join(name));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
        command.env_remove(name);
    }
    let (uid, gid) = owner();
    if server::private_postgres::is_root() {
        command.uid(uid).gid(gid);
    }
    command.current_dir("/");
    command
}

fn newest() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").unwrap().map(|entry| entry.unwrap().path());
    let version = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().parse().unwrap_or(0);
    versions.max_by_key(version).unwrap().join("bin")
}

fn children_of(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_child = |process: &u32| {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // After the name, which may hold anything: the state, and the parent (proc(5)).
        stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok()) == Some(parent)
    };
    processes.filter(is_child).collect()
}

/// It may be gone meanwhile.
fn try_to_send(signal: &str, process: u32) {
    let _ = Command::new("kill").args([signal, &process.to_string()]).stderr(Stdio::null()).status();
}
