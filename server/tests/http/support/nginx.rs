//! A real nginx with the configuration that Ringkey ships, on ports and in a directory of its own.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::Certificate;

use super::Client;
use super::certificate::certificate;
use super::kamailio::free_port;
use super::program::{Directory, eventually, send};

const NGINX: &str = "/usr/sbin/nginx";
/// What the certificate is for, and how browsers call it.
pub const HOST: &str = "ringkey.test";

pub struct Nginx {
    directory: Directory,
    port: u16,
    /// Of plain HTTP.
    plain_port: u16,
    process: Child,
}

impl Nginx {
    /// Starts before servers at these addresses.
    pub fn start(servers: &[&str]) -> Self {
        // Between the moment in which a port is found free and that in which it is used, somebody else may take it.
        let mut complaints = String::new();
        for _ in 0..5 {
            match Self::try_start(servers) {
                Ok(nginx) => return nginx,
                Err(complained) => complaints = complained,
            }
        }
        panic!("nginx does not start: {complaints}")
    }

    fn try_start(servers: &[&str]) -> Result<Self, String> {
        let directory = Directory::new();
        let here = directory.path();
        fs::create_dir(here).unwrap();
        let (port, plain_port) = (free_port(), free_port());
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/nginx/ringkey.conf");
        fs::copy(shipped, here.join("ringkey.conf")).unwrap();
        certificate(here, HOST);
        let upstream: String = servers.iter().map(|server| format!("server {};\n", server.strip_prefix("http://").unwrap())).collect();
        fs::write(here.join("ringkey-upstream.inc"), upstream).unwrap();
        let common = format!("server_name {HOST};\naccess_log access.log ringkey;\nerror_log error.log crit;\n");
        fs::write(here.join("ringkey-http.inc"), format!("listen 127.0.0.1:{plain_port};\n{common}")).unwrap();
        let tls = "ssl_certificate certificate.pem;\nssl_certificate_key key.pem;\n";
        fs::write(here.join("ringkey-https.inc"), format!("listen 127.0.0.1:{port} ssl http2;\n{tls}{common}")).unwrap();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("{kind}_temp_path {}/{kind};\n", directory.text()))
            .collect();
        // Without workers that are another user, to whom this directory would be closed.
        fs::write(
            here.join("nginx.conf"),
            format!("daemon off;\nmaster_process off;\npid pid;\nevents {{}}\nhttp {{\n{temporary}include ringkey.conf;\n}}\n"),
        )
        .unwrap();
        let mut command = Command::new(NGINX);
        command.args(["-e", "error.log", "-c", "nginx.conf", "-p"]).arg(here).stdin(Stdio::null()).stdout(Stdio::null());
        let process = command
            .stderr(fs::File::create(here.join("complaints")).unwrap())
            .spawn()
            .unwrap_or_else(|error| panic!("{NGINX}: {error}. Install what the tests need: tools/install test"));
        let mut nginx = Self { directory, port, plain_port, process };
        let mut lives = true;
        eventually("nginx listens", || {
            lives = nginx.process.try_wait().unwrap().is_none();
            !lives || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
        });
        let complaints = fs::read_to_string(nginx.directory.path().join("complaints")).unwrap();
        if lives { Ok(nginx) } else { Err(complaints) }
    }

    /// `https://` and the name that its certificate is for.
    pub fn address(&self) -> String {
        format!("https://{HOST}:{}", self.port)
    }

    /// A browser on a machine with this address.
    pub fn browser(&self, from: IpAddr) -> Client {
        let trusted = fs::read(self.directory.path().join("certificate.pem")).unwrap();
        let how = reqwest::Client::builder()
            .cookie_store(true)
            .add_root_certificate(Certificate::from_pem(&trusted).unwrap())
            .resolve(HOST, SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)))
            .local_address(from);
        Client::built(&self.address(), how)
    }

    /// A browser that asks over plain HTTP.
    pub fn plain_browser(&self) -> Client {
        let how = reqwest::Client::builder().resolve(HOST, SocketAddr::from((Ipv4Addr::LOCALHOST, self.plain_port)));
        Client::built(&format!("http://{HOST}:{}", self.plain_port), how)
    }

    /// What it has logged of requests and of errors.
    pub fn logs(&self) -> String {
        ["access.log", "error.log"].map(|name| fs::read_to_string(self.directory.path().join(name)).unwrap()).concat()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        if self.process.try_wait().is_ok_and(|ended| ended.is_none()) {
            send("-TERM", self.process.id());
            let _ = self.process.wait();
        }
    }
}
