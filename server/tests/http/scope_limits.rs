//! Operators who are limited to groups: how they come to be, what they change, what they hear of, and when it ends.

use app::audit::db::Author;
use app::domain::bulk::{LeftAlone, Progress};
use app::domain::role::Role;
use app::operators::limits;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::live::Listener;
use crate::support::accounts::{SIP_PASSWORD, created, group, invented, over, pgsm};
use crate::support::program::{ringkey, stderr, stdout};
use crate::support::{Client, Reply, TestApp, database};

const AUTHOR: Author<'static> = Author { id: None, name: "a test", address: None };

async fn limit(client: &Client, operator: Uuid, groups: Value) -> Reply {
    client.call("limit_operator", &json!({ "operator": operator, "groups": groups })).await
}

/// Milano and Roma, with an account each.
async fn two(app: &TestApp) -> ([Uuid; 2], [Uuid; 2]) {
    let operator = app.sign_in_as(Role::Operator).await;
    let (milano, roma) = (group(app, "Milano").await, group(app, "Roma").await);
    let ada = created(&operator, &pgsm(milano, &json!({ "owner": "Ada" }))).await;
    let other = json!({ "username": "777", "number": "777", "owner": "Bruno" });
    let bruno = created(&operator, &pgsm(roma, &other)).await;
    ([milano, roma], [ada, bruno])
}

