//! A copy of the database and of the key, as docs/operating.md says: what is restored from them works like what was copied.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use app::accounts::digests::Digests;
use app::domain::role::Role;
use app::links::LinkKind;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

use crate::support::accounts::{SIP_PASSWORD, created, group, pgsm};
use crate::support::app::PASSWORD;
use crate::support::fake_gateway::{Answer, FakeGateway};
use crate::support::gateways::{TAKEN, choose_kannel, in_states, queue_one, told};
use crate::support::kannel;
use crate::support::program::{Directory, SECRET_KEY, Serving, stderr};
use crate::support::{Client, TestApp, database, until};

const USERNAME: &str = "2086693379";

/// What was there when the copy was made.
struct Copied {
    /// The file that pg_dump has written, and the key's.
    files: Directory,
    /// The path of a link that is on its way.
    link: String,
    gateway: FakeGateway,
}

impl Copied {
    fn file(&self) -> PathBuf {
        self.files.path().join("ringkey.dump")
    }

    fn key(&self) -> String {
        self.files.path().join("ringkey.key").display().to_string()
    }
}

/// A program of Postgres.
fn postgres_program(name: &str) -> Command {
    let given = std::env::var_os("PG_BIN").map(PathBuf::from);
    let debian = || fs::read_dir("/usr/lib/postgresql").unwrap().flatten().map(|version| version.path().join("bin")).max();
    Command::new(given.or_else(debian).unwrap().join(name))
}

fn run(mut command: Command) {
    let done = command.output().unwrap();
    assert!(done.status.success(), "{command:?}: {}", stderr(&done));
}

fn address(directory: &Path, role: &str) -> String {
    format!("postgres://{role}@localhost/ringkey?host={}", directory.display())
}

/// The key of the service in a file, as a first start leaves it.
fn write_key(path: &Path, key: &str) {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).unwrap();
    writeln!(file, "{key}").unwrap();
}

/// A server with a key from a file; tests give others theirs in the environment.
fn start(key: &str, database: [&str; 2]) -> Serving {
    Serving::start(&["--secret-key=", "--key-file", key, database[0], database[1]])
}

/// Fills a private Postgres, and copies it while its server runs.
async fn copied() -> Copied {
    let (data, files) = (Directory::new(), Directory::new());
    fs::create_dir(files.path()).unwrap();
    let gateway = FakeGateway::start(Answer::Whole(202, TAKEN.to_owned())).await;
    let mut copied = Copied { files, link: String::new(), gateway };
    write_key(Path::new(&copied.key()), SECRET_KEY);
    let mut server = start(&copied.key(), ["--data-dir", data.text()]);
    let base = server.address();
    let pool = PgPool::connect(&address(data.path(), "ringkey")).await.unwrap();
    // The first admin has changed the one-time password.
    sqlx::query("UPDATE operators SET must_change_password = false").execute(&pool).await.unwrap();
    let app = TestApp::of_program(&base, pool.clone());
    app.add_operator("ada", Role::Operator).await;
    let operator = app.sign_in_as(Role::Operator).await;
    let account = created(&operator, &pgsm(group(&app, "Milano").await, &json!({}))).await;
    choose_kannel(&app, &copied.gateway.address()).await;
    let message = Uuid::now_v7();
    let sms = json!({ "message": message, "account": account, "kind": "activation" });
    assert_eq!(operator.call("send_sms", &sms).await.status, StatusCode::OK);
    until(async || in_states(&pool, &["accepted"]).await == 1).await;
    let link: Uuid = sqlx::query_scalar("SELECT link_id FROM messages WHERE id = $1").bind(message).fetch_one(&pool).await.unwrap();
    copied.link = LinkKind::Activation.address("", &app.state.service.keys.link_token(link)).expose().to_owned();
    let mut sip = PgConnection::connect(&address(data.path(), "ringkey_sip")).await.unwrap();
    sqlx::query("INSERT INTO sip.location (ruid, username, expires) VALUES ('one', $1, extract(epoch FROM now())::bigint + 3600)")
        .bind(USERNAME)
        .execute(&mut sip)
        .await
        .unwrap();

    let mut dump = postgres_program("pg_dump");
    dump.args(["--format=custom", "--no-unlogged-table-data", "--username=ringkey", "--host", data.text(), "--file"]);
    dump.arg(copied.file()).arg("ringkey");
    run(dump);
    copied
}

