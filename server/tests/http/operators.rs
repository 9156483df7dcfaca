//! What admins do to operators: roles, the last admin, sessions that end, one-time passwords, and the history of it.

use app::audit::db::Author;
use app::domain::role::Role;
use app::operators::actions::{self, ActError};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::app::PASSWORD;
use crate::support::second_factor::{code, set_up};
use crate::support::{Client, Reply, TestApp};

async fn sign_in(app: &TestApp, name: &str, password: &str) -> (Client, Reply) {
    let client = app.anonymous();
    let reply = client.post_form("/sign-in", &[("name", name), ("password", password)]).await;
    (client, reply)
}

async fn act(client: &Client, id: Uuid, act: &str) -> Reply {
    client.call("act_on_operator", &json!({ "id": id, "act": act })).await
}

async fn save(client: &Client, id: Uuid, opened_on: &str, role: &str) -> Reply {
    client.call("save_operator", &json!({ "id": id, "opened_on": opened_on, "role": role })).await
}

async fn listed(client: &Client, name: &str) -> Value {
    let list = client.call("list_operators", &json!({})).await.json();
    list["operators"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name} in {list}")).clone()
}

/// Who did what with which changes, the oldest first.
async fn history(app: &TestApp, id: Uuid) -> Vec<(String, String, Value)> {
    sqlx::query_as(
        "SELECT operator_name, action, changes FROM audit_log WHERE subject_kind = 'operator' AND subject_id = $1 ORDER BY at, id",
    )
    .bind(id)
    .fetch_all(&app.pool)
    .await
    .unwrap()
}

/// Everything that the database holds of operators and of what was done to them.
async fn stored(app: &TestApp) -> String {
    let texts: Vec<String> = sqlx::query_scalar(
        "SELECT to_jsonb(o)::text FROM operators o UNION ALL SELECT to_jsonb(a)::text FROM audit_log a UNION ALL SELECT to_jsonb(s)::text
         FROM sessions s",
    )
    .fetch_all(&app.pool)
    .await
    .unwrap();
    texts.join("\n")
}

#[tokio::test]
async fn each_function_is_for_admins_alone() {
    let app = TestApp::start().await;
    let id = app.add_operator("ada", Role::Viewer).await;
    let calls = [
        ("list_operators", json!({})),
        ("show_operator", json!({ "id": id })),
        ("create_operator", json!({ "name": "eve", "role": "admin" })),
        ("save_operator", json!({ "id": id, "opened_on": "viewer", "role": "admin" })),
        ("act_on_operator", json!({ "id": id, "act": "disable" })),
        ("act_on_operator", json!({ "id": id, "act": "enable" })),
        ("act_on_operator", json!({ "id": id, "act": "reset_password" })),
        ("act_on_operator", json!({ "id": id, "act": "end_sessions" })),
        ("act_on_operator", json!({ "id": id, "act": "remove_second_factor" })),
        ("need_second_factor", json!({ "need": false })),
    ];
    let before = stored(&app).await;
    for (function, arguments) in &calls {
        assert_eq!(app.anonymous().call(function, arguments).await.status, StatusCode::UNAUTHORIZED, "{function}");
    }
    assert_eq!(stored(&app).await, before);
    let (viewer, operator) = (app.sign_in_as(Role::Viewer).await, app.sign_in_as(Role::Operator).await);
    let before = stored(&app).await;
    for (function, arguments) in &calls {
        for client in [&viewer, &operator] {
            assert_eq!(client.call(function, arguments).await.status, StatusCode::FORBIDDEN, "{function}");
        }
    }
    assert_eq!(stored(&app).await, before);
    let admin = app.sign_in_as(Role::Admin).await;
    for (function, arguments) in &calls {
        assert!(admin.call(function, arguments).await.status.is_success(), "{function}");
    }
}

#[tokio::test]
async fn a_new_operator_gets_a_password_that_is_shown_once_and_opens_its_own_change() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let made = admin.call("create_operator", &json!({ "name": " Marta Gallo ", "role": "operator" })).await;
    assert!(made.status.is_success(), "{}", made.text);
    let password = made.json().as_str().unwrap().to_owned();
    assert!(password.len() >= 20, "128 bits or more");
    assert!(!stored(&app).await.contains(&password));
    let row = listed(&admin, "Marta Gallo").await;
    assert_eq!((&row["role"], &row["state"], &row["last_sign_in"]), (&json!("operator"), &json!("must_change_password"), &Value::Null));
    let id: Uuid = row["id"].as_str().unwrap().parse().unwrap();
    for path in ["/operators", &format!("/operators/{id}")] {
        let page = admin.get(path).await;
        assert!(page.status.is_success() && page.text.contains("Marta Gallo") && !page.text.contains(&password), "{path}: {}", page.text);
    }
    let role = json!([{ "field": "Role", "before": "", "after": "operator" }]);
    assert_eq!(history(&app, id).await, [("admin".to_owned(), "created".to_owned(), role)]);

    let again = admin.call("create_operator", &json!({ "name": "MARTA gallo", "role": "viewer" })).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.text.contains("There is an operator MARTA gallo already."), "{}", again.text);
    for name in ["", " ", "a\nb", &"x".repeat(65)] {
        let refused = admin.call("create_operator", &json!({ "name": name, "role": "viewer" })).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{name:?}");
    }

    let (marta, entered) = sign_in(&app, "marta gallo", &password).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    assert_eq!(marta.get("/groups").await.location(), "/password");
    let new = "other words of a test";
    let fields = [("name", ""), ("current", password.as_str()), ("new", new), ("repeat", new)];
    assert_eq!(marta.post_form("/password", &fields).await.location(), "/groups");
    assert_eq!(marta.get("/groups").await.status, StatusCode::OK);
    let row = listed(&admin, "Marta Gallo").await;
    assert_eq!((&row["state"], &row["sessions"]), (&json!("active"), &json!(1)));
    assert!(row["last_sign_in"].is_i64());
    let told = history(&app, id).await;
    assert_eq!((told[1].0.as_str(), told[1].1.as_str()), ("Marta Gallo", "password changed"));
}

