//! The database, ready for use: found or started, migrated, and reached through a pool.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use app::db::{MIGRATOR, pool_options};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{Connection, PgConnection, PgPool};

use crate::config::{self, DatabasePooler, Settings};
use crate::failure::Failure;
use crate::pooler::Bridge;
use crate::private_postgres::{self, DATABASE, Keep, NoPrograms, PrivatePostgres, SUPERUSER, StartError};

/// Who asks for the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// A server: it has a data directory to itself.
    Serving,
    /// A command: it uses the Postgres of a server that runs on the same data directory.
    Command,
}

pub struct Database {
    pub pool: PgPool,
    /// Where the Postgres itself is, past a pooler: for those that come in with a role of their own.
    pub address: PgConnectOptions,
    private: Option<PrivatePostgres>,
    /// The way through a pooler.
    bridge: Option<Bridge>,
}

impl Database {
    /// Finds or starts the Postgres that the settings name, migrates it and connects to it.
    pub async fn open(settings: &Settings, purpose: For) -> Result<Self, Failure> {
        let direct = direct_url(settings)?;
        let (options, private) = match settings.database_url() {
            Some(url) => (from_url("database_url", url)?, None),
            None => private(settings, purpose).await?,
        };
        if settings.database_pooler == DatabasePooler::Transaction && asks_for_tls(&options) {
            let problem = "the way to a pooler is not encrypted: run the pooler on this machine, and let it encrypt the way to Postgres";
            return Err(Failure::setting("database_url", problem));
        }
        let address = direct.unwrap_or_else(|| options.clone());
        migrate(&address, options.get_username()).await.map_err(|failure| named(settings, failure))?;
        let (options, bridge) = match settings.database_pooler {
            DatabasePooler::None => (options, None),
            DatabasePooler::Transaction => {
                let (bridge, here) = Bridge::open(&options)
                    .map_err(|error| Failure::new(format!("the socket for the way to the pooler cannot be made: {error}")))?;
                (here, Some(bridge))
            }
        };
        let pool = pool_options(settings.pool_size).connect_lazy_with(options);
        Ok(Self { pool, address, private, bridge })
    }

    /// Closes the connections, and stops a private Postgres.
    pub async fn close(self) {
        self.pool.close().await;
        drop(self.bridge);
        // Dropping it waits for its end, which must not hold up the threads that still answer.
        let _ = tokio::task::spawn_blocking(move || drop(self.private)).await;
    }
}

/// Where the settings say that migrations go, if they say so. They hold a lock over several transactions, with which a pooler may
/// leave somebody else.
fn direct_url(settings: &Settings) -> Result<Option<PgConnectOptions>, Failure> {
    let pooler = settings.database_pooler == DatabasePooler::Transaction;
    match (settings.database_url(), settings.migration_url()) {
        (Some(_), Some(url)) => from_url("migration_url", url).map(Some),
        (Some(_), None) if pooler => {
            let database = config::name_of("database_url");
            Err(Failure::setting("migration_url", format!("{database} leads to a pooler, so say here how to reach the Postgres behind it")))
        }
        (None, _) if pooler => Err(Failure::setting("database_pooler", "a private Postgres has no pooler: name your own Postgres")),
        (None, Some(_)) => Err(Failure::setting(
            "migration_url",
            format!("it is for a Postgres of your own: set {}, too", config::name_of("database_url")),
        )),
        (_, None) => Ok(None),
    }
}

