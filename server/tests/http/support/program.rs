//! The real program, as a person at a terminal starts it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::leaks;

/// Long enough for initdb on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The key of every server that tests start.
pub const SECRET_KEY: &str = "a key that only tests use, of enough characters";

/// `ringkey` with these arguments and no setting from the environment of the tests.
pub fn ringkey(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringkey"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("RINGKEY_")) {
        command.env_remove(name);
    }
    // A server with a Postgres of its own would write its key to where people's own is.
    command.env("RINGKEY_SECRET_KEY", SECRET_KEY);
    command.env_remove("DATABASE_URL").args(arguments).stdin(Stdio::null());
    command
}

/// Runs a command to its end, with `input` on its standard input.
pub fn run_with_input(mut command: Command, input: &str) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A directory that goes away with the value.
pub struct Directory(PathBuf);

impl Directory {
    pub fn new() -> Self {
        Self(std::env::temp_dir().join(format!("ringkey-dir-{}", Uuid::new_v4().simple())))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn text(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A server that runs, or has been refused.
pub struct Serving {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
    log: Receiver<String>,
}

impl Serving {
    /// Starts `ringkey serve` on a free port.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_by(ringkey(&["serve", "--listen", "127.0.0.1:0"]), arguments)
    }

    /// The same of a server whose clock differs by so much, as libfaketime reads it: `+5m`.
    pub fn start_with_clock(shift: &str, arguments: &[&str]) -> Self {
        let places = ["x86_64-linux-gnu", "aarch64-linux-gnu"].map(|machine| format!("/usr/lib/{machine}/faketime/libfaketimeMT.so.1"));
        let library =
            places.iter().find(|place| Path::new(place).exists()).expect("faketime. Install what the tests need: tools/install test");
        let mut command = ringkey(&["serve", "--listen", "127.0.0.1:0"]);
        // How long something takes is as ever.
        command.env("LD_PRELOAD", library).env("FAKETIME", shift).env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        Self::start_by(command, arguments)
    }

    fn start_by(mut command: Command, arguments: &[&str]) -> Self {
        let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (lines, log) = (lines_of(child.stdout.take().unwrap(), |_| ()), lines_of(child.stderr.take().unwrap(), leaks::look_at_line));
        Self { child, lines, said: Vec::new(), log }
    }

    /// Waits for the line of the log that has these words.
    pub fn log_line(&self, words: &str) -> String {
        loop {
            let line = self.log.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("the log says {words:?}"));
            if line.contains(words) {
                return line;
            }
        }
    }

    /// What the log says from here on, to its end: for a server that was stopped.
    pub fn rest_of_the_log(&self) -> Vec<String> {
        std::iter::from_fn(|| self.log.recv_timeout(PATIENCE).ok()).collect()
    }

    /// Its process number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the server says where it is; gives its address.
    pub fn address(&mut self) -> String {
        self.word_after("Ringkey is ready at")
    }

    /// The first admin's one-time password, if this server has made one.
    pub fn one_time_password(&mut self) -> Option<String> {
        self.address();
        // Said right after the address, in one go.
        while let Ok(line) = self.lines.recv_timeout(Duration::from_millis(500)) {
            self.said.push(line);
        }
        self.said.iter().find_map(|line| Some(line.split_once("One-time password")?.1.trim().to_owned()))
    }

    fn word_after(&mut self, words: &str) -> String {
        let find = |line: &String| Some(line.split_once(words)?.1.trim().to_owned());
        if let Some(word) = self.said.iter().find_map(find) {
            return word;
        }
        loop {
            let heard = self.lines.recv_timeout(PATIENCE);
            let line =
                heard.unwrap_or_else(|_| panic!("the server says where it is, and not {:?}", self.log.try_iter().collect::<Vec<_>>()));
            self.said.push(line.clone());
            if let Some(word) = find(&line) {
                return word;
            }
        }
    }

    /// Sends a signal and waits for the end; gives the exit status, if the signal was not the end itself.
    pub fn signal(&mut self, signal: &str) -> Option<i32> {
        send(signal, self.child.id());
        self.child.wait().unwrap().code()
    }
}

/// What comes line by line; read to its end, so that nobody who writes it has to wait.
fn lines_of(pipe: impl Read + Send + 'static, look: fn(&str)) -> Receiver<String> {
    let (say, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            look(&line);
            drop(say.send(line));
        }
    });
    lines
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn send(signal: &str, process: u32) {
    assert!(Command::new("kill").args([signal, &process.to_string()]).status().unwrap().success());
}

/// Waits until `is_so`, and fails with `what` when it does not come.
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        thread::sleep(Duration::from_millis(50));
    }
}
