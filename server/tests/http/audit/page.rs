//! The page and its file: who sees it, what it finds, and how it is turned over.

use app::domain::audit_query::{Filtered, search_text};
use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::accounts::{created, group, pgsm};
use crate::support::{Client, TestApp};

const MARTA: Uuid = Uuid::from_u128(0x0199_d1c0_0000_7000_8000_0000_0000_00aa);

async fn list(client: &Client, query: Value) -> Value {
    let reply = client.call("list_audit", &json!({ "query": query })).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    reply.json()
}

/// What stands in one field of each entry.
fn each(list: &Value, field: &str) -> Vec<String> {
    list["entries"].as_array().unwrap().iter().map(|entry| entry[field].as_str().unwrap_or_default().to_owned()).collect()
}

/// Entries that nobody made, one for each number: about "Person N", the newest is the last, two at a time have the same time. Every
/// tenth is of a user, every hundredth about settings, one in a thousand a deletion.
async fn invented(app: &TestApp, numbers: std::ops::RangeInclusive<i32>) {
    sqlx::query(
        "INSERT INTO audit_log (id, at, operator_id, operator_name, address, action, subject_kind, subject_id, subject_name, changes)
         SELECT md5(n::text)::uuid, timestamptz '2026-01-01' + n / 2 * interval '1 minute',
                CASE WHEN n % 10 = 0 THEN NULL ELSE $3 END, CASE WHEN n % 10 = 0 THEN 'The user' ELSE 'Marta Gallo' END,
                '203.0.113.' || n % 250,
                CASE WHEN n % 10 = 0 THEN 'activated' WHEN n % 1000 = 7 THEN 'deleted' ELSE 'updated' END,
                CASE WHEN n % 100 = 1 THEN 'settings' ELSE 'account' END, md5('a' || n)::uuid, 'Person ' || n,
                '[{\"field\": \"Owner\", \"before\": \"Ada\", \"after\": \"Zoë\"}]'
         FROM generate_series($1, $2) n",
    )
    .bind(*numbers.start())
    .bind(*numbers.end())
    .bind(MARTA)
    .execute(&app.pool)
    .await
    .unwrap();
}

async fn index(app: &TestApp) {
    while app::audit::indexing::step(&app.pool).await.unwrap() > 0 {}
}