fn from_url(setting: &str, url: &str) -> Result<PgConnectOptions, Failure> {
    let wrong = || Failure::setting(setting, "this is not an address such as postgres://ringkey:password@db.example.com/ringkey");
    // sqlx takes any scheme, and would look for a Postgres on somebody's MySQL.
    let is_postgres = |scheme: &str| ["postgres", "postgresql"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    if !url.split_once(':').is_some_and(|(scheme, _)| is_postgres(scheme)) {
        return Err(wrong());
    }
    // The reason might repeat the password that is in the value.
    PgConnectOptions::from_str(url).map_err(|_| wrong())
}

/// Whether nothing but an encrypted connection will do.
fn asks_for_tls(options: &PgConnectOptions) -> bool {
    matches!(options.get_ssl_mode(), PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull)
}

async fn private(settings: &Settings, purpose: For) -> Result<(PgConnectOptions, Option<PrivatePostgres>), Failure> {
    let (directory, programs) = (data_dir(settings)?, settings.pg_bin.clone());
    let started = {
        let directory = directory.clone();
        tokio::task::spawn_blocking(move || PrivatePostgres::start(&directory, programs.as_deref(), Keep::Data)).await
    };
    match started.map_err(|error| Failure::new(error.to_string()))? {
        Ok(postgres) => {
            create_database(&postgres.options("postgres", SUPERUSER)).await?;
            Ok((postgres.options(DATABASE, DATABASE), Some(postgres)))
        }
        Err(StartError::InUse) if purpose == For::Command => Ok((joined(&directory)?, None)),
        Err(StartError::InUse) => {
            let problem = format!("another ringkey is using {}: stop it, or name another directory", directory.display());
            Err(Failure::setting("data_dir", problem))
        }
        Err(StartError::Directory(problem)) => Err(Failure::setting("data_dir", problem)),
        Err(StartError::NoPrograms(error @ NoPrograms::InPlace(_))) => Err(Failure::setting("pg_bin", error)),
        Err(error) => Err(Failure::new(format!("{error}."))),
    }
}

fn joined(directory: &Path) -> Result<PgConnectOptions, Failure> {
    let directory = directory.canonicalize().map_err(|error| Failure::setting("data_dir", error))?;
    Ok(private_postgres::options(&directory, DATABASE, DATABASE))
}

/// The data directory, of the private Postgres and of the key: given, or the usual place of the user who runs Ringkey.
pub fn data_dir(settings: &Settings) -> Result<PathBuf, Failure> {
    if let Some(directory) = &settings.data_dir {
        return std::path::absolute(directory).map_err(|error| Failure::setting("data_dir", error));
    }
    if private_postgres::is_root() {
        return Ok("/var/lib/ringkey".into());
    }
    let path = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = path("XDG_DATA_HOME").or_else(|| Some(path("HOME")?.join(".local/share")));
    home.map(|home| home.join("ringkey"))
        .ok_or_else(|| Failure::setting("data_dir", "there is no home directory, so say where the data goes"))
}

/// Makes the roles and the database that Ringkey and its SIP server work with. No role is a superuser: nothing that they do
/// can reach the machine's files through Postgres.
async fn create_database(as_superuser: &PgConnectOptions) -> Result<(), Failure> {
    let mut connection = PgConnection::connect_with(as_superuser).await?;
    let role: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ringkey')").fetch_one(&mut connection).await?;
    if !role {
        sqlx::query("CREATE ROLE ringkey LOGIN").execute(&mut connection).await?;
    }
    let sip_role: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ringkey_sip')").fetch_one(&mut connection).await?;
    if !sip_role {
        sqlx::query("CREATE ROLE ringkey_sip LOGIN").execute(&mut connection).await?;
    }
    let database: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'ringkey')").fetch_one(&mut connection).await?;
    if !database {
        sqlx::query("CREATE DATABASE ringkey OWNER ringkey").execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(())
}

/// Brings the tables up to date; of several servers that start at once, one does, and the others wait for it. Tables of a newer
/// Ringkey are no fault: a migration only adds, so that this one goes on while its servers are replaced one after another. A role
/// other than the tables' owner, that serves, gets what it needs of them.
async fn migrate(options: &PgConnectOptions, serving: &str) -> Result<(), Failure> {
    let cannot_reach = |error| Failure::new(format!("the database cannot be reached: {error}"));
    let mut connection = PgConnection::connect_with(options).await.map_err(cannot_reach)?;
    let mut migrator = Migrator::with_migrations(MIGRATOR.iter().cloned().collect());
    let migrated = migrator.set_ignore_missing(true).run(&mut connection).await;
    migrated.map_err(|error| Failure::new(format!("the database could not be brought up to date: {error}")))?;
    let newest: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(&mut connection).await?;
    let known = MIGRATOR.iter().map(|migration| migration.version).max();
    if newest > known {
        tracing::warn!(newest, known, "the tables are those of a newer Ringkey: this one goes on with them; update it, too");
    }
    // A role of SIP servers that was made after the last start gets its rights now.
    let has_sip_role: bool = sqlx::query_scalar("SELECT sip.admit_server()").fetch_one(&mut connection).await?;
    if !has_sip_role {
        tracing::info!("no SIP server can read the accounts yet: docs/sip.md says how to make the role ringkey_sip");
    }
    sqlx::query(
        "SELECT admit_application(role.rolname) FROM pg_roles role, pg_class log
         WHERE role.rolname = $1 AND log.oid = 'audit_log'::regclass AND log.relowner <> role.oid
           AND pg_has_role(current_user, log.relowner, 'USAGE')",
    )
    .bind(serving)
    .execute(&mut connection)
    .await?;
    connection.close().await?;
    Ok(())
}

fn named(settings: &Settings, failure: Failure) -> Failure {
    let setting = settings.migration_url().map(|_| "migration_url").or_else(|| settings.database_url().map(|_| "database_url"));
    match setting {
        Some(setting) => Failure::setting(setting, failure),
        None => failure,
    }
}
