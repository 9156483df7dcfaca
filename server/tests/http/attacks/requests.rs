//! A well-formed request for every address that is not public: whoever is refused is refused for who they are, and not for what
//! they say.

use std::sync::atomic::{AtomicU32, Ordering};

use app::domain::role::Role;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use crate::batch_upload;
use crate::support::accounts::{over, pgsm, profile_draft};
use crate::support::app::PASSWORD;
use crate::support::{Client, TestApp};

/// Rows that somebody may look at, change or delete.
pub struct Stock {
    pub group: Uuid,
    pub empty_group: Uuid,
    /// Of no group and no account, and not the service's default.
    pub profile: Uuid,
    /// A softphone with an international number.
    pub account: Uuid,
    /// An SMS to it that has failed.
    pub message: Uuid,
    /// A batch that can be undone.
    pub batch: Uuid,
    /// A viewer.
    pub operator: Uuid,
    /// Two numbers that nobody has.
    free: [String; 2],
    /// Versions of the two forms of the settings.
    versions: (i32, i32),
}

/// What is sent.
pub enum Sent {
    Nothing,
    Json(Value),
    Form(Vec<(String, String)>),
    Text(String),
}

pub struct Asked {
    pub method: Method,
    pub path: String,
    pub sent: Sent,
}

impl Asked {
    pub fn by(&self, client: &Client) -> RequestBuilder {
        let request = client.request(self.method.clone(), &self.path);
        match &self.sent {
            Sent::Nothing => request,
            Sent::Json(arguments) => request.header("accept", "application/json").json(arguments),
            Sent::Form(fields) => request.header("accept", "text/html").form(fields),
            Sent::Text(text) => request.body(text.clone()),
        }
    }
}

