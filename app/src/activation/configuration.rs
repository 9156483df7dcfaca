//! A configuration as a document that phones read.

use serde_json::{Value, json};

use super::db::PhoneFacts;
use super::display_name::display_name;
use super::hand_out::HandedOut;
use crate::domain::account_type::{Obfuscation, SecurityModel};
use crate::domain::digest_algorithm::DigestAlgorithm;
use crate::domain::host::Host;
use crate::domain::media_encryption::MediaEncryption;
use crate::domain::transport::Transport;

/// The document of Linphone's remote provisioning (`application/xml`): the sections and entries of its configuration file.
pub fn linphone(handed: &HandedOut) -> String {
    let HandedOut { phone, digests, directory, .. } = handed;
    let server = format!("sip:{}:{};transport={}", in_uri(&phone.sip_host), phone.sip_port, transport(phone.transport));
    let mut document = Document::new();
    document.section(
        "sip",
        &[
            ("default_proxy", "0"),
            ("media_encryption", media_encryption(phone.security)),
            ("media_encryption_mandatory", if phone.media_encryption == MediaEncryption::Enforced { "1" } else { "0" }),
        ],
    );
    // Linphone takes the last digest that it has, whatever the server asks for: it gets the one that fits.
    let ha1 = match phone.digest {
        DigestAlgorithm::Md5 => &digests.ha1_md5,
        DigestAlgorithm::Sha256 => &digests.ha1_sha256,
    };
    document.section(
        "auth_info_0",
        &[
            ("username", &phone.username),
            ("userid", &phone.username),
            ("realm", &digests.realm),
            ("domain", &digests.realm),
            ("ha1", ha1),
            // Takes away the password of an account that was set up by hand.
            ("passwd", ""),
            ("algorithm", phone.digest.as_str()),
        ],
    );
    document.section(
        "proxy_0",
        &[
            ("reg_identity", &identity(phone, &digests.realm)),
            ("reg_proxy", &format!("<{server}>")),
            ("reg_route", &format!("<{server};lr>")),
            ("reg_expires", &phone.expires_seconds.to_string()),
            ("reg_sendregister", "1"),
            ("publish", "0"),
            ("realm", &digests.realm),
        ],
    );
    document.section(
        "misc",
        &[
            ("contacts-vcard-list", directory.expose()),
            // Linphone forgets the address of this document, which has nothing more to give.
            ("transient_provisioning", "1"),
        ],
    );
    document.end()
}

/// The same for any other client.
pub fn json(handed: &HandedOut) -> Value {
    let HandedOut { phone, digests, directory, .. } = handed;
    let obfuscation = if phone.obfuscation_key.is_some() { Obfuscation::On } else { Obfuscation::Off };
    json!({
        "username": phone.username,
        "number": phone.number,
        "owner": phone.owner,
        "display_name": display_name(phone.owner.as_deref(), &phone.number),
        "realm": digests.realm,
        "ha1": { "MD5": digests.ha1_md5, "SHA-256": digests.ha1_sha256 },
        "server": { "host": phone.sip_host, "port": phone.sip_port, "transport": phone.transport },
        "registration_expires_seconds": phone.expires_seconds,
        "security_model": phone.security,
        "media_encryption": phone.media_encryption,
        "obfuscation": { "mode": obfuscation, "key": phone.obfuscation_key },
        "directory": directory.expose(),
    })
}

/// `"Name" <sip:username@realm>`, the name as a quoted string (RFC 3261, section 25.1).
fn identity(phone: &PhoneFacts, realm: &str) -> String {
    let name = display_name(phone.owner.as_deref(), &phone.number).replace('\\', r"\\").replace('"', r#"\""#);
    format!("\"{name}\" <sip:{}@{}>", phone.username, in_uri(realm))
}

/// A host that was checked when it was stored, as an address holds it.
pub(super) fn in_uri(host: &str) -> String {
    Host::parse(host).map_or_else(|_| host.to_owned(), |host| host.in_uri())
}

const fn transport(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "udp",
        Transport::Tcp => "tcp",
        Transport::Tls => "tls",
    }
}

const fn media_encryption(security: SecurityModel) -> &'static str {
    match security {
        SecurityModel::Sdes => "srtp",
        SecurityModel::Zrtp => "zrtp",
    }
}

/// Linphone's XML: sections of entries.
struct Document(String);

impl Document {
    fn new() -> Self {
        Self("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<config xmlns=\"http://www.linphone.org/xsds/lpconfig.xsd\">\n".to_owned())
    }

