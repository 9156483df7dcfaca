//! The Account List: filter, order, place.

use app::accounts::view::{AccountList, AccountRow};
use app::domain::account_filter::{AccountFilter, search_text};
use app::domain::account_query::{AccountQuery, AccountSort, PageSize, Place};
use app::domain::account_status::AccountStatus;
use app::domain::account_type::{AccountType, SecurityModel};
use app::domain::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::accounts::{created, group, invented, pgsm, snom};
use crate::support::{Client, TestApp};

async fn list(client: &Client, query: &AccountQuery) -> AccountList {
    let reply = client.call("list_accounts", &json!({ "query": query, "counts": true })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    serde_json::from_str(&reply.text).unwrap()
}

fn containing(needle: &str) -> AccountQuery {
    AccountQuery::from_query([("q", needle)])
}

fn usernames(list: &AccountList) -> Vec<&str> {
    list.rows.iter().map(|row| row.username.as_str()).collect()
}

async fn found(client: &Client, needle: &str) -> Vec<String> {
    list(client, &containing(needle)).await.rows.into_iter().map(|row| row.username).collect()
}

async fn three(app: &TestApp) -> (Client, Uuid) {
    let operator = app.sign_in_as(Role::Operator).await;
    let milano = group(app, "Milano").await;
    let roma = group(app, "Roma").await;
    created(&operator, &pgsm(milano, &json!({ "owner": "Zoé Rossi", "email": "zoe@example.com" }))).await;
    created(&operator, &snom(milano, &json!({ "owner": "Ada Bianchi", "description": "100% of_the time \\o/" }))).await;
    created(&operator, &pgsm(roma, &json!({ "username": "777", "number": "777", "owner": "" }))).await;
    (operator, milano)
}

#[tokio::test]
async fn the_filter_looks_in_every_field_and_wants_every_word() {
    let app = TestApp::start().await;
    let (operator, _) = three(&app).await;
    assert_eq!(found(&operator, "zoe ROSSI").await, ["2086693379"], "in any case, with or without accents");
    assert_eq!(found(&operator, "rossi bianchi").await, Vec::<String>::new());
    assert_eq!(found(&operator, "EXAMPLE.com").await, ["2086693379"]);
    assert_eq!(found(&operator, "777").await, ["777"]);
    assert_eq!(found(&operator, "of_the").await, ["3204"]);
}

#[tokio::test]
async fn a_number_is_found_however_it_is_written() {
    let app = TestApp::start().await;
    let (operator, _) = three(&app).await;
    for number in ["4471902", "+39 320 447 1902", "0039320 4471902", "(320) 447-1902", "+39 320"] {
        assert_eq!(found(&operator, number).await, ["2086693379"], "{number}");
    }
}

#[tokio::test]
async fn a_short_word_is_the_beginning_of_one() {
    let app = TestApp::start().await;
    let (operator, _) = three(&app).await;
    for (needle, expected) in [("b", 1), ("bi", 1), ("ia", 0), ("7", 1), ("77", 1), ("20", 1), ("zo r", 1), ("3", 1)] {
        assert_eq!(found(&operator, needle).await.len(), expected, "{needle}");
    }
}

#[tokio::test]
async fn wildcards_in_the_filter_are_letters() {
    let app = TestApp::start().await;
    let (operator, _) = three(&app).await;
    for needle in ["100%", "of_the", "\\o/", "%", "_"] {
        assert_eq!(found(&operator, needle).await, ["3204"], "{needle}");
    }
    assert_eq!(found(&operator, "'; DROP TABLE accounts; --").await, Vec::<String>::new());
    assert_eq!(found(&operator, "").await.len(), 3);
}

#[tokio::test]
async fn what_is_searched_is_the_same_in_the_browser_and_in_the_database() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let milano = group(&app, "Milano").await;
    let owners = ["Niccolò d'Ascanio", "ÉMILE ŽIŽEK", "Łukasz Ñandú", "straße", "日本 太郎", "a  b", "🙂 \u{202e}x"];
    for (at, owner) in owners.into_iter().enumerate() {
        let (username, description) = (format!("900{at}"), "Zweite Zeile\nÄrger, 118-4467");
        created(&operator, &pgsm(milano, &json!({ "owner": owner, "username": username, "number": username, "description": description })))
            .await;
    }
    let list = list(&operator, &AccountQuery::from_query([("sort", "username")])).await;
    assert_eq!(list.rows.len(), owners.len());
    for row in &list.rows {
        let is_the_same: bool = sqlx::query_scalar("SELECT search = in_letters($1) FROM account_search WHERE account_id = $2")
            .bind(search_text(row.filtered()))
            .bind(row.id)
            .fetch_one(&app.pool)
            .await
            .unwrap();
        assert!(is_the_same, "{row:?}");
    }
}

