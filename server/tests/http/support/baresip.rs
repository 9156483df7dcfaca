//! A real baresip with a directory of its own: a softphone that is set up by hand, with its password.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use super::kamailio::{DOMAIN, Kamailio, free_port};
use super::program::Directory;
use super::until;

pub struct Baresip {
    process: Child,
    said: Arc<Mutex<Vec<String>>>,
    _directory: Directory,
}

impl Baresip {
    /// Starts a baresip that registers over `transport` (`udp`, `tcp`) and answers every call.
    pub fn start(server: &Kamailio, username: &str, password: &str, transport: &str) -> Self {
        let directory = Directory::new();
        fs::create_dir(directory.path()).unwrap();
        let account = format!(
            "<sip:{username}@{DOMAIN};transport={transport}>;auth_user={username};auth_pass={password};\
             outbound=\"sip:{};transport={transport}\";regint=600;answermode=auto;audio_codecs=pcma\n",
            server.address()
        );
        fs::write(directory.path().join("accounts"), account).unwrap();
        fs::write(directory.path().join("config"), configuration(&modules())).unwrap();
        // Into a pipe it would write when it ends.
        let mut command = Command::new("stdbuf");
        command.args(["-oL", "baresip", "-f"]).arg(directory.path());
        // It reads commands, and ends when there are no more: the pipe stays open for as long as the process is held.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process =
            command.spawn().unwrap_or_else(|error| panic!("baresip: {error}. Install what the tests need: tools/install test"));
        let said = Arc::<Mutex<Vec<String>>>::default();
        let (lines, heard) = (BufReader::new(process.stdout.take().unwrap()).lines(), Arc::clone(&said));
        thread::spawn(move || lines.map_while(Result::ok).for_each(|line| heard.lock().unwrap().push(line)));
        Self { process, said, _directory: directory }
    }

    /// Calls a number. Its commands are what somebody would type.
    pub fn dial(&mut self, number: &str) {
        writeln!(self.process.stdin.as_mut().unwrap(), "/dial sip:{number}@{DOMAIN}").unwrap();
    }

    /// Waits until it has said this.
    pub async fn says(&self, words: &str) {
        until(async || self.said.lock().unwrap().iter().any(|line| line.contains(words))).await;
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn modules() -> String {
    let places = ["/usr/lib/baresip/modules", "/usr/lib64/baresip/modules"];
    (*places.iter().find(|place| fs::exists(place).unwrap_or(false)).unwrap_or(&places[0])).to_owned()
}

/// On loopback, with a sound card that loops back what it hears, and not one module more than a call needs.
fn configuration(modules: &str) -> String {
    format!(
        "sip_listen 127.0.0.1:{}\ncall_local_timeout 120\naudio_player aubridge,one\naudio_source aubridge,one\n\
         audio_alert aubridge,two\nnet_interface 127.0.0.1\nmodule_path {modules}\n\
         module stdio.so\nmodule g711.so\nmodule aubridge.so\nmodule uuid.so\nmodule_tmp account.so\nmodule_app menu.so\n",
        free_port()
    )
}