#[tokio::test]
async fn another_role_counts_at_once_and_ends_the_sessions() {
    let app = TestApp::start().await;
    let id = app.add_operator("ada", Role::Viewer).await;
    let admin = app.sign_in_as(Role::Admin).await;
    let (ada, _) = sign_in(&app, "ada", PASSWORD).await;
    assert!(save(&admin, id, "viewer", "viewer").await.status.is_success());
    assert_eq!(ada.get("/groups").await.status, StatusCode::OK, "nothing has changed");

    assert!(save(&admin, id, "viewer", "operator").await.status.is_success());
    assert_eq!(ada.get("/groups").await.status, StatusCode::SEE_OTHER);
    let (ada, _) = sign_in(&app, "ada", PASSWORD).await;
    assert_eq!(ada.get("/accounts/new").await.status, StatusCode::OK);
    let change = json!([{ "field": "Role", "before": "viewer", "after": "operator" }]);
    assert_eq!(history(&app, id).await, [("admin".to_owned(), "updated".to_owned(), change)]);

    let late = save(&admin, id, "viewer", "admin").await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text.contains("it is operator now"), "{}", late.text);
    assert_eq!(listed(&admin, "ada").await["role"], "operator");
}

#[tokio::test]
async fn who_is_disabled_is_out_until_enabled_again() {
    let app = TestApp::start().await;
    let id = app.add_operator("ada", Role::Viewer).await;
    let admin = app.sign_in_as(Role::Admin).await;
    let (ada, _) = sign_in(&app, "ada", PASSWORD).await;
    for _ in 0..2 {
        assert!(act(&admin, id, "disable").await.status.is_success());
    }
    assert_eq!(ada.get("/groups").await.status, StatusCode::SEE_OTHER);
    assert_eq!(sign_in(&app, "ada", PASSWORD).await.1.status, StatusCode::UNAUTHORIZED);
    assert_eq!(listed(&admin, "ada").await["state"], "disabled");
    let refused = act(&admin, id, "reset_password").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text.contains("ada is disabled. Enable the operator first"), "{}", refused.text);

    for _ in 0..2 {
        assert!(act(&admin, id, "enable").await.status.is_success());
    }
    assert_eq!(ada.get("/groups").await.status, StatusCode::SEE_OTHER, "a session that has ended stays so");
    assert_eq!(sign_in(&app, "ada", PASSWORD).await.1.status, StatusCode::SEE_OTHER);
    let told: Vec<String> = history(&app, id).await.into_iter().map(|(_, action, _)| action).collect();
    assert_eq!(told, ["disabled", "enabled"], "each once");
}

#[tokio::test]
async fn a_reset_password_ends_sessions_and_is_shown_once() {
    let app = TestApp::start().await;
    let id = app.add_operator("ada", Role::Viewer).await;
    let admin = app.sign_in_as(Role::Admin).await;
    let (ada, _) = sign_in(&app, "ada", PASSWORD).await;
    let made = act(&admin, id, "reset_password").await;
    let password = made.json().as_str().unwrap().to_owned();
    assert!(!stored(&app).await.contains(&password));
    assert_eq!(ada.get("/groups").await.status, StatusCode::SEE_OTHER);
    assert_eq!(sign_in(&app, "ada", PASSWORD).await.1.status, StatusCode::UNAUTHORIZED);
    let (ada, entered) = sign_in(&app, "ada", &password).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    assert_eq!(ada.get("/groups").await.location(), "/password");
    assert_eq!(history(&app, id).await, [("admin".to_owned(), "password reset".to_owned(), json!([]))]);
}