async fn entries(app: &TestApp, subject: Uuid) -> Vec<(String, String, Value)> {
    sqlx::query_as("SELECT operator_name, action, changes FROM audit_log WHERE subject_id = $1 ORDER BY at")
        .bind(subject)
        .fetch_all(&app.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn an_admin_limits_an_operator_from_the_next_request_on_and_the_history_tells_it() {
    let app = TestApp::start().await;
    let ([milano, roma], [ada, bruno]) = two(&app).await;
    let admin = app.sign_in_as(Role::Admin).await;
    let marta = app.operator_id("marta", Role::Operator).await;
    let signed_in = app.sign_in_limited("marta", Role::Operator, &[milano]).await;
    let sees = async |account: Uuid| signed_in.call("show_account", &json!({ "id": account })).await.status == StatusCode::OK;
    assert_eq!((sees(ada).await, sees(bruno).await), (true, false));

    assert!(limit(&admin, marta, json!([roma, milano, roma])).await.status.is_success());
    assert_eq!((sees(ada).await, sees(bruno).await), (true, true));
    let form = admin.call("operator_groups", &json!({ "operator": marta })).await.json();
    assert_eq!(form["groups"], json!([[milano, "Milano"], [roma, "Roma"]]));
    assert_eq!(form["chosen"], json!([milano, roma]));
    assert!(limit(&admin, marta, json!([milano, roma])).await.status.is_success(), "what changes nothing is no mistake");
    assert!(limit(&admin, marta, Value::Null).await.status.is_success());
    assert_eq!(admin.call("operator_groups", &json!({ "operator": marta })).await.json()["chosen"], Value::Null);
    assert_eq!((sees(ada).await, sees(bruno).await), (true, true));

    let change = |before: &str, after: &str| json!([{ "field": "Groups", "before": before, "after": after }]);
    let told = entries(&app, marta).await;
    let expected = [
        ("a test".to_owned(), "updated".to_owned(), change("All groups", "Milano")),
        ("admin".into(), "updated".into(), change("Milano", "Milano, Roma")),
        ("admin".into(), "updated".into(), change("Milano, Roma", "All groups")),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn limits_that_make_no_sense_are_refused() {
    let app = TestApp::start().await;
    let ([milano, _], _) = two(&app).await;
    let admin = app.sign_in_as(Role::Admin).await;
    let marta = app.operator_id("marta", Role::Viewer).await;
    let refused = async |operator: Uuid, groups: Value| {
        let reply = limit(&admin, operator, groups).await;
        assert!(!reply.status.is_success(), "{}", reply.text);
        reply.text
    };
    assert!(refused(marta, json!([])).await.contains("Choose at least one group, or all groups."));
    assert!(refused(marta, json!([milano, Uuid::now_v7()])).await.contains("One of these groups is not there any more."));
    assert!(refused(Uuid::now_v7(), json!([milano])).await.contains("There is no such operator."));
    let root = app.operator_id("admin", Role::Admin).await;
    assert!(refused(root, json!([milano])).await.contains("admin is an admin, and admins see all groups."));
    let unknown = admin.call("operator_groups", &json!({ "operator": Uuid::now_v7() })).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let operator = app.sign_in_as(Role::Operator).await;
    assert_eq!(limit(&operator, marta, Value::Null).await.status, StatusCode::FORBIDDEN);
    assert!(entries(&app, marta).await.is_empty());
    assert!(limits::all(&app.pool).await.unwrap().is_empty());
}

#[tokio::test]
async fn who_becomes_an_admin_is_limited_no_more() {
    let app = TestApp::start().await;
    let ([milano, _], [_, bruno]) = two(&app).await;
    let marta = app.sign_in_limited("marta", Role::Operator, &[milano]).await;
    assert_eq!(marta.call("show_account", &json!({ "id": bruno })).await.status, StatusCode::NOT_FOUND);
    sqlx::query("UPDATE operators SET role = 'admin' WHERE name = 'marta'").execute(&app.pool).await.unwrap();
    assert_eq!(marta.call("show_account", &json!({ "id": bruno })).await.status, StatusCode::OK);
    assert!(limits::all(&app.pool).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_group_that_somebody_is_limited_to_stays_and_the_refusal_says_who_it_is() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let milano = group(&app, "Milano").await;
    for (name, sentence) in [
        ("zoe", "zoe is limited to this group. Change that first."),
        ("marta", "marta and zoe are limited to this group. Change that first."),
        ("ugo", "marta, ugo and zoe are limited to this group. Change that first."),
    ] {
        app.sign_in_limited(name, Role::Viewer, &[milano]).await;
        let refused = admin.call("delete_group", &json!({ "id": milano })).await;
        assert!(refused.text.contains(sentence), "{}", refused.text);
    }
    for name in ["zoe", "marta", "ugo"] {
        limits::limit(&app.pool, AUTHOR, app.operator_id(name, Role::Viewer).await, None).await.unwrap();
    }
    assert!(admin.call("delete_group", &json!({ "id": milano })).await.status.is_success());
}

#[tokio::test]
async fn an_account_goes_to_no_group_outside_and_one_that_has_gone_is_not_there() {
    let app = TestApp::start().await;
    let ([milano, roma], [ada, _]) = two(&app).await;
    let marta = app.sign_in_limited("marta", Role::Operator, &[milano]).await;
    let save = async |client: &Client, version: i32, changes: Value| {
        let draft = over(pgsm(milano, &json!({ "password": "", "repeat_password": "" })), &changes);
        client.call("update_account", &json!({ "id": ada, "version": version, "draft": draft })).await
    };
    let outside = save(&marta, 1, json!({ "group": roma })).await;
    let unknown = save(&marta, 1, json!({ "group": Uuid::now_v7() })).await;
    assert_eq!((outside.status, &outside.text), (unknown.status, &unknown.text));
    assert_eq!(outside.json()["InvalidAccount"]["group"], "This group is not there any more. Choose another.");
    assert!(save(&marta, 1, json!({ "owner": "Ada B." })).await.status.is_success());

    let operator = app.sign_in_as(Role::Operator).await;
    assert!(save(&operator, 2, json!({ "group": roma })).await.status.is_success());
    // With the form still open: no conflict that would tell what the account has become.
    let gone = save(&marta, 2, json!({ "owner": "Ada C." })).await;
    assert_eq!((gone.status, gone.text.contains("There is no such account.")), (StatusCode::NOT_FOUND, true), "{}", gone.text);
    assert!(save(&operator, 3, json!({ "group": milano })).await.status.is_success());
    let history = marta.call("show_account", &json!({ "id": ada })).await.json()["history"].to_string();
    assert!(history.contains("another group") && history.contains("Milano") && !history.contains("Roma"), "{history}");
    let whole = operator.call("show_account", &json!({ "id": ada })).await.json()["history"].to_string();
    assert!(whole.contains("Roma"), "{whole}");
}

#[tokio::test]
async fn a_deleted_account_outside_was_never_there() {
    let app = TestApp::start().await;
    let ([milano, _], [ada, bruno]) = two(&app).await;
    let operator = app.sign_in_as(Role::Operator).await;
    for account in [ada, bruno] {
        assert!(operator.call("delete_account", &json!({ "id": account })).await.status.is_success());
    }
    let marta = app.sign_in_limited("marta", Role::Operator, &[milano]).await;
    let told = async |account: Uuid| marta.call("show_account", &json!({ "id": account })).await.text;
    assert!(told(ada).await.contains("Somebody has deleted it."));
    assert_eq!(told(bruno).await, told(Uuid::now_v7()).await);
}

fn progress(reply: &Reply) -> Vec<Progress> {
    assert!(reply.status.is_success(), "{}", reply.text);
    reply.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn many_at_once_are_those_inside_and_the_others_are_not_there() {
    let app = TestApp::start().await;
    let (milano, roma) = (group(&app, "Milano").await, group(&app, "Roma").await);
    invented(&app, milano, 1..=150).await;
    invented(&app, roma, 201..=350).await;
    sqlx::query("UPDATE accounts SET enabled = true").execute(&app.pool).await.unwrap();
    let marta = app.sign_in_limited("marta", Role::Operator, &[milano]).await;
    let ids: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM accounts ORDER BY id").fetch_all(&app.pool).await.unwrap();
    let foreign: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM accounts WHERE group_id = $1").bind(roma).fetch_all(&app.pool).await.unwrap();
    let change = async |selection: &Value, action: &str| {
        progress(&marta.call("change_accounts", &json!({ "selection": selection, "action": action })).await)
    };
    let state = async || {
        let sql =
            "SELECT count(*) FILTER (WHERE group_id = $1 AND NOT enabled), count(*) FILTER (WHERE group_id = $2 AND enabled) FROM accounts";
        sqlx::query_as::<_, (i64, i64)>(sql).bind(milano).bind(roma).fetch_one(&app.pool).await.unwrap()
    };
    let steps = change(&json!({ "rows": ids }), "disable").await;
    for id in &foreign {
        assert!(steps.contains(&Progress::Left { id: *id, name: String::new(), why: LeftAlone::Gone }), "{id}");
    }
    assert_eq!(steps[steps.len() - 2..], [Progress::Step { seen: 300, changed: 150 }, Progress::Finished]);
    assert_eq!(state().await, (150, 150));

    let all = json!({ "matching": { "filter": {}, "at": i64::from(u32::MAX) * 1_000_000 } });
    assert_eq!(change(&all, "enable").await.last(), Some(&Progress::Finished));
    assert_eq!(state().await, (0, 150));
    let of_roma = json!({ "matching": { "filter": { "group": roma }, "at": i64::from(u32::MAX) * 1_000_000 } });
    assert_eq!(change(&of_roma, "delete").await, [Progress::Finished]);
    for action in ["send_activation", "send_installation"] {
        let steps = change(&json!({ "rows": foreign[..2] }), action).await;
        assert_eq!(steps.iter().filter(|step| matches!(step, Progress::Left { name, .. } if name.is_empty())).count(), 2, "{steps:?}");
    }
    assert_eq!(change(&json!({ "rows": ids }), "delete").await.last(), Some(&Progress::Finished));
    let left: Vec<Uuid> = sqlx::query_scalar("SELECT DISTINCT group_id FROM accounts").fetch_all(&app.pool).await.unwrap();
    assert_eq!((left, state().await.1), (vec![roma], 150));
}

#[tokio::test]
async fn who_is_limited_in_the_middle_of_the_work_goes_on_inside_alone() {
    let app = TestApp::start().await;
    let (milano, roma) = (group(&app, "Milano").await, group(&app, "Roma").await);
    invented(&app, milano, 1..=20_000).await;
    sqlx::query("UPDATE accounts SET enabled = true").execute(&app.pool).await.unwrap();
    let operator = app.sign_in_as(Role::Operator).await;
    let selection = json!({ "matching": { "filter": {}, "at": i64::from(u32::MAX) * 1_000_000 } });
    let request = operator.request(Method::POST, "/api/change_accounts").header("accept", "application/json");
    let mut reply = request.json(&json!({ "selection": selection, "action": "disable" })).send().await.unwrap();
    reply.chunk().await.unwrap();
    let id = app.operator_id("operator", Role::Operator).await;
    limits::limit(&app.pool, AUTHOR, id, Some(&[roma])).await.unwrap();
    while reply.chunk().await.unwrap().is_some() {}
    let disabled: i64 = sqlx::query_scalar("SELECT count(*) FROM accounts WHERE NOT enabled").fetch_one(&app.pool).await.unwrap();
    assert!(0 < disabled && disabled < 20_000, "{disabled}");
}

async fn disable(client: &Client, account: Uuid, enabled: bool) {
    let reply = client.call("enable_account", &json!({ "id": account, "enabled": enabled })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
}

#[tokio::test]
async fn the_live_channel_names_nothing_outside() {
    let app = TestApp::start().await;
    let ([milano, roma], [ada, _]) = two(&app).await;
    let operator = app.sign_in_as(Role::Operator).await;
    let callable = json!({ "username": "2086693380", "number": "+39 320 447 1903", "owner": "Carla" });
    let carla = created(&operator, &pgsm(roma, &callable)).await;
    let marta = app.sign_in_limited("marta", Role::Viewer, &[milano]).await;
    let (mut limited, mut other) = (Listener::open(&marta).await, Listener::open(&operator).await);
    // What is outside is told to others, and the next that is told here is inside.
    disable(&operator, carla, false).await;
    assert_eq!(other.told().await, json!({ "accounts": [carla] }));
    let message = Uuid::now_v7();
    let sent = operator.call("send_sms", &json!({ "message": message, "account": carla, "kind": "activation" })).await;
    assert!(sent.status.is_success(), "{}", sent.text);
    assert_eq!(other.told().await, json!({ "accounts": [carla], "messages": [message], "about": [carla] }));
    sqlx::query(
        "INSERT INTO sip.location (ruid, username, contact, user_agent, expires, last_modified)
         VALUES ('1', '2086693380', 'sip:1@10.0.0.2', 'Linphone', extract(epoch FROM now())::bigint + 3600, 0)",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    assert_eq!(other.told().await["registrations"], json!([carla]));
    disable(&operator, ada, false).await;
    assert_eq!(limited.told().await, json!({ "accounts": [ada] }));
    assert_eq!(other.told().await, json!({ "accounts": [ada] }));
    let message = Uuid::now_v7();
    let sent = operator.call("send_sms", &json!({ "message": message, "account": ada, "kind": "activation" })).await;
    assert!(sent.status.is_success(), "{}", sent.text);
    assert_eq!(limited.told().await, json!({ "accounts": [ada], "messages": [message], "about": [ada] }));

    // An account that leaves is told to those whom it leaves, and one that is deleted, too.
    let draft = pgsm(roma, &json!({ "owner": "Ada", "password": SIP_PASSWORD, "repeat_password": SIP_PASSWORD }));
    let version = operator.call("show_account", &json!({ "id": ada })).await.json()["account"]["version"].clone();
    let moved = operator.call("update_account", &json!({ "id": ada, "version": version, "draft": draft })).await;
    assert!(moved.status.is_success(), "{}", moved.text);
    assert_eq!(limited.told().await, json!({ "accounts": [ada] }));
    disable(&operator, ada, true).await;
    let own = json!({ "username": "888", "number": "888", "owner": "Dora" });
    let dora = created(&operator, &pgsm(milano, &own)).await;
    assert_eq!(limited.told().await, json!({ "accounts": [dora] }), "where it has gone it is outside");
    assert!(operator.call("delete_account", &json!({ "id": dora })).await.status.is_success());
    assert_eq!(limited.told().await, json!({ "accounts": [dora] }));
}

#[tokio::test]
async fn a_new_limit_ends_the_live_line_on_every_server() {
    let app = TestApp::start().await;
    let there = app.beside().await;
    let ([milano, roma], [ada, _]) = two(&app).await;
    let marta = app.operator_id("marta", Role::Viewer).await;
    let admin = app.sign_in_as(Role::Admin).await;
    for groups in [json!([milano]), json!([roma]), Value::Null] {
        let (here, beside) = (app.sign_in_by_id(marta).await, there.sign_in_by_id(marta).await);
        let lines = [Listener::open(&here).await, Listener::open(&beside).await];
        let mut others = Listener::open(&admin).await;
        assert!(limit(&admin, marta, groups.clone()).await.status.is_success());
        for line in lines {
            line.end().await;
        }
        disable(&admin, ada, groups != json!([roma])).await;
        disable(&admin, ada, groups == json!([roma])).await;
        assert_eq!(others.told().await, json!({ "accounts": [ada] }), "nobody else is told, and no line ends");
    }
}

#[tokio::test]
async fn the_terminal_limits_and_lists() {
    let address = database::empty().await;
    let run = |arguments: &[&str]| ringkey(arguments).env("DATABASE_URL", &address).output().unwrap();
    assert!(run(&["seed", "--groups", "2", "--accounts", "2"]).status.success());
    let pool = sqlx::PgPool::connect(&address).await.unwrap();
    let groups: Vec<String> = sqlx::query_scalar("SELECT name FROM groups ORDER BY lower(name)").fetch_all(&pool).await.unwrap();
    for (name, role) in [("ada", "admin"), ("bob", "operator")] {
        assert!(run(&["operator", "add", name, "--role", role]).status.success());
    }
    let limited = run(&["operator", "limit", "BOB", "--group", &groups[0].to_uppercase(), "--group", &groups[1]]);
    let both = groups.join(", ");
    assert_eq!(stdout(&limited), format!("bob sees {both} from now on, and nothing outside.\n"), "{}", stderr(&limited));
    let listed = stdout(&run(&["operator", "list"]));
    let lines: Vec<&str> = listed.lines().collect();
    assert!(lines[1].starts_with("bob") && lines[1].ends_with(&format!(", only {both}")), "{listed}");
    assert!(!lines[0].contains("only"), "{listed}");
    let entry: (String, String) =
        sqlx::query_as("SELECT operator_name, changes->0->>'after' FROM audit_log WHERE subject_name = 'bob' AND action = 'updated'")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(entry, ("command line".to_owned(), both));

    assert_eq!(stdout(&run(&["operator", "limit", "bob"])), "bob sees all groups.\n");
    assert!(!stdout(&run(&["operator", "list"])).contains("only"));
    for (arguments, sentence) in [
        (&["operator", "limit", "ada", "--group", &groups[0]][..], "ada is an admin, and admins see all groups."),
        (&["operator", "limit", "bob", "--group", "Nowhere"], "There is no group \"Nowhere\"."),
        (&["operator", "limit", "nobody"], "There is no operator \"nobody\"."),
    ] {
        let refused = run(arguments);
        assert!(!refused.status.success() && stderr(&refused).contains(sentence), "{}", stderr(&refused));
    }
}
