//! SQL of the Account List: one page of any choice of accounts, in any order, at any place.
//!
//! No single plan is quick for all of them, and Postgres cannot know which is: it guesses how often a needle occurs. So a sample
//! of the accounts is asked first, which takes a millisecond (`estimate.rs`), and then the cheapest way is gone:
//!
//! - [`walk`]: the rows in their order, each looked at, until a page is full: when much of what is there is wanted.
//! - [`collect`]: all that are wanted, from the index of words, of a group or of facets, from the table of those online, or from the
//!   registrations, then sorted: when they are few.
//!
//! What is chosen and sorted by stands in the table `account_search`, and of those online in `account_online`; the rows of a page come
//! from `accounts` by their ids.
//! `explained.md` shows the plans at a million accounts.

mod estimate;
mod order;
mod outside;

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgExecutor, PgPool, Postgres, QueryBuilder, Row};
use time::OffsetDateTime;
use uuid::Uuid;

use super::db::parsed;
use super::restrict::{restrict, restrict_batch, restrict_facets, restrict_groups, restrict_words, source};
use super::view::{AccountList, AccountRow, COUNT_LIMIT, Counts, ExactCount};
use crate::domain::account_filter::AccountFilter;
use crate::domain::account_query::{AccountQuery, AccountSort, Cursor, PageSize, Place, SortKey};
use crate::domain::scope::Scope;
use crate::registrations::{self, view::Online};
use crate::ui::time::to_millis;
use estimate::{Estimate, Source, Way};
use order::Order;
use outside::{are_few, is_outside, restrict_in_force, restrict_outside, those_outdated, those_registered};

const COLUMNS: &str = "a.id, a.owner, a.username, a.number, a.email, a.description, a.account_type, a.security_model, a.enabled, \
                       a.last_status, a.last_status_at";

/// Compiling a query costs more than running it, a plan made for one needle is wrong for the next, and no index is so bad that
/// a look at all accounts were better: which index, the shape of a statement says.
const PLANS: &str = "SELECT set_config('jit', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true), \
                     set_config('max_parallel_workers_per_gather', '0', true), set_config('work_mem', '64MB', true), \
                     set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), \
                     set_config('enable_mergejoin', 'off', true)";

/// What has the words comes from their index alone.
const BY_WORDS: &str = "SELECT set_config('enable_indexscan', 'off', true), set_config('enable_indexonlyscan', 'off', true)";
/// What follows has its own way.
const BY_ANY: &str = "SELECT set_config('enable_indexscan', 'on', true), set_config('enable_indexonlyscan', 'on', true)";
/// Two share the work.
const BY_TWO: &str = "SELECT set_config('max_parallel_workers_per_gather', '1', true), set_config('parallel_setup_cost', '0', true), \
                      set_config('parallel_tuple_cost', '0', true)";

/// One page of what `query` asks for and the reader sees, of `size` rows; with the counts of the line under the table, if they are
/// wanted. Who sees one group gets the plans of a filter by it.
pub async fn list(
    pool: &PgPool,
    scope: &Scope,
    query: &AccountQuery,
    size: PageSize,
    with_counts: bool,
) -> Result<AccountList, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let connection = &mut *transaction;
    let groups = &scope.within(query.filter.group);
    let group = match query.filter.group.filter(|id| scope.has(*id)) {
        Some(id) => sqlx::query_scalar!("SELECT name FROM groups WHERE id = $1", id).fetch_optional(&mut *connection).await?,
        None => None,
    };
    sqlx::query(PLANS).execute(&mut *connection).await?;
    let order = Order::of(query);
    let plan = Plan::of(connection, query, groups, &order).await?;
    let (mut found, matching) = page(connection, query, groups, &order, size, &plan, with_counts).await?;
    let counts = match matching {
        _ if !with_counts => None,
        // No fewer than match.
        Some(matching) if matching > COUNT_LIMIT => Some(Counts { matching, total: matching }),
        matching => {
            if !query.filter.needle.is_empty() {
                sqlx::query(BY_ANY).execute(&mut *connection).await?;
            }
            let total = total(connection, &query.filter, groups, &order, &plan).await?;
            Some(Counts { matching: matching.unwrap_or(total), total })
        }
    };
    let mut rows = found.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    tell_online(connection, &mut rows).await?;
    transaction.commit().await?;

    let more = found.len() > size.rows();
    found.truncate(size.rows());
    rows.truncate(size.rows());
    if matches!(query.place, Place::Before(_)) {
        found.reverse();
        rows.reverse();
    }
    let cursor = |found: Option<&PgRow>| found.map(|row| cursor(query.sort, row)).transpose();
    Ok(AccountList { first: cursor(found.first())?, last: cursor(found.last())?, rows, more, size, counts, group })
}

