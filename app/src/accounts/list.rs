//! SQL of the Account List.

use sqlx::postgres::PgRow;
use sqlx::{PgPool, Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::db::parsed;
use super::view::{AccountList, AccountRow, COUNT_LIMIT, PAGE_SIZE};
use crate::domain::account_query::{AccountQuery, AccountSort};
use crate::ui::time::to_millis;

/// One page of what `query` asks for, with the counts of the line under the table.
pub async fn list(pool: &PgPool, query: &AccountQuery) -> Result<AccountList, sqlx::Error> {
    let group = match query.group {
        Some(id) => sqlx::query_scalar!("SELECT name FROM groups WHERE id = $1", id).fetch_optional(pool).await?,
        None => None,
    };
    let words = query.words();
    let total = count(pool, query.group, &[]).await?;
    let matching = if words.is_empty() { total } else { count(pool, query.group, &words).await? };
    Ok(AccountList { rows: page(pool, query, &words).await?, matching, total, group })
}

async fn page(pool: &PgPool, query: &AccountQuery, words: &[String]) -> Result<Vec<AccountRow>, sqlx::Error> {
    let mut sql = QueryBuilder::new(
        "SELECT id, owner, username, number, account_type, security_model, enabled, last_status, last_status_at FROM accounts WHERE true",
    );
    restrict(&mut sql, query.group, words);
    sql.push(" ORDER BY ").push(order(query.sort, query.descending));
    sql.push(if query.descending { ", id DESC" } else { ", id" });
    sql.push(" LIMIT ").push_bind(PAGE_SIZE).push(" OFFSET ").push_bind(i64::from(query.page.saturating_sub(1)) * PAGE_SIZE);
    sql.build().fetch_all(pool).await?.iter().map(row).collect()
}

async fn count(pool: &PgPool, group: Option<Uuid>, words: &[String]) -> Result<i64, sqlx::Error> {
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM accounts WHERE true");
    restrict(&mut sql, group, words);
    sql.push(" LIMIT ").push_bind(COUNT_LIMIT + 1).push(") counted");
    sql.build_query_scalar().fetch_one(pool).await
}

fn restrict(sql: &mut QueryBuilder<Postgres>, group: Option<Uuid>, words: &[String]) {
    if let Some(group) = group {
        sql.push(" AND group_id = ").push_bind(group);
    }
    for word in words {
        sql.push(" AND search LIKE ").push_bind(format!("%{}%", escape_like(word)));
    }
}

/// `%`, `_` and `\` of a needle are letters like any other.
fn escape_like(word: &str) -> String {
    word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

const fn order(sort: AccountSort, descending: bool) -> &'static str {
    match (sort, descending) {
        (AccountSort::Owner, false) => "lower(owner) ASC NULLS LAST",
        (AccountSort::Owner, true) => "lower(owner) DESC NULLS LAST",
        (AccountSort::Username, false) => "username ASC",
        (AccountSort::Username, true) => "username DESC",
        (AccountSort::Number, false) => "number_digits ASC",
        (AccountSort::Number, true) => "number_digits DESC",
        (AccountSort::Type, false) => "account_type ASC",
        (AccountSort::Type, true) => "account_type DESC",
        (AccountSort::Security, false) => "security_model ASC",
        (AccountSort::Security, true) => "security_model DESC",
        (AccountSort::Enabled, false) => "enabled ASC",
        (AccountSort::Enabled, true) => "enabled DESC",
        (AccountSort::Status, false) => LIFE_CYCLE_ASC,
        (AccountSort::Status, true) => LIFE_CYCLE_DESC,
        (AccountSort::StatusDate, false) => "last_status_at ASC",
        (AccountSort::StatusDate, true) => "last_status_at DESC",
    }
}

/// Statuses sort in the order of life, not of the alphabet.
const LIFE_CYCLE_ASC: &str = "array_position(ARRAY['created', 'installation_sms_sent', 'installed', 'activation_sms_sent', 'activated', 'connected'], last_status) ASC";
const LIFE_CYCLE_DESC: &str = "array_position(ARRAY['created', 'installation_sms_sent', 'installed', 'activation_sms_sent', 'activated', 'connected'], last_status) DESC";

fn row(row: &PgRow) -> Result<AccountRow, sqlx::Error> {
    Ok(AccountRow {
        id: row.try_get("id")?,
        owner: row.try_get("owner")?,
        username: row.try_get("username")?,
        number: row.try_get("number")?,
        account_type: parsed(row.try_get("account_type")?)?,
        security_model: parsed(row.try_get("security_model")?)?,
        enabled: row.try_get("enabled")?,
        last_status: parsed(row.try_get("last_status")?)?,
        last_status_at: to_millis(row.try_get("last_status_at")?),
    })
}
