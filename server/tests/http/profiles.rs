//! Provisioning profiles: made, edited, one of them the default, and deleted only when nobody uses them.

use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::accounts::{created, group, pgsm, profile, profile_draft};
use crate::support::{Client, TestApp};

const SHIPPED: Uuid = Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001);

fn with(changes: &[(&str, &str)]) -> Value {
    let mut draft = profile_draft("Cantieri");
    for (field, text) in changes {
        draft[field] = json!(text);
    }
    draft
}

async fn listed(client: &Client) -> Vec<Value> {
    client.call("list_profiles", &json!({})).await.json().as_array().unwrap().clone()
}

async fn form(client: &Client, id: Uuid) -> Value {
    client.call("profile_form", &json!({ "id": id })).await.json()
}

/// Makes a group that has chosen this profile.
async fn group_with(app: &TestApp, name: &str, profile: Uuid) -> Uuid {
    let id = group(app, name).await;
    let draft = json!({ "name": name, "company": "", "email": "", "profile": profile });
    let reply = app.sign_in_as(Role::Admin).await.call("update_group", &json!({ "id": id, "version": 1, "draft": draft })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    id
}

/// What the history says of a profile, oldest first: action and changes.
async fn history(app: &TestApp, id: Uuid) -> Vec<(String, Value)> {
    sqlx::query_as("SELECT action, changes FROM audit_log WHERE subject_kind = 'profile' AND subject_id = $1 ORDER BY at, id")
        .bind(id)
        .fetch_all(&app.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn one_profile_ships_with_texts_and_the_services_own_server() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let rows = listed(&admin).await;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0]["name"].as_str(), rows[0]["is_default"].as_bool()), (Some("Default"), Some(true)));
    assert_eq!((rows[0]["sip_server"].as_str(), rows[0]["transport"].as_str()), (Some("sip.localhost:5061"), Some("TLS")));
    for sms in ["installation", "activation"] {
        assert_eq!((rows[0][sms]["parts"].as_i64(), rows[0][sms]["coding"].as_str()), (Some(1), Some("gsm7")), "{sms}");
    }
    // What ships is what the form of a new profile opens with, and it keeps every rule.
    let (shipped, mut new) = (form(&admin, SHIPPED).await, admin.call("profile_form", &json!({ "id": null })).await.json());
    assert_eq!(new["draft"]["sip_host"], "sip.localhost");
    new["draft"]["name"] = json!("Default");
    assert_eq!(shipped["draft"], new["draft"]);
    let saved = admin.call("update_profile", &json!({ "id": SHIPPED, "version": 1, "draft": shipped["draft"] })).await;
    assert!(saved.status.is_success(), "{}", saved.text);
    assert!(history(&app, SHIPPED).await.is_empty(), "nothing was changed");
}

#[tokio::test]
async fn the_profile_that_ships_follows_the_sip_domain_until_there_are_accounts() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let other = profile(&app, "Cantieri").await;
    app::settings::sip_domain::adopt(&app.pool, "sip.edilnova.example").await.unwrap();
    assert_eq!(form(&admin, SHIPPED).await["draft"]["sip_host"], "sip.edilnova.example");
    assert_eq!(form(&admin, other).await["draft"]["sip_host"], "sip.example.com");
}

