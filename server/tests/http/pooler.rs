//! Several servers on one database, one of them through a PgBouncer in transaction mode: what is done on one is seen on the other.

use app::accounts::digests::Digests;
use app::domain::bulk::Progress;
use app::domain::role::Role;
use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::batch_upload::{address, last, profile, send, sent};
use crate::live::Listener;
use crate::support::accounts::{SIP_PASSWORD, count, created, group, invented, pgsm};
use crate::support::app::PASSWORD;
use crate::support::fake_gateway::{Answer, FakeGateway};
use crate::support::gateways::{TAKEN, choose_kannel, in_states, queue};
use crate::support::pgbouncer::PgBouncer;
use crate::support::program::{Serving, ringkey, run_with_input, stderr, stdout};
use crate::support::{Client, TestApp, Upload, database, until};

/// Two servers, and what stands between one of them and the database. It is let go of last.
struct Two {
    straight: TestApp,
    pooled: TestApp,
    _servers: [Serving; 2],
    bouncer: PgBouncer,
}

impl Two {
    /// With fewer connections to Postgres than either server has to the pooler.
    async fn start() -> Self {
        let straight = database::empty().await;
        let bouncer = PgBouncer::start(3);
        let pooled = bouncer.address_of(database::name_in(&straight));
        let mut servers = [
            Serving::start(&["--database-url", &straight]),
            Serving::start(&["--database-url", &pooled, "--database-pooler", "transaction", "--migration-url", &straight]),
        ];
        let pool = PgPool::connect(&straight).await.unwrap();
        let [straight, pooled] = servers.each_mut().map(Serving::address);
        // The first admin has changed the one-time password.
        sqlx::query("UPDATE operators SET must_change_password = false").execute(&pool).await.unwrap();
        let [straight, pooled] = [straight, pooled].map(|address| TestApp::of_program(&address, pool.clone()));
        Self { straight, pooled, _servers: servers, bouncer }
    }

    /// The same browser on both.
    async fn operator(&self) -> [Client; 2] {
        [self.straight.sign_in_as(Role::Operator).await, self.pooled.sign_in_as(Role::Operator).await]
    }
}

async fn try_as(app: &TestApp, name: &str, password: &str) -> (StatusCode, Option<String>) {
    let reply = app.anonymous().post_form("/sign-in", &[("name", name), ("password", password), ("next", "")]).await;
    (reply.status, reply.cookies().first().map(|cookie| cookie.split(';').next().unwrap().to_owned()))
}

