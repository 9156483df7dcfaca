//! What a SIP server sees of the database and writes into it, asked with its own role.

mod asterisk;
mod life;
mod online;
mod role;
mod rules;

use app::accounts::digests::Digests;
use app::domain::role::Role;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::support::accounts::{SIP_PASSWORD, create, created, field_error, group, pgsm, snom};
use crate::support::{Client, TestApp, database};

/// The views, each with the column that names the account.
const VIEWS: [(&str, &str); 6] = [
    ("subscriber", "username"),
    ("numbers", "username"),
    ("ps_auths", "id"),
    ("ps_auths_sha256", "id"),
    ("ps_aors", "id"),
    ("ps_endpoints", "id"),
];

/// The application, somebody who works with it, and a SIP server's connection to its database.
struct Surface {
    app: TestApp,
    operator: Client,
    group: Uuid,
    server: PgConnection,
}

impl Surface {
    async fn start() -> Self {
        let app = TestApp::start().await;
        let operator = app.sign_in_as(Role::Operator).await;
        let group = group(&app, "Ufficio").await;
        let server = database::as_sip_server(&app.pool).await;
        Self { app, operator, group, server }
    }

    async fn pgsm(&self, changes: Value) -> Uuid {
        created(&self.operator, &pgsm(self.group, &changes)).await
    }

    async fn snom(&self, changes: Value) -> Uuid {
        created(&self.operator, &snom(self.group, &changes)).await
    }

    /// Something that an operator does.
    async fn done(&self, function: &str, arguments: Value) {
        let reply = self.operator.call(function, &arguments).await;
        assert!(reply.status.is_success(), "{}", reply.text);
    }

    /// The rows of a view about an account, as the SIP server sees them.
    async fn rows(&mut self, view: &str, username: &str) -> Vec<Value> {
        let key = VIEWS.iter().find(|(name, _)| *name == view).unwrap().1;
        let query = format!("SELECT to_jsonb(v) FROM sip.{view} v WHERE {key} = $1");
        sqlx::query_scalar(AssertSqlSafe(query)).bind(username).fetch_all(&mut self.server).await.unwrap()
    }

    async fn row(&mut self, view: &str, username: &str) -> Value {
        let [row] = self.rows(view, username).await.try_into().unwrap();
        row
    }

    async fn is_in(&mut self, username: &str) -> Vec<&'static str> {
        let mut found = Vec::new();
        for (view, _) in VIEWS {
            if !self.rows(view, username).await.is_empty() {
                found.push(view);
            }
        }
        found
    }

    /// How many rows Kamailio and Asterisk have, whoever they are of.
    async fn kept(&mut self) -> (i64, i64) {
        sqlx::query_as("SELECT (SELECT count(*) FROM sip.location), (SELECT count(*) FROM sip.ps_contacts)")
            .fetch_one(&mut self.server)
            .await
            .unwrap()
    }

    /// Something that the SIP server writes.
    async fn written(&mut self, statement: &'static str) {
        sqlx::query(statement).execute(&mut self.server).await.unwrap();
    }

    async fn run(&self, statement: &'static str) {
        sqlx::query(statement).execute(&self.app.pool).await.unwrap();
    }
}

