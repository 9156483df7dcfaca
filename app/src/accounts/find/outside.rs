//! Conditions that no table of accounts can tell: whether a phone is registered, and for which SIP domain a password was made.

use sqlx::{PgConnection, Postgres, QueryBuilder};

use crate::accounts::restrict::{IN_FORCE, restrict_group};
use crate::accounts::view::COUNT_LIMIT;
use crate::domain::account_filter::AccountFilter;

/// With no more registrations than this, those online are collected from them without further ado.
const FEW: i64 = 5_000;

/// How accounts are asked whether their phones are registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Each is looked up in the registrations.
    Each,
    /// All registrations are read first.
    Together,
}

/// Adds these conditions on the search texts `s`. None of them has a part in the choice of a plan.
pub fn restrict_outside(sql: &mut QueryBuilder<Postgres>, filter: &AccountFilter, ask: Ask) {
    match ask {
        _ if !filter.online => {}
        // The registrations' index is in the order of the database, and that of the search texts is not.
        Ask::Each => {
            sql.push(" AND (SELECT true FROM sip.registrations r WHERE r.username = s.username COLLATE \"default\" AND ");
            sql.push(IN_FORCE).push(" LIMIT 1)");
        }
        Ask::Together => {
            sql.push(" AND (s.username IN (SELECT r.username FROM sip.registrations r WHERE ").push(IN_FORCE).push(")) IS TRUE");
        }
    }
    if filter.outdated {
        sql.push(" AND (SELECT d.realm FROM account_digests d WHERE d.account_id = s.account_id) <> (SELECT sip_domain FROM settings)");
    }
}

/// Adds all whose phones are registered, as a table to choose from.
pub fn those_online(sql: &mut QueryBuilder<Postgres>) {
    sql.push("(SELECT s.* FROM (SELECT DISTINCT r.username FROM sip.registrations r WHERE ").push(IN_FORCE);
    sql.push(" OFFSET 0) r JOIN account_search s ON s.username = r.username OFFSET 0)");
}

/// Adds all whose passwords are of another SIP domain, as a table to choose from.
pub fn those_outdated(sql: &mut QueryBuilder<Postgres>) {
    sql.push("(SELECT s.* FROM (SELECT d.account_id FROM account_digests d WHERE d.realm <> (SELECT sip_domain FROM settings) OFFSET 0) d");
    sql.push(" JOIN account_search s ON s.account_id = d.account_id OFFSET 0)");
}

/// Whether there are few registrations.
pub async fn are_few(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM sip.registrations r WHERE ");
    sql.push(IN_FORCE).push(" LIMIT ").push_bind(FEW + 1).push(") counted");
    Ok(sql.build_query_scalar::<i64>().fetch_one(connection).await? <= FEW)
}

/// How many of the filter's group, or of all groups, are online, up to one more than are counted.
pub async fn total_online(connection: &mut PgConnection, filter: &AccountFilter) -> Result<i64, sqlx::Error> {
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM ");
    those_online(&mut sql);
    sql.push(" s WHERE true");
    restrict_group(&mut sql, filter, "s");
    sql.push(" LIMIT ").push_bind(COUNT_LIMIT + 1).push(") counted");
    sql.build_query_scalar().fetch_one(connection).await
}
