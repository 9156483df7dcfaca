//! The forms without WASM: posted to their own address, answered with a page that keeps what was typed.

use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::support::accounts::{SIP_PASSWORD, count, created, group, pgsm};
use crate::support::{Client, Reply, TestApp};

/// The form of a new account as it is posted.
pub fn form<'a>(id: &'a str, group: &'a str, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("id", id),
        ("version", "0"),
        ("username", "2086693379"),
        ("password", SIP_PASSWORD),
        ("repeat_password", SIP_PASSWORD),
        ("number", "+39 320 447 1902"),
        ("owner", "Chiara Montanari"),
        ("group", group),
        ("email", ""),
        ("description", ""),
        ("visible", "on"),
        ("call_limit", "2"),
        ("profile", ""),
        ("account_type", "PGSM"),
        ("security_model", "SDES"),
        ("obfuscation", "ON"),
        ("obfuscation_key", "9"),
    ];
    for (name, value) in changes {
        match fields.iter_mut().find(|(known, _)| known == name) {
            Some(field) => field.1 = value,
            None => fields.push((name, value)),
        }
    }
    fields
}

#[tokio::test]
async fn an_account_is_made_and_the_list_says_so() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await.to_string();
    let page = operator.get(&format!("/accounts/new?group={group}")).await;
    assert_eq!(page.status, StatusCode::OK);
    let reply = operator.post_form("/accounts/new", &form(&Uuid::now_v7().to_string(), &group, &[])).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
    let list = operator.get(reply.location()).await;
    assert!(list.text.contains("Account created") && list.text.contains("Chiara Montanari"));
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_but_no_password() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await.to_string();
    let id = Uuid::now_v7().to_string();
    let typed = [("number", "+39 320"), ("owner", "Chiara \"<b>\" & Ada")];
    let reply = operator.post_form("/accounts/new", &form(&id, &group, &typed)).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.text.contains("+39320 has 5 digits") && reply.text.contains("value=\"+39 320\""));
    assert!(reply.text.contains("Chiara &quot;&lt;b&gt;&quot; &amp; Ada"), "typed text comes back as text");
    assert!(!reply.text.contains(SIP_PASSWORD));
    assert!(reply.text.contains(&id), "the same form again, so that sending it twice makes one account");
    assert_eq!(count(&app).await, 0);
}

#[tokio::test]
async fn what_the_form_does_not_have_is_refused() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await.to_string();
    let id = Uuid::now_v7().to_string();
    for (forged, expected) in [("status", 400), ("enabled", 400), ("deny", 422)] {
        let reply = operator.post_form("/accounts/new", &form(&id, &group, &[(forged, "10.0.0.0/8")])).await;
        assert_eq!(reply.status, expected, "{forged}: {}", reply.text);
    }
    assert_eq!(operator.post_form("/accounts/new", &[("id", "no uuid")]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(count(&app).await, 0);
}

#[tokio::test]
async fn an_edit_on_an_old_version_is_told_and_can_be_sent_again() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group_id = group(&app, "Ufficio").await;
    let (group, id) = (group_id.to_string(), created(&operator, &pgsm(group_id, &json!({}))).await);
    let path = format!("/accounts/{id}/edit");
    let id = id.to_string();
    let mine = [("owner", "Grace"), ("password", ""), ("repeat_password", "")];
    let stale = operator.post_form(&path, &form(&id, &group, &mine)).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(stale.text.contains("Somebody else saved this account") && stale.text.contains("value=\"Grace\""));
    assert!(stale.text.contains("name=\"version\" value=\"1\""), "the form is now on the version that is stored");
    let again = [("version", "1"), mine[0], mine[1], mine[2]];
    assert_eq!(operator.post_form(&path, &form(&id, &group, &again)).await.status, StatusCode::SEE_OTHER);
    assert!(operator.get("/accounts").await.text.contains("Grace"));
}

