//! A batch over HTTP: its rows as the page sends them, the lines that tell how it goes, taking it back, and what a broken line leaves.

use app::batch::view::BatchProgress;
use app::domain::batch::{Choices, push_sent, read};
use app::domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::accounts::{count, group, pgsm};
use crate::support::{Client, Reply, TestApp, Upload, until};

/// So many rows as the page sends them, from a number on.
pub fn sent(count: usize, first: usize) -> String {
    let rows: String =
        (first..first + count).map(|n| format!("Person {n},+39320{n:07},p{n}@example.com,,\"a \"\"note\"\"\"\r\n")).collect();
    let sheet =
        read(format!("fullName,gsmNumber,email,securityModel,description\r\n{rows}").as_bytes(), &Choices::default()).unwrap().sheet;
    let mut text = String::new();
    (0..sheet.len()).for_each(|row| push_sent(&mut text, sheet.line(row), &sheet.account(row).unwrap()));
    text
}

pub async fn profile(pool: &PgPool) -> Uuid {
    sqlx::query_scalar("SELECT id FROM provisioning_profiles").fetch_one(pool).await.unwrap()
}

pub fn address(id: Uuid, group: Uuid, profile: Uuid, rows_read: usize, rows: usize) -> String {
    format!("/batches/{id}?file_name=people.csv&group={group}&profile={profile}&rows_read={rows_read}&rows={rows}")
}

pub async fn send(client: &Client, address: &str, body: String) -> Reply {
    Reply::of(client.request(Method::POST, address).body(body)).await
}

fn lines(reply: &Reply) -> Vec<Value> {
    reply.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn last(reply: &Reply) -> Value {
    lines(reply).pop().unwrap_or_else(|| panic!("no line: {} {}", reply.status, reply.text))
}

#[tokio::test]
async fn rows_become_accounts_and_each_step_is_told() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let (milano, profile) = (group(&app, "Milano").await, profile(&app.pool).await);
    let id = Uuid::now_v7();
    let reply = send(&operator, &address(id, milano, profile, 2_503, 2_500), sent(2_500, 0)).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(
        lines(&reply),
        [
            json!({ "staged": 2_500 }),
            json!("checked"),
            json!({ "written": 1_000 }),
            json!({ "written": 2_000 }),
            json!({ "written": 2_500 }),
            json!("committing"),
            json!({ "done": 2_500 })
        ]
    );
    assert_eq!(count(&app).await, 2_500);
    // A second click, a retry.
    let again = send(&operator, &address(id, milano, profile, 2_503, 2_500), sent(2_500, 0)).await;
    assert_eq!((last(&again), count(&app).await), (json!({ "done": 2_500 }), 2_500));

    let shown = operator.call("show_batch", &json!({ "id": id })).await.json();
    assert_eq!(
        (&shown["batch"]["rows_read"], &shown["batch"]["created"], &shown["batch"]["who"]),
        (&json!(2_503), &json!(2_500), &json!("operator"))
    );
    assert_eq!((&shown["accounts"], &shown["extensions"], &shown["obstacles"]["count"]), (&json!(2_500), &json!(0), &json!(0)));
    let query = json!({ "filter": { "batch": id, "needle": "p2499@" }, "sort": "owner", "descending": false });
    let found = operator.call("list_accounts", &json!({ "query": query, "counts": true })).await.json();
    assert_eq!((&found["counts"]["matching"], &found["rows"][0]["owner"]), (&json!(1), &json!("Person 2499")));
    let other = json!({ "filter": { "batch": Uuid::now_v7() } });
    assert_eq!(operator.call("count_accounts", &other).await.json()["count"], 0);
    let all = json!({ "filter": { "batch": id } });
    assert_eq!(operator.call("count_accounts", &all).await.json()["count"], 2_500);
    let listed = app.sign_in_as(Role::Viewer).await.call("list_batches", &json!({ "before": null })).await.json();
    assert_eq!((&listed[0][0]["file_name"], &listed[0][0]["group"], &listed[1]), (&json!("people.csv"), &json!("Milano"), &json!(false)));
}

