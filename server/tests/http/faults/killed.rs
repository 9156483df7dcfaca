//! The server is killed in the middle of everything that it writes: all of it is there afterwards, or nothing. Sent again, it is there
//! once. That it is the middle is enforced: what comes last is held by the test, and so is the commit.

use std::time::Duration;

use app::domain::role::Role;
use futures::future::join_all;
use reqwest::Method;
use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};
use uuid::Uuid;

use super::writes::{self, Write};
use super::{ask, rounds};
use crate::support::accounts::{group, pgsm};
use crate::support::app::PASSWORD;
use crate::support::database::{self, until_waiting};
use crate::support::program::Serving;
use crate::support::{Reply, TestApp, until};

/// Servers on one database that are killed, and one that stays.
struct Servers {
    pool: PgPool,
    servers: Vec<Serving>,
    stays: TestApp,
}

impl Servers {
    async fn start(count: usize) -> Self {
        let (pool, url) = database::fresh_with_address().await;
        // Without an operator each would make one, whose password takes a while.
        TestApp::of_program("http://127.0.0.1:1", pool.clone()).sign_in_as(Role::Admin).await;
        let servers = (0..count).map(|_| Serving::start(&["--database-url", &url])).collect();
        let stays = TestApp::start_on(pool.clone(), &[]).await;
        Self { pool, servers, stays }
    }

    fn app(&mut self, nth: usize) -> TestApp {
        TestApp::of_program(&self.servers[nth].address(), self.pool.clone())
    }

    /// Sends a request to a server, and kills the server when the request is held.
    async fn kill_in(&mut self, nth: usize, write: &Write) {
        let app = self.app(nth);
        let kill = async {
            until_waiting(&self.pool, 1).await;
            self.servers[nth].signal("-KILL");
        };
        let (reply, ()) = tokio::join!(write.send(&app), kill);
        assert!(reply.is_none_or(|reply| !reply.text.contains("done")), "the line has broken");
    }

    /// Waits until Postgres has ended what the dead have left.
    async fn until_quiet(&self) {
        let works =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";
        until(async || ask::<i64>(&self.pool, works).await == 0).await;
    }
}

async fn hold(pool: &PgPool, statement: String) -> Transaction<'static, Postgres> {
    let mut holder = pool.begin().await.unwrap();
    sqlx::query(AssertSqlSafe(statement)).execute(&mut *holder).await.unwrap();
    holder
}

async fn killed(write: impl AsyncFnOnce(&TestApp) -> Write, is_answer: impl Fn(&Reply) -> bool) {
    // One is killed in the middle, one in the commit.
    let mut servers = Servers::start(2).await;
    let write = write(&servers.stays).await;
    let pool = servers.pool.clone();
    assert!(write.is_undone(&pool).await);

    let holder = hold(&pool, format!("LOCK TABLE {} IN EXCLUSIVE MODE", write.last_table)).await;
    servers.kill_in(0, &write).await;
    holder.rollback().await.unwrap();
    servers.until_quiet().await;
    assert!(write.is_undone(&pool).await, "something is left of what was cut off");

    // A commit that its server does not live to see.
    let held = format!(
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END';
         CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON {} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()",
        write.last_table
    );
    sqlx::raw_sql(AssertSqlSafe(held)).execute(&pool).await.unwrap();
    let holder = hold(&pool, "SELECT pg_advisory_xact_lock(1)".to_owned()).await;
    servers.kill_in(1, &write).await;
    assert!(write.is_undone(&pool).await);
    holder.rollback().await.unwrap();
    until(async || write.is_done(&pool).await).await;

    let reply = write.send(&servers.stays).await.unwrap();
    assert!(is_answer(&reply), "{} {}", reply.status, reply.text);
    assert!(write.is_done(&pool).await, "it is there once, with its entry in the history");
}

/// One test for each. Those that are done already say so, or are told that they are.
macro_rules! killed_in {
    ($($name:ident: $write:ident, $answer:expr;)*) => {
        $(#[tokio::test]
        async fn $name() {
            killed(async |app| writes::$write(app).await, $answer).await;
        })*
    };
}

fn well(reply: &Reply) -> bool {
    reply.status.is_success() && !reply.text.contains("refused") && !reply.text.contains("stopped")
}

fn says(words: &'static str) -> impl Fn(&Reply) -> bool {
    move |reply| reply.text.contains(words)
}