/// The rows of these accounts, in no order; of those that are gone, or that the reader does not see, there is none.
pub async fn rows_of(pool: &PgPool, scope: &Scope, ids: &[Uuid]) -> Result<Vec<AccountRow>, sqlx::Error> {
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(COLUMNS).push(" FROM accounts a WHERE a.id = ANY(").push_bind(ids).push(")");
    restrict_groups(&mut sql, scope, "a");
    let mut rows = sql.build().fetch_all(pool).await?.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    tell_online(pool, &mut rows).await?;
    Ok(rows)
}

/// Sets of each row whether its phone is registered.
async fn tell_online(executor: impl PgExecutor<'_>, rows: &mut [AccountRow]) -> Result<(), sqlx::Error> {
    let usernames: Vec<String> = rows.iter().map(|row| row.username.clone()).collect();
    let mut registrations = registrations::db::of(executor, &usernames).await?;
    for row in rows {
        row.online = registrations.remove(&row.username).map(Online::from);
    }
    Ok(())
}

/// How many accounts that the reader sees there are in a choice, counted to the end.
pub async fn count_all(pool: &PgPool, scope: &Scope, filter: &AccountFilter) -> Result<ExactCount, sqlx::Error> {
    let mut sql = QueryBuilder::new("SELECT count(*) AS count, now() AS at FROM ");
    sql.push(source(filter, None)).push(" WHERE true");
    restrict(&mut sql, filter, scope);
    let row = sql.build().fetch_one(pool).await?;
    Ok(ExactCount { count: row.try_get("count")?, at: to_micros(row.try_get("at")?) })
}

/// Adds the order of `query`, from its start, to a query over its [`source`].
pub fn sorted(sql: &mut QueryBuilder<Postgres>, query: &AccountQuery) {
    let query = query.from_start();
    let order = Order::of(&query);
    let table = if query.sort == AccountSort::Owner { "s" } else { "a" };
    order.sort(sql, &format!("{table}.{}", order.column()), "a.id");
}

/// What is known before the first row is looked at.
enum Plan {
    /// The order's own index has nothing else than what is wanted.
    Order,
    /// All that are wanted are there, and no more than can be looked at.
    Source(Source),
    Guess(Estimate),
}

impl Plan {
    async fn of(connection: &mut PgConnection, query: &AccountQuery, groups: &Scope, order: &Order<'_>) -> Result<Self, sqlx::Error> {
        let filter = &query.filter.with_implied();
        let (is_all, is_one) = (groups.is_all(), groups.only().is_some());
        if !filter.is_filtered() && (is_all || is_one && query.sort == AccountSort::StatusDate) {
            return Ok(Self::Order);
        }
        // A batch is no larger than a file.
        if filter.batch.is_some() {
            return Ok(Self::Source(Source::Batch));
        }
        if filter.online && are_few(connection).await? {
            return Ok(Self::Source(Source::Registered));
        }
        Ok(Self::Guess(Estimate::of(connection, filter, groups, order).await?))
    }
}

