//! SQL of the audit log's page: the newest entries of any choice, from any place on. `explained.md` shows the plans at a million.
//!
//! - Without facets and words: from the index of times.
//! - With facets: author, kind and action cut the log into strips, a few dozen of them; the newest of each strip that is wanted come
//!   from one index, however few they are.
//! - With words: the newest entries are looked at one by one, which finds a page of what is frequent; what is rare comes from the
//!   index of words, and from the entries that are not indexed yet.

use sqlx::types::Json;
use sqlx::types::time::OffsetDateTime;
use sqlx::{FromRow, PgConnection, PgExecutor, PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::Change;
use super::view::{AuditEntry, AuditList, COUNT_LIMIT};
use crate::accounts::find::{from_micros, to_micros};
use crate::accounts::restrict::restrict_words;
use crate::domain::audit_query::{AuditFilter, AuditQuery, Filtered};
use crate::domain::needle::Needle;
use crate::domain::query_string::encode;
use crate::domain::timeline::TimePlace;
use crate::ui::time::to_millis;

/// Entries that come at a time.
const PAGE: usize = 50;
/// One more tells whether more follow.
const PAGE_AND_ONE: i64 = PAGE as i64 + 1;
/// So many of the newest are looked at one by one before the index of words is asked.
const STEPS: usize = 2_000;

const COLUMNS: &str = "l.id, l.at, l.operator_name, l.operator_id, l.address, l.action, l.subject_kind, l.subject_id, l.subject_name, l.changes, \
                       CASE l.subject_kind WHEN 'account' THEN EXISTS (SELECT FROM accounts a WHERE a.id = l.subject_id) \
                                           WHEN 'group' THEN EXISTS (SELECT FROM groups g WHERE g.id = l.subject_id) \
                                           WHEN 'profile' THEN EXISTS (SELECT FROM provisioning_profiles p WHERE p.id = l.subject_id) \
                                           WHEN 'batch' THEN EXISTS (SELECT FROM batches b WHERE b.id = l.subject_id) \
                                           ELSE true END AS is_there";

/// A plan made for one needle is wrong for the next, compiling costs more than running, and which index, the shape says.
const PLANS: &str = "SELECT set_config('jit', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true), \
                     set_config('max_parallel_workers_per_gather', '0', true), set_config('enable_seqscan', 'off', true), \
                     set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)";

/// Every author, kind and action that the log has together: each is found by one look at the index.
const STRIPS: &str = "
    WITH RECURSIVE strips (author, kind, action) AS (
        (SELECT audit_author(operator_id), subject_kind, action FROM audit_log
         ORDER BY audit_author(operator_id), subject_kind, action LIMIT 1)
        UNION ALL
        SELECT n.* FROM strips s CROSS JOIN LATERAL (
            SELECT audit_author(l.operator_id), l.subject_kind, l.action FROM audit_log l
            WHERE (audit_author(l.operator_id), l.subject_kind, l.action) > (s.author, s.kind, s.action)
            ORDER BY audit_author(l.operator_id), l.subject_kind, l.action LIMIT 1
        ) n
    )
    SELECT author, kind, action FROM strips";

#[derive(FromRow)]
struct Row {
    id: Uuid,
    at: OffsetDateTime,
    operator_name: String,
    operator_id: Option<Uuid>,
    address: Option<String>,
    action: String,
    subject_kind: String,
    subject_id: Uuid,
    subject_name: String,
    changes: Json<Vec<Change>>,
    is_there: bool,
}

/// Author, kind and action.
type Strip = (Uuid, String, String);

/// The next entries of `query`.
pub async fn list(pool: &PgPool, query: &AuditQuery) -> Result<AuditList, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let operators = operators(&mut *transaction).await?;
    sqlx::query(PLANS).execute(&mut *transaction).await?;
    let (mut found, matching) = page(&mut transaction, query).await?;
    transaction.commit().await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let older = found.last().filter(|_| more).map(|last| TimePlace { at: to_micros(last.at), id: last.id });
    Ok(AuditList { entries: found.into_iter().map(shown).collect(), older, matching, operators })
}

