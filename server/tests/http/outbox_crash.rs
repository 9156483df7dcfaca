//! Servers that die while they send, and one that is asked to stop.

use std::time::Duration;

use sqlx::PgPool;

use crate::support::fake_gateway::{Answer, FakeGateway};
use crate::support::gateways::{TAKEN, choose_kannel, in_states, queue, queue_one, told};
use crate::support::program::Serving;
use crate::support::{TestApp, database, until};

const COUNT: i32 = 300;

/// The database of a server, which sends through this gateway.
async fn sending(server: &mut Serving, url: &str, gateway: &FakeGateway) -> PgPool {
    let address = server.address();
    let pool = PgPool::connect(url).await.unwrap();
    // The first admin has changed the one-time password.
    sqlx::query("UPDATE operators SET must_change_password = false").execute(&pool).await.unwrap();
    choose_kannel(&TestApp::of_program(&address, pool.clone()), &gateway.address()).await;
    pool
}

/// Ends what the dead have held, as a minute would.
async fn end_leases(pool: &PgPool) {
    sqlx::query("UPDATE messages SET lease_until = now() - interval '1 second' WHERE state = 'sending'").execute(pool).await.unwrap();
}

#[tokio::test]
async fn killed_at_any_moment_no_sms_goes_twice_and_none_is_lost() {
    let url = database::empty().await;
    let start = || Serving::start(&["--database-url", &url]);
    let gateway = FakeGateway::start(Answer::Slow(Duration::from_millis(20), 202, TAKEN.to_owned())).await;
    let mut server = start();
    let pool = sending(&mut server, &url, &gateway).await;
    queue(&pool, COUNT).await;
    for moment in 0..9 {
        let before = gateway.calls().len();
        match moment % 3 {
            // Between what is stored and the call, or nearly so.
            0 => until(async || in_states(&pool, &["sending"]).await > 0 || in_states(&pool, &["queued"]).await == 0).await,
            // In the middle of calls.
            1 => until(async || gateway.calls().len() > before || in_states(&pool, &["queued"]).await == 0).await,
            // When some have ended.
            _ => until(async || gateway.calls().len() > before + 25 || in_states(&pool, &["queued"]).await == 0).await,
        }
        server.signal("-KILL");
        server = start();
        server.address();
    }
    // Dead servers have left leases; the living one goes on meanwhile.
    until(async || in_states(&pool, &["queued"]).await == 0).await;
    end_leases(&pool).await;
    until(async || in_states(&pool, &["sending"]).await == 0).await;

    let numbers = gateway.numbers();
    assert!(numbers.values().all(|calls| *calls == 1), "{numbers:?}");
    let (accepted, unknown) = (in_states(&pool, &["accepted"]).await, in_states(&pool, &["unknown"]).await);
    assert_eq!(accepted + unknown, i64::from(COUNT));
    assert!(unknown > 0 && unknown <= 9 * 20, "{unknown}");
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("SELECT number, state, coalesce(reason, '') FROM messages").fetch_all(&pool).await.unwrap();
    for (number, state, reason) in rows {
        assert!(state == "unknown" || numbers.contains_key(&number), "{number} is {state} and was never handed over");
        assert_eq!(state == "unknown", reason.contains("Ringkey stopped while it was being sent."), "{reason}");
    }
    // It stays so, and nobody sends it again.
    queue_one(&pool).await;
    until(async || in_states(&pool, &["queued", "sending"]).await == 0).await;
    assert_eq!((in_states(&pool, &["unknown"]).await, in_states(&pool, &["accepted"]).await), (unknown, accepted + 1));
}

#[tokio::test]
async fn a_server_that_stops_waits_for_its_calls_and_begins_no_other() {
    let url = database::empty().await;
    let mut server = Serving::start(&["--database-url", &url]);
    let gateway = FakeGateway::start(Answer::Held(202, TAKEN.to_owned())).await;
    let pool = sending(&mut server, &url, &gateway).await;
    let address = server.address();
    let message = queue_one(&pool).await;
    until(async || gateway.calls().len() == 1).await;
    let stopping = tokio::task::spawn_blocking(move || server.signal("-TERM"));
    // No new connections: the signal has been heard.
    until(async || reqwest::Client::builder().no_proxy().build().unwrap().get(&address).send().await.is_err()).await;
    let other = queue_one(&pool).await;
    assert_eq!(told(&pool, message).await.0, "sending");
    gateway.let_go();
    assert_eq!(stopping.await.unwrap(), Some(0));
    assert_eq!((told(&pool, message).await.0, told(&pool, other).await.0), ("accepted".to_owned(), "queued".to_owned()));
    assert_eq!(gateway.calls().len(), 1);
}