#[tokio::test]
async fn pages_follow_each_other_from_the_newest_to_the_oldest() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    invented(&app, 1..=120).await;
    for filter in [json!({}), json!({ "needle": "person" }), json!({ "from": "2026-01-01" }), json!({ "to": "2026-12-31" })] {
        let (mut query, mut seen, mut pages) = (json!({ "filter": filter }), Vec::new(), Vec::new());
        loop {
            let page = list(&admin, query).await;
            assert_eq!(page["matching"], if pages.is_empty() { json!(120) } else { Value::Null }, "{filter}");
            pages.push(page["entries"].as_array().unwrap().len());
            seen.extend(each(&page, "subject"));
            if page["older"].is_null() {
                break;
            }
            query = json!({ "filter": filter, "before": page["older"] });
        }
        assert_eq!(pages, [50, 50, 20], "{filter}");
        let mut people: Vec<i32> = seen.iter().map(|name| name["Person ".len()..].parse().unwrap()).collect();
        assert!(people.windows(2).all(|pair| pair[0] / 2 >= pair[1] / 2), "{people:?}");
        people.sort_unstable();
        assert_eq!(people, (1..=120).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn the_filter_finds_the_same_whether_words_are_indexed_or_not() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    // More than are looked at one by one.
    invented(&app, 1..=6_000).await;
    for indexed in [0, 2_000, 6_000] {
        while sqlx::query_scalar::<_, i64>("SELECT count(*) FROM audit_search").fetch_one(&app.pool).await.unwrap() < indexed {
            app::audit::indexing::step(&app.pool).await.unwrap();
        }
        let found = async |filter: Value| {
            let page = list(&admin, json!({ "filter": filter })).await;
            (each(&page, "subject"), page["matching"].as_i64().unwrap())
        };
        let one = |n: i32| (vec![format!("Person {n}")], 1);
        assert_eq!(found(json!({ "needle": "person 17 gallo 203.0.113.17" })).await.0.last().unwrap(), "Person 17");
        assert_eq!(found(json!({ "needle": "deleted" })).await.1, 6);
        assert_eq!(found(json!({ "needle": "gallo DELETED 1007" })).await, one(1007));
        assert_eq!(found(json!({ "needle": "nobody" })).await, (Vec::new(), 0));
        assert_eq!(found(json!({ "needle": "100%" })).await, (Vec::new(), 0), "no wildcard");
        assert_eq!(found(json!({ "needle": "gallo" })).await.1, 1_001, "counted to one more than is told");
        assert_eq!(found(json!({ "needle": "user 5990" })).await, one(5990));
        assert_eq!(found(json!({ "needle": "user 10", "by": Uuid::nil() })).await.0.last().unwrap(), "Person 10");
        assert_eq!(found(json!({ "needle": "101", "kind": "settings" })).await.0.last().unwrap(), "Person 101");
        assert_eq!(found(json!({ "needle": "1007", "group": "deleted" })).await, one(1007));
        assert_eq!(found(json!({ "needle": "1007", "group": "created" })).await.1, 0);
        assert_eq!(
            found(json!({ "group": "deleted" })).await,
            (["5007", "4007", "3007", "2007", "1007", "7"].map(|n| format!("Person {n}")).to_vec(), 6)
        );
        assert_eq!(found(json!({ "kind": "settings" })).await.1, 60);
        assert_eq!(found(json!({ "by": Uuid::nil(), "group": "activation" })).await.1, 600);
        assert_eq!(found(json!({ "by": MARTA, "kind": "account" })).await.1, 1_001);
        assert_eq!(found(json!({ "from": "2026-01-02", "to": "2026-01-02" })).await.1, 1_001);
        assert_eq!(found(json!({ "needle": "deleted", "from": "2026-01-02", "to": "2026-01-02" })).await.1, 3);
        assert_eq!(found(json!({ "group": "deleted", "to": "2026-01-01" })).await.1, 3);
        assert_eq!(found(json!({ "from": "2027-01-01" })).await.1, 0);
        let page = list(&admin, json!({ "filter": { "kind": "settings" } })).await;
        let next = list(&admin, json!({ "filter": { "kind": "settings" }, "before": page["older"] })).await;
        assert_eq!((each(&page, "kind").len(), each(&next, "kind").len(), &next["older"]), (50, 10, &Value::Null));
    }
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_unindexed").fetch_one(&app.pool).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn database_and_browser_look_in_the_same_text() {
    let app = TestApp::start().await;
    for (who, address, action, kind, subject) in [
        ("Marta Gallo", Some("203.0.113.7"), "updated", "account", "Niccolò D’Este, 2086693379"),
        ("Žiga Ðorđe", None, "sent an Activation SMS", "message", "+39 320 100% _x"),
        (" a  b", Some("2001:db8::1"), "", "batch", "\\ ' \" $ "),
    ] {
        let text = search_text(Filtered { who, by: None, address, action, kind, subject, at: 0 });
        let (ours, theirs): (String, String) = sqlx::query_as("SELECT in_letters($1), audit_search_text($2, $3, $4, $5, $6)")
            .bind(&text)
            .bind(who)
            .bind(address)
            .bind(action)
            .bind(kind)
            .bind(subject)
            .fetch_one(&app.pool)
            .await
            .unwrap();
        assert_eq!(ours, theirs, "{text:?}");
    }
}

#[tokio::test]
async fn what_a_filter_asks_is_bound_and_never_sql() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    invented(&app, 1..=2_100).await;
    index(&app).await;
    for needle in ["'; DROP TABLE audit_log; --", "\\", "_", "$1", "\u{e000}", "')) OR true --"] {
        assert_eq!(each(&list(&admin, json!({ "filter": { "needle": needle } })).await, "id").len(), 0, "{needle}");
    }
    for query in [json!({ "filter": { "kind": "x" } }), json!({ "filter": { "from": "x" } }), json!({ "order": "id" })] {
        assert_eq!(admin.call("list_audit", &json!({ "query": query })).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(admin.get("/audit?kind=x&by=&action=1&from=0&before=1.2&q=%00").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_deleted_account_keeps_its_name_and_loses_its_link() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let ufficio = group(&app, "Ufficio").await;
    let account = created(&admin, &pgsm(ufficio, &json!({ "owner": "<b>\"Zoë\" & Co" }))).await;
    let page = admin.get("/audit").await.text;
    assert!(
        page.contains(&format!("href=\"/accounts/{account}\"")) && page.contains(&format!("href=\"/groups/{ufficio}/edit\"")),
        "{page}"
    );
    assert!(page.contains("&lt;b&gt;\"Zoë\" &amp; Co") || page.contains("&lt;b&gt;&quot;Zoë&quot; &amp; Co"), "{page}");
    admin.call("delete_account", &json!({ "id": account })).await;
    let page = admin.get("/audit").await.text;
    assert!(!page.contains(&format!("href=\"/accounts/{account}\"")) && page.contains("deleted the account"), "{page}");
    assert!(page.contains("2086693379") && page.contains("127.0.0.1"));
}

#[tokio::test]
async fn the_page_is_whole_without_wasm() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    assert!(admin.get("/audit").await.text.contains("Nothing has been done yet"));
    invented(&app, 1..=60).await;
    let page = admin.get("/audit").await.text;
    assert!(page.contains("Pure and Unfiltered!") && page.contains("Person 60") && !page.contains("Person 9<"), "the newest fifty");
    assert!(page.contains("50 of 60 entries") && page.contains("/audit?before=") && page.contains("/audit/export.csv"));
    let page = admin.get("/audit?q=person%209&by=none&from=2026-01-01").await.text;
    assert!(page.contains("done by") && page.contains("no operator") && page.contains("2026-01-01 UTC"), "{page}");
    assert!(admin.get("/audit?q=zzz").await.text.contains("No entry matches"));
    assert!(admin.get("/settings").await.text.contains("href=\"/audit\""), "the way there on a phone");
    for role in [Role::Viewer, Role::Operator] {
        let other = app.sign_in_as(role).await;
        for path in ["/audit", "/audit/export.csv"] {
            assert_eq!(other.get(path).await.status, StatusCode::FORBIDDEN);
        }
        assert!(!other.get("/groups").await.text.contains("href=\"/audit\""));
    }
}

#[tokio::test]
async fn the_file_has_what_is_filtered_runs_nothing_and_is_an_entry_itself() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    invented(&app, 1..=300).await;
    group(&app, "=HYPERLINK(\"http://x\")").await;
    let reply = admin.get("/audit/export.csv?kind=group").await;
    assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert!(reply.header("content-disposition").starts_with("attachment; filename=\"audit-log-20"), "{:?}", reply.headers);
    let mut lines = reply.text.trim_start_matches('\u{feff}').lines();
    assert_eq!(lines.next(), Some("when,who,from,action,subjectKind,subject,subjectId,changes"));
    let line = lines.next().unwrap();
    assert!(line.contains("Z,admin,127.0.0.1,created,group,\"'=HYPERLINK(\"\"http://x\"\")\","), "{line}");
    assert!(line.starts_with("20") && line.contains("Name: → =HYPERLINK"), "{line}");
    assert_eq!(lines.next(), None);

    let count = async |query: &str| admin.get(&format!("/audit/export.csv?{query}")).await.text.lines().count() - 1;
    assert_eq!(count("by=none&action=activation").await, 30);
    assert_eq!(count("q=person+29").await, 11);
    assert_eq!(count("q=nobody").await, 0);
    assert_eq!(count("from=2026-01-01&to=2026-01-01").await, 300);
    let taken = list(&admin, json!({ "filter": { "group": "export" } })).await;
    assert_eq!(taken["matching"], 5);
    let change = &taken["entries"][3]["changes"][0];
    assert_eq!((&change["field"], &change["after"]), (&json!("Filter"), &json!("done by no operator, action is Activation")));
    assert_eq!(taken["entries"][0]["subject"], "Audit log");

    let viewer = app.sign_in_as(Role::Viewer).await;
    viewer.get("/accounts/export.csv?q=ada&column=username").await;
    let taken = list(&admin, json!({ "filter": { "group": "export" } })).await;
    let entry = &taken["entries"][0];
    assert_eq!((entry["who"].as_str(), entry["subject"].as_str()), (Some("viewer"), Some("Accounts")));
    assert_eq!((&entry["changes"][0]["after"], &entry["changes"][1]["after"]), (&json!("contains “ada”"), &json!("Username")));
}
