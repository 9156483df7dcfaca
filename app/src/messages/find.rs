//! SQL of the Messages page: the newest SMSes of any choice, from any place on. `explained.md` shows the plans at a million.

use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::db::{StoredMessage, settings};
use super::view::{LoggedMessage, MessageList};
use crate::accounts::find::{from_micros, to_micros};
use crate::accounts::restrict::{restrict_groups, restrict_words};
use crate::domain::message::{MessageKind, MessageState};
use crate::domain::message_query::{MessageFilter, MessageQuery};
use crate::domain::role::Role;
use crate::domain::scope::Scope;
use crate::domain::timeline::TimePlace;
use crate::door::Caller;

/// SMSes that come at a time.
const PAGE: usize = 50;
/// One more tells whether more follow.
const PAGE_AND_ONE: i64 = PAGE as i64 + 1;
/// So many may be asked for by their ids.
pub const AT_ONCE: usize = 600;
/// So many of the newest are looked at one by one before the index of words, or the accounts of the reader's groups, are asked.
const STEPS: i64 = 5_000;

const COLUMNS: &str = "m.id, m.kind, m.state, m.reason, m.account_id, m.link_id, m.owner, m.username, m.number, m.text, m.parts, \
                       m.gateway, m.tries, m.next_try_at, m.operator_name, m.queued_at, m.sending_at, m.accepted_at, m.ended_at";

/// A plan made for one needle is wrong for the next, compiling costs more than running, and which index, the shape says.
const PLANS: &str = "SELECT set_config('jit', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true), \
                     set_config('max_parallel_workers_per_gather', '0', true), set_config('enable_seqscan', 'off', true), \
                     set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)";

/// The next SMSes of `query`. Who does not see all groups gets SMSes to accounts that are in theirs now: without its account an SMS is
/// of no group any more.
pub async fn list(caller: &Caller, query: &MessageQuery) -> Result<MessageList, sqlx::Error> {
    let mut transaction = caller.pool.begin().await?;
    let is_development = settings(&mut *transaction).await?.is_development;
    sqlx::query(PLANS).execute(&mut *transaction).await?;
    let mut found = page(&mut transaction, caller.scope(), query).await?;
    transaction.commit().await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let last = found.last().filter(|_| more);
    let older = last.map(|last| TimePlace { at: to_micros(last.queued_at), id: last.id });
    Ok(MessageList { messages: logged(caller, found)?, older, is_development })
}

/// These SMSes as they are now, in no order.
pub async fn those(caller: &Caller, ids: &[Uuid]) -> Result<Vec<LoggedMessage>, sqlx::Error> {
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(COLUMNS).push(" FROM messages m WHERE m.id = ANY(").push_bind(ids).push(")");
    inside(&mut sql, caller.scope());
    logged(caller, sql.build_query_as().fetch_all(&caller.pool).await?)
}

fn logged(caller: &Caller, found: Vec<StoredMessage>) -> Result<Vec<LoggedMessage>, sqlx::Error> {
    let may_send = caller.operator.role.allows(Role::Operator);
    let logged = |message: StoredMessage| {
        let link = message.open_link(&caller.service, may_send)?;
        Ok(LoggedMessage { link, message: message.shown(&caller.service, may_send)? })
    };
    found.into_iter().map(logged).collect()
}

async fn page(connection: &mut PgConnection, scope: &Scope, query: &MessageQuery) -> Result<Vec<StoredMessage>, sqlx::Error> {
    if query.filter.needle.is_empty() && scope.is_all() {
        return newest(query).build_query_as().fetch_all(connection).await;
    }
    let mut rows = walk(scope, query).build().fetch_all(&mut *connection).await?;
    let looked: i64 = rows.first().map_or(Ok(0), |row| row.try_get("looked"))?;
    // The number stands in a row of its own when there is no other.
    rows.retain(|row| row.try_get::<Option<Uuid>, _>("id").is_ok_and(|id| id.is_some()));
    if rows.len() > PAGE || looked < STEPS {
        return rows.iter().map(StoredMessage::from_row).collect();
    }
    let mut rest = if query.filter.needle.is_empty() { of_accounts(scope, query) } else { collect(scope, query) };
    rest.build_query_as().fetch_all(connection).await
}

/// Adds that an SMS `m` is about an account that the reader sees: asked for each by its id, since a join that Postgres may turn round
/// would begin with all of these accounts.
fn inside(sql: &mut QueryBuilder<Postgres>, scope: &Scope) {
    if !scope.is_all() {
        sql.push(" AND (SELECT true FROM accounts a WHERE a.id = m.account_id");
        restrict_groups(sql, scope, "a");
        sql.push(")");
    }
}

/// Without words: from the index of times, or the newest of each state and kind that is wanted.
fn newest(query: &MessageQuery) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(COLUMNS).push(" FROM ");
    if query.filter.state.is_some() || query.filter.kind.is_some() {
        of_facets(&mut sql, query, PAGE_AND_ONE);
    } else {
        sql.push("messages m WHERE true");
        from(&mut sql, query, "m.queued_at, m.id");
    }
    first(&mut sql, "m.queued_at DESC, m.id DESC", PAGE_AND_ONE);
    sql
}

