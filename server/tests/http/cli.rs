//! The command line: its answers, its refusals and its exit statuses.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use app::domain::role::Role;
use reqwest::StatusCode;

use crate::support::app::PASSWORD;
use crate::support::program::{Directory, ringkey, run_with_input, stderr, stdout};
use crate::support::second_factor::set_up;
use crate::support::{TestApp, database};

/// The rows of the table of facts about Deny and Permit, read in Asterisk's source: rules, and for each address whether
/// it is allowed.
const ADDRESSES: [&str; 6] = ["216.27.242.66", "216.27.242.67", "192.168.0.38", "8.8.8.8", "2001:db8::1", "::ffff:216.27.242.66"];
const TABLE: [(&[&str], [bool; 6]); 5] = [
    (&["--deny", "0.0.0.0/0.0.0.0", "--permit", "216.27.242.66/255.255.255.255"], [true, false, false, false, true, true]),
    (&["--deny", "192.168.0.38/255.255.255.255"], [true, true, false, true, true, true]),
    (&["--permit", "192.168.0.38/255.255.255.0"], [true, true, true, true, true, true]),
    (&["--deny", "0.0.0.0/0", "--permit", "192.168.0.38/255.255.255.0"], [false, false, true, false, true, false]),
    (&["--deny", "0.0.0.0/0,::/0", "--permit", "10.0.0.0/8"], [false, false, false, false, false, false]),
];

#[test]
fn acl_check_answers_as_asterisk_does() {
    for (rules, allowed) in TABLE {
        for (address, allowed) in ADDRESSES.into_iter().zip(allowed) {
            let output = ringkey(&["acl", "check"]).args(rules).arg(address).output().unwrap();
            let (said, word) = (stdout(&output), if allowed { "allowed" } else { "refused" });
            assert_eq!(said.split_whitespace().next(), Some(word), "{rules:?} {address}: {said}");
            assert_eq!(output.status.code(), Some(0));
        }
    }
}

#[test]
fn acl_check_names_the_rule_that_decides() {
    for (arguments, sentence) in [
        (&["--deny", "0.0.0.0/0", "--permit", "192.168.0.38/24", "192.168.0.9"][..], "allowed by permit 192.168.0.0/24 (rule 2)\n"),
        (&["--permit", "192.168.0.38/24", "--deny", "0.0.0.0/0", "10.0.0.1"], "refused by deny 0.0.0.0/0 (rule 1)\n"),
        (&["--deny", "10.0.0.1", "10.0.0.1"], "refused by deny 10.0.0.1 (rule 1)\n"),
        (&["8.8.8.8"], "allowed because no rule matches\n"),
    ] {
        let output = ringkey(&["acl", "check"]).args(arguments).output().unwrap();
        assert_eq!(stdout(&output), sentence, "{arguments:?}");
    }
}

#[test]
fn acl_check_names_a_bad_rule_and_a_bad_address() {
    for bad in [
        "1.2.3.4/33",
        "1.2.3.4/-1",
        "1.2.3.4/x",
        "10.0.0.0/255.0.255.0",
        "1.2.3/24",
        "1.2.3.256",
        "::1::",
        "2001:db8::/255.255.0.0",
        "10.0.0.0/255.255",
    ] {
        for list in ["--deny", "--permit"] {
            let output = ringkey(&["acl", "check", list, bad, "8.8.8.8"]).output().unwrap();
            assert_eq!((output.status.code(), stdout(&output)), (Some(2), String::new()), "{bad}");
            assert!(stderr(&output).contains(bad), "{bad}: {}", stderr(&output));
        }
        let output = ringkey(&["acl", "check", bad]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{bad}");
        let said = stderr(&output);
        assert!(said.matches(bad).count() == 1 && said.ends_with(".\n") && !said.contains(".."), "{said}");
    }
}

#[test]
fn acl_check_hears_nothing_of_settings_that_it_does_not_use() {
    let output = ringkey(&["acl", "check", "8.8.8.8"]).envs([("RINGKEY_LISTEN", "nowhere"), ("RINGKEY_LOG", "a=b=c")]).output().unwrap();
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), "allowed because no rule matches\n"), "{}", stderr(&output));
}

