//! Drafts of both types through every rule.

use super::*;

const GROUP: &str = "01932c07-209d-7aa4-8b55-4d2d4f0fa8a1";

fn pgsm() -> AccountDraft {
    AccountDraft {
        username: "2086693379".to_owned(),
        password: "tr0ub4dor&3".to_owned().into(),
        repeat_password: "tr0ub4dor&3".to_owned().into(),
        number: "+39 123 456 7890".to_owned(),
        group: GROUP.to_owned(),
        ..AccountDraft::default()
    }
}

fn snom() -> AccountDraft {
    AccountDraft { account_type: AccountType::Snom, ..pgsm() }.for_type()
}

fn message(draft: &AccountDraft, purpose: Purpose<'_>, field: AccountField) -> Option<String> {
    draft.check(purpose).err().and_then(|errors| errors.get(field).map(str::to_owned))
}

#[test]
fn a_pgsm_account() {
    let data = pgsm().check(Purpose::Create).unwrap();
    assert_eq!(data.username.as_str(), "2086693379");
    assert_eq!(data.number.as_str(), "+391234567890");
    assert_eq!((data.owner, data.email, data.description, data.profile), (None, None, None, None));
    assert_eq!((data.visible, data.call_limit, data.keep_alive), (true, 2, false));
    assert_eq!(data.kind, AccountKind::Pgsm { security: SecurityModel::Sdes, obfuscation_key: Some(9) });
    assert_eq!(data.password.unwrap().expose(), "tr0ub4dor&3");
}

#[test]
fn a_snom_account() {
    let draft = AccountDraft {
        mac: "0004.13AA.BBCC".to_owned(),
        deny: "0.0.0.0/0.0.0.0".to_owned(),
        permit: "192.168.0.38/255.255.255.0".to_owned(),
        profile: GROUP.to_owned(),
        owner: " Reception ".to_owned(),
        email: "it@example.com".to_owned(),
        description: "a\r\nb".to_owned(),
        ..snom()
    };
    let data = draft.check(Purpose::Create).unwrap();
    assert_eq!(data.kind.account_type(), AccountType::Snom);
    assert_eq!(data.kind.security(), SecurityModel::Sdes);
    assert_eq!((data.owner.as_deref(), data.description.as_deref()), (Some("Reception"), Some("a\nb")));
    let AccountKind::Snom { mac, acl } = data.kind else { panic!("not SNOM") };
    assert_eq!(mac.unwrap().as_str(), "00:04:13:aa:bb:cc");
    assert_eq!((acl.deny[0].cidr().as_str(), acl.permit[0].cidr().as_str()), ("0.0.0.0/0", "192.168.0.0/24"));
}

#[test]
fn all_errors_are_collected() {
    let draft = AccountDraft {
        owner: "x".repeat(101),
        email: "x".to_owned(),
        description: "\0".to_owned(),
        profile: "x".to_owned(),
        deny: "10.0.0.0/8".to_owned(),
        repeat_password: "x".to_owned().into(),
        ..AccountDraft::empty()
    };
    let errors = draft.check(Purpose::Create).unwrap_err();
    assert_eq!(
        errors.iter().map(|(field, _)| field).collect::<Vec<_>>(),
        [
            AccountField::Username,
            AccountField::Password,
            AccountField::RepeatPassword,
            AccountField::Number,
            AccountField::Owner,
            AccountField::Group,
            AccountField::Email,
            AccountField::Description,
            AccountField::CallLimit,
            AccountField::Profile,
            AccountField::SecurityModel,
            AccountField::Obfuscation,
            AccountField::Deny,
        ]
    );
    assert_eq!(errors.get(AccountField::Group), Some("Choose a group."));
    assert_eq!(errors.get(AccountField::CallLimit), Some("Use a whole number from 1 to 100."));
}

#[test]
fn what_the_type_does_not_have_is_refused_by_name() {
    for (field, text) in [(AccountField::Mac, "000413aabbcc"), (AccountField::Deny, "10.0.0.1"), (AccountField::Permit, "x")] {
        let mut draft = pgsm();
        draft.set(field, text).unwrap();
        let expected = format!("A PGSM account has no {}. Leave it empty.", field.label());
        assert_eq!(message(&draft, Purpose::Create, field), Some(expected));
    }
    for (field, text) in [(AccountField::Obfuscation, "OFF"), (AccountField::ObfuscationKey, "9")] {
        let mut draft = snom();
        draft.set(field, text).unwrap();
        let expected = format!("A SNOM account has no {}. Leave it empty.", field.label());
        assert_eq!(message(&draft, Purpose::Create, field), Some(expected));
    }
    let zrtp = AccountDraft { security_model: Some(SecurityModel::Zrtp), ..snom() };
    assert!(message(&zrtp, Purpose::Create, AccountField::SecurityModel).is_some());
    let sdes = AccountDraft { security_model: Some(SecurityModel::Sdes), ..snom() };
    assert!(sdes.check(Purpose::Create).is_ok());
}