/// Posts the edit form as it was opened on `version`, without a new password, with these changes.
async fn edit(client: &Client, id: &str, group: &str, version: &str, changes: &[(&str, &str)]) -> Reply {
    let mut all = vec![("version", version), ("number", "+393204471902"), ("password", ""), ("repeat_password", "")];
    all.extend(changes);
    client.post_form(&format!("/accounts/{id}/edit"), &form(id, group, &all)).await
}

#[tokio::test]
async fn a_conflict_shows_both_values_and_that_the_password_is_another_one() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group_id = group(&app, "Ufficio").await;
    let id = created(&operator, &pgsm(group_id, &json!({ "description": "one\ntwo" }))).await.to_string();
    let group = group_id.to_string();
    let theirs = [("owner", "Ada"), ("description", "one\r\ntwo"), ("password", SIP_PASSWORD), ("repeat_password", SIP_PASSWORD)];
    assert_eq!(edit(&operator, &id, &group, "1", &theirs).await.status, StatusCode::SEE_OTHER);
    let told = edit(&operator, &id, &group, "1", &[("owner", "Grace"), ("description", "one\r\ntwo")]).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    assert!(told.text.contains("value=\"Grace\"") && told.text.contains("“Ada”"), "{}", told.text);
    assert!(told.text.contains("Password: they set a new one."), "{}", told.text);
    assert_eq!(told.text.matches("Theirs is").count(), 1, "only the owner differs: {}", told.text);
}

#[tokio::test]
async fn a_form_that_was_refused_stays_on_its_version() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group_id = group(&app, "Ufficio").await;
    let id = created(&operator, &pgsm(group_id, &json!({}))).await.to_string();
    let group = group_id.to_string();
    let refused = edit(&operator, &id, &group, "1", &[("call_limit", "999")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("name=\"version\" value=\"1\""));
    assert_eq!(edit(&operator, &id, &group, "1", &[("owner", "Ada")]).await.status, StatusCode::SEE_OTHER);
    let told = edit(&operator, &id, &group, "1", &[("call_limit", "999")]).await;
    assert_eq!(told.status, StatusCode::CONFLICT, "the mistake does not hide the other person’s save");
    assert!(told.text.contains("“Ada”"));
}

#[tokio::test]
async fn whatever_way_a_group_is_written_the_answer_leads_to_it() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await.to_string();
    let id = Uuid::now_v7().to_string();
    let written = format!("{group}\n");
    let made = operator.post_form("/accounts/new", &form(&id, &written, &[])).await;
    assert_eq!(made.location(), format!("/accounts?group={group}&done=account-created"), "{}", made.text);
    let saved = edit(&operator, &id, &written, "1", &[]).await;
    assert_eq!(saved.location(), format!("/accounts?group={group}&done=account-updated"), "{}", saved.text);
}

#[tokio::test]
async fn show_account_says_what_cannot_be_done_without_javascript() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let id = created(&operator, &pgsm(group, &json!({}))).await;
    let page = operator.get(&format!("/accounts/{id}")).await.text;
    assert!(page.contains("needs JavaScript"), "{page}");
    assert!(page.contains(&format!("href=\"/accounts/{id}\"")), "Refresh leads here");
    let seen = app.sign_in_as(Role::Viewer).await.get(&format!("/accounts/{id}")).await.text;
    assert!(!seen.contains("needs JavaScript"), "a viewer misses nothing");
}

#[tokio::test]
async fn a_group_is_made_and_edited() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let id = Uuid::now_v7().to_string();
    let form =
        |name, version| vec![("id", id.as_str()), ("version", version), ("name", name), ("company", ""), ("email", ""), ("profile", "")];
    let refused = admin.post_form("/groups/new", &form(" ", "0")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(admin.post_form("/groups/new", &form("Ufficio", "0")).await.location(), "/groups?done=group-created");
    assert_eq!(admin.post_form(&format!("/groups/{id}/edit"), &form("Sede", "1")).await.location(), "/groups?done=group-updated");
    assert!(admin.get("/groups?done=group-updated").await.text.contains("Sede"));
}
