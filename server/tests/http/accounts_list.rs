//! The Account List: filter, order, pages.

use app::domain::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::accounts::{created, group, pgsm, snom};
use crate::support::{Client, TestApp};

fn query(changes: &Value) -> Value {
    let mut query = json!({ "group": null, "needle": "", "sort": "status_date", "descending": true, "page": 1 });
    for (name, value) in changes.as_object().unwrap() {
        query[name] = value.clone();
    }
    query
}

async fn list(client: &Client, changes: Value) -> Value {
    let reply = client.call("list_accounts", &json!({ "query": query(&changes) })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    reply.json()
}

async fn usernames(client: &Client, changes: Value) -> Vec<String> {
    list(client, changes).await["rows"].as_array().unwrap().iter().map(|row| row["username"].as_str().unwrap().to_owned()).collect()
}

async fn three(app: &TestApp) -> (Client, Uuid) {
    let operator = app.sign_in_as(Role::Operator).await;
    let milano = group(app, "Milano").await;
    let roma = group(app, "Roma").await;
    created(&operator, &pgsm(milano, &json!({ "owner": "Zoe Rossi", "email": "zoe@example.com" }))).await;
    created(&operator, &snom(milano, &json!({ "owner": "Ada Bianchi", "description": "100% of_the time \\o/" }))).await;
    created(&operator, &pgsm(roma, &json!({ "username": "777", "number": "777", "owner": "" }))).await;
    (operator, milano)
}

#[tokio::test]
async fn the_filter_looks_in_every_field_and_wants_every_word() {
    let app = TestApp::start().await;
    let (operator, _) = three(&app).await;
    let found = async |needle: &str| usernames(&operator, json!({ "needle": needle })).await;
    assert_eq!(found("zoe ROSSI").await, ["2086693379"]);
    assert_eq!(found("rossi bianchi").await, Vec::<String>::new());
    assert_eq!(found("EXAMPLE.com").await, ["2086693379"]);
    assert_eq!(found("4471902").await, ["2086693379"]);
    assert_eq!(found("777").await, ["777"]);
}

#[tokio::test]
async fn wildcards_in_the_filter_are_letters() {
    let app = TestApp::start().await;
    let (operator, _) = three(&app).await;
    let found = async |needle: &str| usernames(&operator, json!({ "needle": needle })).await;
    for needle in ["100%", "of_the", "\\o/", "%", "_"] {
        assert_eq!(found(needle).await, ["3204"], "{needle}");
    }
    assert_eq!(found("'; DROP TABLE accounts; --").await, Vec::<String>::new());
    assert_eq!(found("").await.len(), 3);
}

#[tokio::test]
async fn one_group_or_all_and_any_order() {
    let app = TestApp::start().await;
    let (operator, milano) = three(&app).await;
    assert_eq!(usernames(&operator, json!({})).await, ["777", "3204", "2086693379"], "the newest first");
    assert_eq!(usernames(&operator, json!({ "group": milano, "sort": "owner", "descending": false })).await, ["3204", "2086693379"]);
    assert_eq!(usernames(&operator, json!({ "sort": "owner", "descending": true })).await, ["2086693379", "3204", "777"], "no owner last");
    let milano = list(&operator, json!({ "group": milano, "needle": "zoe" })).await;
    assert_eq!((milano["matching"].as_i64(), milano["total"].as_i64(), milano["group"].as_str()), (Some(1), Some(2), Some("Milano")));
    for sort in ["username", "number", "type", "security", "enabled", "status", "status_date"] {
        for descending in [true, false] {
            assert_eq!(usernames(&operator, json!({ "sort": sort, "descending": descending })).await.len(), 3, "{sort}");
        }
    }
}

#[tokio::test]
async fn a_column_that_is_none_is_refused() {
    let app = TestApp::start().await;
    let (operator, _) = three(&app).await;
    for sort in ["id; DROP TABLE accounts", "ha1_md5", "(SELECT 1)"] {
        let reply = operator.call("list_accounts", &json!({ "query": query(&json!({ "sort": sort })) })).await;
        assert_eq!(reply.status, 400, "{}", reply.text);
    }
    assert_eq!(operator.get("/accounts?sort=nonsense&page=-3&group=x&q=%00").await.status, 200, "nonsense in the address is dropped");
}

#[tokio::test]
async fn pages_do_not_overlap_and_all_of_them_are_the_list() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Milano").await;
    sqlx::query(
        "INSERT INTO accounts (id, group_id, username, number, account_type, security_model, enabled, last_status)
         SELECT gen_random_uuid(), $1, (100000 + n)::text, (100000 + n)::text, 'PGSM', 'SDES', true, 'created' FROM generate_series(1, 120) n",
    )
    .bind(group)
    .execute(&app.pool)
    .await
    .unwrap();
    let mut all = Vec::new();
    for page in 1..=4 {
        all.extend(usernames(&operator, json!({ "page": page })).await);
    }
    assert_eq!(all.len(), 120);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 120);
    assert_eq!(list(&operator, json!({ "page": 3 })).await["rows"].as_array().unwrap().len(), 20);
}
