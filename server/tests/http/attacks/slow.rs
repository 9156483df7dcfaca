//! Clients that take their time, to hold what others need. The limits are short here; the program's own are in `server::patience`,
//! `server::serve` and `app::batch::receive`.

use std::time::{Duration, Instant};

use app::domain::export::ExportColumn;
use app::domain::role::Role;
use futures::future::join_all;
use reqwest::{Method, StatusCode};
use server::patience::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::support::{TestApp, database};

/// So many of them at once.
const CROWD: usize = 100;
/// Between two bytes. Faster than the byte a second of which such clients are known, and as endless.
const PAUSE: Duration = Duration::from_millis(100);
/// Nothing here takes that long.
const PATIENCE: Duration = Duration::from_secs(30);

async fn start() -> TestApp {
    let limits = Limits { head: Duration::from_millis(1_200), idle: Duration::from_millis(2_800), reading: Duration::from_millis(1_200) };
    TestApp::start_patient(database::fresh().await, &[], limits, Duration::from_secs(2)).await
}

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.address.trim_start_matches("http://")).await.unwrap()
}

/// Says `start`, and then a byte now and then until the other end hangs up; gives what it said, and how long it took.
async fn dribble(app: &TestApp, start: &str, byte: u8) -> (String, Duration) {
    let began = Instant::now();
    let mut line = connect(app).await;
    line.write_all(start.as_bytes()).await.unwrap();
    let (mut answers, mut asks) = line.split();
    let ask = async {
        while asks.write_all(&[byte]).await.is_ok() {
            tokio::time::sleep(PAUSE).await;
        }
        std::future::pending::<()>().await;
    };
    let read = async {
        let mut text = Vec::new();
        let _ = answers.read_to_end(&mut text).await;
        String::from_utf8_lossy(&text).into_owned()
    };
    let text = tokio::select! {
        () = ask => String::new(),
        text = timeout(PATIENCE, read) => text.expect("the other end hangs up"),
    };
    (text, began.elapsed())
}

/// Somebody who asks for a page meanwhile; gives how long the slowest of ten took.
async fn at_work(app: &TestApp) -> Duration {
    let client = app.sign_in_as(Role::Viewer).await;
    let mut slowest = Duration::ZERO;
    for _ in 0..10 {
        let began = Instant::now();
        assert_eq!(client.get("/groups").await.status, StatusCode::OK);
        slowest = slowest.max(began.elapsed());
    }
    slowest
}

#[tokio::test]
async fn a_hundred_heads_that_come_a_byte_at_a_time_are_hung_up_on_and_nobody_waits_for_them() {
    let app = start().await;
    let crowd = join_all((0..CROWD).map(|_| dribble(&app, "GET /groups HTTP/1.1\r\nhost: ringkey\r\nx-slow: ", b'a')));
    let (crowd, slowest) = tokio::join!(crowd, at_work(&app));
    for (said, took) in crowd {
        assert_eq!(said, "", "no request, no answer");
        assert!(took >= Duration::from_millis(1_000) && took < PATIENCE, "{took:?}");
    }
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
}

#[tokio::test]
async fn a_hundred_bodies_that_come_a_byte_at_a_time_are_given_up_and_nobody_waits_for_them() {
    let app = start().await;
    let head =
        "POST /sign-in HTTP/1.1\r\nhost: ringkey\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 5000\r\n\r\nname=";
    let crowd = join_all((0..CROWD).map(|_| dribble(&app, head, b'a')));
    let (crowd, slowest) = tokio::join!(crowd, at_work(&app));
    for (said, _) in crowd {
        assert!(said.starts_with("HTTP/1.1 503") && said.contains("This took too long and was given up."), "{said}");
    }
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
}

#[tokio::test]
async fn who_connects_and_says_nothing_is_hung_up_on() {
    let app = start().await;
    let mut line = connect(&app).await;
    let began = Instant::now();
    let mut nothing = Vec::new();
    let _ = timeout(PATIENCE, line.read_to_end(&mut nothing)).await.expect("the other end hangs up");
    assert!(nothing.is_empty() && began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_connection_is_kept_for_whoever_asks_again_in_time_and_slow_answers_are_waited_for() {
    let app = start().await;
    let mut line = connect(&app).await;
    for pause in [0, 1_400, 1_400] {
        // Longer than a head may take, and shorter than one may think.
        tokio::time::sleep(Duration::from_millis(pause)).await;
        line.write_all(b"GET /healthz HTTP/1.1\r\nhost: ringkey\r\n\r\n").await.unwrap();
        let mut piece = vec![0; 4_096];
        let read = timeout(PATIENCE, line.read(&mut piece)).await.unwrap().unwrap();
        assert!(String::from_utf8_lossy(&piece[..read]).starts_with("HTTP/1.1 200"));
    }
    // The live channel says something now and then, and its client nothing at all.
    let mut live = app.sign_in_as(Role::Viewer).await.request(Method::GET, "/live").send().await.unwrap();
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(3_200) {
        assert!(timeout(PATIENCE, live.chunk()).await.unwrap().unwrap().is_some(), "it was hung up on");
    }
}

#[tokio::test]
async fn who_does_not_read_the_answer_is_hung_up_on() {
    let app = start().await;
    let group = crate::support::accounts::group(&app, "Milano").await;
    crate::support::accounts::invented(&app, group, 1..=25_000).await;
    // Together more than any system keeps for a reader: 12 MB.
    sqlx::query("UPDATE accounts SET description = repeat('long ', 99)").execute(&app.pool).await.unwrap();
    let cookie = app.sign_in_as(Role::Viewer).await.request(Method::GET, "/").build().unwrap().headers()["cookie"].clone();
    // With little room for what has come and was not read.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 * 1024).unwrap();
    let mut line = socket.connect(app.address.trim_start_matches("http://").parse().unwrap()).await.unwrap();
    let columns: String = ExportColumn::ALL.iter().map(|column| format!("column={}&", column.as_str())).collect();
    let ask = format!("GET /accounts/export.csv?{columns} HTTP/1.1\r\nhost: ringkey\r\ncookie: {}\r\n\r\n", cookie.to_str().unwrap());
    line.write_all(ask.as_bytes()).await.unwrap();
    // Nothing else that a request asks for has descriptions.
    let busy = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND state <> 'idle' AND query LIKE '%description%' AND pid <> pg_backend_pid()";
    let is_busy = async || sqlx::query_scalar::<_, i64>(busy).fetch_one(&app.pool).await.unwrap() > 0;
    // The export holds a connection of the database while its reader waits, and lets it go once the reader is given up.
    crate::support::until(is_busy).await;
    crate::support::until(async || !is_busy().await).await;
    let mut rest = Vec::new();
    let ended = timeout(PATIENCE, line.read_to_end(&mut rest)).await.expect("the other end has hung up");
    assert!(ended.is_err() || !rest.ends_with(b"0\r\n\r\n"), "the file does not look whole");
}
