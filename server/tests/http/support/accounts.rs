//! Groups, provisioning profiles and accounts for tests, and a look at what is stored.

use app::domain::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Client, Reply, TestApp};

/// A password that the rules allow.
pub const SIP_PASSWORD: &str = "Tr0mbone-Kettle";

/// A new group, made over HTTP.
pub async fn group(app: &TestApp, name: &str) -> Uuid {
    let id = Uuid::now_v7();
    let draft = json!({ "name": name, "company": "", "email": "", "profile": "" });
    let reply = app.sign_in_as(Role::Admin).await.call("create_group", &json!({ "id": id, "draft": draft })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    id
}

/// A profile draft that the rules allow.
pub fn profile_draft(name: &str) -> Value {
    json!({
        "name": name, "support_phone": "+39 02 5550 1234", "support_email": "help@example.com", "sip_host": "sip.example.com",
        "sip_port": "", "transport": "TLS", "expires": "3600", "media_encryption": "enforced",
        "android_link": "https://play.google.com/store/apps/details?id=org.linphone", "ios_link": "", "other_link": "",
        "link_hours": "72", "installation_text": "Ciao {owner}: {link}", "activation_text": "Ciao {owner}, {hours} h: {link}"
    })
}

/// A new provisioning profile, made over HTTP.
pub async fn profile(app: &TestApp, name: &str) -> Uuid {
    let id = Uuid::now_v7();
    let reply = app.sign_in_as(Role::Admin).await.call("create_profile", &json!({ "id": id, "draft": profile_draft(name) })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    id
}

/// A PGSM draft that the rules allow, with the fields of `changes` put over it.
pub fn pgsm(group: Uuid, changes: &Value) -> Value {
    over(
        json!({
            "username": "2086693379", "password": SIP_PASSWORD, "repeat_password": SIP_PASSWORD, "number": "+39 320 447 1902",
            "owner": "Chiara Montanari", "group": group, "email": "", "description": "", "visible": true, "call_limit": "2",
            "keep_alive": false, "profile": "", "account_type": "PGSM", "security_model": "SDES", "obfuscation": "ON",
            "obfuscation_key": "9", "mac": "", "deny": "", "permit": ""
        }),
        changes,
    )
}

/// A SNOM draft that the rules allow, with the fields of `changes` put over it.
pub fn snom(group: Uuid, changes: &Value) -> Value {
    let snom = json!({
        "username": "3204", "number": "3204", "owner": "Ufficio legale", "keep_alive": true, "account_type": "SNOM",
        "security_model": null, "obfuscation": null, "obfuscation_key": "", "mac": "00-04-13-AA-BB-CC",
        "deny": "0.0.0.0/0.0.0.0", "permit": "192.168.0.38/255.255.255.0"
    });
    over(over(pgsm(group, &json!({})), &snom), changes)
}

pub fn over(mut draft: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        draft[name] = value.clone();
    }
    draft
}

/// Asks for an account under a new id.
pub async fn create(client: &Client, draft: &Value) -> (Uuid, Reply) {
    let id = Uuid::now_v7();
    (id, client.call("create_account", &json!({ "id": id, "draft": draft })).await)
}

/// Makes an account, and fails when that is refused.
pub async fn created(client: &Client, draft: &Value) -> Uuid {
    let (id, reply) = create(client, draft).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    id
}

/// The message of one field in an answer that refuses an account.
pub fn field_error(reply: &Reply, field: &str) -> String {
    reply.json()["InvalidAccount"][field].as_str().unwrap_or_else(|| panic!("no message for {field} in {}", reply.text)).to_owned()
}

/// How many accounts there are.
pub async fn count(app: &TestApp) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM accounts").fetch_one(&app.pool).await.unwrap()
}

/// Accounts that nobody typed, one for each number, straight into the table: "Person N" with username N; usernames rise
/// with N, and of the first half it says "early", of the second "late".
pub async fn invented(app: &TestApp, group: Uuid, numbers: std::ops::RangeInclusive<i32>) {
    sqlx::query(
        "INSERT INTO accounts (id, group_id, username, number, owner, email, description, account_type, security_model, enabled,
                               last_status, last_status_at)
         SELECT md5(n::text)::uuid, $1, (1000000 + n)::text, CASE WHEN n % 3 = 0 THEN '+39' || (320000000 + n) ELSE (1000000 + n)::text END,
                'Person ' || n, 'p' || n || '@example.com',
                CASE WHEN n <= ($2 + $3) / 2 THEN 'early' ELSE 'late' END || CASE WHEN n % 500 = 0 THEN ' 6_9 Föhn' ELSE '' END,
                CASE WHEN n % 8 = 0 THEN 'SNOM' ELSE 'PGSM' END, CASE WHEN n % 8 <> 0 AND n % 5 = 0 THEN 'ZRTP' ELSE 'SDES' END,
                n % 24 <> 0,
                (ARRAY['created', 'installation_sms_sent', 'installed', 'activation_sms_sent', 'activated', 'connected'])[1 + n % 6],
                timestamptz '2026-01-01' + (n * 7919 % 86400) * interval '1 second'
         FROM generate_series($2, $3) n",
    )
    .bind(group)
    .bind(*numbers.start())
    .bind(*numbers.end())
    .execute(&app.pool)
    .await
    .unwrap();
}