killed_in! {
    killed_while_an_account_is_created: create_account, well;
    killed_while_the_wizard_creates: create_by_wizard, well;
    killed_while_an_account_is_edited: edit_account, well;
    killed_while_an_account_is_disabled: disable_account, well;
    killed_while_an_account_is_deleted: delete_account, says("Somebody has deleted it.");
    killed_while_many_are_changed: change_many, well;
    killed_while_a_file_is_imported: import_batch, well;
    killed_while_a_batch_is_undone: undo_batch, says("This batch was undone already.");
    killed_while_a_group_is_created: create_group, well;
    killed_while_a_group_is_edited: edit_group, well;
    killed_while_a_group_is_deleted: delete_group, says("There is no such group.");
    killed_while_a_profile_is_created: create_profile, well;
    killed_while_a_profile_is_edited: edit_profile, well;
    killed_while_a_profile_is_made_the_default: make_default_profile, well;
    killed_while_a_profile_is_deleted: delete_profile, says("There is no such provisioning profile.");
    killed_while_the_sip_settings_are_saved: save_sip_settings, says("Somebody else saved these settings");
    killed_while_the_gateway_is_saved: save_gateway, says("Somebody else saved these settings");
    killed_while_an_sms_is_queued: send_sms, well;
    killed_while_an_sms_is_queued_again: resend_sms, well;
    killed_while_a_registration_is_dropped: drop_registration, says("This phone is not registered any more");
    killed_while_an_activation_is_pressed: press_activation, says("<h1");
    killed_while_a_configuration_is_handed_out: hand_out_configuration, says("<h1");
}

/// A session that nobody has a cookie of may be left, and ends by itself. Whoever has seen no answer signs in again.
#[tokio::test]
async fn killed_while_somebody_signs_in() {
    let mut servers = Servers::start(1).await;
    servers.stays.add_operator("ada", Role::Viewer).await;
    let form = [("name", "ada"), ("password", PASSWORD)];
    let (app, pool) = (servers.app(0), servers.pool.clone());
    let holder = hold(&pool, "LOCK TABLE sessions IN EXCLUSIVE MODE".to_owned()).await;
    let entering = Reply::try_of(app.anonymous().request(Method::POST, "/sign-in").form(&form));
    let (reply, ()) = tokio::join!(entering, async {
        until_waiting(&pool, 1).await;
        servers.servers[0].signal("-KILL");
    });
    assert!(reply.is_none());
    holder.rollback().await.unwrap();
    servers.until_quiet().await;
    for _ in 0..3 {
        assert_eq!(servers.stays.anonymous().post_form("/sign-in", &form).await.location(), "/groups");
    }
}

#[tokio::test]
async fn killed_at_random_moments_nothing_is_lost_and_nothing_is_doubled() {
    let (pool, url) = database::fresh_with_address().await;
    TestApp::of_program("http://127.0.0.1:1", pool.clone()).sign_in_as(Role::Admin).await;
    let mut server = Serving::start(&["--database-url", &url]);
    let ufficio = group(&TestApp::of_program(&server.address(), pool.clone()), "Ufficio").await;
    let rounds = rounds(3, 60);
    for round in 0..rounds {
        let app = TestApp::of_program(&server.address(), pool.clone());
        let operator = app.sign_in_as(Role::Operator).await;
        let wishes: Vec<_> = (0..20)
            .map(|n| json!({ "id": Uuid::now_v7(), "draft": pgsm(ufficio, &json!({ "username": format!("1{round:02}{n:02}"), "number": format!("1{round:02}{n:02}") })) }))
            .collect();
        let sends = wishes.iter().map(async |wish| {
            let request = operator.request(Method::POST, "/api/create_account").json(wish);
            Reply::try_of(request).await.is_some_and(|reply| reply.status.is_success())
        });
        let moment = u64::from(rand(80));
        let (confirmed, ()) = tokio::join!(join_all(sends), async {
            tokio::time::sleep(Duration::from_millis(moment)).await;
            server.signal("-KILL");
        });
        server = Serving::start(&["--database-url", &url]);
        let app = TestApp::of_program(&server.address(), pool.clone());
        let operator = app.sign_in_as(Role::Operator).await;
        for (wish, confirmed) in wishes.iter().zip(confirmed) {
            let id = wish["id"].as_str().unwrap();
            if confirmed {
                assert_eq!(
                    ask::<i64>(&pool, &format!("SELECT count(*) FROM accounts WHERE id = '{id}'")).await,
                    1,
                    "what was confirmed is lost"
                );
            }
            let again = operator.call("create_account", wish).await;
            assert!(again.status.is_success(), "after {moment} ms: {}", again.text);
        }
    }
    let made = rounds as i64 * 20;
    assert_eq!(ask::<i64>(&pool, "SELECT count(*) FROM accounts JOIN account_digests ON account_id = id").await, made);
    assert_eq!(ask::<i64>(&pool, "SELECT count(*) FROM audit_log WHERE action = 'created' AND subject_kind = 'account'").await, made);
}

/// Below so much, by chance.
fn rand(below: u8) -> u8 {
    Uuid::new_v4().as_bytes()[0] % below
}