    /// Adds a section; entries that the phone has of that name are replaced. The names are ours, the values anybody's.
    fn section(&mut self, name: &str, entries: &[(&str, &str)]) {
        self.0.push_str(&format!("  <section name=\"{name}\">\n"));
        for (name, value) in entries {
            let value = html_escape::encode_quoted_attribute(value);
            self.0.push_str(&format!("    <entry name=\"{name}\" overwrite=\"true\">{value}</entry>\n"));
        }
        self.0.push_str("  </section>\n");
    }

    fn end(mut self) -> String {
        self.0.push_str("</config>\n");
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use roxmltree::Node;

    use super::*;
    use crate::accounts::digests::Digests;
    use crate::activation::db::Facts;
    use crate::domain::secret::Secret;

    fn handed_out() -> HandedOut {
        HandedOut {
            facts: Facts {
                owner: None,
                number: "+391234567890".to_owned(),
                company: None,
                support_phone: None,
                support_email: None,
                android_link: None,
                ios_link: None,
                other_link: None,
            },
            phone: PhoneFacts {
                username: "2086693379".to_owned(),
                number: "+391234567890".to_owned(),
                owner: Some("Zoë".to_owned()),
                sip_host: "sip.example.com".to_owned(),
                sip_port: 5061,
                transport: Transport::Tls,
                digest: DigestAlgorithm::Md5,
                expires_seconds: 600,
                media_encryption: MediaEncryption::Enforced,
                security: SecurityModel::Sdes,
                obfuscation_key: Some(9),
            },
            password: Secret::from("a password"),
            digests: Digests::new("2086693379", "example.com", "a password"),
            directory: Secret::from("https://ringkey.example.com/d/token?a=1&b=2"),
        }
    }

    /// The value of an entry, as an XML parser and Linphone see it.
    fn entry(document: &str, section: &str, entry: &str) -> String {
        let parsed = roxmltree::Document::parse(document).unwrap();
        let child = |node: Node<'_, '_>, name: &str| node.children().find(|child| child.attribute("name") == Some(name)).unwrap().id();
        let section = parsed.get_node(child(parsed.root_element(), section)).unwrap();
        let entry = parsed.get_node(child(section, entry)).unwrap();
        assert_eq!(entry.attribute("overwrite"), Some("true"));
        entry.text().unwrap_or_default().to_owned()
    }

    /// The elements with their names, which no value may change.
    fn shape(document: &str) -> Vec<String> {
        let parsed = roxmltree::Document::parse(document).unwrap();
        let elements = parsed.descendants().filter(Node::is_element);
        elements.map(|node| format!("{} {:?}", node.tag_name().name(), node.attribute("name"))).collect()
    }

    /// The name of `"Name" <address>` as a SIP parser reads it, and the address.
    fn name_and_address(identity: &str) -> (String, String) {
        let mut characters = identity.strip_prefix('"').unwrap().chars();
        let mut name = String::new();
        loop {
            match characters.next().unwrap() {
                '\\' => name.push(characters.next().unwrap()),
                '"' => break,
                character => name.push(character),
            }
        }
        (name, characters.as_str().to_owned())
    }

    #[test]
    fn a_phone_gets_all_that_it_needs() {
        let document = linphone(&handed_out());
        for (section, name, value) in [
            ("sip", "default_proxy", "0"),
            ("sip", "media_encryption", "srtp"),
            ("sip", "media_encryption_mandatory", "1"),
            ("auth_info_0", "username", "2086693379"),
            ("auth_info_0", "userid", "2086693379"),
            ("auth_info_0", "realm", "example.com"),
            ("auth_info_0", "domain", "example.com"),
            ("auth_info_0", "ha1", &handed_out().digests.ha1_md5),
            ("auth_info_0", "passwd", ""),
            ("auth_info_0", "algorithm", "MD5"),
            ("proxy_0", "reg_identity", "\"Zoë\" <sip:2086693379@example.com>"),
            ("proxy_0", "reg_proxy", "<sip:sip.example.com:5061;transport=tls>"),
            ("proxy_0", "reg_route", "<sip:sip.example.com:5061;transport=tls;lr>"),
            ("proxy_0", "reg_expires", "600"),
            ("proxy_0", "reg_sendregister", "1"),
            ("proxy_0", "publish", "0"),
            ("proxy_0", "realm", "example.com"),
            ("misc", "contacts-vcard-list", "https://ringkey.example.com/d/token?a=1&b=2"),
            ("misc", "transient_provisioning", "1"),
        ] {
            assert_eq!(entry(&document, section, name), value, "{section} {name}");
        }
        let parsed = roxmltree::Document::parse(&document).unwrap();
        assert!(parsed.root_element().has_tag_name(("http://www.linphone.org/xsds/lpconfig.xsd", "config")));
        assert!(!document.contains("a password"));
    }

    #[test]
    fn a_phone_encrypts_as_the_account_and_its_profile_say() {
        for (security, media_encryption, word, mandatory) in [
            (SecurityModel::Sdes, MediaEncryption::Enforced, "srtp", "1"),
            (SecurityModel::Sdes, MediaEncryption::Preferred, "srtp", "0"),
            (SecurityModel::Zrtp, MediaEncryption::Enforced, "zrtp", "1"),
            (SecurityModel::Zrtp, MediaEncryption::Preferred, "zrtp", "0"),
        ] {
            let mut handed = handed_out();
            (handed.phone.security, handed.phone.media_encryption) = (security, media_encryption);
            let document = linphone(&handed);
            assert_eq!(entry(&document, "sip", "media_encryption"), word);
            assert_eq!(entry(&document, "sip", "media_encryption_mandatory"), mandatory);
        }
    }

    #[test]
    fn a_phone_is_led_to_every_kind_of_server() {
        for (host, port, transport, server) in [
            ("sip.example.com", 5060, Transport::Udp, "sip:sip.example.com:5060;transport=udp"),
            ("192.0.2.1", 15060, Transport::Tcp, "sip:192.0.2.1:15060;transport=tcp"),
            ("2001:db8::1", 5061, Transport::Tls, "sip:[2001:db8::1]:5061;transport=tls"),
        ] {
            let mut handed = handed_out();
            handed.phone = PhoneFacts { sip_host: host.to_owned(), sip_port: port, transport, ..handed.phone };
            let document = linphone(&handed);
            assert_eq!(entry(&document, "proxy_0", "reg_proxy"), format!("<{server}>"));
            assert_eq!(entry(&document, "proxy_0", "reg_route"), format!("<{server};lr>"));
        }
    }

    #[test]
    fn a_name_is_quoted_and_nobody_is_called_by_the_number() {
        for (owner, name) in [
            (Some(r#"Zoë "Z" O'Neil"#), r#""Zoë \"Z\" O'Neil""#),
            (Some(r"back\slash\"), r#""back\\slash\\""#),
            (Some("a <sip:b@c> & d"), "\"a <sip:b@c> & d\""),
            (None, "\"+391234567890\""),
        ] {
            let mut handed = handed_out();
            handed.phone.owner = owner.map(str::to_owned);
            assert_eq!(entry(&linphone(&handed), "proxy_0", "reg_identity"), format!("{name} <sip:2086693379@example.com>"));
        }
    }

    #[test]
    fn other_clients_get_the_same_in_json() {
        let digests = handed_out().digests;
        let mut expected = json!({
            "username": "2086693379", "number": "+391234567890", "owner": "Zoë", "display_name": "Zoë", "realm": "example.com",
            "ha1": { "MD5": digests.ha1_md5, "SHA-256": digests.ha1_sha256 },
            "server": { "host": "sip.example.com", "port": 5061, "transport": "TLS" },
            "registration_expires_seconds": 600, "security_model": "SDES", "media_encryption": "enforced",
            "obfuscation": { "mode": "ON", "key": 9 },
            "directory": "https://ringkey.example.com/d/token?a=1&b=2",
        });
        let mut handed = handed_out();
        assert_eq!(json(&handed), expected);
        (handed.phone.obfuscation_key, handed.phone.owner) = (None, None);
        expected["obfuscation"] = json!({ "mode": "OFF", "key": null });
        (expected["owner"], expected["display_name"]) = (Value::Null, "+391234567890".into());
        assert_eq!(json(&handed), expected);
    }

    proptest! {
        #[test]
        fn any_owner_stays_a_text(owner in r#"(?s:.{0,40})|[\x00-\x7f\u{80}-\u{9f}]{0,20}|(["\\<>&';]|\]\]>|<!--|&#0;|&lt;|</entry>){0,9}"#) {
            let mut handed = handed_out();
            let expected = display_name(Some(&owner), &handed.phone.number);
            handed.phone.owner = Some(owner);
            let document = linphone(&handed);
            prop_assert_eq!(shape(&document), shape(&linphone(&handed_out())));
            let (name, address) = name_and_address(&entry(&document, "proxy_0", "reg_identity"));
            prop_assert_eq!((name, address), (expected, " <sip:2086693379@example.com>".to_owned()));
        }
    }
}
