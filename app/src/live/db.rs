//! SQL of the live channel.

use std::collections::HashSet;

use sqlx::PgPool;

use super::news::{About, Change, News};

/// Reads what changes, each change once.
///
/// Changes become visible in another order than they are made, since transactions end in another order than they begin. So each
/// read begins at the oldest transaction that was still open at the read before: all before that one had ended, and what they
/// changed was read then. The numbers of changes tell them apart, and nothing else.
#[derive(Debug, Default)]
pub struct Reader {
    /// The oldest transaction that was open at the last read; nothing was read yet without.
    since: Option<String>,
    /// What was read already of the transactions from there on.
    seen: HashSet<i64>,
}

impl Reader {
    /// What has changed since the last read. The first one finds nothing, and is where reading begins. The group of each is looked up
    /// here, once for all who listen.
    pub async fn read(&mut self, pool: &PgPool) -> Result<News, sqlx::Error> {
        let rows = sqlx::query!(
            r#"SELECT s.oldest::text AS "oldest!", c.seq AS "seq?", c.subject AS "subject?", c.id, c.account_id,
                      coalesce(c.left_group, (SELECT group_id FROM accounts WHERE id = c.account_id),
                               (SELECT group_id FROM account_tombstones WHERE id = c.account_id)) AS group_id,
                      c.transaction >= s.oldest AS "comes_again?"
               FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS oldest) s
               LEFT JOIN (
                   SELECT l.transaction, l.seq, l.subject, l.left_group, coalesce(l.id, l.named) AS id, coalesce(l.account_id, l.named) AS account_id
                   -- One by one, by the index, however many a guess makes of them.
                   FROM (SELECT *, (SELECT a.id FROM accounts a WHERE a.username = l.username) AS named
                         FROM live_changes l WHERE l.transaction >= $1::text::xid8 OFFSET 0) l
                   -- Of a registration that is of no account nothing is told.
                   WHERE l.username IS NULL OR l.named IS NOT NULL
               ) c ON true
               ORDER BY c.seq"#,
            self.since,
        )
        .fetch_all(pool)
        .await?;
        let mut changes = Vec::new();
        let mut seen = HashSet::new();
        for row in rows {
            self.since = Some(row.oldest);
            let Some(seq) = row.seq else { continue };
            if row.comes_again == Some(true) {
                seen.insert(seq);
            }
            if self.seen.contains(&seq) {
                continue;
            }
            let about = match row.subject.as_deref() {
                Some("account") => About::Account,
                Some("registration") => About::Registration,
                Some("operator") => About::Operator,
                _ => About::Message,
            };
            changes.push(Change { about, id: row.id, account: row.account_id, group: row.group_id });
        }
        self.seen = seen;
        Ok(News::of(changes))
    }
}

/// Removes changes that every server has read long ago; gives how many.
pub async fn delete_stale(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let gone = sqlx::query!("DELETE FROM live_changes WHERE at < now() - interval '5 minutes'").execute(pool).await?;
    Ok(gone.rows_affected())
}
