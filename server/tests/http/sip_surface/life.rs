//! What becomes of an account when a SIP server writes, and of a registration when the account changes.

use app::accounts::life_cycle;
use app::domain::account_status::LifeCycleEvent;
use app::registrations;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::Surface;
use crate::support::accounts::{pgsm, snom};
use crate::support::database;

const USERNAME: &str = "2086693379";
const CLIENT: &str = "Linphone/5.2.0 (Pixel 7)";
/// Any moment of the past, in seconds since 1970.
const THEN: i64 = 1_900_000_000;

/// A REGISTER as Kamailio writes it: for an hour from now, last heard of at `THEN`.
async fn register(server: &mut PgConnection, username: &str) {
    sqlx::query(
        "INSERT INTO sip.location (ruid, username, contact, received, expires, callid, cseq, last_modified, user_agent, socket)
         VALUES (gen_random_uuid(), $1, 'sip:' || $1 || '@10.0.0.2:5060;transport=tls', 'sip:192.0.2.7:40001;transport=tls',
                 extract(epoch FROM now())::bigint + 3600, 'call', 1, $2, $3, 'tls:192.0.2.1:5061')",
    )
    .bind(username)
    .bind(THEN)
    .bind(CLIENT)
    .execute(server)
    .await
    .unwrap();
}

/// A REGISTER as Asterisk writes it, for an hour from now.
async fn register_asterisk(server: &mut PgConnection, username: &str) {
    sqlx::query(
        "INSERT INTO sip.ps_contacts (id, uri, expiration_time, qualify_frequency, user_agent, reg_server, via_addr, via_port, call_id,
                                      endpoint, prune_on_boot)
         VALUES ($1 || '^3B@' || md5(gen_random_uuid()::text), 'sip:' || $1 || '@192.0.2.7:40001^3Btransport=TLS^3Bx-^5E=1',
                 extract(epoch FROM now())::bigint + 3600, 0, 'snomD785/10.1 (^5E^3B)', 'pbx', '10.0.0.2', 5060, 'call', $1, 'yes')",
    )
    .bind(username)
    .execute(server)
    .await
    .unwrap();
}

impl Surface {
    /// Each registration that is written down: its time in seconds since 1970, and the client.
    async fn registered(&self, id: Uuid) -> Vec<(i64, Option<String>)> {
        sqlx::query_as(
            "SELECT extract(epoch FROM at)::bigint, client FROM account_events WHERE account_id = $1 AND event = 'registered' ORDER BY at",
        )
        .bind(id)
        .fetch_all(&self.app.pool)
        .await
        .unwrap()
    }

    async fn status(&self, id: Uuid) -> String {
        sqlx::query_scalar("SELECT last_status FROM accounts WHERE id = $1").bind(id).fetch_one(&self.app.pool).await.unwrap()
    }

    /// When the account registered last, in seconds since 1970, and the client.
    async fn last(&self, id: Uuid) -> (i64, Option<String>) {
        let times = life_cycle::times(&self.app.pool, id).await.unwrap();
        let (_, at) = times.iter().find(|(event, _)| *event == LifeCycleEvent::Registered).unwrap();
        (at / 1000, registrations::db::last_client(&self.app.pool, id).await.unwrap())
    }

    /// How often open pages were told to look at the account's registration, since the last time that this was asked.
    async fn told(&self, id: Uuid) -> usize {
        let told: Vec<i64> = sqlx::query_scalar(
            "DELETE FROM live_changes l USING accounts a WHERE a.id = $1 AND l.subject = 'registration'
             AND (l.id = a.id AND l.account_id = a.id OR l.username = a.username) RETURNING seq",
        )
        .bind(id)
        .fetch_all(&self.app.pool)
        .await
        .unwrap();
        told.len()
    }

    async fn take_drops(&mut self) -> Vec<String> {
        sqlx::query_scalar("SELECT sip.take_drops()").fetch_all(&mut self.server).await.unwrap()
    }
}

#[tokio::test]
async fn the_first_register_makes_an_account_connected_and_a_refresh_only_moves_the_expiry() {
    let mut surface = Surface::start().await;
    let id = surface.pgsm(json!({})).await;
    register(&mut surface.server, USERNAME).await;
    assert_eq!(surface.status(id).await, "connected");
    let first = surface.registered(id).await;
    assert_eq!((first.len(), first[0].1.as_deref()), (1, Some(CLIENT)));
    assert_eq!(surface.told(id).await, 1);

    surface.written("UPDATE sip.location SET expires = expires + 60, last_modified = last_modified + 60, cseq = cseq + 1").await;
    assert_eq!((surface.registered(id).await, surface.told(id).await), (first.clone(), 1));
    surface.written("UPDATE sip.location SET callid = 'another', cseq = 1, last_modified = last_modified + 1").await;
    assert_eq!((surface.registered(id).await, surface.told(id).await), (first, 0), "no page shows what has changed");
}