/// What has the words, and is seen by the reader, among the newest that have the facets: much of it is found there when much of all
/// is so. With the number of those that were looked at; fewer than [`STEPS`] are all.
fn walk(scope: &Scope, query: &MessageQuery) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("WITH newest AS MATERIALIZED (SELECT ");
    let (has_words, has_facets) = (!query.filter.needle.is_empty(), query.filter.state.is_some() || query.filter.kind.is_some());
    let (row, source) = if has_facets || !has_words {
        sql.push("m.id, m.queued_at, m.account_id FROM ");
        if has_facets {
            of_facets(&mut sql, query, STEPS);
        } else {
            sql.push("messages m WHERE true");
            from(&mut sql, query, "m.queued_at, m.id");
        }
        first(&mut sql, "m.queued_at DESC, m.id DESC", STEPS);
        ("m.id, m.queued_at", if has_words { "newest m JOIN message_search s ON s.message_id = m.id" } else { "newest m" })
    } else {
        sql.push("s.message_id AS id, s.queued_at, s.search FROM message_search s WHERE true");
        from(&mut sql, query, "s.queued_at, s.message_id");
        first(&mut sql, "s.queued_at DESC, s.message_id DESC", STEPS);
        ("s.id, s.queued_at", if scope.is_all() { "newest s" } else { "newest s JOIN messages m ON m.id = s.id" })
    };
    sql.push("), page AS MATERIALIZED (SELECT ").push(row).push(" FROM ").push(source).push(" WHERE true");
    restrict_words(&mut sql, &query.filter.needle);
    inside(&mut sql, scope);
    first(&mut sql, "queued_at DESC, id DESC", PAGE_AND_ONE);
    sql.push(") SELECT c.looked, ").push(COLUMNS).push(" FROM (SELECT count(*) AS looked FROM newest) c");
    sql.push(" LEFT JOIN (page p JOIN messages m ON m.id = p.id) ON true ORDER BY p.queued_at DESC, p.id DESC");
    sql
}

/// Adds the newest `limit` of each state and kind that is wanted, as `m`.
fn of_facets(sql: &mut QueryBuilder<Postgres>, query: &MessageQuery, limit: i64) {
    let MessageFilter { state, kind, .. } = query.filter;
    let states = MessageState::ALL.into_iter().filter(|each| state.is_none_or(|only| only == *each)).map(MessageState::as_str);
    let kinds = MessageKind::ALL.into_iter().filter(|each| kind.is_none_or(|only| only == *each)).map(MessageKind::as_str);
    sql.push("unnest(").push_bind(states.collect::<Vec<_>>()).push("::text[]) of_state (state) CROSS JOIN unnest(");
    sql.push_bind(kinds.collect::<Vec<_>>()).push("::text[]) of_kind (kind) CROSS JOIN LATERAL ");
    sql.push("(SELECT * FROM messages m WHERE m.state = of_state.state AND m.kind = of_kind.kind");
    from(sql, query, "m.queued_at, m.id");
    first(sql, "m.queued_at DESC, m.id DESC", limit);
    sql.push(") m");
}

/// All that has the words, from their index alone, which OFFSET 0 sees to; then the newest of it.
fn collect(scope: &Scope, query: &MessageQuery) -> QueryBuilder<Postgres> {
    let mut sql =
        QueryBuilder::new("WITH page AS MATERIALIZED (SELECT s.message_id, s.queued_at FROM (SELECT * FROM message_search s WHERE true");
    restrict_words(&mut sql, &query.filter.needle);
    sql.push(" OFFSET 0) s");
    if query.filter.state.is_some() || query.filter.kind.is_some() || !scope.is_all() {
        sql.push(" JOIN messages m ON m.id = s.message_id");
    }
    sql.push(" WHERE true");
    from(&mut sql, query, "s.queued_at, s.message_id");
    restrict_facets(&mut sql, &query.filter);
    inside(&mut sql, scope);
    first(&mut sql, "s.queued_at DESC, s.message_id DESC", PAGE_AND_ONE);
    sql.push(") SELECT ").push(COLUMNS).push(" FROM page p JOIN messages m ON m.id = p.message_id");
    first(&mut sql, "p.queued_at DESC, p.message_id DESC", PAGE_AND_ONE);
    sql
}

/// Without words, for a reader of whose groups there is little among the newest: the newest of each account.
fn of_accounts(scope: &Scope, query: &MessageQuery) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("WITH page AS MATERIALIZED (SELECT m.id, m.queued_at FROM (SELECT a.id FROM accounts a WHERE true");
    restrict_groups(&mut sql, scope, "a");
    sql.push(" OFFSET 0) a CROSS JOIN LATERAL (SELECT * FROM messages m WHERE m.account_id = a.id");
    from(&mut sql, query, "m.queued_at, m.id");
    restrict_facets(&mut sql, &query.filter);
    first(&mut sql, "m.queued_at DESC, m.id DESC", PAGE_AND_ONE);
    sql.push(") m");
    first(&mut sql, "m.queued_at DESC, m.id DESC", PAGE_AND_ONE);
    sql.push(") SELECT ").push(COLUMNS).push(" FROM page p JOIN messages m ON m.id = p.id");
    first(&mut sql, "p.queued_at DESC, p.id DESC", PAGE_AND_ONE);
    sql
}

fn from(sql: &mut QueryBuilder<Postgres>, query: &MessageQuery, columns: &'static str) {
    if let Some(place) = query.before {
        sql.push(" AND (").push(columns).push(") < (").push_bind(from_micros(place.at)).push(", ").push_bind(place.id).push(")");
    }
}

fn restrict_facets(sql: &mut QueryBuilder<Postgres>, filter: &MessageFilter) {
    if let Some(state) = filter.state {
        sql.push(" AND m.state = ").push_bind(state.as_str());
    }
    if let Some(kind) = filter.kind {
        sql.push(" AND m.kind = ").push_bind(kind.as_str());
    }
}

fn first(sql: &mut QueryBuilder<Postgres>, order: &'static str, limit: i64) {
    sql.push(" ORDER BY ").push(order).push(" LIMIT ").push_bind(limit);
}
