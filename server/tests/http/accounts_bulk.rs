//! Changing many accounts at once.

use app::domain::bulk::{LeftAlone, Progress};
use app::domain::role::Role;
use serde_json::{Value, json};
use sqlx::Connection;
use uuid::Uuid;

use crate::support::accounts::{count, group, invented};
use crate::support::{Client, Reply, TestApp};

/// What is told, to the end.
async fn change(client: &Client, selection: &Value, action: &str) -> Vec<Progress> {
    told(&client.call("change_accounts", &json!({ "selection": selection, "action": action })).await)
}

fn told(reply: &Reply) -> Vec<Progress> {
    assert!(reply.status.is_success(), "{}", reply.text);
    reply.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn matching(client: &Client, filter: Value) -> Value {
    let counted = client.call("count_accounts", &json!({ "filter": filter })).await.json();
    json!({ "matching": { "filter": filter, "at": counted["at"] } })
}

async fn disabled(app: &TestApp) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM accounts WHERE NOT enabled").fetch_one(&app.pool).await.unwrap()
}

async fn ids(app: &TestApp, condition: &'static str) -> Vec<Uuid> {
    let sql = format!("SELECT id FROM accounts WHERE {condition} ORDER BY username");
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&app.pool).await.unwrap()
}

async fn many(app: &TestApp, accounts: i32) -> Client {
    let milano = group(app, "Milano").await;
    invented(app, milano, 1..=accounts).await;
    sqlx::query("UPDATE accounts SET enabled = true").execute(&app.pool).await.unwrap();
    app.sign_in_as(Role::Operator).await
}

#[tokio::test]
async fn rows_are_changed_each_with_its_entry_in_the_history() {
    let app = TestApp::start().await;
    let operator = many(&app, 10).await;
    let three = ids(&app, "true").await[..3].to_vec();
    let steps = change(&operator, &json!({ "rows": three }), "disable").await;
    assert_eq!(steps, [Progress::Step { seen: 3, changed: 3 }, Progress::Finished]);
    assert_eq!(disabled(&app).await, 3);
    let history = operator.call("show_account", &json!({ "id": three[0] })).await.json()["history"][0].clone();
    assert_eq!((history["action"].as_str(), history["who"].as_str()), (Some("disabled"), Some("operator")));

    let again = change(&operator, &json!({ "rows": three }), "disable").await;
    assert_eq!(again, [Progress::Step { seen: 3, changed: 0 }, Progress::Finished], "what was so already is not told as done");
    change(&operator, &json!({ "rows": three[..1] }), "enable").await;
    assert_eq!(disabled(&app).await, 2);
}

#[tokio::test]
async fn all_that_match_are_changed_and_what_came_later_is_left() {
    let app = TestApp::start().await;
    let operator = many(&app, 900).await;
    let early = matching(&operator, json!({ "needle": "early", "enabled": true })).await;
    invented(&app, group(&app, "Roma").await, 2_001..=2_001).await;
    sqlx::query("UPDATE accounts SET enabled = true, description = 'early' WHERE username = '1002001'").execute(&app.pool).await.unwrap();
    let steps = change(&operator, &early, "disable").await;
    assert_eq!(steps.last(), Some(&Progress::Finished));
    assert!(steps.len() > 2, "progress is told: {steps:?}");
    assert!(steps.contains(&Progress::Step { seen: 450, changed: 450 }), "{steps:?}");
    assert_eq!(disabled(&app).await, 450);
    assert_eq!(ids(&app, "enabled AND description LIKE 'early%'").await.len(), 1);
}

#[tokio::test]
async fn deleting_leaves_tombstones_and_histories() {
    let app = TestApp::start().await;
    let operator = many(&app, 30).await;
    let steps = change(&operator, &matching(&operator, json!({ "account_type": "SNOM" })).await, "delete").await;
    assert_eq!(steps, [Progress::Step { seen: 3, changed: 3 }, Progress::Finished]);
    let counted = |sql: &'static str| sqlx::query_scalar::<_, i64>(sql).fetch_one(&app.pool);
    assert_eq!(count(&app).await, 27);
    assert_eq!(counted("SELECT count(*) FROM account_tombstones WHERE deleted_by IS NOT NULL").await.unwrap(), 3);
    assert_eq!(
        counted("SELECT count(*) FROM audit_log WHERE action = 'deleted' AND subject_name LIKE 'Person %, 10000%'").await.unwrap(),
        3
    );
    assert_eq!(counted("SELECT count(*) FROM account_search").await.unwrap(), 27);
}