#[tokio::test]
async fn every_field_is_kept_and_shown_again() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let id = Uuid::now_v7();
    let draft = json!({
        "name": " Cantieri ", "support_phone": "+39 02 5550 1234", "support_email": "help@example.com", "sip_host": "[2001:DB8::1]",
        "sip_port": "5071", "transport": "TCP", "expires": "600", "media_encryption": "preferred",
        "android_link": "HTTPS://example.com/a.apk", "ios_link": "https://example.com/ios", "other_link": "https://example.com/",
        "link_hours": "24", "installation_text": "Ciao {owner}\r\n{link}", "activation_text": "È ora, {owner}: {link} ✓"
    });
    let reply = admin.call("create_profile", &json!({ "id": id, "draft": draft })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    let start = form(&admin, id).await;
    assert_eq!((start["version"].as_i64(), start["is_default"].as_bool()), (Some(1), Some(false)));
    let expected = json!({
        "name": "Cantieri", "support_phone": "+390255501234", "support_email": "help@example.com", "sip_host": "2001:db8::1",
        "sip_port": "5071", "transport": "TCP", "expires": "600", "media_encryption": "preferred",
        "android_link": "https://example.com/a.apk", "ios_link": "https://example.com/ios", "other_link": "https://example.com/",
        "link_hours": "24", "installation_text": "Ciao {owner}\n{link}", "activation_text": "È ora, {owner}: {link} ✓"
    });
    assert_eq!(start["draft"], expected);
    let row = &listed(&admin).await[1];
    assert_eq!(row["sip_server"], "[2001:db8::1]:5071");
    assert_eq!((row["activation"]["coding"].as_str(), row["activation"]["parts"].as_i64()), (Some("ucs2"), Some(2)), "{row}");
    let page = admin.get(&format!("/profiles/{id}/edit")).await.text;
    assert!(page.contains("“È” (U+00C8) and “✓” (U+2713) are not in GSM-7"), "the characters that cost are named");
    assert!(page.contains("1 SMS, GSM-7,") && page.contains("2 SMSes, UCS-2,"));
    let list = admin.get("/profiles").await.text;
    assert!(list.contains("[2001:db8::1]:5071") && list.contains("2 SMSes"));
}

#[tokio::test]
async fn each_wrong_field_is_named() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    for (field, text, said) in [
        ("name", " ", "Enter a name"),
        ("name", "two\nlines", "one line"),
        ("support_phone", "help", "phone number"),
        ("support_email", "help", "@"),
        ("sip_host", "sip.example.com:5061", "port has a field of its own"),
        ("sip_port", "65536", "65535"),
        ("expires", "59", "60"),
        ("android_link", "http://example.com", "https://"),
        ("ios_link", "javascript:alert(1)", "https://"),
        ("other_link", "https://user@example.com", "password"),
        ("link_hours", "721", "720"),
        ("installation_text", "Ciao {owner}", "Without a link"),
        ("activation_text", "{lnik} {link}", "not a placeholder"),
        ("activation_text", "", "Enter the text"),
    ] {
        let reply = admin.call("create_profile", &json!({ "id": Uuid::now_v7(), "draft": with(&[(field, text)]) })).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {text:?}");
        let errors = reply.json()["InvalidProfile"].clone();
        assert!(errors[field].as_str().is_some_and(|message| message.contains(said)), "{field} {text:?}: {errors}");
    }
    for (field, choice) in [("transport", "SCTP"), ("media_encryption", "off")] {
        let reply = admin.call("create_profile", &json!({ "id": Uuid::now_v7(), "draft": with(&[(field, choice)]) })).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{field}: {}", reply.text);
    }
    assert_eq!(listed(&admin).await.len(), 1, "nothing was made");
}

