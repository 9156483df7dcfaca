//! Everything that is written, as one request that can be sent again, and how the database tells whether it was done: whole and once,
//! or not at all. The history belongs to it.

use app::domain::role::Role;
use app::links::LinkKind;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use super::ask;
use crate::batch_upload::{address, profile as some_profile, sent};
use crate::support::accounts::{created, group, over, pgsm, profile, profile_draft};
use crate::support::gateways::draft as gateway_draft;
use crate::support::{Reply, TestApp};

pub struct Write {
    who: Role,
    call: Call,
    /// Where its rows go last, or nearly so: who holds this table stops it in its middle.
    pub last_table: &'static str,
    /// Whether all of it is there, once.
    done: String,
    /// Whether nothing of it is there.
    undone: String,
}

enum Call {
    Function(&'static str, Value),
    /// A button of a page that a link opens.
    Press(String),
    /// What a phone fetches.
    Fetch(String),
    Upload(String, String),
}

impl Write {
    /// Sends the request to a server; nothing when the line breaks before the answer is whole.
    pub async fn send(&self, app: &TestApp) -> Option<Reply> {
        let signed_in = app.sign_in_as(self.who).await;
        let request = match &self.call {
            Call::Function(name, arguments) => signed_in.request(Method::POST, &format!("/api/{name}")).json(arguments),
            Call::Press(path) => app.anonymous().request(Method::POST, path).header("accept", "text/html").form(&[("", ""); 0]),
            Call::Fetch(path) => app.anonymous().request(Method::GET, path),
            Call::Upload(path, body) => signed_in.request(Method::POST, path).body(body.clone()),
        };
        Reply::try_of(request).await
    }

    pub async fn is_done(&self, pool: &PgPool) -> bool {
        ask(pool, &format!("SELECT {}", self.done)).await
    }

    pub async fn is_undone(&self, pool: &PgPool) -> bool {
        ask(pool, &format!("SELECT {}", self.undone)).await
    }

