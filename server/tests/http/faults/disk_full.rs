//! The disk of Postgres is full. A small file system in memory is that disk: mounting one takes root, or a sudo that asks nothing.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

use app::domain::role::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{FULL, Ground, INTERRUPTED, UNAVAILABLE, assert_calm, lines};
use crate::batch_upload::{address, profile, send, sent};
use crate::support::accounts::{create, group, pgsm};
use crate::support::cluster::{Cluster, owner};
use crate::support::program::Directory;
use crate::support::{Client, until};

/// A file system of its own that goes away with the value.
struct Disk(Directory);

impl Disk {
    fn of(megabytes: u32) -> Self {
        let directory = Directory::new();
        fs::create_dir(directory.path()).unwrap();
        let (uid, gid) = owner();
        let options = format!("size={megabytes}m,mode=0700,uid={uid},gid={gid}");
        let mounted = as_root("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(directory.path()).status().unwrap();
        assert!(mounted.success(), "a full disk takes mounting a small one: run the tests as root, or with a sudo that asks nothing");
        Self(directory)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        let mut file = File::options().create(true).append(true).open(self.filler()).unwrap();
        for size in [1024 * 1024, 4096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Gives it back.
    fn free(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = as_root("umount").arg("-l").arg(self.path()).status();
    }
}

fn as_root(program: &str) -> Command {
    if server::private_postgres::is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    command
}

/// Makes accounts until one is refused; gives those that were made, and the wish that was refused.
async fn make_until_refused(operator: &Client, group: Uuid, sentences: &[&str]) -> (i64, Value) {
    for made in 0..20_000 {
        let number = format!("39320{made:07}");
        let draft = pgsm(group, &json!({ "username": number, "number": format!("+{number}"), "description": "x".repeat(400) }));
        let (id, reply) = create(operator, &draft).await;
        if !reply.status.is_success() {
            let sentence = sentences.iter().find(|sentence| reply.json().to_string().len() > 2 && is(&reply.text, sentence));
            assert_calm(&reply, sentence.unwrap_or(&sentences[0]));
            return (made, json!({ "id": id, "draft": draft }));
        }
    }
    panic!("the disk is never full");
}

fn is(text: &str, sentence: &str) -> bool {
    serde_json::from_str::<app::error::AppError>(text).is_ok_and(|error| error.to_string() == sentence)
}

/// Every account is whole and told in the history, and there are so many.
async fn assert_whole(ground: &Ground, accounts: i64) {
    let whole = "SELECT count(*) FROM accounts a JOIN account_digests d ON d.account_id = a.id JOIN account_search s ON s.account_id = a.id
                 WHERE EXISTS (SELECT FROM audit_log l WHERE l.subject_id = a.id AND l.action = 'created')";
    assert_eq!((ground.ask::<i64>(whole).await, ground.ask::<i64>("SELECT count(*) FROM accounts").await), (accounts, accounts));
    let entries: i64 = ground.ask("SELECT count(*) FROM audit_log WHERE subject_kind = 'account' AND action = 'created'").await;
    assert_eq!(entries, accounts);
}

#[tokio::test]
async fn the_disk_of_the_tables_is_full() {
    let disk = Disk::of(40);
    let cluster = Cluster::start_with(&[]);
    let small = format!("CREATE TABLESPACE small LOCATION '{}'", disk.path().display());
    cluster.administer(&[&small, "ALTER DATABASE ringkey SET TABLESPACE small"]).await;
    let ground = Ground::on(cluster, &[]).await;
    let (operator, admin) = (ground.operator().await, ground.app.sign_in_as(Role::Admin).await);
    let (group, profile) = (group(&ground.app, "Ufficio").await, profile(&ground.app.pool).await);
    disk.fill();
    let (made, refused) = make_until_refused(&operator, group, &[FULL]).await;
    assert_whole(&ground, made).await;
    // What is there is read.
    for page in ["/accounts", "/groups", "/settings", "/accounts/export.csv"] {
        assert_eq!(admin.get(page).await.status, StatusCode::OK, "{page}");
    }
    let imported = send(&operator, &address(Uuid::now_v7(), group, profile, 3_000, 3_000), sent(3_000, 0)).await;
    assert_eq!(lines(&imported).last().unwrap()["refused"]["sentence"], FULL);
    assert_whole(&ground, made).await;

    disk.free();
    until(async || operator.call("create_account", &refused).await.status.is_success()).await;
    assert!(operator.call("create_account", &refused).await.status.is_success());
    assert_whole(&ground, made + 1).await;
}

/// Without room for its log Postgres stops itself, and cannot start before there is some.
#[tokio::test]
async fn the_disk_of_the_log_is_full() {
    let disk = Disk::of(60);
    let mut cluster = Cluster::start_with(&["min_wal_size=32MB", "max_wal_size=32MB"]);
    cluster.stop();
    let log = cluster.data().join("pg_wal");
    let place = disk.path().join("pg_wal");
    assert!(Command::new("cp").arg("-a").arg(&log).arg(&place).status().unwrap().success());
    fs::remove_dir_all(&log).unwrap();
    std::os::unix::fs::symlink(&place, &log).unwrap();
    let (uid, gid) = owner();
    if server::private_postgres::is_root() {
        std::os::unix::fs::lchown(&log, Some(uid), Some(gid)).unwrap();
        chown(&place, Some(uid), Some(gid)).unwrap();
    }
    cluster.start();
    let mut ground = Ground::on(cluster, &[]).await;
    let operator = ground.operator().await;
    let group = group(&ground.app, "Ufficio").await;
    // Little is left of the piece of the log that is there.
    let most = "SELECT pg_logical_emit_message(true, '', repeat('x', greatest(0, 16 * 1024 * 1024 - 400 * 1024
                    - (pg_walfile_name_offset(pg_current_wal_insert_lsn())).file_offset)))::text";
    ground.ask::<String>(most).await;
    disk.fill();
    let (made, refused) = make_until_refused(&operator, group, &[INTERRUPTED, UNAVAILABLE, FULL]).await;
    // Whoever looks after Postgres starts it again and again, in vain.
    until(async || ground.cluster.has_ended()).await;
    assert!(!ground.cluster.try_to_start());
    assert_calm(&operator.get("/accounts").await, UNAVAILABLE);

    disk.free();
    ground.cluster.start();
    ground.until_ready().await;
    // The one whose answer was lost is there, or is not: sent again, it is there once.
    for _ in 0..2 {
        assert!(operator.call("create_account", &refused).await.status.is_success());
    }
    assert_whole(&ground, made + 1).await;
}
