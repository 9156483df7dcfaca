//! What links open: looking changes nothing, one press and one fetch configure one phone, and closed links say what to do.

use app::accounts::digests::Digests;
use app::domain::role::Role;
use app::domain::secret::Secret;
use app::links::LinkKind;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::accounts::{created, group, over, pgsm};
use crate::support::linphone::Linphone;
use crate::support::{Client, Reply, TestApp};

/// An account of which the phone is not activated yet, as wizard and batch make them.
struct Waiting {
    app: TestApp,
    operator: Client,
    id: Uuid,
}

impl Waiting {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let operator = app.sign_in_as(Role::Operator).await;
        let id = created(&operator, &pgsm(group(&app, "Ufficio").await, &json!({}))).await;
        sqlx::query("UPDATE accounts SET enabled = false, awaits_activation = true WHERE id = $1")
            .bind(id)
            .execute(&app.pool)
            .await
            .unwrap();
        sqlx::query("DELETE FROM account_digests").execute(&app.pool).await.unwrap();
        Self { app, operator, id }
    }

    /// Sends an SMS and gives the path of its link.
    async fn sent(&self, kind: &str) -> String {
        let message = Uuid::now_v7();
        let reply = self.operator.call("send_sms", &json!({ "message": message, "account": self.id, "kind": kind })).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        let link: Uuid =
            sqlx::query_scalar("SELECT link_id FROM messages WHERE id = $1").bind(message).fetch_one(&self.app.pool).await.unwrap();
        let kind = if kind == "installation" { LinkKind::Installation } else { LinkKind::Activation };
        kind.address("", &self.app.state.service.keys.link_token(link)).expose().to_owned()
    }

    /// Sends again although a minute has not gone by.
    async fn sent_again(&self, kind: &str) -> String {
        sqlx::query("UPDATE messages SET queued_at = queued_at - interval '2 minutes'").execute(&self.app.pool).await.unwrap();
        self.sent(kind).await
    }

    async fn account(&self) -> Value {
        let shown: Value = self.operator.call("show_account", &json!({ "id": self.id })).await.json();
        shown["account"].clone()
    }

    async fn status(&self) -> String {
        self.account().await["last_status"].as_str().unwrap().to_owned()
    }

    async fn events(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT event FROM account_events WHERE account_id = $1 ORDER BY at")
            .bind(self.id)
            .fetch_all(&self.app.pool)
            .await
            .unwrap()
    }

    async fn digest(&self) -> Option<String> {
        sqlx::query_scalar("SELECT ha1_md5 FROM account_digests WHERE account_id = $1")
            .bind(self.id)
            .fetch_optional(&self.app.pool)
            .await
            .unwrap()
    }

    async fn expire(&self) {
        sqlx::query("UPDATE account_links SET expires_at = now() - interval '1 second'").execute(&self.app.pool).await.unwrap();
    }

    /// Presses the button of an activation link, and gives the path of the configuration.
    async fn pressed(&self, path: &str) -> String {
        let reply = press(&self.app.anonymous(), path).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        configuration_in(&reply.text)
    }
}

async fn press(browser: &Client, path: &str) -> Reply {
    Reply::of(browser.request(Method::POST, path)).await
}

/// The path of the configuration that a page offers to the app.
fn configuration_in(page: &str) -> String {
    let (_, rest) = page.split_once("linphone-config:http").expect("the page has a link for the app");
    let (_, rest) = rest.split_once("/c/").unwrap();
    format!("/c/{}", rest.split(['"', '&', '<']).next().unwrap())
}

/// The phone itself: it sends no cookie and asks for no page.
async fn fetch(app: &TestApp, path: &str) -> Reply {
    Reply::of(app.anonymous().request(Method::GET, path).header("user-agent", "Linphonec/5.1.65")).await
}

fn entry<'a>(document: &'a str, name: &str) -> &'a str {
    let (_, rest) = document.split_once(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("{name} is in the document"));
    rest.split_once('>').unwrap().1.split_once('<').unwrap().0
}

