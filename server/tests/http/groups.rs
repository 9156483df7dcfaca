//! Groups: made, edited, and deleted only when they are empty.

use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::accounts::{created, group, invented, over, pgsm, profile};

fn draft(name: &str) -> Value {
    json!({ "name": name, "company": "Studio Ligure", "email": "it@example.com", "profile": "" })
}

#[tokio::test]
async fn a_group_is_listed_with_its_accounts() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let id = group(&app, "Ufficio Milano").await;
    created(&operator, &pgsm(id, &json!({}))).await;
    let listed = operator.call("list_groups", &json!({})).await.json();
    assert_eq!((listed[0]["name"].as_str(), listed[0]["accounts"].as_i64()), (Some("Ufficio Milano"), Some(1)));
}

type Counted = Vec<(Uuid, Option<Uuid>, i64)>;

/// The numbers that are kept, and those that are.
async fn counts(app: &TestApp) -> (Counted, Counted) {
    let kept =
        "SELECT group_id, profile_id, sum(accounts)::bigint FROM account_counts GROUP BY 1, 2 HAVING sum(accounts) <> 0 ORDER BY 1, 2";
    let real = "SELECT group_id, profile_id, count(*) FROM accounts GROUP BY 1, 2 ORDER BY 1, 2";
    (sqlx::query_as(kept).fetch_all(&app.pool).await.unwrap(), sqlx::query_as(real).fetch_all(&app.pool).await.unwrap())
}

#[tokio::test]
async fn the_numbers_of_accounts_follow_all_that_happens_to_them() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let [milano, roma] = [group(&app, "Milano").await, group(&app, "Roma").await];
    let own = profile(&app, "Linphone").await;
    let follow = async |accounts: usize| {
        let (kept, real) = counts(&app).await;
        assert_eq!(kept, real);
        assert_eq!(real.iter().map(|(.., count)| count).sum::<i64>(), i64::try_from(accounts).unwrap());
    };
    let done = async |function: &str, arguments: Value| {
        let reply = operator.call(function, &arguments).await;
        assert!(reply.status.is_success(), "{function}: {}", reply.text);
    };
    follow(0).await;
    invented(&app, milano, 1..=300).await;
    let draft = pgsm(milano, &json!({ "username": "2086693379", "number": "+39 320 447 1902" }));
    let account = created(&operator, &draft).await;
    follow(301).await;

    let moved = over(draft.clone(), &json!({ "group": roma, "password": "", "repeat_password": "" }));
    done("update_account", json!({ "id": account, "version": 1, "draft": moved })).await;
    follow(301).await;
    let profiled = over(moved, &json!({ "profile": own }));
    done("update_account", json!({ "id": account, "version": 2, "draft": profiled })).await;
    follow(301).await;
    let listed = operator.call("list_groups", &json!({})).await.json();
    assert_eq!([&listed[0]["accounts"], &listed[1]["accounts"]], [300, 1]);
    let profiles = operator.call("list_profiles", &json!({})).await.json();
    assert_eq!([&profiles[0]["accounts"], &profiles[1]["accounts"]], [300, 1]);

    // Servers that add up at the same moment as somebody goes and others come.
    let adding_up = async || app::groups::db::add_up(&app.pool).await.unwrap();
    let deleted = done("delete_account", json!({ "id": account }));
    tokio::join!(adding_up(), adding_up(), deleted, adding_up(), invented(&app, roma, 1_001..=1_200), adding_up());
    follow(500).await;
    adding_up().await;
    follow(500).await;
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM account_counts").fetch_one(&app.pool).await.unwrap();
    assert_eq!(rows, 2);
}

#[tokio::test]
async fn the_list_names_the_profile_in_force_also_where_it_is_inherited() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let id = group(&app, "Ufficio").await;
    assert!(admin.get("/groups").await.text.contains(">the service’s default<"));
    let in_force = async || {
        let listed = admin.call("list_groups", &json!({})).await.json();
        (listed[0]["profile"].as_str().unwrap().to_owned(), listed[0]["inherited"].as_bool().unwrap())
    };
    assert_eq!(in_force().await, ("Default".into(), true));

    let own = profile(&app, "Linphone").await;
    let mut draft = draft("Ufficio");
    draft["profile"] = json!(own);
    assert!(admin.call("update_group", &json!({ "id": id, "version": 1, "draft": draft })).await.status.is_success());
    assert_eq!(in_force().await, ("Linphone".into(), false));
    assert!(!admin.get("/groups").await.text.contains(">the service’s default<"));
}

#[tokio::test]
async fn a_used_form_makes_nothing_again_and_changes_nothing() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let id = Uuid::now_v7();
    let create = async |draft: Value| admin.call("create_group", &json!({ "id": id, "draft": draft })).await;
    assert!(create(draft("Ufficio")).await.status.is_success());
    assert!(create(draft("Ufficio")).await.status.is_success(), "the same once more");
    let mut other = draft("Ufficio");
    other["company"] = json!("Studio Veneto");
    let reply = create(other).await;
    assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text);
    assert_eq!(admin.call("list_groups", &json!({})).await.json()[0]["company"], "Studio Ligure");
}

#[tokio::test]
async fn a_group_that_is_not_there_is_not_found() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    for path in ["/groups/xyz/edit", &format!("/groups/{}/edit", Uuid::now_v7())] {
        let page = admin.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.text.contains("<h1>Not found"), "{path}: {}", page.text);
    }
}

#[tokio::test]
async fn a_name_belongs_to_one_group_whatever_its_case() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    group(&app, "Ufficio").await;
    let reply = admin.call("create_group", &json!({ "id": Uuid::now_v7(), "draft": draft("UFFICIO") })).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.json()["InvalidGroup"]["name"].as_str().unwrap().contains("Another group"));
}

#[tokio::test]
async fn a_group_with_accounts_is_not_deleted_and_the_sentence_says_why() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let id = group(&app, "Ufficio").await;
    let account = created(&admin, &pgsm(id, &json!({}))).await;
    let reply = admin.call("delete_group", &json!({ "id": id })).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert_eq!(reply.json()["Refused"], "1 account is in this group. Move or delete it first.");
    assert!(admin.call("delete_account", &json!({ "id": account })).await.status.is_success());
    assert!(admin.call("delete_group", &json!({ "id": id })).await.status.is_success());
    assert_eq!(admin.call("delete_group", &json!({ "id": id })).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_second_of_two_people_who_edit_a_group_is_told() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let id = group(&app, "Ufficio").await;
    let first = admin.call("update_group", &json!({ "id": id, "version": 1, "draft": draft("Uno") })).await;
    let second = admin.call("update_group", &json!({ "id": id, "version": 1, "draft": draft("Due") })).await;
    assert_eq!((first.status, second.status), (StatusCode::OK, StatusCode::CONFLICT));
    assert_eq!(admin.call("list_groups", &json!({})).await.json()[0]["name"], "Uno");
}
