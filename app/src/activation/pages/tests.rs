use super::*;
use crate::accounts::digests::Digests;
use crate::activation::db::PhoneFacts;
use crate::domain::digest_algorithm::DigestAlgorithm;
use crate::domain::language::Language;
use crate::domain::transport::Transport;

const HOSTILE: &str = "\"><script>alert('{number}')</script>";

fn facts() -> Facts {
    Facts {
        owner: Some(HOSTILE.to_owned()),
        number: "+393204471902".to_owned(),
        company: Some(HOSTILE.to_owned()),
        support_phone: Some("+390105550100".to_owned()),
        support_email: Some("help@example.com".to_owned()),
        android_link: Some("https://example.com/android".to_owned()),
        ios_link: None,
        other_link: None,
    }
}

fn unknown() -> Facts {
    Facts { owner: None, company: None, support_phone: None, support_email: None, android_link: None, ..facts() }
}

fn handed_out(facts: Facts) -> HandedOut {
    HandedOut {
        facts,
        phone: PhoneFacts {
            username: "2086693379".to_owned(),
            number: "+393204471902".to_owned(),
            owner: None,
            sip_host: "sip.example.com".to_owned(),
            sip_port: 5061,
            transport: Transport::Tls,
            digest: DigestAlgorithm::Md5,
            expires_seconds: 600,
            media_encryption: MediaEncryption::Preferred,
            security: SecurityModel::Sdes,
            obfuscation_key: Some(47),
        },
        password: Secret::from("four words of a test"),
        digests: Digests::new("2086693379", "example.com", "four words of a test"),
        directory: Secret::from("https://ringkey.example.com/d/secret"),
    }
}

fn every_page(reader: &Reader<'_>, facts: &Facts) -> Vec<String> {
    let at = OffsetDateTime::UNIX_EPOCH;
    let boxed = || Box::new(facts.clone());
    let mut pages: Vec<_> = [
        Closed::Used { at, facts: boxed() },
        Closed::Expired { at, facts: boxed() },
        Closed::Replaced { facts: boxed() },
        Closed::Busy { until: at, facts: boxed() },
        Closed::Unknown,
        Closed::TooMany,
        Closed::Failed(AppError::Unavailable),
        Closed::Failed(AppError::Internal { id: "0190c2f4".to_owned() }),
    ]
    .iter()
    .map(|why| closed(reader, why))
    .collect();
    let pressed = Pressed { facts: facts.clone(), token: Secret::from("token"), until: at };
    pages.extend(PhoneSystem::ALL.map(|system| installation(reader, "/i/token", facts, system)));
    pages.extend(PhoneSystem::ALL.map(|system| activation(reader, "/a/token", facts, system, Some(at))));
    pages.push(installed(reader, facts));
    pages.push(opened(reader, &pressed, &Secret::from("https://ringkey.example.com/c/token"), "/c/token/manual"));
    pages.push(manual(reader, &handed_out(facts.clone())));
    pages.push(for_the_app(reader));
    pages
}

#[test]
fn no_value_becomes_markup_and_no_place_for_one_stays_empty() {
    for language in [Language::English, Language::Italian] {
        let reader = Reader { language, css: "/pkg/ringkey.css" };
        for page in every_page(&reader, &facts()).iter().chain(&every_page(&reader, &unknown())) {
            assert!(!page.contains("<script") && !page.contains("style="), "{page}");
            assert!(!page.replace("{number}", "").contains('{'), "{page}");
            assert_eq!(page.matches("<symbol").count(), 1 + page.matches("class=\"chip").count(), "{page}");
        }
    }
}

#[test]
fn no_digest_and_no_directory_stands_on_a_page() {
    let handed = handed_out(facts());
    let page = manual(&Reader { language: Language::English, css: "" }, &handed);
    for secret in [&handed.digests.ha1_md5, &handed.digests.ha1_sha256, handed.directory.expose()] {
        assert!(!page.contains(secret), "{page}");
    }
    assert!(page.contains("<code>four words of a test</code>") && page.contains("<code>47</code>"), "{page}");
}

#[test]
fn an_app_is_offered_only_where_there_is_one() {
    let reader = Reader { language: Language::English, css: "" };
    let words = reader.words();
    let (with, without) = (PhoneSystem::Android, PhoneSystem::Ios);
    assert!(activation(&reader, "/a/token", &facts(), with, None).contains(words.activate_missing));
    assert!(!activation(&reader, "/a/token", &facts(), without, None).contains(words.activate_missing));
    let page = installation(&reader, "/i/token", &facts(), without);
    assert!(page.contains(words.install_missing) && page.contains("tel:+390105550100") && page.contains("value=\"android\""), "{page}");
    assert!(!installation(&reader, "/i/token", &facts(), with).contains(words.install_missing));
}