#[tokio::test]
async fn a_press_and_a_fetch_key_activate_and_enable() {
    let user = Waiting::new().await;
    let activation = user.sent("activation").await;
    let configuration = user.pressed(&activation).await;
    assert_eq!((user.status().await.as_str(), user.digest().await), ("activation_sms_sent", None));

    let document = fetch(&user.app, &configuration).await;
    assert_eq!(document.status, StatusCode::OK, "{}", document.text);
    assert!(document.headers["content-type"].to_str().unwrap().starts_with("application/xml"));
    assert_eq!(document.headers["cache-control"], "no-store");
    assert_eq!(entry(&document.text, "ha1"), user.digest().await.unwrap());
    assert_eq!(entry(&document.text, "username"), "2086693379");
    let account = user.account().await;
    assert_eq!(
        (&account["enabled"], &account["awaits_activation"], &account["last_status"]),
        (&json!(true), &json!(false), &json!("activated"))
    );
    assert_eq!(user.events().await, ["created", "activation_sent", "activation_clicked", "activated"]);

    assert_eq!(fetch(&user.app, &configuration).await.status, StatusCode::GONE);
    let again = user.app.anonymous().get(&activation).await;
    assert_eq!(again.status, StatusCode::GONE);
    assert!(again.text.contains("used"), "{}", again.text);
    assert_eq!(press(&user.app.anonymous(), &activation).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn the_new_password_replaces_the_old_one() {
    let user = Waiting::new().await;
    let old = Digests::new("2086693379", "sip.localhost", "old");
    sqlx::query("INSERT INTO account_digests VALUES ($1, 'sip.localhost', $2, $3)")
        .bind(user.id)
        .bind(&old.ha1_md5)
        .bind(&old.ha1_sha256)
        .execute(&user.app.pool)
        .await
        .unwrap();
    let activation = user.sent("activation").await;
    let configuration = user.pressed(&activation).await;
    assert_eq!(user.digest().await, Some(old.ha1_md5.clone()), "until the phone has the new one");
    fetch(&user.app, &configuration).await;
    assert_ne!(user.digest().await, Some(old.ha1_md5));
}

#[tokio::test]
async fn by_hand_the_password_is_shown_once() {
    let user = Waiting::new().await;
    let activation = user.sent("activation").await;
    let manual = format!("{}/manual", user.pressed(&activation).await);
    let shown = press(&user.app.anonymous(), &manual).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    // Whatever stands on the page, one word of it is the password.
    let digest = user.digest().await.unwrap();
    let is_password = |word: &str| Digests::new("2086693379", "sip.localhost", Secret::from(word).expose()).ha1_md5 == digest;
    assert!(shown.text.split(['<', '>', '"', ' ', '\n']).any(is_password));
    assert_eq!(press(&user.app.anonymous(), &manual).await.status, StatusCode::GONE);
    assert_eq!(user.status().await, "activated");
}

#[tokio::test]
async fn json_has_the_same_facts() {
    let user = Waiting::new().await;
    let configuration = user.pressed(&user.sent("activation").await).await;
    let reply = Reply::of(user.app.anonymous().request(Method::GET, &configuration).header("accept", "application/json")).await;
    let facts: Value = reply.json();
    assert!(facts.to_string().contains(&user.digest().await.unwrap()), "{}", reply.status);
    assert_eq!((&facts["obfuscation"]["mode"], &facts["obfuscation"]["key"]), (&json!("ON"), &json!(9)));
}

/// Scanners of mail and SMS gateways open every link, and some run the scripts of its page.
#[tokio::test]
async fn machines_that_look_change_nothing() {
    let user = Waiting::new().await;
    let (installation, activation) = (user.sent("installation").await, user.sent("activation").await);
    let before = user.events().await;
    for path in [&installation, &activation] {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            for purpose in ["prefetch", "preview"] {
                let reply = Reply::of(user.app.anonymous().request(method.clone(), path).header("sec-purpose", purpose)).await;
                assert!(method == Method::OPTIONS || reply.status == StatusCode::OK, "{method} {path}: {}", reply.status);
                assert!(!reply.text.contains("/c/"), "a page that was only looked at offers no configuration");
            }
        }
    }
    assert_eq!(user.events().await, before);
    assert_eq!(user.status().await, "activation_sms_sent");

    let configuration = user.pressed(&activation).await;
    for (method, accept) in [(Method::HEAD, "*/*"), (Method::OPTIONS, "*/*"), (Method::GET, "text/html,application/xhtml+xml,*/*;q=0.8")] {
        let reply = Reply::of(user.app.anonymous().request(method, &configuration).header("accept", accept)).await;
        assert!(!reply.text.contains("ha1"), "{}", reply.text);
    }
    assert_eq!(user.digest().await, None);
    assert_eq!(fetch(&user.app, &configuration).await.status, StatusCode::OK, "a browser does not use up what the phone fetches");
}

#[tokio::test]
async fn of_two_presses_at_once_one_configures_a_phone_and_the_other_is_told() {
    let user = Waiting::new().await;
    let activation = user.sent("activation").await;
    let (first, second) = (user.app.anonymous(), user.app.anonymous());
    let (one, other) = tokio::join!(press(&first, &activation), press(&second, &activation));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT]);
    let (winner, page) = if one.status == StatusCode::OK { (first, one) } else { (second, other) };
    let configuration = configuration_in(&page.text);
    // Who has pressed it may reload the page; nobody else gets to see the configuration.
    assert_eq!(configuration_in(&winner.get(&activation).await.text), configuration);
    assert_eq!(configuration_in(&press(&winner, &activation).await.text), configuration);
    assert!(!user.app.anonymous().get(&activation).await.text.contains("/c/"));

    let fetched = tokio::join!(fetch(&user.app, &configuration), fetch(&user.app, &configuration));
    let mut statuses = [fetched.0.status, fetched.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::GONE]);
}

