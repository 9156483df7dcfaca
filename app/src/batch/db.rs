//! SQL of batches: what the list and a result show, and whether a batch is there or was taken back.

use std::time::Duration;

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::view::{BatchDetails, BatchView, Obstacles};
use crate::audit::db::Subject;
use crate::domain::scope::Scope;
use crate::ui::time::to_millis;

/// Batches that come at a time.
pub const PAGE: i64 = 100;
/// Accounts in the way that are named, at most.
const NAMED: i64 = 10;
/// When the connection breaks in a commit, it is looked so many times what became of it.
const LOOKS: u32 = 10;

struct Row {
    id: Uuid,
    created_at: OffsetDateTime,
    operator_name: String,
    file_name: String,
    group_name: Option<String>,
    rows_read: i32,
    created: i32,
    undone_at: Option<OffsetDateTime>,
    undone_by: Option<String>,
}

impl From<Row> for BatchView {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            created_at: to_millis(row.created_at),
            who: row.operator_name,
            file_name: row.file_name,
            group: row.group_name,
            rows_read: row.rows_read,
            created: row.created,
            undone: row.undone_at.map(to_millis).zip(row.undone_by),
        }
    }
}

/// The newest batches of these groups, or those that came before one of them; one more than a page when there are more.
pub async fn list(executor: impl PgExecutor<'_>, scope: &Scope, before: Option<Uuid>) -> Result<Vec<BatchView>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT b.id, b.created_at, b.operator_name, b.file_name, g.name AS "group_name?", b.rows_read, b.created, b.undone_at, b.undone_by
           FROM batches b LEFT JOIN groups g ON g.id = b.group_id
           WHERE ($3::uuid[] IS NULL OR b.group_id = ANY($3))
             AND ($1::uuid IS NULL OR (b.created_at, b.id) < (SELECT l.created_at, l.id FROM batches l
                                                              WHERE l.id = $1 AND ($3::uuid[] IS NULL OR l.group_id = ANY($3))))
           ORDER BY b.created_at DESC, b.id DESC LIMIT $2"#,
        before,
        PAGE + 1,
        scope.groups(),
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(BatchView::from).collect())
}

/// One batch of these groups with what became of it, or none of that id. Of its accounts those are counted and named that are
/// still inside.
pub async fn details(pool: &PgPool, scope: &Scope, id: Uuid) -> Result<Option<BatchDetails>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT b.id, b.created_at, b.operator_name, b.file_name, g.name AS "group_name?", b.rows_read, b.created, b.undone_at, b.undone_by
           FROM batches b LEFT JOIN groups g ON g.id = b.group_id
           WHERE b.id = $1 AND ($2::uuid[] IS NULL OR b.group_id = ANY($2))"#,
        id,
        scope.groups(),
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let counts = sqlx::query!(
        r#"SELECT count(*) AS "accounts!", count(*) FILTER (WHERE number NOT LIKE '+%') AS "extensions!" FROM accounts
           WHERE batch_id = $1 AND ($2::uuid[] IS NULL OR group_id = ANY($2))"#,
        id,
        scope.groups(),
    )
    .fetch_one(pool)
    .await?;
    let obstacles = obstacles(pool, scope, id).await?;
    Ok(Some(BatchDetails { batch: row.into(), accounts: counts.accounts, extensions: counts.extensions, obstacles }))
}

/// The accounts of a batch that are not as it made them. All are in the way, also those that were moved to another group; only the
/// reader's are named.
pub async fn obstacles(executor: impl PgExecutor<'_>, scope: &Scope, id: Uuid) -> Result<Obstacles, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT id, group_id, coalesce(owner, username) AS "name!", count(*) OVER () AS "count!" FROM accounts
           WHERE batch_id = $1 AND (version > 1 OR enabled OR last_status <> 'created')
           ORDER BY $3::uuid[] IS NOT NULL AND group_id <> ALL($3), id LIMIT $2"#,
        id,
        NAMED,
        scope.groups(),
    )
    .fetch_all(executor)
    .await?;
    let count = rows.first().map_or(0, |row| row.count);
    Ok(Obstacles { count, named: rows.into_iter().filter(|row| scope.has(row.group_id)).map(|row| (row.id, row.name)).collect() })
}

/// Whether a batch of these groups is there. Who is storing it at this moment is waited for: what is answered stays true.
pub async fn is_stored(pool: &PgPool, scope: &Scope, id: Uuid) -> Result<bool, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query("SET LOCAL lock_timeout = '25s'").execute(&mut *transaction).await?;
    // A second row of that id waits for the first; nothing remains of it.
    let tried = sqlx::query!(
        "INSERT INTO batches (id, file_name, operator_name, rows_read, created) VALUES ($1, '-', '-', 1, 1) ON CONFLICT (id) DO NOTHING",
        id
    )
    .execute(&mut *transaction)
    .await?;
    let is_there = tried.rows_affected() == 0;
    let is_seen = scope.is_all() || is_there && find(&mut transaction, id).await?.is_some_and(|batch| batch.is_in(scope));
    transaction.rollback().await?;
    Ok(is_there && is_seen)
}

/// What is asked of a batch that is there, before it is stored once more.
pub struct Stored {
    group: Option<Uuid>,
    pub created: i32,
    pub is_undone: bool,
}

impl Stored {
    /// Whether who sees these groups sees the batch. Whose group is gone is seen by those who see all.
    pub fn is_in(&self, scope: &Scope) -> bool {
        scope.is_all() || self.group.is_some_and(|group| scope.has(group))
    }
}

/// The batch of this id, whoever may see it.
pub async fn find(connection: &mut PgConnection, id: Uuid) -> Result<Option<Stored>, sqlx::Error> {
    sqlx::query_as!(Stored, r#"SELECT group_id AS "group", created, undone_at IS NOT NULL AS "is_undone!" FROM batches WHERE id = $1"#, id)
        .fetch_optional(connection)
        .await
}

/// The name of a batch's file, and whether it was taken back, if it is one of these groups. Who changes the batch at this moment is
/// waited for, and from then on nobody else changes it.
pub async fn hold(connection: &mut PgConnection, scope: &Scope, id: Uuid) -> Result<Option<(String, bool)>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT file_name, undone_at FROM batches WHERE id = $1 AND ($2::uuid[] IS NULL OR group_id = ANY($2)) FOR UPDATE",
        id,
        scope.groups(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.file_name, row.undone_at.is_some())))
}

/// Whether a batch was taken back. Who is taking it back at this moment is waited for: what is answered stays true.
pub async fn is_undone(pool: &PgPool, scope: &Scope, id: Uuid) -> Result<bool, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query("SET LOCAL lock_timeout = '25s'").execute(&mut *transaction).await?;
    let held = hold(&mut transaction, scope, id).await?;
    transaction.rollback().await?;
    Ok(held.is_some_and(|(_, is_undone)| is_undone))
}

/// Whether what a commit should have made is there, when the commit broke off: what the database says once it is back. None when it
/// stays away.
pub async fn look<Asked>(is_there: impl Fn() -> Asked) -> Option<bool>
where
    Asked: Future<Output = Result<bool, sqlx::Error>>,
{
    for _ in 0..LOOKS {
        if let Ok(is_there) = is_there().await {
            return Some(is_there);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    None
}

/// A batch as the history calls it.
pub const fn subject(id: Uuid, file_name: &str) -> Subject<'_> {
    Subject { kind: "batch", id, name: file_name }
}
