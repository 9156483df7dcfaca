//! The audit log as a CSV file; and the entries that lists were taken away.

use futures::TryStreamExt;
use sqlx::types::Json;
use sqlx::types::time::OffsetDateTime;
use sqlx::{PgPool, QueryBuilder, Row};
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::Change;
use super::db::{Subject, record};
use super::find::within;
use crate::accounts::find::to_micros;
use crate::csv_file::{CsvFile, PATIENCE, WriteError};
use crate::db;
use crate::domain::audit_query::{AuditFilter, Filtered};
use crate::domain::needle::Needle;
use crate::door::Caller;
use crate::error::AppError;

/// The history knows the lists under these ids.
pub const ACCOUNTS: Subject<'static> =
    Subject { kind: "list", id: Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0003), name: "Accounts" };
pub const AUDIT_LOG: Subject<'static> =
    Subject { kind: "list", id: Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0004), name: "Audit log" };

const COLUMNS: [&str; 8] = ["when", "who", "from", "action", "subjectKind", "subject", "subjectId", "changes"];

/// Notes that somebody takes a list away: which part of it, and which columns.
pub async fn note(caller: &Caller, list: Subject<'_>, conditions: &[String], columns: &[&str]) -> Result<(), AppError> {
    let filter = if conditions.is_empty() { "none".to_owned() } else { conditions.join(", ") };
    let mut changes = vec![Change::made("Filter", filter)];
    if !columns.is_empty() {
        changes.push(Change::made("Columns", columns.join(", ")));
    }
    record(&mut *caller.pool.acquire().await?, caller, "exported", list, &changes).await?;
    Ok(())
}

/// Writes the entries that `filter` lets through, the newest first. Words are looked for row by row: whoever takes a file away
/// waits for it anyhow.
pub async fn write(pool: PgPool, filter: AuditFilter, mut file: CsvFile) -> Result<CsvFile, WriteError> {
    for column in COLUMNS {
        file.word(column)?;
    }
    file.end_row().await?;
    let needle = Needle::parse(&filter.needle);
    let mut sql = QueryBuilder::new(
        "SELECT l.at, l.operator_name, l.operator_id, l.address, l.action, l.subject_kind, l.subject_id, l.subject_name, l.changes \
         FROM audit_log l WHERE true",
    );
    within(&mut sql, &filter, "l.at");
    sql.push(" ORDER BY l.at DESC, l.id DESC");
    let mut rows = sql.build().fetch(&pool);
    while let Some(row) = db::within(PATIENCE, rows.try_next()).await? {
        let at: OffsetDateTime = row.try_get("at")?;
        let address: Option<&str> = row.try_get("address")?;
        let entry = Filtered {
            who: row.try_get("operator_name")?,
            by: row.try_get("operator_id")?,
            address,
            action: row.try_get("action")?,
            kind: row.try_get("subject_kind")?,
            subject: row.try_get("subject_name")?,
            at: to_micros(at),
        };
        if !filter.takes(&needle, entry) {
            continue;
        }
        let changes: Json<Vec<Change>> = row.try_get("changes")?;
        file.cell(&at.format(&Rfc3339)?)?;
        for cell in [entry.who, address.unwrap_or_default(), entry.action, entry.kind, entry.subject] {
            file.cell(cell)?;
        }
        file.cell(&row.try_get::<Uuid, _>("subject_id")?.to_string())?;
        file.cell(&told(&changes.0))?;
        file.end_row().await?;
    }
    drop(rows);
    Ok(file)
}

/// A line for each field: `Owner: Ada → Ada Bianchi`.
fn told(changes: &[Change]) -> String {
    let line = |Change { field, before, after }: &Change| match (before.as_str(), after.as_str()) {
        ("", "") => format!("{field}: changed"),
        ("", after) => format!("{field}: → {after}"),
        (before, "") => format!("{field}: {before} →"),
        (before, after) => format!("{field}: {before} → {after}"),
    };
    changes.iter().map(line).collect::<Vec<_>>().join("\n")
}
