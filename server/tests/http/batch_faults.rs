//! What is left of a batch when something dies in the middle of it. Real processes, ended with SIGKILL: the server at many points, and
//! the database in the commit. And how much memory a large batch takes.

use std::fs;
use std::time::Duration;

use app::batch::import::ImportError;
use app::batch::undo::UNCERTAIN;
use app::batch::view::BatchProgress::{self, Checked, Committing, Done, Refused, Staged, Written};
use app::domain::role::Role;
use app::error::AppError;
use reqwest::StatusCode;
use serde_json::{Value, json};
use server::private_postgres::{DATABASE, SUPERUSER, options};
use sqlx::{PgPool, Postgres, Transaction};
use tokio::time::sleep;
use uuid::Uuid;

use crate::batch_upload::{address, last, profile, send, sent};
use crate::postgres::{lives, postmaster};
use crate::support::program::{self, Directory, Serving, eventually};
use crate::support::{Client, TestApp, Upload, database, until};

/// Four steps of those in which accounts are written, twice as many as are told of while they come.
const ROWS: usize = 4_000;

/// What the database holds of a batch: its row, its accounts, all accounts, and the entries of the history about accounts that no other
/// batch has made.
type Stock = (i64, i64, i64, i64);
const ALL: Stock = (1, ROWS as i64, ROWS as i64, ROWS as i64);
const NONE: Stock = (0, 0, 0, 0);

/// A database on which one server after another works, with a group for the accounts.
struct Ground {
    pool: PgPool,
    group: Uuid,
    profile: Uuid,
}

impl Ground {
    /// In a database that a server has made ready.
    async fn new(pool: PgPool) -> Self {
        // A commit that makes a batch, or takes one back, can be held: see `hold`.
        sqlx::raw_sql(
            "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END';
             CREATE CONSTRAINT TRIGGER wait AFTER INSERT OR UPDATE ON batches DEFERRABLE INITIALLY DEFERRED
                 FOR EACH ROW EXECUTE FUNCTION wait()",
        )
        .execute(&pool)
        .await
        .unwrap();
        let group = sqlx::query_scalar("INSERT INTO groups (id, name) VALUES (gen_random_uuid(), 'Milano') RETURNING id");
        let (group, profile) = (group.fetch_one(&pool).await.unwrap(), profile(&pool).await);
        Self { pool, group, profile }
    }

    /// In a fresh database of the tests' Postgres, which no server takes along when it dies.
    async fn of_a_server(server: &mut Serving, url: &str) -> Self {
        server.address();
        Self::new(PgPool::connect(url).await.unwrap()).await
    }

    /// In the private Postgres of a server, which starts it again when it is killed.
    async fn private(server: &mut Serving, directory: &Directory) -> Self {
        server.address();
        Self::new(PgPool::connect_with(options(directory.path(), DATABASE, SUPERUSER)).await.unwrap()).await
    }

    /// Somebody who is signed in at this server.
    async fn operator(&self, server: &mut Serving) -> Client {
        TestApp::of_program(&server.address(), self.pool.clone()).sign_in_as(Role::Operator).await
    }

    fn address(&self, id: Uuid, rows: usize) -> String {
        address(id, self.group, self.profile, rows, rows)
    }

    async fn upload(&self, client: &Client, id: Uuid, body: &str) -> Upload {
        Upload::start(client, &self.address(id, ROWS), body.len()).await
    }

    async fn send(&self, client: &Client, id: Uuid, body: &str) -> Value {
        last(&send(client, &self.address(id, ROWS), body.to_owned()).await)
    }

    async fn stock(&self, id: Uuid) -> Stock {
        let counts = "SELECT (SELECT count(*) FROM batches WHERE id = $1 AND created = $2 AND undone_at IS NULL),
                             (SELECT count(*) FROM accounts WHERE batch_id = $1), (SELECT count(*) FROM accounts),
                             (SELECT count(*) FROM audit_log WHERE action = 'created' AND subject_kind = 'account')
                                 - $2 * (SELECT count(*) FROM batches WHERE id <> $1)";
        sqlx::query_as(counts).bind(id).bind(ROWS as i64).fetch_one(&self.pool).await.unwrap()
    }

    /// Whether the batch is there, as the server tells it; the database says the same.
    async fn is_stored(&self, client: &Client, id: Uuid) -> bool {
        let reply = client.call("is_batch_stored", &json!({ "id": id })).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        let is_stored = reply.json() == json!(true);
        assert_eq!(self.stock(id).await, if is_stored { ALL } else { NONE });
        is_stored
    }

