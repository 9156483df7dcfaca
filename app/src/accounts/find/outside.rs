//! Conditions that no table of search texts can tell: whether a phone is registered, and for which SIP domain a password was made. To ask
//! for either costs more than all else, so it is asked last, of no more accounts than are wanted.

use sqlx::{PgConnection, Postgres, QueryBuilder};

use crate::accounts::restrict::IN_FORCE;
use crate::accounts::view::COUNT_LIMIT;
use crate::domain::account_filter::AccountFilter;

/// Whether the filter has such a condition.
pub const fn is_outside(filter: &AccountFilter) -> bool {
    filter.online || filter.outdated
}

/// Adds these conditions on `s`, of which the columns `account_id` and `username` are asked.
pub fn restrict_outside(sql: &mut QueryBuilder<Postgres>, filter: &AccountFilter) {
    if filter.online {
        restrict_in_force(sql);
    }
    if filter.outdated {
        restrict_outdated(sql);
    }
}

/// Only that a registration is in force.
pub fn restrict_in_force(sql: &mut QueryBuilder<Postgres>) {
    // The registrations' index is in the order of the database, and that of the search texts is not.
    sql.push(" AND (SELECT true FROM sip.registrations r WHERE r.username = s.username COLLATE \"default\" AND ");
    sql.push(IN_FORCE).push(" LIMIT 1)");
}

/// Only that the password is of another SIP domain.
pub fn restrict_outdated(sql: &mut QueryBuilder<Postgres>) {
    sql.push(" AND (SELECT d.realm FROM account_digests d WHERE d.account_id = s.account_id) <> (SELECT sip_domain FROM settings)");
}

/// Adds all whose phones are registered, as a table to choose from: as those online, of whom many may have gone.
pub fn those_registered(sql: &mut QueryBuilder<Postgres>) {
    sql.push("(SELECT s.* FROM (SELECT DISTINCT r.username FROM sip.registrations r WHERE ").push(IN_FORCE);
    sql.push(" OFFSET 0) r JOIN account_online s ON s.username = r.username OFFSET 0)");
}

/// Whether there are no more registrations than are counted: then nobody else has to be asked.
pub async fn are_few(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM sip.registrations r WHERE ");
    sql.push(IN_FORCE).push(" LIMIT ").push_bind(COUNT_LIMIT + 1).push(") counted");
    Ok(sql.build_query_scalar::<i64>().fetch_one(connection).await? <= COUNT_LIMIT)
}

/// Adds the ids of all whose passwords are of another SIP domain, as a table to choose from.
pub fn those_outdated(sql: &mut QueryBuilder<Postgres>) {
    sql.push("(SELECT d.account_id FROM account_digests d WHERE d.realm <> (SELECT sip_domain FROM settings) OFFSET 0)");
}
