//! Operators who are limited to groups, at every address: what is outside answers as what is not there, and nothing of it is told or
//! changed. An address that is in no list here fails the test.

use app::access::{Access, access};
use app::domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::accounts::{SIP_PASSWORD, group, over, pgsm};
use crate::support::{Client, Reply, TestApp};

/// What is in the names and texts of everything outside, and nowhere else.
const SECRET: &str = "Segreta";

/// An account with an SMS and a batch in a group, or ids that nothing has.
struct Things {
    group: Uuid,
    account: Uuid,
    message: Uuid,
    batch: Uuid,
}

impl Things {
    fn none() -> Self {
        Self { group: Uuid::now_v7(), account: Uuid::now_v7(), message: Uuid::now_v7(), batch: Uuid::now_v7() }
    }

    /// New ones, straight into the tables: the `nth` of all.
    async fn new(app: &TestApp, group: Uuid, name: &str, nth: usize) -> Self {
        let things = Self { group, ..Self::none() };
        let Self { account, message, batch, .. } = things;
        let (username, number) = (format!("{}", 5_000_000 + nth), format!("+39330{nth:06}"));
        for sql in [
            "INSERT INTO batches (id, file_name, group_id, operator_name, rows_read, created) VALUES ($1, $6 || '.csv', $2, 'marta', 1, 1)",
            "INSERT INTO accounts (id, batch_id, group_id, username, number, owner, account_type, security_model, obfuscation_key, enabled,
                                   awaits_activation, last_status)
             VALUES ($3, $1, $2, $5, $7, $6, 'PGSM', 'SDES', 9, false, true, 'created')",
            "INSERT INTO messages (id, kind, account_id, owner, username, number, text, coding, parts, state, give_up_at, operator_name)
             VALUES ($4, 'installation', $3, $6, $5, $7, 'Ciao ' || $6, 'gsm7', 1, 'failed', now(), 'marta')",
            "INSERT INTO sip.location (ruid, username, contact, user_agent, expires, last_modified)
             VALUES ($5, $5, 'sip:' || $5 || '@10.0.0.2:5060', $6, extract(epoch FROM now())::bigint + 3600, 0)",
        ] {
            // Each is given all, and takes what it needs.
            let typed = format!("WITH given AS (SELECT $1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::text, $6::text, $7::text) {sql}");
            let query = sqlx::query(sqlx::AssertSqlSafe(typed)).bind(batch).bind(group).bind(account).bind(message);
            query.bind(&username).bind(name).bind(&number).execute(&app.pool).await.unwrap();
        }
        things
    }
}