    /// Sends the batch once more, after which it is there once; and takes it back.
    async fn again_and_back(&self, client: &Client, id: Uuid, body: &str) {
        assert_eq!((self.send(client, id, body).await, self.stock(id).await), (json!({ "done": ROWS }), ALL));
        assert_eq!(last(&client.call("undo_batch", &json!({ "id": id })).await), json!({ "done": ROWS }));
        assert!(self.is_undone(id).await);
    }

    /// Whether the batch is taken back and nothing of it is left; when it is not, all of it is there.
    async fn is_undone(&self, id: Uuid) -> bool {
        let counts = "SELECT (SELECT count(*) FROM batches WHERE id = $1 AND undone_at IS NOT NULL),
                             (SELECT count(*) FROM accounts WHERE batch_id = $1),
                             (SELECT count(*) FROM audit_log WHERE action = 'undone' AND subject_kind = 'account'
                                  AND at = (SELECT undone_at FROM batches WHERE id = $1))";
        let found: (i64, i64, i64) = sqlx::query_as(counts).bind(id).fetch_one(&self.pool).await.unwrap();
        assert!(found == (1, 0, ROWS as i64) || found == (0, ROWS as i64, 0), "{found:?}");
        found.0 == 1
    }

    /// Holds every commit that makes a batch or takes one back, until what is given here ends: what is held is not durable.
    async fn hold(&self) -> Transaction<'static, Postgres> {
        let mut holder = self.pool.begin().await.unwrap();
        sqlx::query("SELECT pg_advisory_xact_lock(1)").execute(&mut *holder).await.unwrap();
        holder
    }

    /// Waits until so many connections wait for another.
    async fn until_waiting(&self, count: i64) {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        until(async || sqlx::query_scalar::<_, i64>(waiting).fetch_one(&self.pool).await.unwrap() == count).await;
    }

    /// Holds every commit after it is durable, for a second database that never comes. A Postgres that is started anew knows nothing of it.
    async fn hold_durable(&self) {
        for statement in ["ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()"] {
            sqlx::query(statement).execute(&self.pool).await.unwrap();
        }
        // It has begun when a commit of ours is held.
        let pool = self.pool.clone();
        let ours =
            tokio::spawn(async move { while sqlx::query("SELECT pg_logical_emit_message(true, '', '')").execute(&pool).await.is_ok() {} });
        self.until_durable(1).await;
        ours.abort();
        for statement in [
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
            "ALTER SYSTEM RESET synchronous_standby_names",
        ] {
            sqlx::query(statement).execute(&self.pool).await.unwrap();
        }
        self.until_durable(0).await;
    }

    /// Holds every commit before or after it is durable.
    async fn hold_as(&self, is_durable: bool) -> Option<Transaction<'static, Postgres>> {
        if !is_durable {
            return Some(self.hold().await);
        }
        self.hold_durable().await;
        None
    }

    async fn until_held_as(&self, is_durable: bool) {
        if is_durable { self.until_durable(1).await } else { self.until_waiting(1).await }
    }

    /// Waits until so many commits are durable and held: of transactions, and of the statement that tries. What the server does by itself
    /// meanwhile, in single statements, is held as well.
    async fn until_durable(&self, count: i64) {
        let held = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query ~* '^commit|emit_message'";
        until(async || sqlx::query_scalar::<_, i64>(held).fetch_one(&self.pool).await.unwrap() == count).await;
    }
}

/// When the server is killed.
struct Point {
    /// So many hundredths of the rows are sent.
    sent: usize,
    /// This was told (of rows that are staged: at least so many), and so many milliseconds have passed since.
    told: Option<BatchProgress>,
    later: u64,
}

impl Point {
    /// Right after this was told, with all rows sent.
    fn at(told: BatchProgress) -> Self {
        Self { sent: 100, told: Some(told), later: 0 }
    }
}

#[tokio::test]
async fn a_server_that_is_killed_before_it_writes_or_in_the_commit_leaves_all_rows_or_none() {
    killed_at([
        Point { sent: 50, told: None, later: 0 },
        Point { sent: 70, ..Point::at(Staged(2_000)) },
        Point::at(Staged(ROWS)),
        Point::at(Checked),
        Point { later: 30, ..Point::at(Checked) },
        Point { later: 50, ..Point::at(Written(2_000)) },
        Point { later: 2, ..Point::at(Written(ROWS)) },
        Point::at(Committing),
        Point { later: 1, ..Point::at(Committing) },
    ])
    .await;
}

