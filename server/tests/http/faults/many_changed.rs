//! The database goes away, or takes no more, in the middle of changing many accounts: what was changed is told truly.

use app::domain::bulk::Progress;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use sqlx::{Postgres, Transaction};

use super::{Ground, INTERRUPTED, lines};
use crate::support::Client;
use crate::support::accounts::{group, invented};
use crate::support::database::until_waiting;
use crate::support::until;

/// More than thirty steps.
const ACCOUNTS: i32 = 3_000;
/// Accounts of one step.
const STEP: i32 = 100;

/// Accounts that are being disabled.
struct Work {
    operator: Client,
    arguments: Value,
    answer: Response,
    /// What was told by now.
    text: String,
}

impl Work {
    /// The first step is told, and another one waits for the lock that is given back.
    async fn begin(ground: &Ground) -> (Self, Transaction<'static, Postgres>) {
        let operator = ground.operator().await;
        let group = group(&ground.app, "Milano").await;
        invented(&ground.app, group, 1..=ACCOUNTS).await;
        sqlx::query("UPDATE accounts SET enabled = true").execute(&ground.app.pool).await.unwrap();
        let filter = json!({});
        let counted = operator.call("count_accounts", &json!({ "filter": filter })).await.json();
        let arguments = json!({ "selection": { "matching": { "filter": filter, "at": counted["at"] } }, "action": "disable" });
        let request = operator.request(Method::POST, "/api/change_accounts").header("accept", "application/json");
        let answer = request.json(&arguments).send().await.unwrap();
        let mut work = Self { operator, arguments, answer, text: String::new() };
        while !work.text.contains('\n') {
            assert!(work.hear().await);
        }
        let mut holder = ground.app.pool.begin().await.unwrap();
        sqlx::query("LOCK TABLE audit_log IN EXCLUSIVE MODE").execute(&mut *holder).await.unwrap();
        until_waiting(&ground.app.pool, 1).await;
        (work, holder)
    }

    /// False when nothing follows.
    async fn hear(&mut self) -> bool {
        let piece = self.answer.chunk().await.unwrap();
        self.text.push_str(std::str::from_utf8(piece.as_deref().unwrap_or_default()).unwrap());
        piece.is_some()
    }

    /// How many are told to be changed at last, and the sentence that it stopped with.
    async fn end(&mut self) -> (i32, String) {
        while self.hear().await {}
        let told: Vec<Progress> = self.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let changed = told.iter().filter_map(|line| if let Progress::Step { changed, .. } = line { Some(*changed) } else { None }).max();
        let Some(Progress::Stopped(sentence)) = told.last() else { panic!("{told:?}") };
        (changed.unwrap().try_into().unwrap(), sentence.clone())
    }

    /// The same again does the rest of it.
    async fn again(&self, ground: &Ground) {
        let again = self.operator.call("change_accounts", &self.arguments).await;
        assert_eq!(lines(&again).last(), Some(&json!("finished")));
        assert_eq!(done(ground).await, ACCOUNTS);
    }
}

/// How many are disabled, which is how many entries the audit log has of it.
async fn done(ground: &Ground) -> i32 {
    let disabled: i64 = ground.ask("SELECT count(*) FROM accounts WHERE NOT enabled").await;
    assert_eq!(ground.ask::<i64>("SELECT count(*) FROM audit_log WHERE action = 'disabled'").await, disabled);
    disabled.try_into().unwrap()
}

#[tokio::test]
async fn postgres_is_restarted_while_many_are_changed() {
    let mut ground = Ground::new().await;
    let (mut work, holder) = Work::begin(&ground).await;
    ground.cluster.restart();
    // What held it is gone with its connection.
    drop(holder);
    let (told, sentence) = work.end().await;
    assert_eq!(sentence, INTERRUPTED);
    ground.until_ready().await;
    assert_eq!(done(&ground).await, told);
    work.again(&ground).await;
}

#[tokio::test]
async fn the_database_can_only_be_read_while_many_are_changed() {
    let ground = Ground::new().await;
    let (mut work, holder) = Work::begin(&ground).await;
    ground.cluster.administer(&["ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()"]).await;
    until(async || ground.ask::<String>("SHOW transaction_read_only").await == "on").await;
    holder.rollback().await.unwrap();
    let (told, sentence) = work.end().await;
    // The step that was under way may be done in the end.
    assert!((STEP..ACCOUNTS).contains(&told), "{told}");
    assert_eq!(
        sentence,
        "Ringkey’s database can only be read at the moment. What was changed stays changed; try the rest again in a while."
    );
    assert_eq!(done(&ground).await, told);
    ground.cluster.administer(&["ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()"]).await;
    until(async || ground.ask::<String>("SHOW transaction_read_only").await == "off").await;
    work.again(&ground).await;
}
