//! Settings of the SIP server: saved, checked, told to the history; and another SIP domain, with all that hangs on it.

use app::domain::role::Role;
use app::settings::sip_domain::{self, Adoption};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::accounts::{SIP_PASSWORD, created, group, over, pgsm, snom};
use crate::support::database::until_somebody_waits;
use crate::support::{Client, Reply, TestApp};

/// The version and the draft of the form, with `changes` put over it.
async fn draft(admin: &Client, changes: &Value) -> (i64, Value) {
    let start = admin.call("sip_form", &json!({})).await.json();
    (start["version"].as_i64().unwrap(), over(start["draft"].clone(), changes))
}

async fn save(admin: &Client, version: i64, draft: &Value, confirmed: bool) -> Reply {
    admin.call("save_sip", &json!({ "version": version, "draft": draft, "confirmed": confirmed })).await
}

/// Makes `domain` the SIP domain, whatever it costs.
async fn change_domain(admin: &Client, domain: &str) {
    let (version, typed) = draft(admin, &json!({ "sip_domain": domain })).await;
    let reply = save(admin, version, &typed, true).await;
    assert_eq!((reply.status, reply.text.as_str()), (StatusCode::OK, "\"Done\""));
}

/// The usernames that a SIP server finds, with their domain.
async fn subscribers(app: &TestApp) -> Vec<(String, String)> {
    sqlx::query_as("SELECT username, domain FROM sip.subscriber ORDER BY username").fetch_all(&app.pool).await.unwrap()
}

async fn registered(app: &TestApp) -> Vec<String> {
    sqlx::query_scalar("SELECT username FROM sip.registrations ORDER BY username").fetch_all(&app.pool).await.unwrap()
}

/// Registers phones as Kamailio writes it down, and as Asterisk does.
async fn register(app: &TestApp, by_kamailio: &str, by_asterisk: &str) {
    sqlx::query(
        "INSERT INTO sip.location (username, ruid, contact, expires) VALUES ($1, 'ruid-' || $1, 'sip:1@192.0.2.7', extract(epoch FROM now()) + 600)",
    )
    .bind(by_kamailio)
    .execute(&app.pool)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO sip.ps_contacts (id, endpoint, uri, expiration_time) VALUES ($1, $1, 'sip:2@192.0.2.8', extract(epoch FROM now()) + 600)",
    )
    .bind(by_asterisk)
    .execute(&app.pool)
    .await
    .unwrap();
}

/// What the history tells of these settings: field, before and after.
async fn history(app: &TestApp) -> Vec<(String, String, String)> {
    let entries: Vec<Value> = sqlx::query_scalar("SELECT changes FROM audit_log WHERE subject_name = 'SIP server' ORDER BY at, id")
        .fetch_all(&app.pool)
        .await
        .unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let told = entries.iter().flat_map(|changes| changes.as_array().unwrap());
    told.map(|change| (text(&change["field"]), text(&change["before"]), text(&change["after"]))).collect()
}