#[tokio::test]
async fn a_server_that_is_killed_while_it_writes_leaves_all_rows_or_none() {
    killed_at([1, 2, 3, 4].map(|thousands| Point::at(Written(thousands * 1_000)))).await;
}

/// Each time another server looks at what is left, stores the rest, and is the next to be killed.
async fn killed_at<const POINTS: usize>(points: [Point; POINTS]) {
    let url = database::empty().await;
    let start = || Serving::start(&["--database-url", &url]);
    let mut server = start();
    let ground = Ground::of_a_server(&mut server, &url).await;
    let body = sent(ROWS, 0);
    for Point { sent, told, later } in points {
        let id = Uuid::now_v7();
        let client = ground.operator(&mut server).await;
        let mut upload = ground.upload(&client, id, &body).await;
        upload.send(&body[..body.len() * sent / 100]).await;
        if let Some(told) = &told {
            upload.until(|line| if let (Staged(rows), Staged(least)) = (line, told) { rows >= least } else { line == told }).await;
        }
        sleep(Duration::from_millis(later)).await;
        server.signal("-9");

        server = start();
        let client = ground.operator(&mut server).await;
        let is_stored = ground.is_stored(&client, id).await;
        assert!(sent == 100 || !is_stored, "more is there than was sent");
        ground.again_and_back(&client, id, &body).await;
    }
}

#[tokio::test]
async fn a_commit_that_outlives_its_server_is_waited_for() {
    let url = database::empty().await;
    let start = || Serving::start(&["--database-url", &url]);
    let mut server = start();
    let ground = Ground::of_a_server(&mut server, &url).await;
    let (id, body) = (Uuid::now_v7(), sent(ROWS, 0));
    let held = ground.hold().await;
    let client = ground.operator(&mut server).await;
    let mut upload = ground.upload(&client, id, &body).await;
    upload.send(&body).await;
    upload.until(|line| *line == Committing).await;
    ground.until_waiting(1).await;
    server.signal("-9");
    assert_eq!(ground.stock(id).await, NONE);

    server = start();
    let client = ground.operator(&mut server).await;
    let let_go = async {
        // The commit itself, who asks for the batch, and who sends it again.
        ground.until_waiting(3).await;
        held.rollback().await.unwrap();
    };
    let heard = tokio::join!(ground.is_stored(&client, id), ground.send(&client, id, &body), let_go);
    assert_eq!(heard, (true, json!({ "done": ROWS }), ()));
    ground.again_and_back(&client, id, &body).await;
}

fn kill_postgres(directory: &Directory) {
    let postgres = postmaster(directory.path()).unwrap();
    program::send("-9", postgres);
    eventually("Postgres ends", || !lives(postgres));
}

async fn until_ready(client: &Client) {
    until(async || client.get("/readyz").await.status == StatusCode::OK).await;
}

fn refused(error: &impl ToString) -> BatchProgress {
    Refused { sentence: error.to_string(), taken: Vec::new() }
}

#[tokio::test]
async fn a_database_that_is_killed_has_all_rows_or_none_and_the_truth_is_told() {
    let directory = Directory::new();
    let mut server = Serving::start(&["--data-dir", directory.text()]);
    let ground = Ground::private(&mut server, &directory).await;
    let body = sent(ROWS, 0);

    // While rows come: the last piece of one is kept back.
    let id = Uuid::now_v7();
    let client = ground.operator(&mut server).await;
    let mut upload = ground.upload(&client, id, &body).await;
    let (most, kept_back) = body.split_at(body.len() - 1);
    upload.send(most).await;
    upload.until(|line| matches!(line, Staged(2_000..))).await;
    kill_postgres(&directory);
    upload.send(kept_back).await;
    assert_eq!(upload.end().await, refused(&AppError::Unavailable));
    until_ready(&client).await;
    assert!(!ground.is_stored(&client, id).await);
    ground.again_and_back(&client, id, &body).await;

    // In the commit: before it is durable, and after.
    for is_durable in [false, true] {
        let id = Uuid::now_v7();
        let client = ground.operator(&mut server).await;
        let held = ground.hold_as(is_durable).await;
        let mut upload = ground.upload(&client, id, &body).await;
        upload.send(&body).await;
        upload.until(|line| *line == Committing).await;
        ground.until_held_as(is_durable).await;
        kill_postgres(&directory);
        drop(held);
        assert_eq!(upload.end().await, if is_durable { Done(ROWS) } else { refused(&AppError::Unavailable) });
        until_ready(&client).await;
        assert_eq!(ground.is_stored(&client, id).await, is_durable);
        ground.again_and_back(&client, id, &body).await;
    }
}

