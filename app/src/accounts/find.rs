//! SQL of the Account List: one page of any choice of accounts, in any order, at any place.
//!
//! No single plan is quick for all of them, and Postgres cannot know which is: it guesses how often a needle occurs.
//! So the list is looked for in three ways, each bounded, until one gives a whole page:
//!
//! 1. [`walk`]: the first few rows of the order, each looked at. Enough when much of what is there is wanted.
//! 2. [`collect`]: all that are wanted, if they are few, from the indexes of words, groups and facets; then sorted.
//! 3. [`sift`]: the ids of all that are wanted, and the order walked in its index alone until a page of them is found.
//!
//! `find_explained.md` beside this file shows the plans at a million accounts.

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Postgres, QueryBuilder, Row};
use time::OffsetDateTime;
use uuid::Uuid;

use super::db::parsed;
use super::restrict::{restrict, restrict_facets, restrict_group, restrict_words, source};
use super::view::{AccountList, AccountRow, COUNT_LIMIT, Counts, ExactCount};
use crate::domain::account_filter::AccountFilter;
use crate::domain::account_query::{AccountQuery, AccountSort, Cursor, PageSize, Place, SortKey};
use crate::ui::time::to_millis;

/// How many rows of the order the first way looks at.
const FEW_STEPS: i64 = 2_000;
/// How many accounts the second way sorts.
const FEW: i64 = 2_000;
/// How many accounts are looked at to see that more match than are counted.
const SAMPLE: i64 = 40_000;

const COLUMNS: &str = "a.id, a.owner, a.username, a.number, a.email, a.description, a.account_type, a.security_model, a.enabled, \
                       a.last_status, a.last_status_at";

/// Compiling a query costs more than running it, and a plan made for one needle is wrong for the next.
const PLAN_EACH: &str = "SELECT set_config('jit', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true), \
                         set_config('max_parallel_workers_per_gather', '0', true), set_config('work_mem', '64MB', true)";
/// The order comes from its index.
const BY_ORDER: &str = "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true), \
                        set_config('enable_indexscan', 'on', true), set_config('enable_indexonlyscan', 'on', true)";
/// What is wanted comes from the indexes of words, groups and facets.
const BY_CHOICE: &str = "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'on', true), \
                         set_config('enable_indexscan', 'off', true), set_config('enable_indexonlyscan', 'off', true), \
                         set_config('enable_mergejoin', 'off', true)";
/// As the rows lie.
const AS_THEY_LIE: &str = "SELECT set_config('enable_seqscan', 'on', true), set_config('enable_indexscan', 'off', true), \
                           set_config('enable_bitmapscan', 'off', true), set_config('enable_indexonlyscan', 'off', true)";
const ANY_WAY: &str = "SELECT set_config('enable_bitmapscan', 'on', true)";

/// One page of what `query` asks for, of `size` rows; with the counts of the line under the table, if they are wanted.
pub async fn list(pool: &PgPool, query: &AccountQuery, size: PageSize, with_counts: bool) -> Result<AccountList, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let connection = &mut *transaction;
    let group = match query.filter.group {
        Some(id) => sqlx::query_scalar!("SELECT name FROM groups WHERE id = $1", id).fetch_optional(&mut *connection).await?,
        None => None,
    };
    set(connection, PLAN_EACH).await?;
    let (mut found, known) = page(connection, query, size).await?;
    let counts = if with_counts { Some(count(connection, &query.filter, known).await?) } else { None };
    transaction.commit().await?;

    let more = found.len() > size.rows();
    found.truncate(size.rows());
    if matches!(query.place, Place::Before(_)) {
        found.reverse();
    }
    let cursor = |found: Option<&PgRow>| found.map(|row| cursor(query.sort, row)).transpose();
    Ok(AccountList {
        first: cursor(found.first())?,
        last: cursor(found.last())?,
        rows: found.iter().map(row).collect::<Result<_, _>>()?,
        more,
        size,
        counts,
        group,
    })
}

