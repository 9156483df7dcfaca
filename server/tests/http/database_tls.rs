//! A Postgres on another machine is reached over TLS.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};

use reqwest::StatusCode;

use crate::support::Client;
use crate::support::certificate;
use crate::support::cluster::{Cluster, owner};
use crate::support::kamailio::free_port;
use crate::support::program::{Directory, Serving, ringkey, stderr};

/// A Postgres that takes encrypted connections alone, and where it is.
struct Encrypted {
    _cluster: Cluster,
    port: u16,
    files: Directory,
}

impl Encrypted {
    fn start() -> Self {
        let (files, port) = (Directory::new(), free_port());
        fs::create_dir(files.path()).unwrap();
        certificate::certificate(files.path(), "localhost");
        let [key, access] = ["key.pem", "access"].map(|name| files.path().join(name));
        // Whoever comes in does so over TLS; the test itself asks nothing else.
        fs::write(&access, "hostssl all all 127.0.0.1/32 trust\n").unwrap();
        let (uid, gid) = owner();
        chown(&key, Some(uid), Some(gid)).unwrap();
        fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
        let here = files.text();
        let settings = [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={port}"),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={here}/certificate.pem"),
            format!("ssl_key_file={here}/key.pem"),
            format!("hba_file={here}/access"),
        ];
        let cluster = Cluster::start_with(&settings.each_ref().map(String::as_str));
        Self { _cluster: cluster, port, files }
    }

    fn url(&self, parameters: &str) -> String {
        format!("postgres://postgres@localhost:{}/ringkey?{parameters}", self.port)
    }

    fn authority(&self) -> String {
        format!("sslrootcert={}/certificate.pem", self.files.text())
    }
}

#[tokio::test]
async fn ringkey_serves_on_a_postgres_that_takes_encrypted_connections_alone() {
    let postgres = Encrypted::start();
    for parameters in [format!("sslmode=verify-full&{}", postgres.authority()), "sslmode=require".into(), String::new()] {
        let mut server = Serving::start(&["--database-url", &postgres.url(&parameters)]);
        let ready = Client::new(&server.address(), None).get("/readyz").await;
        assert_eq!(ready.status, StatusCode::OK, "{parameters}");
    }
}

#[test]
fn a_postgres_that_cannot_show_who_it_is_is_refused_with_a_sentence() {
    let postgres = Encrypted::start();
    let other = Directory::new();
    fs::create_dir(other.path()).unwrap();
    certificate::certificate(other.path(), "localhost");
    for parameters in [
        "sslmode=disable".to_owned(),
        "sslmode=verify-full".into(),
        format!("sslmode=verify-ca&sslrootcert={}/certificate.pem", other.text()),
    ] {
        let refused = ringkey(&["operator", "list", "--database-url", &postgres.url(&parameters)]).output().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{parameters}");
        let told = stderr(&refused);
        assert!(told.contains("--database-url (DATABASE_URL): the database cannot be reached"), "{parameters}: {told}");
    }
}

#[test]
fn an_encrypted_way_to_a_pooler_is_refused_and_not_quietly_left_out() {
    let pooled = "postgres://ringkey@127.0.0.1:6432/ringkey?sslmode=verify-full";
    let arguments = ["operator", "list", "--database-pooler", "transaction", "--migration-url", "postgres://ringkey@127.0.0.1/ringkey"];
    let refused = ringkey(&arguments).args(["--database-url", pooled]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("the way to a pooler is not encrypted"), "{}", stderr(&refused));
}