#[tokio::test]
async fn an_edit_is_found_under_its_new_words_and_a_deleted_account_under_none() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let milano = group(&app, "Milano").await;
    let draft = pgsm(milano, &json!({ "owner": "Ada Bianchi" }));
    let id = created(&operator, &draft).await;
    let changed = pgsm(milano, &json!({ "owner": "Ada Verdi", "password": "", "repeat_password": "" }));
    let reply = operator.call("update_account", &json!({ "id": id, "version": 1, "draft": changed })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    assert_eq!(found(&operator, "bianchi").await.len(), 0);
    assert_eq!(found(&operator, "verdi").await.len(), 1);
    operator.call("delete_account", &json!({ "id": id })).await;
    assert_eq!(found(&operator, "verdi").await.len(), 0);
}

#[tokio::test]
async fn whatever_changes_is_chosen_and_sorted_as_it_is_now() {
    let app = TestApp::start().await;
    let (operator, milano) = three(&app).await;
    let all = list(&operator, &AccountQuery::default()).await.rows;
    let ids: Vec<Uuid> = all.iter().map(|row| row.id).collect();
    operator.call("change_accounts", &json!({ "selection": { "rows": ids }, "action": "disable" })).await;
    let roma = group(&app, "Firenze").await;
    let changed = pgsm(roma, &json!({ "owner": "", "number": "111", "security_model": "ZRTP", "password": "", "repeat_password": "" }));
    let zoe = all.iter().find(|row| row.owner.as_deref() == Some("Zoé Rossi")).unwrap();
    let reply = operator.call("update_account", &json!({ "id": zoe.id, "version": 1, "draft": changed })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    sqlx::query("UPDATE accounts SET last_status = 'installed', last_status_at = last_status_at + interval '1 hour' WHERE group_id = $1")
        .bind(milano)
        .execute(&app.pool)
        .await
        .unwrap();
    let differing: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM accounts a LEFT JOIN account_search s ON s.account_id = a.id
         WHERE (s.search, s.owner_order, s.username, s.number_digits, s.group_id, s.account_type, s.security_model, s.enabled,
                s.status_order, s.last_status_at)
               IS DISTINCT FROM (account_search_text(a.owner, a.username, a.number, a.email, a.description), owner_order(a.owner),
                a.username, a.number_digits, a.group_id, a.account_type, a.security_model, a.enabled, a.status_order, a.last_status_at)",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap();
    assert_eq!(differing, 0);
    let of = async |pairs: &[(&str, &str)]| list(&operator, &AccountQuery::from_query(pairs.iter().copied())).await.rows.len();
    assert_eq!(of(&[("enabled", "false")]).await, 3);
    assert_eq!(of(&[("status", "installed"), ("group", &milano.to_string())]).await, 1);
    assert_eq!(of(&[("security", "ZRTP"), ("group", &roma.to_string())]).await, 1);
}

#[tokio::test]
async fn facets_narrow_and_the_counts_tell_how_much() {
    let app = TestApp::start().await;
    let (operator, milano) = three(&app).await;
    let of = async |pairs: &[(&str, &str)]| {
        let list = list(&operator, &AccountQuery::from_query(pairs.iter().copied())).await;
        let counts = list.counts.unwrap();
        (counts.matching, counts.total)
    };
    let milano = milano.to_string();
    assert_eq!(of(&[]).await, (3, 3));
    assert_eq!(of(&[("group", &milano)]).await, (2, 2));
    assert_eq!(of(&[("group", &milano), ("type", "SNOM")]).await, (1, 2));
    assert_eq!(of(&[("type", "PGSM"), ("security", "SDES"), ("enabled", "true")]).await, (2, 3));
    assert_eq!(of(&[("security", "ZRTP")]).await, (0, 3));
    assert_eq!(of(&[("enabled", "false")]).await, (0, 3));
    assert_eq!(of(&[("status", "created,connected")]).await, (3, 3));
    assert_eq!(of(&[("status", "connected")]).await, (0, 3));
}

#[tokio::test]
async fn a_column_that_is_none_is_refused() {
    let app = TestApp::start().await;
    let (operator, _) = three(&app).await;
    for sort in ["id; DROP TABLE accounts", "ha1_md5", "(SELECT 1)"] {
        let reply = operator.call("list_accounts", &json!({ "query": { "sort": sort, "descending": true }, "counts": false })).await;
        assert_eq!(reply.status, 400, "{}", reply.text);
    }
    let forged = json!({ "query": { "sort": "owner", "descending": true, "filter": { "digest": "x" } }, "counts": false });
    assert_eq!(operator.call("list_accounts", &forged).await.status, 400);
    let nonsense = "/accounts?sort=nonsense&after=x&size=7&group=x&q=%00&type=1&status=,&enabled=maybe";
    assert_eq!(operator.get(nonsense).await.status, 200, "nonsense in the address is dropped");
}

/// A place that names what the order does not have is no error either.
#[tokio::test]
async fn a_place_of_another_order_is_the_start() {
    let app = TestApp::start().await;
    let (operator, _) = three(&app).await;
    let wrong = json!({ "sort": "owner", "descending": false, "place": { "after": { "key": { "time": i64::MAX }, "id": Uuid::nil() } } });
    let reply = operator.call("list_accounts", &json!({ "query": wrong, "counts": false })).await;
    assert_eq!(reply.json()["rows"].as_array().unwrap().len(), 3);
    for key in [i64::MIN, i64::MAX] {
        let far = json!({ "sort": "status_date", "descending": true, "place": { "after": { "key": { "time": key }, "id": Uuid::nil() } } });
        let reply = operator.call("list_accounts", &json!({ "query": far, "counts": false })).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }
}

/// All rows of a list, page after page.
async fn all_forwards(client: &Client, query: &AccountQuery) -> Vec<AccountRow> {
    let mut rows = Vec::new();
    let mut place = Place::Start;
    loop {
        let page = list(client, &query.at(place)).await;
        rows.extend(page.rows);
        match page.last {
            Some(last) if page.more => place = Place::After(last),
            _ => return rows,
        }
    }
}

/// The same from the row `end` on, page before page.
async fn all_backwards(client: &Client, query: &AccountQuery, end: Place) -> Vec<AccountRow> {
    let mut rows = Vec::new();
    let mut place = end;
    loop {
        let page = list(client, &query.at(place)).await;
        rows.extend(page.rows.into_iter().rev());
        match page.first {
            Some(first) if page.more => place = Place::Before(first),
            _ => return rows,
        }
    }
}

fn sorted(mut rows: Vec<AccountRow>, query: &AccountQuery) -> Vec<Uuid> {
    use app::domain::fold::fold;
    let text = |row: &AccountRow| match query.sort {
        AccountSort::Owner => row.owner.as_deref().map_or_else(|| "\u{10ffff}".to_owned(), fold),
        AccountSort::Username => row.username.clone(),
        AccountSort::Number => row.number.trim_start_matches('+').to_owned(),
        AccountSort::Type => row.account_type.as_str().to_owned(),
        AccountSort::Security => row.security_model.as_str().to_owned(),
        AccountSort::Enabled => row.enabled.to_string(),
        AccountSort::Status => row.last_status.rank().to_string(),
        AccountSort::StatusDate => format!("{:020}", row.last_status_at),
    };
    rows.sort_by_cached_key(|row| (text(row), row.id));
    let ids = rows.iter().map(|row| row.id);
    if query.descending { ids.rev().collect() } else { ids.collect() }
}

/// Of 7,000 accounts: each way of finding has its part in it, and all of them give what the rules say.
#[tokio::test]
async fn every_order_of_every_choice_is_whole_in_both_directions() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Viewer).await;
    let [large, small] = [group(&app, "Large").await, group(&app, "Small").await];
    invented(&app, large, 1..=6_900).await;
    invented(&app, small, 6_901..=7_000).await;
    let everything = all_forwards(&operator, &AccountQuery { size: Some(PageSize::Large), ..AccountQuery::default() }).await;
    assert_eq!(everything.len(), 7_000);

    let none = AccountFilter::default();
    let choices = [
        AccountFilter { group: Some(small), ..none.clone() },
        // Few of many: the way of collecting.
        AccountFilter { needle: "person 69".into(), ..none.clone() },
        AccountFilter { needle: "6_9 Föhn".into(), ..none.clone() },
        AccountFilter { account_type: Some(AccountType::Snom), enabled: Some(false), ..none.clone() },
        AccountFilter {
            statuses: vec![AccountStatus::Installed, AccountStatus::Activated],
            security: Some(SecurityModel::Zrtp),
            ..none.clone()
        },
        // Many, but all at one end of the order: the way of sifting.
        AccountFilter { needle: "late".into(), ..none.clone() },
        AccountFilter { needle: "early".into(), group: Some(large), enabled: Some(true), ..none },
    ];
    for filter in choices {
        let fitting = |row: &&AccountRow| filter.takes(row.filtered()) && filter.group.is_none_or(|group| is_of(group, large, row));
        let expected: Vec<AccountRow> = everything.iter().filter(fitting).cloned().collect();
        assert!(!expected.is_empty(), "{filter:?}");
        for sort in AccountSort::ALL {
            for descending in [false, true] {
                let query =
                    AccountQuery { filter: filter.clone(), sort, descending, size: Some(PageSize::Large), ..AccountQuery::default() };
                // Long lists are not walked to their ends in every order: that would take minutes.
                let ends = if expected.len() > 1_000 { 3 } else { usize::MAX };
                let order = sorted(expected.clone(), &query);
                let pages = first_pages(&operator, &query, ends).await;
                assert!(pages == order[..pages.len()], "{query:?}");
                assert!(pages.len() == order.len() || pages.len() == 300, "{query:?}");
                let turned = AccountQuery { descending: !descending, ..query.clone() };
                let last = list(&operator, &turned).await;
                let after_all = Place::Before(last.first.unwrap());
                let before: Vec<Uuid> = all_backwards_until(&operator, &query, after_all, ends).await;
                let wanted: Vec<Uuid> = order.iter().rev().skip(1).take(before.len()).copied().collect();
                assert!(before == wanted, "{query:?}");
            }
        }
    }
}

