//! The accounts of a list as a CSV file.

use futures::TryStreamExt;
use sqlx::{PgPool, QueryBuilder, Row};

use super::db::parsed;
use super::find::sorted;
use super::restrict::{restrict, source};
use crate::csv_file::{CsvFile, PATIENCE, WriteError};
use crate::db::within;
use crate::domain::account_query::AccountQuery;
use crate::domain::account_status::AccountStatus;
use crate::domain::export::{ExportColumn, batch_word};
use crate::domain::scope::Scope;

/// Writes the accounts of `query` that the reader sees, whatever its place, in its order, with these columns.
pub async fn write(
    pool: PgPool,
    scope: Scope,
    query: AccountQuery,
    columns: Vec<ExportColumn>,
    mut file: CsvFile,
) -> Result<CsvFile, WriteError> {
    for column in &columns {
        file.word(column.as_str())?;
    }
    file.end_row().await?;
    let mut sql = select(&scope, &query, &columns);
    let mut rows = sql.build().fetch(&pool);
    while let Some(row) = within(PATIENCE, rows.try_next()).await? {
        for (at, column) in columns.iter().enumerate() {
            let cell: &str = row.try_get::<Option<&str>, _>(at)?.unwrap_or_default();
            match column {
                ExportColumn::SecurityModel => file.word(batch_word(parsed(cell)?))?,
                ExportColumn::LastStatus => file.word(parsed::<AccountStatus>(cell)?.label())?,
                _ => file.cell(cell)?,
            }
        }
        file.end_row().await?;
    }
    drop(rows);
    Ok(file)
}

fn select(scope: &Scope, query: &AccountQuery, columns: &[ExportColumn]) -> QueryBuilder<sqlx::Postgres> {
    let mut sql = QueryBuilder::new("SELECT ");
    for (at, column) in columns.iter().enumerate() {
        sql.push(if at == 0 { "" } else { ", " }).push(expression(*column));
    }
    sql.push(" FROM ").push(source(&query.filter, Some(query.sort))).push(" JOIN groups g ON g.id = a.group_id WHERE true");
    restrict(&mut sql, &query.filter, scope);
    sorted(&mut sql, query);
    sql
}

/// Every cell is a text, or null.
const fn expression(column: ExportColumn) -> &'static str {
    match column {
        ExportColumn::FullName => "a.owner",
        ExportColumn::Username => "a.username",
        ExportColumn::GsmNumber => "a.number",
        ExportColumn::Email => "a.email",
        ExportColumn::SecurityModel => "a.security_model",
        ExportColumn::Description => "a.description",
        ExportColumn::AccountType => "a.account_type",
        ExportColumn::Enabled => "a.enabled::text",
        ExportColumn::LastStatus => "a.last_status",
        ExportColumn::LastStatusDate => r#"to_char(a.last_status_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"#,
        ExportColumn::Group => "g.name",
        ExportColumn::Visible => "a.visible::text",
        ExportColumn::CallLimit => "a.call_limit::text",
        ExportColumn::Created => r#"to_char(a.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"#,
    }
}
