//! The application may add to the log and read it, and no more: neither with a role of its own nor as the owner of the tables.

use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::json;
use server::private_postgres::SUPERUSER;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use crate::batch_upload;
use crate::support::accounts::{created, group, over, pgsm};
use crate::support::app::PASSWORD;
use crate::support::program::Serving;
use crate::support::{Client, TestApp, database};

/// The code with which Postgres refuses a statement; nothing when it did not.
async fn refusal(pool: &PgPool, statement: &str) -> Option<String> {
    let error = sqlx::query(AssertSqlSafe(statement.to_owned())).execute(pool).await.err()?;
    error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned())
}

#[tokio::test]
async fn a_role_of_its_own_does_all_that_ringkey_does_and_cannot_change_the_log() {
    let owner = database::fresh().await;
    let role = format!("app_{}", Uuid::new_v4().simple());
    database::administer(format!("CREATE ROLE {role} LOGIN")).await;
    // After each migration: twice is no mistake.
    for _ in 0..2 {
        sqlx::query("SELECT admit_application($1::text::name)").bind(&role).execute(&owner).await.unwrap();
    }
    let options = PgConnectOptions::clone(&owner.connect_options()).username(&role);
    let pool = PgPoolOptions::new().max_connections(5).connect_lazy_with(options);

    let app = TestApp::start_on(pool.clone(), &[]).await;
    let admin = app.sign_in_as(Role::Admin).await;
    app.add_operator("Marta", Role::Viewer).await;
    let marta = app.anonymous();
    assert_eq!(marta.post_form("/sign-in", &[("name", "marta"), ("password", PASSWORD)]).await.status, 303);
    let group = group(&app, "Ufficio").await;
    let account = created(&admin, &pgsm(group, &json!({}))).await;
    let done = async |function: &str, arguments: serde_json::Value| {
        let reply = admin.call(function, &arguments).await;
        assert!(reply.status.is_success(), "{function}: {}", reply.text);
    };
    let draft = pgsm(group, &json!({ "owner": "Ada" }));
    done("update_account", json!({ "id": account, "version": 1, "draft": over(draft, &json!({})) })).await;
    done("send_sms", json!({ "message": Uuid::now_v7(), "account": account, "kind": "activation" })).await;
    done("change_accounts", json!({ "selection": { "rows": [account] }, "action": "disable" })).await;
    let profile = batch_upload::profile(&pool).await;
    let path = batch_upload::address(Uuid::now_v7(), group, profile, 3, 3);
    let sent = batch_upload::send(&admin, &path, batch_upload::sent(3, 0)).await;
    assert_eq!(batch_upload::last(&sent), json!({ "done": 3 }));
    done("delete_account", json!({ "id": account })).await;
    assert!(app::audit::indexing::step(&pool).await.unwrap() >= 9);
    assert!(admin.get("/audit").await.text.contains("people.csv"));
    assert!(admin.get("/audit/export.csv").await.text.contains("people.csv"));

    // Postgres only warns that this grants nothing.
    assert_eq!(refusal(&pool, "GRANT UPDATE, DELETE ON audit_log TO CURRENT_USER").await, None);
    for statement in [
        "UPDATE audit_log SET operator_name = 'nobody'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "ALTER TABLE audit_log DISABLE TRIGGER ALL",
        "ALTER TABLE audit_log DISABLE TRIGGER audit_log_append_only",
        "DROP TRIGGER audit_log_append_only ON audit_log",
        "CREATE TRIGGER mine BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_is_append_only()",
        "ALTER TABLE audit_log ALTER COLUMN address TYPE varchar(1)",
        "ALTER TABLE audit_log DROP COLUMN changes",
        "ALTER TABLE audit_log OWNER TO CURRENT_USER",
        "DROP TABLE audit_log",
        "CREATE RULE mine AS ON INSERT TO audit_log DO INSTEAD NOTHING",
        "CREATE OR REPLACE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "SET session_replication_role = replica",
        "SELECT admit_application(CURRENT_USER)",
        "DELETE FROM _sqlx_migrations",
    ] {
        let refused = refusal(&pool, statement).await;
        assert_eq!(refused.as_deref(), Some("42501"), "{statement}");
    }
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_log").fetch_one(&owner).await.unwrap();
    assert!(left >= 9, "{left}");
    pool.close().await;
}

#[tokio::test]
async fn a_server_that_migrates_as_the_owner_gives_its_own_role_what_it_needs() {
    let [owner, role] = ["owner", "app"].map(|name| format!("{name}_{}", Uuid::new_v4().simple()));
    let url = database::empty().await;
    database::administer(format!("CREATE ROLE {owner} LOGIN")).await;
    database::administer(format!("CREATE ROLE {role} LOGIN")).await;
    database::administer(format!("ALTER DATABASE {} OWNER TO {owner}", database::name_in(&url))).await;
    let [by_owner, by_role] = [&owner, &role].map(|name| url.replacen(&format!("//{SUPERUSER}@"), &format!("//{name}@"), 1));
    // Also when there is nothing to migrate any more.
    for _ in 0..2 {
        let mut server = Serving::start(&["--database-url", &by_role, "--migration-url", &by_owner]);
        let address = server.address();
        let reply = Client::new(&address, None).post_form("/sign-in", &[("name", "nobody"), ("password", PASSWORD)]).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{}", reply.text);
    }
    let pool = PgPool::connect(&by_role).await.unwrap();
    assert_eq!(refusal(&pool, "DELETE FROM audit_log").await.as_deref(), Some("42501"));

    // The owner itself loses nothing by serving beside.
    Serving::start(&["--database-url", &by_owner, "--migration-url", &url]).address();
    Serving::start(&["--database-url", &by_owner]).address();
}

#[tokio::test]
async fn the_owner_of_the_tables_is_refused_by_triggers() {
    let app = TestApp::start().await;
    group(&app, "Ufficio").await;
    let before: Vec<String> = sqlx::query_scalar("SELECT to_jsonb(l)::text FROM audit_log l").fetch_all(&app.pool).await.unwrap();
    for statement in [
        "UPDATE audit_log SET operator_name = 'nobody'",
        "UPDATE audit_log SET at = now() WHERE false",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "TRUNCATE audit_log CASCADE",
        "WITH gone AS (DELETE FROM audit_log RETURNING id) SELECT count(*) FROM gone",
        "INSERT INTO audit_log SELECT * FROM audit_log ON CONFLICT (id) DO UPDATE SET operator_name = 'nobody'",
        "MERGE INTO audit_log l USING audit_log m ON l.id = m.id WHEN MATCHED THEN DELETE",
    ] {
        assert_eq!(refusal(&app.pool, statement).await.as_deref(), Some("P0001"), "{statement}");
    }
    let after: Vec<String> = sqlx::query_scalar("SELECT to_jsonb(l)::text FROM audit_log l").fetch_all(&app.pool).await.unwrap();
    assert_eq!(after, before);
}
