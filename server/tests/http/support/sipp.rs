//! A real sipp: a phone that does exactly what a scenario under `sipp/` says.

use std::fs;
use std::process::{Child, Command, Stdio};

use super::kamailio::{DOMAIN, Kamailio, free_port};
use super::program::Directory;
use super::until;

/// A phone with an account.
#[derive(Clone, Copy, Debug)]
pub struct Phone<'a> {
    pub username: &'a str,
    pub password: &'a str,
    /// Its own address, on loopback.
    pub from: &'a str,
    pub port: u16,
    pub over_tcp: bool,
    /// For how many seconds it registers; 0 ends a registration.
    pub expires: u32,
}

impl<'a> Phone<'a> {
    pub fn new(username: &'a str, password: &'a str) -> Self {
        Self { username, password, from: "127.0.0.1", port: free_port(), over_tcp: false, expires: 600 }
    }

    /// Registers, and fails unless the answer to the password is `expected`.
    pub async fn register(&self, server: &Kamailio, expected: u16) {
        let scenario = include_str!("sipp/register.xml").replace("EXPECTED", &expected.to_string());
        self.once(server, &scenario).succeeds().await;
    }

    /// Calls a number, and fails unless that is refused with `expected`.
    pub async fn call_refused(&self, server: &Kamailio, number: &str, expected: u16) {
        let scenario = include_str!("sipp/refused.xml").replace("EXPECTED", &expected.to_string()).replace("NUMBER", number);
        self.once(server, &scenario).succeeds().await;
    }

    /// Calls a number, and holds the line for so many milliseconds once somebody has answered. The call goes on meanwhile.
    pub fn call(&self, server: &Kamailio, number: &str, hold: u32) -> Sipp {
        let scenario = include_str!("sipp/call.xml").replace("HOLD", &hold.to_string()).replace("NUMBER", number);
        self.once(server, &scenario)
    }

    /// Answers every call at the place where it has registered from, for as long as the value is held.
    pub fn answer(&self, server: &Kamailio) -> Sipp {
        Sipp::start(self, server, include_str!("sipp/answer.xml"), &[])
    }

    fn once(&self, server: &Kamailio, scenario: &str) -> Sipp {
        Sipp::start(self, server, scenario, &["-m", "1", "-timeout", "20s", "-timeout_error"])
    }
}

/// A sipp that runs; it ends with the value.
pub struct Sipp {
    directory: Directory,
    process: Child,
}

impl Sipp {
    fn start(phone: &Phone<'_>, server: &Kamailio, scenario: &str, arguments: &[&str]) -> Self {
        let directory = Directory::new();
        fs::create_dir(directory.path()).unwrap();
        let Phone { username, password, from, port, over_tcp, expires } = phone;
        fs::write(directory.path().join("scenario.xml"), scenario.replace("DOMAIN", DOMAIN)).unwrap();
        let account = format!("SEQUENTIAL\n{username};[authentication username={username} password={password}];{expires}\n");
        fs::write(directory.path().join("account.csv"), account).unwrap();
        let log = fs::File::create(directory.path().join("log")).unwrap();
        let mut command = Command::new("sipp");
        command.arg(server.address()).args(["-sf", "scenario.xml", "-inf", "account.csv", "-nostdin", "-i", from]);
        command.args(["-p", &port.to_string(), "-mp", &free_port().to_string(), "-t", if *over_tcp { "t1" } else { "u1" }]);
        command.args(arguments).current_dir(directory.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let process = command.spawn().unwrap_or_else(|error| panic!("sipp: {error}. Install what the tests need: tools/install test"));
        Self { directory, process }
    }

    /// Waits for the end of the scenario, and fails when something else happened than it says.
    pub async fn succeeds(mut self) {
        let mut ended = None;
        until(async || {
            ended = self.process.try_wait().unwrap();
            ended.is_some()
        })
        .await;
        let ended = ended.unwrap();
        assert!(ended.success(), "{ended}: {}", fs::read_to_string(self.directory.path().join("log")).unwrap());
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
