use proptest::prelude::*;

use super::super::phone_number::PhoneNumber;
use super::*;

const SID: &str = "AC0123456789abcdef0123456789abcdef";
const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";

fn from_form(pairs: &[(&str, &str)]) -> Result<GatewayDraft, UnknownField> {
    GatewayDraft::from_form(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn changed(pairs: &[(&str, &str)]) -> GatewayDraft {
    let mut draft = GatewayDraft::default();
    for (name, value) in pairs {
        draft.set(name.parse().unwrap(), value).unwrap();
    }
    draft
}

/// Secrets that are stored for the address and the user of the draft.
fn stored(draft: &GatewayDraft, kannel: bool, twilio: bool) -> StoredSecrets {
    let of = |url: &str, user: &str| SecretOf { url: url.trim().to_owned(), user: user.trim().to_owned() };
    let twilio_url = GatewayAddress::of_twilio(&draft.twilio_url).map_or(GatewayAddress::TWILIO.to_owned(), |url| url.to_string());
    StoredSecrets {
        kannel: kannel.then(|| of(&draft.kannel_url, &draft.kannel_username)),
        twilio: twilio.then(|| of(&twilio_url, &draft.twilio_account_sid)),
    }
}

fn check(draft: &GatewayDraft, kannel: bool, twilio: bool) -> Result<GatewaySettings, FieldErrors<GatewayField>> {
    draft.check(&stored(draft, kannel, twilio))
}

fn fields(errors: &FieldErrors<GatewayField>) -> Vec<GatewayField> {
    errors.iter().map(|(field, _)| field).collect()
}

#[test]
fn a_fresh_machine_has_nothing_to_fill_in() {
    let settings = check(&GatewayDraft::default(), false, false).unwrap();
    assert_eq!(settings.kind, GatewayKind::Development);
    assert_eq!(settings.limits, SendingLimits { per_number: 5, per_operator: 500, all: 2_000 });
    assert_eq!(settings.twilio.url.as_str(), "https://api.twilio.com");
    assert_eq!((settings.kannel, settings.country_prefixes), (KannelSettings::default(), CountryPrefixes::default()));
}

#[test]
fn kannel_needs_an_address_a_user_and_a_password() {
    let draft = changed(&[("kind", "kannel")]);
    let errors = check(&draft, false, true).unwrap_err();
    assert_eq!(
        errors.iter().collect::<Vec<_>>(),
        [
            (GatewayField::KannelUrl, "Enter the address of Kannel's sendsms service, such as http://127.0.0.1:13013/cgi-bin/sendsms"),
            (GatewayField::KannelUsername, "Enter the name of a sendsms-user of Kannel."),
            (GatewayField::KannelPassword, "Enter the password of that user."),
        ]
    );

    let filled = [("kind", "kannel"), ("kannel_url", GatewayAddress::KANNEL_EXAMPLE), ("kannel_username", " ringkey ")];
    let stored = check(&changed(&filled), true, false).unwrap().kannel;
    assert_eq!((stored.username.as_deref(), stored.password, stored.sender), (Some("ringkey"), SecretChange::Keep, None));
    let typed = changed(&[&filled[..], &[("kannel_password", " p&w +d% "), ("kannel_sender", "Ringkey")]].concat());
    let new = check(&typed, false, false).unwrap().kannel;
    assert_eq!(new.password, SecretChange::Replace(Secret::from(" p&w +d% ")), "blanks may belong to it");
    assert_eq!(new.sender.unwrap().as_str(), "Ringkey");
}

#[test]
fn twilio_needs_an_account_a_token_and_a_sender() {
    let draft = changed(&[("kind", "twilio"), ("twilio_url", "")]);
    let needed = [GatewayField::TwilioAccountSid, GatewayField::TwilioAuthToken, GatewayField::TwilioSender];
    assert_eq!(fields(&check(&draft, true, false).unwrap_err()), needed);
    for sender in ["+393201184467", "Ringkey", SERVICE] {
        let draft = changed(&[("kind", "twilio"), ("twilio_url", " "), ("twilio_account_sid", SID), ("twilio_sender", sender)]);
        let settings = check(&draft, false, true).unwrap();
        assert_eq!((settings.twilio.url.as_str(), settings.twilio.sender.as_deref()), (GatewayAddress::TWILIO, Some(sender)));
        assert_eq!(fields(&check(&draft, true, false).unwrap_err()), [GatewayField::TwilioAuthToken]);
    }
}

#[test]
fn a_stored_secret_goes_nowhere_else() {
    let sends = |pairs: &[(&str, &str)]| {
        changed(&[&[("kind", "kannel"), ("kannel_url", "http://sms.example/"), ("kannel_username", "ringkey")], pairs].concat())
    };
    let stored = stored(&sends(&[]), true, false);
    assert_eq!(sends(&[]).check(&stored).unwrap().kannel.password, SecretChange::Keep);
    assert_eq!(sends(&[("kannel_url", " HTTP://sms.example/ ")]).check(&stored).unwrap().kannel.password, SecretChange::Keep);
    for changed in [("kannel_url", "http://evil.example/"), ("kannel_url", "https://sms.example/"), ("kannel_username", "other")] {
        let errors = sends(&[changed]).check(&stored).unwrap_err();
        let message = "The stored password belongs to another address or user name. Enter the password anew.";
        assert_eq!(errors.iter().collect::<Vec<_>>(), [(GatewayField::KannelPassword, message)]);
        // Kept for a gateway that does not send, it would go there once that one is chosen.
        let other = sends(&[changed, ("kind", "development")]).check(&stored).unwrap();
        assert_eq!(other.kannel.password, SecretChange::Forget);
        let typed = sends(&[changed, ("kannel_password", "new")]).check(&stored).unwrap();
        assert_eq!(typed.kannel.password, SecretChange::Replace(Secret::from("new")));
    }
    let twilio = |pairs: &[(&str, &str)]| {
        changed(&[&[("kind", "twilio"), ("twilio_account_sid", SID), ("twilio_sender", "Ringkey")], pairs].concat())
    };
    let stored = self::stored(&twilio(&[]), false, true);
    assert_eq!(twilio(&[("twilio_url", "")]).check(&stored).unwrap().twilio.auth_token, SecretChange::Keep);
    for changed in [("twilio_url", "https://evil.example"), ("twilio_account_sid", &SID.replace('0', "1"))] {
        assert_eq!(fields(&twilio(&[changed]).check(&stored).unwrap_err()), [GatewayField::TwilioAuthToken]);
    }
}

#[test]
fn what_is_filled_in_is_checked_for_every_gateway() {
    let errors = from_form(&[
        ("kind", "development"),
        ("kannel_url", "http://127.0.0.1:13013/cgi-bin/sendsms?username=x"),
        ("kannel_username", "a\nb"),
        ("kannel_password", "a\nb"),
        ("kannel_sender", "Perché"),
        ("twilio_url", "http://api.twilio.com"),
        ("twilio_account_sid", "AC123"),
        ("twilio_auth_token", " 0123"),
        ("twilio_sender", "MG0123456789"),
        ("per_number_hour", "0"),
        ("per_operator_hour", ""),
        ("per_hour", "100001"),
        ("country_prefixes", "39"),
    ])
    .unwrap()
    .check(&StoredSecrets::default())
    .unwrap_err();
    assert_eq!(
        errors.iter().collect::<Vec<_>>(),
        [
            (GatewayField::KannelUrl, "End the address before the ?. Ringkey adds what the gateway needs to know."),
            (GatewayField::KannelUsername, "A line break cannot be used here. Write everything on one line."),
            (GatewayField::KannelPassword, "U+000A cannot be used here. Copy it again, without blanks around it."),
            (
                GatewayField::KannelSender,
                "Use a number of 3 to 15 digits, with or without +, or a name of at most 11 Latin letters, digits, blanks, dots and dashes."
            ),
            (
                GatewayField::TwilioUrl,
                "What goes to another machine over http:// can be read on the way, the token included. Use an https:// address."
            ),
            (GatewayField::TwilioAccountSid, "An Account SID is AC and 32 hexadecimal digits. Copy it from Twilio's console."),
            (GatewayField::TwilioAuthToken, "“ ” cannot be used here. Copy it again, without blanks around it."),
            (GatewayField::TwilioSender, "The SID of a messaging service is MG and 32 hexadecimal digits. Copy it from Twilio's console."),
            (GatewayField::PerNumberHour, "Use a whole number from 1 to 100000."),
            (GatewayField::PerOperatorHour, "Use a whole number from 1 to 100000."),
            (GatewayField::PerHour, "Use a whole number from 1 to 100000."),
            (GatewayField::CountryPrefixes, "“39” is not a country prefix. Write + and 1 to 4 digits, with a comma between two: +39, +41"),
        ]
    );
    assert_eq!(fields(&check(&from_form(&[]).unwrap(), true, true).unwrap_err())[0], GatewayField::Kind);
}

#[test]
fn secrets_are_told_to_nobody() {
    let draft = changed(&[("kannel_password", "hunter2\u{7f}"), ("twilio_auth_token", "hunter2 è")]);
    for field in GatewayField::ALL {
        assert!(!draft.get(field).contains("hunter2"), "{field:?}");
    }
    assert!(!format!("{draft:?}").contains("hunter2"));
    assert!(!format!("{:?}", check(&draft, false, false)).contains("hunter2"));
    let long = check(&changed(&[("kannel_password", &"x".repeat(10_240))]), false, false).unwrap_err();
    assert_eq!(long.get(GatewayField::KannelPassword), Some("This has 10240 characters. Use at most 100."));
    let settings = check(&changed(&[("kannel_password", "hunter2"), ("twilio_auth_token", "hunter2")]), false, false).unwrap();
    assert!(!format!("{:?} {:?}", settings, settings.to_draft()).contains("hunter2"));
}

#[test]
fn a_field_or_a_choice_that_the_form_does_not_have_is_refused() {
    assert_eq!(from_form(&[("id", "1")]), Err(UnknownField("id".to_owned())));
    assert_eq!(from_form(&[("kind", "smpp")]), Err(UnknownField("kind=smpp".to_owned())));
    assert!(serde_json::from_str::<GatewayDraft>(r#"{"is_default":true}"#).is_err());
    let draft: GatewayDraft = serde_json::from_str(r#"{"kind":"twilio"}"#).unwrap();
    assert_eq!(draft, GatewayDraft { kind: Some(GatewayKind::Twilio), ..GatewayDraft::empty() });
}

#[test]
fn names_lead_back_and_are_the_wire_form() {
    assert!(GatewayField::ALL.is_sorted());
    let wire = serde_json::to_value(GatewayDraft::default()).unwrap();
    assert_eq!(wire.as_object().unwrap().len(), GatewayField::ALL.len());
    for field in GatewayField::ALL {
        assert_eq!(field.name().parse(), Ok(field));
        assert_eq!(serde_json::to_string(&field).unwrap(), format!("\"{}\"", field.name()));
        assert!(wire.get(field.name()).is_some(), "{field:?}");
    }
}

proptest! {
    #[test]
    fn what_is_saved_opens_and_saves_again_unchanged(
        kind in prop::sample::select(GatewayKind::ALL.to_vec()),
        kannel_url in "|https?://[A-Za-z]{1,9}\\.example(:8[0-9]{1,3})?(/[a-z0-9]{0,9}){0,3} ?",
        kannel_username in " ?[a-z]{0,20}",
        kannel_sender in "|[A-Z][a-z]{0,10}|\\+39[0-9]{6,10}",
        twilio_url in " ?|https://[a-z]{1,9}\\.example/?",
        account_sid in "AC[0-9a-f]{32} ?",
        twilio_sender in "MG[0-9a-f]{32}|MG[a-z]{0,9}|\\+1[0-9]{10}",
        limits in prop::array::uniform3(1..=100_000_u32),
        country_prefixes in "(\\+[1-9][0-9]{0,3}[, ]{1,2}){0,4}",
    ) {
        let draft = GatewayDraft {
            kind: Some(kind), kannel_url, kannel_username, kannel_sender, twilio_url, twilio_account_sid: account_sid, twilio_sender,
            per_number_hour: limits[0].to_string(), per_operator_hour: limits[1].to_string(), per_hour: limits[2].to_string(),
            country_prefixes, ..GatewayDraft::empty()
        };
        if let Ok(settings) = check(&draft, true, true) {
            let again = check(&settings.to_draft(), true, true);
            prop_assert_eq!(again.as_ref(), Ok(&settings));
            let number = PhoneNumber::parse("+393201184467").unwrap();
            prop_assert_eq!(settings.country_prefixes.allow(&number), again.unwrap().country_prefixes.allow(&number));
        } else {
            let lacks = draft.kannel_url.trim().is_empty() || draft.kannel_username.trim().is_empty();
            prop_assert!(kind == GatewayKind::Kannel && lacks, "{:?}", check(&draft, true, true));
        }
    }
}