#[tokio::test]
async fn a_configuration_that_nobody_fetched_can_be_opened_again() {
    let user = Waiting::new().await;
    let activation = user.sent("activation").await;
    let configuration = user.pressed(&activation).await;
    sqlx::query("UPDATE account_links SET expires_at = now() - interval '1 second' WHERE kind = 'configuration'")
        .execute(&user.app.pool)
        .await
        .unwrap();
    assert_eq!(fetch(&user.app, &configuration).await.status, StatusCode::GONE);
    assert_ne!(user.pressed(&activation).await, configuration);
    assert_eq!(user.digest().await, None);
}

#[tokio::test]
async fn closed_links_say_what_to_do() {
    let user = Waiting::new().await;
    let (old, new) = (user.sent("activation").await, user.sent_again("activation").await);
    for method in [Method::GET, Method::POST] {
        let replaced = Reply::of(user.app.anonymous().request(method, &old)).await;
        assert_eq!(replaced.status, StatusCode::GONE);
        assert!(replaced.text.contains("newer"), "{}", replaced.text);
    }
    assert_eq!(user.app.anonymous().get(&new).await.status, StatusCode::OK);

    let reply = user.operator.call("enable_account", &json!({ "id": user.id, "enabled": true })).await;
    assert_eq!(reply.status, StatusCode::CONFLICT, "only its activation enables it");
    user.expire().await;
    let expired = user.app.anonymous().get(&new).await;
    assert_eq!(expired.status, StatusCode::GONE);
    assert!(expired.text.contains("expired"), "{}", expired.text);
    assert_eq!(press(&user.app.anonymous(), &new).await.status, StatusCode::GONE);
    assert_eq!(user.events().await.last().unwrap(), "activation_sent");

    let unknown = user.app.anonymous().get("/a/0000000000000000000000000000000000000000000").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(user.app.anonymous().get(&new.replace("/a/", "/i/")).await.status, StatusCode::NOT_FOUND, "a link is of one purpose");
    assert_eq!(fetch(&user.app, &new.replace("/a/", "/c/")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn disabling_an_account_takes_its_links_back() {
    let user = Waiting::new().await;
    let activation = user.sent("activation").await;
    fetch(&user.app, &user.pressed(&activation).await).await;
    let link = user.sent_again("activation").await;
    let configuration = user.pressed(&link).await;
    let reply = user.operator.call("enable_account", &json!({ "id": user.id, "enabled": false })).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(user.app.anonymous().get(&link).await.status, StatusCode::GONE);
    assert_eq!(fetch(&user.app, &configuration).await.status, StatusCode::GONE);
    assert_eq!(user.account().await["enabled"], json!(false));
}

#[tokio::test]
async fn the_installation_page_leads_to_the_download_and_hears_of_the_installation() {
    let user = Waiting::new().await;
    let installation = user.sent("installation").await;
    let browser = user.app.anonymous();
    let page = browser.get(&installation).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    assert_eq!(user.events().await, ["created", "installation_sent"]);
    for _ in 0..3 {
        let reply = press(&browser, &format!("{installation}/installed")).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    }
    assert_eq!((user.status().await.as_str(), user.events().await.len()), ("installed", 3));
    assert_eq!(browser.get(&installation).await.status, StatusCode::OK, "it can be opened again until it expires");
}

#[tokio::test]
async fn the_directory_is_that_of_the_company_and_of_one_account() {
    let user = Waiting::new().await;
    let app = &user.app;
    sqlx::query("UPDATE groups SET company = 'Edilnova'").execute(&app.pool).await.unwrap();
    let (same, other) = (group(app, "Cantieri").await, group(app, "Altri").await);
    sqlx::query("UPDATE groups SET company = CASE id WHEN $1 THEN 'Edilnova' ELSE 'Rossi' END WHERE name <> 'Ufficio'")
        .bind(same)
        .execute(&app.pool)
        .await
        .unwrap();
    let people = [
        (same, json!({ "username": "301", "number": "301", "owner": "Ada; \r\nEND:VCARD" })),
        (same, json!({ "username": "302", "number": "302", "owner": "Hidden", "visible": false })),
        (other, json!({ "username": "303", "number": "303", "owner": "Elsewhere" })),
    ];
    for (group, changes) in people {
        let draft = over(pgsm(group, &json!({})), &changes);
        if changes["username"] == "301" {
            // Line breaks are refused by the form; nobody relies on that here.
            assert_eq!(
                user.operator.call("create_account", &json!({ "id": Uuid::now_v7(), "draft": draft })).await.status,
                StatusCode::UNPROCESSABLE_ENTITY
            );
            created(&user.operator, &over(draft, &json!({ "owner": "Ada; END:VCARD" }))).await;
        } else {
            created(&user.operator, &draft).await;
        }
    }
    let document = fetch(app, &user.pressed(&user.sent("activation").await).await).await;
    let address = entry(&document.text, "contacts-vcard-list").to_owned();
    let path = address.strip_prefix(&app.address).unwrap();
    let cards = fetch(app, path).await;
    assert_eq!(cards.status, StatusCode::OK);
    assert!(cards.headers["content-type"].to_str().unwrap().starts_with("text/vcard"));
    assert!(cards.text.contains("Ada") && !cards.text.contains("Hidden") && !cards.text.contains("Elsewhere"), "{}", cards.text);
    assert_eq!(cards.text.matches("BEGIN:VCARD").count(), 1);

    fetch(app, &user.pressed(&user.sent_again("activation").await).await).await;
    assert_eq!(fetch(app, path).await.status, StatusCode::GONE, "a new phone has a directory of its own");
}

#[tokio::test]
async fn who_guesses_is_slowed_down_and_learns_nothing() {
    let user = Waiting::new().await;
    let good = user.sent("activation").await;
    let behind_proxy = |address: &'static str| {
        let client = user.app.anonymous();
        move |path: String| {
            let client = client.clone();
            async move { Reply::of(client.request(Method::GET, &path).header("x-forwarded-for", address)).await }
        }
    };
    let guess = behind_proxy("203.0.113.9");
    let mut statuses = Vec::new();
    for n in 0..30 {
        let reply = guess(format!("/a/{n:043}")).await;
        statuses.push(reply.status);
        assert!(reply.text.len() < 10_000);
    }
    assert_eq!(statuses[..20], [StatusCode::NOT_FOUND; 20]);
    assert_eq!(statuses.last(), Some(&StatusCode::TOO_MANY_REQUESTS));
    assert_eq!(guess(good.clone()).await.status, StatusCode::TOO_MANY_REQUESTS, "a right guess looks like any other");
    let links: i64 =
        sqlx::query_scalar("SELECT count(*) FROM account_links WHERE used_at IS NOT NULL").fetch_one(&user.app.pool).await.unwrap();
    assert_eq!(links, 0);
}

/// The whole of it: the link of the SMS, the press, and a real phone that fetches what it has opened.
#[tokio::test]
async fn a_real_linphone_configures_itself_from_an_activation_link() {
    let user = Waiting::new().await;
    let configuration = user.pressed(&user.sent("activation").await).await;
    let mut linphone = Linphone::start(&format!("{}{configuration}", user.app.address));
    linphone.wait_for_account().await;
    assert_eq!(linphone.entry("auth_info_0", "username").as_deref(), Some("2086693379"));
    assert_eq!(linphone.entry("auth_info_0", "realm").as_deref(), Some("sip.localhost"));
    assert_eq!(linphone.entry("auth_info_0", "ha1"), user.digest().await);
    assert_eq!((user.status().await.as_str(), user.account().await["enabled"].clone()), ("activated", json!(true)));
}
