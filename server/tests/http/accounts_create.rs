//! Accounts, the plain way: made once, whole, and only when every rule holds.

use std::time::Duration;

use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::accounts::{SIP_PASSWORD, count, create, created, field_error, group, pgsm, snom};

#[tokio::test]
async fn a_pgsm_account_is_stored_whole_enabled_and_without_its_password() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio Milano").await;
    let id = created(&operator, &pgsm(group, &json!({ "owner": "  Chiara Montanari ", "obfuscation": "OFF" }))).await;

    let shown = operator.call("show_account", &json!({ "id": id })).await.json();
    let account = &shown["account"];
    assert_eq!(account["number"], "+393204471902");
    assert_eq!(account["owner"], "Chiara Montanari");
    assert_eq!((account["enabled"].as_bool(), account["last_status"].as_str()), (Some(true), Some("created")));
    assert_eq!((account["security_model"].as_str(), account["obfuscation_key"].as_i64()), (Some("SDES"), None));
    assert_eq!(shown["history"][0]["action"], "created");

    let (md5, sha256): (String, String) =
        sqlx::query_as("SELECT ha1_md5, ha1_sha256 FROM account_digests WHERE account_id = $1 AND realm = 'sip.localhost'")
            .bind(id)
            .fetch_one(&app.pool)
            .await
            .unwrap();
    let expected = app::accounts::digests::Digests::new("2086693379", "sip.localhost", SIP_PASSWORD);
    assert_eq!((md5, sha256), (expected.ha1_md5.clone(), expected.ha1_sha256.clone()));
    for secret in [SIP_PASSWORD, &expected.ha1_md5, &expected.ha1_sha256] {
        for page in [format!("/accounts/{id}"), format!("/accounts/{id}/edit"), "/accounts".to_owned()] {
            assert!(!operator.get(&page).await.text.contains(secret), "{page} shows a secret");
        }
        let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_log l WHERE l::text LIKE '%' || $1 || '%'")
            .bind(secret)
            .fetch_one(&app.pool)
            .await
            .unwrap();
        assert_eq!(stored, 0, "the history holds a secret");
    }
}

#[tokio::test]
async fn a_snom_account_keeps_its_rules_in_their_canonical_form() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio SNOM").await;
    let id =
        created(&operator, &snom(group, &json!({ "deny": "0.0.0.0/0.0.0.0\n::/0", "permit": "192.168.0.38/255.255.255.0, 10.1.2.3" })))
            .await;
    let account = &operator.call("show_account", &json!({ "id": id })).await.json()["account"];
    assert_eq!(account["mac"], "00:04:13:aa:bb:cc");
    assert_eq!(account["deny"], json!(["0.0.0.0/0", "::/0"]));
    assert_eq!(account["permit"], json!(["192.168.0.0/24", "10.1.2.3/32"]));
    assert_eq!((account["security_model"].as_str(), account["obfuscation_key"].as_i64()), (Some("SDES"), None));
}

#[tokio::test]
async fn what_the_type_does_not_have_is_refused_by_name_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let refused = [
        (pgsm(group, &json!({ "deny": "10.0.0.0/8" })), "deny"),
        (pgsm(group, &json!({ "permit": "10.0.0.0/8" })), "permit"),
        (pgsm(group, &json!({ "mac": "000413aabbcc" })), "mac"),
        (snom(group, &json!({ "obfuscation_key": "9" })), "obfuscation_key"),
        (snom(group, &json!({ "obfuscation": "ON" })), "obfuscation"),
        (snom(group, &json!({ "security_model": "ZRTP" })), "security_model"),
        (snom(group, &json!({ "deny": "10.0.0.0/33" })), "deny"),
        (snom(group, &json!({ "permit": "10.0.0.0/255.0.255.0" })), "permit"),
        (pgsm(group, &json!({ "group": "" })), "group"),
        (pgsm(group, &json!({ "group": Uuid::now_v7() })), "group"),
        (pgsm(group, &json!({ "profile": Uuid::now_v7() })), "profile"),
        (pgsm(group, &json!({ "repeat_password": "another one" })), "repeat_password"),
        (pgsm(group, &json!({ "password": "", "repeat_password": "" })), "password"),
        (pgsm(group, &json!({ "call_limit": "101" })), "call_limit"),
    ];
    for (draft, field) in refused {
        let (_, reply) = create(&operator, &draft).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {}", reply.text);
        assert!(!field_error(&reply, field).is_empty());
        assert!(!reply.text.contains(SIP_PASSWORD), "the answer echoes the password");
    }
    assert_eq!(count(&app).await, 0);
}

#[tokio::test]
async fn a_forged_field_is_refused_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    for forged in ["status", "last_status", "enabled", "ha1_md5", "version", "created_at"] {
        let (_, reply) = create(&operator, &pgsm(group, &json!({ forged: "connected" }))).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "in the draft, {forged}: {}", reply.text);
        let beside = json!({ "id": Uuid::now_v7(), "draft": pgsm(group, &json!({})), forged: "connected" });
        let reply = operator.call("create_account", &beside).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "beside the draft, {forged}: {}", reply.text);
    }
    assert_eq!(count(&app).await, 0);
}

#[tokio::test]
async fn the_same_form_sent_twice_makes_one_account() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let call = json!({ "id": Uuid::now_v7(), "draft": pgsm(group, &json!({})) });
    let (first, second) = tokio::join!(operator.call("create_account", &call), operator.call("create_account", &call));
    assert!(first.status.is_success() && second.status.is_success(), "{} {}", first.text, second.text);
    assert_eq!(count(&app).await, 1);
    let history: i64 =
        sqlx::query_scalar("SELECT count(*) FROM audit_log WHERE subject_kind = 'account'").fetch_one(&app.pool).await.unwrap();
    assert_eq!(history, 1);
}