#[tokio::test]
async fn a_database_that_is_killed_while_a_batch_is_taken_back_has_all_of_it_or_nothing_and_the_truth_is_told() {
    let directory = Directory::new();
    let mut server = Serving::start(&["--data-dir", directory.text()]);
    let ground = Ground::private(&mut server, &directory).await;
    let (id, body) = (Uuid::now_v7(), sent(ROWS, 0));
    let client = ground.operator(&mut server).await;
    assert_eq!(ground.send(&client, id, &body).await, json!({ "done": ROWS }));
    for is_durable in [false, true] {
        let client = ground.operator(&mut server).await;
        let held = ground.hold_as(is_durable).await;
        let kill = async {
            ground.until_held_as(is_durable).await;
            kill_postgres(&directory);
            drop(held);
        };
        let this = json!({ "id": id });
        let (undone, ()) = tokio::join!(client.call("undo_batch", &this), kill);
        let told: BatchProgress = serde_json::from_value(last(&undone)).unwrap();
        until_ready(&client).await;
        assert_eq!(ground.is_undone(id).await, is_durable);
        assert_eq!(told, if is_durable { Done(ROWS) } else { refused(&AppError::Unavailable) });
    }
}

#[tokio::test]
async fn of_a_database_that_stays_away_after_the_commit_nothing_is_claimed() {
    let directory = Directory::new();
    let mut server = Serving::start(&["--data-dir", directory.text()]);
    let ground = Ground::private(&mut server, &directory).await;
    let client = ground.operator(&mut server).await;
    let [made, undone] = [Uuid::now_v7(), Uuid::now_v7()];
    assert_eq!(ground.send(&client, undone, &sent(ROWS, ROWS)).await, json!({ "done": ROWS }));
    ground.hold_durable().await;
    let body = sent(ROWS, 0);
    let mut upload = ground.upload(&client, made, &body).await;
    upload.send(&body).await;
    let undo = async { last(&client.call("undo_batch", &json!({ "id": undone })).await) };
    let go_away = async {
        ground.until_durable(2).await;
        // Where its files are not, it is not started again.
        let [place, away] = ["data", "away"].map(|name| directory.path().join(name));
        let postgres = postmaster(directory.path()).unwrap();
        fs::rename(&place, &away).unwrap();
        program::send("-9", postgres);
        (place, away)
    };
    let (told_of_made, told_of_undone, (place, away)) = tokio::join!(upload.end(), undo, go_away);
    assert_eq!(told_of_made, refused(&ImportError::Uncertain));
    assert_eq!(told_of_undone["refused"]["sentence"], UNCERTAIN);
    let asked = client.call("is_batch_stored", &json!({ "id": made })).await;
    assert_eq!((asked.status, asked.json()), (StatusCode::SERVICE_UNAVAILABLE, json!("Unavailable")));

    fs::rename(&away, &place).unwrap();
    until_ready(&client).await;
    assert!(ground.is_undone(undone).await);
    assert!(ground.is_stored(&client, made).await);
    ground.again_and_back(&client, made, &body).await;
}

/// A figure of /proc/PID/status (proc(5)) of the server, in KiB.
fn memory(server: &Serving, figure: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let figure = status.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(':')).unwrap();
    figure.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_memory_of_a_server_stays_flat_while_a_hundred_thousand_rows_go_in() {
    let url = database::empty().await;
    let mut server = Serving::start(&["--database-url", &url]);
    let ground = Ground::of_a_server(&mut server, &url).await;
    let client = ground.operator(&mut server).await;
    let import = async |rows: usize, first: usize| {
        let reply = send(&client, &ground.address(Uuid::now_v7(), rows), sent(rows, first)).await;
        assert_eq!(last(&reply), json!({ "done": rows }));
    };
    // What is taken once and kept.
    import(100, 100_000).await;
    let before = memory(&server, "VmRSS");
    import(100_000, 0).await;
    // The most that it has ever been. All rows at once would be 32 MiB.
    let most = memory(&server, "VmHWM");
    assert!(most - before < 24 * 1024, "{before} KiB became {most} KiB");
}
