//! The table of those online follows the registrations and the accounts, whoever writes at the same moment.

use std::fs;
use std::path::Path;

use app::registrations::db::forget_gone;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use super::Surface;
use crate::support::accounts::pgsm;
use crate::support::database;

const USERNAME: &str = "2086693379";

/// A REGISTER as Kamailio writes it.
async fn register(server: &mut PgConnection) {
    sqlx::query("INSERT INTO sip.location (ruid, username, contact, expires) VALUES (gen_random_uuid(), $1, 'sip:192.0.2.7', 4000000000)")
        .bind(USERNAME)
        .execute(server)
        .await
        .unwrap();
}

impl Surface {
    /// How many are in the table, all of them as their accounts are.
    async fn online(&self) -> i64 {
        let (all, fresh): (i64, i64) = sqlx::query_as(
            "SELECT count(*), count(s.account_id) FROM account_online o LEFT JOIN account_search s
             USING (account_id, owner_order, username, number_digits, group_id, account_type, security_model, enabled, status_order,
                    last_status_at, search)",
        )
        .fetch_one(&self.app.pool)
        .await
        .unwrap();
        assert_eq!(all, fresh, "somebody is not what the account is");
        all
    }

    async fn forget_gone(&self) -> u64 {
        forget_gone(&self.app.pool).await.unwrap()
    }

    /// As if all that was so far had been a day and an hour ago.
    async fn a_day_goes_by(&self) {
        self.run("UPDATE account_events SET at = at - interval '25 hours'").await;
        self.run(
            "UPDATE account_online SET ended_at = ended_at - interval '25 hours', registered_at = registered_at - interval '25 hours'",
        )
        .await;
    }

    async fn nobody_is_online(&self) {
        self.run("DELETE FROM sip.location").await;
        self.run("DELETE FROM account_online").await;
    }
}

#[tokio::test]
async fn who_comes_is_there_and_who_stays_away_for_a_day_is_forgotten() {
    let mut surface = Surface::start().await;
    surface.pgsm(json!({})).await;
    assert_eq!(surface.online().await, 0);
    for _ in 0..2 {
        register(&mut surface.server).await;
        register(&mut surface.server).await;
        surface.a_day_goes_by().await;
        assert_eq!((surface.forget_gone().await, surface.online().await), (0, 1), "it is still there");
        surface.run("UPDATE sip.location SET last_modified = extract(epoch FROM now())").await;
        surface.written("DELETE FROM sip.location").await;
        assert_eq!((surface.forget_gone().await, surface.online().await), (0, 1), "it may be back soon");
    }
    surface.a_day_goes_by().await;
    assert_eq!((surface.forget_gone().await, surface.online().await), (1, 0));
    register(&mut surface.server).await;
    assert_eq!(surface.online().await, 1);
}

#[tokio::test]
async fn what_becomes_of_an_account_becomes_of_it_there() {
    let mut surface = Surface::start().await;
    let id = surface.pgsm(json!({})).await;
    let other = super::group(&surface.app, "Altrove").await;
    register(&mut surface.server).await;
    let changes = json!({ "owner": "Zoé Žižek", "number": "+393204471999", "group": other, "password": "", "repeat_password": "" });
    surface.done("update_account", json!({ "id": id, "version": 1, "draft": pgsm(surface.group, &changes) })).await;
    assert_eq!(surface.online().await, 1);
    let found: String = sqlx::query_scalar("SELECT owner_order FROM account_online").fetch_one(&surface.app.pool).await.unwrap();
    assert_eq!(found, "zoe zizek");
    surface.done("enable_account", json!({ "id": id, "enabled": false })).await;
    assert_eq!(surface.online().await, 1);
    surface.done("delete_account", json!({ "id": id })).await;
    assert_eq!(surface.online().await, 0);
}

#[tokio::test]
async fn who_comes_while_the_account_is_changed_is_what_it_is_changed_into() {
    let mut surface = Surface::start().await;
    let id: Uuid = surface.pgsm(json!({})).await;
    // So that the REGISTER itself changes nothing of the account.
    register(&mut surface.server).await;
    surface.nobody_is_online().await;
    let mut editor = surface.app.pool.begin().await.unwrap();
    sqlx::query("UPDATE accounts SET owner = 'Somebody else' WHERE id = $1").bind(id).execute(&mut *editor).await.unwrap();
    let mut server = database::as_sip_server(&surface.app.pool).await;
    let coming = tokio::spawn(async move { register(&mut server).await });
    database::until_somebody_waits(&surface.app.pool).await;
    editor.commit().await.unwrap();
    coming.await.unwrap();
    assert_eq!(surface.online().await, 1);

    // And the other way round: the change waits for who comes.
    surface.nobody_is_online().await;
    let mut coming = surface.server.begin().await.unwrap();
    register(&mut coming).await;
    let pool = surface.app.pool.clone();
    let editing = tokio::spawn(async move {
        sqlx::query("UPDATE accounts SET owner = 'Somebody else again' WHERE id = $1").bind(id).execute(&pool).await.unwrap();
    });
    database::until_somebody_waits(&surface.app.pool).await;
    coming.commit().await.unwrap();
    editing.await.unwrap();
    assert_eq!(surface.online().await, 1);
}