impl Stock {
    /// Straight into the tables: how rows come there has tests of its own.
    pub async fn new(pool: &PgPool) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(3_201_000_000);
        let first = NEXT.fetch_add(10, Ordering::Relaxed);
        let number = |n: u32| (first + n).to_string();
        let [group, empty_group, profile, account, message, batch, batched, operator] = std::array::from_fn(|_| Uuid::now_v7());
        for statement in [
            format!("INSERT INTO groups (id, name) VALUES ('{group}', 'Group {first}'), ('{empty_group}', 'Empty {first}')"),
            format!("INSERT INTO operators (id, name, role, password_hash) VALUES ('{operator}', 'Operator {first}', 'viewer', '$argon2id$')"),
            format!(
                "INSERT INTO provisioning_profiles
                 SELECT (jsonb_populate_record(p, jsonb_build_object('id', '{profile}', 'name', 'Profile {first}', 'is_default', false, 'version', 1))).*
                 FROM provisioning_profiles p WHERE is_default"
            ),
            format!(
                "INSERT INTO batches (id, file_name, group_id, operator_name, rows_read, created)
                 VALUES ('{batch}', 'people.csv', '{group}', 'somebody', 1, 1)"
            ),
            format!(
                "INSERT INTO accounts (id, group_id, username, number, account_type, security_model, enabled, awaits_activation, last_status, batch_id)
                 VALUES ('{account}', '{group}', '{}', '+39{}', 'PGSM', 'SDES', true, false, 'created', NULL),
                        ('{batched}', '{group}', '{}', '+39{}', 'PGSM', 'SDES', false, true, 'created', '{batch}')",
                number(0),
                number(0),
                number(1),
                number(1)
            ),
            format!(
                "INSERT INTO sip.location (ruid, username, contact, expires)
                 VALUES (gen_random_uuid(), '{}', 'sip:phone@192.0.2.7', extract(epoch FROM now())::bigint + 600)",
                number(0)
            ),
            format!(
                "INSERT INTO messages (id, kind, account_id, number, text, coding, parts, state, reason, gateway, give_up_at, operator_name, queued_at)
                 VALUES ('{message}', 'installation', '{account}', '+39{}', 'Ciao: \u{e000}', 'gsm7', 1, 'failed', 'No.', 'kannel',
                         now() + interval '1 day', 'somebody', now() - interval '1 hour')",
                number(0)
            ),
        ] {
            sqlx::query(AssertSqlSafe(statement)).execute(pool).await.unwrap();
        }
        let versions: (i32, i32) =
            sqlx::query_as("SELECT m.version, s.version FROM sms_settings m, settings s").fetch_one(pool).await.unwrap();
        Self { group, empty_group, profile, account, message, batch, operator, free: [number(2), number(3)], versions }
    }

    /// The request for an address, as the router writes it; nothing when nobody has said yet what is well-formed there.
    pub fn asked(&self, method: &Method, pattern: &str) -> Option<Asked> {
        let pattern = plain(pattern);
        let sent = match (method.as_str(), pattern.as_str()) {
            ("POST", call) if call.starts_with("/api/") => Sent::Json(self.arguments(call.trim_start_matches("/api/"))?),
            ("POST", _) => self.posted(&pattern)?,
            _ => Sent::Nothing,
        };
        Some(Asked { method: method.clone(), path: self.path(method, &pattern)?, sent })
    }

    fn path(&self, method: &Method, pattern: &str) -> Option<String> {
        if *method == Method::POST && pattern == "/batches/:id" {
            return Some(batch_upload::address(Uuid::now_v7(), self.group, self.profile, 1, 1));
        }
        let id = match pattern {
            _ if !pattern.contains(':') => return Some(pattern.to_owned()),
            _ if pattern.starts_with("/groups/") => self.group,
            _ if pattern.starts_with("/profiles/") => self.profile,
            _ if pattern.starts_with("/accounts/") => self.account,
            _ if pattern.starts_with("/batches/") => self.batch,
            _ if pattern.starts_with("/operators/") => self.operator,
            _ => return None,
        };
        Some(pattern.replace(":id", &id.to_string()))
    }

    /// The arguments of a server function.
    fn arguments(&self, function: &str) -> Option<Value> {
        let (group, account, message, batch) = (self.group, self.account, self.message, self.batch);
        let new = Uuid::now_v7();
        Some(match function {
            "list_groups"
            | "group_names"
            | "list_profiles"
            | "sip_form"
            | "gateway_form"
            | "suggest_username"
            | "is_development_gateway"
            | "list_operators"
            | "own_account"
            | "new_batch_form" => json!({}),
            "list_audit" => json!({ "query": {} }),
            "operator_groups" => json!({ "operator": self.operator }),
            "limit_operator" => json!({ "operator": self.operator, "groups": [group] }),
            "show_operator" => json!({ "id": self.operator }),
            "create_operator" => json!({ "name": format!("New {}", self.free[0]), "role": "viewer" }),
            "save_operator" => json!({ "id": self.operator, "opened_on": "viewer", "role": "operator" }),
            "act_on_operator" => json!({ "id": self.operator, "act": "reset_password" }),
            "need_second_factor" => json!({ "need": false }),
            "group_form" => json!({ "id": group }),
            "create_group" => json!({ "id": new, "draft": self.group_draft() }),
            "update_group" => json!({ "id": group, "version": 1, "draft": self.group_draft() }),
            "delete_group" => json!({ "id": self.empty_group }),
            "profile_form" | "make_default_profile" | "delete_profile" => json!({ "id": self.profile }),
            "create_profile" => json!({ "id": new, "draft": self.profile_draft() }),
            "update_profile" => json!({ "id": self.profile, "version": 1, "draft": self.profile_draft() }),
            "save_sip" => json!({ "version": self.versions.1, "draft": sip_draft(), "confirmed": true }),
            "save_gateway" => json!({ "version": self.versions.0, "draft": gateway_draft() }),
            "send_test_message" => json!({ "message": new, "number": "+39 320 1184467" }),
            "find_test_message" => json!({ "message": new }),
            "list_accounts" => json!({ "query": { "sort": "owner", "descending": false }, "counts": true }),
            "count_accounts" => json!({ "filter": {} }),
            "accounts_of" => json!({ "ids": [account] }),
            "account_now" | "show_account" | "edit_account_form" | "delete_account" | "drop_registration" => json!({ "id": account }),
            "change_accounts" => json!({ "selection": { "rows": [account] }, "action": "delete" }),
            "new_account_form" => json!({ "group": group, "account_type": "PGSM" }),
            "wizard_form" => json!({ "group": group }),
            "create_by_wizard" => json!({ "id": new, "draft": self.wizard_draft() }),
            "taken_fields" => json!({ "id": new, "username": self.free[0], "number": self.free[1] }),
            "create_account" => json!({ "id": new, "draft": self.account_draft() }),
            "update_account" => json!({ "id": account, "version": 1, "draft": self.account_draft() }),
            "enable_account" => json!({ "id": account, "enabled": false }),
            "preview_sms" => json!({ "account": account, "kind": "installation" }),
            "send_sms" => json!({ "message": new, "account": account, "kind": "activation" }),
            "show_activation_code" | "copy_activation_link" => json!({ "account": account }),
            "list_messages" => json!({ "query": {} }),
            "messages_now" => json!({ "ids": [message], "newest": null }),
            "resend_sms" => json!({ "message": new, "of": message }),
            "list_batches" => json!({ "before": null }),
            "show_batch" | "is_batch_stored" | "undo_batch" => json!({ "id": batch }),
            _ => return None,
        })
    }

    /// What a browser without WASM posts, and what a page sends that is no call.
    fn posted(&self, pattern: &str) -> Option<Sent> {
        Some(match pattern {
            "/sign-out" => Sent::Form(Vec::new()),
            "/password" => form(&[], &json!({ "current": PASSWORD, "new": "other words of a test", "repeat": "other words of a test" })),
            "/me" => form(&[], &json!({ "end": "others" })),
            "/me/second-factor" => form(&[], &json!({ "step": "begin", "password": PASSWORD })),
            "/groups/new" | "/groups/:id/edit" => form(&self.hidden(), &self.group_draft()),
            "/profiles/new" | "/profiles/:id/edit" => form(&self.hidden(), &self.profile_draft()),
            "/accounts/new" | "/accounts/:id/edit" => form(&self.hidden(), &self.account_draft()),
            "/accounts/wizard" => form(&self.hidden(), &self.wizard_draft()),
            "/settings" => form(&[("version", self.versions.0.to_string())], &gateway_draft()),
            "/settings/sip" => form(&[("version", self.versions.1.to_string()), ("confirmed", "true".into())], &sip_draft()),
            "/settings/test" => form(&[("id", Uuid::now_v7().to_string())], &json!({ "number": "+39 320 1184467" })),
            "/batches/numbers" => Sent::Text(format!("{}\n", self.free[0])),
            "/batches/:id" => Sent::Text(format!("2,Ada,+39{},,,\r\n", self.free[0])),
            _ => return None,
        })
    }

    fn hidden(&self) -> [(&'static str, String); 2] {
        [("id", Uuid::now_v7().to_string()), ("version", "1".to_owned())]
    }

    fn group_draft(&self) -> Value {
        json!({ "name": format!("New {}", self.free[0]), "company": "Studio", "email": "it@example.com", "profile": "" })
    }

    fn profile_draft(&self) -> Value {
        profile_draft(&format!("New {}", self.free[0]))
    }

    fn account_draft(&self) -> Value {
        pgsm(self.group, &json!({ "username": self.free[0], "number": format!("+39{}", self.free[1]) }))
    }

    fn wizard_draft(&self) -> Value {
        over(self.account_draft(), &json!({ "password": "", "repeat_password": "", "profile": self.profile }))
    }
}

