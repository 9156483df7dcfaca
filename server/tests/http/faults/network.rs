//! The line between server and database goes dead without a word: nothing comes any more, and nobody says that it is over.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use app::db::pool_options;
use app::domain::role::Role;
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};
use tokio::task::JoinHandle;

use super::{INTERRUPTED, assert_calm, soon};
use crate::live::Listener;
use crate::support::TestApp;
use crate::support::accounts::{created, group, pgsm};
use crate::support::cluster::Cluster;
use crate::support::database::until_waiting;

/// A network between a server and its Postgres.
struct Network {
    address: SocketAddr,
    cuts: Arc<AtomicU32>,
    task: JoinHandle<()>,
}

impl Network {
    async fn to(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let cuts = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&cuts);
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (near_in, near_out) = near.into_split();
                let (far_in, far_out) = UnixStream::connect(&socket).await.unwrap().into_split();
                let made_at = seen.load(Ordering::SeqCst);
                tokio::spawn(carry(near_in, far_out, Arc::clone(&seen), made_at));
                tokio::spawn(carry(far_in, near_out, Arc::clone(&seen), made_at));
            }
        });
        Self { address, cuts, task }
    }

    /// All lines that are there go dead. Those that are made from now on are well.
    fn cut(&self) {
        self.cuts.fetch_add(1, Ordering::SeqCst);
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Carries what comes, until the line is cut: then it is taken and goes nowhere.
async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, cuts: Arc<AtomicU32>, made_at: u32) {
    let mut piece = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut piece).await {
        if cuts.load(Ordering::SeqCst) == made_at && to.write_all(&piece[..read]).await.is_err() {
            return;
        }
    }
    if cuts.load(Ordering::SeqCst) != made_at {
        std::future::pending::<()>().await;
    }
}

#[tokio::test]
async fn lines_that_went_dead_are_replaced() {
    let cluster = Cluster::start_with(&[]);
    let network = Network::to(cluster.socket()).await;
    let over_network = cluster.options("ringkey").host("127.0.0.1").port(network.address.port());
    let app = TestApp::start_hasty(pool_options(4).connect_lazy_with(over_network), Duration::from_secs(4)).await;
    let operator = app.sign_in_as(Role::Operator).await;
    let group = group(&app, "Ufficio").await;
    let id = created(&operator, &pgsm(group, &json!({}))).await;
    let mut page = Listener::open(&operator).await;
    // As many connections as there may be.
    let asked = join_all((0..8).map(async |_| operator.call("list_groups", &json!({})).await)).await;
    assert!(asked.iter().all(|reply| reply.status.is_success()));

    network.cut();
    // Each that is found dead is replaced before its request is told of it.
    let replies = join_all((0..4).map(async |_| soon(operator.get("/accounts")).await)).await;
    assert!(
        replies.iter().any(|reply| reply.status == StatusCode::OK),
        "{:?}",
        replies.iter().map(|reply| reply.status).collect::<Vec<_>>()
    );
    crate::support::until(async || operator.get("/accounts").await.status == StatusCode::OK).await;
    assert!(operator.call("enable_account", &json!({ "id": id, "enabled": false })).await.status.is_success());
    page.until_told_or_asked_for_everything(id).await;

    // In the middle of something.
    let beside = cluster.pool();
    let mut holder = beside.begin().await.unwrap();
    sqlx::query("LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE").execute(&mut *holder).await.unwrap();
    let all = json!({ "query": { "sort": "username", "descending": false }, "counts": false });
    let (reply, ()) = tokio::join!(soon(operator.call("list_accounts", &all)), async {
        until_waiting(&beside, 1).await;
        network.cut();
        holder.rollback().await.unwrap();
    });
    assert_calm(&reply, INTERRUPTED);
    crate::support::until(async || operator.get("/accounts").await.status == StatusCode::OK).await;
}