#[tokio::test]
async fn who_comes_while_it_is_forgotten_is_there() {
    let mut surface = Surface::start().await;
    surface.pgsm(json!({})).await;
    register(&mut surface.server).await;
    surface.written("DELETE FROM sip.location").await;
    surface.a_day_goes_by().await;
    let mut coming = surface.server.begin().await.unwrap();
    register(&mut coming).await;
    assert_eq!(forget_gone(&surface.app.pool).await.unwrap(), 0, "it waits for nobody");
    coming.commit().await.unwrap();
    assert_eq!(surface.online().await, 1);

    surface.written("DELETE FROM sip.location").await;
    surface.a_day_goes_by().await;
    let mut holder = surface.app.pool.begin().await.unwrap();
    sqlx::query("SELECT FROM account_events FOR UPDATE").execute(&mut *holder).await.unwrap();
    let pool = surface.app.pool.clone();
    let forgetting = tokio::spawn(async move { forget_gone(&pool).await.unwrap() });
    database::until_waiting(&surface.app.pool, 1).await;
    let mut server = database::as_sip_server(&surface.app.pool).await;
    let coming = tokio::spawn(async move { register(&mut server).await });
    database::until_waiting(&surface.app.pool, 2).await;
    holder.rollback().await.unwrap();
    assert_eq!(forgetting.await.unwrap(), 1);
    coming.await.unwrap();
    assert_eq!(surface.online().await, 1);
}

#[tokio::test]
async fn who_is_being_changed_is_not_forgotten_and_a_new_password_waits_for_no_end_of_a_registration() {
    let mut surface = Surface::start().await;
    let id = surface.pgsm(json!({})).await;
    register(&mut surface.server).await;
    surface.written("DELETE FROM sip.location").await;
    surface.a_day_goes_by().await;
    let mut editor = surface.app.pool.begin().await.unwrap();
    sqlx::query("UPDATE accounts SET owner = 'Somebody else' WHERE id = $1").bind(id).execute(&mut *editor).await.unwrap();
    assert_eq!(surface.forget_gone().await, 0, "it waits for nobody");
    editor.commit().await.unwrap();
    assert_eq!((surface.forget_gone().await, surface.online().await), (1, 0));

    register(&mut surface.server).await;
    let mut ending = surface.server.begin().await.unwrap();
    sqlx::query("DELETE FROM sip.location").execute(&mut *ending).await.unwrap();
    sqlx::query("UPDATE accounts SET version = version + 1 WHERE id = $1").bind(id).execute(&surface.app.pool).await.unwrap();
    ending.commit().await.unwrap();
}

#[tokio::test]
async fn two_who_come_at_the_same_moment_are_one() {
    let mut surface = Surface::start().await;
    surface.pgsm(json!({})).await;
    register(&mut surface.server).await;
    surface.nobody_is_online().await;
    let mut first = surface.server.begin().await.unwrap();
    register(&mut first).await;
    let mut server = database::as_sip_server(&surface.app.pool).await;
    let second = tokio::spawn(async move { register(&mut server).await });
    database::until_somebody_waits(&surface.app.pool).await;
    first.commit().await.unwrap();
    second.await.unwrap();
    assert_eq!((surface.kept().await, surface.online().await), ((2, 0), 1));
}

/// Those that are asked for the rows of a page or for one account, whatever the plan was made for.
#[tokio::test]
async fn no_query_about_registrations_reads_all_of_them() {
    let surface = Surface::start().await;
    for statement in [
        "ALTER TABLE sip.location DISABLE TRIGGER USER",
        "INSERT INTO sip.location (ruid, username, contact, expires) SELECT n, n, 'sip:192.0.2.7', 4000000000 FROM generate_series(100000, 130000) n",
        "INSERT INTO sip.ps_contacts (id, endpoint, uri) SELECT n, n, 'sip:192.0.2.7' FROM generate_series(100000, 130000) n",
        "ANALYZE sip.location, sip.ps_contacts",
    ] {
        surface.run(statement).await;
    }
    let mut asked = 0;
    let mut connection = surface.app.pool.acquire().await.unwrap();
    sqlx::query("SET plan_cache_mode = force_generic_plan").execute(&mut *connection).await.unwrap();
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/.sqlx")).unwrap() {
        let cached: Value = serde_json::from_str(&fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
        let query = cached["query"].as_str().unwrap();
        let parameters = cached["describe"]["parameters"]["Left"].as_array().unwrap().len();
        // What names nobody is about all of them.
        if !query.contains("sip.registrations") || parameters == 0 {
            continue;
        }
        asked += 1;
        let nulls = vec!["NULL"; parameters].join(", ");
        sqlx::raw_sql(AssertSqlSafe(format!("PREPARE asked_{asked} AS {query}"))).execute(&mut *connection).await.unwrap();
        let explain = format!("EXPLAIN EXECUTE asked_{asked}({nulls})");
        let plan: Vec<String> = sqlx::query_scalar(AssertSqlSafe(explain)).fetch_all(&mut *connection).await.unwrap();
        let plan = plan.join("\n");
        assert!(!plan.contains("Seq Scan on location") && !plan.contains("Seq Scan on ps_contacts"), "{query}\n{plan}");
    }
    assert!(asked > 2, "{asked}");
}
