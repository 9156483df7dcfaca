//! SQL of the audit log: written in the transaction of what it tells of, never changed, without secrets.

use std::net::IpAddr;

use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{Change, HistoryEntry};
use crate::door::Caller;
use crate::ui::time::to_millis;

/// What an entry is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// A word of `AuditKind`.
    pub kind: &'static str,
    pub id: Uuid,
    pub name: &'a str,
}

/// Who did it.
#[derive(Clone, Copy, Debug)]
pub struct Author<'a> {
    /// None on the machine's own terminal.
    pub id: Option<Uuid>,
    pub name: &'a str,
    pub address: Option<IpAddr>,
}

impl<'a> From<&'a Caller> for Author<'a> {
    fn from(caller: &'a Caller) -> Self {
        Self { id: Some(caller.operator.id), name: &caller.operator.name, address: caller.address }
    }
}

/// Who it is when Ringkey does something by itself, as it is told when it is started.
pub const RINGKEY: Author<'static> = Author { id: None, name: "Ringkey", address: None };

/// Adds one entry: `author` did `action` ("created", "updated", "disabled" …) to `subject`.
pub async fn record<'a>(
    connection: &mut PgConnection,
    author: impl Into<Author<'a>>,
    action: &str,
    subject: Subject<'_>,
    changes: &[Change],
) -> Result<(), sqlx::Error> {
    let author = author.into();
    sqlx::query!(
        "INSERT INTO audit_log (id, operator_id, operator_name, address, action, subject_kind, subject_id, subject_name, changes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        Uuid::now_v7(),
        author.id,
        author.name,
        author.address.map(|address| address.to_string()),
        action,
        subject.kind,
        subject.id,
        subject.name,
        Json(changes) as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The newest entries about one subject, newest first.
pub async fn history(executor: impl PgExecutor<'_>, subject: Uuid) -> Result<Vec<HistoryEntry>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT at, operator_name, action, changes AS "changes: Json<Vec<Change>>"
           FROM audit_log WHERE subject_id = $1 ORDER BY at DESC, id DESC LIMIT 100"#,
        subject
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| HistoryEntry { at: to_millis(row.at), who: row.operator_name, action: row.action, changes: row.changes.0 })
        .collect())
}
