//! A real Kannel with ports and a directory of its own: bearerbox keeps and routes messages, smsbox takes them over HTTP, and
//! fakesmsc is the network, which prints what it is given.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use app::domain::secret::Secret;
use app::gateways::GatewayConfig;

use super::program::{Directory, send};
use super::until;

const BEARERBOX: &str = "/usr/sbin/bearerbox";
const SMSBOX: &str = "/usr/sbin/smsbox";
const FAKESMSC: &str = "/usr/lib/kannel/test/fakesmsc";

pub const USERNAME: &str = "ringkey";
/// Nothing in it survives being put into an address as it is.
pub const PASSWORD: &str = "p&w +d%41";
/// Numbers with this beginning are routed nowhere.
pub const NO_ROUTE: &str = "+998";

pub struct Kannel {
    directory: Directory,
    ports: Ports,
    bearerbox: Process,
    smsbox: Process,
    network: Process,
    printed: Arc<Mutex<Vec<String>>>,
}

/// A part of a message as the network got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub from: String,
    pub to: String,
    /// Which part of which message this is; a message of one part has none.
    pub header: Vec<u8>,
    pub data: Vec<u8>,
}

struct Ports {
    admin: u16,
    boxes: u16,
    network: u16,
    sendsms: u16,
}

/// A process that ends with the value.
struct Process(Child);

impl Kannel {
    /// Starts all three and waits until they have found each other.
    pub async fn start() -> Self {
        // Between the moment in which a port is found free and that in which it is used, somebody else may take it.
        for _ in 0..5 {
            if let Some(kannel) = Self::try_start().await {
                return kannel;
            }
        }
        panic!("Kannel does not start. Install what the tests need: tools/install test");
    }

    async fn try_start() -> Option<Self> {
        let directory = Directory::new();
        fs::create_dir(directory.path()).unwrap();
        let ports = Ports::free();
        fs::write(directory.path().join("kannel.conf"), ports.configuration(directory.text())).unwrap();
        let mut bearerbox = Process::start(BEARERBOX, &directory);
        ports.bearerbox_answers(&mut bearerbox).await?;
        let smsbox = Process::start(SMSBOX, &directory);
        let printed = Arc::default();
        let network = Process::network(&ports, &printed);
        let mut kannel = Self { directory, ports, bearerbox, smsbox, network, printed };
        kannel.is_whole().await.then_some(kannel)
    }

    /// Whether the boxes and the network are connected, waiting until they are; `false` when one of them has ended.
    async fn is_whole(&mut self) -> bool {
        let mut lives = true;
        until(async || {
            lives = [&mut self.bearerbox, &mut self.smsbox, &mut self.network].into_iter().all(Process::lives);
            !lives || self.ports.is_whole().await
        })
        .await;
        lives
    }

    /// The address of sendsms.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/cgi-bin/sendsms", self.ports.sendsms)
    }

    pub fn config(&self) -> GatewayConfig {
        GatewayConfig::Kannel {
            url: self.url(),
            username: USERNAME.to_owned(),
            password: Secret::from(PASSWORD),
            sender: Some("Ringkey".to_owned()),
        }
    }

    /// What the network has got so far.
    pub fn parts(&self) -> Vec<Part> {
        self.printed.lock().unwrap().iter().filter_map(|line| Part::parse(line)).collect()
    }

    /// Waits until the network has got this many parts, and gives them.
    pub async fn received(&self, parts: usize) -> Vec<Part> {
        until(async || self.parts().len() >= parts).await;
        self.parts()
    }

    /// The bearerbox stops to answer and forgets nothing.
    pub fn hang(&self) {
        send("-STOP", self.bearerbox.0.id());
    }

    /// The bearerbox goes on.
    pub fn wake(&self) {
        send("-CONT", self.bearerbox.0.id());
    }

    /// The network goes away; Kannel keeps what it gets.
    pub async fn lose_network(&mut self) {
        self.network.end();
        until(async || !self.ports.status().await.is_some_and(|status| status.contains("(online"))).await;
    }

    /// Kills the bearerbox. Without it smsbox closes its port, and would try for ten seconds to find another before it ends.
    pub async fn kill(&mut self) {
        self.bearerbox.end();
        until(async || !is_open(self.ports.sendsms)).await;
        self.smsbox.end();
        self.network.end();
    }

    /// Starts what has ended, on the same ports and with what was kept.
    pub async fn restart(&mut self) {
        if !self.bearerbox.lives() {
            self.bearerbox = Process::start(BEARERBOX, &self.directory);
            self.ports.bearerbox_answers(&mut self.bearerbox).await.expect("the bearerbox starts again");
        }
        if !self.smsbox.lives() {
            self.smsbox = Process::start(SMSBOX, &self.directory);
        }
        if !self.network.lives() {
            self.network = Process::network(&self.ports, &self.printed);
        }
        assert!(self.is_whole().await, "Kannel starts again");
    }
}

