//! Accounts by the file, from the shell: all or none, and what the database holds then.

use app::audit::db::Author;
use app::batch::import::{self, Batch, ImportError};
use app::domain::batch::{BatchRow, Choices, SentRow, read};
use app::domain::role::Role;
use app::domain::scope::Scope;
use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::accounts::{group, pgsm};
use crate::support::program::{ringkey, run_with_input, stderr, stdout};
use crate::support::{TestApp, database};

const HEADER: &str = "fullName,gsmNumber,email,securityModel,description\r\n";
const AUTHOR: Author<'static> = Author { id: None, name: "marta", address: None };

/// Stores these rows, of a file that had so many.
async fn import(pool: &PgPool, id: Uuid, (group, profile): (Uuid, Uuid), rows_read: usize, rows: &[SentRow]) -> Result<usize, ImportError> {
    let batch = Batch { id, file_name: "people.csv", group, profile, rows_read, rows: rows.len() };
    let pieces = rows.chunks(700).map(|piece| Ok(piece.to_vec()));
    import::import(pool, AUTHOR, &Scope::All, batch, futures::stream::iter(pieces), &mut |_| true).await
}

fn rows(text: &str) -> Vec<SentRow> {
    let sheet = read(format!("{HEADER}{text}").as_bytes(), &Choices::default()).unwrap().sheet;
    (0..sheet.len()).map(|row| (sheet.line(row), sheet.account(row).unwrap())).collect()
}

/// So many rows with numbers of their own.
fn many(count: usize) -> String {
    (0..count).map(|at| format!("Person {at},+39320{at:07},p{at}@example.com,,\"a \"\"note\"\",\nof two lines\"\r\n")).collect()
}

async fn profile(pool: &PgPool) -> Uuid {
    sqlx::query_scalar("SELECT id FROM provisioning_profiles").fetch_one(pool).await.unwrap()
}

