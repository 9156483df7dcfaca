//! Text that breaks other programs: stored as text and shown as text, or refused by the name of its field.

use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::TestApp;
use crate::support::accounts::{count, create, group, snom};

/// Every field that takes text.
const FIELDS: [&str; 14] = [
    "username",
    "password",
    "repeat_password",
    "number",
    "owner",
    "group",
    "email",
    "description",
    "call_limit",
    "profile",
    "obfuscation_key",
    "mac",
    "deny",
    "permit",
];

fn texts() -> Vec<String> {
    let mut texts: Vec<String> =
        ["'", "\"", "%", "_", "\\", "<script>alert(1)</script>", "a\u{202e}b\u{200f}", "１２３４", "a\0b", "'; DROP TABLE accounts; --"]
            .map(str::to_owned)
            .to_vec();
    texts.push("9".repeat(10_000));
    texts
}

#[tokio::test]
async fn each_text_in_each_field_is_stored_as_it_is_or_refused_by_name() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    for field in FIELDS {
        for text in texts() {
            let (id, reply) = create(&operator, &snom(group, &json!({ field: text }))).await;
            let shortened: String = text.chars().take(40).collect();
            match reply.status {
                StatusCode::OK => {
                    let stored = operator.call("show_account", &json!({ "id": id })).await.json();
                    if !matches!(field, "password" | "repeat_password") {
                        assert_eq!(stored["account"][field], text, "{field} {shortened:?}");
                    }
                    let page = operator.get(&format!("/accounts/{id}")).await.text;
                    assert!(!page.contains("<script>alert"), "{field} {shortened:?} became markup");
                    operator.call("delete_account", &json!({ "id": id })).await;
                }
                StatusCode::UNPROCESSABLE_ENTITY => {
                    let named = reply.json()["InvalidAccount"].as_object().unwrap().contains_key(field);
                    let password_pair = field.ends_with("password");
                    assert!(named || password_pair, "{field} {shortened:?}: {}", reply.text);
                }
                other => panic!("{field} {shortened:?}: {other} {}", reply.text),
            }
        }
    }
    assert_eq!(count(&app).await, 0);
}

#[tokio::test]
async fn far_too_much_in_every_field_at_once_is_refused_by_every_name() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let id = uuid::Uuid::now_v7().to_string();
    let much = "é".repeat(5_000);
    let mut form: Vec<(&str, &str)> = FIELDS.iter().map(|field| (*field, much.as_str())).collect();
    form.extend([("id", id.as_str()), ("version", "0"), ("account_type", "SNOM")]);
    let reply = operator.post_form("/accounts/new", &form).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["username", "number", "owner", "email", "description", "call_limit", "mac", "deny"] {
        assert!(reply.text.contains(&format!("<a href=\"#{field}\"")), "{field} is not in the summary");
    }
    assert_eq!(count(&app).await, 0);
}

#[tokio::test]
async fn what_slips_past_the_server_is_refused_by_the_database() {
    let app = TestApp::start().await;
    let group = group(&app, "Ufficio").await;
    let insert = async |columns: &str, values: &str| {
        let statement = format!(
            "INSERT INTO accounts (id, group_id, username, number, enabled, last_status, account_type, security_model{columns})
             VALUES (gen_random_uuid(), '{group}', '111', '111', true, 'created', {values})"
        );
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&app.pool).await
    };
    for (columns, values) in [
        (", deny", "'PGSM', 'SDES', '{10.0.0.0/8}'"),
        (", mac", "'PGSM', 'SDES', '00:04:13:aa:bb:cc'"),
        (", obfuscation_key", "'SNOM', 'SDES', 9"),
        ("", "'SNOM', 'ZRTP'"),
        ("", "'FAX', 'SDES'"),
        (", deny", "'SNOM', 'SDES', '{10.0.0.1/8}'"),
        (", owner", "'SNOM', 'SDES', E'a\\nb'"),
        (", owner", "'SNOM', 'SDES', repeat('a', 101)"),
        (", call_limit", "'SNOM', 'SDES', 0"),
        (", email", "'SNOM', 'SDES', 'no address'"),
    ] {
        assert!(insert(columns, values).await.is_err(), "{columns} {values}");
    }
    insert("", "'SNOM', 'SDES'").await.unwrap();
    for (username, number) in [("111", "112"), ("112", "111"), ("12", "12"), ("١١١", "113"), ("114", "+0123456789"), ("115", "1-2")] {
        let statement = sqlx::query(
            "INSERT INTO accounts (id, group_id, username, number, enabled, last_status, account_type, security_model)
             VALUES (gen_random_uuid(), $1, $2, $3, true, 'created', 'SNOM', 'SDES')",
        );
        assert!(statement.bind(group).bind(username).bind(number).execute(&app.pool).await.is_err(), "{username} {number}");
    }
}

#[tokio::test]
async fn a_description_cannot_end_the_field_that_it_is_edited_in() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let text = "a</textarea><script>alert(1)</script>&lt;";
    let (id, _) = create(&operator, &snom(group, &json!({ "description": text }))).await;
    let page = operator.get(&format!("/accounts/{id}/edit")).await.text;
    assert!(page.contains("a&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;</textarea>"), "{page}");
}