#[tokio::test]
async fn what_no_page_sends_makes_nothing() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let (milano, profile) = (group(&app, "Milano").await, profile(&app.pool).await);
    let to = |rows: usize| address(Uuid::now_v7(), milano, profile, rows, rows);
    for (rows, body, sentence) in [
        (3, sent(2, 0), "The rows did not arrive whole: 2 of 3. Nothing was created: send them again."),
        (1, sent(2, 0), "The rows did not arrive whole: 2 of 1. Nothing was created: send them again."),
        (2, sent(1, 0).repeat(2), "Line 2: another line has the number +393200000000, too. Nothing was created."),
        (
            1,
            "8,Ada,\"<b>\",,,\r\n".into(),
            "Line 8: gsmNumber: “<” does not belong in a phone number. Use the digits 0 to 9, with + in front of an international number.",
        ),
        (1, "fullName,gsmNumber\r\n".into(), "What arrived is no batch as this page sends it. Reload the page, and drop the file again."),
        (1, "8,\0,111,,,\r\n".into(), "Line 8: fullName: This holds the character U+0000. Remove it."),
        (
            1,
            format!("8,{},111,,,", "x".repeat(100_000)),
            "What arrived is no batch as this page sends it. Reload the page, and drop the file again.",
        ),
    ] {
        let reply = send(&operator, &to(rows), body).await;
        let told = last(&reply)["refused"]["sentence"].as_str().unwrap().to_owned();
        if sentence.contains("U+0000") {
            assert!(told.contains("U+0000"), "{told}");
        } else {
            assert_eq!(told, sentence);
        }
    }
    let none_such = send(&operator, &address(Uuid::now_v7(), Uuid::now_v7(), profile, 1, 1), sent(1, 0)).await;
    assert_eq!(last(&none_such)["refused"]["sentence"], "The group or the provisioning profile is not there any more. Choose another.");
    for address in [
        address(Uuid::now_v7(), milano, profile, 1, 2),
        address(Uuid::now_v7(), milano, profile, 200_000, 1),
        format!("{}&enabled=true", to(1)),
        format!("/batches/{}", Uuid::now_v7()),
    ] {
        let reply = send(&operator, &address, sent(1, 0)).await;
        assert_eq!((reply.status, reply.json()), (StatusCode::BAD_REQUEST, json!("BadRequest")), "{address}");
    }
    assert_eq!(send(&app.sign_in_as(Role::Viewer).await, &to(1), sent(1, 0)).await.status, StatusCode::FORBIDDEN);
    assert_eq!(send(&app.anonymous(), &to(1), sent(1, 0)).await.status, StatusCode::UNAUTHORIZED);
    let foreign = operator.request(Method::POST, &to(1)).header("origin", "https://evil.example").header("sec-fetch-site", "cross-site");
    assert_eq!(Reply::of(foreign.body(sent(1, 0))).await.status, StatusCode::FORBIDDEN);
    assert_eq!(count(&app).await, 0);
    assert_eq!(sqlx::query_scalar::<_, i64>("SELECT count(*) FROM batches").fetch_one(&app.pool).await.unwrap(), 0);
}