#[tokio::test]
async fn what_the_rules_allow_passes_the_constraints_and_what_they_refuse_does_not() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let longest = format!("{}{{link}}", "a".repeat(994));
    let link = format!("https://{}.example/{}", "a".repeat(63), "x".repeat(420));
    let host = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61));
    for (at, changes) in [
        &[("name", "n".repeat(100)), ("installation_text", longest), ("android_link", link), ("sip_host", host)][..],
        &[("sip_port", "1".into()), ("expires", "60".into()), ("link_hours", "1".into()), ("support_phone", "11".into())],
        &[("sip_port", "65535".into()), ("expires", "86400".into()), ("link_hours", "720".into()), ("transport", "UDP".into())],
        &[("installation_text", "\u{a0}{link}\u{2003}\u{e9}\u{1f600}".into()), ("activation_text", "{{link}} {link}".into())],
        &[("android_link", "https://example.com?x".into()), ("ios_link", "https://[2001:db8::1]:8443/".into())],
    ]
    .into_iter()
    .enumerate()
    {
        let mut draft = with(&[("name", &format!("Profile {at}"))]);
        changes.iter().for_each(|(field, text)| draft[field] = json!(text));
        let reply = admin.call("create_profile", &json!({ "id": Uuid::now_v7(), "draft": draft })).await;
        assert!(reply.status.is_success(), "{at}: {}", reply.text);
    }
    for wrong in [
        "name = ''",
        "support_phone = 'help'",
        "support_email = 'help'",
        "sip_host = 'SIP.example.com'",
        "sip_host = NULL",
        "sip_port = 0",
        "sip_port = 65536",
        "transport = 'SCTP'",
        "expires_seconds = 59",
        "media_encryption = 'off'",
        "android_link = 'http://example.com'",
        "ios_link = 'javascript:alert(1)'",
        "other_link = 'https://user@example.com/'",
        "link_hours = 721",
        "installation_text = 'Ciao'",
        "activation_text = E'{link}\\t'",
        "activation_text = repeat('a', 1000) || '{link}'",
    ] {
        let done = sqlx::query(sqlx::AssertSqlSafe(format!("UPDATE provisioning_profiles SET {wrong}"))).execute(&app.pool).await;
        assert!(done.is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn the_list_counts_the_groups_and_accounts_that_get_a_profile() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let own = profile(&app, "Cantieri").await;
    let (plain, chosen) = (group(&app, "Ufficio").await, group_with(&app, "Cantiere", own).await);
    for (at, (group, profile)) in
        [(plain, Value::Null), (plain, json!(own)), (chosen, Value::Null), (chosen, json!(SHIPPED))].iter().enumerate()
    {
        let profile = if profile.is_null() { json!("") } else { profile.clone() };
        let number = format!("32044719{at:02}");
        created(&admin, &pgsm(*group, &json!({ "username": number, "number": number, "profile": profile }))).await;
    }
    let counts = |rows: &[Value]| {
        rows.iter()
            .map(|row| (row["name"].as_str().unwrap().to_owned(), row["groups"].as_i64(), row["accounts"].as_i64()))
            .collect::<Vec<_>>()
    };
    let expected = vec![("Default".to_owned(), Some(1), Some(2)), ("Cantieri".to_owned(), Some(1), Some(2))];
    assert_eq!(counts(&listed(&admin).await), expected);
}

#[tokio::test]
async fn a_used_form_makes_nothing_again_and_changes_nothing() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let id = Uuid::now_v7();
    let create = async |draft: Value| admin.call("create_profile", &json!({ "id": id, "draft": draft })).await;
    assert!(create(with(&[])).await.status.is_success());
    assert!(create(with(&[("sip_port", "5061")])).await.status.is_success(), "the same once more, in other words");
    let reply = create(with(&[("sip_host", "sip.example.net")])).await;
    assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text);
    assert_eq!(form(&admin, id).await["draft"]["sip_host"], "sip.example.com");
    let told = history(&app, id).await;
    assert_eq!((told.len(), told[0].0.as_str()), (1, "created"));
}

#[tokio::test]
async fn a_name_belongs_to_one_profile_whatever_its_case() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let id = profile(&app, "Cantieri").await;
    for (function, arguments) in [
        ("create_profile", json!({ "id": Uuid::now_v7(), "draft": with(&[("name", "DEFAULT")]) })),
        ("update_profile", json!({ "id": id, "version": 1, "draft": with(&[("name", "default")]) })),
    ] {
        let reply = admin.call(function, &arguments).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{function}");
        assert!(reply.json()["InvalidProfile"]["name"].as_str().unwrap().contains("Another profile has this name"), "{function}");
    }
}

#[tokio::test]
async fn the_second_of_two_people_who_edit_a_profile_is_told() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let id = profile(&app, "Cantieri").await;
    let save =
        async |host: &str| admin.call("update_profile", &json!({ "id": id, "version": 1, "draft": with(&[("sip_host", host)]) })).await;
    let (first, second) = (save("sip.example.net").await, save("sip.example.org").await);
    assert_eq!((first.status, second.status), (StatusCode::OK, StatusCode::CONFLICT));
    assert!(second.json()["Refused"].as_str().unwrap().contains("Somebody else saved this profile"));
    assert_eq!(form(&admin, id).await["draft"]["sip_host"], "sip.example.net");
    let change = json!([{ "field": "SIP server address", "before": "sip.example.com", "after": "sip.example.net" }]);
    assert_eq!(history(&app, id).await[1..], [("updated".to_owned(), change)]);
}

