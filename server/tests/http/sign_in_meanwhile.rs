//! Operators who are disabled, or get another password, while their own password is being judged.

use app::domain::role::Role;
use reqwest::StatusCode;
use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::support::app::PASSWORD;
use crate::support::{TestApp, database};

/// What an admin does from elsewhere.
const CHANGES: [&str; 2] = ["disabled_at = now()", "password_hash = '$argon2id$of another one'"];

/// Changes an operator, and is not done with it yet: whoever wants to write to the operator waits.
async fn change<'a>(pool: &'a PgPool, id: Uuid, what: &str) -> Transaction<'a, Postgres> {
    let mut admin = pool.begin().await.unwrap();
    let statement = AssertSqlSafe(format!("UPDATE operators SET {what} WHERE id = '{id}'"));
    assert_eq!(sqlx::query(statement).execute(&mut *admin).await.unwrap().rows_affected(), 1);
    sqlx::query("DELETE FROM sessions WHERE operator_id = $1").bind(id).execute(&mut *admin).await.unwrap();
    admin
}

async fn sessions(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM sessions").fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn nobody_signs_in_past_a_change_of_the_operator() {
    for what in CHANGES {
        let app = TestApp::start().await;
        let id = app.add_operator("ada", Role::Viewer).await;
        let client = app.anonymous();
        let admin = change(&app.pool, id, what).await;
        let trying = tokio::spawn({
            let client = client.clone();
            async move { client.post_form("/sign-in", &[("name", "ada"), ("password", PASSWORD), ("next", "")]).await }
        });
        // By now the password was found right.
        database::until_somebody_waits(&app.pool).await;
        admin.commit().await.unwrap();
        let reply = trying.await.unwrap();
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{what}");
        assert!(reply.text.contains("at the same moment. Sign in again."), "{what}: {}", reply.text);
        assert_eq!(client.get("/groups").await.status, StatusCode::SEE_OTHER, "{what}");
        assert_eq!(sessions(&app.pool).await, 0, "{what}");
    }
}

#[tokio::test]
async fn ones_own_change_of_the_password_takes_nothing_back_from_an_admin() {
    for what in CHANGES {
        let app = TestApp::start().await;
        let id = app.add_operator("ada", Role::Viewer).await;
        let client = app.anonymous();
        client.post_form("/sign-in", &[("name", "ada"), ("password", PASSWORD), ("next", "")]).await;
        let admin = change(&app.pool, id, what).await;
        let trying = tokio::spawn({
            let client = client.clone();
            let new = "other words of a test";
            async move { client.post_form("/password", &[("current", PASSWORD), ("new", new), ("repeat", new)]).await }
        });
        database::until_somebody_waits(&app.pool).await;
        admin.commit().await.unwrap();
        let reply = trying.await.unwrap();
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{what}");
        assert_eq!(client.get("/groups").await.status, StatusCode::SEE_OTHER, "{what}");
        assert_eq!(sessions(&app.pool).await, 0, "{what}");
        let as_the_admin_left_it = AssertSqlSafe(format!("SELECT {} FROM operators", what.replace("= now()", "IS NOT NULL")));
        assert!(sqlx::query_scalar::<_, bool>(as_the_admin_left_it).fetch_one(&app.pool).await.unwrap(), "{what}");
    }
}