#[tokio::test]
async fn the_end_of_a_registration_keeps_when_its_last_register_was_and_of_which_client() {
    let mut surface = Surface::start().await;
    let id = surface.pgsm(json!({})).await;
    register(&mut surface.server, USERNAME).await;
    surface.told(id).await;
    surface.written("UPDATE sip.location SET last_modified = last_modified + 600, user_agent = 'Linphone/5.3'").await;
    surface.written("DELETE FROM sip.location").await;
    assert_eq!(surface.last(id).await, (THEN + 600, Some("Linphone/5.3".to_owned())));
    assert_eq!((surface.told(id).await, surface.status(id).await.as_str()), (2, "connected"));
    assert_eq!(surface.take_drops().await, [""; 0], "the server has ended it by itself");

    // Of two the later one counts, in whatever order they end.
    register(&mut surface.server, USERNAME).await;
    surface.written("DELETE FROM sip.location").await;
    assert_eq!(surface.last(id).await.0, THEN + 600);

    // The same when it is not among those online within a day any more.
    surface.run("UPDATE account_online SET client = 'Linphone/5.4', ended_at = ended_at - interval '25 hours'").await;
    assert_eq!(registrations::db::forget_gone(&surface.app.pool).await.unwrap(), 1);
    assert_eq!(surface.last(id).await, (THEN + 600, Some("Linphone/5.4".to_owned())));
}

#[tokio::test]
async fn a_registration_whose_time_is_over_is_none_though_its_row_is_still_there() {
    let mut surface = Surface::start().await;
    surface.pgsm(json!({})).await;
    register(&mut surface.server, USERNAME).await;
    let names = [USERNAME.to_owned()];
    let of = registrations::db::of(&surface.app.pool, &names).await.unwrap();
    let registration = &of[USERNAME];
    assert_eq!(registration.client, CLIENT);
    assert_eq!(registration.origin.as_ref().map(|origin| origin.text()).as_deref(), Some("192.0.2.7:40001"));

    surface.written("UPDATE sip.location SET expires = extract(epoch FROM now())::bigint - 1").await;
    assert!(registrations::db::of(&surface.app.pool, &names).await.unwrap().is_empty());
    assert_eq!(surface.kept().await, (1, 0));
}

#[tokio::test]
async fn an_account_that_was_activated_again_is_connected_when_its_phone_comes_anew() {
    let mut surface = Surface::start().await;
    let id = surface.pgsm(json!({})).await;
    register(&mut surface.server, USERNAME).await;
    surface.run("INSERT INTO account_events (account_id, event) SELECT id, 'activation_sent' FROM accounts").await;
    assert_eq!(surface.status(id).await, "activation_sms_sent");
    surface.written("UPDATE sip.location SET expires = expires + 60").await;
    assert_eq!(surface.status(id).await, "activation_sms_sent", "the old configuration still refreshes");
    register(&mut surface.server, USERNAME).await;
    assert_eq!((surface.status(id).await.as_str(), surface.registered(id).await.len()), ("connected", 2));
    register(&mut surface.server, USERNAME).await;
    assert_eq!(surface.registered(id).await.len(), 2, "it is connected already");
}

#[tokio::test]
async fn who_is_disabled_deleted_renamed_or_re_keyed_is_not_online_any_more() {
    let mut surface = Surface::start().await;
    let id = surface.pgsm(json!({})).await;
    let keeping = json!({ "password": "", "repeat_password": "" });
    let draft = |group, changes: Value| crate::support::accounts::over(pgsm(group, &keeping), &changes);
    let group = surface.group;
    let ends: [(&str, Value, &str); 4] = [
        ("enable_account", json!({ "id": id, "enabled": false }), USERNAME),
        (
            "update_account",
            json!({ "id": id, "version": 1, "draft": draft(group, json!({ "password": "Cello-Lantern-88", "repeat_password": "Cello-Lantern-88" })) }),
            USERNAME,
        ),
        (
            "update_account",
            json!({ "id": id, "version": 2, "draft": draft(group, json!({ "username": "4711", "password": "Cello-Lantern-89", "repeat_password": "Cello-Lantern-89" })) }),
            USERNAME,
        ),
        ("delete_account", json!({ "id": id }), "4711"),
    ];
    for (function, arguments, username) in ends {
        surface.run("UPDATE accounts SET enabled = true").await;
        register(&mut surface.server, username).await;
        register_asterisk(&mut surface.server, username).await;
        surface.done(function, arguments).await;
        assert_eq!(surface.kept().await, (0, 0), "{function}");
        assert_eq!(surface.take_drops().await, [username], "{function}");
        assert_eq!(surface.take_drops().await, [""; 0], "each is told once");
    }
}

#[tokio::test]
async fn other_changes_leave_a_phone_online() {
    let mut surface = Surface::start().await;
    let id = surface.snom(json!({})).await;
    register(&mut surface.server, "3204").await;
    let changes = json!({ "password": "", "repeat_password": "", "call_limit": "9", "number": "3299", "keep_alive": false, "deny": "", "permit": "" });
    surface.done("update_account", json!({ "id": id, "version": 1, "draft": snom(surface.group, &changes) })).await;
    surface.done("enable_account", json!({ "id": id, "enabled": true })).await;
    assert_eq!((surface.kept().await, surface.take_drops().await), ((1, 0), Vec::new()));
}