#[tokio::test]
async fn what_is_saved_is_shown_again_told_to_the_history_and_taken_by_new_profiles() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let page = admin.get("/settings").await.text;
    for words in ["SIP server", "sip.localhost", "5.2 MB a day", "--public-address", &app.address] {
        assert!(page.contains(words), "{words}");
    }
    let changes = json!({ "sip_domain": " SIP.Edilnova.example", "sip_digest": "SHA-256", "keep_alive_seconds": "180", "sip_transport": "TCP", "sip_port": "5070" });
    let (version, typed) = draft(&admin, &changes).await;
    // Without accounts nothing stops working, and nothing is asked.
    let saved = save(&admin, version, &typed, false).await;
    assert_eq!((saved.status, saved.text.as_str()), (StatusCode::OK, "\"Done\""));
    let expected = json!({ "sip_domain": "sip.edilnova.example", "sip_digest": "SHA-256", "keep_alive_seconds": "180", "sip_transport": "TCP", "sip_port": "5070" });
    assert_eq!(draft(&admin, &json!({})).await, (version + 1, expected));
    let told: Vec<_> = history(&app).await.into_iter().map(|(field, before, after)| format!("{field}: {before} -> {after}")).collect();
    assert_eq!(
        told,
        [
            "SIP domain: sip.localhost -> sip.edilnova.example",
            "Digest algorithm: MD5 -> SHA-256",
            "Keep-alive interval (seconds): 60 -> 180",
            "Default transport: TLS -> TCP",
            "Default port: 5061 -> 5070"
        ]
    );
    let profile = admin.call("profile_form", &json!({ "id": null })).await.json()["draft"].clone();
    assert_eq!([&profile["sip_host"], &profile["transport"], &profile["sip_port"]], ["sip.edilnova.example", "TCP", "5070"]);
    assert!(admin.get("/settings").await.text.contains("1.7 MB a day"));

    // The usual port is left to the transport of the profile.
    let (version, usual) = draft(&admin, &json!({ "sip_port": "5060" })).await;
    assert!(save(&admin, version, &usual, false).await.status.is_success());
    let profile = admin.call("profile_form", &json!({ "id": null })).await.json()["draft"].clone();
    assert_eq!([&profile["transport"], &profile["sip_port"]], ["TCP", ""]);
    // What changes nothing is no entry.
    let (version, same) = draft(&admin, &json!({})).await;
    assert!(save(&admin, version, &same, false).await.status.is_success());
    assert_eq!(history(&app).await.len(), 6);
}

#[tokio::test]
async fn each_wrong_field_is_named_and_unknown_ones_are_refused() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    for (field, wrong) in [
        ("sip_domain", json!("")),
        ("sip_domain", json!("sip.example.com:5061")),
        ("sip_domain", json!("2001:db8::1")),
        ("keep_alive_seconds", json!("9")),
        ("keep_alive_seconds", json!("3601")),
        ("sip_digest", json!(null)),
        ("sip_transport", json!(null)),
        ("sip_port", json!("0")),
    ] {
        let (version, typed) = draft(&admin, &json!({ field: wrong })).await;
        let reply = save(&admin, version, &typed, true).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {wrong}");
        assert!(reply.json()["InvalidSip"][field].is_string(), "{field} {wrong}: {}", reply.text);
    }
    for changes in [json!({ "sip_transport": "SCTP" }), json!({ "only_row": "" })] {
        let (version, typed) = draft(&admin, &changes).await;
        assert_eq!(save(&admin, version, &typed, true).await.status, StatusCode::BAD_REQUEST, "{changes}");
    }
    assert!(history(&app).await.is_empty());
}

#[tokio::test]
async fn only_admins_see_and_change_them() {
    let app = TestApp::start().await;
    let (version, typed) = draft(&app.sign_in_as(Role::Admin).await, &json!({})).await;
    for role in [Role::Viewer, Role::Operator] {
        let other = app.sign_in_as(role).await;
        assert_eq!(other.call("sip_form", &json!({})).await.status, StatusCode::FORBIDDEN);
        assert_eq!(save(&other, version, &typed, true).await.status, StatusCode::FORBIDDEN);
        let posted = other.post_form("/settings/sip", &[("version", "1"), ("sip_domain", "sip.example.com")]).await;
        assert_eq!(posted.status, StatusCode::FORBIDDEN);
    }
    assert!(history(&app).await.is_empty());
}

