//! Phones that are registered: who is shown as online, until when, and how a registration is dropped.

use app::accounts::view::{AccountDetails, AccountList, AccountRow};
use app::domain::account_query::{AccountQuery, AccountScreen, AccountSort, Place};
use app::domain::account_status::LifeCycleEvent;
use app::domain::role::Role;
use app::domain::transport::Transport;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use crate::support::accounts::{created, group, invented, pgsm, snom};
use crate::support::{Client, TestApp};

/// Writes a registration as a SIP server does, with its role.
async fn registers(pool: &PgPool, username: &str, seconds: i64, received: &str, agent: &str) {
    let mut tx = pool.begin().await.unwrap();
    sqlx::query("SET LOCAL ROLE ringkey_sip").execute(&mut *tx).await.unwrap();
    sqlx::query(
        "INSERT INTO sip.location (ruid, username, contact, received, user_agent, expires, last_modified)
         VALUES (md5($1 || clock_timestamp()), $1, 'sip:' || $1 || '@10.0.0.2:5060', $3, $4,
                 floor(extract(epoch FROM clock_timestamp()))::bigint + $2, floor(extract(epoch FROM clock_timestamp()))::bigint)",
    )
    .bind(username)
    .bind(seconds)
    .bind(received)
    .bind(agent)
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

async fn list(client: &Client, query: &AccountQuery) -> AccountList {
    let reply = client.call("list_accounts", &json!({ "query": query, "counts": true })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    serde_json::from_str(&reply.text).unwrap()
}

async fn registered(client: &Client, pairs: &[(&str, &str)]) -> AccountList {
    list(client, &AccountQuery::of_screen(AccountScreen::Registered, pairs.iter().copied())).await
}

fn usernames(list: &AccountList) -> Vec<&str> {
    list.rows.iter().map(|row| row.username.as_str()).collect()
}

async fn details(client: &Client, id: Uuid) -> AccountDetails {
    let reply = client.call("show_account", &json!({ "id": id })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    serde_json::from_str(&reply.text).unwrap()
}

const TLS: &str = "sip:93.41.8.122:61044;transport=tls";

/// Zoé (2086693379), Ada (3204) and nobody (777) of two groups.
async fn three(app: &TestApp) -> (Client, [Uuid; 3], Uuid) {
    let operator = app.sign_in_as(Role::Operator).await;
    let (milano, roma) = (group(app, "Milano").await, group(app, "Roma").await);
    let zoe = created(&operator, &pgsm(milano, &json!({ "owner": "Zoé Rossi" }))).await;
    let ada = created(&operator, &snom(milano, &json!({ "owner": "Ada Bianchi" }))).await;
    let nobody = created(&operator, &pgsm(roma, &json!({ "username": "777", "number": "777", "owner": "" }))).await;
    (operator, [zoe, ada, nobody], milano)
}

#[tokio::test]
async fn a_phone_is_online_until_its_registration_is_over() {
    let app = TestApp::start().await;
    let (operator, [zoe, ada, _], _) = three(&app).await;
    registers(&app.pool, "2086693379", 3600, TLS, "Linphone 5.2 (Android 15)").await;
    registers(&app.pool, "3204", -1, TLS, "snomD785 10.1").await;
    let found = registered(&operator, &[]).await;
    assert_eq!(usernames(&found), ["2086693379"], "what is over is offline, though no server has swept it");
    let online = found.rows[0].online.clone().unwrap();
    assert_eq!((online.address.as_str(), online.transport), ("93.41.8.122:61044", Some(Transport::Tls)));
    assert_eq!(online.client, "Linphone 5.2 (Android 15)");
    let all = list(&operator, &AccountQuery::default()).await;
    let is_online = |username: &str| all.rows.iter().any(|row| row.username == username && row.online.is_some());
    assert!(is_online("2086693379") && !is_online("3204") && !is_online("777"));
    let rows: Vec<AccountRow> = serde_json::from_str(&operator.call("accounts_of", &json!({ "ids": [zoe, ada] })).await.text).unwrap();
    assert_eq!(rows.iter().filter(|row| row.online == Some(online.clone())).count(), 1);
    let shown = details(&operator, zoe).await;
    assert_eq!(shown.online, Some(online));
    assert!(details(&operator, ada).await.online.is_none());
    sqlx::query("UPDATE sip.location SET expires = 1").execute(&app.pool).await.unwrap();
    assert!(registered(&operator, &[]).await.rows.is_empty());
    assert!(details(&operator, zoe).await.online.is_none());
}

#[tokio::test]
async fn last_sip_register_is_the_newest_of_the_events_and_of_the_registration() {
    let app = TestApp::start().await;
    let (operator, [zoe, ..], _) = three(&app).await;
    let last = async || {
        let events = details(&operator, zoe).await.events;
        events.into_iter().find(|(event, _)| *event == LifeCycleEvent::Registered).map(|(_, at)| at)
    };
    assert_eq!(last().await, None);
    registers(&app.pool, "2086693379", 3600, TLS, "").await;
    let first = last().await.unwrap();
    sqlx::query("UPDATE sip.location SET last_modified = last_modified + 600").execute(&app.pool).await.unwrap();
    let refreshed = last().await.unwrap();
    assert!((590_000..=600_000).contains(&(refreshed - first)), "{first} {refreshed}");
    sqlx::query("DELETE FROM sip.location").execute(&app.pool).await.unwrap();
    assert_eq!(last().await, Some(refreshed), "it stays when the registration is over");
}

#[tokio::test]
async fn the_filter_and_the_facets_narrow_those_online_and_the_counts_say_how_many() {
    let app = TestApp::start().await;
    let (operator, _, milano) = three(&app).await;
    for username in ["2086693379", "3204", "777"] {
        registers(&app.pool, username, 3600, TLS, "").await;
    }
    // The same phone from another place: still one.
    registers(&app.pool, "3204", 60, "sip:192.0.2.1:5060", "").await;
    let found = registered(&operator, &[]).await;
    assert_eq!(usernames(&found), ["3204", "2086693379", "777"], "by owner, and without one last");
    let counts = |list: &AccountList| list.counts.map(|counts| (counts.matching, counts.total)).unwrap();
    assert_eq!(counts(&found), (3, 3));
    for (pairs, expected) in [
        (vec![("q", "zoe")], vec!["2086693379"]),
        (vec![("q", "77")], vec!["777"]),
        (vec![("type", "SNOM")], vec!["3204"]),
        (vec![("security", "SDES"), ("q", "rossi")], vec!["2086693379"]),
        (vec![("sort", "number"), ("dir", "desc")], vec!["777", "2086693379", "3204"]),
        (vec![("q", "nobody")], vec![]),
    ] {
        let found = registered(&operator, &pairs).await;
        assert_eq!((usernames(&found), counts(&found).1), (expected, 3), "{pairs:?}");
    }
    let group = milano.to_string();
    assert_eq!(counts(&registered(&operator, &[("group", &group), ("q", "ada")]).await), (1, 2));
    let on_list = list(&operator, &AccountQuery::from_query([("online", "true"), ("enabled", "true")])).await;
    assert_eq!(counts(&on_list), (3, 3));
    let exact = operator.call("count_accounts", &json!({ "filter": { "online": true, "needle": "7" } })).await.json();
    assert_eq!(exact["count"], 1);
    let file = operator.get("/accounts/export.csv?online=true&q=ada&column=username").await.text;
    assert_eq!(file.trim_start_matches('\u{feff}'), "username\r\n3204\r\n");
}

#[tokio::test]
async fn every_way_of_finding_gives_the_same_pages() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    invented(&app, group, 1..=9_000).await;
    sqlx::query("UPDATE accounts SET enabled = true").execute(&app.pool).await.unwrap();
    // Without what follows for each account, which other tests show.
    sqlx::query("ALTER TABLE sip.location DISABLE TRIGGER USER").execute(&app.pool).await.unwrap();
    let expires = "floor(extract(epoch FROM now()))::bigint";
    // Few that are collected, many that the order is walked for, many of whom most are gone, and few of many whom nobody has removed.
    for (ending, over, count) in [("13", "%7", 90), ("", "%7", 8_100), ("", "%[0-6]", 2_700), ("", "%[0-689]|%[0-689]7", 90)] {
        let online = format!(
            "INSERT INTO sip.location (ruid, username, contact, expires)
             SELECT username, username, 'sip:192.0.2.7', {expires} + CASE WHEN number_digits SIMILAR TO $2 THEN -5 ELSE 600 END
             FROM accounts WHERE username LIKE '%' || $1"
        );
        sqlx::query("TRUNCATE sip.location").execute(&app.pool).await.unwrap();
        sqlx::query(AssertSqlSafe(online)).bind(ending).bind(over).execute(&app.pool).await.unwrap();
        // Who was online lately is there, too.
        sqlx::raw_sql(
            "TRUNCATE account_online;
             INSERT INTO account_online
             SELECT account_id, owner_order, username, number_digits, group_id, account_type, security_model, enabled, status_order,
                    last_status_at, search
             FROM account_search WHERE username IN (SELECT username FROM sip.location) OR username LIKE '%3'",
        )
        .execute(&app.pool)
        .await
        .unwrap();
        sqlx::query("ANALYZE").execute(&app.pool).await.unwrap();
        for (filter, condition) in [
            (json!({ "online": true }), "true"),
            (json!({ "online": true, "needle": "person 13" }), "owner LIKE '% 13%'"),
            (json!({ "online": true, "account_type": "SNOM", "needle": "late" }), "account_type = 'SNOM' AND description LIKE 'late%'"),
            (json!({ "online": true, "group": group, "statuses": ["created"] }), "last_status = 'created'"),
        ] {
            let sql = format!(
                "SELECT username FROM accounts a WHERE {condition}
                 AND EXISTS (SELECT FROM sip.location l WHERE l.username = a.username AND l.expires > {expires}) ORDER BY username"
            );
            let expected: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&app.pool).await.unwrap();
            assert!(condition != "true" || expected.len() == count, "{} {count}", expected.len());
            for sort in [AccountSort::Username, AccountSort::Status] {
                let mut query = AccountQuery { filter: serde_json::from_value(filter.clone()).unwrap(), sort, ..AccountQuery::default() };
                query.descending = false;
                let mut found = Vec::new();
                loop {
                    let page = list(&operator, &query).await;
                    let counts = page.counts.unwrap();
                    assert_eq!(counts.matching.min(1_001), i64::try_from(expected.len()).unwrap().min(1_001), "{filter} {sort:?}");
                    assert!(page.rows.iter().all(|row| row.online.is_some()));
                    found.extend(page.rows.iter().map(|row| row.username.clone()));
                    match page.last.filter(|_| page.more && found.len() < 300) {
                        Some(last) => query.place = Place::After(last),
                        None => break,
                    }
                }
                if sort == AccountSort::Status {
                    assert!(found.iter().all(|username| expected.contains(username)), "{filter}");
                } else {
                    assert_eq!(found, expected[..found.len()], "{filter}");
                    assert!(found.len() == expected.len() || found.len() >= 300, "{filter} {}", found.len());
                }
            }
        }
    }
}

#[tokio::test]
async fn among_more_than_are_counted_those_who_come_and_go_are_told() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    invented(&app, group, 1..=1_300).await;
    sqlx::query("UPDATE accounts SET enabled = true").execute(&app.pool).await.unwrap();
    let come = "INSERT INTO sip.location (ruid, username, contact, expires)
                SELECT username || $1, username, 'sip:192.0.2.7', floor(extract(epoch FROM now()))::bigint + 600 FROM accounts WHERE owner LIKE $2";
    for (place, owners) in [("a", "%"), ("b", "%7")] {
        sqlx::query(come).bind(place).bind(owners).execute(&app.pool).await.unwrap();
    }
    let online = async |words: &str| {
        let found = registered(&operator, &[("q", words), ("sort", "username")]).await;
        (found.counts.unwrap().matching, usernames(&found).len())
    };
    assert_eq!(online("person 7").await.0, 111, "7, 70 to 79, 700 to 799");
    // From one of two places those with a 7 at their end are still there; the others are gone.
    sqlx::query("DELETE FROM sip.location WHERE ruid LIKE '%a' AND username IN (SELECT username FROM accounts WHERE owner LIKE '% 7%')")
        .execute(&app.pool)
        .await
        .unwrap();
    assert_eq!(online("person 7").await, (12, 12), "7, 77, 707, 717 … 797");
    sqlx::query("DELETE FROM sip.location WHERE ruid LIKE '%b'").execute(&app.pool).await.unwrap();
    assert_eq!(online("person 7").await, (0, 0));
    assert_eq!(online("").await.0, 1_001, "many are left: counted up to a thousand");
}

