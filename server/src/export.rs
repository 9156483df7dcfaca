//! Lists as files: what the address describes, row by row.

use app::audit::{export as audit, find};
use app::csv_file::Pieces;
use app::domain::account_query::AccountQuery;
use app::domain::audit_query::AuditQuery;
use app::domain::export::ExportColumn;
use app::error::AppError;
use app::operators::operator::Operator;
use app::server_pages::message;
use app::state::AppState;
use app::{accounts, groups};
use axum::body::Body;
use axum::extract::{Extension, Query, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use time::OffsetDateTime;

use crate::plain_forms::caller;

type Pairs = Query<Vec<(String, String)>>;

/// GET /accounts/export.csv, with the columns that are named by `column=`, in their own order; without any, the usual ones.
pub async fn export_accounts(state: State<AppState>, operator: Extension<Operator>, parts: Parts, Query(pairs): Pairs) -> Response {
    let named: Vec<ExportColumn> = pairs.iter().filter(|(name, _)| name == "column").filter_map(|(_, value)| value.parse().ok()).collect();
    let wanted = |column: &ExportColumn| if named.is_empty() { column.is_usual() } else { named.contains(column) };
    let columns: Vec<ExportColumn> = ExportColumn::ALL.into_iter().filter(wanted).collect();
    let query = AccountQuery::from_query(pairs);
    let scope = operator.scope.clone();
    let caller = caller(&state, operator, &parts);
    let file = async {
        let export = state.exports.reserve()?;
        let mut told: Vec<String> = query.filter.conditions().iter().map(|known| format!("{} {}", known.verb, known.object)).collect();
        if let Some(group) = query.filter.group {
            let group = groups::db::find(&state.pool, group).await?.map_or_else(|| group.to_string(), |group| group.name);
            told.insert(0, format!("group is {group}"));
        }
        let labels: Vec<&str> = columns.iter().map(|column| column.label()).collect();
        audit::note(&caller, audit::ACCOUNTS, &told, &labels).await?;
        Ok(export.start(|file| accounts::export::write(state.pool.clone(), scope, query, columns, file)))
    };
    answer(&state, "accounts", file.await)
}

/// GET /audit/export.csv
pub async fn export_audit(state: State<AppState>, operator: Extension<Operator>, parts: Parts, Query(pairs): Pairs) -> Response {
    let filter = AuditQuery::from_query(pairs).filter;
    let caller = caller(&state, operator, &parts);
    let file = async {
        let export = state.exports.reserve()?;
        let operators = find::operators(&state.pool).await?;
        let named = |id| operators.iter().find(|(known, _)| *known == id).map(|(_, name)| name.clone());
        let told: Vec<String> = filter.conditions(named).iter().map(|known| format!("{} {}", known.verb, known.object)).collect();
        audit::note(&caller, audit::AUDIT_LOG, &told, &[]).await?;
        Ok(export.start(|file| audit::write(state.pool.clone(), filter, file)))
    };
    answer(&state, "audit-log", file.await)
}

fn answer(state: &AppState, name: &str, file: Result<Pieces, AppError>) -> Response {
    match file {
        Ok(pieces) => {
            let name = format!("attachment; filename=\"{name}-{}.csv\"", OffsetDateTime::now_utc().date());
            let headers =
                [(header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()), (header::CONTENT_DISPOSITION, name)];
            (headers, Body::from_stream(pieces)).into_response()
        }
        Err(error) => message(state, error.status(), "No file yet", &error.to_string()),
    }
}
