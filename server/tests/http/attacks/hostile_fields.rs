//! SQL, markup and worse in every field of every form, in every parameter of every address, and in files. What the fields of an
//! account do one by one is in `hostile_text.rs`.

use app::domain::account_field::AccountField;
use app::domain::gateway_draft::GatewayField;
use app::domain::group_draft::GroupField;
use app::domain::profile_draft::ProfileField;
use app::domain::query_string::encode;
use app::domain::role::Role;
use app::domain::sip_settings::SipField;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::requests::{changed, everything};
use crate::batch_upload::{address, last, profile};
use crate::support::accounts::{group, invented, over, pgsm, profile_draft};
use crate::support::{Client, Reply, TestApp};

const TEXTS: [&str; 22] = [
    "'",
    "\"",
    "\\",
    "%_",
    "$1",
    "'; DROP TABLE accounts; --",
    "') OR 1=1; SELECT pg_sleep(9); --",
    "1); DELETE FROM groups; --",
    "\\'; TRUNCATE operators; /*",
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "x' onmouseover='alert(1)",
    "x\" onmouseover=\"alert(1)",
    "</textarea></title><svg onload=alert(1)>",
    "<!--<script>",
    "{{7*7}}${7*7}#{7*7}%s%n",
    "javascript:alert(1)",
    "=cmd|' /C calc'!A0",
    "a\u{202e}b\u{200b}\u{feff}",
    "a\0b",
    "\u{1f600}\u{fff9}\u{e000}",
];

/// Markup that none of our pages has by itself.
const MARKUP: [&str; 6] =
    ["<script>alert", "<img src=x", "<svg onload", "\" onmouseover=\"alert(1)\"", "<!--<script>", "href=\"javascript:"];

/// Fails when a page obeys what was typed, and when it is the answer to an error of ours.
fn is_text(reply: &Reply, what: &str) {
    assert_ne!(reply.status, StatusCode::INTERNAL_SERVER_ERROR, "{what}: {}", reply.text);
    let kind = reply.header("content-type");
    assert_eq!(reply.header("x-content-type-options"), "nosniff", "{what}");
    if kind.starts_with("text/html") {
        for markup in MARKUP {
            assert!(!reply.text.contains(markup), "{what} became markup: {}", around(&reply.text, markup));
        }
    } else {
        assert!(
            ["application/json", "text/csv", "text/plain", "application/octet-stream", ""].iter().any(|known| kind.starts_with(known)),
            "{what}: {kind}"
        );
    }
}

fn around(text: &str, part: &str) -> String {
    let at = text.find(part).unwrap_or_default();
    text.chars().skip(text[..at].chars().count().saturating_sub(80)).take(200).collect()
}

/// Saves with `text` in one field after the other, and then in all that took it; the pages that show it have to be looked at.
async fn save_each(client: &Client, function: &str, arguments: impl Fn(Value) -> Value, fields: &[&str], text: &str) -> bool {
    let mut taken = json!({});
    for field in fields {
        let reply = client.call(function, &arguments(json!({ *field: text }))).await;
        is_text(&reply, &format!("{function} {field} {text:?}"));
        match reply.status {
            // A name is taken by then.
            StatusCode::OK if *field == "name" => taken[*field] = json!(format!("{text} again")),
            StatusCode::OK => taken[*field] = json!(text),
            // Refused by the name of the field, as a word that is no choice, or since there is one of that name.
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST | StatusCode::CONFLICT | StatusCode::NOT_FOUND => {}
            other => panic!("{function} {field} {text:?}: {other} {}", reply.text),
        }
    }
    client.call(function, &arguments(taken)).await.status.is_success()
}

