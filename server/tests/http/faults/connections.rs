//! No connection can be had: others have taken all that Postgres gives, or this server's own are all busy.

use std::time::Duration;

use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::{Connection, PgConnection};

use super::{Ground, UNAVAILABLE, assert_calm, soon};
use crate::support::accounts::{create, created, group, pgsm};
use crate::support::database::until_waiting;
use crate::support::until;

#[tokio::test]
async fn others_have_taken_all_connections() {
    let ground = Ground::with(&["max_connections=20"], &[]).await;
    let (operator, anybody) = (ground.operator().await, ground.app.anonymous());
    let group = group(&ground.app, "Ufficio").await;
    let mut administrator = ground.cluster.connect().await;
    ground.app.pool.close().await;
    // Whatever the server lets go is taken at once, until it has none.
    let mut taken: Vec<PgConnection> = Vec::new();
    let mut left = 1;
    while left > 0 {
        let ends = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name <> 'other'";
        left = sqlx::query_scalar::<_, i64>(ends).fetch_one(&mut administrator).await.unwrap();
        while let Ok(one) = PgConnection::connect_with(&ground.cluster.options("ringkey").application_name("other")).await {
            taken.push(one);
        }
    }
    let draft = pgsm(group, &json!({}));
    let nothing = json!({});
    let (page, call, saving, ready, alive) = tokio::join!(
        soon(operator.get("/accounts")),
        soon(operator.call("list_groups", &nothing)),
        soon(create(&operator, &draft)),
        soon(anybody.get("/readyz")),
        soon(anybody.get("/healthz")),
    );
    for reply in [&page, &call, &saving.1] {
        assert_calm(reply, UNAVAILABLE);
    }
    assert_eq!((ready.status, alive.status), (StatusCode::SERVICE_UNAVAILABLE, StatusCode::OK));

    for one in taken {
        one.close().await.unwrap();
    }
    ground.until_ready().await;
    let arguments = json!({ "id": saving.0, "draft": draft });
    for _ in 0..2 {
        assert!(operator.call("create_account", &arguments).await.status.is_success());
    }
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM accounts").fetch_one(&mut administrator).await.unwrap();
    assert_eq!(count, 1);
}

#[tokio::test]
async fn all_connections_of_the_server_are_busy() {
    let ground = Ground::with(&[], &["--pool-size", "2"]).await;
    let operator = ground.operator().await;
    let group = group(&ground.app, "Ufficio").await;
    let mut holder = ground.app.pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE audit_log IN EXCLUSIVE MODE").execute(&mut *holder).await.unwrap();
    let drafts = ["3204", "3205"].map(|number| pgsm(group, &json!({ "username": number, "number": number })));
    let nothing = json!({});
    let others = async {
        until_waiting(&ground.app.pool, 2).await;
        let replies = tokio::join!(soon(operator.get("/accounts")), soon(operator.call("list_groups", &nothing)));
        holder.rollback().await.unwrap();
        replies
    };
    let (one, other, (page, call)) = tokio::join!(created(&operator, &drafts[0]), created(&operator, &drafts[1]), others);
    assert_calm(&page, UNAVAILABLE);
    assert_calm(&call, UNAVAILABLE);
    assert_eq!(operator.get("/accounts").await.status, StatusCode::OK);
    assert_eq!(ground.ask::<i64>(&format!("SELECT count(*) FROM accounts WHERE id IN ('{one}', '{other}')")).await, 2);
}

/// A lock of somebody else, of which no end can be seen: who waits for it is told in time, and holds no connection any more.
#[tokio::test]
async fn somebody_holds_what_a_request_needs() {
    let ground = Ground::new().await;
    let pool = app::db::pool_options(2).connect_lazy_with(ground.cluster.options("ringkey"));
    let hasty = crate::support::TestApp::start_hasty(pool, Duration::from_secs(1)).await;
    let operator = hasty.sign_in_as(Role::Operator).await;
    let group = group(&hasty, "Ufficio").await;
    let mut holder = ground.app.pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE audit_log IN EXCLUSIVE MODE").execute(&mut *holder).await.unwrap();
    let draft = pgsm(group, &json!({}));
    let (id, reply) = soon(create(&operator, &draft)).await;
    assert_calm(&reply, super::INTERRUPTED);
    holder.rollback().await.unwrap();
    let arguments = json!({ "id": id, "draft": draft });
    until(async || operator.call("create_account", &arguments).await.status.is_success()).await;
    assert_eq!(ground.ask::<i64>("SELECT count(*) FROM accounts").await, 1);
    assert_eq!(ground.ask::<i64>("SELECT count(*) FROM audit_log WHERE subject_kind = 'account'").await, 1);
}