impl Ports {
    fn free() -> Self {
        let held = [(); 4].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [admin, boxes, network, sendsms] = held.map(|listener| listener.local_addr().unwrap().port());
        Self { admin, boxes, network, sendsms }
    }

    fn configuration(&self, directory: &str) -> String {
        let Self { admin, boxes, network, sendsms } = self;
        format!(
            "group = core\nadmin-port = {admin}\nadmin-interface = 127.0.0.1\nadmin-password = admin\nstatus-password = status\n\
             smsbox-port = {boxes}\nsmsbox-interface = 127.0.0.1\nbox-deny-ip = \"*.*.*.*\"\nbox-allow-ip = 127.0.0.1\n\
             store-type = file\nstore-location = \"{directory}/store\"\ndlr-storage = internal\n\n\
             group = smsc\nsmsc = fake\nsmsc-id = network\nport = {network}\nconnect-allow-ip = 127.0.0.1\ndenied-prefix = \"{NO_ROUTE}\"\n\
             reconnect-delay = 1\n\n\
             group = smsbox\nbearerbox-host = 127.0.0.1\nbearerbox-port = {boxes}\nsendsms-port = {sendsms}\n\
             sendsms-interface = 127.0.0.1\nsendsms-chars = \"0123456789+\"\nglobal-sender = Kannel\n\n\
             group = sendsms-user\nusername = {USERNAME}\npassword = \"{PASSWORD}\"\nuser-deny-ip = \"*.*.*.*\"\n\
             user-allow-ip = 127.0.0.1\nmax-messages = 10\nconcatenation = true\n"
        )
    }

    /// Waits until the bearerbox answers; `None` when it has ended.
    async fn bearerbox_answers(&self, bearerbox: &mut Process) -> Option<()> {
        let mut lives = true;
        until(async || {
            lives = bearerbox.lives();
            !lives || self.status().await.is_some_and(|status| status.contains("Status: running"))
        })
        .await;
        // The network connects only to a port that is open.
        until(async || !bearerbox.lives() || is_open(self.boxes)).await;
        lives.then_some(())
    }

    async fn is_whole(&self) -> bool {
        let status = self.status().await.unwrap_or_default();
        status.contains("smsbox:") && status.contains("(online") && is_open(self.sendsms)
    }

    async fn status(&self) -> Option<String> {
        let url = format!("http://127.0.0.1:{}/status.txt?password=status", self.admin);
        reqwest::Client::builder().no_proxy().build().unwrap().get(url).send().await.ok()?.text().await.ok()
    }
}

fn is_open(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

impl Process {
    fn start(program: &str, directory: &Directory) -> Self {
        let configuration = directory.path().join("kannel.conf");
        let mut command = Command::new(program);
        command.args(["-v", "4"]).arg(configuration).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap_or_else(|error| panic!("{program}: {error}. Install what the tests need: tools/install test")))
    }

    fn network(ports: &Ports, printed: &Arc<Mutex<Vec<String>>>) -> Self {
        // Of its own it sends nothing: the message is there since fakesmsc wants one.
        let arguments = ["-H", "127.0.0.1", "-r", &ports.network.to_string(), "-m", "0", "1 2 text nothing"];
        let mut command = Command::new(FAKESMSC);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("{FAKESMSC}: {error}. Install what the tests need: tools/install test"));
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let printed = Arc::clone(printed);
        thread::spawn(move || lines.map_while(Result::ok).for_each(|line| printed.lock().unwrap().push(line)));
        Self(child)
    }

    fn lives(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    fn end(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

impl Part {
    /// Reads a line of fakesmsc: `… Got message 1: <FROM TO text WORDS>`, or `data`, `ucs-2` and `udh HEADER data` with what
    /// follows them encoded as in an address.
    fn parse(line: &str) -> Option<Self> {
        let message = line.split_once("Got message ")?.1.split_once(": <")?.1.strip_suffix('>')?;
        let (from, rest) = message.split_once(' ')?;
        let (to, rest) = rest.split_once(' ')?;
        let (header, rest) = match rest.strip_prefix("udh ") {
            Some(rest) => rest.split_once(' ')?,
            None => ("", rest),
        };
        let (kind, data) = rest.split_once(' ')?;
        let data = if kind == "text" { data.as_bytes().to_vec() } else { decoded(data) };
        Some(Self { from: from.to_owned(), to: to.to_owned(), header: decoded(header), data })
    }

    /// The data as text of the GSM alphabet, which fakesmsc gets in UTF-8.
    pub fn gsm7(parts: &[Self]) -> String {
        String::from_utf8(parts.iter().flat_map(|part| part.data.clone()).collect()).unwrap()
    }

    /// The data as text in UCS-2.
    pub fn ucs2(parts: &[Self]) -> String {
        let bytes: Vec<u8> = parts.iter().flat_map(|part| part.data.clone()).collect();
        let units: Vec<u16> = bytes.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        String::from_utf16(&units).unwrap()
    }
}

fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    decoded
}