/// What is asked at an address.
enum Asked {
    Page(String),
    Form(String, Vec<(&'static str, String)>),
    Call(Value),
    Text(String, String),
    /// An answer without an end: `scope_limits.rs` reads it.
    Elsewhere,
}
use Asked::{Call, Elsewhere, Form, Page, Text};

/// How much the answer says of what was named.
#[derive(Clone, Copy, PartialEq)]
enum Says {
    /// Of what is inside, another answer than of what is not there.
    Other,
    /// Nothing of it is named, or nothing is told: no difference.
    Same,
}
use Says::{Other, Same};

/// An address, with what is asked of [`Things`] there.
type Row = (&'static str, &'static str, Says, fn(&Things) -> Asked);

/// Every address that a signed-in operator may call.
const ROWS: &[Row] = &[
    ("GET", "/", Same, |_| Page("/".into())),
    ("GET", "/live", Same, |_| Elsewhere),
    ("GET", "/me", Same, |_| Page("/me".into())),
    ("POST", "/me", Same, |_| Form("/me".into(), vec![("end", "others".into())])),
    ("POST", "/api/own_account", Same, |_| Call(json!({}))),
    ("GET", "/groups", Same, |_| Page("/groups".into())),
    ("GET", "/profiles", Same, |_| Page("/profiles".into())),
    ("GET", "/accounts", Other, |of| Page(format!("/accounts?group={}", of.group))),
    ("GET", "/accounts/export.csv", Other, |of| Page(format!("/accounts/export.csv?group={}", of.group))),
    ("GET", "/accounts/new", Same, |of| Page(format!("/accounts/new?group={}", of.group))),
    ("POST", "/accounts/new", Other, |of| Form("/accounts/new".into(), form(Uuid::now_v7(), of.group))),
    ("GET", "/accounts/wizard", Same, |of| Page(format!("/accounts/wizard?group={}", of.group))),
    ("POST", "/accounts/wizard", Other, |of| {
        // The wizard asks for no password.
        let fields = form(Uuid::now_v7(), of.group).into_iter().filter(|(name, _)| !name.ends_with("password"));
        Form("/accounts/wizard".into(), fields.collect())
    }),
    ("GET", "/accounts/:id", Other, |of| Page(format!("/accounts/{}", of.account))),
    ("GET", "/accounts/:id/edit", Other, |of| Page(format!("/accounts/{}/edit", of.account))),
    ("POST", "/accounts/:id/edit", Other, |of| Form(format!("/accounts/{}/edit", of.account), form(of.account, of.group))),
    ("GET", "/registered", Other, |of| Page(format!("/registered?group={}", of.group))),
    ("GET", "/messages", Same, |_| Page("/messages".into())),
    ("GET", "/batches", Same, |_| Page("/batches".into())),
    ("GET", "/batches/new", Same, |_| Page("/batches/new".into())),
    ("GET", "/batches/template.csv", Same, |_| Page("/batches/template.csv".into())),
    ("GET", "/batches/:id", Other, |of| Page(format!("/batches/{}", of.batch))),
    ("POST", "/batches/numbers", Same, |_| Text("/batches/numbers".into(), "393209999999\n".into())),
    ("POST", "/batches/:id", Other, |of| {
        let profile = "00000000-0000-0000-0000-000000000000";
        let query = format!("file_name=people.csv&group={}&profile={profile}&rows_read=1&rows=1", of.group);
        Text(format!("/batches/{}?{query}", Uuid::now_v7()), "no row".into())
    }),
    ("POST", "/api/list_groups", Same, |_| Call(json!({}))),
    ("POST", "/api/group_names", Same, |_| Call(json!({}))),
    ("POST", "/api/list_profiles", Same, |_| Call(json!({}))),
    ("POST", "/api/list_accounts", Other, |of| {
        Call(json!({ "query": { "filter": { "group": of.group }, "sort": "owner", "descending": false }, "counts": true }))
    }),
    ("POST", "/api/count_accounts", Other, |of| Call(json!({ "filter": { "batch": of.batch } }))),
    ("POST", "/api/accounts_of", Other, |of| Call(json!({ "ids": [of.account] }))),
    ("POST", "/api/account_now", Other, |of| Call(json!({ "id": of.account }))),
    ("POST", "/api/change_accounts", Other, |of| Call(json!({ "selection": { "rows": [of.account] }, "action": "send_activation" }))),
    ("POST", "/api/show_account", Other, |of| Call(json!({ "id": of.account }))),
    ("POST", "/api/new_account_form", Same, |of| Call(json!({ "group": of.group, "account_type": "PGSM" }))),
    ("POST", "/api/wizard_form", Same, |of| Call(json!({ "group": of.group }))),
    ("POST", "/api/create_by_wizard", Other, |of| {
        let draft = over(pgsm(of.group, &free()), &json!({ "password": "", "repeat_password": "", "profile": SHIPPED }));
        Call(json!({ "id": Uuid::now_v7(), "draft": draft }))
    }),
    ("POST", "/api/edit_account_form", Other, |of| Call(json!({ "id": of.account }))),
    ("POST", "/api/suggest_username", Same, |_| Call(json!({}))),
    ("POST", "/api/taken_fields", Same, |of| Call(json!({ "id": of.account, "username": "77712345", "number": "77712345" }))),
    ("POST", "/api/create_account", Other, |of| Call(json!({ "id": Uuid::now_v7(), "draft": pgsm(of.group, &free()) }))),
    ("POST", "/api/update_account", Other, |of| Call(json!({ "id": of.account, "version": 1, "draft": pgsm(of.group, &free()) }))),
    ("POST", "/api/enable_account", Other, |of| Call(json!({ "id": of.account, "enabled": false }))),
    ("POST", "/api/delete_account", Other, |of| Call(json!({ "id": of.account }))),
    ("POST", "/api/drop_registration", Other, |of| Call(json!({ "id": of.account }))),
    ("POST", "/api/preview_sms", Other, |of| Call(json!({ "account": of.account, "kind": "activation" }))),
    ("POST", "/api/is_development_gateway", Same, |_| Call(json!({}))),
    ("POST", "/api/send_sms", Other, |of| Call(json!({ "message": Uuid::now_v7(), "account": of.account, "kind": "activation" }))),
    ("POST", "/api/show_activation_code", Other, |of| Call(json!({ "account": of.account }))),
    ("POST", "/api/copy_activation_link", Other, |of| Call(json!({ "account": of.account }))),
    ("POST", "/api/list_messages", Same, |_| Call(json!({ "query": {} }))),
    ("POST", "/api/messages_now", Other, |of| Call(json!({ "ids": [of.message], "newest": null }))),
    ("POST", "/api/resend_sms", Other, |of| Call(json!({ "message": Uuid::now_v7(), "of": of.message }))),
    ("POST", "/api/list_batches", Other, |of| Call(json!({ "before": of.batch }))),
    ("POST", "/api/show_batch", Other, |of| Call(json!({ "id": of.batch }))),
    ("POST", "/api/new_batch_form", Same, |_| Call(json!({}))),
    ("POST", "/api/is_batch_stored", Other, |of| Call(json!({ "id": of.batch }))),
    ("POST", "/api/undo_batch", Other, |of| Call(json!({ "id": of.batch }))),
];

/// The profile that ships.
const SHIPPED: &str = "00000000-0000-7000-8000-000000000001";

/// A username and a number that nobody has.
fn free() -> Value {
    let nth = Uuid::now_v7().as_u128() % 1_000_000_000;
    json!({ "username": format!("9{nth:09}"), "number": format!("+3932{nth:09}") })
}

/// An account as a browser without WASM posts it.
fn form(id: Uuid, group: Uuid) -> Vec<(&'static str, String)> {
    let free = free();
    let text = |name: &str| free[name].as_str().unwrap().to_owned();
    let fields = [
        ("id", id.to_string()),
        ("version", "1".into()),
        ("username", text("username")),
        ("number", text("number")),
        ("password", SIP_PASSWORD.into()),
        ("repeat_password", SIP_PASSWORD.into()),
        ("group", group.to_string()),
        ("visible", "on".into()),
        ("profile", SHIPPED.into()),
        ("account_type", "PGSM".into()),
        ("security_model", "SDES".into()),
        ("obfuscation", "ON".into()),
        ("obfuscation_key", "9".into()),
        ("call_limit", "2".into()),
    ];
    fields.into()
}

async fn ask(client: &Client, address: &str, asked: Asked) -> Option<Reply> {
    Some(match asked {
        Page(path) => client.get(&path).await,
        Form(path, fields) => {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            client.post_form(&path, &fields).await
        }
        Call(arguments) => client.call(address.trim_start_matches("/api/"), &arguments).await,
        Text(path, text) => Reply::of(client.request(Method::POST, &path).body(text)).await,
        Elsewhere => return None,
    })
}

/// An answer without ids and without what is drawn by chance or by the clock.
fn told(reply: &Reply) -> String {
    let is_page = reply.header("content-type").starts_with("text/html");
    // Of a page, its heading: the rest has a nonce, and what was typed or asked for.
    let heading = reply.text.split_once("<h1").and_then(|(_, rest)| rest.split_once("</h1>")).map(|(heading, _)| heading);
    let text = if is_page { heading.unwrap_or_default() } else { &reply.text };
    let mut told = String::new();
    for word in text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-') {
        let is_by_chance = word.len() >= 10 && word.bytes().filter(u8::is_ascii_digit).count() * 2 >= word.len();
        told.push_str(if Uuid::try_parse(word.get(..36).unwrap_or_default()).is_ok() || is_by_chance { "#" } else { word });
    }
    format!("{} {} {told}", reply.status, reply.location().split('?').next().unwrap_or_default())
}

/// Everything outside, as the database holds it.
async fn outside(app: &TestApp, group: Uuid) -> Vec<Option<String>> {
    let mut held = Vec::new();
    for sql in [
        "SELECT string_agg(a::text, ';' ORDER BY id) FROM accounts a WHERE group_id = $1",
        "SELECT string_agg(b::text, ';' ORDER BY id) FROM batches b WHERE group_id = $1",
        "SELECT string_agg(m::text, ';' ORDER BY m.id) FROM messages m JOIN accounts a ON a.id = m.account_id WHERE a.group_id = $1",
        "SELECT string_agg(l::text, ';' ORDER BY l.id) FROM account_links l JOIN accounts a ON a.id = l.account_id WHERE a.group_id = $1",
        "SELECT string_agg(l::text, ';' ORDER BY l.id) FROM audit_log l JOIN accounts a ON a.id = l.subject_id WHERE a.group_id = $1",
        "SELECT string_agg(l::text, ';' ORDER BY l.ruid) FROM sip.location l JOIN accounts a USING (username) WHERE a.group_id = $1",
        "SELECT string_agg(t::text, ';' ORDER BY id) FROM account_tombstones t WHERE group_id = $1",
    ] {
        held.push(sqlx::query_scalar(sql).bind(group).fetch_one(&app.pool).await.unwrap());
    }
    held
}

#[tokio::test]
async fn what_is_outside_answers_everywhere_as_what_is_not_there() {
    let app = TestApp::start().await;
    let (mine, other) = (group(&app, "Milano").await, group(&app, "Roma Segreta").await);
    let limited = app.sign_in_limited("marta", Role::Operator, &[mine]).await;
    let foreign = Things::new(&app, other, "Chiara Segreta", 1).await;
    Things::new(&app, mine, "Ada", 2).await;
    let before = outside(&app, other).await;
    let mut wrong = Vec::new();
    for (nth, (method, pattern, says, asked)) in ROWS.iter().enumerate() {
        let own = Things::new(&app, mine, "Bruno", 10 + nth).await;
        let Some(unknown) = ask(&limited, pattern, asked(&Things::none())).await else { continue };
        let denied = ask(&limited, pattern, asked(&foreign)).await.unwrap();
        if told(&denied) != told(&unknown) {
            wrong.push(format!(
                "{method} {pattern} tells {:?} of what is outside, and {:?} of what is not there",
                told(&denied),
                told(&unknown)
            ));
        }
        let allowed = ask(&limited, pattern, asked(&own)).await.unwrap();
        let is_other = told(&allowed) != told(&unknown) || allowed.text.contains("Bruno") != unknown.text.contains("Bruno");
        if allowed.status == StatusCode::BAD_REQUEST || is_other != (*says == Other) {
            wrong.push(format!("{method} {pattern} tells {:?} of what is inside", told(&allowed)));
        }
        if [unknown, denied, allowed].iter().any(|reply| reply.text.contains(SECRET)) {
            wrong.push(format!("{method} {pattern} tells names from outside"));
        }
        if outside(&app, other).await != before {
            wrong.push(format!("{method} {pattern} has changed what is outside"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_address_is_forgotten() {
    for (method, pattern) in server::router::addresses() {
        let path: Vec<&str> = pattern.split('/').map(|segment| if segment.starts_with(['{', ':']) { ":id" } else { segment }).collect();
        let path = path.join("/");
        match access(&method, &path) {
            Some(Access::Role(Role::Viewer | Role::Operator)) => {}
            // Admins are never limited; who is not signed in, or only about to, names nothing that is in a group.
            _ => continue,
        }
        let is_listed = ROWS.iter().any(|(listed, pattern, ..)| method.as_str() == *listed && path == *pattern);
        assert!(is_listed, "{method} {pattern} is in no list of this test: can it name what is in a group?");
    }
}