/// How many accounts there are in a choice, counted to the end.
pub async fn count_all(pool: &PgPool, filter: &AccountFilter) -> Result<ExactCount, sqlx::Error> {
    let (from, texts) = source(filter);
    let mut sql = QueryBuilder::new("SELECT count(*) AS count, now() AS at FROM ");
    sql.push(from).push(" WHERE true");
    restrict(&mut sql, filter, texts);
    let row = sql.build().fetch_one(pool).await?;
    Ok(ExactCount { count: row.try_get("count")?, at: to_micros(row.try_get("at")?) })
}

/// Adds the order of `query`, from its start.
pub fn sorted(sql: &mut QueryBuilder<Postgres>, query: &AccountQuery) {
    let query = query.from_start();
    let order = Order::of(&query);
    order.sort(sql, order.column);
}

/// One row more than a page, from the place on in the direction of reading; and how many match, if that came out.
async fn page(connection: &mut PgConnection, query: &AccountQuery, size: PageSize) -> Result<(Vec<PgRow>, Option<i64>), sqlx::Error> {
    let wanted = size.rows() + 1;
    let order = Order::of(query);
    set(connection, BY_ORDER).await?;
    let rows = walk(connection, query, &order, wanted).await?;
    if rows.len() == wanted || query.filter == AccountFilter::default() {
        return Ok((rows, None));
    }
    set(connection, BY_CHOICE).await?;
    let (matching, rows) = collect(connection, query, &order, wanted).await?;
    if matching <= FEW {
        return Ok((rows, Some(matching)));
    }
    set(connection, BY_ORDER).await?;
    Ok((sift(connection, query, &order, wanted).await?, Some(matching)))
}

async fn walk(connection: &mut PgConnection, query: &AccountQuery, order: &Order<'_>, wanted: usize) -> Result<Vec<PgRow>, sqlx::Error> {
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(COLUMNS).push(", a.sorted_by FROM (SELECT *, ");
    sql.push(order.column).push(" AS sorted_by FROM accounts a WHERE true");
    order.restrict(&mut sql, query);
    order.sort(&mut sql, order.column);
    sql.push(" LIMIT ").push_bind(FEW_STEPS).push(") a WHERE true");
    restrict(&mut sql, &query.filter, "a");
    sql.push(" LIMIT ").push_bind(limit(wanted));
    sql.build().fetch_all(connection).await
}

async fn collect(
    connection: &mut PgConnection,
    query: &AccountQuery,
    order: &Order<'_>,
    wanted: usize,
) -> Result<(i64, Vec<PgRow>), sqlx::Error> {
    let (from, texts) = source(&query.filter);
    let mut sql = QueryBuilder::new("WITH c AS MATERIALIZED (SELECT ");
    sql.push(COLUMNS).push(", ").push(order.column).push(" AS sorted_by FROM ").push(from).push(" WHERE true");
    restrict(&mut sql, &query.filter, texts);
    sql.push(" LIMIT ").push_bind(FEW + 1);
    sql.push(") SELECT n.matching, p.* FROM (SELECT count(*) AS matching FROM c) n LEFT JOIN (SELECT * FROM c a WHERE true");
    order.start(&mut sql, "a.sorted_by");
    order.sort(&mut sql, "a.sorted_by");
    sql.push(" LIMIT ").push_bind(limit(wanted)).push(") p ON n.matching <= ").push_bind(FEW);
    let mut rows = sql.build().fetch_all(connection).await?;
    let matching = rows.first().map_or(Ok(0), |row| row.try_get("matching"))?;
    // The count stands in a row of its own when there is no other.
    rows.retain(|row| row.try_get::<Option<Uuid>, _>("id").is_ok_and(|id| id.is_some()));
    Ok((matching, rows))
}