/// One row more than a page, from the place on in the direction of reading; and how many match, up to one more than are counted, if that is
/// wanted: none where all do that the groups have.
async fn page(
    connection: &mut PgConnection,
    query: &AccountQuery,
    groups: &Scope,
    order: &Order<'_>,
    size: PageSize,
    plan: &Plan,
    with_count: bool,
) -> Result<(Vec<PgRow>, Option<i64>), sqlx::Error> {
    let wanted = size.rows() + 1;
    let filter = &query.filter.with_implied();
    let estimate = match plan {
        Plan::Order => return Ok((walk(connection, filter, groups, order, wanted, limit(wanted)).await?, None)),
        Plan::Source(source) => return collect_and_count(connection, filter, groups, order, *source, wanted).await,
        Plan::Guess(estimate) => estimate,
    };
    let (source, way) = estimate.cheapest(filter, groups, order, wanted);
    if let Way::Walk(steps) = way {
        let rows = walk(connection, filter, groups, order, wanted, steps).await?;
        if rows.len() == wanted {
            let is_counted = !with_count || estimate.is_many;
            let matching = if is_counted { COUNT_LIMIT + 1 } else { count(connection, filter, groups, order, source).await? };
            return Ok((rows, Some(matching)));
        }
    }
    if source == Source::Words && !filter.online {
        sqlx::query(BY_WORDS).execute(&mut *connection).await?;
        if estimate.is_much() {
            sqlx::query(BY_TWO).execute(&mut *connection).await?;
        }
    }
    if estimate.is_many {
        return Ok((collect(connection, filter, groups, order, source, wanted).await?, Some(COUNT_LIMIT + 1)));
    }
    collect_and_count(connection, filter, groups, order, source, wanted).await
}

/// The first `wanted` of the next `steps` rows of the order; fewer when there are not so many among them.
async fn walk(
    connection: &mut PgConnection,
    filter: &AccountFilter,
    groups: &Scope,
    order: &Order<'_>,
    wanted: usize,
    steps: i64,
) -> Result<Vec<PgRow>, sqlx::Error> {
    let column = order.column();
    let mut sql = QueryBuilder::new("WITH page AS MATERIALIZED (SELECT s.account_id, ");
    if order.is_of_table() {
        sql.push("s.").push(column).push(" AS sorted_by FROM (SELECT * FROM ").push(order.table()).push(" s WHERE true");
        order.start(&mut sql, column, "account_id");
        order.stretch(&mut sql, filter, groups, "s");
        order.sort(&mut sql, column, "account_id");
        sql.push(" LIMIT ").push_bind(steps).push(") s WHERE true");
    } else {
        sql.push("o.").push(column).push(" AS sorted_by FROM (SELECT a.id, a.").push(column).push(" FROM accounts a WHERE true");
        order.start(&mut sql, column, "id");
        order.stretch(&mut sql, filter, groups, "a");
        order.sort(&mut sql, column, "id");
        // Row for row, by its id: in a join that Postgres may turn round the order would be lost.
        sql.push(" LIMIT ").push_bind(steps).push(") o CROSS JOIN LATERAL ");
        sql.push("(SELECT * FROM account_search s WHERE s.account_id = o.id OFFSET 0) s WHERE true");
    }
    restrict_texts(&mut sql, filter, groups);
    restrict_outside(&mut sql, filter);
    sql.push(" LIMIT ").push_bind(limit(wanted));
    rows_of_page(connection, sql, order).await
}

/// The page of all that match: only as many are kept while they are looked at.
async fn collect(
    connection: &mut PgConnection,
    filter: &AccountFilter,
    groups: &Scope,
    order: &Order<'_>,
    source: Source,
    wanted: usize,
) -> Result<Vec<PgRow>, sqlx::Error> {
    let mut sql = QueryBuilder::new("WITH page AS MATERIALIZED (");
    first(&mut sql, filter, order, wanted, |sql| {
        sql.push("(");
        candidates(sql, filter, groups, order, source);
        sql.push(")");
    });
    rows_of_page(connection, sql, order).await
}

