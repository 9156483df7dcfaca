//! The Messages page: what it lists, to whom it shows links, and what is sent again.

use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::accounts::{created, group, pgsm};
use crate::support::{Client, Reply, TestApp};

async fn list(client: &Client, query: Value) -> Value {
    let reply = client.call("list_messages", &json!({ "query": query })).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    reply.json()
}

/// What stands in one field of each message.
fn each(list: &Value, field: &str) -> Vec<String> {
    let text = |message: &Value| message["message"][field].as_str().unwrap_or_default().to_owned();
    list["messages"].as_array().unwrap().iter().map(text).collect()
}

async fn send(client: &Client, account: Uuid, kind: &str) -> Uuid {
    let message = Uuid::now_v7();
    let reply = client.call("send_sms", &json!({ "message": message, "account": account, "kind": kind })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    message
}

async fn resend(client: &Client, message: Uuid, of: Uuid) -> Reply {
    client.call("resend_sms", &json!({ "message": message, "of": of })).await
}

/// SMSes that nobody sent, one for each number: "Person N" gets the N-th, the newest is the last.
async fn invented(app: &TestApp, numbers: std::ops::RangeInclusive<i32>) {
    sqlx::query(
        "INSERT INTO messages (id, kind, owner, username, number, text, coding, parts, state, gateway, give_up_at, operator_name, queued_at)
         SELECT md5(n::text)::uuid, CASE WHEN n % 3 = 0 THEN 'installation' WHEN n % 7 = 0 THEN 'test' ELSE 'activation' END,
                'Person ' || n, (1000000 + n)::text, '+39' || (320000000 + n), 'Ciao ' || n || CASE WHEN n = 7 THEN ' 100%' ELSE '' END,
                'gsm7', 1, CASE WHEN n % 50 = 1 THEN 'failed' ELSE 'delivered' END, 'kannel', now(), 'Marta',
                -- Two at a time have the same time.
                timestamptz '2026-01-01' + n / 2 * interval '1 minute'
         FROM generate_series($1, $2) n",
    )
    .bind(*numbers.start())
    .bind(*numbers.end())
    .execute(&app.pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn pages_follow_each_other_from_the_newest_to_the_oldest() {
    let app = TestApp::start().await;
    invented(&app, 1..=120).await;
    let viewer = app.sign_in_as(Role::Viewer).await;
    let (mut query, mut seen, mut pages) = (json!({}), Vec::new(), Vec::new());
    loop {
        let page = list(&viewer, query).await;
        pages.push(page["messages"].as_array().unwrap().len());
        seen.extend(each(&page, "owner"));
        if page["older"].is_null() {
            break;
        }
        // What comes meanwhile moves nothing.
        invented(&app, 200 + i32::try_from(pages.len()).unwrap()..=200 + i32::try_from(pages.len()).unwrap()).await;
        query = json!({ "before": page["older"] });
    }
    assert_eq!(pages, [50, 50, 20]);
    let mut people: Vec<i32> = seen.iter().map(|owner| owner["Person ".len()..].parse().unwrap()).collect();
    assert!(people.windows(2).all(|pair| pair[0] / 2 >= pair[1] / 2), "{people:?}");
    people.sort_unstable();
    assert_eq!(people, (1..=120).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_filter_finds_words_states_and_kinds_wherever_they_are() {
    let app = TestApp::start().await;
    // More than are looked at one by one.
    invented(&app, 1..=6_000).await;
    let viewer = app.sign_in_as(Role::Viewer).await;
    let found = async |filter: Value| each(&list(&viewer, json!({ "filter": filter })).await, "owner");
    assert_eq!(found(json!({ "needle": "person 17 +39 320 000 017" })).await, ["Person 17"]);
    assert_eq!(found(json!({ "needle": "1000007" })).await, ["Person 7"]);
    assert_eq!(found(json!({ "needle": "100%" })).await, ["Person 7"], "no wildcard");
    assert_eq!(found(json!({ "needle": "nobody" })).await.len(), 0);
    assert_eq!(found(json!({ "needle": "ciao" })).await.len(), 50);
    assert_eq!(found(json!({ "needle": "ciao 51", "state": "failed" })).await.last().unwrap(), "Person 51");
    assert_eq!(found(json!({ "state": "failed", "kind": "test" })).await.first().unwrap(), "Person 5551");
    assert_eq!(found(json!({ "state": "unknown" })).await.len(), 0);
    assert_eq!(found(json!({ "needle": "person 7", "kind": "test" })).await.last().unwrap(), "Person 7");
    let page = list(&viewer, json!({ "filter": { "state": "failed" } })).await;
    let next = list(&viewer, json!({ "filter": { "state": "failed" }, "before": page["older"] })).await;
    let last = list(&viewer, json!({ "filter": { "state": "failed" }, "before": next["older"] })).await;
    let failed: Vec<String> = [&page, &next, &last].into_iter().flat_map(|list| each(list, "state")).collect();
    assert_eq!((failed.len(), &last["older"]), (120, &Value::Null));
    assert!(failed.iter().all(|state| state == "failed"));
}

#[tokio::test]
async fn what_a_filter_asks_is_bound_and_never_sql() {
    let app = TestApp::start().await;
    invented(&app, 1..=3).await;
    let viewer = app.sign_in_as(Role::Viewer).await;
    for needle in ["'; DROP TABLE messages; --", "\\", "_", "$1", "\u{e000}", "')) OR true --"] {
        assert_eq!(each(&list(&viewer, json!({ "filter": { "needle": needle } })).await, "id").len(), 0, "{needle}");
    }
    assert_eq!(viewer.call("list_messages", &json!({ "query": { "filter": { "state": "x" } } })).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(viewer.get("/messages?state=x&kind=&before=1.2&q=%00").await.status, StatusCode::OK);
    assert_eq!(each(&list(&viewer, json!({})).await, "id").len(), 3);
}

#[tokio::test]
async fn links_of_the_development_gateway_are_shown_to_those_who_may_send() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let account = created(&operator, &pgsm(group(&app, "Ufficio").await, &json!({}))).await;
    let message = send(&operator, account, "activation").await;
    let viewer = app.sign_in_as(Role::Viewer).await;
    // Nobody has been told that it went to the development gateway yet.
    assert_eq!(list(&operator, json!({})).await["messages"][0]["link"], Value::Null);
    sqlx::query("UPDATE messages SET gateway = 'development', state = 'accepted', lease_until = NULL").execute(&app.pool).await.unwrap();
    let shown = list(&operator, json!({})).await;
    let link = shown["messages"][0]["link"].as_str().unwrap();
    assert!(link.starts_with(&format!("{}/a/", app.address)) && link.len() > 40, "{link}");
    assert!(shown["messages"][0]["message"]["text"].as_str().unwrap().contains(link));
    assert_eq!(shown["is_development"], true);
    let now = operator.call("messages_now", &json!({ "ids": [message, Uuid::now_v7()], "newest": null })).await.json();
    assert_eq!((&now[0], now.as_array().map(Vec::len)), (&shown["messages"][0], Some(1)));
    let page = operator.get("/messages").await.text;
    assert!(page.contains(link) && page.contains("sent to nobody") && !page.contains("/settings"));
    assert!(app.sign_in_as(Role::Admin).await.get("/messages").await.text.contains("href=\"/settings\""));
    for reply in [viewer.get("/messages").await, viewer.call("list_messages", &json!({ "query": {} })).await] {
        assert!(!reply.text.contains(link) && reply.text.contains("/a/••••••••"), "{}", reply.text);
    }
}

#[tokio::test]
async fn what_has_failed_is_sent_again_once_with_a_new_link() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let account = created(&operator, &pgsm(group(&app, "Ufficio").await, &json!({}))).await;
    let first = send(&operator, account, "installation").await;
    let set_state = async |state: &str| {
        let set = "UPDATE messages SET state = $1, lease_until = NULL, queued_at = queued_at - interval '5 minutes'";
        sqlx::query(set).bind(state).execute(&app.pool).await.unwrap();
    };
    for state in ["queued", "accepted", "delivered"] {
        set_state(state).await;
        let reply = resend(&operator, Uuid::now_v7(), first).await;
        assert_eq!(reply.status, StatusCode::CONFLICT);
        assert!(reply.text.contains(&format!("is {state} by now")), "{}", reply.text);
    }
    for state in ["failed", "unknown"] {
        set_state(state).await;
        let again = Uuid::now_v7();
        for _ in 0..2 {
            let reply = resend(&operator, again, first).await;
            assert_eq!((reply.status, reply.json()), (StatusCode::OK, json!("+393204471902")));
        }
        assert_eq!(resend(&operator, Uuid::now_v7(), first).await.status, StatusCode::CONFLICT, "two people at once send one");
        let of_it = "SELECT count(*) FROM account_links l JOIN messages m ON m.link_id = l.id WHERE m.id = $1 AND l.replaced_at IS NULL";
        let good = async |id: Uuid| sqlx::query_scalar::<_, i64>(of_it).bind(id).fetch_one(&app.pool).await.unwrap();
        assert_eq!((good(first).await, good(again).await), (0, 1));
    }
    assert_eq!(each(&list(&operator, json!({})).await, "kind"), ["installation"; 3]);
}

#[tokio::test]
async fn what_cannot_be_sent_again_says_why() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let account = created(&operator, &pgsm(group(&app, "Ufficio").await, &json!({}))).await;
    let message = send(&operator, account, "activation").await;
    sqlx::query("UPDATE messages SET state = 'failed'").execute(&app.pool).await.unwrap();
    assert_eq!(resend(&operator, Uuid::now_v7(), Uuid::now_v7()).await.status, StatusCode::NOT_FOUND);
    assert_eq!(resend(&app.sign_in_as(Role::Viewer).await, Uuid::now_v7(), message).await.status, StatusCode::FORBIDDEN);
    operator.call("delete_account", &json!({ "id": account })).await;
    assert!(resend(&operator, Uuid::now_v7(), message).await.text.contains("was deleted meanwhile"));
    sqlx::query("UPDATE messages SET kind = 'test'").execute(&app.pool).await.unwrap();
    assert!(resend(&operator, Uuid::now_v7(), message).await.text.contains("A test SMS is not sent again"));
    let log = list(&operator, json!({})).await;
    assert_eq!(each(&log, "owner"), ["Chiara Montanari"], "the log outlives the account");
}

#[tokio::test]
async fn the_page_is_whole_without_wasm() {
    let app = TestApp::start().await;
    let viewer = app.sign_in_as(Role::Viewer).await;
    assert!(viewer.get("/messages").await.text.contains("No messages yet"));
    invented(&app, 1..=60).await;
    let page = viewer.get("/messages").await.text;
    assert!(page.contains("Pure and Unfiltered!") && page.contains("Person 60") && !page.contains("Person 9<"), "the newest fifty");
    assert!(page.contains("/messages?before="));
    let page = viewer.get("/messages?q=person%209&state=delivered").await.text;
    assert!(page.contains("<mark>Person") && page.contains("state is"), "{page}");
    assert!(!page.contains("Send again</button>"), "viewers send nothing");
    assert!(viewer.get("/messages?q=zzz").await.text.contains("No message matches"));
}
