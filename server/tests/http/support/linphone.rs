//! A real Linphone with a directory of its own, which takes its configuration from an address, as a phone does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::program::Directory;
use super::until;

pub struct Linphone {
    directory: Directory,
    process: Child,
}

impl Linphone {
    /// Starts a Linphone that knows nothing but where its configuration is: on loopback, without sound, on ports that the
    /// system chooses.
    pub fn start(config_uri: &str) -> Self {
        Self::start_with(config_uri, "")
    }

    /// Starts one that believes TLS servers whose certificates this authority has signed.
    pub fn start_trusting(config_uri: &str, authority: &Path) -> Self {
        Self::start_with(config_uri, &format!("root_ca={}\n", authority.display()))
    }

    fn start_with(config_uri: &str, sip: &str) -> Self {
        let directory = Directory::new();
        // Without them it starts and never does anything.
        for data in [".local/share/linphone", ".config/linphone"] {
            fs::create_dir_all(directory.path().join(data)).unwrap();
        }
        let configuration = format!(
            "[misc]\nconfig-uri={config_uri}\n\
             [sip]\nregister_only_when_network_is_up=0\nbind_address=127.0.0.1\nsip_port=-1\nsip_tcp_port=-1\nsip_tls_port=-1\n{sip}\
             [rtp]\naudio_rtp_port=-1\nvideo_rtp_port=-1\ntext_rtp_port=-1\n\
             [sound]\nuse_files=1\n"
        );
        fs::write(directory.path().join("linphonerc"), configuration).unwrap();
        let process = run(&directory);
        Self { directory, process }
    }

    /// Ends it and starts it again with all that it has kept.
    pub fn restart(&mut self) {
        self.end();
        self.process = run(&self.directory);
    }

    /// Waits until it has an account, and has forgotten where that came from, as the document wants.
    pub async fn wait_for_account(&mut self) {
        until(async || {
            assert!(self.process.try_wait().unwrap().is_none(), "linphonec has ended");
            self.entry("proxy_0", "reg_identity").is_some() && self.entry("misc", "config-uri").is_none()
        })
        .await;
    }

    /// A value of its configuration as it keeps it. Linphone writes it anew, whole, soon after it has changed.
    pub fn entry(&self, section: &str, key: &str) -> Option<String> {
        let configuration = fs::read_to_string(self.configuration()).ok()?;
        let heading = format!("[{section}]");
        let mut lines = configuration.lines().skip_while(|line| **line != heading).skip(1).take_while(|line| !line.starts_with('['));
        lines.find_map(|line| Some(line.strip_prefix(key)?.strip_prefix('=')?.to_owned()))
    }

    fn configuration(&self) -> PathBuf {
        self.directory.path().join("linphonerc")
    }

    fn end(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Linphone {
    fn drop(&mut self) {
        self.end();
    }
}

fn run(directory: &Directory) -> Child {
    let mut command = Command::new("linphonec");
    command.arg("-c").arg(directory.path().join("linphonerc")).current_dir(directory.path());
    command.env("HOME", directory.path()).env_remove("XDG_CONFIG_HOME").env_remove("XDG_DATA_HOME");
    // It reads commands, and ends when there are no more: the pipe stays open for as long as the process is held.
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap_or_else(|error| panic!("linphonec: {error}. Install what the tests need: tools/install test"))
}