async fn found(client: &Client, needle: &str) -> Vec<String> {
    let query = json!({ "filter": { "needle": needle }, "sort": "owner", "descending": false });
    let reply = client.call("list_accounts", &json!({ "query": query, "counts": true })).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let rows = reply.json()["rows"].as_array().unwrap().clone();
    rows.iter().map(|row| row["owner"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn who_signs_in_on_one_is_signed_in_on_both_and_their_tries_are_counted_together() {
    let two = Two::start().await;
    two.straight.add_operator("ada", Role::Viewer).await;
    for (here, there) in [(&two.pooled, &two.straight), (&two.straight, &two.pooled)] {
        let (status, cookie) = try_as(here, "ada", PASSWORD).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let guest = Client::new(&there.address, cookie.clone());
        assert_eq!(guest.get("/groups").await.status, StatusCode::OK);
        guest.post_form("/sign-out", &[]).await;
        assert_eq!(Client::new(&here.address, cookie).get("/groups").await.status, StatusCode::SEE_OTHER);
    }
    let mut answers = Vec::new();
    for server in [&two.pooled, &two.straight, &two.pooled, &two.straight, &two.pooled] {
        answers.push(try_as(server, "ada", "a password that is wrong").await.0);
    }
    assert!(answers[..3].contains(&StatusCode::UNAUTHORIZED), "{answers:?}");
    assert_eq!(answers[4], StatusCode::TOO_MANY_REQUESTS, "{answers:?}");
}

#[tokio::test]
async fn accounts_that_are_made_found_and_changed_through_it_are_the_same_everywhere() {
    let two = Two::start().await;
    let [straight, pooled] = two.operator().await;
    let milano = group(&two.pooled, "Milano").await;
    let id = created(&pooled, &pgsm(milano, &json!({ "description": "Föhn" }))).await;
    created(&straight, &pgsm(milano, &json!({ "username": "3000111222", "number": "+39 320 447 1903", "owner": "Ada Rossi" }))).await;
    for client in [&straight, &pooled] {
        assert_eq!(found(client, "").await, ["Ada Rossi", "Chiara Montanari"]);
        assert_eq!(found(client, "föhn montanari").await, ["Chiara Montanari"]);
        assert_eq!(found(client, "ro").await, ["Ada Rossi"]);
    }
    let stored: String = sqlx::query_scalar("SELECT ha1_md5 FROM account_digests WHERE account_id = $1")
        .bind(id)
        .fetch_one(&two.straight.pool)
        .await
        .unwrap();
    assert_eq!(stored, Digests::new("2086693379", "sip.localhost", SIP_PASSWORD).ha1_md5);

    let edit = |owner: &str| {
        let draft = pgsm(milano, &json!({ "owner": owner, "password": "", "repeat_password": "" }));
        json!({ "id": id, "version": 1, "draft": draft })
    };
    assert_eq!(pooled.call("update_account", &edit("Chiara Riva")).await.status, StatusCode::OK);
    let late = straight.call("update_account", &edit("Chiara Costa")).await;
    assert_eq!((late.status, late.text.contains("Chiara Riva")), (StatusCode::CONFLICT, true), "{}", late.text);

    invented(&two.straight, milano, 1..=1_500).await;
    sqlx::query("UPDATE accounts SET enabled = true").execute(&two.straight.pool).await.unwrap();
    let filter = json!({ "needle": "person" });
    let counted = straight.call("count_accounts", &json!({ "filter": filter })).await.json();
    let selection = json!({ "matching": { "filter": filter, "at": counted["at"] } });
    let told = pooled.call("change_accounts", &json!({ "selection": selection, "action": "disable" })).await;
    let last = told.text.lines().last().map(|line| serde_json::from_str::<Progress>(line).unwrap());
    assert_eq!(last, Some(Progress::Finished), "{}", told.text);
    let disabled = straight.call("count_accounts", &json!({ "filter": { "enabled": false } })).await.json();
    assert_eq!(disabled["count"], 1_500);
    let files = [straight, pooled].map(|client| async move { client.get("/accounts/export.csv?sort=username").await.text });
    let [straight, pooled] = join_all(files).await.try_into().unwrap();
    assert_eq!((straight.lines().count(), &straight), (1_503, &pooled));
}

#[tokio::test]
async fn a_file_that_is_imported_through_it_is_there_whole_or_not_at_all() {
    let two = Two::start().await;
    let [straight, pooled] = two.operator().await;
    let (milano, profile) = (group(&two.straight, "Milano").await, profile(&two.straight.pool).await);
    let id = Uuid::now_v7();
    let body = sent(3_000, 0);
    let mut upload = Upload::start(&pooled, &address(id, milano, profile, 3_000, 3_000), body.len()).await;
    upload.send(&body[..body.len() / 2]).await;
    // Its connection waits for the rest meanwhile, and the others go on.
    assert_eq!(found(&pooled, "person").await.len(), 0);
    drop(upload);
    assert_eq!(straight.call("is_batch_stored", &json!({ "id": id })).await.json(), json!(false));

    let reply = send(&pooled, &address(id, milano, profile, 3_000, 3_000), body.clone()).await;
    assert_eq!(last(&reply), json!({ "done": 3_000 }));
    assert_eq!(straight.call("show_batch", &json!({ "id": id })).await.json()["accounts"], 3_000);
    let again = send(&straight, &address(id, milano, profile, 3_000, 3_000), body).await;
    assert_eq!((last(&again), count(&two.straight).await), (json!({ "done": 3_000 }), 3_000));
    assert_eq!(last(&pooled.call("undo_batch", &json!({ "id": id })).await), json!({ "done": 3_000 }));
    assert_eq!(straight.call("show_batch", &json!({ "id": id })).await.json()["accounts"], 0);
}

#[tokio::test]
async fn smses_go_once_whichever_server_sends_them() {
    let two = Two::start().await;
    let gateway = FakeGateway::start(Answer::Whole(202, TAKEN.to_owned())).await;
    let id = {
        let [straight, _] = two.operator().await;
        created(&straight, &pgsm(group(&two.pooled, "Milano").await, &json!({}))).await
    };
    // With the development gateway first.
    let [straight, pooled] = two.operator().await;
    let sms = |kind: &str| json!({ "message": Uuid::now_v7(), "account": id, "kind": kind });
    assert_eq!(pooled.call("send_sms", &sms("installation")).await.status, StatusCode::OK);
    until(async || in_states(&two.straight.pool, &["accepted"]).await == 1).await;

    choose_kannel(&two.pooled, &gateway.address()).await;
    let message = sms("activation");
    let clicks = [&straight, &pooled, &straight, &pooled].map(|client| client.call("send_sms", &message));
    assert!(join_all(clicks).await.iter().all(|reply| reply.status == StatusCode::OK));
    queue(&two.straight.pool, 500).await;
    until(async || in_states(&two.straight.pool, &["queued", "sending"]).await == 0).await;
    let numbers = gateway.numbers();
    assert_eq!((numbers.len(), gateway.calls().len()), (501, 501));
    assert_eq!(in_states(&two.straight.pool, &["accepted"]).await, 502);
}

#[tokio::test]
async fn what_changes_on_one_is_told_on_the_other() {
    let two = Two::start().await;
    let [straight, pooled] = two.operator().await;
    let id = created(&straight, &pgsm(group(&two.straight, "Milano").await, &json!({}))).await;
    let mut pages = [Listener::open(&straight).await, Listener::open(&pooled).await];
    for (client, enabled) in [(&straight, false), (&pooled, true)] {
        assert_eq!(client.call("enable_account", &json!({ "id": id, "enabled": enabled })).await.status, StatusCode::OK);
        for page in &mut pages {
            page.until_told(id).await;
        }
    }
}

/// Twelve times as many questions as there are connections, each of which differs from all others: nobody gets the answer, or the
/// statement, of somebody else.
#[tokio::test]
async fn everybody_gets_the_answer_to_their_own_question() {
    let two = Two::start().await;
    let milano = group(&two.straight, "Milano").await;
    invented(&two.straight, milano, 1..=300).await;
    let [_, pooled] = two.operator().await;
    let ask = async |n: usize| match n % 3 {
        0 => {
            let needle = format!("p{}@", n / 3 + 1);
            assert_eq!(found(&pooled, &needle).await, [format!("Person {}", n / 3 + 1)]);
        }
        1 => {
            let id: Uuid =
                sqlx::query_scalar("SELECT md5($1::text)::uuid").bind(n.to_string()).fetch_one(&two.straight.pool).await.unwrap();
            let shown: Value = pooled.call("show_account", &json!({ "id": id })).await.json();
            assert_eq!(shown["account"]["owner"], format!("Person {n}"), "{shown}");
        }
        _ => {
            let taken =
                pooled.call("taken_fields", &json!({ "id": Uuid::nil(), "username": (1_000_000 + n).to_string(), "number": "5000" })).await;
            assert_eq!((&taken.json()["username"], &taken.json()["number"]), (&json!(true), &json!(false)), "{}", taken.text);
        }
    };
    for round in 0..8 {
        join_all((1 + round * 36..1 + (round + 1) * 36).map(&ask)).await;
    }
    assert!(!two.bouncer.log().contains("prepared"), "{}", two.bouncer.log());
}

#[tokio::test]
async fn servers_that_start_at_once_through_it_wait_for_the_one_that_makes_the_tables() {
    let straight = database::empty().await;
    let bouncer = PgBouncer::start(2);
    let pooled = bouncer.address_of(database::name_in(&straight));
    let settings = ["--database-url", &pooled, "--database-pooler", "transaction", "--migration-url", &straight];
    let mut servers: Vec<Serving> = (0..3).map(|_| Serving::start(&settings)).collect();
    let passwords: Vec<String> = servers.iter_mut().filter_map(Serving::one_time_password).collect();
    assert_eq!(passwords.len(), 1);
    for server in &mut servers {
        let reply = Client::new(&server.address(), None).get("/readyz").await;
        assert_eq!(reply.status, StatusCode::OK);
    }
    // Commands go the same way.
    let listed = ringkey(&["operator", "list"]).args(settings).output().unwrap();
    assert!(stdout(&listed).contains("admin"), "{}", stderr(&listed));
    let mut add = ringkey(&["operator", "add", "Ada", "--role", "viewer", "--password-stdin"]);
    add.args(settings);
    assert!(run_with_input(add, PASSWORD).status.success());
    // A SIP server is not sent through the pooler.
    let told = stdout(&ringkey(&["sip-settings"]).args(settings).output().unwrap());
    assert!(told.contains(&format!("DATABASE_HOST={}\n", database::directory().display())), "{told}");
}

#[tokio::test]
async fn without_its_pooler_or_its_database_a_server_says_so_and_comes_back_by_itself() {
    let straight = database::empty().await;
    let mut bouncer = PgBouncer::start(2);
    let pooled = bouncer.address_of(database::name_in(&straight));
    let mut server = Serving::start(&["--database-url", &pooled, "--database-pooler", "transaction", "--migration-url", &straight]);
    let client = Client::new(&server.address(), None);
    let status = async || client.request(Method::GET, "/readyz").send().await.unwrap().status();
    assert_eq!(status().await, StatusCode::OK);
    bouncer.kill();
    until(async || status().await == StatusCode::SERVICE_UNAVAILABLE).await;
    bouncer.start_again();
    until(async || status().await == StatusCode::OK).await;
    // The database takes nobody in any more, and ends the connections that the pooler has.
    let name = database::name_in(&straight).to_owned();
    database::administer(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    database::administer(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;
    until(async || status().await == StatusCode::SERVICE_UNAVAILABLE).await;
    database::administer(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
    until(async || status().await == StatusCode::OK).await;
}

#[test]
fn settings_that_do_not_go_together_are_refused_by_name() {
    let database = "postgres://ringkey@127.0.0.1:1/ringkey";
    for (arguments, words) in [
        (&["--database-url", database, "--database-pooler", "transaction"][..], "--migration-url (RINGKEY_MIGRATION_URL): "),
        (&["--database-pooler", "transaction"], "--database-pooler (RINGKEY_DATABASE_POOLER): "),
        (&["--migration-url", database], "--migration-url (RINGKEY_MIGRATION_URL): "),
        (&["--database-url", database, "--migration-url", "mysql://x"], "--migration-url (RINGKEY_MIGRATION_URL): "),
        (&["--database-url", database, "--database-pooler", "session"], "RINGKEY_DATABASE_POOLER"),
    ] {
        let refused = ringkey(&["operator", "list"]).args(arguments).output().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&refused).contains(words), "{}", stderr(&refused));
    }
}