fn is_of(group: Uuid, large: Uuid, row: &AccountRow) -> bool {
    let number: u32 = row.owner.as_deref().unwrap_or_default().split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_default();
    (group == large) == (number <= 6_900)
}

async fn first_pages(client: &Client, query: &AccountQuery, pages: usize) -> Vec<Uuid> {
    let mut ids = Vec::new();
    let mut place = Place::Start;
    for _ in 0..pages {
        let page = list(client, &query.at(place)).await;
        ids.extend(page.rows.iter().map(|row| row.id));
        match page.last {
            Some(last) if page.more => place = Place::After(last),
            _ => break,
        }
    }
    ids
}

async fn all_backwards_until(client: &Client, query: &AccountQuery, end: Place, pages: usize) -> Vec<Uuid> {
    let mut ids = Vec::new();
    let mut place = end;
    for _ in 0..pages {
        let page = list(client, &query.at(place)).await;
        ids.extend(page.rows.iter().rev().map(|row| row.id));
        match page.first {
            Some(first) if page.more => place = Place::Before(first),
            _ => break,
        }
    }
    ids
}

#[tokio::test]
async fn rows_that_come_and_go_between_pages_leave_no_double_and_no_gap() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let milano = group(&app, "Milano").await;
    invented(&app, milano, 1..=60).await;
    let query = AccountQuery { sort: AccountSort::Username, descending: false, size: Some(PageSize::Small), ..AccountQuery::default() };
    let first = list(&operator, &query).await;
    let before = all_forwards(&operator, &query).await;

    // One of the first page goes, so does its last row, at which the next one begins; one comes before and one behind it.
    for id in [first.rows[3].id, first.rows[24].id, before[40].id] {
        assert!(operator.call("delete_account", &json!({ "id": id })).await.status.is_success());
    }
    for username in ["0001", "99999999"] {
        created(&operator, &pgsm(milano, &json!({ "username": username, "number": username }))).await;
    }
    let mut rest = Vec::new();
    let mut place = Place::After(first.last.clone().unwrap());
    loop {
        let page = list(&operator, &query.at(place)).await;
        rest.extend(page.rows.iter().map(|row| row.username.clone()));
        match page.last {
            Some(last) if page.more => place = Place::After(last),
            _ => break,
        }
    }
    let mut expected: Vec<String> =
        before[25..].iter().map(|row| row.username.clone()).filter(|name| *name != before[40].username).collect();
    expected.push("99999999".into());
    assert_eq!(rest, expected);

    let back = list(&operator, &query.at(Place::Before(first.last.unwrap()))).await;
    assert_eq!((back.rows.len(), back.more), (24, false), "25 were there, two went, one came");
    assert_eq!(usernames(&back)[0], "0001");
}