const BATCH: &str = "fullName;gsmNumber;email;securityModel;description\r\n\
    Rossi, Anna;'+393201184467;;;\r\nLuca;4,41E+11;;;\r\nCarla;393201184468;nobody;;\r\n";

#[test]
fn batch_says_what_it_read_and_what_is_wrong_with_which_row() {
    let output = run_with_input(ringkey(&["batch", "-", "--dry-run"]), BATCH);
    let said = stdout(&output);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines[..3],
        ["encoding: UTF-8", "delimiter: semicolon ( ; )", "columns: fullName, gsmNumber, email, securityModel, description"]
    );
    assert!(lines[3].starts_with("line 3, gsmNumber: A spreadsheet has shortened this number to 4,41E+11."), "{said}");
    assert_eq!(lines[4], "line 4, email: Write the address as name@example.com.");
    assert!(lines[5].starts_with("line 4, gsmNumber: warning: Read as the extension 393201184468."), "{said}");
    assert_eq!(lines[6..], ["rows: 3, ready: 1, with problems: 2"]);
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(2), "ringkey: 2 of 3 rows cannot become accounts.\n"));
}

/// What is expected of a file of the corpus of batch files, as far as it is said here.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Verdict {
    refused: String,
    rows: usize,
    ready: usize,
    header: Vec<String>,
    problems: Vec<String>,
}

#[test]
fn batch_has_the_verdict_of_every_file_of_the_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/tests/batch");
    let verdicts = std::fs::read(corpus.join("verdicts.json")).unwrap();
    let verdicts: BTreeMap<String, Verdict> = serde_json::from_slice(&verdicts).unwrap();
    assert!(!verdicts.is_empty());
    for (name, verdict) in verdicts {
        let output = ringkey(&["batch", "--dry-run"]).arg(corpus.join(&name)).output().unwrap();
        let (said, refused) = (stdout(&output), stderr(&output));
        let is_good = verdict.refused.is_empty() && verdict.header.is_empty() && verdict.ready == verdict.rows;
        assert_eq!(output.status.code(), Some(if is_good { 0 } else { 2 }), "{name}: {said}{refused}");
        if !verdict.refused.is_empty() {
            assert_eq!((said.as_str(), refused), ("", format!("ringkey: {}\n", verdict.refused)), "{name}");
            continue;
        }
        let told: Vec<&str> = said.lines().filter(|line| line.starts_with("line ") && !line.contains(": warning: ")).collect();
        assert_eq!(told, verdict.problems, "{name}");
        let header: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("header: ")).collect();
        assert_eq!(header, verdict.header, "{name}");
        let bad = verdict.rows - verdict.ready;
        assert!(said.ends_with(&format!("rows: {}, ready: {}, with problems: {bad}\n", verdict.rows, verdict.ready)), "{name}: {said}");
    }
}

#[test]
fn batch_writes_what_is_left_out_so_that_it_can_be_repaired_and_read_again() {
    let directory = Directory::new();
    std::fs::create_dir_all(directory.path()).unwrap();
    let [file, left_out] = ["batch.csv", "left-out.csv"].map(|name| directory.path().join(name));
    std::fs::write(&file, BATCH).unwrap();
    let run = |file: &Path, more: &[&str]| ringkey(&["batch", "--dry-run"]).arg(file).args(more).output().unwrap();
    assert_eq!(run(&file, &["--left-out", left_out.to_str().unwrap()]).status.code(), Some(2));
    let text = std::fs::read_to_string(&left_out).unwrap();
    assert!(text.starts_with("\u{feff}fullName,gsmNumber,email,securityModel,description,reason\r\nLuca,\"4,41E+11\",,,,"), "{text}");

    std::fs::write(&file, text.replace("\"4,41E+11\"", "111").replace("nobody", "")).unwrap();
    let repaired = run(&file, &[]);
    assert_eq!((repaired.status.code(), stderr(&repaired)), (Some(0), String::new()));
    assert!(stdout(&repaired).ends_with("rows: 2, ready: 2, with problems: 0\n"), "{}", stdout(&repaired));
}

