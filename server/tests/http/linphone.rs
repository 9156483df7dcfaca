//! What a real Linphone makes of the documents that phones get.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use app::accounts::digests::Digests;
use app::activation::configuration;
use app::activation::db::{Facts, Person, PhoneFacts};
use app::activation::hand_out::HandedOut;
use app::activation::vcards::vcards;
use app::domain::account_type::SecurityModel;
use app::domain::media_encryption::MediaEncryption;
use app::domain::secret::Secret;
use app::domain::transport::Transport;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::linphone::Linphone;
use crate::support::until;

const USERNAME: &str = "2086693379";
const REALM: &str = "sip.test";

/// Serves a configuration once and its directory for ever, and counts both.
struct Provisioning {
    address: String,
    digests: Digests,
    configurations: Arc<AtomicUsize>,
    directories: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl Provisioning {
    async fn start(owner: &str, security: SecurityModel, media_encryption: MediaEncryption, transport: Transport) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let digests = || Digests::new(USERNAME, REALM, "a password of a test");
        let handed = HandedOut {
            facts: Facts {
                owner: Some(owner.to_owned()),
                number: "111".to_owned(),
                company: None,
                support_phone: None,
                support_email: None,
                android_link: None,
                ios_link: None,
                other_link: None,
            },
            phone: PhoneFacts {
                username: USERNAME.to_owned(),
                number: "111".to_owned(),
                owner: Some(owner.to_owned()),
                sip_host: "127.0.0.1".to_owned(),
                // Nobody answers there: the discard port.
                sip_port: 9,
                transport,
                expires_seconds: 600,
                media_encryption,
                security,
                obfuscation_key: None,
            },
            password: Secret::from("a password of a test"),
            digests: digests(),
            directory: Secret::from(format!("{address}/directory")),
        };
        let document = configuration::linphone(&handed);
        let people =
            vcards(&[Person { owner: Some("Rossi, Anna".to_owned()), number: "222".to_owned(), username: "222".to_owned() }], REALM);
        let (configurations, directories) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (count_configurations, count_directories) = (Arc::clone(&configurations), Arc::clone(&directories));
        let configuration = async move || match count_configurations.fetch_add(1, Ordering::SeqCst) {
            0 => Ok(([("content-type", "application/xml")], document.clone())),
            _ => Err(StatusCode::GONE),
        };
        let directory = async move || {
            count_directories.fetch_add(1, Ordering::SeqCst);
            ([("content-type", "text/vcard")], people.clone())
        };
        let router = Router::new().route("/configuration", get(configuration)).route("/directory", get(directory));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, digests: digests(), configurations, directories, server }
    }

    fn link(&self) -> String {
        format!("{}/configuration", self.address)
    }

    /// Linphone fetches the directory at each start, once it has its configuration.
    async fn directory_was_fetched(&self, times: usize) {
        until(async || self.directories.load(Ordering::SeqCst) >= times).await;
    }
}

impl Drop for Provisioning {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_linphone_configures_itself_once_and_keeps_what_it_got() {
    let owner = r#"Zoë "Z" \ O'Neil <&> 😀"#;
    let provisioning = Provisioning::start(owner, SecurityModel::Sdes, MediaEncryption::Enforced, Transport::Tls).await;
    let mut linphone = Linphone::start(&provisioning.link());
    linphone.wait_for_account().await;
    provisioning.directory_was_fetched(1).await;
    let directory = format!("{}/directory", provisioning.address);
    let holds = |linphone: &Linphone| {
        for (section, key, value) in [
            ("auth_info_0", "username", Some(USERNAME)),
            ("auth_info_0", "realm", Some(REALM)),
            ("auth_info_0", "ha1", Some(provisioning.digests.ha1_md5.as_str())),
            ("auth_info_0", "algorithm", Some("MD5")),
            ("auth_info_0", "passwd", None),
            ("proxy_0", "reg_identity", Some(r#""Zoë \"Z\" \\ O'Neil <&> 😀" <sip:2086693379@sip.test>"#)),
            ("proxy_0", "reg_proxy", Some("<sip:127.0.0.1:9;transport=tls>")),
            ("proxy_0", "reg_expires", Some("600")),
            ("sip", "media_encryption", Some("srtp")),
            ("sip", "media_encryption_mandatory", Some("1")),
            ("misc", "contacts-vcard-list", Some(directory.as_str())),
            ("misc", "config-uri", None),
        ] {
            assert!(linphone.entry(section, key).as_deref() == value, "[{section}] {key}");
        }
    };
    holds(&linphone);

    linphone.restart();
    provisioning.directory_was_fetched(2).await;
    holds(&linphone);
    assert_eq!(provisioning.configurations.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_linphone_takes_the_other_ways_of_encryption_and_transport() {
    let provisioning = Provisioning::start("Zoë", SecurityModel::Zrtp, MediaEncryption::Preferred, Transport::Udp).await;
    let mut linphone = Linphone::start(&provisioning.link());
    linphone.wait_for_account().await;
    assert_eq!(linphone.entry("sip", "media_encryption").as_deref(), Some("zrtp"));
    assert_eq!(linphone.entry("sip", "media_encryption_mandatory").as_deref(), Some("0"));
    assert_eq!(linphone.entry("proxy_0", "reg_proxy").as_deref(), Some("<sip:127.0.0.1:9;transport=udp>"));
}
