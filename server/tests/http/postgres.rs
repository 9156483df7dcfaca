//! The private Postgres: what it survives, and whom it leaves alone.

use std::fs;
use std::path::Path;
use std::time::Duration;

use reqwest::StatusCode;

use crate::support::program::{Directory, Serving, eventually, ringkey, send, stderr, stdout};
use crate::support::{Client, database};

fn operators(directory: &Directory) -> String {
    let output = ringkey(&["operator", "list", "--data-dir", directory.text()]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

fn add(directory: &Directory, name: &str) {
    let output = ringkey(&["operator", "add", name, "--role", "viewer", "--data-dir", directory.text()]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

/// The process number of the Postgres in this directory.
pub fn postmaster(directory: &Path) -> Option<u32> {
    fs::read_to_string(directory.join("data/postmaster.pid")).ok()?.lines().next()?.parse().ok()
}

pub fn lives(process: u32) -> bool {
    fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn what_was_confirmed_survives_kill_9_and_no_postgres_is_left_over() {
    let directory = Directory::new();
    let mut server = Serving::start(&["--data-dir", directory.text()]);
    assert!(server.one_time_password().is_some());
    for round in 0..3 {
        add(&directory, &format!("operator {round}"));
        let postgres = postmaster(directory.path()).unwrap();
        server.signal("-9");
        eventually("Postgres stops when its Ringkey is gone", || !lives(postgres));
        server = Serving::start(&["--data-dir", directory.text()]);
        server.address();
        let names = operators(&directory);
        assert!((0..=round).all(|round| names.contains(&format!("operator {round} "))), "{names}");
    }
    assert_eq!(server.one_time_password(), None);
}

#[test]
fn a_start_right_after_kill_9_waits_for_the_old_postgres() {
    let directory = Directory::new();
    for _ in 0..3 {
        let mut server = Serving::start(&["--data-dir", directory.text()]);
        server.address();
        server.signal("-9");
    }
    assert!(operators(&directory).contains("admin"));
}

#[test]
fn a_term_signal_ends_everything_in_order() {
    let directory = Directory::new();
    for signal in ["-TERM", "-INT"] {
        let mut server = Serving::start(&["--data-dir", directory.text()]);
        server.address();
        let postgres = postmaster(directory.path()).unwrap();
        assert_eq!(server.signal(signal), Some(0), "{signal}");
        assert!(!lives(postgres), "{signal}");
    }
}

#[test]
fn a_postgres_without_its_watcher_and_its_ringkey_is_no_obstacle() {
    let directory = Directory::new();
    let mut server = Serving::start(&["--data-dir", directory.text()]);
    server.address();
    let postgres = postmaster(directory.path()).unwrap();
    let watcher = watcher_of(postgres);
    send("-9", watcher);
    server.signal("-9");
    assert!(lives(postgres));
    assert!(operators(&directory).contains("admin"));
    assert!(!lives(postgres));
}

fn watcher_of(postgres: u32) -> u32 {
    let watches = |process: &u32| {
        let command = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).into_owned();
        command.contains("ringkey-watcher") && command.contains(&format!("\0{postgres}\0"))
    };
    let processes = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    processes.into_iter().find(watches).unwrap()
}

#[test]
fn a_pid_file_that_names_somebody_else_is_no_obstacle() {
    let directory = Directory::new();
    add(&directory, "ada");
    // As after a restart of the machine: this number is another process's now.
    let other = std::process::id();
    let data = directory.path().join("data");
    fs::write(data.join("postmaster.pid"), format!("{other}\n{}\n1700000000\n5432\n{}\n", data.display(), directory.text())).unwrap();
    fs::write(directory.path().join(".s.PGSQL.5432.lock"), format!("{other}\n{}\n1700000000\n5432\n", data.display())).unwrap();
    assert!(operators(&directory).contains("ada"));
}

#[test]
fn a_first_start_that_was_cut_short_is_started_over() {
    let directory = Directory::new();
    add(&directory, "ada");
    fs::remove_dir_all(directory.path().join("data")).unwrap();
    fs::create_dir_all(directory.path().join("data.new/base")).unwrap();
    assert!(!operators(&directory).contains("ada"));
}

#[tokio::test]
async fn a_postgres_that_ends_by_itself_is_started_again() {
    let directory = Directory::new();
    let mut server = Serving::start(&["--data-dir", directory.text()]);
    let client = Client::new(&server.address(), None);
    for signal in ["-INT", "-9"] {
        let before = postmaster(directory.path()).unwrap();
        send(signal, before);
        eventually("another Postgres", || postmaster(directory.path()).is_some_and(|now| now != before));
        while client.get("/readyz").await.status != StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    assert!(operators(&directory).contains("admin"));
}

#[test]
fn two_directories_do_not_disturb_each_other_and_one_is_not_shared() {
    let (one, other) = (Directory::new(), Directory::new());
    let mut servers = [Serving::start(&["--data-dir", one.text()]), Serving::start(&["--data-dir", other.text()])];
    let addresses = servers.each_mut().map(Serving::address);
    assert_ne!(addresses[0], addresses[1]);
    add(&one, "ada");
    assert!(operators(&one).contains("ada") && !operators(&other).contains("ada"));

    let refused = ringkey(&["serve", "--listen", "127.0.0.1:0", "--data-dir", one.text()]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("--data-dir (RINGKEY_DATA_DIR): another ringkey is using"), "{}", stderr(&refused));
    assert!(operators(&one).contains("ada"));
}

#[test]
fn postgres_is_never_root_and_nobody_else_gets_in() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let directory = Directory::new();
    let mut server = Serving::start(&["--data-dir", directory.text()]);
    server.address();
    let postgres = postmaster(directory.path()).unwrap();
    assert_ne!(fs::metadata(format!("/proc/{postgres}")).unwrap().uid(), 0);
    assert_eq!(fs::metadata(directory.path()).unwrap().permissions().mode() & 0o777, 0o700);
    let sockets = fs::read_to_string("/proc/net/unix").unwrap();
    assert!(sockets.contains(&format!("{}/.s.PGSQL.5432", directory.text())));
}

#[tokio::test]
async fn two_servers_that_start_at_once_on_a_fresh_database_make_one_admin() {
    let address = database::empty().await;
    let mut servers: Vec<Serving> = (0..3).map(|_| Serving::start(&["--database-url", &address])).collect();
    let passwords: Vec<String> = servers.iter_mut().filter_map(Serving::one_time_password).collect();
    assert_eq!(passwords.len(), 1);
    let pool = sqlx::PgPool::connect(&address).await.unwrap();
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM operators").fetch_all(&pool).await.unwrap();
    assert_eq!(names, ["admin"]);

    let form = [("name", "admin"), ("password", passwords[0].as_str())];
    for server in &mut servers {
        let client = Client::new(&server.address(), None);
        assert_eq!(client.post_form("/sign-in", &form).await.status, StatusCode::SEE_OTHER);
        assert_eq!(client.get("/groups").await.location(), "/password");
    }
}
