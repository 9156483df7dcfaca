//! What a supervisor or a load balancer asks: is the process alive, and can it work.

use std::time::Duration;

use app::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;

/// A database that takes longer than this to say one is not ready.
const LIMIT: Duration = Duration::from_secs(2);

/// `/healthz`: the process answers.
pub async fn alive() -> &'static str {
    "ok"
}

/// `/readyz`: the database answers, too.
pub async fn ready(State(state): State<AppState>) -> (StatusCode, &'static str) {
    let query = sqlx::query_scalar::<_, i32>("SELECT 1").fetch_one(&state.pool);
    match tokio::time::timeout(LIMIT, query).await {
        Ok(Ok(_)) => (StatusCode::OK, "ok"),
        Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
    }
}