#[test]
fn batch_refuses_what_it_cannot_use() {
    let nowhere = ringkey(&["batch", "/nowhere/batch.csv", "--dry-run"]).output().unwrap();
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(stderr(&nowhere).starts_with("ringkey: /nowhere/batch.csv: "), "{}", stderr(&nowhere));
    for (input, sentence) in [
        ("", "This file is empty."),
        ("fullName,gsmNumber,email,securityModel,description\n", "This file names its columns and has no rows."),
        ("nome,cell\nAda,111\n", "The columns are not those of a batch."),
        ("fullName,gsmNumber\nAda,\"111\n", "The quote that opens on line 2 is never closed."),
    ] {
        let output = run_with_input(ringkey(&["batch", "-", "--dry-run"]), input);
        assert_eq!(output.status.code(), Some(2), "{input:?}");
        assert!(stderr(&output).starts_with(&format!("ringkey: {sentence}")), "{input:?}: {}", stderr(&output));
    }
    let chosen = run_with_input(ringkey(&["batch", "-", "--dry-run", "--encoding", "utf-16le", "--delimiter", "tab"]), "odd");
    assert!(stderr(&chosen).contains("is not UTF-16 LE"), "{}", stderr(&chosen));
    let not_dry = ringkey(&["batch", "batch.csv"]).output().unwrap();
    assert_eq!(not_dry.status.code(), Some(2));
    assert!(stderr(&not_dry).contains("--group") && stderr(&not_dry).contains("--profile"), "{}", stderr(&not_dry));
}

#[test]
fn a_dry_run_hears_nothing_of_settings_that_it_does_not_use() {
    let mut command = ringkey(&["batch", "-", "--dry-run"]);
    command.envs([("RINGKEY_LISTEN", "nowhere"), ("RINGKEY_LOG", "a=b=c"), ("DATABASE_URL", "mysql://db")]);
    let output = run_with_input(command, "fullName,gsmNumber,email,securityModel,description\nAda,111,,,\n");
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
}