async fn count(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn each_row_is_an_account_as_the_wizard_makes_it() {
    let app = TestApp::start().await;
    let (milano, profile) = (group(&app, "Milano").await, profile(&app.pool).await);
    let rows = rows(&many(2_000));
    assert_eq!(import(&app.pool, Uuid::now_v7(), (milano, profile), 2_003, &rows).await.unwrap(), 2_000);

    let as_made = "SELECT count(*) FROM accounts WHERE NOT enabled AND last_status = 'created' AND account_type = 'PGSM'
                   AND security_model = 'SDES' AND obfuscation_key = 9 AND profile_id IS NOT NULL AND batch_id IS NOT NULL
                   AND username ~ '^[0-9]{10}$' AND description = E'a \"note\",\\nof two lines'";
    assert_eq!(count(&app.pool, as_made).await, 2_000);
    assert_eq!(count(&app.pool, "SELECT count(*) FROM account_digests").await, 0, "nobody can register before activation");
    assert_eq!(count(&app.pool, "SELECT count(*) FROM audit_log WHERE subject_kind = 'account' AND operator_name = 'marta'").await, 2_000);
    assert_eq!(count(&app.pool, "SELECT count(*) FROM batches WHERE rows_read = 2003 AND created = 2000").await, 1);
    let operator = app.sign_in_as(Role::Operator).await;
    let query = json!({ "filter": { "needle": "+39 320 0001234" }, "sort": "owner", "descending": false });
    let found = operator.call("list_accounts", &json!({ "query": query, "counts": true })).await.json();
    assert_eq!(found["rows"][0]["owner"], "Person 1234");
}

#[tokio::test]
async fn the_same_batch_twice_is_one_also_at_once() {
    let app = TestApp::start().await;
    let (milano, profile) = (group(&app, "Milano").await, profile(&app.pool).await);
    let rows = rows(&many(300));
    let id = Uuid::now_v7();
    let again = || import(&app.pool, id, (milano, profile), 300, &rows);
    let (one, other) = tokio::join!(again(), again());
    assert_eq!((one.unwrap(), other.unwrap()), (300, 300));
    assert_eq!(again().await.unwrap(), 300);
    assert_eq!(count(&app.pool, "SELECT count(*) FROM accounts").await, 300);
}

#[tokio::test]
async fn a_number_that_an_account_has_leaves_nothing_and_is_named() {
    let app = TestApp::start().await;
    let (milano, profile) = (group(&app, "Milano").await, profile(&app.pool).await);
    let operator = app.sign_in_as(Role::Operator).await;
    operator.call("create_account", &json!({ "id": Uuid::now_v7(), "draft": pgsm(milano, &json!({ "number": "+393200000007" })) })).await;
    let rows = rows(&many(50));
    let id = Uuid::now_v7();
    let refused = import(&app.pool, id, (milano, profile), 50, &rows).await.unwrap_err();
    assert!(matches!(&refused, ImportError::Taken(lines) if lines.len() == 1), "{refused:?}");
    // Each row of this file stands on two lines.
    assert_eq!(refused.to_string(), "line 16, gsmNumber: another account has +393200000007.");
    assert!(matches!(import(&app.pool, id, (Uuid::now_v7(), profile), 1, &rows[..1]).await, Err(ImportError::Gone)));
    assert!(matches!(import(&app.pool, id, (milano, profile), 1, &[]).await, Err(ImportError::NoRows)));
    let twice = [rows[0].clone(), rows[0].clone()];
    assert!(matches!(import(&app.pool, id, (milano, profile), 2, &twice).await, Err(ImportError::Twice { line: 2, .. })));
    assert_eq!(count(&app.pool, "SELECT count(*) FROM accounts").await, 1);
    assert_eq!(count(&app.pool, "SELECT count(*) FROM batches").await, 0);
}

#[tokio::test]
async fn what_the_list_exports_comes_back_without_change() {
    let app = TestApp::start().await;
    let (milano, profile) = (group(&app, "Milano").await, profile(&app.pool).await);
    let original = rows("\"'=Ada, \"\"the\"\" first\",'+393201184467,'-x@example.com,end-to-end,\"'@home\ntwo; lines\"\r\n,111,,,'+1\r\n");
    import(&app.pool, Uuid::now_v7(), (milano, profile), 2, &original).await.unwrap();
    let operator = app.sign_in_as(Role::Operator).await;
    let columns = "column=fullName&column=gsmNumber&column=email&column=securityModel&column=description";
    let exported = operator.get(&format!("/accounts/export.csv?sort=number&dir=desc&{columns}")).await.text;
    let again = read(exported.as_bytes(), &Choices::default()).unwrap();
    assert!(again.is_settled() && again.sheet.counts().with_problems == 0, "{exported}");
    let accounts: Vec<BatchRow> = (0..again.sheet.len()).map(|row| again.sheet.account(row).unwrap()).collect();
    assert_eq!(accounts, original.into_iter().map(|(_, row)| row).collect::<Vec<_>>());
}

#[tokio::test]
async fn from_the_shell_all_come_or_none_and_what_exists_is_told() {
    let address = database::empty().await;
    let seeded = ringkey(&["seed", "--groups", "1", "--accounts", "0"]).env("DATABASE_URL", &address).output().unwrap();
    assert!(seeded.status.success(), "{}", stderr(&seeded));
    let pool = PgPool::connect(&address).await.unwrap();
    let group: String = sqlx::query_scalar("SELECT name FROM groups").fetch_one(&pool).await.unwrap();
    let run = |text: &str, more: &[&str]| {
        let mut command = ringkey(&["batch", "-", "--group", &group.to_uppercase(), "--profile", "default"]);
        command.args(more).env("DATABASE_URL", &address);
        run_with_input(command, &format!("{HEADER}{text}"))
    };
    let dry = run(&many(3), &["--dry-run"]);
    assert_eq!((dry.status.code(), count(&pool, "SELECT count(*) FROM accounts").await), (Some(0), 0), "{}", stderr(&dry));
    let made = run(&many(3), &[]);
    assert!(stdout(&made).ends_with("created: 3, left out: 0, of 3 rows\n"), "{}{}", stdout(&made), stderr(&made));
    assert_eq!(made.status.code(), Some(0));

    let again = run(&many(4), &[]);
    assert_eq!(again.status.code(), Some(2));
    assert!(stdout(&again).contains("line 2, gsmNumber: Another account has this number. Choose a different one."), "{}", stdout(&again));
    assert_eq!(stderr(&again), "ringkey: 3 of 4 rows cannot become accounts. Nothing was created.\n");
    assert_eq!(count(&pool, "SELECT count(*) FROM accounts").await, 3);

    let good = run(&many(4), &["--good-rows-only"]);
    assert!(stdout(&good).ends_with("created: 1, left out: 3, of 4 rows\n"), "{}", stdout(&good));
    let none_good = run(&many(4), &["--good-rows-only"]);
    assert_eq!((none_good.status.code(), stderr(&none_good).as_str()), (Some(2), "ringkey: There is no row to make an account of.\n"));
    for (group, profile, sentence) in
        [("Nowhere", "Default", "There is no group \"Nowhere\"."), (group.as_str(), "x", "There is no provisioning profile \"x\".")]
    {
        let mut command = ringkey(&["batch", "-", "--group", group, "--profile", profile]);
        command.env("DATABASE_URL", &address);
        let refused = run_with_input(command, &format!("{HEADER}{}", many(1)));
        assert_eq!((refused.status.code(), stderr(&refused)), (Some(2), format!("ringkey: {sentence}\n")));
    }
}