#[tokio::test]
async fn of_two_admins_the_second_is_told_and_nothing_of_his_is_saved() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let (version, mine) = draft(&admin, &json!({ "keep_alive_seconds": "90" })).await;
    assert!(save(&admin, version, &mine, false).await.status.is_success());
    let (_, theirs) = draft(&admin, &json!({ "keep_alive_seconds": "30", "sip_domain": "late.example" })).await;
    let late = save(&admin, version, &theirs, true).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text.contains("Somebody else saved these settings"), "{}", late.text);
    let (_, now) = draft(&admin, &json!({})).await;
    assert_eq!((&now["keep_alive_seconds"], &now["sip_domain"]), (&json!("90"), &json!("sip.localhost")));
    // Also when a server that is started takes its own domain over meanwhile.
    let (version, open) = draft(&admin, &json!({})).await;
    assert_eq!(sip_domain::adopt(&app.pool, "start.example").await.unwrap(), Adoption::Adopted);
    assert_eq!(save(&admin, version, &open, true).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn another_domain_asks_first_then_cuts_everyone_off_until_re_keyed_or_changed_back() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let group = group(&app, "Ufficio").await;
    let softphone = created(&admin, &pgsm(group, &json!({ "username": "1001" }))).await;
    created(&admin, &pgsm(group, &json!({ "username": "1002", "number": "222" }))).await;
    let desk = created(&admin, &snom(group, &json!({ "username": "1003", "number": "+39 320 447 1903" }))).await;
    let all = |domain: &str| ["1001", "1002", "1003"].map(|username| (username.to_owned(), domain.to_owned())).to_vec();
    register(&app, "1001", "1003").await;

    let (version, typed) = draft(&admin, &json!({ "sip_domain": "sip.new.example", "keep_alive_seconds": "90" })).await;
    let asked = save(&admin, version, &typed, false).await;
    let question = json!({ "Asks": { "old": "sip.localhost", "new": "sip.new.example", "cut_off": 3, "good_again": 0, "profiles": 1 } });
    assert_eq!((asked.status, asked.json()), (StatusCode::OK, question));
    // Nothing was done, not by half either.
    assert_eq!(draft(&admin, &json!({})).await.1["keep_alive_seconds"], "60");
    assert_eq!((subscribers(&app).await, registered(&app).await.len(), history(&app).await.len()), (all("sip.localhost"), 2, 0));

    assert_eq!(save(&admin, version, &typed, true).await.text, "\"Done\"");
    assert_eq!((subscribers(&app).await, registered(&app).await), (vec![], vec![]));
    let drops: Vec<String> = sqlx::query_scalar("SELECT sip.take_drops()").fetch_all(&app.pool).await.unwrap();
    assert_eq!(drops, ["1001"], "Kamailio forgets whom it has");
    let host: String =
        sqlx::query_scalar("SELECT sip_host FROM provisioning_profiles WHERE is_default").fetch_one(&app.pool).await.unwrap();
    assert_eq!(host, "sip.new.example");
    assert!(history(&app).await.contains(&("SIP domain".into(), "sip.localhost".into(), "sip.new.example".into())));

    let start = admin.call("sip_form", &json!({})).await.json();
    assert_eq!(start["outdated"], json!({ "accounts": 3, "by_sms": 1 }));
    let page = admin.get("/settings").await.text;
    assert!(page.contains("3 accounts need new passwords for sip.new.example: their phones cannot register."), "{page}");
    assert!(page.contains("1 of them is a softphone that an Activation SMS reaches;") && page.contains("/accounts?password=outdated"));

    // One that gets a new password is there again at once, under the new domain.
    let form = admin.call("edit_account_form", &json!({ "id": desk })).await.json();
    let re_keyed = over(
        form["draft"].clone(),
        &json!({ "password": "Kettle-Tr0mbone", "repeat_password": "Kettle-Tr0mbone", "security_model": null, "obfuscation": null, "obfuscation_key": "" }),
    );
    let reply = admin.call("update_account", &json!({ "id": desk, "version": form["version"], "draft": re_keyed })).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    assert_eq!(subscribers(&app).await, [("1003".to_owned(), "sip.new.example".to_owned())]);
    register(&app, "nobody", "1003").await;

    // Back: the old passwords are good again, and now that one is not.
    let (version, back) = draft(&admin, &json!({ "sip_domain": "sip.localhost" })).await;
    let asked = save(&admin, version, &back, false).await.json();
    let question = json!({ "Asks": { "old": "sip.new.example", "new": "sip.localhost", "cut_off": 1, "good_again": 2, "profiles": 1 } });
    assert_eq!(asked, question);
    change_domain(&admin, "sip.localhost").await;
    assert_eq!(subscribers(&app).await, all("sip.localhost")[..2]);
    assert_eq!(registered(&app).await, Vec::<String>::new());
    assert_eq!(admin.call("sip_form", &json!({})).await.json()["outdated"], json!({ "accounts": 1, "by_sms": 0 }));

    for (id, outdated) in [(softphone, None), (desk, Some("sip.new.example"))] {
        let account = admin.call("show_account", &json!({ "id": id })).await.json()["account"].clone();
        assert_eq!(account["outdated_domain"].as_str(), outdated);
        for page in [format!("/accounts/{id}"), format!("/accounts/{id}/edit")] {
            let page = admin.get(&page).await.text;
            assert_eq!(page.contains("was made for sip.new.example"), outdated.is_some(), "{page}");
            assert!(!page.contains("Kettle"));
        }
    }
}