    fn new(who: Role, function: &'static str, arguments: Value, data: &str, history: &History) -> Self {
        let told = |count| {
            format!(
                "(SELECT count(*) FROM audit_log WHERE subject_id = ANY ('{{{}}}') AND action = '{}') = {count}",
                history.of, history.action
            )
        };
        Self {
            who,
            call: Call::Function(function, arguments),
            last_table: "audit_log",
            done: format!("({data}) AND {}", told(history.count)),
            undone: format!("NOT ({data}) AND {}", told(0)),
        }
    }
}

/// So many entries of this action, of these subjects.
struct History {
    of: String,
    action: &'static str,
    count: usize,
}

fn one(of: Uuid, action: &'static str) -> History {
    History { of: of.to_string(), action, count: 1 }
}

/// A group with an account in it.
async fn account(app: &TestApp) -> (Uuid, Uuid) {
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(app, "Ufficio").await;
    (group, created(&operator, &pgsm(group, &json!({}))).await)
}

pub async fn create_account(app: &TestApp) -> Write {
    let (id, group) = (Uuid::now_v7(), group(app, "Ufficio").await);
    let data = format!("EXISTS (SELECT FROM accounts JOIN account_digests ON account_id = id WHERE id = '{id}')");
    Write::new(Role::Operator, "create_account", json!({ "id": id, "draft": pgsm(group, &json!({})) }), &data, &one(id, "created"))
}

pub async fn create_by_wizard(app: &TestApp) -> Write {
    let (id, group, profile) = (Uuid::now_v7(), group(app, "Ufficio").await, some_profile(&app.pool).await);
    let draft = pgsm(group, &json!({ "password": "", "repeat_password": "", "profile": profile }));
    let data = format!("EXISTS (SELECT FROM accounts WHERE id = '{id}' AND awaits_activation)");
    Write::new(Role::Operator, "create_by_wizard", json!({ "id": id, "draft": draft }), &data, &one(id, "created the account by wizard"))
}

pub async fn edit_account(app: &TestApp) -> Write {
    let (group, id) = account(app).await;
    let draft = pgsm(group, &json!({ "owner": "Grace", "password": "An0ther-Kettle", "repeat_password": "An0ther-Kettle" }));
    let old = ask::<String>(&app.pool, &format!("SELECT ha1_md5 FROM account_digests WHERE account_id = '{id}'")).await;
    let data = format!(
        "EXISTS (SELECT FROM accounts JOIN account_digests ON account_id = id WHERE id = '{id}' AND owner = 'Grace' AND version = 2 AND ha1_md5 <> '{old}')"
    );
    Write::new(Role::Operator, "update_account", json!({ "id": id, "version": 1, "draft": draft }), &data, &one(id, "updated"))
}

pub async fn disable_account(app: &TestApp) -> Write {
    let (_, id) = account(app).await;
    let data = format!("EXISTS (SELECT FROM accounts WHERE id = '{id}' AND NOT enabled)");
    Write::new(Role::Operator, "enable_account", json!({ "id": id, "enabled": false }), &data, &one(id, "disabled"))
}

pub async fn delete_account(app: &TestApp) -> Write {
    let (_, id) = account(app).await;
    let data = format!("NOT EXISTS (SELECT FROM accounts WHERE id = '{id}') AND EXISTS (SELECT FROM account_tombstones WHERE id = '{id}')");
    Write::new(Role::Operator, "delete_account", json!({ "id": id }), &data, &one(id, "deleted"))
}

pub async fn change_many(app: &TestApp) -> Write {
    let (group, first) = account(app).await;
    let operator = app.sign_in_as(Role::Operator).await;
    let second = created(&operator, &pgsm(group, &json!({ "username": "3204", "number": "3204" }))).await;
    let data = format!("(SELECT count(*) FROM accounts WHERE id IN ('{first}', '{second}') AND NOT enabled) = 2");
    let history = History { of: format!("{first},{second}"), action: "disabled", count: 2 };
    let arguments = json!({ "selection": { "rows": [first, second] }, "action": "disable" });
    Write::new(Role::Operator, "change_accounts", arguments, &data, &history)
}

pub async fn import_batch(app: &TestApp) -> Write {
    let (id, group, profile) = (Uuid::now_v7(), group(app, "Ufficio").await, some_profile(&app.pool).await);
    let data = format!("(SELECT count(*) FROM accounts WHERE batch_id = '{id}') = 3");
    let write = Write::new(Role::Operator, "", Value::Null, &data, &one(id, "imported"));
    Write { call: Call::Upload(address(id, group, profile, 3, 3), sent(3, 0)), ..write }
}

pub async fn undo_batch(app: &TestApp) -> Write {
    let imported = import_batch(app).await;
    assert!(imported.send(app).await.unwrap().status.is_success());
    let id: Uuid = ask(&app.pool, "SELECT id FROM batches").await;
    let data = format!("NOT EXISTS (SELECT FROM accounts WHERE batch_id = '{id}')");
    Write::new(Role::Operator, "undo_batch", json!({ "id": id }), &data, &one(id, "undone"))
}

fn group_draft(name: &str) -> Value {
    json!({ "name": name, "company": "", "email": "", "profile": "" })
}

pub async fn create_group(_: &TestApp) -> Write {
    let id = Uuid::now_v7();
    let data = format!("EXISTS (SELECT FROM groups WHERE id = '{id}')");
    Write::new(Role::Admin, "create_group", json!({ "id": id, "draft": group_draft("Sede") }), &data, &one(id, "created"))
}

pub async fn edit_group(app: &TestApp) -> Write {
    let id = group(app, "Ufficio").await;
    let data = format!("EXISTS (SELECT FROM groups WHERE id = '{id}' AND name = 'Sede' AND version = 2)");
    Write::new(Role::Admin, "update_group", json!({ "id": id, "version": 1, "draft": group_draft("Sede") }), &data, &one(id, "updated"))
}

pub async fn delete_group(app: &TestApp) -> Write {
    let id = group(app, "Ufficio").await;
    let data = format!("NOT EXISTS (SELECT FROM groups WHERE id = '{id}')");
    Write::new(Role::Admin, "delete_group", json!({ "id": id }), &data, &one(id, "deleted"))
}

pub async fn create_profile(_: &TestApp) -> Write {
    let id = Uuid::now_v7();
    let data = format!("EXISTS (SELECT FROM provisioning_profiles WHERE id = '{id}')");
    Write::new(Role::Admin, "create_profile", json!({ "id": id, "draft": profile_draft("Sede") }), &data, &one(id, "created"))
}

pub async fn edit_profile(app: &TestApp) -> Write {
    let id = profile(app, "Ufficio").await;
    let version: i32 = ask(&app.pool, &format!("SELECT version FROM provisioning_profiles WHERE id = '{id}'")).await;
    let data = format!("EXISTS (SELECT FROM provisioning_profiles WHERE id = '{id}' AND name = 'Sede' AND version = {})", version + 1);
    let arguments = json!({ "id": id, "version": version, "draft": profile_draft("Sede") });
    Write::new(Role::Admin, "update_profile", arguments, &data, &one(id, "updated"))
}

pub async fn make_default_profile(app: &TestApp) -> Write {
    let id = profile(app, "Ufficio").await;
    let data = format!("(SELECT array_agg(id) FROM provisioning_profiles WHERE is_default) = ARRAY['{id}'::uuid]");
    Write::new(Role::Admin, "make_default_profile", json!({ "id": id }), &data, &one(id, "made default"))
}

pub async fn delete_profile(app: &TestApp) -> Write {
    let id = profile(app, "Ufficio").await;
    let data = format!("NOT EXISTS (SELECT FROM provisioning_profiles WHERE id = '{id}')");
    Write::new(Role::Admin, "delete_profile", json!({ "id": id }), &data, &one(id, "deleted"))
}

pub async fn save_sip_settings(app: &TestApp) -> Write {
    let start = app.sign_in_as(Role::Admin).await.call("sip_form", &json!({})).await.json();
    let arguments = json!({ "version": start["version"], "draft": over(start["draft"].clone(), &json!({ "sip_domain": "sip.example.com" })), "confirmed": false });
    let data = "EXISTS (SELECT FROM settings WHERE sip_domain = 'sip.example.com')";
    // There is one row of these settings; the history knows it by this id.
    let id = Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001);
    Write::new(Role::Admin, "save_sip", arguments, data, &one(id, "updated"))
}