#[tokio::test]
async fn passwords_of_another_sip_domain_can_be_listed() {
    let app = TestApp::start().await;
    let (operator, ..) = three(&app).await;
    let outdated = AccountQuery::from_query([("password", "outdated")]);
    assert!(list(&operator, &outdated).await.rows.is_empty());
    sqlx::query("UPDATE account_digests SET realm = 'old.example' WHERE account_id IN (SELECT id FROM accounts WHERE username <> '777')")
        .execute(&app.pool)
        .await
        .unwrap();
    let found = list(&operator, &AccountQuery { sort: AccountSort::Username, descending: false, ..outdated.clone() }).await;
    assert_eq!(usernames(&found), ["2086693379", "3204"]);
    assert_eq!(found.counts.map(|counts| (counts.matching, counts.total)), Some((2, 3)));
    let snoms = AccountQuery::from_query([("password", "outdated"), ("type", "SNOM"), ("q", "ada")]);
    assert_eq!(usernames(&list(&operator, &snoms).await), ["3204"]);
    let exact = operator.call("count_accounts", &json!({ "filter": outdated.filter })).await.json();
    assert_eq!(exact["count"], 2);
    let page = operator.get("/accounts?password=outdated").await.text;
    assert!(page.contains("password is of") && page.contains("another SIP domain"));
}

