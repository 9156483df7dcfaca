use super::*;
use crate::accounts::view::NUMBER_TAKEN;
use crate::domain::account_status::AccountStatus;
use crate::domain::account_type::SecurityModel;
use crate::profiles::ProfileOrigin;

fn account(version: i32, username: &str, owner: &str) -> AccountView {
    AccountView {
        id: Uuid::nil(),
        version,
        password_version: version,
        group_id: Uuid::nil(),
        group: "Ufficio".into(),
        company: None,
        username: username.into(),
        number: "111".into(),
        owner: Some(owner.into()),
        email: None,
        description: None,
        visible: true,
        call_limit: 2,
        keep_alive: false,
        profile_id: None,
        profile_in_force: Uuid::nil(),
        profile: "Default".into(),
        profile_origin: ProfileOrigin::Service,
        account_type: AccountType::Pgsm,
        security_model: SecurityModel::Sdes,
        obfuscation_key: Some(9),
        mac: None,
        deny: Vec::new(),
        permit: Vec::new(),
        enabled: true,
        last_status: AccountStatus::Created,
        last_status_at: 0,
        awaits_activation: false,
        outdated_domain: None,
    }
}

fn start(version: i32, saved: Option<AccountView>) -> AccountFormStart {
    let draft = saved
        .as_ref()
        .map_or_else(|| AccountDraft { username: "777000".into(), number: "777000".into(), ..AccountDraft::default() }, AccountView::draft);
    AccountFormStart {
        id: Uuid::nil(),
        version,
        saved,
        draft,
        groups: Vec::new(),
        profiles: Vec::new(),
        sip_domain: "sip.localhost".into(),
        keep_alive_seconds: 60,
        unreachable_client: None,
        registered_from: None,
        errors: FieldErrors::default(),
        message: None,
        conflict: None,
    }
}

/// Runs `story` where signals can live.
fn with_form(start: &AccountFormStart, story: impl FnOnce(FormState)) {
    Owner::new().with(|| story(FormState::new(start)));
}

#[test]
fn a_number_that_follows_the_username_leaves_its_old_message_behind() {
    with_form(&start(0, None), |form| {
        form.refused.update(|errors| errors.add(AccountField::Number, NUMBER_TAKEN));
        form.edit(AccountField::Username, "7770019");
        assert_eq!(form.draft.get_untracked().number, "7770019");
        assert_eq!(form.error(AccountField::Number).get_untracked(), None);
    });
}

#[test]
fn a_username_that_they_changed_needs_no_new_password_of_ours() {
    with_form(&start(1, Some(account(1, "4711", "Ada"))), |form| {
        form.edit(AccountField::Owner, "Grace");
        form.meet(&account(2, "4712", "Ada"));
        assert_eq!((form.draft.get_untracked().username.as_str(), form.version.get_untracked()), ("4712", 2));
        assert!(form.is_valid());
        let expected = Conflict { taken: vec![AccountField::Username], new_password: true, ..Conflict::default() };
        assert_eq!(form.conflict.get_untracked(), Some(expected));
    });
}

#[test]
fn a_third_save_is_compared_with_the_second() {
    with_form(&start(1, Some(account(1, "4711", "Ada"))), |form| {
        form.edit(AccountField::Owner, "Grace");
        form.meet(&account(2, "4711", "Ada L."));
        form.use_theirs(AccountField::Owner);
        form.meet(&account(3, "4711", "Ada Lovelace"));
        assert_eq!(form.draft.get_untracked().owner, "Ada Lovelace");
    });
}

#[test]
fn a_form_on_an_older_save_than_the_one_beside_it_takes_nothing_over() {
    let mut posted = start(1, Some(account(2, "4711", "Ada L.")));
    posted.draft.owner = "Grace".into();
    with_form(&posted, |form| {
        form.meet(&account(2, "4711", "Ada L."));
        assert_eq!(form.draft.get_untracked().owner, "Grace");
        assert_eq!(form.conflict.get_untracked().map(|conflict| conflict.differing.len()), Some(1));
    });
}

#[test]
fn rules_that_lock_the_phone_out_are_told_with_its_address_while_they_are_typed_and_can_be_saved() {
    let address: IpAddr = "192.0.2.7".parse().unwrap();
    let start = AccountFormStart { registered_from: Some(address), ..start(1, Some(account(1, "4711", "Ada"))) };
    with_form(&start, |form| {
        form.edit(AccountField::AccountType, "SNOM");
        form.edit(AccountField::SecurityModel, "SDES");
        let is_told = || form.acl_warnings().contains(&AclWarning::LocksOut(address));
        assert!(!is_told());
        form.edit(AccountField::Deny, "0.0.0.0/0\n::/0");
        assert!(is_told() && form.is_valid());
        form.edit(AccountField::Permit, "192.0.2.");
        assert!(!is_told(), "a rule cannot be read yet");
        form.edit(AccountField::Permit, "192.0.2.0/24");
        assert!(!is_told() && form.is_valid());
    });
}

#[test]
fn without_a_registration_no_rules_lock_anybody_out() {
    with_form(&start(1, Some(account(1, "4711", "Ada"))), |form| {
        form.edit(AccountField::Deny, "0.0.0.0/0\n::/0");
        assert_eq!(form.acl_warnings(), []);
    });
}