/// Every operator, with the name of today.
pub async fn operators(executor: impl PgExecutor<'_>) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    let rows = sqlx::query!("SELECT id, name FROM operators ORDER BY lower(name)").fetch_all(executor).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

fn shown(row: Row) -> AuditEntry {
    let link = match row.subject_kind.as_str() {
        _ if !row.is_there => None,
        "account" => Some(format!("/accounts/{}", row.subject_id)),
        "group" => Some(format!("/groups/{}/edit", row.subject_id)),
        "profile" => Some(format!("/profiles/{}/edit", row.subject_id)),
        "batch" => Some(format!("/batches/{}", row.subject_id)),
        "message" => Some(format!("/messages?q={}", encode(&row.subject_name))),
        "settings" => Some("/settings".to_owned()),
        _ => None,
    };
    AuditEntry {
        id: row.id,
        at: to_millis(row.at),
        who: row.operator_name,
        by: row.operator_id,
        address: row.address,
        action: row.action,
        kind: row.subject_kind,
        subject: row.subject_name,
        link,
        changes: row.changes.0,
    }
}

/// A page and one entry more, if there are more; and how many there are in all, if it is the first.
async fn page(connection: &mut PgConnection, query: &AuditQuery) -> Result<(Vec<Row>, Option<i64>), sqlx::Error> {
    let filter = &query.filter;
    let is_first = query.before.is_none();
    if filter.needle.is_empty() && !filter.has_facets() {
        let found = newest(query).build_query_as().fetch_all(&mut *connection).await?;
        let count = if is_first { Some(counted(connection, count_newest(filter)).await?) } else { None };
        return Ok((found, count));
    }
    if filter.needle.is_empty() {
        let strips = strips(connection, filter).await?;
        let found = of_strips(query, &strips).build_query_as().fetch_all(&mut *connection).await?;
        let count = if is_first { Some(counted(connection, count_strips(filter, &strips)).await?) } else { None };
        return Ok((found, count));
    }
    let walked = walk(connection, query).await?;
    if walked.is_all {
        let count = i64::try_from(walked.ids.len()).unwrap_or(i64::MAX);
        let first = walked.ids.into_iter().take(PAGE + 1).collect();
        return Ok((by_ids(connection, first).await?, is_first.then_some(count)));
    }
    // An action that nobody wanted so far is in no strip.
    let actions = match filter.group {
        Some(_) => Some(strips(connection, filter).await?.into_iter().map(|(_, _, action)| action).collect::<Vec<_>>()),
        None => None,
    };
    let ids: Vec<Uuid> = if walked.ids.len() > PAGE {
        walked.ids.into_iter().take(PAGE + 1).collect()
    } else {
        let mut sql = QueryBuilder::new("SELECT f.id FROM (");
        with_words(&mut sql, query, actions.as_deref());
        sql.push(") f ORDER BY f.at DESC, f.id DESC LIMIT ").push_bind(PAGE_AND_ONE);
        sql.build_query_scalar().fetch_all(&mut *connection).await?
    };
    let count = if is_first {
        let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM (");
        with_words(&mut sql, query, actions.as_deref());
        Some(counted(connection, up_to_the_limit(sql, ") f")).await?)
    } else {
        None
    };
    Ok((by_ids(connection, ids).await?, count))
}

/// Without facets and words.
fn newest(query: &AuditQuery) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(COLUMNS).push(" FROM audit_log l WHERE true");
    from(&mut sql, query, "l.at, l.id");
    within(&mut sql, &query.filter, "l.at");
    sql.push(" ORDER BY l.at DESC, l.id DESC LIMIT ").push_bind(PAGE_AND_ONE);
    sql
}

fn count_newest(filter: &AuditFilter) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM audit_log l WHERE true");
    within(&mut sql, filter, "l.at");
    up_to_the_limit(sql, "")
}

/// The strips that are wanted.
async fn strips(connection: &mut PgConnection, filter: &AuditFilter) -> Result<Vec<Strip>, sqlx::Error> {
    let all: Vec<Strip> = sqlx::query_as(STRIPS).fetch_all(connection).await?;
    Ok(all.into_iter().filter(|(by, kind, action)| filter.takes_facets(*by, kind, action)).collect())
}

/// The newest of each strip, and of those the newest.
fn of_strips(query: &AuditQuery, strips: &[Strip]) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(COLUMNS).push(" FROM ");
    each_strip(&mut sql, strips);
    sql.push(" CROSS JOIN LATERAL (SELECT * FROM audit_log l").push(IN_STRIP);
    from(&mut sql, query, "l.at, l.id");
    within(&mut sql, &query.filter, "l.at");
    sql.push(" ORDER BY l.at DESC, l.id DESC LIMIT ").push_bind(PAGE_AND_ONE);
    sql.push(") l ORDER BY l.at DESC, l.id DESC LIMIT ").push_bind(PAGE_AND_ONE);
    sql
}

fn count_strips(filter: &AuditFilter, strips: &[Strip]) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM ");
    each_strip(&mut sql, strips);
    sql.push(" CROSS JOIN LATERAL (SELECT FROM audit_log l").push(IN_STRIP);
    within(&mut sql, filter, "l.at");
    // In its order, which is that of the index and of nothing else.
    sql.push(" ORDER BY l.at DESC, l.id DESC LIMIT ").push_bind(COUNT_LIMIT + 1);
    up_to_the_limit(sql, ") l")
}

const IN_STRIP: &str = " WHERE audit_author(l.operator_id) = s.author AND l.subject_kind = s.kind AND l.action = s.action";

fn each_strip(sql: &mut QueryBuilder<Postgres>, strips: &[Strip]) {
    sql.push("unnest(").push_bind(strips.iter().map(|(author, ..)| *author).collect::<Vec<_>>());
    sql.push("::uuid[], ").push_bind(strips.iter().map(|(_, kind, _)| kind.clone()).collect::<Vec<_>>());
    sql.push("::text[], ").push_bind(strips.iter().map(|(.., action)| action.clone()).collect::<Vec<_>>());
    sql.push("::text[]) s (author, kind, action)");
}