/// Ends a query that begins with the ids and keys of `page`: their rows.
async fn rows_of_page(
    connection: &mut PgConnection,
    mut sql: QueryBuilder<Postgres>,
    order: &Order<'_>,
) -> Result<Vec<PgRow>, sqlx::Error> {
    sql.push(") SELECT p.sorted_by, ").push(COLUMNS).push(" FROM page p JOIN accounts a ON a.id = p.account_id");
    order.sort(&mut sql, "p.sorted_by", "p.account_id");
    sql.build().fetch_all(connection).await
}

/// The page of all that match, and how many they are, up to one more than are counted.
async fn collect_and_count(
    connection: &mut PgConnection,
    filter: &AccountFilter,
    groups: &Scope,
    order: &Order<'_>,
    source: Source,
    wanted: usize,
) -> Result<(Vec<PgRow>, Option<i64>), sqlx::Error> {
    let mut sql = QueryBuilder::new("WITH c AS MATERIALIZED (");
    candidates(&mut sql, filter, groups, order, source);
    sql.push("), page AS MATERIALIZED (");
    first(&mut sql, filter, order, wanted, |sql| _ = sql.push("c"));
    sql.push(") SELECT n.matching, p.sorted_by, ")
        .push(COLUMNS)
        .push(" FROM (SELECT count(*) AS matching FROM (SELECT FROM c s WHERE true");
    restrict_outside(&mut sql, filter);
    sql.push(" LIMIT ").push_bind(COUNT_LIMIT + 1);
    sql.push(") counted) n LEFT JOIN (page p JOIN accounts a ON a.id = p.account_id) ON true");
    order.sort(&mut sql, "p.sorted_by", "p.account_id");
    let mut rows = sql.build().fetch_all(connection).await?;
    let matching = rows.first().map_or(Ok(0), |row| row.try_get("matching"))?;
    // The count stands in a row of its own when there is no other.
    rows.retain(|row| row.try_get::<Option<Uuid>, _>("id").is_ok_and(|id| id.is_some()));
    Ok((rows, Some(matching)))
}

/// How many match, up to one more than are counted.
async fn count(
    connection: &mut PgConnection,
    filter: &AccountFilter,
    groups: &Scope,
    order: &Order<'_>,
    source: Source,
) -> Result<i64, sqlx::Error> {
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM ");
    matching(&mut sql, filter, groups, order, source);
    restrict_outside(&mut sql, filter);
    sql.push(" LIMIT ").push_bind(COUNT_LIMIT + 1).push(") counted");
    sql.build_query_scalar().fetch_one(connection).await
}

/// How many accounts these groups have, up to one more than are counted; of those online, if only they are asked for.
async fn total(
    connection: &mut PgConnection,
    filter: &AccountFilter,
    groups: &Scope,
    order: &Order<'_>,
    plan: &Plan,
) -> Result<i64, sqlx::Error> {
    let are_few = matches!(plan, Plan::Source(Source::Registered));
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM ");
    if are_few {
        those_registered(&mut sql);
    } else {
        sql.push(order.table());
    }
    sql.push(" s WHERE true");
    restrict_groups(&mut sql, groups, "s");
    if filter.online && !are_few {
        restrict_in_force(&mut sql);
    }
    sql.push(" LIMIT ").push_bind(COUNT_LIMIT + 1).push(") counted");
    sql.build_query_scalar().fetch_one(connection).await
}

/// Adds the first `wanted` of these candidates from the place on. What lies outside is asked in their order until there are enough.
fn first(
    sql: &mut QueryBuilder<Postgres>,
    filter: &AccountFilter,
    order: &Order<'_>,
    wanted: usize,
    candidates: impl FnOnce(&mut QueryBuilder<Postgres>),
) {
    sql.push(if is_outside(filter) { "SELECT * FROM (SELECT * FROM " } else { "SELECT * FROM " });
    candidates(sql);
    sql.push(" s WHERE true");
    order.start(sql, "s.sorted_by", "s.account_id");
    order.sort(sql, "s.sorted_by", "s.account_id");
    if is_outside(filter) {
        sql.push(" OFFSET 0) s WHERE true");
        restrict_outside(sql, filter);
    }
    sql.push(" LIMIT ").push_bind(limit(wanted));
}

