//! `/healthz` and `/readyz`, with and without a database.

use reqwest::StatusCode;

use crate::support::{TestApp, database};

#[tokio::test]
async fn a_server_with_its_database_is_alive_and_ready() {
    let app = TestApp::start().await;
    for path in ["/healthz", "/readyz"] {
        let reply = app.anonymous().get(path).await;
        assert_eq!((reply.status, reply.text.as_str()), (StatusCode::OK, "ok"), "{path}");
    }
}

#[tokio::test]
async fn without_its_database_it_is_alive_and_not_ready_and_comes_back_by_itself() {
    let app = TestApp::start().await;
    let client = app.sign_in_as(app::domain::role::Role::Viewer).await;
    assert_eq!(client.get("/groups").await.status, StatusCode::OK);

    let name = app.pool.connect_options().get_database().unwrap().to_owned();
    database::administer(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    database::administer(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;
    assert_eq!(client.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(client.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    let page = client.get("/groups").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains("cannot reach its database"), "{}", page.text);

    database::administer(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
    assert_eq!(client.get("/readyz").await.status, StatusCode::OK);
    assert_eq!(client.get("/groups").await.status, StatusCode::OK);
}