async fn sift(connection: &mut PgConnection, query: &AccountQuery, order: &Order<'_>, wanted: usize) -> Result<Vec<PgRow>, sqlx::Error> {
    let filter = &query.filter;
    let mut sql = QueryBuilder::new("SELECT o.id FROM (SELECT a.id FROM accounts a WHERE true");
    order.restrict(&mut sql, query);
    order.sort(&mut sql, order.column);
    // IS TRUE keeps Postgres from making a join of it, which would not keep the order.
    if filter.needle.is_empty() {
        sql.push(") o WHERE (o.id IN (SELECT a.id FROM accounts a WHERE true");
        restrict_facets(&mut sql, filter);
        sql.push(")) IS TRUE");
    } else {
        // The words alone, without a look at the accounts; the rest only of those that have them, one by one.
        sql.push(") o WHERE (o.id IN (SELECT s.account_id FROM account_search s WHERE true");
        restrict_words(&mut sql, filter, "s");
        sql.push(")) IS TRUE AND (SELECT true FROM accounts a WHERE a.id = o.id");
        restrict_facets(&mut sql, filter);
        sql.push(")");
    }
    sql.push(" LIMIT ").push_bind(limit(wanted));
    let ids: Vec<Uuid> = sql.build_query_scalar().fetch_all(&mut *connection).await?;
    // In the statement above the rows would be joined by a walk over all of them, since it must not sort.
    set(connection, BY_CHOICE).await?;
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(COLUMNS).push(", ").push(order.column).push(" AS sorted_by FROM unnest(").push_bind(ids);
    sql.push(") WITH ORDINALITY p (id, place) JOIN accounts a ON a.id = p.id ORDER BY p.place");
    sql.build().fetch_all(connection).await
}

/// `known`: how many match, if it is known, up to [`FEW`] + 1.
async fn count(connection: &mut PgConnection, filter: &AccountFilter, known: Option<i64>) -> Result<Counts, sqlx::Error> {
    let total = match known {
        Some(matching) if !filter.is_filtered() => matching,
        _ => {
            set(connection, BY_ORDER).await?;
            let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM accounts a WHERE true");
            restrict_group(&mut sql, filter);
            sql.push(" LIMIT ").push_bind(COUNT_LIMIT + 1).push(") counted");
            sql.build_query_scalar().fetch_one(&mut *connection).await?
        }
    };
    let matching = match known {
        Some(matching) => matching,
        None if !filter.is_filtered() => total,
        None => count_matching(connection, filter).await?,
    };
    Ok(Counts { matching: matching.min(COUNT_LIMIT + 1), total: total.min(COUNT_LIMIT + 1) })
}

async fn count_matching(connection: &mut PgConnection, filter: &AccountFilter) -> Result<i64, sqlx::Error> {
    set(connection, AS_THEY_LIE).await?;
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM (SELECT * FROM accounts LIMIT ");
    sql.push_bind(SAMPLE).push(") a WHERE true");
    restrict(&mut sql, filter, "a");
    sql.push(" LIMIT ").push_bind(COUNT_LIMIT + 1).push(") counted");
    let in_sample: i64 = sql.build_query_scalar().fetch_one(&mut *connection).await?;
    if in_sample > COUNT_LIMIT {
        return Ok(in_sample);
    }
    set(connection, ANY_WAY).await?;
    set(connection, BY_CHOICE).await?;
    let (from, texts) = source(filter);
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM ");
    sql.push(from).push(" WHERE true");
    restrict(&mut sql, filter, texts);
    sql.push(" LIMIT ").push_bind(COUNT_LIMIT + 1).push(") counted");
    sql.build_query_scalar().fetch_one(connection).await
}

async fn set(connection: &mut PgConnection, settings: &'static str) -> Result<(), sqlx::Error> {
    sqlx::query(settings).execute(connection).await.map(drop)
}

fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// The order of a query as it is read: turned round when the page before a row is wanted.
struct Order<'a> {
    column: &'static str,
    /// No two rows are equal in the column: it needs no id to tell them apart.
    unique: bool,
    descending: bool,
    cursor: Option<&'a Cursor>,
    /// Whether the row of the cursor itself belongs to the page.
    inclusive: bool,
}

impl<'a> Order<'a> {
    fn of(query: &'a AccountQuery) -> Self {
        let cursor = match &query.place {
            Place::Start => None,
            Place::At(cursor) | Place::After(cursor) | Place::Before(cursor) => Some(cursor),
        };
        let (backwards, inclusive) = (matches!(query.place, Place::Before(_)), matches!(query.place, Place::At(_)));
        let cursor = cursor.filter(|cursor| cursor.key.fits(query.sort));
        let (column, unique) = match query.sort {
            AccountSort::Owner => ("a.owner_order", false),
            AccountSort::Username => ("a.username", true),
            AccountSort::Number => ("a.number_digits", true),
            AccountSort::Type => ("a.account_type", false),
            AccountSort::Security => ("a.security_model", false),
            AccountSort::Enabled => ("a.enabled", false),
            AccountSort::Status => ("a.status_order", false),
            AccountSort::StatusDate => ("a.last_status_at", false),
        };
        Self { column, unique, descending: query.descending != backwards, cursor, inclusive }
    }