#[tokio::test]
async fn a_profile_in_use_is_not_deleted_and_the_sentence_says_by_how_many() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let id = profile(&app, "Cantieri").await;
    let delete = async || admin.call("delete_profile", &json!({ "id": id })).await;
    let refused = async |sentence: &str| {
        let reply = delete().await;
        assert_eq!((reply.status, reply.json()["Refused"].as_str()), (StatusCode::CONFLICT, Some(sentence)), "{}", reply.text);
    };
    let plain = group(&app, "Ufficio").await;
    let account = created(&admin, &pgsm(plain, &json!({ "profile": id }))).await;
    refused("1 account uses this profile. Choose another one there first.").await;
    let chosen = [group_with(&app, "Uno", id).await, group_with(&app, "Due", id).await];
    refused("2 groups and 1 account use this profile. Choose another one there first.").await;
    assert!(admin.call("delete_account", &json!({ "id": account })).await.status.is_success());
    refused("2 groups use this profile. Choose another one there first.").await;
    for group in chosen {
        assert!(admin.call("delete_group", &json!({ "id": group })).await.status.is_success());
    }
    assert!(delete().await.status.is_success());
    assert_eq!(delete().await.status, StatusCode::NOT_FOUND);
    let actions: Vec<_> = history(&app, id).await.into_iter().map(|(action, _)| action).collect();
    assert_eq!(actions, ["created", "deleted"]);
}

#[tokio::test]
async fn another_profile_can_be_made_the_default_and_the_default_cannot_be_deleted() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let id = profile(&app, "Cantieri").await;
    let group = group(&app, "Ufficio").await;
    let delete = async |id: Uuid| admin.call("delete_profile", &json!({ "id": id })).await;
    let reply = delete(SHIPPED).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert!(reply.json()["Refused"].as_str().unwrap().contains("Make another profile the default first"));

    for _ in 0..2 {
        assert!(admin.call("make_default_profile", &json!({ "id": id })).await.status.is_success());
    }
    let defaults: Vec<_> = listed(&admin).await.into_iter().filter(|row| row["is_default"] == true).map(|row| row["id"].clone()).collect();
    assert_eq!(defaults, [json!(id)]);
    let change = json!([{ "field": "The service’s default", "before": "Default", "after": "Cantieri" }]);
    assert_eq!(history(&app, id).await[1..], [("made default".to_owned(), change)], "told once");
    let groups = admin.call("list_groups", &json!({})).await.json();
    assert_eq!((groups[0]["id"].clone(), groups[0]["profile"].as_str()), (json!(group), Some("Cantieri")), "who has chosen none follows");

    assert_eq!(delete(id).await.status, StatusCode::CONFLICT);
    assert!(delete(SHIPPED).await.status.is_success(), "it is a profile like others now");
    let nowhere = admin.call("make_default_profile", &json!({ "id": SHIPPED })).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    assert_eq!(listed(&admin).await.len(), 1);
}

#[tokio::test]
async fn there_is_one_default_whoever_settles_it_at_once() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let mut profiles = vec![SHIPPED];
    for at in 0..4 {
        profiles.push(profile(&app, &format!("Profile {at}")).await);
    }
    let asked: Vec<_> = (0..20)
        .map(|at| {
            let (client, id) = (admin.clone(), profiles[at % profiles.len()]);
            let function = if at % 7 == 6 { "delete_profile" } else { "make_default_profile" };
            tokio::spawn(async move { client.call(function, &json!({ "id": id })).await })
        })
        .collect();
    for reply in asked {
        let reply = reply.await.unwrap();
        assert!(reply.status != StatusCode::INTERNAL_SERVER_ERROR, "{}", reply.text);
    }
    assert_eq!(listed(&admin).await.iter().filter(|row| row["is_default"] == true).count(), 1);
}

