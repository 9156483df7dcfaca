//! A real Kamailio with the configuration that Ringkey ships, on ports and in a directory of its own.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sqlx::PgPool;

use super::certificate::authority;
use super::database;
use super::program::Directory;
use super::until;

const KAMAILIO: &str = "/usr/sbin/kamailio";
const KAMCMD: &str = "/usr/sbin/kamcmd";

/// The SIP domain of a fresh database.
pub const DOMAIN: &str = "sip.localhost";

/// What a test wants otherwise than it ships.
#[derive(Clone, Copy, Debug)]
pub struct Wishes {
    pub sha256: bool,
    /// In seconds.
    pub keep_alive: u32,
}

impl Default for Wishes {
    fn default() -> Self {
        Self { sha256: false, keep_alive: 60 }
    }
}

pub struct Kamailio {
    directory: Directory,
    /// For UDP and TCP.
    pub port: u16,
    pub tls_port: u16,
    process: Child,
}

impl Kamailio {
    /// Starts on this database, as the role of SIP servers, and waits until it answers.
    pub async fn start(pool: &PgPool) -> Self {
        Self::start_with(pool, Wishes::default()).await
    }

    pub async fn start_with(pool: &PgPool, wishes: Wishes) -> Self {
        // Between the moment in which a port is found free and that in which it is used, somebody else may take it.
        for _ in 0..5 {
            if let Some(kamailio) = Self::try_start(pool, wishes).await {
                return kamailio;
            }
        }
        panic!("Kamailio does not start. Install what the tests need: tools/install test");
    }

    async fn try_start(pool: &PgPool, wishes: Wishes) -> Option<Self> {
        let directory = Directory::new();
        fs::create_dir(directory.path()).unwrap();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("sip/kamailio/kamailio.cfg");
        fs::copy(shipped, directory.path().join("kamailio.cfg")).unwrap();
        let (port, tls_port) = (free_port(), free_port());
        let database = pool.connect_options().get_database().unwrap().to_owned();
        fs::write(directory.path().join("settings.cfg"), settings(directory.text(), &database, port, tls_port, wishes)).unwrap();
        authority(directory.path(), "localhost");
        let mut command = Command::new(KAMAILIO);
        command.arg("-f").arg(directory.path().join("kamailio.cfg")).args(["-DD", "-E", "-m", "16", "-Y"]).arg(directory.path());
        let log = fs::File::create(directory.path().join("log")).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let process =
            command.spawn().unwrap_or_else(|error| panic!("{KAMAILIO}: {error}. Install what the tests need: tools/install test"));
        let mut kamailio = Self { directory, port, tls_port, process };
        let mut lives = true;
        until(async || {
            lives = kamailio.process.try_wait().unwrap().is_none();
            !lives || kamailio.answers()
        })
        .await;
        lives.then_some(kamailio)
    }

    /// Where phones send to over UDP and TCP.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The certificate, which is its own authority; its name is `localhost`.
    pub fn certificate(&self) -> PathBuf {
        self.directory.path().join("certificate.pem")
    }

    /// What it holds in its memory of a username, as its own tool shows it; empty when it knows of none.
    pub fn knows(&self, username: &str) -> String {
        let told = self.ask(&["ul.lookup", "location", &format!("s:{username}")]);
        if told.contains("AoR:") { told } else { String::new() }
    }

    /// How many calls of a username go on.
    pub fn calls(&self, username: &str) -> usize {
        let told = self.ask(&["dlg.profile_get_size", "calls", &format!("s:{username}")]);
        told.trim().parse().unwrap_or_else(|_| panic!("{told}"))
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap()
    }

    fn ask(&self, command: &[&str]) -> String {
        let socket = format!("unix:{}", self.directory.path().join("kamailio_ctl").display());
        let told = Command::new(KAMCMD).args(["-s", &socket]).args(command).output().unwrap();
        String::from_utf8(told.stdout).unwrap()
    }

    fn answers(&self) -> bool {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let own = socket.local_addr().unwrap();
        let question = format!(
            "OPTIONS sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{0}\r\nMax-Forwards: 70\r\n\
             From: <sip:test@{DOMAIN}>;tag={0}\r\nTo: <sip:{DOMAIN}>\r\nCall-ID: {0}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
            own.port()
        );
        socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let mut answer = [0; 2000];
        socket.send_to(question.as_bytes(), self.address()).is_ok()
            && socket.recv(&mut answer).is_ok()
            && answer.starts_with(b"SIP/2.0 200")
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        // Its first process ends the others.
        super::program::send("-TERM", self.process.id());
        let _ = self.process.wait();
    }
}

fn settings(directory: &str, database: &str, port: u16, tls_port: u16, wishes: Wishes) -> String {
    let Wishes { sha256, keep_alive } = wishes;
    let sha256 = if sha256 { "#!define WITH_SHA256\n" } else { "" };
    format!(
        "#!substdef \"!SIP_DOMAIN!{DOMAIN}!g\"\n\
         #!substdef \"!DATABASE_URL!postgres://ringkey_sip@localhost/{database}!g\"\n\
         #!substdef \"!DATABASE_PARAMETERS!connect_timeout=3;host={socket}!g\"\n\
         listen=udp:127.0.0.1:{port}\nlisten=tcp:127.0.0.1:{port}\nlisten=tls:127.0.0.1:{tls_port}\n\
         #!define WITH_TLS\n\
         #!substdef \"!TLS_CERTIFICATE!{directory}/certificate.pem!g\"\n\
         #!substdef \"!TLS_KEY!{directory}/key.pem!g\"\n\
         #!define KEEP_ALIVE {keep_alive}\n\
         #!define KEEP_ALIVE_PATIENCE {patience}\n{sha256}",
        socket = database::directory().display(),
        patience = keep_alive * 3,
    )
}

/// A port that is free for TCP and UDP.
pub fn free_port() -> u16 {
    loop {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = tcp.local_addr().unwrap().port();
        if UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
