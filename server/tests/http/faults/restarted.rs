//! Postgres is restarted in the middle of something. Who has asked is told so, nothing half is left, and the same server goes on.

use app::domain::role::Role;
use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

use super::writes::{self, Write};
use super::{Ground, INTERRUPTED, assert_calm};
use crate::support::TestApp;
use crate::support::accounts::{group, invented};
use crate::support::database::until_waiting;
use crate::support::fake_gateway::{Answer, FakeGateway};
use crate::support::gateways::{TAKEN, choose_kannel, in_states, queue};
use crate::support::until;

/// Postgres is restarted when the last part of it is held.
async fn restarted(write: impl AsyncFnOnce(&TestApp) -> Write) {
    let mut ground = Ground::new().await;
    let write = write(&ground.app).await;
    let pool = ground.app.pool.clone();
    let mut holder = pool.begin().await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("LOCK TABLE {} IN EXCLUSIVE MODE", write.last_table))).execute(&mut *holder).await.unwrap();
    let app = TestApp::of_program(&ground.app.address, pool.clone());
    let (reply, ()) = tokio::join!(write.send(&app), async {
        until_waiting(&pool, 1).await;
        ground.cluster.restart();
        // What held it is gone with its connection.
        drop(holder);
    });
    assert_calm(&reply.unwrap(), INTERRUPTED);
    ground.until_ready().await;
    assert!(write.is_undone(&pool).await);
    for _ in 0..2 {
        let reply = write.send(&app).await.unwrap();
        assert!(reply.status.is_success(), "{}", reply.text);
        assert!(write.is_done(&pool).await);
    }
}

#[tokio::test]
async fn restarted_while_an_account_is_created() {
    restarted(async |app| writes::create_account(app).await).await;
}

#[tokio::test]
async fn restarted_while_an_account_is_edited() {
    restarted(async |app| writes::edit_account(app).await).await;
}

#[tokio::test]
async fn restarted_while_an_sms_is_queued() {
    restarted(async |app| writes::send_sms(app).await).await;
}

#[tokio::test]
async fn restarted_while_a_list_is_read() {
    let mut ground = Ground::new().await;
    let operator = ground.operator().await;
    let pool = ground.app.pool.clone();
    let mut holder = pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE").execute(&mut *holder).await.unwrap();
    let (page, ()) = tokio::join!(operator.get("/accounts"), async {
        until_waiting(&pool, 1).await;
        ground.cluster.restart();
        drop(holder);
    });
    // The frame of the page is whole, and its list says that it could not be loaded.
    assert!(page.text.contains("could not be loaded") && page.text.contains(INTERRUPTED), "{}", page.text);
    ground.until_ready().await;
    assert!(operator.get("/accounts").await.text.contains("Pure and Unfiltered!"));
}

#[tokio::test]
async fn restarted_while_a_file_is_exported_the_download_breaks_off() {
    let mut ground = Ground::new().await;
    let viewer = ground.app.sign_in_as(Role::Viewer).await;
    let group = group(&ground.app, "Milano").await;
    invented(&ground.app, group, 1..=30_000).await;
    let request = viewer.request(Method::GET, "/accounts/export.csv").build().unwrap();
    // Somebody with a slow line: what is not taken is not read from the database.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut line = socket.connect(request.url().socket_addrs(|| None).unwrap()[0]).await.unwrap();
    let cookie = request.headers()["cookie"].to_str().unwrap();
    let ask = format!("GET {} HTTP/1.1\r\nhost: ringkey\r\nconnection: close\r\ncookie: {cookie}\r\n\r\n", request.url().path());
    line.write_all(ask.as_bytes()).await.unwrap();
    let mut file = vec![0; 1024];
    line.read_exact(&mut file).await.unwrap();
    ground.cluster.restart();
    // It may be told by a reset, too.
    let _ = line.read_to_end(&mut file).await;
    let text = String::from_utf8_lossy(&file);
    assert!(text.contains("transfer-encoding: chunked"), "{}", &text[..500]);
    assert!(!text.ends_with("\r\n0\r\n\r\n"), "a browser would take it for whole");
    assert!(!text.contains("Person 30000"), "the whole file was sent before");
    ground.until_ready().await;
    let again = viewer.get("/accounts/export.csv").await;
    assert_eq!(again.text.lines().count(), 30_001);
}

#[tokio::test]
async fn restarted_while_smses_are_sent_each_goes_once() {
    let mut ground = Ground::new().await;
    let gateway = FakeGateway::start(Answer::Slow(std::time::Duration::from_millis(20), 202, TAKEN.to_owned())).await;
    choose_kannel(&ground.app, &gateway.address()).await;
    queue(&ground.app.pool, 200).await;
    for part in 1..=3 {
        until(async || gateway.calls().len() >= part * 40).await;
        ground.cluster.restart();
    }
    until(async || in_states(&ground.app.pool, &["queued"]).await == 0).await;
    sqlx::query("UPDATE messages SET lease_until = now() - interval '1 second' WHERE state = 'sending'")
        .execute(&ground.app.pool)
        .await
        .unwrap();
    until(async || in_states(&ground.app.pool, &["sending"]).await == 0).await;
    assert!(gateway.numbers().values().all(|calls| *calls == 1), "{:?}", gateway.numbers());
    // Unknown are those of which nobody knows: taken from the queue in a transaction whose end was not heard.
    let (accepted, unknown) = (in_states(&ground.app.pool, &["accepted"]).await, in_states(&ground.app.pool, &["unknown"]).await);
    assert_eq!(accepted + unknown, 200);
    assert!(unknown <= 3 * 20, "{unknown}");
}
