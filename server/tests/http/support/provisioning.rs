//! Where a phone fetches its configuration, once, and its directory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use app::accounts::digests::Digests;
use app::activation::configuration;
use app::activation::db::{Facts, Person, PhoneFacts};
use app::activation::hand_out::HandedOut;
use app::activation::vcards::vcards;
use app::domain::secret::Secret;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::until;

/// Serves a configuration once and its directory for ever, and counts both.
pub struct Provisioning {
    pub address: String,
    configurations: Arc<AtomicUsize>,
    directories: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl Provisioning {
    /// Serves the configuration of this phone, with these digests of its password.
    pub async fn start(phone: PhoneFacts, digests: Digests) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let realm = digests.realm.clone();
        let handed = HandedOut {
            facts: Facts {
                owner: None,
                number: phone.number.clone(),
                company: None,
                support_phone: None,
                support_email: None,
                android_link: None,
                ios_link: None,
                other_link: None,
            },
            phone,
            password: Secret::from("a password of a test"),
            digests,
            directory: Secret::from(format!("{address}/directory")),
        };
        let document = configuration::linphone(&handed);
        let people =
            vcards(&[Person { owner: Some("Rossi, Anna".to_owned()), number: "222".to_owned(), username: "222".to_owned() }], &realm);
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
        Self { address, configurations, directories, server }
    }

    pub fn link(&self) -> String {
        format!("{}/configuration", self.address)
    }

    /// How often a configuration was asked for.
    pub fn configurations(&self) -> usize {
        self.configurations.load(Ordering::SeqCst)
    }

    /// Linphone fetches the directory at each start, once it has its configuration.
    pub async fn directory_was_fetched(&self, times: usize) {
        until(async || self.directories.load(Ordering::SeqCst) >= times).await;
    }
}

impl Drop for Provisioning {
    fn drop(&mut self) {
        self.server.abort();
    }
}