/// What was found among the newest.
struct Walked {
    ids: Vec<Uuid>,
    /// There are no others.
    is_all: bool,
}

/// Looks at the newest entries, with the rule that the browser has as well.
async fn walk(connection: &mut PgConnection, query: &AuditQuery) -> Result<Walked, sqlx::Error> {
    type Looked = (Uuid, OffsetDateTime, String, Option<Uuid>, Option<String>, String, String, String);
    let mut sql = QueryBuilder::new(
        "SELECT l.id, l.at, l.operator_name, l.operator_id, l.address, l.action, l.subject_kind, l.subject_name FROM audit_log l WHERE true",
    );
    from(&mut sql, query, "l.at, l.id");
    within(&mut sql, &query.filter, "l.at");
    sql.push(" ORDER BY l.at DESC, l.id DESC LIMIT ").push_bind(i64::try_from(STEPS).unwrap_or(i64::MAX));
    let rows: Vec<Looked> = sql.build_query_as().fetch_all(connection).await?;
    let needle = Needle::parse(&query.filter.needle);
    let takes = |(id, at, who, by, address, action, kind, subject): &Looked| {
        let entry = Filtered { who, by: *by, address: address.as_deref(), action, kind, subject, at: to_micros(*at) };
        query.filter.takes(&needle, entry).then_some(*id)
    };
    Ok(Walked { is_all: rows.len() < STEPS, ids: rows.iter().filter_map(takes).collect() })
}

/// `id` and `at` of everything that has the words and is wanted: from their index alone, which OFFSET 0 sees to, and of what is not
/// in it yet. One statement, since an entry goes from the one place to the other.
fn with_words(sql: &mut QueryBuilder<Postgres>, query: &AuditQuery, actions: Option<&[String]>) {
    let filter = &query.filter;
    let wanted = |sql: &mut QueryBuilder<Postgres>| {
        if let Some(by) = filter.by {
            sql.push(" AND s.author = ").push_bind(by);
        }
        if let Some(kind) = filter.kind {
            sql.push(" AND s.subject_kind = ").push_bind(kind.as_str());
        }
        if let Some(actions) = actions {
            sql.push(" AND s.action = ANY(").push_bind(actions.to_vec()).push(")");
        }
        from(sql, query, "s.at, s.id");
        within(sql, filter, "s.at");
    };
    sql.push("SELECT s.id, s.at FROM (SELECT s.entry_id AS id, s.* FROM audit_search s WHERE true");
    restrict_words(sql, &filter.needle);
    sql.push(" OFFSET 0) s WHERE true");
    wanted(sql);
    sql.push(
        " UNION ALL SELECT s.id, s.at FROM (SELECT l.id, l.at, audit_author(l.operator_id) AS author, l.subject_kind, l.action, \
         audit_search_text(l.operator_name, l.address, l.action, l.subject_kind, l.subject_name) AS search \
         FROM audit_unindexed u JOIN audit_log l ON l.id = u.entry_id OFFSET 0) s WHERE true",
    );
    wanted(sql);
    restrict_words(sql, &filter.needle);
}

async fn by_ids(connection: &mut PgConnection, ids: Vec<Uuid>) -> Result<Vec<Row>, sqlx::Error> {
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(COLUMNS).push(" FROM audit_log l WHERE l.id = ANY(").push_bind(ids).push(") ORDER BY l.at DESC, l.id DESC");
    sql.build_query_as().fetch_all(connection).await
}

async fn counted(connection: &mut PgConnection, mut sql: QueryBuilder<Postgres>) -> Result<i64, sqlx::Error> {
    sql.build_query_scalar().fetch_one(connection).await
}

/// Ends a count: it goes on to one more than is told.
fn up_to_the_limit(mut sql: QueryBuilder<Postgres>, closing: &'static str) -> QueryBuilder<Postgres> {
    sql.push(closing).push(" LIMIT ").push_bind(COUNT_LIMIT + 1).push(") counted");
    sql
}

fn from(sql: &mut QueryBuilder<Postgres>, query: &AuditQuery, columns: &'static str) {
    if let Some(place) = query.before {
        sql.push(" AND (").push(columns).push(") < (").push_bind(from_micros(place.at)).push(", ").push_bind(place.id).push(")");
    }
}

/// Adds the condition of the days.
pub(super) fn within(sql: &mut QueryBuilder<Postgres>, filter: &AuditFilter, column: &'static str) {
    if let Some(from) = filter.from {
        sql.push(" AND ").push(column).push(" >= ").push_bind(from_micros(from.start()));
    }
    if let Some(to) = filter.to {
        sql.push(" AND ").push(column).push(" < ").push_bind(from_micros(to.end()));
    }
}