#[tokio::test]
async fn without_a_password_that_would_stop_working_nothing_is_asked() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let group = group(&app, "Ufficio").await;
    let form = admin.call("wizard_form", &json!({ "group": group })).await.json();
    let wizard = over(form["draft"].clone(), &json!({ "number": "+39 320 447 1902" }));
    let made = admin.call("create_by_wizard", &json!({ "id": form["id"], "draft": wizard })).await;
    assert!(made.status.is_success(), "{}", made.text);
    let (version, typed) = draft(&admin, &json!({ "sip_domain": "sip.new.example" })).await;
    assert_eq!(save(&admin, version, &typed, false).await.text, "\"Done\"");
    assert_eq!(admin.call("sip_form", &json!({})).await.json()["outdated"]["accounts"], 0);
    // But the one who starts a server has no say any more.
    assert_eq!(sip_domain::adopt(&app.pool, "sip.start.example").await.unwrap(), Adoption::Kept { stored: "sip.new.example".into() });
}

#[tokio::test]
async fn a_password_that_is_just_being_set_is_waited_for_and_counted() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let group = group(&app, "Ufficio").await;
    let (version, typed) = draft(&admin, &json!({ "sip_domain": "sip.new.example" })).await;
    // As `accounts::actions::create` does: the account comes while the change is on its way, and is in by the time that it is weighed.
    let mut creating = app.pool.begin().await.unwrap();
    sip_domain::hold(&mut creating).await.unwrap();
    let saving = {
        let admin = admin.clone();
        tokio::spawn(async move { save(&admin, version, &typed, false).await })
    };
    until_somebody_waits(&app.pool).await;
    sqlx::query(
        "WITH made AS (INSERT INTO accounts (id, group_id, username, number, account_type, security_model, enabled, last_status)
                       VALUES (gen_random_uuid(), $1, '1001', '1001', 'PGSM', 'SDES', true, 'created') RETURNING id)
         INSERT INTO account_digests SELECT id, 'sip.localhost', repeat('a', 32), repeat('b', 64) FROM made",
    )
    .bind(group)
    .execute(&mut *creating)
    .await
    .unwrap();
    creating.commit().await.unwrap();
    assert_eq!(saving.await.unwrap().json()["Asks"]["cut_off"], 1);

    // And the other way round: a server that starts waits for the change, and then leaves the domain alone.
    let mut changing = app.pool.begin().await.unwrap();
    sqlx::query("UPDATE settings SET sip_domain = 'sip.new.example', version = version + 1").execute(&mut *changing).await.unwrap();
    let adopting = {
        let pool = app.pool.clone();
        tokio::spawn(async move { sip_domain::adopt(&pool, "sip.start.example").await })
    };
    until_somebody_waits(&app.pool).await;
    changing.commit().await.unwrap();
    assert_eq!(adopting.await.unwrap().unwrap(), Adoption::Kept { stored: "sip.new.example".into() });
}