    fn sort(&self, sql: &mut QueryBuilder<Postgres>, column: &'static str) {
        let direction = if self.descending { " DESC" } else { "" };
        sql.push(" ORDER BY ").push(column).push(direction);
        if !self.unique {
            sql.push(", a.id").push(direction);
        }
    }

    /// The place, and those conditions of the filter that only shorten a stretch of the order's own index.
    fn restrict(&self, sql: &mut QueryBuilder<Postgres>, query: &AccountQuery) {
        self.start(sql, self.column);
        let filter = &query.filter;
        let part = match query.sort {
            AccountSort::StatusDate => AccountFilter { group: filter.group, ..AccountFilter::default() },
            AccountSort::Type => AccountFilter { account_type: filter.account_type, ..AccountFilter::default() },
            AccountSort::Security => AccountFilter { security: filter.security, ..AccountFilter::default() },
            AccountSort::Enabled => AccountFilter { enabled: filter.enabled, ..AccountFilter::default() },
            AccountSort::Owner | AccountSort::Username | AccountSort::Number | AccountSort::Status => AccountFilter::default(),
        };
        restrict(sql, &part, "a");
        if query.sort == AccountSort::Status
            && let (Some(first), Some(last)) = (filter.statuses.first(), filter.statuses.last())
        {
            sql.push(" AND a.status_order BETWEEN ").push_bind(first.rank()).push(" AND ").push_bind(last.rank());
        }
    }

    fn start(&self, sql: &mut QueryBuilder<Postgres>, column: &'static str) {
        let Some(Cursor { key, id }) = self.cursor else { return };
        sql.push(if self.unique { " AND " } else { " AND (" }).push(column);
        if !self.unique {
            sql.push(", a.id)");
        }
        sql.push(match (self.descending, self.inclusive) {
            (false, false) => " > ",
            (false, true) => " >= ",
            (true, false) => " < ",
            (true, true) => " <= ",
        });
        if !self.unique {
            sql.push("(");
        }
        match key {
            SortKey::Text(text) => sql.push_bind(text.clone()),
            SortKey::Flag(flag) => sql.push_bind(*flag),
            SortKey::Rank(rank) => sql.push_bind(*rank),
            SortKey::Time(micros) => sql.push_bind(from_micros(*micros)),
        };
        if !self.unique {
            sql.push(", ").push_bind(*id).push(")");
        }
    }
}

fn cursor(sort: AccountSort, row: &PgRow) -> Result<Cursor, sqlx::Error> {
    let key = match sort {
        AccountSort::Owner | AccountSort::Username | AccountSort::Number | AccountSort::Type | AccountSort::Security => {
            SortKey::Text(row.try_get("sorted_by")?)
        }
        AccountSort::Enabled => SortKey::Flag(row.try_get("sorted_by")?),
        AccountSort::Status => SortKey::Rank(row.try_get("sorted_by")?),
        AccountSort::StatusDate => SortKey::Time(to_micros(row.try_get("sorted_by")?)),
    };
    Ok(Cursor { key, id: row.try_get("id")? })
}

/// Postgres keeps times to the microsecond.
pub fn to_micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
}

/// A time that a client invented may be none: it is read as the beginning of all of them.
pub fn from_micros(micros: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn row(row: &PgRow) -> Result<AccountRow, sqlx::Error> {
    Ok(AccountRow {
        id: row.try_get("id")?,
        owner: row.try_get("owner")?,
        username: row.try_get("username")?,
        number: row.try_get("number")?,
        email: row.try_get("email")?,
        description: row.try_get("description")?,
        account_type: parsed(row.try_get("account_type")?)?,
        security_model: parsed(row.try_get("security_model")?)?,
        enabled: row.try_get("enabled")?,
        last_status: parsed(row.try_get("last_status")?)?,
        last_status_at: to_millis(row.try_get("last_status_at")?),
    })
}