#[tokio::test]
async fn viewers_and_operators_see_the_list_and_change_nothing() {
    let app = TestApp::start().await;
    let id = profile(&app, "Cantieri").await;
    for role in [Role::Viewer, Role::Operator] {
        let client = app.sign_in_as(role).await;
        let list = client.get("/profiles").await;
        assert_eq!(list.status, StatusCode::OK, "{role:?}");
        assert!(
            list.text.contains("Cantieri") && !list.text.contains("/profiles/new") && !list.text.contains(&format!("/profiles/{id}/edit"))
        );
        for page in ["/profiles/new".to_owned(), format!("/profiles/{id}/edit")] {
            assert_eq!(client.get(&page).await.status, StatusCode::FORBIDDEN, "{role:?} {page}");
        }
        for (function, arguments) in [
            ("profile_form", json!({ "id": id })),
            ("create_profile", json!({ "id": Uuid::now_v7(), "draft": with(&[]) })),
            ("update_profile", json!({ "id": id, "version": 1, "draft": with(&[]) })),
            ("make_default_profile", json!({ "id": id })),
            ("delete_profile", json!({ "id": id })),
        ] {
            assert_eq!(client.call(function, &arguments).await.status, StatusCode::FORBIDDEN, "{role:?} {function}");
        }
    }
}

#[tokio::test]
async fn a_profile_that_is_not_there_is_not_found() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    for path in ["/profiles/xyz/edit", &format!("/profiles/{}/edit", Uuid::now_v7())] {
        let page = admin.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.text.contains("<h1>Not found"), "{path}: {}", page.text);
    }
    let reply = admin.call("update_profile", &json!({ "id": Uuid::now_v7(), "version": 1, "draft": with(&[]) })).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}

/// The fields of a draft as a browser without WASM posts them.
fn posted(id: &str, version: &str, draft: &Value) -> Vec<(String, String)> {
    let fields = draft.as_object().unwrap().iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()));
    [("id".to_owned(), id.to_owned()), ("version".to_owned(), version.to_owned())].into_iter().chain(fields).collect()
}

async fn post(client: &Client, path: &str, fields: &[(String, String)]) -> crate::support::Reply {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    client.post_form(path, &fields).await
}

#[tokio::test]
async fn a_plain_form_is_saved_and_the_list_says_so() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let id = Uuid::now_v7();
    let reply = post(&admin, "/profiles/new", &posted(&id.to_string(), "0", &with(&[]))).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
    let list = admin.get(reply.location()).await.text;
    assert!(list.contains("Provisioning profile created") && list.contains("Cantieri"));
    let path = format!("/profiles/{id}/edit");
    assert!(admin.get(&path).await.text.contains("placeholder=\"5061\""), "the usual port of TLS");
    let changed = with(&[("transport", "UDP"), ("installation_text", "Ciao\r\n{link}")]);
    let reply = post(&admin, &path, &posted(&id.to_string(), "1", &changed)).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
    assert!(admin.get(reply.location()).await.text.contains("Provisioning profile updated"));
    let start = form(&admin, id).await;
    assert_eq!((start["version"].as_i64(), start["draft"]["transport"].as_str()), (Some(2), Some("UDP")));
    assert!(listed(&admin).await[1]["sip_server"].as_str().unwrap().ends_with(":5060"));
}

#[tokio::test]
async fn a_refused_plain_form_comes_back_with_what_was_typed() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let id = Uuid::now_v7().to_string();
    let typed = with(&[("sip_host", "sip \"<b>\" & host"), ("expires", "5"), ("activation_text", "Ciao <i>{owner}</i>")]);
    let reply = post(&admin, "/profiles/new", &posted(&id, "0", &typed)).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.text.contains("The profile was not created") && reply.text.contains("3 fields need a change"), "{}", reply.text);
    assert!(reply.text.contains(&id), "the same form, under the same id");
    assert!(
        reply.text.contains("sip &quot;&lt;b&gt;&quot; &amp; host") && reply.text.contains("Ciao &lt;i&gt;{owner}&lt;/i&gt;</textarea>"),
        "{}",
        reply.text
    );

    let stored = profile(&app, "Depositi").await;
    let path = format!("/profiles/{stored}/edit");
    let late = post(&admin, &path, &posted(&stored.to_string(), "0", &profile_draft("Magazzini"))).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text.contains("Somebody else saved this profile") && late.text.contains("Magazzini"));
    let unknown =
        post(&admin, "/profiles/new", &[("id".into(), id.clone()), ("version".into(), "0".into()), ("is_default".into(), "on".into())])
            .await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST, "a field that the form does not have");
    assert_eq!(listed(&admin).await.len(), 2);
}