fn gateway_draft() -> Value {
    json!({ "kind": "development", "twilio_url": "https://api.twilio.com", "per_number_hour": "6", "per_operator_hour": "500", "per_hour": "2000" })
}

fn sip_draft() -> Value {
    json!({ "sip_domain": "other.example.com", "sip_digest": "MD5", "keep_alive_seconds": "61", "sip_transport": "TLS", "sip_port": "5061" })
}

/// A draft as a form posts it: a box that is not ticked, and a choice of nothing, are not sent.
fn form(hidden: &[(&str, String)], draft: &Value) -> Sent {
    let fields = draft.as_object().unwrap().iter().filter_map(|(name, value)| match value {
        Value::Null | Value::Bool(false) => None,
        Value::Bool(true) => Some((name.clone(), "on".to_owned())),
        Value::String(text) => Some((name.clone(), text.clone())),
        other => panic!("{other} is no field of a form"),
    });
    Sent::Form(hidden.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).chain(fields).collect())
}

/// A pattern with its parameters as `:name`.
pub fn plain(pattern: &str) -> String {
    let segments = pattern.split('/').map(|segment| match segment.strip_prefix('{') {
        Some(name) => format!(":{}", name.trim_end_matches('}')),
        None => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Everything that the database holds, in a digest for each table.
pub async fn everything(pool: &PgPool) -> Vec<(String, String)> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT format('SELECT %L, coalesce(md5(string_agg(r::text, chr(10) ORDER BY r::text)), '''') FROM %I.%I r',
                       schemaname || '.' || tablename, schemaname, tablename)
         FROM pg_tables WHERE schemaname IN ('public', 'sip') AND tablename <> '_sqlx_migrations' ORDER BY 1",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    assert!(tables.len() > 15, "{tables:?}");
    sqlx::query_as(AssertSqlSafe(tables.join(" UNION ALL "))).fetch_all(pool).await.unwrap()
}

/// The tables in which two looks at everything differ.
pub fn changed(before: &[(String, String)], after: &[(String, String)]) -> Vec<String> {
    before.iter().zip(after).filter(|(one, other)| one != other).map(|(one, _)| one.0.clone()).collect()
}

/// Somebody of each role, and an admin whose one-time password is not changed yet.
pub struct Callers {
    pub nobody: Client,
    pub newcomer: Client,
    pub roles: [(Role, Client); 3],
}

impl Callers {
    pub async fn new(app: &TestApp) -> Self {
        let newcomer = app::operators::db::create(&app.pool, "newcomer", Role::Admin, "$argon2id$", true).await.unwrap();
        Self {
            nobody: app.anonymous(),
            newcomer: app.sign_in_by_id(newcomer).await,
            roles: [
                (Role::Viewer, app.sign_in_as(Role::Viewer).await),
                (Role::Operator, app.sign_in_as(Role::Operator).await),
                (Role::Admin, app.sign_in_as(Role::Admin).await),
            ],
        }
    }

    /// Somebody with exactly this role.
    pub fn of(&self, role: Role) -> &Client {
        &self.roles.iter().find(|(theirs, _)| *theirs == role).unwrap().1
    }
}
