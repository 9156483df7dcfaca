//! Every address that changes something leaves an entry, or is named here with the reason why not.

use std::collections::BTreeSet;

use app::domain::audit_entry::{AuditGroup, AuditKind};
use app::domain::role::Role;
use app::links::LinkKind;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::types::Uuid;

use crate::batch_upload;
use crate::support::accounts::{over, pgsm, profile_draft};
use crate::support::app::PASSWORD;
use crate::support::gateways::draft as gateway_draft;
use crate::support::second_factor;
use crate::support::{Client, Reply, TestApp};

/// Addresses that read, though they are asked by POST as all calls are.
const READS: [&str; 32] = [
    "/api/list_groups",
    "/api/group_names",
    "/api/group_form",
    "/api/list_profiles",
    "/api/profile_form",
    "/api/sip_form",
    "/api/gateway_form",
    "/api/find_test_message",
    "/api/list_audit",
    "/api/list_operators",
    "/api/show_operator",
    "/api/operator_groups",
    "/api/own_account",
    "/api/list_accounts",
    "/api/count_accounts",
    "/api/accounts_of",
    "/api/account_now",
    "/api/show_account",
    "/api/new_account_form",
    "/api/wizard_form",
    "/api/edit_account_form",
    "/api/suggest_username",
    "/api/taken_fields",
    "/api/preview_sms",
    "/api/is_development_gateway",
    "/api/list_messages",
    "/api/messages_now",
    "/api/list_batches",
    "/api/show_batch",
    "/api/new_batch_form",
    "/api/is_batch_stored",
    "/batches/numbers",
];

/// Addresses that change something and leave no entry.
const NO_ENTRY: [(&str, &str); 4] = [
    ("/i/{token}/download", "the user goes to the download: an event of the account, kept with its time"),
    ("/i/{token}/installed", "the user has installed the client: the same"),
    ("/a/{token}", "the user presses the button: an event of the account, kept with its time"),
    ("/receipts/twilio/{message}/{token}", "the gateway reports of an SMS, which keeps its state and its times"),
];

/// GETs that change something: a phone's fetch, and lists that are taken away.
const GETS: [&str; 3] = ["/c/{token}", "/accounts/export.csv", "/audit/export.csv"];

struct Walk {
    app: TestApp,
    admin: Client,
    seen: BTreeSet<String>,
}

impl Walk {
    async fn entries(&self) -> Vec<(Uuid, String, String, Option<String>)> {
        sqlx::query_as("SELECT id, action, operator_name, address FROM audit_log").fetch_all(&self.app.pool).await.unwrap()
    }

    /// Does `work`, which has to succeed, and looks for what it leaves: entries of this action, author and the address of the test.
    async fn leaves(&mut self, address: &str, action: &str, who: &str, work: impl Future<Output = Reply>) -> Reply {
        let before = self.entries().await;
        let reply = work.await;
        assert!(reply.status.is_success() || reply.status.is_redirection(), "{address}: {} {}", reply.status, reply.text);
        let new: Vec<_> = self.entries().await.into_iter().filter(|entry| !before.contains(entry)).collect();
        assert!(new.iter().any(|(_, done, ..)| done == action), "{address} leaves {new:?}, and not {action:?}");
        for (_, _, name, from) in &new {
            assert_eq!((name.as_str(), from.as_deref()), (who, Some("127.0.0.1")), "{address}");
        }
        self.seen.insert(address.to_owned());
        reply
    }

    async fn call(&mut self, function: &str, action: &str, arguments: Value) -> Reply {
        let admin = self.admin.clone();
        self.leaves(&format!("/api/{function}"), action, "admin", admin.call(function, &arguments)).await
    }