#[tokio::test]
async fn rows_equal_in_the_order_are_told_apart() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Viewer).await;
    let milano = group(&app, "Milano").await;
    invented(&app, milano, 1..=120).await;
    sqlx::query("UPDATE accounts SET owner = NULL, last_status_at = '2026-01-01'").execute(&app.pool).await.unwrap();
    for sort in AccountSort::ALL {
        let query = AccountQuery { sort, size: Some(PageSize::Small), ..AccountQuery::default() };
        let mut rows: Vec<Uuid> = all_forwards(&operator, &query).await.iter().map(|row| row.id).collect();
        let last = list(&operator, &AccountQuery { descending: !query.descending, ..query.clone() }).await.first.unwrap();
        assert_eq!(all_backwards(&operator, &query, Place::Before(last)).await.len(), 119, "{sort:?}");
        rows.sort_unstable();
        rows.dedup();
        assert_eq!(rows.len(), 120, "{sort:?}");
    }
}

#[tokio::test]
async fn counts_are_exact_to_a_thousand_and_beyond_on_demand() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Viewer).await;
    let milano = group(&app, "Milano").await;
    invented(&app, milano, 1..=1_500).await;
    let counted = async |query: &AccountQuery| list(&operator, query).await.counts.unwrap();
    assert_eq!(counted(&AccountQuery::default()).await.total, 1_001);
    assert_eq!(counted(&containing("person")).await.matching, 1_001);
    assert_eq!(counted(&containing("person 14")).await.matching, 111);
    let exact: Value = operator.call("count_accounts", &json!({ "filter": { "needle": "person" } })).await.json();
    assert_eq!(exact["count"], 1_500);
    let without = operator.call("list_accounts", &json!({ "query": AccountQuery::default(), "counts": false })).await.json();
    assert_eq!(without["counts"], Value::Null);
}

#[tokio::test]
async fn the_page_size_is_remembered_by_the_browser() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Viewer).await;
    let milano = group(&app, "Milano").await;
    invented(&app, milano, 1..=120).await;
    let rows = async |cookie: &str, path: &str| operator.with_cookie(cookie).get(path).await.text.matches("data-id=").count();
    assert_eq!(rows("a=b", "/accounts").await, 50);
    assert_eq!(rows("account_rows=100", "/accounts").await, 100);
    assert_eq!(rows("account_rows=7", "/accounts").await, 50);
    assert_eq!(rows("account_rows=100", "/accounts?size=25").await, 25, "the address decides");
}
