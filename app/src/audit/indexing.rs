//! The words of entries are indexed after they were written: their index is dear to keep up, and whoever changes thousands of
//! accounts must not wait for it. Until then an entry is noted in `audit_unindexed`, where a search looks, too.

use std::time::Duration;

use sqlx::PgPool;

/// Entries of one step.
const STEP: u64 = 1_000;
/// Between two steps, so that others have their turn.
const BREATH: Duration = Duration::from_millis(100);
/// When there was less to do than a step.
const PAUSE: Duration = Duration::from_secs(10);

/// Indexes what is noted, for as long as the server runs. Several servers may do so at once.
pub async fn run(pool: PgPool) {
    loop {
        let pause = match step(&pool).await {
            Ok(STEP) => BREATH,
            Ok(_) => PAUSE,
            Err(error) => {
                tracing::warn!(cause = ?error.to_string(), "the audit log was not indexed");
                PAUSE
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Indexes some entries; gives how many.
pub async fn step(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "WITH taken AS (
             DELETE FROM audit_unindexed
             WHERE ctid = ANY (ARRAY(SELECT ctid FROM audit_unindexed LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING entry_id
         )
         INSERT INTO audit_search (entry_id, at, author, subject_kind, action, search)
         SELECT l.id, l.at, audit_author(l.operator_id), l.subject_kind, l.action,
                audit_search_text(l.operator_name, l.address, l.action, l.subject_kind, l.subject_name)
         FROM taken t JOIN audit_log l ON l.id = t.entry_id
         ON CONFLICT DO NOTHING",
        STEP.cast_signed(),
    )
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}