pub async fn save_gateway(app: &TestApp) -> Write {
    let (version, draft) = gateway_draft(app, &json!({ "per_hour": "777" })).await;
    let id = Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0002);
    let data = "EXISTS (SELECT FROM sms_settings WHERE per_hour = 777)";
    Write::new(Role::Admin, "save_gateway", json!({ "version": version, "draft": draft }), data, &one(id, "updated"))
}

pub async fn send_sms(app: &TestApp) -> Write {
    let ((_, id), message) = (account(app).await, Uuid::now_v7());
    let data = format!(
        "(SELECT count(*) FROM messages WHERE account_id = '{id}') = 1 AND (SELECT count(*) FROM account_links WHERE account_id = '{id}') = 1
         AND EXISTS (SELECT FROM accounts WHERE id = '{id}' AND last_status = 'activation_sms_sent')"
    );
    let arguments = json!({ "message": message, "account": id, "kind": "activation" });
    Write::new(Role::Operator, "send_sms", arguments, &data, &one(id, "sent an Activation SMS"))
}

pub async fn resend_sms(app: &TestApp) -> Write {
    let first = send_sms(app).await;
    assert!(first.send(app).await.unwrap().status.is_success());
    let (id, of): (Uuid, Uuid) = sqlx::query_as("SELECT account_id, id FROM messages").fetch_one(&app.pool).await.unwrap();
    let failed = "UPDATE messages SET state = 'failed', lease_until = NULL, queued_at = queued_at - interval '5 minutes'";
    sqlx::query(failed).execute(&app.pool).await.unwrap();
    let entries = |count: usize| {
        format!("(SELECT count(*) FROM audit_log WHERE subject_id = '{id}' AND action = 'sent an Activation SMS') = {count}")
    };
    let messages = |count: usize| format!("(SELECT count(*) FROM messages WHERE account_id = '{id}') = {count}");
    Write {
        who: Role::Operator,
        call: Call::Function("resend_sms", json!({ "message": Uuid::now_v7(), "of": of })),
        last_table: "audit_log",
        // Beside the first.
        done: format!("{} AND {}", messages(2), entries(2)),
        undone: format!("{} AND {}", messages(1), entries(1)),
    }
}

pub async fn drop_registration(app: &TestApp) -> Write {
    let (_, id) = account(app).await;
    sqlx::query("INSERT INTO sip.location (username, ruid, contact, expires) VALUES ('2086693379', 'r', 'sip:1@192.0.2.7', extract(epoch FROM now()) + 6000)")
        .execute(&app.pool)
        .await
        .unwrap();
    let data = "NOT EXISTS (SELECT FROM sip.location)";
    Write::new(Role::Operator, "drop_registration", json!({ "id": id }), data, &one(id, "dropped the registration"))
}

/// The way of an activation up to its link.
async fn activation_link(app: &TestApp) -> (Uuid, String) {
    let sent = send_sms(app).await;
    assert!(sent.send(app).await.unwrap().status.is_success());
    let (id, link): (Uuid, Uuid) = sqlx::query_as("SELECT account_id, link_id FROM messages").fetch_one(&app.pool).await.unwrap();
    let address = LinkKind::Activation.address("", &app.state.service.keys.link_token(link));
    (id, address.expose().to_owned())
}

fn of_events(call: Call, id: Uuid, event: &str, data: &str) -> Write {
    let told = |count: usize| format!("(SELECT count(*) FROM account_events WHERE account_id = '{id}' AND event = '{event}') = {count}");
    Write {
        who: Role::Operator,
        call,
        last_table: "account_events",
        done: format!("({data}) AND {}", told(1)),
        undone: format!("NOT ({data}) AND {}", told(0)),
    }
}

pub async fn press_activation(app: &TestApp) -> Write {
    let (id, address) = activation_link(app).await;
    let data = format!("(SELECT count(*) FROM account_links WHERE account_id = '{id}' AND kind = 'configuration') = 1");
    of_events(Call::Press(address), id, "activation_clicked", &data)
}

pub async fn hand_out_configuration(app: &TestApp) -> Write {
    let (id, address) = activation_link(app).await;
    assert!(app.anonymous().post_form(&address, &[]).await.status.is_success());
    let of_phone = format!("SELECT id FROM account_links WHERE account_id = '{id}' AND kind = 'configuration'");
    let link: Uuid = ask(&app.pool, &of_phone).await;
    let address = LinkKind::Configuration.address("", &app.state.service.keys.link_token(link)).expose().to_owned();
    let data = format!("EXISTS (SELECT FROM account_links WHERE id = '{link}' AND used_at IS NOT NULL)");
    of_events(Call::Fetch(address), id, "activated", &data)
}