#[tokio::test]
async fn an_account_is_there_the_moment_it_is_saved_with_the_digests_of_its_password() {
    let mut surface = Surface::start().await;
    surface.pgsm(json!({ "call_limit": "3", "security_model": "ZRTP" })).await;
    let digests = Digests::new("2086693379", "sip.localhost", SIP_PASSWORD);
    assert_eq!(
        surface.row("subscriber", "2086693379").await,
        json!({
            "username": "2086693379", "domain": "sip.localhost", "ha1": digests.ha1_md5, "ha1_sha256": digests.ha1_sha256,
            "virtual_phone_number": "+393204471902", "call_limit": 3, "keep_alive": 0, "has_rules": 0
        })
    );
    assert_eq!(
        surface.row("ps_auths", "2086693379").await,
        json!({
            "id": "2086693379", "auth_type": "md5", "md5_cred": digests.ha1_md5, "realm": "sip.localhost", "username": "2086693379"
        })
    );
    assert_eq!(
        surface.row("ps_auths_sha256", "2086693379").await,
        json!({
            "id": "2086693379", "auth_type": "digest", "password_digest": format!("SHA-256:{}", digests.ha1_sha256),
            "supported_algorithms_uas": "SHA-256", "supported_algorithms_uac": "SHA-256", "realm": "sip.localhost", "username": "2086693379"
        })
    );
    assert_eq!(
        surface.row("ps_aors", "2086693379").await,
        json!({ "id": "2086693379", "contact": null, "max_contacts": 1, "remove_existing": "yes", "qualify_frequency": 0 })
    );
    assert_eq!(
        surface.row("ps_endpoints", "2086693379").await,
        json!({
            "id": "2086693379", "aors": "2086693379", "auth": "2086693379", "context": "ringkey", "disallow": "all",
            "allow": "opus,alaw,ulaw", "direct_media": "yes", "media_encryption": "no", "force_rport": "yes", "rewrite_contact": "yes",
            "rtp_symmetric": "yes", "callerid": "<+393204471902>", "set_var": "CALL_LIMIT=3", "permit": null
        })
    );
    assert_eq!(surface.row("numbers", "2086693379").await, json!({ "number": "393204471902", "username": "2086693379", "call_limit": 3 }));
}

#[tokio::test]
async fn only_accounts_in_service_are_there() {
    let mut surface = Surface::start().await;
    let id = surface.pgsm(json!({})).await;
    let everywhere = VIEWS.map(|(view, _)| view);
    assert_eq!(surface.is_in("2086693379").await, everywhere);

    surface.done("enable_account", json!({ "id": id, "enabled": false })).await;
    assert_eq!(surface.is_in("2086693379").await, [""; 0], "disabled");
    surface.done("enable_account", json!({ "id": id, "enabled": true })).await;
    assert_eq!(surface.is_in("2086693379").await, everywhere);

    surface.run("UPDATE account_digests SET realm = 'sip.elsewhere.example'").await;
    assert_eq!(surface.is_in("2086693379").await, [""; 0], "the password was made for another SIP domain");
    surface.run("UPDATE settings SET sip_domain = 'sip.elsewhere.example'").await;
    assert_eq!(surface.is_in("2086693379").await, everywhere);
    surface.run("UPDATE settings SET sip_domain = 'sip.localhost'").await;

    let draft = pgsm(
        surface.group,
        &json!({ "username": "3000111222", "number": "+39 320 447 1903", "password": "", "repeat_password": "", "profile": "00000000-0000-7000-8000-000000000001" }),
    );
    surface.done("create_by_wizard", json!({ "id": Uuid::now_v7(), "draft": draft })).await;
    assert_eq!(surface.is_in("3000111222").await, [""; 0], "it waits for its activation");

    surface.done("delete_account", json!({ "id": id })).await;
    assert_eq!(surface.is_in("2086693379").await, [""; 0], "deleted");
}

#[tokio::test]
async fn keep_alive_is_asked_for_at_the_interval_in_force() {
    let mut surface = Surface::start().await;
    surface.snom(json!({ "keep_alive": true })).await;
    surface.pgsm(json!({ "keep_alive": false })).await;
    assert_eq!(surface.row("ps_aors", "3204").await["qualify_frequency"], 60);
    surface.run("UPDATE settings SET keep_alive_seconds = 45").await;
    assert_eq!(surface.row("ps_aors", "3204").await["qualify_frequency"], 45);
    assert_eq!(surface.row("ps_aors", "2086693379").await["qualify_frequency"], 0);
    assert_eq!(surface.row("subscriber", "3204").await["keep_alive"], 1);
    assert_eq!(surface.row("ps_endpoints", "3204").await["media_encryption"], "sdes");
}

