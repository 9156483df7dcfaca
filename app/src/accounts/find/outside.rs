//! Conditions that no table of accounts can tell: whether a phone is registered, and for which SIP domain a password was made.

use sqlx::{PgConnection, Postgres, QueryBuilder};

use crate::accounts::restrict::{IN_FORCE, restrict_groups};
use crate::accounts::view::COUNT_LIMIT;
use crate::domain::account_filter::AccountFilter;
use crate::domain::scope::Scope;

/// Of which accounts it is asked whether their registration is in force. That there is one, says the flag `registered`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Of each that is looked at.
    Each,
    /// Of those that would be on the page, of which some more are taken: a registration that is over is soon gone.
    Page,
}

impl Asked {
    /// How many rows are taken for a page of `wanted`.
    pub const fn taken(self, wanted: usize) -> usize {
        match self {
            Self::Each => wanted,
            Self::Page => wanted + 16,
        }
    }
}

/// Adds these conditions on the search texts `s`.
pub fn restrict_outside(sql: &mut QueryBuilder<Postgres>, filter: &AccountFilter, asked: Asked) {
    if filter.online {
        sql.push(" AND s.registered");
        if asked == Asked::Each {
            restrict_in_force(sql, "s.username");
        }
    }
    if filter.outdated {
        sql.push(" AND (SELECT d.realm FROM account_digests d WHERE d.account_id = s.account_id) <> (SELECT sip_domain FROM settings)");
    }
}

/// Adds that the registration of this username is in force.
pub fn restrict_in_force(sql: &mut QueryBuilder<Postgres>, username: &'static str) {
    // The registrations' index is in the order of the database, and that of the search texts is not.
    sql.push(" AND (SELECT true FROM sip.registrations r WHERE r.username = ").push(username).push(" COLLATE \"default\" AND ");
    sql.push(IN_FORCE).push(" LIMIT 1)");
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
    restrict_outside(&mut sql, &AccountFilter { online: true, ..AccountFilter::default() }, Asked::Each);
    sql.push(" LIMIT ").push_bind(COUNT_LIMIT + 1).push(") counted");
    sql.build_query_scalar().fetch_one(connection).await
}