    /// Posts a draft as a browser without WASM does.
    async fn post(&mut self, address: &str, path: &str, action: &str, hidden: &[(&str, &str)], draft: &Value) -> Reply {
        let fields = draft.as_object().unwrap().iter().filter_map(|(name, value)| match value {
            Value::String(text) => Some((name.clone(), text.clone())),
            Value::Bool(true) => Some((name.clone(), "on".to_owned())),
            _ => None,
        });
        let all: Vec<(String, String)> =
            hidden.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).chain(fields).collect();
        let admin = self.admin.clone();
        let post = async { Reply::of(admin.request(Method::POST, path).header("accept", "text/html").form(&all)).await };
        let reply = self.leaves(address, action, "admin", post).await;
        assert_eq!(reply.status, 303, "{address}: {}", reply.text);
        reply
    }

    async fn scalar(&self, sql: &'static str) -> Uuid {
        sqlx::query_scalar(sql).fetch_one(&self.app.pool).await.unwrap()
    }

    async fn time_passes(&self) {
        sqlx::query("UPDATE messages SET queued_at = queued_at - interval '5 minutes'").execute(&self.app.pool).await.unwrap();
    }

    async fn groups_and_profiles(&mut self) -> Uuid {
        let draft = |name: &str| json!({ "name": name, "company": "Studio", "email": "", "profile": "" });
        let (group, other) = (Uuid::now_v7(), Uuid::now_v7());
        self.call("create_group", "created", json!({ "id": group, "draft": draft("Ufficio") })).await;
        self.call("update_group", "updated", json!({ "id": group, "version": 1, "draft": draft("Sede") })).await;
        let (id, path) = (other.to_string(), format!("/groups/{other}/edit"));
        self.post("/groups/new", "/groups/new", "created", &[("id", &id), ("version", "0")], &draft("Altro")).await;
        self.post("/groups/{id}/edit", &path, "updated", &[("id", &id), ("version", "1")], &draft("Altri")).await;
        self.call("delete_group", "deleted", json!({ "id": other })).await;

        let (profile, other) = (Uuid::now_v7(), Uuid::now_v7());
        self.call("create_profile", "created", json!({ "id": profile, "draft": profile_draft("Cantieri") })).await;
        self.call("update_profile", "updated", json!({ "id": profile, "version": 1, "draft": profile_draft("Magazzini") })).await;
        let (id, path) = (other.to_string(), format!("/profiles/{other}/edit"));
        self.post("/profiles/new", "/profiles/new", "created", &[("id", &id), ("version", "0")], &profile_draft("Uno")).await;
        self.post("/profiles/{id}/edit", &path, "updated", &[("id", &id), ("version", "1")], &profile_draft("Due")).await;
        self.call("make_default_profile", "made default", json!({ "id": profile })).await;
        self.call("delete_profile", "deleted", json!({ "id": other })).await;
        group
    }

    async fn settings(&mut self) {
        let start = self.admin.call("sip_form", &json!({})).await.json();
        let draft = |seconds: &str| over(start["draft"].clone(), &json!({ "keep_alive_seconds": seconds }));
        let arguments = json!({ "version": start["version"], "draft": draft("77"), "confirmed": false });
        self.call("save_sip", "updated", arguments).await;
        let version = (start["version"].as_i64().unwrap() + 1).to_string();
        self.post("/settings/sip", "/settings/sip", "updated", &[("version", &version)], &draft("88")).await;

        let (version, draft) = gateway_draft(&self.app, &json!({ "per_number_hour": "1000" })).await;
        self.call("save_gateway", "updated", json!({ "version": version, "draft": draft })).await;
        let (version, draft) = gateway_draft(&self.app, &json!({ "per_number_hour": "2000" })).await;
        self.post("/settings", "/settings", "updated", &[("version", &version.to_string())], &draft).await;
        let arguments = json!({ "message": Uuid::now_v7(), "number": "+39 320 1184467" });
        self.call("send_test_message", "sent a test message", arguments).await;
        let id = Uuid::now_v7().to_string();
        let typed = json!({ "id": id, "number": "+39 320 1184468" });
        self.post("/settings/test", "/settings/test", "sent a test message", &[], &typed).await;
    }

    /// Gives an account that can be sent SMSes.
    async fn accounts(&mut self, group: Uuid) -> Uuid {
        let draft = |n: u32, changes: Value| {
            over(pgsm(group, &json!({ "username": (5000 + n).to_string(), "number": format!("+3932044719{n:02}") })), &changes)
        };
        let by_wizard = |n: u32| {
            let profile = "00000000-0000-7000-8000-000000000001";
            draft(n, json!({ "password": "", "repeat_password": "", "profile": profile }))
        };
        let (account, other) = (Uuid::now_v7(), Uuid::now_v7());
        self.call("create_account", "created", json!({ "id": account, "draft": draft(1, json!({})) })).await;
        self.call("update_account", "updated", json!({ "id": account, "version": 1, "draft": draft(1, json!({ "owner": "Ada" })) })).await;
        self.call("enable_account", "disabled", json!({ "id": account, "enabled": false })).await;
        self.call("enable_account", "enabled", json!({ "id": account, "enabled": true })).await;
        let (id, path) = (other.to_string(), format!("/accounts/{other}/edit"));
        self.post("/accounts/new", "/accounts/new", "created", &[("id", &id), ("version", "0")], &draft(2, json!({}))).await;
        let renamed = draft(2, json!({ "owner": "Grace", "password": "", "repeat_password": "" }));
        self.post("/accounts/{id}/edit", &path, "updated", &[("id", &id), ("version", "1")], &renamed).await;
        self.call("create_by_wizard", "created the account by wizard", json!({ "id": Uuid::now_v7(), "draft": by_wizard(3) })).await;
        let third = Uuid::now_v7().to_string();
        let hidden = [("id", third.as_str()), ("version", "0")];
        self.post("/accounts/wizard", "/accounts/wizard", "created the account by wizard", &hidden, &by_wizard(4)).await;

        for (action, done) in [("disable", "disabled"), ("enable", "enabled"), ("send_installation", "sent an Installation SMS")] {
            self.call("change_accounts", done, json!({ "selection": { "rows": [other] }, "action": action })).await;
        }
        self.call("delete_account", "deleted", json!({ "id": other })).await;
        self.call("change_accounts", "deleted", json!({ "selection": { "rows": [third] }, "action": "delete" })).await;
        sqlx::query("INSERT INTO sip.location (ruid, username, contact, expires) VALUES ('r', '5001', 'sip:5001@192.0.2.1', 4000000000)")
            .execute(&self.app.pool)
            .await
            .unwrap();
        self.call("drop_registration", "dropped the registration", json!({ "id": account })).await;
        account
    }

    async fn links(&mut self, account: Uuid) {
        let message = Uuid::now_v7();
        self.call("send_sms", "sent an Activation SMS", json!({ "message": message, "account": account, "kind": "activation" })).await;
        sqlx::query("UPDATE messages SET state = 'failed' WHERE id = $1").bind(message).execute(&self.app.pool).await.unwrap();
        self.time_passes().await;
        self.call("resend_sms", "sent an Activation SMS", json!({ "message": Uuid::now_v7(), "of": message })).await;
        self.call("copy_activation_link", "made an activation link", json!({ "account": account })).await;

        let configuration = "SELECT id FROM account_links WHERE kind = 'configuration' ORDER BY created_at DESC LIMIT 1";
        for (method, address) in [(Method::GET, "/c/{token}"), (Method::POST, "/c/{token}/manual")] {
            self.call("show_activation_code", "made an activation QR code", json!({ "account": account })).await;
            let token = self.app.state.service.keys.link_token(self.scalar(configuration).await);
            let path = address.replace("/c/{token}", LinkKind::Configuration.address("", &token).expose());
            let phone = self.app.anonymous();
            self.leaves(address, "activated", "The user", async { Reply::of(phone.request(method, &path)).await }).await;
        }
    }

    async fn batches(&mut self, group: Uuid) {
        let profile = batch_upload::profile(&self.app.pool).await;
        let id = Uuid::now_v7();
        let path = batch_upload::address(id, group, profile, 3, 3);
        let admin = self.admin.clone();
        self.leaves("/batches/{id}", "imported", "admin", batch_upload::send(&admin, &path, batch_upload::sent(3, 0))).await;
        self.call("undo_batch", "undone", json!({ "id": id })).await;
    }

    async fn operators(&mut self, group: Uuid) {
        self.call("create_operator", "created", json!({ "name": "Bruno", "role": "viewer" })).await;
        let id = self.scalar("SELECT id FROM operators WHERE name = 'Bruno'").await;
        self.call("save_operator", "updated", json!({ "id": id, "opened_on": "viewer", "role": "operator" })).await;
        self.call("limit_operator", "updated", json!({ "operator": id, "groups": [group] })).await;
        for (act, action) in [("reset_password", "password reset"), ("disable", "disabled"), ("enable", "enabled")] {
            self.call("act_on_operator", action, json!({ "id": id, "act": act })).await;
        }
        // Who has none cannot ask it of others.
        let has = "UPDATE operators SET totp_sealed = '\\x00', totp_since = now() WHERE name = 'admin'";
        sqlx::query(has).execute(&self.app.pool).await.unwrap();
        self.call("need_second_factor", "updated", json!({ "need": true })).await;
        self.call("need_second_factor", "updated", json!({ "need": false })).await;
    }

    /// What somebody does about the own password, sessions and second factor.
    async fn own_account(&mut self) {
        self.app.add_operator("Carla", Role::Viewer).await;
        let carla = self.app.anonymous();
        for client in [&self.app.anonymous(), &carla] {
            client.post_form("/sign-in", &[("name", "carla"), ("password", PASSWORD)]).await;
        }
        self.leaves("/me", "sessions ended", "Carla", carla.post_form("/me", &[("end", "others")])).await;
        let new = "other words of a test";
        let password = [("current", PASSWORD), ("new", new), ("repeat", new)];
        self.leaves("/password", "password changed", "Carla", carla.post_form("/password", &password)).await;
        let begun = carla.post_form("/me/second-factor", &[("step", "begin"), ("password", new)]).await;
        let key = second_factor::key_in(&begun);
        let first = second_factor::code(&key, 0);
        let confirm = [("step", "confirm"), ("code", first.as_str())];
        self.leaves("/me/second-factor", "second factor set up", "Carla", carla.post_form("/me/second-factor", &confirm)).await;
        let again = self.app.anonymous();
        again.post_form("/sign-in", &[("name", "carla"), ("password", new)]).await;
        let next = second_factor::code(&key, 1);
        self.leaves("/sign-in/code", "signed in", "Carla", again.post_form("/sign-in/code", &[("code", next.as_str())])).await;
    }

    async fn lists_and_sessions(&mut self) {
        let admin = self.admin.clone();
        for address in ["/accounts/export.csv", "/audit/export.csv"] {
            self.leaves(address, "exported", "admin", admin.get(address)).await;
        }
        self.app.add_operator("Marta", Role::Viewer).await;
        let marta = self.app.anonymous();
        self.leaves("/sign-in", "signed in", "Marta", marta.post_form("/sign-in", &[("name", "marta"), ("password", PASSWORD)])).await;
        self.leaves("/sign-out", "signed out", "Marta", marta.post_form("/sign-out", &[])).await;
    }
}

