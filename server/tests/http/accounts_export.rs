//! The list as a CSV file.

use app::domain::role::Role;
use serde_json::json;

use crate::support::accounts::{created, group, invented, pgsm, snom};
use crate::support::{Client, TestApp};

async fn two(app: &TestApp) -> Client {
    let operator = app.sign_in_as(Role::Operator).await;
    let milano = group(app, "=Milano").await;
    let owner = "=HYPERLINK(\"http://x\")";
    created(&operator, &pgsm(milano, &json!({ "owner": owner, "email": "zoe@example.com", "description": "a, \"b\"\nc" }))).await;
    created(&operator, &snom(milano, &json!({ "owner": "Niccolò", "security_model": null }))).await;
    operator
}

#[tokio::test]
async fn a_file_opens_in_a_spreadsheet_and_runs_nothing() {
    let app = TestApp::start().await;
    let operator = two(&app).await;
    let reply = operator.get("/accounts/export.csv?sort=username&column=fullName&column=gsmNumber&column=description&column=group").await;
    assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert!(reply.header("content-disposition").starts_with("attachment; filename=\"accounts-20"), "{:?}", reply.headers);
    assert_eq!(reply.header("cache-control"), "no-store");
    // reqwest takes the byte order mark away when it reads a text.
    let bytes = operator.request(reqwest::Method::GET, "/accounts/export.csv").send().await.unwrap().bytes().await.unwrap();
    assert!(bytes.starts_with("\u{feff}fullName,gsmNumber,email,securityModel,description,username,".as_bytes()));
    let expected = "fullName,gsmNumber,description,group\r\n\
                    \"'=HYPERLINK(\"\"http://x\"\")\",'+393204471902,\"a, \"\"b\"\"\nc\",'=Milano\r\n\
                    Niccolò,3204,,'=Milano\r\n";
    assert_eq!(reply.text.trim_start_matches('\u{feff}'), expected);
}

#[tokio::test]
async fn what_is_filtered_goes_into_the_file_in_the_order_of_the_list() {
    let app = TestApp::start().await;
    let viewer = app.sign_in_as(Role::Viewer).await;
    let milano = group(&app, "Milano").await;
    invented(&app, milano, 1..=300).await;
    let file = async |query: &str| {
        let reply = viewer.get(&format!("/accounts/export.csv?column=username&{query}")).await;
        reply.text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(file("").await.len(), 300);
    assert_eq!(file("q=person+29&sort=username&dir=desc&size=25").await[..2], ["1000299", "1000298"]);
    assert_eq!(file("type=SNOM&enabled=false&sort=username").await, (1..=12).map(|n| (1_000_000 + n * 24).to_string()).collect::<Vec<_>>());
    assert_eq!(file("q=nobody").await, Vec::<String>::new());
}

#[tokio::test]
async fn words_and_times_are_those_of_the_batch_and_of_the_screens() {
    let app = TestApp::start().await;
    let operator = two(&app).await;
    let reply =
        operator.get("/accounts/export.csv?sort=username&column=securityModel&column=accountType&column=enabled&column=lastStatus").await;
    assert_eq!(reply.text.lines().nth(2), Some("end-to-site,SNOM,true,Created"), "{}", reply.text);
    let times = operator.get("/accounts/export.csv?column=created&column=lastStatusDate").await.text;
    let [date, _] = times.lines().nth(1).unwrap().split(',').collect::<Vec<_>>()[..] else { panic!("{times}") };
    assert!(date.len() == 20 && date.starts_with("20") && date.ends_with('Z'), "{date}");
}

#[tokio::test]
async fn no_column_is_a_secret_and_nobody_without_a_session_gets_a_file() {
    let app = TestApp::start().await;
    let operator = two(&app).await;
    let forged = operator.get("/accounts/export.csv?column=ha1_md5&column=password").await.text;
    assert!(!forged.contains("ha1"), "{forged}");
    let digests: Vec<String> = sqlx::query_scalar("SELECT ha1_md5 FROM account_digests").fetch_all(&app.pool).await.unwrap();
    let all = "fullName gsmNumber email securityModel description username accountType enabled lastStatus lastStatusDate group visible callLimit created";
    let query: Vec<String> = all.split(' ').map(|column| format!("column={column}")).collect();
    let everything = operator.get(&format!("/accounts/export.csv?{}", query.join("&"))).await.text;
    assert!(digests.iter().all(|digest| !everything.contains(digest)));
    assert!(app.anonymous().get("/accounts/export.csv").await.location().starts_with("/sign-in"));
}

#[tokio::test]
async fn a_fourth_export_at_once_has_to_wait() {
    let app = TestApp::start().await;
    let viewer = app.sign_in_as(Role::Viewer).await;
    let milano = group(&app, "Milano").await;
    invented(&app, milano, 1..=60_000).await;
    let begin = async || viewer.request(reqwest::Method::GET, "/accounts/export.csv").send().await.unwrap();
    let running = [begin().await, begin().await, begin().await];
    assert!(running.iter().all(|reply| reply.status().is_success()));
    let fourth = viewer.get("/accounts/export.csv").await;
    assert_eq!(fourth.status, 409, "{}", fourth.text);
    assert!(fourth.text.contains("3 exports are running already"));
    for reply in running {
        assert_eq!(reply.text().await.unwrap().lines().count(), 60_001);
    }
    assert_eq!(viewer.get("/accounts/export.csv?q=nobody").await.status, 200);
}
