//! GET /accounts/export.csv: the list that the address describes, as a file.

use app::domain::account_query::AccountQuery;
use app::domain::export::ExportColumn;
use app::operators::operator::Operator;
use app::server_pages::message;
use app::state::AppState;
use axum::body::Body;
use axum::extract::{Extension, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use time::OffsetDateTime;

/// The columns that are named by `column=`, in their own order; without any, the usual ones.
pub async fn export_accounts(
    State(state): State<AppState>,
    Extension(operator): Extension<Operator>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Response {
    let named: Vec<ExportColumn> = pairs.iter().filter(|(name, _)| name == "column").filter_map(|(_, value)| value.parse().ok()).collect();
    let wanted = |column: &ExportColumn| if named.is_empty() { column.is_usual() } else { named.contains(column) };
    let columns = ExportColumn::ALL.into_iter().filter(wanted).collect();
    match state.exports.start(&state.pool, operator.scope, AccountQuery::from_query(pairs), columns) {
        Ok(pieces) => {
            let name = format!("attachment; filename=\"accounts-{}.csv\"", OffsetDateTime::now_utc().date());
            let headers =
                [(header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()), (header::CONTENT_DISPOSITION, name)];
            (headers, Body::from_stream(pieces)).into_response()
        }
        Err(error) => message(&state, error.status(), "No file yet", &error.to_string()),
    }
}
