//! Servers are replaced one after another: the old ones go on with the tables of the new one.

use app::db::MIGRATOR;
use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use crate::batch_upload::{address, last, profile, send, sent};
use crate::support::accounts::{created, group, pgsm};
use crate::support::gateways::in_states;
use crate::support::program::{Serving, ringkey, stderr, stdout};
use crate::support::{TestApp, database, until};

/// From this one on Ringkey was in use.
const FIRST: i64 = 13;
/// What takes away, renames, or asks more than before of what is written, and so may break a server that does not know of it.
const NOT_MERELY_ADDED: [&str; 12] = [
    "DROP TABLE",
    "DROP COLUMN",
    "DROP VIEW",
    "DROP FUNCTION",
    "DROP TYPE",
    "DROP SCHEMA",
    "DROP EXTENSION",
    "RENAME ",
    "SET NOT NULL",
    " TYPE ",
    "SET DATA",
    "DISABLE TRIGGER",
];
/// Migrations in which one of these is no harm, each with the reason.
const HARMLESS: [(i64, &str, &str); 2] = [
    (23, "DROP COLUMN", "account_search.registered is there again in the same statement, and only says what has to be asked further"),
    (22, "DROP FUNCTION", "nobody called sip.note_registration and sip.note_end but triggers, which are replaced with them"),
];

/// The statement without its comments, in capitals, with single spaces.
fn bare(sql: &str) -> String {
    let lines = sql.lines().map(|line| line.split("--").next().unwrap_or_default());
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ").to_uppercase()
}

#[test]
fn migrations_only_add() {
    for migration in MIGRATOR.iter().filter(|migration| migration.version >= FIRST) {
        let sql = bare(migration.sql.as_str());
        for words in NOT_MERELY_ADDED {
            let is_harmless = HARMLESS.iter().any(|(version, harmless, _)| *version == migration.version && *harmless == words);
            assert!(is_harmless || !sql.contains(words), "migration {}: {words}", migration.version);
        }
        // A column without a default is one that the old server does not fill.
        for added in sql.split("ADD COLUMN ").skip(1) {
            let column = added.split([';', ',']).next().unwrap();
            let is_filled = !column.contains("NOT NULL") || column.contains("DEFAULT") || column.contains("GENERATED");
            assert!(is_filled, "migration {}: {column}", migration.version);
        }
    }
}

/// A schema as a later Ringkey would leave it: every table has one column more, and there is another table.
async fn grow(pool: &PgPool) {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
         WHERE schemaname IN ('public', 'sip') AND tablename <> '_sqlx_migrations'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    assert!(tables.len() > 15, "{tables:?}");
    for table in tables {
        let grown = format!("ALTER TABLE {table} ADD COLUMN from_the_future text NOT NULL DEFAULT 'new'");
        sqlx::query(sqlx::AssertSqlSafe(grown)).execute(pool).await.unwrap();
    }
    sqlx::query("CREATE TABLE of_the_future (id uuid PRIMARY KEY)").execute(pool).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'of the future', true, '', 0)",
    )
    .execute(pool)
    .await
    .unwrap();
}

/// What people do all day.
async fn work(app: &TestApp, name: &str) {
    let operator = app.sign_in_as(Role::Operator).await;
    let (milano, profile) = (group(app, name).await, profile(&app.pool).await);
    let username = (2_000_000_000 + Uuid::new_v4().as_u128() % 1_000_000_000).to_string();
    let id = created(&operator, &pgsm(milano, &json!({ "username": username, "number": format!("+39{username}") }))).await;
    let draft = pgsm(
        milano,
        &json!({ "username": username, "number": format!("+39{username}"), "owner": "Ada Riva", "password": "", "repeat_password": "" }),
    );
    let edited = operator.call("update_account", &json!({ "id": id, "version": 1, "draft": draft })).await;
    assert_eq!(edited.status, StatusCode::OK, "{}", edited.text);
    let query = json!({ "filter": { "needle": username }, "sort": "owner", "descending": false });
    let found = operator.call("list_accounts", &json!({ "query": query, "counts": true })).await;
    assert_eq!(found.json()["rows"][0]["owner"], "Ada Riva", "{}", found.text);
    let sent_sms = operator.call("send_sms", &json!({ "message": Uuid::now_v7(), "account": id, "kind": "activation" })).await;
    assert_eq!(sent_sms.status, StatusCode::OK, "{}", sent_sms.text);
    until(async || in_states(&app.pool, &["queued", "sending"]).await == 0).await;
    let batch = Uuid::now_v7();
    let first = (Uuid::new_v4().as_u128() % 9_000_000) as usize;
    let imported = send(&operator, &address(batch, milano, profile, 10, 10), sent(10, first)).await;
    assert_eq!(last(&imported), json!({ "done": 10 }));
    assert_eq!(last(&operator.call("undo_batch", &json!({ "id": batch })).await), json!({ "done": 10 }));
    for page in ["/groups", "/accounts", "/registered", "/messages", "/batches", "/profiles", &format!("/accounts/{id}")] {
        assert_eq!(operator.get(page).await.status, StatusCode::OK, "{page}");
    }
    let shown = operator.call("show_account", &json!({ "id": id })).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    assert_eq!(operator.call("delete_account", &json!({ "id": id })).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_old_server_works_and_starts_on_the_tables_of_a_newer_one() {
    let url = database::empty().await;
    let start = || Serving::start(&["--database-url", &url]);
    let mut running = start();
    let address = running.address();
    let pool = PgPool::connect(&url).await.unwrap();
    sqlx::query("UPDATE operators SET must_change_password = false").execute(&pool).await.unwrap();
    let app = TestApp::of_program(&address, pool.clone());
    work(&app, "Before").await;
    grow(&pool).await;
    work(&app, "Meanwhile").await;

    let mut again = start();
    let app = TestApp::of_program(&again.address(), pool.clone());
    again.log_line("the tables are those of a newer Ringkey");
    work(&app, "Afterwards").await;
    let listed = ringkey(&["operator", "list", "--database-url", &url]).output().unwrap();
    assert!(listed.status.success() && stdout(&listed).contains("admin"), "{}", stderr(&listed));
}

#[tokio::test]
async fn a_schema_that_is_older_is_brought_up_to_date_and_one_that_was_changed_is_refused() {
    let url = database::empty().await;
    let pool = PgPool::connect(&url).await.unwrap();
    MIGRATOR.run_to(12, &pool).await.unwrap();
    let newest = MIGRATOR.iter().map(|migration| migration.version).max().unwrap();
    assert_eq!(Serving::start(&["--database-url", &url]).address().split(':').next(), Some("http"));
    let reached: i64 = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(&pool).await.unwrap();
    assert_eq!(reached, newest);

    sqlx::query("UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 12").execute(&pool).await.unwrap();
    let refused = ringkey(&["serve", "--listen", "127.0.0.1:0", "--database-url", &url]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("could not be brought up to date"), "{}", stderr(&refused));
}