#[tokio::test]
async fn of_many_changes_at_once_one_is_done_and_each_password_fits_the_domain_that_it_was_made_for() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let group = group(&app, "Ufficio").await;
    created(&admin, &pgsm(group, &json!({ "username": "1000", "number": "1000" }))).await;
    let (version, typed) = draft(&admin, &json!({})).await;
    let changes = (0..4).map(|n| {
        let (admin, typed) = (admin.clone(), over(typed.clone(), &json!({ "sip_domain": format!("sip{n}.example") })));
        tokio::spawn(async move { save(&admin, version, &typed, true).await.status })
    });
    let creates = (1001..1009).map(|n| {
        let (admin, draft) = (admin.clone(), pgsm(group, &json!({ "username": n.to_string(), "number": n.to_string() })));
        tokio::spawn(async move { created(&admin, &draft).await })
    });
    let (changes, creates): (Vec<_>, Vec<_>) = (changes.collect(), creates.collect());
    let mut statuses = Vec::new();
    for change in changes {
        statuses.push(change.await.unwrap());
    }
    for create in creates {
        create.await.unwrap();
    }
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT, StatusCode::CONFLICT, StatusCode::CONFLICT]);
    let now = draft(&admin, &json!({})).await.1["sip_domain"].as_str().unwrap().to_owned();
    let realms: Vec<String> = sqlx::query_scalar("SELECT DISTINCT realm FROM account_digests").fetch_all(&app.pool).await.unwrap();
    assert!(realms.iter().all(|realm| *realm == now || realm == "sip.localhost"), "{realms:?}");
    // A digest says its realm truly.
    let wrong: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM account_digests d JOIN accounts a ON a.id = account_id WHERE ha1_md5 <> md5(username || ':' || realm || ':' || $1)",
    )
    .bind(SIP_PASSWORD)
    .fetch_one(&app.pool)
    .await
    .unwrap();
    assert_eq!(wrong, 0);
}

#[tokio::test]
async fn a_plain_form_saves_asks_on_a_page_and_brings_back_what_was_typed() {
    let app = TestApp::start().await;
    let admin = app.sign_in_as(Role::Admin).await;
    let group = group(&app, "Ufficio").await;
    created(&admin, &pgsm(group, &json!({}))).await;
    let post = async |changes: &[(&str, &str)]| {
        let mut fields = vec![
            ("version", "1"),
            ("sip_domain", "sip.localhost"),
            ("sip_digest", "MD5"),
            ("keep_alive_seconds", "90"),
            ("sip_transport", "UDP"),
            ("sip_port", "5060"),
        ];
        fields.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        fields.extend(changes);
        admin.post_form("/settings/sip", &fields).await
    };
    let refused = post(&[("sip_domain", "<b>\"sip"), ("keep_alive_seconds", "none")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("The settings were not saved") && refused.text.contains("&lt;b&gt;&quot;sip"), "{}", refused.text);
    let asked = post(&[("sip_domain", "sip.new.example")]).await;
    assert_eq!(asked.status, StatusCode::OK);
    for words in
        ["Change the SIP domain to sip.new.example?", "1 account has a password for sip.localhost", "name=\"confirmed\"", "value=\"90\""]
    {
        assert!(asked.text.contains(words), "{words}: {}", asked.text);
    }
    assert!(history(&app).await.is_empty());
    for unknown in [&[("is_admin", "on")][..], &[("version", "one")]] {
        assert_eq!(post(unknown).await.status, StatusCode::BAD_REQUEST);
    }
    let saved = post(&[("sip_domain", "sip.new.example"), ("confirmed", "true")]).await;
    assert_eq!((saved.status, saved.location()), (StatusCode::SEE_OTHER, "/settings?done=settings-saved"));
    let page = admin.get(saved.location()).await.text;
    assert!(page.contains("Settings saved") && page.contains("1 account needs a new password for sip.new.example"), "{page}");
    let late = post(&[]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text.contains("Somebody else saved these settings") && late.text.contains("value=\"90\""), "{}", late.text);
}