#[tokio::test]
async fn whatever_changes_something_leaves_an_entry() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let mut walk = Walk { app, admin, seen: BTreeSet::new() };
    let group = walk.groups_and_profiles().await;
    walk.settings().await;
    let account = walk.accounts(group).await;
    walk.links(account).await;
    walk.batches(group).await;
    walk.operators(group).await;
    walk.own_account().await;
    walk.lists_and_sessions().await;

    let changing: BTreeSet<String> = server::router::addresses()
        .into_iter()
        .filter(|(method, path)| *method == Method::POST || GETS.contains(&path.as_str()))
        .map(|(_, path)| path)
        .filter(|path| !READS.contains(&path.as_str()) && NO_ENTRY.iter().all(|(named, _)| named != path))
        .collect();
    assert_eq!(walk.seen, changing, "walked on the left, found in the router on the right");

    // What was done is what the page can choose by.
    let stored: Vec<(String, String)> =
        sqlx::query_as("SELECT DISTINCT subject_kind, action FROM audit_log").fetch_all(&walk.app.pool).await.unwrap();
    for (kind, action) in stored {
        assert!(kind.parse::<AuditKind>().is_ok(), "{kind}");
        let changed = [
            "updated",
            "enabled",
            "disabled",
            "made default",
            "dropped the registration",
            "password reset",
            "password changed",
            "sessions ended",
            "second factor set up",
        ];
        assert_eq!(AuditGroup::of(&action) == AuditGroup::Changed, changed.contains(&action.as_str()), "{action}");
    }
}