#[tokio::test]
async fn each_text_in_each_field_is_stored_as_text_or_refused_by_name() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let fields = [
        "name",
        "support_phone",
        "support_email",
        "sip_host",
        "sip_port",
        "expires",
        "android_link",
        "ios_link",
        "other_link",
        "link_hours",
        "installation_text",
        "activation_text",
    ];
    let long = "9".repeat(10_000);
    let texts = [
        "'",
        "\"",
        "%",
        "\\",
        "<script>alert(1)</script>",
        "<script>alert(1)</script> {link}",
        "https://x.example/'><script>alert(1)",
        "a\u{202e}b",
        "１２３４",
        "a\0b",
        "'; DROP TABLE provisioning_profiles; --",
        "{",
        "}}",
        "\u{2028}{link}\u{fe0f}",
        &long,
    ];
    for field in fields {
        for text in texts {
            let id = Uuid::now_v7();
            let reply = admin.call("create_profile", &json!({ "id": id, "draft": with(&[(field, text)]) })).await;
            let shortened: String = text.chars().take(40).collect();
            match reply.status {
                StatusCode::OK => {
                    assert_eq!(form(&admin, id).await["draft"][field], text.trim(), "{field} {shortened:?}");
                    for page in ["/profiles".to_owned(), format!("/profiles/{id}/edit")] {
                        let page = admin.get(&page).await;
                        assert_eq!(page.status, StatusCode::OK, "{field} {shortened:?}");
                        assert!(!page.text.contains("<script>alert"), "{field} {shortened:?} became markup");
                    }
                    assert!(admin.call("delete_profile", &json!({ "id": id })).await.status.is_success());
                }
                StatusCode::UNPROCESSABLE_ENTITY => {
                    assert!(
                        reply.json()["InvalidProfile"].as_object().unwrap().contains_key(field),
                        "{field} {shortened:?}: {}",
                        reply.text
                    );
                }
                status => panic!("{field} {shortened:?}: {status} {}", reply.text),
            }
        }
    }
}

#[tokio::test]
async fn an_account_says_where_its_profile_comes_from_and_admins_are_led_to_it() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let own = profile(&app, "Cantieri").await;
    let (plain, chosen) = (group(&app, "Ufficio").await, group_with(&app, "Cantiere", own).await);
    let viewer = app.sign_in_as(Role::Viewer).await;
    for (at, (group, choice, name, id, origin, words)) in [
        (plain, String::new(), "Default", SHIPPED, "service", "the service’s default"),
        (chosen, String::new(), "Cantieri", own, "group", "from the group"),
        (chosen, SHIPPED.to_string(), "Default", SHIPPED, "account", "the account’s own"),
    ]
    .into_iter()
    .enumerate()
    {
        let number = format!("32044719{at:02}");
        let account = created(&admin, &pgsm(group, &json!({ "username": number, "number": number, "profile": choice }))).await;
        let shown = admin.call("show_account", &json!({ "id": account })).await.json()["account"].clone();
        assert_eq!((shown["profile"].as_str(), shown["profile_origin"].as_str()), (Some(name), Some(origin)));
        assert_eq!(shown["profile_in_force"], json!(id));
        let link = format!("href=\"/profiles/{id}/edit\"");
        for page in [format!("/accounts/{account}"), format!("/accounts/{account}/edit")] {
            let page = admin.get(&page).await.text;
            assert!(page.contains(words) && page.contains(&link), "{words}: {page}");
        }
        let page = viewer.get(&format!("/accounts/{account}")).await.text;
        assert!(page.contains(words) && !page.contains(&link), "{words}: {page}");
    }
}
