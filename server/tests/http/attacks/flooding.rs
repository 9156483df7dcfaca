//! Guessing at passwords and names, from one address and from many.

use std::time::{Duration, Instant};

use app::domain::role::Role;
use reqwest::{Method, StatusCode};
use sqlx::PgPool;
use tokio::task::JoinSet;

use crate::support::app::PASSWORD;
use crate::support::{Client, Reply, TestApp};

/// Behind a proxy that names the addresses.
async fn start() -> TestApp {
    TestApp::start_with(&["--trusted-proxy", "127.0.0.1"]).await
}

async fn try_from(client: &Client, address: &str, name: &str, password: &str) -> Reply {
    let request = client.request(Method::POST, "/sign-in").header("x-forwarded-for", address);
    Reply::of(request.form(&[("name", name), ("password", password)])).await
}

/// Tries wrong passwords at once, so many, each with the address and the name of its number.
async fn flood(app: &TestApp, count: usize, from: impl Fn(usize) -> String, at: impl Fn(usize) -> String) -> Vec<StatusCode> {
    let (mut tries, everybody) = (JoinSet::new(), app.anonymous());
    for n in 0..count {
        let (client, address, name) = (everybody.clone(), from(n), at(n));
        tries.spawn(async move { try_from(&client, &address, &name, "a wrong one").await.status });
    }
    tries.join_all().await
}

fn judged(answers: &[StatusCode]) -> usize {
    assert!(
        answers.iter().all(|status| matches!(*status, StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS)),
        "a flood is answered, and not broken by: {answers:?}"
    );
    answers.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count()
}

async fn let_time_pass(pool: &PgPool, seconds: f64) {
    sqlx::query(
        "UPDATE sign_in_limits SET refilled_at = refilled_at - make_interval(secs => $1), blocked_until = blocked_until - make_interval(secs => $1)",
    )
    .bind(seconds)
    .execute(pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn a_flood_from_one_address_is_three_tries_and_keeps_nobody_else_out() {
    let app = start().await;
    for name in ["ada", "grace"] {
        app.add_operator(name, Role::Viewer).await;
    }
    let at_work = app.sign_in_as(Role::Operator).await;
    let (answers, page, other) = tokio::join!(
        flood(&app, 100, |_| "198.51.100.7".into(), |n| if n % 2 == 0 { "ada".into() } else { format!("somebody {n}") }),
        at_work.get("/groups"),
        async { try_from(&app.anonymous(), "203.0.113.1", "grace", PASSWORD).await },
    );
    assert!((3..=4).contains(&judged(&answers)), "{answers:?}");
    assert_eq!((page.status, other.status), (StatusCode::OK, StatusCode::SEE_OTHER));
    // The address itself comes back by waiting, and the name with it.
    let_time_pass(&app.pool, 60.0).await;
    assert_eq!(try_from(&app.anonymous(), "198.51.100.7", "ada", PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_flood_from_many_addresses_at_one_name_is_five_tries_and_locks_nobody_for_good() {
    let app = start().await;
    for name in ["ada", "grace"] {
        app.add_operator(name, Role::Viewer).await;
    }
    let ada_at_work = app.anonymous();
    assert_eq!(try_from(&ada_at_work, "203.0.113.1", "ada", PASSWORD).await.status, StatusCode::SEE_OTHER);
    let (answers, page, other) = tokio::join!(
        flood(&app, 100, |n| format!("198.51.{}.{}", n / 100, n % 100), |n| if n % 2 == 0 { "ada".into() } else { " ADA ".into() }),
        ada_at_work.get("/groups"),
        async { try_from(&app.anonymous(), "203.0.113.2", "grace", PASSWORD).await },
    );
    assert!((5..=6).contains(&judged(&answers)), "{answers:?}");
    assert_eq!((page.status, other.status), (StatusCode::OK, StatusCode::SEE_OTHER), "who is in stays in, and others come in");
    assert_eq!(ada_at_work.get("/groups").await.status, StatusCode::OK);
    // Whatever was tried, five minutes are the longest wait.
    let longest: f64 = sqlx::query_scalar("SELECT max(extract(epoch FROM blocked_until - now()))::float8 FROM sign_in_limits")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert!(longest <= 300.0, "{longest} s");
    let_time_pass(&app.pool, 300.0).await;
    assert_eq!(try_from(&app.anonymous(), "203.0.113.3", "ada", PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_flood_from_many_addresses_at_many_names_is_answered_in_turn_and_pages_do_not_wait_for_it() {
    let app = start().await;
    app.add_operator("grace", Role::Viewer).await;
    let at_work = app.sign_in_as(Role::Operator).await;
    let pages = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..10 {
            let began = Instant::now();
            assert_eq!(at_work.get("/groups").await.status, StatusCode::OK);
            slowest = slowest.max(began.elapsed());
        }
        slowest
    };
    let (answers, slowest, other) =
        tokio::join!(flood(&app, 60, |n| format!("198.51.100.{n}"), |n| format!("somebody {n}")), pages, async {
            try_from(&app.anonymous(), "203.0.113.2", "grace", PASSWORD).await
        },);
    assert_eq!(judged(&answers), 60, "each is judged, since each is another person as far as anybody knows");
    assert_eq!(other.status, StatusCode::SEE_OTHER);
    assert!(slowest < Duration::from_secs(15), "{slowest:?}");
}

/// One hash is compared for a name that is there and for one that is not; without it an answer would come some twenty times
/// sooner, so that a factor of three between the medians is wide enough for any machine.
#[tokio::test]
async fn a_name_that_is_not_there_takes_as_long_as_one_that_is() {
    let app = start().await;
    app.add_operator("ada", Role::Viewer).await;
    let client = app.anonymous();
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for n in 0..9 {
        for (name, times) in [("ada", &mut known), ("somebody", &mut unknown)] {
            sqlx::query("DELETE FROM sign_in_limits").execute(&app.pool).await.unwrap();
            let began = Instant::now();
            let reply = try_from(&client, &format!("198.51.100.{n}"), name, "a wrong one").await;
            times.push(began.elapsed());
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        }
    }
    for times in [&mut known, &mut unknown] {
        times.sort_unstable();
    }
    let (known, unknown) = (known[4], unknown[4]);
    assert!(unknown * 3 > known && known * 3 > unknown, "{known:?} and {unknown:?}");
}

#[tokio::test]
async fn no_address_is_believed_that_the_caller_has_written_in_front() {
    let app = start().await;
    // The proxy adds the address that it sees; what stands before it is the caller's own invention.
    let answers = flood(&app, 40, |n| format!("198.51.100.{n}, 203.0.113.9"), |n| format!("somebody {n}")).await;
    assert!((3..=4).contains(&judged(&answers)), "{answers:?}");
}