#[tokio::test]
async fn who_has_registered_anew_since_the_drop_stays() {
    let mut surface = Surface::start().await;
    let id = surface.pgsm(json!({})).await;
    surface.snom(json!({})).await;
    for username in [USERNAME, "3204"] {
        register(&mut surface.server, username).await;
    }
    for enabled in [false, true] {
        surface.done("enable_account", json!({ "id": id, "enabled": enabled })).await;
    }
    let ended: i32 = sqlx::query_scalar("SELECT sip.drop_registrations('3204')").fetch_one(&surface.app.pool).await.unwrap();
    assert_eq!(ended, 1);
    register(&mut surface.server, USERNAME).await;
    assert_eq!(surface.take_drops().await, ["3204"]);
}

#[tokio::test]
async fn what_asterisk_keeps_counts_as_well() {
    let mut surface = Surface::start().await;
    let id = surface.pgsm(json!({})).await;
    register_asterisk(&mut surface.server, USERNAME).await;
    assert_eq!(surface.status(id).await, "connected");
    // The signs that Asterisk writes escaped are themselves again.
    let client = Some("snomD785/10.1 (^;)".to_owned());
    let first = surface.registered(id).await;
    assert_eq!((first.len(), first[0].1.clone(), surface.told(id).await), (1, client.clone(), 1));
    let of = registrations::db::of(&surface.app.pool, &[USERNAME.to_owned()]).await.unwrap();
    let origin = of[USERNAME].origin.as_ref().unwrap();
    assert_eq!((origin.text().as_str(), origin.transport.as_str()), ("192.0.2.7:40001", "TLS"));

    surface.written("UPDATE sip.ps_contacts SET expiration_time = expiration_time + 60").await;
    surface.written("UPDATE sip.ps_contacts SET via_port = 5062").await;
    assert_eq!((surface.registered(id).await.len(), surface.told(id).await), (1, 1));
    surface.written("DELETE FROM sip.ps_contacts").await;
    assert_eq!((surface.last(id).await.1, surface.told(id).await), (client.clone(), 1));
    // It does not tell when the last REGISTER was: the first one is known.
    surface.run("UPDATE account_online SET ended_at = ended_at - interval '25 hours'").await;
    assert_eq!(registrations::db::forget_gone(&surface.app.pool).await.unwrap(), 1);
    assert_eq!(surface.registered(id).await, first);
    assert_eq!(surface.take_drops().await, [""; 0]);
}

#[tokio::test]
async fn a_registration_of_nobody_harms_nothing() {
    let mut surface = Surface::start().await;
    let id = surface.pgsm(json!({})).await;
    for username in ["9999", "", "x' OR '1'='1"] {
        register(&mut surface.server, username).await;
        register_asterisk(&mut surface.server, username).await;
    }
    surface.written("UPDATE sip.location SET expires = expires + 1").await;
    surface.written("DELETE FROM sip.location").await;
    surface.written("INSERT INTO sip.ps_contacts (id) VALUES ('without an endpoint')").await;
    surface.written("DELETE FROM sip.ps_contacts").await;
    assert_eq!((surface.status(id).await.as_str(), surface.registered(id).await, surface.told(id).await), ("created", Vec::new(), 0));
}

#[tokio::test]
async fn two_registers_at_the_same_moment_are_one_event() {
    let mut surface = Surface::start().await;
    let id = surface.pgsm(json!({})).await;
    let mut second = database::as_sip_server(&surface.app.pool).await;
    let mut tx = surface.server.begin().await.unwrap();
    register(&mut tx, USERNAME).await;
    // The second has looked at the account before the first is there for others, and waits.
    let waiting = tokio::spawn(async move { register(&mut second, USERNAME).await });
    database::until_somebody_waits(&surface.app.pool).await;
    tx.commit().await.unwrap();
    waiting.await.unwrap();
    assert_eq!((surface.registered(id).await.len(), surface.kept().await), (1, (2, 0)));
}

#[tokio::test]
async fn registers_of_one_account_over_many_connections_are_one_event_and_no_error() {
    let mut surface = Surface::start().await;
    let id = surface.pgsm(json!({})).await;
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let mut server = database::as_sip_server(&surface.app.pool).await;
        all.spawn(async move {
            for _ in 0..5 {
                register(&mut server, USERNAME).await;
                register_asterisk(&mut server, USERNAME).await;
                sqlx::query("DELETE FROM sip.location WHERE id = (SELECT min(id) FROM sip.location WHERE username = $1)")
                    .bind(USERNAME)
                    .execute(&mut server)
                    .await
                    .unwrap();
            }
        });
    }
    while let Some(done) = all.join_next().await {
        done.unwrap();
    }
    assert_eq!((surface.registered(id).await.len(), surface.kept().await.1), (1, 40));
}
