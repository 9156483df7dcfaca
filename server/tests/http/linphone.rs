//! What a real Linphone makes of the documents that phones get.

use app::accounts::digests::Digests;
use app::activation::db::PhoneFacts;
use app::domain::account_type::SecurityModel;
use app::domain::digest_algorithm::DigestAlgorithm;
use app::domain::media_encryption::MediaEncryption;
use app::domain::transport::Transport;

use crate::support::linphone::Linphone;
use crate::support::provisioning::Provisioning;

const USERNAME: &str = "2086693379";
const REALM: &str = "sip.test";

fn digests() -> Digests {
    Digests::new(USERNAME, REALM, "a password of a test")
}

fn phone(owner: &str, security: SecurityModel, media_encryption: MediaEncryption, transport: Transport) -> PhoneFacts {
    PhoneFacts {
        username: USERNAME.to_owned(),
        number: "111".to_owned(),
        owner: Some(owner.to_owned()),
        sip_host: "127.0.0.1".to_owned(),
        // Nobody answers there: the discard port.
        sip_port: 9,
        transport,
        digest: DigestAlgorithm::Md5,
        expires_seconds: 600,
        media_encryption,
        security,
        obfuscation_key: None,
    }
}

#[tokio::test]
async fn a_real_linphone_configures_itself_once_and_keeps_what_it_got() {
    let owner = r#"Zoë "Z" \ O'Neil <&> 😀"#;
    let provisioning = Provisioning::start(phone(owner, SecurityModel::Sdes, MediaEncryption::Enforced, Transport::Tls), digests()).await;
    let mut linphone = Linphone::start(&provisioning.link());
    linphone.wait_for_account().await;
    provisioning.directory_was_fetched(1).await;
    let directory = format!("{}/directory", provisioning.address);
    let digests = digests();
    let holds = |linphone: &Linphone| {
        for (section, key, value) in [
            ("auth_info_0", "username", Some(USERNAME)),
            ("auth_info_0", "realm", Some(REALM)),
            ("auth_info_0", "ha1", Some(digests.ha1_md5.as_str())),
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
    assert_eq!(provisioning.configurations(), 1);
}

#[tokio::test]
async fn a_real_linphone_takes_the_other_ways_of_encryption_and_transport() {
    let provisioning = Provisioning::start(phone("Zoë", SecurityModel::Zrtp, MediaEncryption::Preferred, Transport::Udp), digests()).await;
    let mut linphone = Linphone::start(&provisioning.link());
    linphone.wait_for_account().await;
    assert_eq!(linphone.entry("sip", "media_encryption").as_deref(), Some("zrtp"));
    assert_eq!(linphone.entry("sip", "media_encryption_mandatory").as_deref(), Some("0"));
    assert_eq!(linphone.entry("proxy_0", "reg_proxy").as_deref(), Some("<sip:127.0.0.1:9;transport=udp>"));
}
