//! Conditions that no table of accounts can tell: whether a phone is registered, and for which SIP domain a password was made.

use sqlx::{PgConnection, Postgres, QueryBuilder};

use crate::accounts::restrict::{IN_FORCE, restrict_groups};
use crate::accounts::view::COUNT_LIMIT;
use crate::domain::account_filter::AccountFilter;
use crate::domain::scope::Scope;

/// Adds these conditions on the search texts `s`. The flag `registered` keeps from asking for each account whether its registration
/// is in force.
pub fn restrict_outside(sql: &mut QueryBuilder<Postgres>, filter: &AccountFilter) {
    if filter.online {
        // The registrations' index is in the order of the database, and that of the search texts is not.
        sql.push(" AND s.registered AND (SELECT true FROM sip.registrations r WHERE r.username = s.username COLLATE \"default\" AND ");
        sql.push(IN_FORCE).push(" LIMIT 1)");
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

/// Whether there are no more registrations than are counted: then those online are collected from them without further ado.
pub async fn are_few(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM sip.registrations r WHERE ");
    sql.push(IN_FORCE).push(" LIMIT ").push_bind(COUNT_LIMIT + 1).push(") counted");
    Ok(sql.build_query_scalar::<i64>().fetch_one(connection).await? <= COUNT_LIMIT)
}

/// How many of these groups are online, from their registrations, up to one more than are counted.
pub async fn count_registrations(connection: &mut PgConnection, groups: &Scope) -> Result<i64, sqlx::Error> {
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM ");
    those_online(&mut sql);
    sql.push(" s WHERE true");
    restrict_groups(&mut sql, groups, "s");
    sql.push(" LIMIT ").push_bind(COUNT_LIMIT + 1).push(") counted");
    sql.build_query_scalar().fetch_one(connection).await
}

/// The same from the accounts of the groups.
pub async fn count_groups(connection: &mut PgConnection, groups: &Scope) -> Result<i64, sqlx::Error> {
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM account_search s WHERE true");
    restrict_groups(&mut sql, groups, "s");
    restrict_outside(&mut sql, &AccountFilter { online: true, ..AccountFilter::default() });
    sql.push(" LIMIT ").push_bind(COUNT_LIMIT + 1).push(") counted");
    sql.build_query_scalar().fetch_one(connection).await
}