/// Whether what runs on what was restored has lost nothing.
async fn is_whole(base: &str, pool: PgPool, copied: &Copied, as_sip: &str) {
    let client = Client::new(base, None);
    let reply = client.post_form("/sign-in", &[("name", "ada"), ("password", PASSWORD), ("next", "")]).await;
    assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/groups"), "{}", reply.text);
    let query = json!({ "filter": { "needle": "montanari" }, "sort": "owner", "descending": false });
    let found = client.call("list_accounts", &json!({ "query": query, "counts": true })).await.json();
    assert_eq!(found["rows"][0]["username"], USERNAME, "{found}");
    assert_eq!(client.get(&copied.link).await.status, StatusCode::OK, "a link that is on its way opens");

    let mut sip = PgConnection::connect(as_sip).await.unwrap();
    let digest: String =
        sqlx::query_scalar("SELECT ha1 FROM sip.subscriber WHERE username = $1").bind(USERNAME).fetch_one(&mut sip).await.unwrap();
    assert_eq!(digest, Digests::new(USERNAME, "sip.localhost", SIP_PASSWORD).ha1_md5);
    sqlx::query("SELECT allowed FROM sip.credentials($1, '192.0.2.7')").bind(USERNAME).fetch_one(&mut sip).await.unwrap();
    assert!(sqlx::query("SELECT FROM accounts").execute(&mut sip).await.is_err(), "it sees no more than before");
    let online = json!({ "filter": { "online": true }, "sort": "owner", "descending": false });
    let rows =
        async || client.call("list_accounts", &json!({ "query": online, "counts": true })).await.json()["rows"].as_array().map(Vec::len);
    assert_eq!(rows().await, Some(1));
    // And can be ended, which is told.
    sqlx::query("DELETE FROM sip.location").execute(&mut sip).await.unwrap();
    assert_eq!(rows().await, Some(0));

    let before = copied.gateway.calls().len();
    let message = queue_one(&pool).await;
    until(async || told(&pool, message).await.0 == "accepted").await;
    let calls = copied.gateway.calls();
    assert_eq!(calls.len(), before + 1, "what was sent before is not sent again");
    assert_eq!(calls[before].query["password"], kannel::PASSWORD, "the gateway's password opens");
}

#[tokio::test]
async fn a_copy_is_restored_over_a_private_postgres() {
    let copied = copied().await;
    let data = Directory::new();
    let mut fresh = start(&copied.key(), ["--data-dir", data.text()]);
    fresh.address();
    let mut restore = postgres_program("pg_restore");
    restore.args(["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error", "--username=ringkey"]);
    restore.args(["--dbname=ringkey", "--host", data.text()]).arg(copied.file());
    run(restore);
    assert_eq!(fresh.signal("-TERM"), Some(0));

    let mut server = start(&copied.key(), ["--data-dir", data.text()]);
    let base = server.address();
    let pool = PgPool::connect(&address(data.path(), "ringkey")).await.unwrap();
    is_whole(&base, pool, &copied, &address(data.path(), "ringkey_sip")).await;
}

#[tokio::test]
async fn a_copy_is_restored_into_a_postgres_of_ones_own_and_needs_its_key() {
    let copied = copied().await;
    let url = database::empty().await;
    let name = database::name_in(&url);
    database::administer(
        "DO $$ BEGIN CREATE ROLE ringkey_sip LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$".to_owned(),
    )
    .await;
    let mut restore = postgres_program("pg_restore");
    restore.args(["--no-owner", "--single-transaction", "--exit-on-error", "--username=postgres", "--host"]).arg(database::directory());
    restore.args(["--dbname", name]).arg(copied.file());
    run(restore);
    let pool = PgPool::connect(&url).await.unwrap();
    {
        let other = copied.files.path().join("another.key");
        write_key(&other, "another key of the service, which opens nothing");
        let mut server = start(other.to_str().unwrap(), ["--database-url", &url]);
        server.address();
        let message = queue_one(&pool).await;
        until(async || !told(&pool, message).await.1.is_empty()).await;
        assert_eq!(told(&pool, message).await.0, "queued", "the password of the gateway stays closed");
        sqlx::query("DELETE FROM messages WHERE id = $1").bind(message).execute(&pool).await.unwrap();
    }
    let mut server = start(&copied.key(), ["--database-url", &url]);
    let base = server.address();
    is_whole(&base, pool, &copied, &url.replace("postgres@", "ringkey_sip@")).await;
}