#[tokio::test]
async fn what_is_gone_or_being_saved_is_told_and_does_not_stop_the_others() {
    let app = TestApp::start().await;
    let operator = many(&app, 5).await;
    let all = ids(&app, "true").await;
    operator.call("delete_account", &json!({ "id": all[0] })).await;
    let mut other = sqlx::PgConnection::connect_with(&app.pool.connect_options()).await.unwrap();
    let mut saving = other.begin().await.unwrap();
    sqlx::query("UPDATE accounts SET owner = 'Somebody' WHERE id = $1").bind(all[1]).execute(&mut *saving).await.unwrap();

    let steps = change(&operator, &json!({ "rows": all }), "disable").await;
    assert!(steps.contains(&Progress::Left { id: all[0], name: String::new(), why: LeftAlone::Gone }), "{steps:?}");
    assert!(steps.contains(&Progress::Left { id: all[1], name: "Person 2".into(), why: LeftAlone::Busy }), "{steps:?}");
    assert!(steps.contains(&Progress::Step { seen: 5, changed: 3 }), "{steps:?}");
    saving.rollback().await.unwrap();
    assert_eq!(disabled(&app).await, 3);
}

/// The answer while it is still being told.
async fn begin_to_disable_all(operator: &Client) -> reqwest::Response {
    let selection = matching(operator, json!({})).await;
    let request = operator.request(reqwest::Method::POST, "/api/change_accounts").header("accept", "application/json");
    request.json(&json!({ "selection": selection, "action": "disable" })).send().await.unwrap()
}

#[tokio::test]
async fn who_loses_the_role_stops_there() {
    let app = TestApp::start().await;
    let operator = many(&app, 20_000).await;
    let mut reply = begin_to_disable_all(&operator).await;
    let first = reply.chunk().await.unwrap();
    assert!(first.is_some_and(|piece| !piece.is_empty()));
    sqlx::query("UPDATE operators SET role = 'viewer' WHERE name = 'operator'").execute(&app.pool).await.unwrap();
    let mut rest = Vec::new();
    while let Some(piece) = reply.chunk().await.unwrap() {
        rest.extend_from_slice(&piece);
    }
    let last = String::from_utf8(rest).unwrap().lines().last().map(|line| serde_json::from_str::<Progress>(line).unwrap());
    assert!(matches!(&last, Some(Progress::Stopped(why)) if why.contains("role")), "{last:?}");
    assert!(disabled(&app).await < 20_000);
}

#[tokio::test]
async fn the_work_stops_when_nobody_listens_any_more() {
    let app = TestApp::start().await;
    let operator = many(&app, 20_000).await;
    let mut reply = begin_to_disable_all(&operator).await;
    reply.chunk().await.unwrap();
    drop(reply);
    // Steady for as long as several steps take: nothing goes on.
    let mut before = -1;
    let mut steady = 0;
    crate::support::until(async || {
        let now = disabled(&app).await;
        steady = if now == before { steady + 1 } else { 0 };
        before = now;
        steady == 10
    })
    .await;
    assert!(before < 20_000, "{before}");
    let torn = "SELECT count(*) FROM accounts a WHERE NOT enabled AND NOT EXISTS (SELECT FROM audit_log WHERE subject_id = a.id)";
    assert_eq!(sqlx::query_scalar::<_, i64>(torn).fetch_one(&app.pool).await.unwrap(), 0);
}

#[tokio::test]
async fn a_viewer_a_forged_action_and_too_many_rows_are_refused() {
    let app = TestApp::start().await;
    let operator = many(&app, 3).await;
    let rows = json!({ "rows": ids(&app, "true").await });
    let viewer = app.sign_in_as(Role::Viewer).await;
    let call = async |client: &Client, selection: &Value, action: &str| {
        client.call("change_accounts", &json!({ "selection": selection, "action": action })).await.status.as_u16()
    };
    assert_eq!(call(&viewer, &rows, "disable").await, 403);
    assert_eq!(call(&operator, &rows, "rekey").await, 400);
    let too_many: Vec<Uuid> = (0..5_001).map(|_| Uuid::now_v7()).collect();
    assert_eq!(call(&operator, &json!({ "rows": too_many }), "delete").await, 409);
    assert_eq!((disabled(&app).await, count(&app).await), (0, 3));
}