fn names<Field: Copy>(fields: &[Field], name: impl Fn(Field) -> &'static str) -> Vec<&'static str> {
    fields.iter().map(|field| name(*field)).collect()
}

#[tokio::test]
async fn what_is_typed_into_any_field_of_any_form_is_text_on_every_page() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let milano = group(&app, "Milano").await;
    let account_fields = names(&AccountField::ALL, AccountField::name);
    let group_fields = names(&GroupField::ALL, GroupField::name);
    let profile_fields = names(&ProfileField::ALL, ProfileField::name);
    for (n, text) in TEXTS.into_iter().enumerate() {
        let [account, group, profile] = [(); 3].map(|()| Uuid::now_v7());
        let number = |digit: usize| format!("{}", 3_901_000 + 10 * n + digit);
        let calls = std::cell::Cell::new(0);
        // Under one id, the first that is taken stays; so each call has an id of its own, but for the last.
        let id = |own: Uuid, fields: &[&str]| {
            calls.set(calls.get() + 1);
            if calls.get() > fields.len() { own } else { Uuid::now_v7() }
        };
        let created = save_each(
            &admin,
            "create_account",
            |changes| {
                let numbers =
                    json!({ "username": format!("{}{:03}", number(0), calls.get()), "number": format!("{}{:03}", number(1), calls.get()) });
                json!({ "id": id(account, &account_fields), "draft": pgsm(milano, &over(numbers, &changes)) })
            },
            &account_fields,
            text,
        )
        .await;
        assert!(created, "{text:?}");
        calls.set(0);
        let create_group = |changes: Value| {
            let draft = over(json!({ "name": format!("Group {n} {}", calls.get()), "company": "", "email": "", "profile": "" }), &changes);
            json!({ "id": id(group, &group_fields), "draft": draft })
        };
        let created = save_each(&admin, "create_group", create_group, &group_fields, text).await;
        calls.set(0);
        let create_profile = |changes: Value| {
            let draft = over(profile_draft(&format!("Profile {n} {}", calls.get())), &changes);
            json!({ "id": id(profile, &profile_fields), "draft": draft })
        };
        save_each(&admin, "create_profile", create_profile, &profile_fields, text).await;
        for path in [
            format!("/accounts/{account}"),
            format!("/accounts/{account}/edit"),
            format!("/groups/{group}/edit"),
            format!("/profiles/{profile}/edit"),
        ] {
            let page = admin.get(&path).await;
            is_text(&page, &format!("{path} {text:?}"));
            assert!(page.status == StatusCode::OK || !path.contains("/accounts/"), "{path} {text:?}: {}", page.status);
        }
        assert!(created || !text.starts_with('<'), "a name may hold any text");
    }
    for path in [
        "/groups",
        "/accounts?size=100",
        "/profiles",
        "/messages",
        "/batches",
        "/settings",
        "/accounts/export.csv",
        "/accounts/new",
        "/batches/new",
    ] {
        let page = admin.get(path).await;
        is_text(&page, path);
        assert_eq!(page.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_form_that_is_refused_shows_what_was_typed_as_text() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let milano = group(&app, "Milano").await;
    let before = everything(&app.pool).await;
    let id = Uuid::now_v7().to_string();
    let choices = [
        "group",
        "profile",
        "visible",
        "keep_alive",
        "account_type",
        "security_model",
        "obfuscation",
        "transport",
        "media_encryption",
        "kind",
        "sip_digest",
        "sip_transport",
    ];
    let forms: [(&str, Vec<&str>); 8] = [
        ("/accounts/new", names(&AccountField::ALL, AccountField::name)),
        ("/accounts/wizard", names(&AccountField::ALL, AccountField::name)),
        ("/groups/new", names(&GroupField::ALL, GroupField::name)),
        ("/profiles/new", names(&ProfileField::ALL, ProfileField::name)),
        ("/settings", names(&GatewayField::ALL, GatewayField::name)),
        ("/settings/sip", names(&SipField::ALL, SipField::name)),
        ("/settings/test", vec!["number"]),
        ("/password", vec!["current", "new", "repeat"]),
    ];
    for text in TEXTS {
        for (path, fields) in &forms {
            // With the choices as they should be, so that the form is read at all; and with nonsense in them, too.
            for with_choices in [false, true] {
                let mut form: Vec<(&str, &str)> =
                    fields.iter().filter(|field| with_choices || !choices.contains(field)).map(|field| (*field, text)).collect();
                let milano = milano.to_string();
                match *path {
                    "/password" => {}
                    "/settings/test" => form.push(("id", &id)),
                    "/settings" | "/settings/sip" => form.push(("version", "1")),
                    _ => form.extend([("id", id.as_str()), ("version", "0")]),
                }
                if !with_choices && path.starts_with("/accounts") {
                    form.extend([("group", milano.as_str()), ("account_type", "PGSM"), ("security_model", "SDES"), ("obfuscation", "ON")]);
                }
                let reply = admin.post_form(path, &form).await;
                is_text(&reply, &format!("{path} {text:?}"));
                assert!(reply.status.is_client_error(), "{path} {text:?}: {} {}", reply.status, reply.text);
            }
        }
    }
    let touched = changed(&before, &everything(&app.pool).await);
    assert!(
        touched.iter().all(|table| table == "public.sign_in_limits" || table == "public.groups" || table == "public.audit_log"),
        "{touched:?}"
    );
}

#[tokio::test]
async fn settings_take_no_text_that_is_none_of_theirs() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    for text in TEXTS {
        let mut gateway = admin.call("gateway_form", &json!({})).await.json();
        for field in GatewayField::ALL {
            let draft = over(gateway["draft"].clone(), &json!({ field.name(): text }));
            let reply = admin.call("save_gateway", &json!({ "version": gateway["version"], "draft": draft })).await;
            is_text(&reply, &format!("{field:?} {text:?}"));
            if reply.status.is_success() {
                gateway = admin.call("gateway_form", &json!({})).await.json();
            }
        }
        let sip = admin.call("sip_form", &json!({})).await.json();
        for field in SipField::ALL {
            let draft = over(sip["draft"].clone(), &json!({ field.name(): text }));
            let reply = admin.call("save_sip", &json!({ "version": sip["version"], "draft": draft, "confirmed": true })).await;
            is_text(&reply, &format!("{field:?} {text:?}"));
            assert!(reply.status.is_client_error(), "{field:?} {text:?}: {}", reply.text);
        }
        is_text(&admin.get("/settings").await, text);
    }
}

/// Every parameter that a page or a file looks at, and some that none knows.
const PARAMETERS: [(&str, &[&str]); 9] = [
    (
        "/accounts",
        &[
            "q", "group", "batch", "type", "security", "enabled", "status", "online", "outdated", "sort", "dir", "size", "at", "after",
            "before", "done", "x",
        ],
    ),
    (
        "/accounts/export.csv",
        &[
            "q", "group", "batch", "type", "security", "enabled", "status", "online", "outdated", "sort", "dir", "size", "at", "after",
            "before", "column", "x",
        ],
    ),
    ("/registered", &["q", "group", "sort", "dir", "after", "before", "at", "done"]),
    ("/messages", &["q", "state", "kind", "before"]),
    ("/groups", &["done", "q", "sort"]),
    ("/settings", &["test", "done"]),
    ("/batches/new", &["group"]),
    ("/accounts/new", &["group", "type"]),
    ("/sign-in", &["next", "name"]),
];

#[tokio::test]
async fn what_stands_in_any_parameter_of_any_address_is_text() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let milano = group(&app, "Milano").await;
    invented(&app, milano, 1..=20).await;
    let before = everything(&app.pool).await;
    for (path, parameters) in PARAMETERS {
        for text in TEXTS {
            // All at once, since each is read for itself …
            let query: Vec<String> = parameters.iter().map(|name| format!("{name}={}", encode(text))).collect();
            let reply = admin.get(&format!("{path}?{}", query.join("&"))).await;
            is_text(&reply, &format!("{path} {text:?}"));
            assert!(matches!(reply.status, StatusCode::OK | StatusCode::SEE_OTHER), "{path} {text:?}: {} {}", reply.status, reply.text);
        }
        // … and in one that says more than names and values.
        for query in ["&&=&==", "q", "q[]=x", "q=%ff%fe", "%00=%00", "q=x&q=y&q=z", "sort=number%20DESC&sort=1", "'=1&\"=2"] {
            let reply = admin.get(&format!("{path}?{query}")).await;
            is_text(&reply, &format!("{path}?{query}"));
            assert!(matches!(reply.status, StatusCode::OK | StatusCode::SEE_OTHER), "{path}?{query}: {} {}", reply.status, reply.text);
        }
    }
    let mut changed = changed(&before, &everything(&app.pool).await);
    // That a list was taken away as a file is an entry.
    changed.retain(|table| !table.contains("public.audit_"));
    assert_eq!(changed, [""; 0]);
}