#[tokio::test]
async fn numbers_that_accounts_have_are_found_in_one_request_and_told_when_they_come_in_between() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let (milano, profile) = (group(&app, "Milano").await, profile(&app.pool).await);
    operator.call("create_account", &json!({ "id": Uuid::now_v7(), "draft": pgsm(milano, &json!({ "number": "+393200000007" })) })).await;
    let asked: String = (0..100_000).map(|n| format!("39320{n:07}\n")).collect();
    let reply = send(&operator, "/batches/numbers", asked).await;
    assert_eq!((reply.status, reply.text.as_str()), (StatusCode::OK, "393200000007\n"));
    for nonsense in ["1\n".repeat(100_001), "+39320\n".into(), "39320 1\n".into(), "1234567890123456\n".into()] {
        assert_eq!(send(&operator, "/batches/numbers", nonsense).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(send(&operator, "/batches/numbers", "1\n".repeat(2_000_000)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let refused = send(&operator, &address(Uuid::now_v7(), milano, profile, 20, 20), sent(20, 0)).await;
    assert_eq!(
        last(&refused),
        json!({ "refused": { "sentence": "Other accounts have some of these numbers by now. Nothing was created.", "taken": ["393200000007"] } })
    );
}

#[tokio::test]
async fn a_batch_is_taken_back_until_one_of_its_accounts_was_changed() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let (milano, profile) = (group(&app, "Milano").await, profile(&app.pool).await);
    let [first, second] = [Uuid::now_v7(), Uuid::now_v7()];
    send(&operator, &address(first, milano, profile, 1_200, 1_200), sent(1_200, 0)).await;
    send(&operator, &address(second, milano, profile, 3, 3), sent(3, 5_000)).await;
    let ids: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM accounts WHERE batch_id = $1 ORDER BY id").bind(second).fetch_all(&app.pool).await.unwrap();
    operator.call("delete_account", &json!({ "id": ids[0] })).await;
    let refused = operator.call("enable_account", &json!({ "id": ids[2], "enabled": true })).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "it waits for its activation");
    operator.call("send_sms", &json!({ "message": Uuid::now_v7(), "account": ids[2], "kind": "installation" })).await;

    let undo = async |id: Uuid| operator.call("undo_batch", &json!({ "id": id })).await;
    let refused = undo(second).await;
    assert_eq!(
        last(&refused)["refused"]["sentence"],
        "Nothing was undone: some accounts were activated or changed since. They are Person 5002."
    );
    let shown = operator.call("show_batch", &json!({ "id": second })).await.json();
    assert_eq!((&shown["accounts"], &shown["obstacles"]), (&json!(2), &json!({ "count": 1, "named": [[ids[2], "Person 5002"]] })));

    let undone = undo(first).await;
    assert_eq!(lines(&undone), [json!({ "written": 1_000 }), json!({ "written": 1_200 }), json!("committing"), json!({ "done": 1_200 })]);
    assert_eq!(count(&app).await, 2);
    let history = "SELECT count(*) FROM audit_log WHERE action = 'undone' AND operator_name = 'operator'";
    assert_eq!(sqlx::query_scalar::<_, i64>(history).fetch_one(&app.pool).await.unwrap(), 1_201);
    let shown = operator.call("show_batch", &json!({ "id": first })).await.json();
    assert_eq!((&shown["batch"]["undone"][1], &shown["accounts"]), (&json!("operator"), &json!(0)));
    assert_eq!(last(&undo(first).await)["refused"]["sentence"], "This batch was undone already.");
    assert_eq!(last(&undo(Uuid::now_v7()).await)["refused"]["sentence"], "There is no such batch.");
    let sent_again = send(&operator, &address(first, milano, profile, 1_200, 1_200), sent(1_200, 0)).await;
    assert_eq!(last(&sent_again)["refused"]["sentence"], "This batch was undone. Drop the file again to make a new one of it.");
    assert_eq!(app.sign_in_as(Role::Viewer).await.call("undo_batch", &json!({ "id": second })).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn who_goes_away_leaves_nothing_and_is_told_the_truth() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let (milano, profile) = (group(&app, "Milano").await, profile(&app.pool).await);
    let id = Uuid::now_v7();
    let body = sent(3_000, 0);
    // Two thirds of what was promised are sent, until that is staged.
    let mut upload = Upload::start(&operator, &address(id, milano, profile, 3_000, 3_000), body.len()).await;
    upload.send(&body[..body.len() * 2 / 3 + 5_000]).await;
    upload.until(|line| matches!(line, BatchProgress::Staged(2_000..))).await;
    let is_storing = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY batch_rows%'";
    assert_eq!(sqlx::query_scalar::<_, i64>(is_storing).fetch_one(&app.pool).await.unwrap(), 1);
    drop(upload);
    let stored = operator.call("is_batch_stored", &json!({ "id": id })).await;
    assert_eq!((stored.json(), count(&app).await), (json!(false), 0));

    send(&operator, &address(id, milano, profile, 3_000, 3_000), body).await;
    assert_eq!(operator.call("is_batch_stored", &json!({ "id": id })).await.json(), json!(true));
    assert_eq!(sqlx::query_scalar::<_, i64>("SELECT count(*) FROM batches").fetch_one(&app.pool).await.unwrap(), 1);
}

#[tokio::test]
async fn of_two_files_with_the_same_numbers_at_once_one_is_made() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let (milano, profile) = (group(&app, "Milano").await, profile(&app.pool).await);
    let [to, other] = [(); 2].map(|()| address(Uuid::now_v7(), milano, profile, 1_500, 1_500));
    let (one, other) = tokio::join!(send(&operator, &to, sent(1_500, 0)), send(&operator, &other, sent(1_500, 100)));
    let made = [&one, &other].iter().filter(|reply| last(reply) == json!({ "done": 1_500 })).count();
    assert_eq!(made, 1, "{} {}", last(&one), last(&other));
    assert_eq!(count(&app).await, 1_500);
    // Nothing of the other holds a lock or a place any more.
    until(async || {
        let busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE '%transaction%' AND pid <> pg_backend_pid()";
        sqlx::query_scalar::<_, i64>(busy).fetch_one(&app.pool).await.unwrap() == 0
    })
    .await;
}