#[tokio::test]
async fn entries_tell_what_was_before_and_what_is_after() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let (group, account) = (Uuid::now_v7(), Uuid::now_v7());
    let profile = "00000000-0000-7000-8000-000000000001";
    let draft = |name: &str, profile: &str| json!({ "name": name, "company": "", "email": "", "profile": profile });
    admin.call("create_group", &json!({ "id": group, "draft": draft("Ufficio", "") })).await;
    admin.call("update_group", &json!({ "id": group, "version": 1, "draft": draft("Sede", profile) })).await;
    admin.call("create_account", &json!({ "id": account, "draft": pgsm(group, &json!({})) })).await;
    admin.call("enable_account", &json!({ "id": account, "enabled": false })).await;
    admin.call("change_accounts", &json!({ "selection": { "rows": [account] }, "action": "enable" })).await;
    admin.call("delete_account", &json!({ "id": account })).await;
    admin.call("delete_group", &json!({ "id": group })).await;
    let told: Vec<(String, Value)> =
        sqlx::query_as("SELECT subject_kind || ' ' || action, changes FROM audit_log ORDER BY at, id").fetch_all(&app.pool).await.unwrap();
    let change = |field: &str, before: &str, after: &str| json!({ "field": field, "before": before, "after": after });
    let of = |wanted: &str| told.iter().find(|(done, _)| done == wanted).unwrap_or_else(|| panic!("{wanted} in {told:?}")).1.clone();
    assert_eq!(of("group created"), json!([change("Name", "", "Ufficio")]));
    assert_eq!(of("group updated")[0], change("Name", "Ufficio", "Sede"));
    assert_eq!(of("group updated")[1]["after"], "Default", "a profile is called by its name");
    assert!(of("account created").as_array().unwrap().contains(&change("Owner", "", "Chiara Montanari")));
    assert_eq!(of("account disabled"), json!([change("Enabled", "yes", "no")]));
    assert_eq!(of("account enabled"), json!([change("Enabled", "no", "yes")]));
    assert!(of("account deleted").as_array().unwrap().contains(&change("Virtual Phone Number", "+393204471902", "")));
    assert_eq!(of("group deleted")[0], change("Name", "Sede", ""));
}