#[tokio::test]
async fn sorting_and_filtering_by_call_take_words_of_theirs_alone() {
    let app = TestApp::start().await;
    let viewer = app.sign_in_as(Role::Viewer).await;
    for text in TEXTS {
        for query in [
            json!({ "sort": text, "descending": false }),
            json!({ "sort": "owner", "descending": text }),
            json!({ "sort": "owner", "descending": false, "filter": { "account_type": text } }),
            json!({ "sort": "owner", "descending": false, "filter": { "statuses": [text] } }),
            json!({ "sort": "owner", "descending": false, "filter": { "group": text } }),
            json!({ "sort": "owner", "descending": false, text: text }),
        ] {
            let reply = viewer.call("list_accounts", &json!({ "query": query, "counts": true })).await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{query}: {}", reply.text);
        }
        let needle = json!({ "query": { "sort": "owner", "descending": false, "filter": { "needle": text } }, "counts": true });
        assert_eq!(viewer.call("list_accounts", &needle).await.status, StatusCode::OK, "{text:?}");
        assert_eq!(
            viewer.call("list_messages", &json!({ "query": { "filter": { "needle": text } } })).await.status,
            StatusCode::OK,
            "{text:?}"
        );
    }
}

#[tokio::test]
async fn rows_of_a_file_are_text_and_what_is_exported_is_no_formula() {
    let app = TestApp::start().await;
    let operator = app.sign_in_as(Role::Operator).await;
    let (milano, profile) = (group(&app, "=1+1").await, profile(&app.pool).await);
    let formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=HYPERLINK(\"https://evil.example\")", "'=1"];
    let mut made = 0;
    for (n, text) in TEXTS.into_iter().chain(formulas).enumerate() {
        let cell = format!("\"{}\"", text.replace('"', "\"\""));
        let row = format!("2,{cell},+3932000{n:05},,,{cell}\r\n");
        let reply = Reply::of(operator.request(Method::POST, &address(Uuid::now_v7(), milano, profile, 1, 1)).body(row)).await;
        is_text(&reply, text);
        match last(&reply) {
            done if done == json!({ "done": 1 }) => made += 1,
            refused => assert!(refused["refused"]["sentence"].is_string(), "{text:?}: {}", reply.text),
        }
    }
    assert!(made > 15, "{made}");
    is_text(&operator.get("/accounts?size=100").await, "the list");
    let file = operator.get("/accounts/export.csv?column=fullName&column=description&column=group&column=username").await;
    assert!(file.header("content-type").starts_with("text/csv") && file.header("content-disposition").starts_with("attachment"));
    let mut rows = 0;
    // Every cell as a spreadsheet takes it.
    for cell in cells(file.text.trim_start_matches('\u{feff}')) {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?} is a formula");
        rows += 1;
    }
    assert!(rows > 4 * made, "{rows}");
}

/// The cells of a CSV file (RFC 4180).
fn cells(text: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                cell.push('"');
                letters.next();
            }
            '"' => quoted = !quoted,
            ',' | '\n' if !quoted => cells.push(std::mem::take(&mut cell)),
            '\r' if !quoted && letters.peek() == Some(&'\n') => {}
            other => cell.push(other),
        }
    }
    cells
}