#[tokio::test]
async fn an_id_that_another_account_has_makes_nothing_and_says_so() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let id = created(&operator, &pgsm(group, &json!({}))).await;
    let other = json!({ "id": id, "draft": pgsm(group, &json!({ "username": "555", "number": "555" })) });
    assert_eq!(operator.call("create_account", &other).await.status, StatusCode::CONFLICT);
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn a_used_form_with_anything_else_in_it_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let changes = json!({ "deny": "0.0.0.0/0,2001:DB8::/32", "description": "one" });
    let id = created(&operator, &snom(group, &changes)).await;
    let resend =
        async |changes: serde_json::Value| operator.call("create_account", &json!({ "id": id, "draft": snom(group, &changes) })).await;
    let others = [
        json!({ "owner": "Grace" }),
        json!({ "password": "Cello-Lantern-88", "repeat_password": "Cello-Lantern-88" }),
        json!({ "mac": "" }),
        json!({ "deny": "" }),
        json!({ "call_limit": "3" }),
    ];
    for other in others {
        let mut changes = changes.clone();
        changes.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        let reply = resend(changes).await;
        assert_eq!(reply.status, StatusCode::CONFLICT, "{other}: {}", reply.text);
        assert!(reply.text.contains("This form was used already"), "{other}: {}", reply.text);
    }
    let reply = resend(changes).await;
    assert!(reply.status.is_success(), "the same once more: {}", reply.text);
    let shown = operator.call("show_account", &json!({ "id": id })).await.json();
    assert_eq!((shown["account"]["owner"].as_str(), shown["account"]["version"].as_i64()), (Some("Ufficio legale"), Some(1)));
    assert_eq!(shown["history"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn of_two_fields_that_others_have_both_are_told() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    created(&operator, &pgsm(group, &json!({}))).await;
    created(&operator, &snom(group, &json!({}))).await;
    let (_, reply) = create(&operator, &pgsm(group, &json!({ "number": "3204" }))).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["username", "number"] {
        assert!(field_error(&reply, field).contains("Another account has this"));
    }
}

#[tokio::test]
async fn an_account_waits_for_a_change_of_the_sip_domain_and_gets_the_new_one() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    // As `settings::sip_domain::adopt` does at the start of another server.
    let mut change = app.pool.begin().await.unwrap();
    sqlx::query("SELECT FROM settings FOR UPDATE").execute(&mut *change).await.unwrap();
    sqlx::query("UPDATE settings SET sip_domain = 'sip.example.com'").execute(&mut *change).await.unwrap();
    let draft = pgsm(group, &json!({}));
    let creating = tokio::spawn(async move { create(&operator, &draft).await.1 });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!creating.is_finished(), "the account did not wait");
    change.commit().await.unwrap();
    assert!(creating.await.unwrap().status.is_success());
    let realms: Vec<String> = sqlx::query_scalar("SELECT realm FROM account_digests").fetch_all(&app.pool).await.unwrap();
    assert_eq!(realms, ["sip.example.com"]);
}

#[tokio::test]
async fn of_many_at_once_with_one_username_or_number_one_is_stored() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let same_username = |n: usize| pgsm(group, &json!({ "number": format!("+39320447190{n}") }));
    let spellings = ["+390012345678", "390012345678", "0039 0012 345678"];
    let same_number = |n: usize| pgsm(group, &json!({ "username": format!("700{n}"), "number": spellings.get(n % 3) }));
    for (draft, field) in [(&same_username as &dyn Fn(usize) -> serde_json::Value, "username"), (&same_number, "number")] {
        let before = count(&app).await;
        let tries: Vec<_> = (0..8).map(|n| (operator.clone(), draft(n))).collect();
        let tries: Vec<_> = tries.into_iter().map(|(client, draft)| tokio::spawn(async move { create(&client, &draft).await.1 })).collect();
        let mut stored = 0;
        for task in tries {
            let reply = task.await.unwrap();
            if reply.status.is_success() {
                stored += 1;
            } else {
                assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reply.text);
                assert!(field_error(&reply, field).contains("Another account has this"));
            }
        }
        assert_eq!((stored, count(&app).await), (1, before + 1), "{field}");
    }
}

#[tokio::test]
async fn suggestion_and_availability_are_told_before_saving() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let id = created(&operator, &pgsm(group, &json!({}))).await;
    let suggested = operator.call("suggest_username", &json!({})).await.json();
    let suggested = suggested.as_str().unwrap();
    assert!(suggested.len() == 10 && suggested.bytes().all(|byte| byte.is_ascii_digit()), "{suggested}");

    let ask = async |id: Uuid, username: &str, number: &str| {
        let taken = operator.call("taken_fields", &json!({ "id": id, "username": username, "number": number })).await.json();
        (taken["username"].as_bool().unwrap(), taken["number"].as_bool().unwrap())
    };
    assert_eq!(ask(Uuid::now_v7(), "2086693379", "00393204471902").await, (true, true));
    assert_eq!(ask(Uuid::now_v7(), "111", "111").await, (false, false));
    assert_eq!(ask(id, "2086693379", "+393204471902").await, (false, false), "one's own values are free");
    assert_eq!(ask(Uuid::now_v7(), "\0'; DROP TABLE accounts", "\0'; DROP TABLE accounts").await, (false, false));
}
