//! One Postgres a test run, and in it a fresh database for each test. The watcher of the private Postgres stops it and
//! removes its directory when the run ends in any way.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use app::db::MIGRATOR;
use server::private_postgres::{Keep, PrivatePostgres, SUPERUSER};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use uuid::Uuid;

const TEMPLATE: &str = "migrated";

static POSTGRES: LazyLock<PrivatePostgres> = LazyLock::new(|| {
    let postgres = PrivatePostgres::start(&directory(), None, Keep::Nothing).expect("a Postgres for the tests");
    let (server, template) = (options(&postgres, "postgres"), options(&postgres, TEMPLATE));
    to_the_end(async move || {
        run(&server, format!("CREATE DATABASE {TEMPLATE}")).await;
        let mut connection = PgConnection::connect_with(&template).await.unwrap();
        MIGRATOR.run(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
    postgres
});

/// A database with all tables and no rows of tests; nobody else uses it.
pub async fn fresh() -> PgPool {
    let options = create(&format!("TEMPLATE {TEMPLATE}")).await;
    PgPoolOptions::new().max_connections(5).acquire_timeout(Duration::from_secs(3)).connect_lazy_with(options)
}

/// The same, with its address for a server that runs by itself.
pub async fn fresh_with_address() -> (PgPool, String) {
    let pool = fresh().await;
    let address = address_of(pool.connect_options().get_database().unwrap());
    (pool, address)
}

/// The address of a database without any table.
pub async fn empty() -> String {
    address_of(create("").await.get_database().unwrap())
}

/// The address of a database.
pub fn address_of(name: &str) -> String {
    format!("postgres://{SUPERUSER}@localhost/{name}?host={}", directory().display())
}

/// The name of the database at an address of these.
pub fn name_in(address: &str) -> &str {
    address.split('?').next().and_then(|way| way.rsplit('/').next()).unwrap()
}

/// A connection as SIP servers have it.
pub async fn as_sip_server(pool: &PgPool) -> PgConnection {
    let options = PgConnectOptions::clone(&pool.connect_options()).username("ringkey_sip");
    PgConnection::connect_with(&options).await.unwrap()
}

/// Waits until a connection to this database waits for a lock of another.
pub async fn until_somebody_waits(pool: &PgPool) {
    until_waiting(pool, 1).await;
}

/// Waits until so many do.
pub async fn until_waiting(pool: &PgPool, count: i64) {
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let began = Instant::now();
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(pool).await.unwrap() < count {
        assert!(began.elapsed() < Duration::from_secs(60), "nobody waits for a lock");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Runs a statement as superuser, outside the database under test.
pub async fn administer(statement: String) {
    run(&options(&POSTGRES, "postgres"), statement).await;
}

async fn create(how: &str) -> PgConnectOptions {
    let name = format!("test_{}", Uuid::new_v4().simple());
    administer(format!("CREATE DATABASE {name} {how}")).await;
    options(&POSTGRES, &name)
}

pub async fn run(options: &PgConnectOptions, statement: String) {
    let mut connection = PgConnection::connect_with(options).await.unwrap();
    sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn options(postgres: &PrivatePostgres, database: &str) -> PgConnectOptions {
    postgres.options(database, SUPERUSER)
}

/// Where the Postgres of this run is, which goes away with the run.
pub fn run_directory() -> PathBuf {
    LazyLock::force(&POSTGRES);
    directory()
}

/// Where the Postgres of this run has its socket.
pub fn directory() -> PathBuf {
    std::env::temp_dir().join(format!("ringkey-test-{}", std::process::id()))
}

/// Works on a thread and a runtime of its own, since each test has its own, which ends with it.
pub fn to_the_end(work: impl AsyncFnOnce() + Send + 'static) {
    let all = move || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work());
    std::thread::spawn(all).join().unwrap();
}