#[tokio::test]
async fn rules_are_one_value_that_means_the_same_in_any_order_of_columns() {
    let mut surface = Surface::start().await;
    let permit = "192.168.0.38/255.255.255.0\n216.27.242.66, ::ffff:10.1.2.3";
    let id = surface.snom(json!({ "deny": "0.0.0.0/0.0.0.0\n::/0", "permit": permit })).await;
    let endpoint = surface.row("ps_endpoints", "3204").await;
    assert_eq!(endpoint["permit"], "!0.0.0.0/0,!::/0,192.168.0.0/24,216.27.242.66/32,10.1.2.3/32");
    assert_eq!(endpoint.get("deny"), None);
    assert_eq!(surface.row("subscriber", "3204").await["has_rules"], 1);

    for (source, allowed) in [
        ("192.168.0.77", 1),
        ("192.168.1.77", 0),
        ("216.27.242.66", 1),
        ("::ffff:216.27.242.66", 1),
        ("10.1.2.3", 1),
        ("8.8.8.8", 0),
        ("2001:db8::1", 0),
    ] {
        let answer: i32 = sqlx::query_scalar("SELECT allowed FROM sip.credentials('3204', $1)")
            .bind(source)
            .fetch_one(&mut surface.server)
            .await
            .unwrap();
        assert_eq!(answer, allowed, "{source}");
    }
    let unknown: Option<i32> =
        sqlx::query_scalar("SELECT allowed FROM sip.credentials('9999', '8.8.8.8')").fetch_one(&mut surface.server).await.unwrap();
    assert_eq!(unknown, None, "nobody is let in");

    surface
        .done("update_account", json!({ "id": id, "version": 1, "draft": snom(surface.group, &json!({ "deny": "", "permit": "", "password": "", "repeat_password": "" })) }))
        .await;
    assert_eq!(surface.row("ps_endpoints", "3204").await["permit"], Value::Null);
    assert_eq!(surface.row("subscriber", "3204").await["has_rules"], 0);
}

/// Asterisk drops the whole endpoint for one rule that it cannot read.
#[tokio::test]
async fn a_bad_rule_never_gets_here() {
    let surface = Surface::start().await;
    for rule in ["10.0.0.0/33", "10.0.0.0/255.0.255.0", "!10.0.0.1", "10.0.0.1;", "lan", "10.0.0.256"] {
        let (_, reply) = create(&surface.operator, &snom(surface.group, &json!({ "deny": rule, "permit": rule }))).await;
        assert!(field_error(&reply, "deny").contains(rule), "{}", reply.text);
        field_error(&reply, "permit");
    }
    surface.snom(json!({})).await;
    for rules in ["{10.0.0.0/33}", "{10.0.0.1/24}", "{lan}", "{!10.0.0.1}"] {
        let refused = sqlx::query("UPDATE accounts SET deny = $1::text::cidr[]").bind(rules).execute(&surface.app.pool).await;
        assert!(refused.is_err(), "{rules} by hand");
    }
}

/// With a million accounts, a look-up that reads them all would end every SIP server.
#[tokio::test]
async fn an_account_is_found_by_an_index() {
    let surface = Surface::start().await;
    let mut connection = surface.app.pool.acquire().await.unwrap();
    sqlx::query("SET enable_seqscan = off").execute(&mut *connection).await.unwrap();
    let found = VIEWS.map(|(view, key)| format!("sip.{view} WHERE {key} = '3204'"));
    let asked = found.into_iter().chain([
        "sip.numbers WHERE number = '3204'".to_owned(),
        "sip.location WHERE username = '3204'".to_owned(),
        // As Asterisk asks for the registrations of an account.
        "sip.ps_contacts WHERE id LIKE '3204^3B@%' ORDER BY id".to_owned(),
        "sip.registrations WHERE username = '3204'".to_owned(),
    ]);
    for question in asked {
        let explain = format!("EXPLAIN SELECT * FROM {question}");
        let plan: Vec<String> = sqlx::query_scalar(AssertSqlSafe(explain)).fetch_all(&mut *connection).await.unwrap();
        let plan = plan.join("\n");
        let scanned = ["accounts", "account_digests", "location", "ps_contacts"].map(|table| format!("Seq Scan on {table} "));
        assert!(plan.contains("Index") && !scanned.iter().any(|scan| plan.contains(scan)), "{question}:\n{plan}");
    }
}