#[test]
fn the_obfuscation_key_counts_only_while_on() {
    let off = AccountDraft { obfuscation: Some(Obfuscation::Off), obfuscation_key: "nonsense".to_owned(), ..pgsm() };
    let data = off.check(Purpose::Create).unwrap();
    assert_eq!(data.kind, AccountKind::Pgsm { security: SecurityModel::Sdes, obfuscation_key: None });
    let on = AccountDraft { obfuscation_key: "65536".to_owned(), ..pgsm() };
    assert_eq!(message(&on, Purpose::Create, AccountField::ObfuscationKey).as_deref(), Some("Use a whole number from 0 to 65535."));
}

#[test]
fn a_bad_rule_is_named_under_its_field() {
    let draft = AccountDraft { deny: "10.0.0.0/8".to_owned(), permit: "10.0.0.1\n10.0.0.0/33".to_owned(), ..snom() };
    let errors = draft.check(Purpose::Create).unwrap_err();
    assert_eq!(errors.get(AccountField::Deny), None);
    assert_eq!(errors.get(AccountField::Permit), Some("“10.0.0.0/33”: the prefix is over 32, the most that IPv4 has."));
}

#[test]
fn passwords_on_create() {
    let differing = AccountDraft { repeat_password: "tr0ub4dor&4".to_owned().into(), ..pgsm() };
    let errors = differing.check(Purpose::Create).unwrap_err();
    assert_eq!(errors.iter().collect::<Vec<_>>(), [(AccountField::RepeatPassword, "The two passwords differ. Enter the same one twice.")]);
    let number =
        AccountDraft { password: "00391234567890".to_owned().into(), repeat_password: "00391234567890".to_owned().into(), ..pgsm() };
    assert_eq!(
        message(&number, Purpose::Create, AccountField::Password).as_deref(),
        Some("The password is the virtual phone number. Choose another one.")
    );
    assert!(message(&pgsm().without_secrets(), Purpose::Create, AccountField::Password).is_some());
}

#[test]
fn passwords_on_edit() {
    let same = Purpose::Edit { old_username: "2086693379" };
    let other = Purpose::Edit { old_username: "1903" };
    assert_eq!(pgsm().without_secrets().check(same).unwrap().password, None);
    assert_eq!(
        message(&pgsm().without_secrets(), other, AccountField::Password).as_deref(),
        Some("The username has changed, and the old password works only with the old one. Enter a new password.")
    );
    assert!(pgsm().check(other).unwrap().password.is_some());
    let only_repeated = AccountDraft { password: Secret::default(), ..pgsm() };
    let errors = only_repeated.check(same).unwrap_err();
    assert_eq!(errors.iter().map(|(field, _)| field).collect::<Vec<_>>(), [AccountField::RepeatPassword]);
}

#[test]
fn nasty_texts_in_every_field_are_stored_as_text_or_refused_by_name() {
    let nasty = ["\"'\\", "100%_", "<script>alert(1)</script>", "\u{200f}\u{202e}abc", "１２３４５", "a\0b"];
    let long = "x".repeat(10_240);
    for text in nasty.into_iter().chain([long.as_str()]) {
        for field in AccountField::ALL {
            for base in [pgsm(), snom()] {
                let mut draft = base.clone();
                if draft.set(field, text).is_err() || draft == base {
                    continue;
                }
                if field == AccountField::Password {
                    draft.repeat_password = draft.password.clone();
                }
                let is_password = field == AccountField::Password && text.starts_with('<');
                let is_text = matches!(field, AccountField::Owner | AccountField::Description) && !text.contains('\0') && text.len() < 100;
                let is_tick = matches!(field, AccountField::Visible | AccountField::KeepAlive);
                let is_passed = draft.check(Purpose::Create).is_ok();
                assert_eq!(is_passed, is_text || is_tick || is_password, "{field:?} {text:.20?}");
                assert!(is_passed || message(&draft, Purpose::Create, field).is_some_and(|message| message.len() < 300), "{field:?}");
            }
        }
    }
}

#[test]
fn the_wizard_makes_a_softphone_with_a_profile_and_without_a_password() {
    let given = AccountDraft { profile: GROUP.to_owned(), ..pgsm() };
    let draft = AccountDraft { password: "".into(), repeat_password: "".into(), ..given.clone() };
    let data = draft.check(Purpose::Wizard).unwrap();
    assert_eq!((data.password, data.profile), (None, Some(GROUP.parse().unwrap())));
    let extension = AccountDraft { number: "111".to_owned(), ..draft.clone() };
    assert!(extension.check(Purpose::Wizard).is_ok(), "a phone that no SMS reaches is activated by a QR code");

    let without_profile = AccountDraft { profile: " ".to_owned(), ..draft.clone() };
    assert_eq!(message(&without_profile, Purpose::Wizard, AccountField::Profile).unwrap(), "Choose a provisioning profile.");
    let without_number = AccountDraft { number: String::new(), ..draft.clone() };
    assert!(message(&without_number, Purpose::Wizard, AccountField::Number).is_some());
    assert!(message(&given, Purpose::Wizard, AccountField::Password).unwrap().contains("when its phone is activated"));
    let desk_phone = AccountDraft { account_type: AccountType::Snom, ..draft }.for_type();
    assert!(message(&desk_phone, Purpose::Wizard, AccountField::AccountType).unwrap().contains("New Account"));
}