#[tokio::test]
async fn what_a_phone_says_of_itself_is_text_on_every_page() {
    let app = TestApp::start().await;
    let (operator, [zoe, ..], _) = three(&app).await;
    let hostile = "<img src=x onerror=alert(1)>\"'&";
    registers(&app.pool, "2086693379", 3600, TLS, hostile).await;
    sqlx::query("UPDATE sip.location SET received = NULL, contact = $1")
        .bind(format!("sip:{hostile}@10.0.0.2:5060"))
        .execute(&app.pool)
        .await
        .unwrap();
    for path in ["/registered".to_owned(), "/accounts".to_owned(), format!("/accounts/{zoe}")] {
        let page = operator.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.text.contains("<img src=x"), "{path}");
        assert!(page.text.contains("until") || page.text.contains("10.0.0.2:5060"), "{path}");
    }
    sqlx::query("UPDATE sip.location SET contact = $1").bind("sip:<b>@<i>").execute(&app.pool).await.unwrap();
    let page = operator.get("/registered").await.text;
    assert!(page.contains("not told") && !page.contains("<i>"), "what is no address is none");
}

#[tokio::test]
async fn an_operator_drops_a_registration_and_the_history_says_so() {
    let app = TestApp::start().await;
    let (operator, [zoe, ..], _) = three(&app).await;
    registers(&app.pool, "2086693379", 3600, TLS, "Linphone 5.2").await;
    registers(&app.pool, "3204", 3600, TLS, "snom").await;
    let viewer = app.sign_in_as(Role::Viewer).await;
    let asked = json!({ "id": zoe });
    assert_eq!(viewer.call("drop_registration", &asked).await.status, StatusCode::FORBIDDEN);
    assert_eq!(usernames(&registered(&viewer, &[]).await).len(), 2);
    let reply = operator.call("drop_registration", &asked).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    assert_eq!(usernames(&registered(&viewer, &[]).await), ["3204"]);
    let left: Vec<String> = sqlx::query_scalar("SELECT username::text FROM sip.location").fetch_all(&app.pool).await.unwrap();
    let told: Vec<String> = sqlx::query_scalar("SELECT username FROM sip.drops").fetch_all(&app.pool).await.unwrap();
    assert_eq!((left, told), (vec!["3204".to_owned()], vec!["2086693379".to_owned()]), "the server is told to forget it, too");
    let shown = details(&operator, zoe).await;
    assert!(shown.online.is_none() && shown.events.iter().any(|(event, _)| *event == LifeCycleEvent::Registered));
    assert_eq!(shown.history[0].action, "dropped the registration");
    let again = operator.call("drop_registration", &asked).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.text.contains("not registered any more"), "{}", again.text);
    assert_eq!(details(&operator, zoe).await.history.len(), shown.history.len(), "what did nothing is no history");
    assert_eq!(operator.call("drop_registration", &json!({ "id": Uuid::now_v7() })).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_viewer_sees_the_page_without_buttons() {
    let app = TestApp::start().await;
    let (operator, ..) = three(&app).await;
    let viewer = app.sign_in_as(Role::Viewer).await;
    let empty = viewer.get("/registered").await;
    assert_eq!(empty.status, StatusCode::OK);
    assert!(empty.text.contains("No phone is registered"));
    registers(&app.pool, "2086693379", 3600, "sip:192.0.2.1:5060;transport=tcp", "baresip 3.16").await;
    let page = viewer.get("/registered").await.text;
    for told in ["2086693379", "Zoé Rossi", "192.0.2.1:5060", "TCP", "not encrypted", "baresip 3.16", "in 59 min"] {
        assert!(page.contains(told), "{told}");
    }
    assert!(!page.contains("data-act=\"drop\"") && operator.get("/registered").await.text.contains("data-act=\"drop\""));
    assert!(viewer.get("/registered?q=nobody").await.text.contains("No account matches"));
}