/// Adds the ids and keys of all that match, as far as their search texts tell; and what they are asked by for the rest.
fn candidates(sql: &mut QueryBuilder<Postgres>, filter: &AccountFilter, groups: &Scope, order: &Order<'_>, source: Source) {
    sql.push("SELECT s.account_id, s.").push(order.column()).push(" AS sorted_by");
    sql.push(if is_outside(filter) { ", s.username FROM " } else { " FROM " });
    matching(sql, filter, groups, order, source);
}

/// Adds all that match, as `s`, as far as their search texts tell. The index is that of the source and no other: OFFSET 0 keeps the rest
/// of the conditions out of the choice of a plan, and so does IS TRUE, where what is found shall be sorted by two at once.
fn matching(sql: &mut QueryBuilder<Postgres>, filter: &AccountFilter, groups: &Scope, order: &Order<'_>, source: Source) {
    let table = order.table();
    match source {
        // Who is online is looked up meanwhile, by other indexes.
        Source::Words if filter.online => {
            sql.push("(SELECT * FROM account_online s WHERE true");
            restrict_words(sql, &filter.needle);
            sql.push(" AND (true");
            restrict_groups(sql, groups, "s");
            restrict_facets(sql, filter, "s");
            sql.push(") IS TRUE OFFSET 0) s WHERE true");
        }
        Source::Words => {
            sql.push("account_search s WHERE true");
            restrict_words(sql, &filter.needle);
            restrict_facets(sql, filter, "s");
            sql.push(" AND (true");
            restrict_groups(sql, groups, "s");
            sql.push(") IS TRUE");
        }
        Source::Group => {
            sql.push("(SELECT * FROM ").push(table).push(" s WHERE true");
            restrict_groups(sql, groups, "s");
            sql.push(" OFFSET 0) s WHERE true");
            restrict_facets(sql, filter, "s");
            restrict_words(sql, &filter.needle);
        }
        Source::Facets => {
            sql.push("(SELECT s.* FROM (SELECT a.id FROM accounts a WHERE true");
            restrict_groups(sql, groups, "a");
            restrict_facets(sql, filter, "a");
            sql.push(" OFFSET 0) f JOIN account_search s ON s.account_id = f.id OFFSET 0) s WHERE true");
            restrict_words(sql, &filter.needle);
        }
        Source::Batch => {
            sql.push("(SELECT s.* FROM (SELECT a.id FROM accounts a WHERE true");
            restrict_batch(sql, filter);
            sql.push(" OFFSET 0) f JOIN ").push(table).push(" s ON s.account_id = f.id OFFSET 0) s WHERE true");
            restrict_texts(sql, filter, groups);
        }
        Source::Online => {
            sql.push("(SELECT * FROM account_online s WHERE (true");
            restrict_texts(sql, filter, groups);
            sql.push(") IS TRUE OFFSET 0) s WHERE true");
        }
        Source::Registered => {
            those_registered(sql);
            sql.push(" s WHERE true");
            restrict_texts(sql, filter, groups);
        }
        Source::Outdated => {
            sql.push("(SELECT s.* FROM ");
            those_outdated(sql);
            sql.push(" d JOIN ").push(table).push(" s ON s.account_id = d.account_id OFFSET 0) s WHERE true");
            restrict_texts(sql, filter, groups);
        }
        Source::FacetsAlone => {
            sql.push("(SELECT a.id AS account_id, a.account_type, a.security_model, a.enabled, a.status_order FROM accounts a WHERE true");
            restrict_groups(sql, groups, "a");
            restrict_facets(sql, filter, "a");
            sql.push(" OFFSET 0) s WHERE true");
        }
    }
}

/// Adds all conditions on the search texts `s`.
fn restrict_texts(sql: &mut QueryBuilder<Postgres>, filter: &AccountFilter, groups: &Scope) {
    restrict_groups(sql, groups, "s");
    restrict_facets(sql, filter, "s");
    restrict_words(sql, &filter.needle);
}

fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
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

/// Of the registrations it knows nothing.
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
        online: None,
    })
}