#[test]
fn a_bad_setting_is_refused_by_its_name_wherever_it_came_from() {
    for (flag, variable, bad) in [
        ("--listen", "RINGKEY_LISTEN", "nowhere"),
        ("--public-address", "RINGKEY_PUBLIC_ADDRESS", "http://ringkey.example.com"),
        ("--trusted-proxy", "RINGKEY_TRUSTED_PROXY", "10.0.0.0/33"),
        ("--sip-domain", "RINGKEY_SIP_DOMAIN", "not a host"),
        ("--sip-domain", "RINGKEY_SIP_DOMAIN", "2001:db8::1"),
        ("--pool-size", "RINGKEY_POOL_SIZE", "0"),
        ("--log", "RINGKEY_LOG", "a=b=c"),
        ("--log-format", "RINGKEY_LOG_FORMAT", "xml"),
        ("--database-url", "DATABASE_URL", "mysql://root:hunter2hunter2@db"),
    ] {
        for output in [ringkey(&["serve", flag, bad]).output().unwrap(), ringkey(&[]).env(variable, bad).output().unwrap()] {
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(2), "{flag}: {said}");
            assert!(said.contains(flag) && said.contains(variable), "{flag}: {said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
}

#[test]
fn settings_that_only_fail_in_use_are_named_too() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let fresh = Directory::new();
    let long = fresh.path().join("x".repeat(90));
    let foreign = Directory::new();
    std::fs::create_dir_all(foreign.path()).unwrap();
    std::fs::write(foreign.path().join("thesis.txt"), "mine").unwrap();
    for (arguments, name) in [
        (&["--listen", &address][..], "--listen (RINGKEY_LISTEN)"),
        (&["--listen", "127.0.0.1:0", "--data-dir", long.to_str().unwrap()], "--data-dir (RINGKEY_DATA_DIR)"),
        (&["--listen", "127.0.0.1:0", "--data-dir", foreign.text()], "--data-dir (RINGKEY_DATA_DIR)"),
        (&["--listen", "0.0.0.0:0"], "--public-address (RINGKEY_PUBLIC_ADDRESS)"),
        (&["--listen", "127.0.0.1:0", "--data-dir", fresh.text(), "--pg-bin", "/nowhere"], "--pg-bin (PG_BIN)"),
    ] {
        let output = ringkey(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
        assert_eq!(stderr(&output).matches(name).count(), 1, "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn another_kind_of_database_is_not_tried() {
    for url in ["mysql://root:hunter2hunter2@db/ringkey", "db.example.com", "postgres", "http://db.example.com/ringkey"] {
        let output = ringkey(&["operator", "list", "--database-url", url]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{url}");
        assert!(stderr(&output).contains("this is not an address such as postgres://"), "{url}: {}", stderr(&output));
    }
}

#[tokio::test]
async fn an_empty_variable_is_one_that_is_not_set() {
    let address = database::empty().await;
    let mut command = ringkey(&["operator", "list"]);
    for name in [
        "RINGKEY_DATA_DIR",
        "PG_BIN",
        "RINGKEY_POOL_SIZE",
        "RINGKEY_LISTEN",
        "RINGKEY_PUBLIC_ADDRESS",
        "RINGKEY_TRUSTED_PROXY",
        "RINGKEY_SIP_DOMAIN",
        "RINGKEY_LOG",
        "RINGKEY_LOG_FORMAT",
    ] {
        command.env(name, "");
    }
    let output = command.env("DATABASE_URL", &address).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn help_tells_every_setting_and_no_secret() {
    let output = ringkey(&["--help"]).env("DATABASE_URL", "postgres://ringkey:hunter2@db/ringkey").output().unwrap();
    let said = stdout(&output);
    for word in [
        "serve",
        "operator",
        "seed",
        "acl",
        "batch",
        "sip-settings",
        "--database-url",
        "DATABASE_URL",
        "RINGKEY_SIP_DOMAIN",
        "RINGKEY_TRUSTED_PROXY",
    ] {
        assert!(said.contains(word), "{word}");
    }
    assert!(!said.contains("hunter2"));
}

#[test]
fn help_tells_what_a_command_takes_and_what_it_costs_others() {
    for (arguments, told) in [
        (&["operator", "add", "--help"][..], "viewer, operator, admin"),
        (&["operator", "add", "--help"], "The name to sign in with"),
        (&["operator", "passwd", "--help"], "The operator's name"),
        (&["operator", "disable", "--help"], "The operator's name"),
        (&["operator", "enable", "--help"], "The operator's name"),
        (&["operator", "role", "--help"], "viewer, operator, admin"),
        (&["operator", "remove-second-factor", "--help"], "for who has lost the phone"),
        (&["seed", "--help"], "answers 503"),
    ] {
        let said = stdout(&ringkey(arguments).output().unwrap());
        assert!(said.split_whitespace().collect::<Vec<_>>().join(" ").contains(told), "{arguments:?}: {said}");
    }
}

#[tokio::test]
async fn operators_are_managed_from_the_terminal() {
    let address = database::empty().await;
    let run = |arguments: &[&str], input: &str| {
        let mut command = ringkey(&["operator"]);
        command.args(arguments).env("DATABASE_URL", &address);
        run_with_input(command, input)
    };
    let added = run(&["add", "Marta Gallo", "--role", "admin"], "");
    assert!(added.status.success(), "{}", stderr(&added));
    assert!(stdout(&added).contains("One-time password: ") && stdout(&added).contains("opens nothing but its own change"));
    let again = run(&["add", "MARTA gallo", "--role", "viewer"], "");
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("There is an operator MARTA gallo already."));

    let weak = run(&["add", "bob", "--role", "viewer", "--password-stdin"], "password1234\n");
    assert_eq!(weak.status.code(), Some(2));
    let chosen = run(&["add", "bob", "--role", "viewer", "--password-stdin"], &format!("{PASSWORD}\n"));
    assert!(chosen.status.success() && !stdout(&chosen).contains("assword"), "{}", stdout(&chosen));

    assert!(run(&["disable", "Bob"], "").status.success());
    let unknown = run(&["disable", "nobody"], "");
    assert_eq!(unknown.status.code(), Some(1));
    assert!(stderr(&unknown).contains("There is no operator \"nobody\""));
    let list = stdout(&run(&["list"], ""));
    assert!(list.contains("bob          viewer    disabled, never signed in"), "{list}");
    assert!(list.contains("Marta Gallo  admin     one-time password, never signed in"), "{list}");

    assert!(stdout(&run(&["passwd", "bob", "--password-stdin"], "other words of a test\r\n")).contains("enabled again"));
    assert!(stdout(&run(&["list"], "")).contains("bob          viewer    never signed in"));
}

#[tokio::test]
async fn the_last_admin_is_not_shut_out() {
    let address = database::empty().await;
    let run = |arguments: &[&str]| ringkey(&["operator"]).args(arguments).env("DATABASE_URL", &address).output().unwrap();
    for (name, role) in [("ada", "admin"), ("bob", "operator")] {
        assert!(run(&["add", name, "--role", role]).status.success());
    }
    let refused = run(&["disable", "ada"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("ada is the only admin who can sign in."), "{}", stderr(&refused));
    assert!(!stdout(&run(&["list"])).contains("disabled"));

    assert!(run(&["add", "carla", "--role", "admin"]).status.success());
    assert!(run(&["disable", "ada"]).status.success());
    assert!(stdout(&run(&["disable", "ada"])).contains("was disabled already"));
    assert_eq!(run(&["disable", "carla"]).status.code(), Some(1));
}

#[tokio::test]
async fn roles_and_second_factors_are_changed_from_the_terminal_and_told_to_the_history() {
    let app = TestApp::start().await;
    let id = app.add_operator("ada", Role::Admin).await;
    let run = |arguments: &[&str]| ringkey(&["operator"]).args(arguments).env("DATABASE_URL", url_of(&app)).output().unwrap();
    let says = |arguments: &[&str], sentence: &str| {
        let output = run(arguments);
        let said = if output.status.success() { stdout(&output) } else { stderr(&output) };
        assert!(said.contains(sentence), "{arguments:?}: {said}");
        output.status.code()
    };
    assert_eq!(says(&["role", "ada", "viewer"], "ada is the only admin who can sign in."), Some(1));
    assert_eq!(says(&["add", "bob", "--role", "admin"], "bob can sign in now"), Some(0));
    let client = app.anonymous();
    client.post_form("/sign-in", &[("name", "ada"), ("password", PASSWORD)]).await;
    set_up(&client).await;
    assert!(stdout(&run(&["list"])).contains(" UTC, second factor"));
    assert_eq!(says(&["remove-second-factor", "Ada"], "ada signs in with the password alone now"), Some(0));
    assert_eq!(says(&["remove-second-factor", "ada"], "ada has no second factor."), Some(0));
    assert_eq!(client.get("/groups").await.status, StatusCode::SEE_OTHER, "the sessions have ended");

    let reply = client.post_form("/sign-in", &[("name", "ada"), ("password", PASSWORD)]).await;
    assert_eq!(reply.location(), "/groups");
    assert_eq!(says(&["role", "ada", "operator"], "ada is operator now; open sessions have ended."), Some(0));
    assert_eq!(says(&["role", "ada", "operator"], "ada was operator already."), Some(0));
    assert_eq!(client.get("/groups").await.status, StatusCode::SEE_OTHER);
    assert_eq!(run(&["role", "ada", "root"]).status.code(), Some(2));

    assert_eq!(says(&["enable", "ada"], "ada was not disabled."), Some(0));
    assert_eq!(says(&["disable", "ada"], "ada cannot sign in any more"), Some(0));
    assert_eq!(says(&["enable", "ada"], "ada can sign in again, with the password of before."), Some(0));
    assert_eq!(says(&["enable", "nobody"], "There is no operator \"nobody\""), Some(1));
    assert_eq!(client.post_form("/sign-in", &[("name", "ada"), ("password", PASSWORD)]).await.location(), "/groups");
    assert_eq!(says(&["passwd", "ada"], "One-time password: "), Some(0));

    let told: Vec<String> = sqlx::query_scalar(
        "SELECT action FROM audit_log WHERE subject_id = $1 AND operator_name = 'command line' AND operator_id IS NULL ORDER BY at, id",
    )
    .bind(id)
    .fetch_all(&app.pool)
    .await
    .unwrap();
    assert_eq!(told, ["second factor removed", "updated", "disabled", "enabled", "password reset"]);
}

/// The address of an application's database, for commands beside it.
fn url_of(app: &TestApp) -> String {
    let options = app.pool.connect_options();
    format!("postgres://postgres@localhost/{}?host={}", options.get_database().unwrap(), options.get_host())
}

#[tokio::test]
async fn a_new_password_from_the_terminal_works_at_once_and_ends_sessions() {
    let app = TestApp::start().await;
    app.add_operator("ada", Role::Viewer).await;
    let client = app.anonymous();
    let form = |password: &'static str| [("name", "ada"), ("password", password)];
    assert_eq!(client.post_form("/sign-in", &form(PASSWORD)).await.status, StatusCode::SEE_OTHER);

    let mut command = ringkey(&["operator", "passwd", "ada", "--password-stdin"]);
    command.env("DATABASE_URL", url_of(&app));
    assert!(run_with_input(command, "other words of a test\n").status.success());
    assert_eq!(client.get("/groups").await.status, StatusCode::SEE_OTHER);
    assert_eq!(client.post_form("/sign-in", &form("other words of a test")).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn seed_fills_a_database_once_and_alike_each_time() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let address = database::empty().await;
        let seed = || ringkey(&["seed", "--groups", "7", "--accounts", "500"]).env("DATABASE_URL", &address).output().unwrap();
        let first = seed();
        assert!(first.status.success(), "{}", stderr(&first));
        let again = seed();
        assert_eq!(again.status.code(), Some(1));
        assert!(stderr(&again).contains("Nothing was added"), "{}", stderr(&again));

        let pool = sqlx::PgPool::connect(&address).await.unwrap();
        let people: Vec<(String, String, Option<String>, String)> = sqlx::query_as(
            "SELECT username, number, owner, groups.name FROM accounts JOIN groups ON groups.id = group_id ORDER BY username",
        )
        .fetch_all(&pool)
        .await
        .unwrap();
        assert_eq!(people.len(), 500);
        let digests: i64 = sqlx::query_scalar("SELECT count(DISTINCT ha1_sha256) FROM account_digests WHERE realm = 'sip.localhost'")
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(digests, 500);
        seen.push(people);
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn seed_waits_for_a_sip_domain_that_is_just_being_taken_over() {
    let address = database::empty().await;
    let run = |arguments: &[&str]| ringkey(arguments).env("DATABASE_URL", &address).stdout(Stdio::null()).spawn().unwrap();
    assert!(run(&["operator", "list"]).wait().unwrap().success());
    let pool = sqlx::PgPool::connect(&address).await.unwrap();
    let mut server = pool.begin().await.unwrap();
    sqlx::query("UPDATE settings SET sip_domain = 'late.example.com'").execute(&mut *server).await.unwrap();

    let mut seeding = run(&["seed", "--groups", "1", "--accounts", "1"]);
    database::until_somebody_waits(&pool).await;
    server.commit().await.unwrap();
    assert!(seeding.wait().unwrap().success());
    let realm: String = sqlx::query_scalar("SELECT realm FROM account_digests").fetch_one(&pool).await.unwrap();
    assert_eq!(realm, "late.example.com");
}

#[tokio::test]
async fn the_sip_domain_is_taken_over_until_there_are_accounts() {
    use crate::support::program::Serving;
    let address = database::empty().await;
    let pool = sqlx::PgPool::connect(&address).await.unwrap();
    let start = |domain: &str| Serving::start(&["--database-url", &address, "--sip-domain", domain]);
    start("one.example.com").address();
    start("two.example.com").address();
    let stored: String = sqlx::query_scalar("SELECT sip_domain FROM settings").fetch_one(&pool).await.unwrap();
    assert_eq!(stored, "two.example.com");

    let seeded = ringkey(&["seed", "--groups", "1", "--accounts", "1"]).env("DATABASE_URL", &address).output().unwrap();
    assert!(seeded.status.success(), "{}", stderr(&seeded));
    let mut kept = start("three.example.com");
    kept.address();
    let told = kept.log_line("--sip-domain (RINGKEY_SIP_DOMAIN)");
    assert!(told.contains("WARN") && told.contains("three.example.com, and the SIP domain stays two.example.com"), "{told}");
    let stored: String = sqlx::query_scalar("SELECT sip_domain FROM settings").fetch_one(&pool).await.unwrap();
    assert_eq!(stored, "two.example.com");
}

/// The lines of `ringkey sip-settings`.
fn sip_settings(arguments: &[&str]) -> BTreeMap<String, String> {
    let output = ringkey(&["sip-settings"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output).lines().map(|line| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap()).collect()
}

#[tokio::test]
async fn sip_settings_tells_a_sip_server_where_to_start_and_no_password() {
    let address = database::empty().await;
    let (before, directory) = address.split_once("?host=").unwrap();
    let name = before.rsplit('/').next().unwrap();
    let with_password = address.replacen("postgres@", "postgres:hunter2hunter2@", 1);
    let told = sip_settings(&["--database-url", &with_password]);
    let expected = [
        ("DATABASE_HOST", directory),
        ("DATABASE_NAME", name),
        ("DATABASE_PORT", "5432"),
        ("KEEP_ALIVE_SECONDS", "60"),
        ("SIP_DOMAIN", "sip.localhost"),
        ("SIP_PORT", "5061"),
        ("SIP_TRANSPORT", "TLS"),
        ("SIP_DIGEST", "MD5"),
    ];
    assert_eq!(told, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());

    let pool = sqlx::PgPool::connect(&address).await.unwrap();
    let changed = "UPDATE settings SET sip_domain = 'sip.example.com', keep_alive_seconds = 90, sip_port = 5070, sip_transport = 'TCP',
                   sip_digest = 'SHA-256'";
    sqlx::query(changed).execute(&pool).await.unwrap();
    let told = sip_settings(&["--database-url", &address]);
    let values = ["SIP_DOMAIN", "KEEP_ALIVE_SECONDS", "SIP_PORT", "SIP_TRANSPORT", "SIP_DIGEST"].map(|name| told[name].as_str());
    assert_eq!(values, ["sip.example.com", "90", "5070", "TCP", "SHA-256"]);
}

#[test]
fn sip_settings_names_the_socket_of_a_private_postgres() {
    use crate::support::program::Serving;
    let directory = Directory::new();
    let mut server = Serving::start(&["--data-dir", directory.text()]);
    server.address();
    for told in [sip_settings(&["--data-dir", directory.text()]), {
        server.signal("-TERM");
        sip_settings(&["--data-dir", directory.text()])
    }] {
        let socket = Path::new(&told["DATABASE_HOST"]);
        assert_eq!(socket, directory.path().canonicalize().unwrap());
        assert_eq!((told["DATABASE_NAME"].as_str(), told["DATABASE_PORT"].as_str()), ("ringkey", "5432"));
    }
}