#[tokio::test]
async fn an_admin_ends_the_sessions_of_others() {
    let app = TestApp::start().await;
    let id = app.add_operator("ada", Role::Viewer).await;
    let admin = app.sign_in_as(Role::Admin).await;
    let ((one, _), (other, _)) = (sign_in(&app, "ada", PASSWORD).await, sign_in(&app, "ada", PASSWORD).await);
    assert_eq!(listed(&admin, "ada").await["sessions"], 2);
    for _ in 0..2 {
        assert_eq!(act(&admin, id, "end_sessions").await.text, "null");
    }
    for client in [&one, &other] {
        assert_eq!(client.get("/groups").await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(listed(&admin, "ada").await["sessions"], 0);
    assert_eq!(history(&app, id).await.len(), 1, "there was nothing to end the second time");
    assert_eq!(sign_in(&app, "ada", PASSWORD).await.1.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_admin_takes_the_second_factor_of_somebody_who_has_lost_the_phone() {
    let app = TestApp::start().await;
    let id = app.add_operator("ada", Role::Viewer).await;
    let admin = app.sign_in_as(Role::Admin).await;
    let (ada, _) = sign_in(&app, "ada", PASSWORD).await;
    let (key, codes) = set_up(&ada).await;
    assert_eq!(listed(&admin, "ada").await["has_second_factor"], true);
    assert_eq!(act(&admin, id, "remove_second_factor").await.text, "null");
    assert_eq!(ada.get("/groups").await.status, StatusCode::SEE_OTHER, "whoever has found the phone is out");
    let (_, entered) = sign_in(&app, "ada", PASSWORD).await;
    assert_eq!(entered.location(), "/groups");
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM operator_recovery_codes").fetch_one(&app.pool).await.unwrap();
    assert_eq!(left, 0);
    let told = history(&app, id).await;
    assert_eq!(told.last().map(|(who, action, _)| (who.as_str(), action.as_str())), Some(("admin", "second factor removed")));
    let stored = stored(&app).await;
    assert!(!stored.contains(&key) && !stored.contains(&code(&key, 0)) && !stored.contains(&codes[0]));
}

#[tokio::test]
async fn nobody_shuts_oneself_out_by_mistake() {
    let app = TestApp::start().await;
    app.add_operator("bob", Role::Admin).await;
    let id = app.add_operator("ada", Role::Admin).await;
    let (ada, _) = sign_in(&app, "ada", PASSWORD).await;
    for (word, told) in [
        ("disable", "You cannot disable yourself"),
        ("reset_password", "Change your own password under Your account"),
        ("end_sessions", "End your own sessions under Your account"),
        ("remove_second_factor", "under Your account: it asks for a code"),
    ] {
        let refused = act(&ada, id, word).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{word}");
        assert!(refused.text.contains(told), "{word}: {}", refused.text);
    }
    let refused = save(&ada, id, "admin", "viewer").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text.contains("You cannot change your own role"), "{}", refused.text);
    assert_eq!(ada.get("/operators").await.status, StatusCode::OK);
    assert!(history(&app, id).await.is_empty());
    let page = ada.get(&format!("/operators/{id}")).await.text;
    assert!(page.contains("This is you.") && !page.contains("Reset password"), "{page}");
}

#[tokio::test]
async fn of_two_admins_who_take_each_others_place_one_stays() {
    for demote in [false, true] {
        let app = TestApp::start().await;
        let (ada, bob) = (app.add_operator("ada", Role::Admin).await, app.add_operator("bob", Role::Admin).await);
        let by = |id, name| Author { id: Some(id), name, address: None };
        let against = async |author: Author<'_>, id| {
            if demote {
                actions::set_role(&app.pool, author, id, Some(Role::Admin), Role::Viewer).await
            } else {
                actions::disable(&app.pool, author, id).await
            }
        };
        let answers = tokio::join!(against(by(ada, "ada"), bob), against(by(bob, "bob"), ada));
        let refused = match answers {
            (Ok(true), Err(error)) | (Err(error), Ok(true)) => error,
            other => panic!("{other:?}"),
        };
        assert!(matches!(&refused, ActError::LastAdmin(_)), "{refused}");
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM operators WHERE role = 'admin' AND disabled_at IS NULL")
            .fetch_one(&app.pool)
            .await
            .unwrap();
        assert_eq!(left, 1);
    }
}

#[tokio::test]
async fn who_is_not_there_is_not_found() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let id = Uuid::now_v7();
    for word in ["disable", "enable", "reset_password", "end_sessions", "remove_second_factor"] {
        assert_eq!(act(&admin, id, word).await.status, StatusCode::NOT_FOUND, "{word}");
    }
    assert_eq!(save(&admin, id, "viewer", "admin").await.status, StatusCode::NOT_FOUND);
    for path in [format!("/operators/{id}"), "/operators/nobody".to_owned()] {
        let page = admin.get(&path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.text.contains("There is no such operator."), "{path}");
    }
    assert!(admin.get("/operators/new").await.text.contains("New operator"));
    assert_eq!(act(&admin, id, "delete").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn names_are_shown_as_text() {
    let app = TestApp::start().await;
    let id = app.add_operator("<b>Ada\"'&", Role::Viewer).await;
    let admin = app.sign_in_as(Role::Admin).await;
    for path in ["/operators", &format!("/operators/{id}")] {
        let page = admin.get(path).await.text;
        assert!(page.contains("&lt;b&gt;Ada") && !page.contains("<b>Ada"), "{path}: {page}");
    }
}
