//! SQL of the Messages page: the newest SMSes of any choice, from any place on. `explained.md` shows the plans at a million.

use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::db::{StoredMessage, settings};
use super::view::{LoggedMessage, MessageList};
use crate::accounts::find::{from_micros, to_micros};
use crate::accounts::restrict::restrict_words;
use crate::domain::message::{MessageKind, MessageState};
use crate::domain::message_query::{MessageFilter, MessagePlace, MessageQuery};
use crate::domain::role::Role;
use crate::door::Caller;

/// SMSes that come at a time.
pub const PAGE: usize = 50;
/// So many may be asked for by their ids.
pub const AT_ONCE: usize = 600;
/// So many of the newest are looked at one by one before the index of words is asked.
const STEPS: i64 = 5_000;

const COLUMNS: &str = "m.id, m.kind, m.state, m.reason, m.account_id, m.link_id, m.owner, m.username, m.number, m.text, m.parts, \
                       m.gateway, m.tries, m.next_try_at, m.operator_name, m.queued_at, m.sending_at, m.accepted_at, m.ended_at";

/// A plan made for one needle is wrong for the next, compiling costs more than running, and which index, the shape says.
const PLANS: &str = "SELECT set_config('jit', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true), \
                     set_config('max_parallel_workers_per_gather', '0', true), set_config('enable_seqscan', 'off', true), \
                     set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)";

/// The next SMSes of `query`.
pub async fn list(caller: &Caller, query: &MessageQuery) -> Result<MessageList, sqlx::Error> {
    let mut transaction = caller.pool.begin().await?;
    let is_development = settings(&mut *transaction).await?.is_development;
    sqlx::query(PLANS).execute(&mut *transaction).await?;
    let mut found = page(&mut transaction, query).await?;
    transaction.commit().await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let last = found.last().filter(|_| more);
    let older = last.map(|last| MessagePlace { queued_at: to_micros(last.queued_at), id: last.id });
    Ok(MessageList { messages: logged(caller, found)?, older, is_development })
}

/// These SMSes as they are now, in no order.
pub async fn those(caller: &Caller, ids: &[Uuid]) -> Result<Vec<LoggedMessage>, sqlx::Error> {
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(COLUMNS).push(" FROM messages m WHERE m.id = ANY(").push_bind(ids).push(")");
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

async fn page(connection: &mut PgConnection, query: &MessageQuery) -> Result<Vec<StoredMessage>, sqlx::Error> {
    if query.filter.needle.is_empty() {
        return newest(query).build_query_as().fetch_all(connection).await;
    }
    let found: Vec<StoredMessage> = walk(query).build_query_as().fetch_all(&mut *connection).await?;
    if found.len() > PAGE { Ok(found) } else { collect(query).build_query_as().fetch_all(connection).await }
}

/// Without words: from the index of times, or the newest of each state and kind that is wanted.
fn newest(query: &MessageQuery) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(COLUMNS).push(" FROM ");
    if query.filter.is_filtered() {
        let states: Vec<&str> = MessageState::ALL
            .into_iter()
            .filter(|state| query.filter.state.is_none_or(|only| only == *state))
            .map(MessageState::as_str)
            .collect();
        let kinds: Vec<&str> = MessageKind::ALL
            .into_iter()
            .filter(|kind| query.filter.kind.is_none_or(|only| only == *kind))
            .map(MessageKind::as_str)
            .collect();
        sql.push("unnest(").push_bind(states).push("::text[]) s (state) CROSS JOIN unnest(").push_bind(kinds);
        sql.push("::text[]) k (kind) CROSS JOIN LATERAL (SELECT * FROM messages m WHERE m.state = s.state AND m.kind = k.kind");
        from(&mut sql, query, "m.queued_at, m.id");
        first(&mut sql, "m.queued_at DESC, m.id DESC");
        sql.push(") m");
    } else {
        sql.push("messages m WHERE true");
        from(&mut sql, query, "m.queued_at, m.id");
    }
    first(&mut sql, "m.queued_at DESC, m.id DESC");
    sql
}

/// What has the words among the newest: much of it is found there when much of all has them.
fn walk(query: &MessageQuery) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("WITH newest AS MATERIALIZED (SELECT s.* FROM message_search s WHERE true");
    from(&mut sql, query, "s.queued_at, s.message_id");
    sql.push(" ORDER BY s.queued_at DESC, s.message_id DESC LIMIT ").push_bind(STEPS).push(") SELECT ").push(COLUMNS);
    sql.push(" FROM newest s JOIN messages m ON m.id = s.message_id WHERE true");
    restrict_words(&mut sql, &query.filter.needle);
    restrict_facets(&mut sql, &query.filter);
    first(&mut sql, "s.queued_at DESC, s.message_id DESC");
    sql
}

/// All that has the words, from their index alone, which OFFSET 0 sees to; then the newest of it.
fn collect(query: &MessageQuery) -> QueryBuilder<Postgres> {
    let mut sql =
        QueryBuilder::new("WITH page AS MATERIALIZED (SELECT s.message_id, s.queued_at FROM (SELECT * FROM message_search s WHERE true");
    restrict_words(&mut sql, &query.filter.needle);
    sql.push(" OFFSET 0) s");
    if query.filter.state.is_some() || query.filter.kind.is_some() {
        sql.push(" JOIN messages m ON m.id = s.message_id");
    }
    sql.push(" WHERE true");
    from(&mut sql, query, "s.queued_at, s.message_id");
    restrict_facets(&mut sql, &query.filter);
    first(&mut sql, "s.queued_at DESC, s.message_id DESC");
    sql.push(") SELECT ").push(COLUMNS).push(" FROM page p JOIN messages m ON m.id = p.message_id");
    first(&mut sql, "p.queued_at DESC, p.message_id DESC");
    sql
}

fn from(sql: &mut QueryBuilder<Postgres>, query: &MessageQuery, columns: &'static str) {
    if let Some(place) = query.before {
        sql.push(" AND (").push(columns).push(") < (").push_bind(from_micros(place.queued_at)).push(", ").push_bind(place.id).push(")");
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

/// One more than a page has, which tells whether more follow.
fn first(sql: &mut QueryBuilder<Postgres>, order: &'static str) {
    sql.push(" ORDER BY ").push(order).push(" LIMIT ").push_bind(i64::try_from(PAGE + 1).unwrap_or(i64::MAX));
}
