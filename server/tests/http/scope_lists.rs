//! Operators who are limited to groups: what they list, count and export is what is inside, in every order and on every page.

use std::collections::HashSet;

use app::accounts::view::{AccountList, AccountRow, Counts};
use app::domain::account_filter::AccountFilter;
use app::domain::account_query::{AccountQuery, AccountSort, PageSize, Place};
use app::domain::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::accounts::{created, group, invented, pgsm};
use crate::support::{Client, TestApp};

async fn list(client: &Client, query: &AccountQuery) -> AccountList {
    let reply = client.call("list_accounts", &json!({ "query": query, "counts": true })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    serde_json::from_str(&reply.text).unwrap()
}

/// All rows of a list, page after page, and the counts of the first.
async fn all(client: &Client, query: &AccountQuery) -> (Vec<AccountRow>, Counts) {
    let first = list(client, query).await;
    let (mut rows, counts) = (first.rows, first.counts.unwrap());
    let mut next = first.last.filter(|_| first.more);
    while let Some(last) = next {
        let page = list(client, &query.at(Place::After(last))).await;
        rows.extend(page.rows);
        next = page.last.filter(|_| page.more);
    }
    (rows, counts)
}

/// Choices that are found in different ways.
fn choices() -> Vec<AccountFilter> {
    let of = |pairs: &[(&str, &str)]| AccountQuery::from_query(pairs.iter().copied()).filter;
    let mut choices =
        vec![of(&[]), of(&[("q", "early")]), of(&[("q", "person 6_9")]), of(&[("type", "SNOM")]), of(&[("status", "installed,activated")])];
    choices.push(of(&[("q", "nobody")]));
    choices.push(AccountFilter { online: true, ..AccountFilter::default() });
    choices
}

/// The phones of every 40th account are registered.
async fn some_are_online(app: &TestApp) {
    sqlx::query(
        "INSERT INTO sip.location (ruid, username, contact, user_agent, expires, last_modified)
         SELECT username, username, 'sip:' || username || '@10.0.0.2:5060', 'Linphone', extract(epoch FROM now())::bigint + 3600, 0
         FROM accounts WHERE username::bigint % 40 = 0",
    )
    .execute(&app.pool)
    .await
    .unwrap();
}

/// Milano with 1,500 accounts, Roma with 400 and Torino with 1,300.
async fn three_groups(app: &TestApp) -> [Uuid; 3] {
    let [milano, roma, torino] = [group(app, "Milano").await, group(app, "Roma").await, group(app, "Torino").await];
    invented(app, milano, 1..=1_500).await;
    invented(app, roma, 2_001..=2_400).await;
    invented(app, torino, 3_001..=4_300).await;
    sqlx::query("ANALYZE").execute(&app.pool).await.unwrap();
    some_are_online(app).await;
    [milano, roma, torino]
}

#[tokio::test]
async fn the_list_of_one_group_is_the_list_that_a_filter_by_it_gives() {
    let app = TestApp::start().await;
    let [_, roma, torino] = three_groups(&app).await;
    let everybody = app.sign_in_as(Role::Viewer).await;
    for (name, group) in [("marta", roma), ("ugo", torino)] {
        let limited = app.sign_in_limited(name, Role::Viewer, &[group]).await;
        for filter in choices() {
            for sort in AccountSort::ALL {
                let query = |group| AccountQuery { filter: AccountFilter { group, ..filter.clone() }, sort, ..AccountQuery::default() };
                let expected = list(&everybody, &query(Some(group))).await;
                let seen = list(&limited, &query(None)).await;
                assert_eq!((&seen.rows, seen.counts, seen.more), (&expected.rows, expected.counts, expected.more), "{filter:?} {sort:?}");
                assert_eq!(seen.group, None);
                assert_eq!(list(&limited, &query(Some(group))).await, expected);
            }
        }
    }
}

#[tokio::test]
async fn the_list_of_several_groups_is_whole_in_every_order() {
    let app = TestApp::start().await;
    let [milano, roma, _] = three_groups(&app).await;
    let everybody = app.sign_in_as(Role::Viewer).await;
    let limited = app.sign_in_limited("marta", Role::Viewer, &[milano, roma]).await;
    for filter in choices() {
        let of = |group, sort| AccountQuery {
            filter: AccountFilter { group, ..filter.clone() },
            sort,
            size: Some(PageSize::Large),
            ..AccountQuery::default()
        };
        let exactly = limited.call("count_accounts", &json!({ "filter": filter })).await.json()["count"].as_u64().unwrap();
        let mut expected = HashSet::new();
        let mut total = 0;
        for group in [milano, roma] {
            let (rows, counts) = all(&everybody, &of(Some(group), AccountSort::default())).await;
            expected.extend(rows.iter().map(|row| row.id));
            total += counts.total;
        }
        for sort in AccountSort::ALL {
            let (rows, counts) = all(&limited, &of(None, sort)).await;
            let ids: HashSet<Uuid> = rows.iter().map(|row| row.id).collect();
            assert_eq!(ids, expected, "{filter:?} {sort:?}");
            assert_eq!((rows.len(), exactly), (ids.len(), ids.len() as u64), "{filter:?} {sort:?}");
            let counted = |count: i64| count.min(1_001);
            assert_eq!(counts, Counts { matching: counted(ids.len().try_into().unwrap()), total: counted(total) }, "{filter:?} {sort:?}");
        }
    }
}

#[tokio::test]
async fn the_group_list_the_choices_and_the_profiles_tell_of_what_is_inside() {
    let app = TestApp::start().await;
    let [milano, roma, torino] = three_groups(&app).await;
    let limited = app.sign_in_limited("marta", Role::Operator, &[roma, torino]).await;
    let groups = limited.call("list_groups", &json!({})).await.json();
    let told: Vec<_> = groups.as_array().unwrap().iter().map(|group| (group["name"].as_str().unwrap(), &group["accounts"])).collect();
    assert_eq!(told, [("Roma", &json!(400)), ("Torino", &json!(1_300))]);
    let names = json!([[roma, "Roma"], [torino, "Torino"]]);
    assert_eq!(limited.call("group_names", &json!({})).await.json(), names);
    for (form, arguments) in [
        ("new_account_form", json!({ "group": milano, "account_type": "PGSM" })),
        ("wizard_form", json!({ "group": milano })),
        ("new_batch_form", json!({})),
    ] {
        let groups = limited.call(form, &arguments).await.json()["groups"].clone();
        let told: Vec<_> = groups.as_array().unwrap().iter().map(|group| group["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(told, [roma.to_string(), torino.to_string()], "{form}");
    }
    let profiles = limited.call("list_profiles", &json!({})).await.json();
    assert_eq!((&profiles[0]["groups"], &profiles[0]["accounts"]), (&json!(2), &json!(1_700)));
    let admin = app.sign_in_as(Role::Admin).await;
    assert_eq!(admin.call("list_groups", &json!({})).await.json().as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn a_file_holds_what_is_inside() {
    let app = TestApp::start().await;
    let [milano, roma, _] = three_groups(&app).await;
    let limited = app.sign_in_limited("marta", Role::Viewer, &[roma]).await;
    let file = async |query: String| {
        let text = limited.get(&format!("/accounts/export.csv?column=group&column=username{query}")).await.text;
        text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    let rows = file(String::new()).await;
    assert_eq!(rows.len(), 400);
    assert!(rows.iter().all(|row| row.ends_with(",Roma")), "{rows:?}");
    assert_eq!(file(format!("&group={milano}")).await, Vec::<String>::new());
    assert_eq!(file("&q=early&sort=owner".into()).await.len(), 200);
}

/// SMSes that nobody sent, to the accounts of a group in turn, one a second before a time.
async fn messages(app: &TestApp, group: Uuid, count: i32, until: &str) {
    sqlx::query(
        "INSERT INTO messages (id, kind, account_id, owner, username, number, text, coding, parts, state, gateway, give_up_at,
                               operator_name, queued_at)
         SELECT gen_random_uuid(), 'activation', a.id, a.owner, a.username, '+39330' || (100000 + n), 'Ciao', 'gsm7', 1,
                CASE WHEN n % 2 = 0 THEN 'failed' ELSE 'delivered' END, 'kannel', now(), 'ugo', $3::timestamptz - n * interval '1 second'
         FROM generate_series(1, $2) n
         JOIN (SELECT *, row_number() OVER (ORDER BY username) AS nth, count(*) OVER () AS all FROM accounts WHERE group_id = $1) a
           ON a.nth = 1 + n % a.all",
    )
    .bind(group)
    .bind(count)
    .bind(until)
    .execute(&app.pool)
    .await
    .unwrap();
}

/// All SMSes of a choice, page after page.
async fn all_messages(client: &Client, filter: Value) -> Vec<Value> {
    let (mut found, mut before) = (Vec::new(), Value::Null);
    loop {
        let page = client.call("list_messages", &json!({ "query": { "filter": filter, "before": before } })).await.json();
        found.extend(page["messages"].as_array().unwrap().iter().map(|message| message["message"].clone()));
        before = page["older"].clone();
        if before.is_null() {
            return found;
        }
    }
}

#[tokio::test]
async fn messages_are_those_to_accounts_inside_however_far_down_they_are() {
    let app = TestApp::start().await;
    let [milano, roma, torino] = three_groups(&app).await;
    let limited = app.sign_in_limited("marta", Role::Operator, &[roma, torino]).await;
    messages(&app, roma, 70, "2026-02-01").await;
    messages(&app, torino, 20, "2026-01-02").await;
    // More than are looked at one by one, all newer than those of Torino.
    messages(&app, milano, 6_000, "2026-01-31").await;
    sqlx::query("ANALYZE").execute(&app.pool).await.unwrap();
    let inside: HashSet<Uuid> = sqlx::query_scalar("SELECT id FROM accounts WHERE group_id <> $1")
        .bind(milano)
        .fetch_all(&app.pool)
        .await
        .unwrap()
        .into_iter()
        .collect();
    for (filter, count) in [
        (json!({}), 90),
        (json!({ "state": "failed" }), 45),
        (json!({ "needle": "ciao" }), 90),
        (json!({ "needle": "person", "state": "delivered", "kind": "activation" }), 45),
        (json!({ "kind": "test" }), 0),
    ] {
        let found = all_messages(&limited, filter.clone()).await;
        assert_eq!(found.len(), count, "{filter}");
        let accounts: HashSet<Uuid> = found.iter().map(|message| message["account"].as_str().unwrap().parse().unwrap()).collect();
        assert!(accounts.is_subset(&inside), "{filter}");
        let times: Vec<_> = found.iter().map(|message| message["queued_at"].as_i64().unwrap()).collect();
        assert!(times.is_sorted_by(|newer, older| newer >= older), "{filter}");
    }
    let foreign: Vec<Uuid> =
        sqlx::query_scalar("SELECT m.id FROM messages m JOIN accounts a ON a.id = m.account_id WHERE a.group_id = $1 LIMIT 3")
            .bind(milano)
            .fetch_all(&app.pool)
            .await
            .unwrap();
    let now = limited.call("messages_now", &json!({ "ids": foreign, "newest": {} })).await.json();
    assert_eq!(now.as_array().map(Vec::len), Some(50), "the newest of what is inside, and none of those that were named");
    assert!(now.as_array().unwrap().iter().all(|message| message["message"]["account"].as_str().is_some()));
    // An SMS whose account is gone is of no group any more.
    let gone = all_messages(&limited, json!({})).await[0]["account"].clone();
    assert!(limited.call("delete_account", &json!({ "id": gone })).await.status.is_success());
    let left = all_messages(&limited, json!({})).await.len();
    assert!(left < 90);
    assert!(all_messages(&app.sign_in_as(Role::Viewer).await, json!({ "needle": "person 2" })).await.len() > left);
}

#[tokio::test]
async fn a_number_that_is_taken_outside_is_taken_and_no_more_is_said() {
    let app = TestApp::start().await;
    let (mine, other) = (group(&app, "Milano").await, group(&app, "Roma").await);
    let operator = app.sign_in_as(Role::Operator).await;
    created(&operator, &pgsm(other, &json!({ "owner": "Chiara Segreta" }))).await;
    let limited = app.sign_in_limited("marta", Role::Operator, &[mine]).await;
    let taken = json!({ "id": Uuid::now_v7(), "username": "2086693379", "number": "+39 320 447 1902" });
    assert_eq!(limited.call("taken_fields", &taken).await.json(), json!({ "username": true, "number": true }));
    let refused = limited.call("create_account", &json!({ "id": Uuid::now_v7(), "draft": pgsm(mine, &json!({})) })).await;
    let fields: Vec<_> = refused.json()["InvalidAccount"].as_object().unwrap().keys().cloned().collect();
    assert!(fields.len() == 2 && !refused.text.contains("Segreta"), "{}", refused.text);
}

#[tokio::test]
async fn a_batch_tells_of_those_of_its_accounts_that_are_inside() {
    let app = TestApp::start().await;
    let (mine, other) = (group(&app, "Milano").await, group(&app, "Roma").await);
    let limited = app.sign_in_limited("marta", Role::Operator, &[mine]).await;
    let id = Uuid::now_v7();
    let profile = crate::batch_upload::profile(&app.pool).await;
    let address = |id, group| crate::batch_upload::address(id, group, profile, 3, 3);
    let sent = crate::batch_upload::send(&limited, &address(id, mine), crate::batch_upload::sent(3, 0)).await;
    assert_eq!(crate::batch_upload::last(&sent), json!({ "done": 3 }));
    // Somebody who sees all moves one away, and it has been changed.
    sqlx::query("UPDATE accounts SET group_id = $1, version = 2 WHERE owner = 'Person 1'").bind(other).execute(&app.pool).await.unwrap();
    let shown = limited.call("show_batch", &json!({ "id": id })).await.json();
    assert_eq!((&shown["accounts"], &shown["obstacles"]), (&json!(2), &json!({ "count": 1, "named": [] })));
    let undone = limited.call("undo_batch", &json!({ "id": id })).await;
    assert!(undone.text.contains("Nothing was undone: some accounts were moved to other groups since."), "{}", undone.text);
    // Of a batch outside not even the id is free, and no more is said of it.
    let foreign = Uuid::now_v7();
    let operator = app.sign_in_as(Role::Operator).await;
    crate::batch_upload::send(&operator, &address(foreign, other), crate::batch_upload::sent(3, 100)).await;
    let again = crate::batch_upload::send(&limited, &address(foreign, mine), crate::batch_upload::sent(3, 200)).await;
    let sentence = "This page was used for another batch already. Nothing was created: reload it and drop the file again.";
    assert_eq!(crate::batch_upload::last(&again)["refused"]["sentence"], sentence);
}
