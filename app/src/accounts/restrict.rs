//! The WHERE of an [`AccountFilter`] and of a [`Scope`]. Columns and operators stand here; what people typed is only ever bound.

use sqlx::{Postgres, QueryBuilder};

use crate::domain::account_filter::AccountFilter;
use crate::domain::account_query::AccountSort;
use crate::domain::needle::Needle;
use crate::domain::scope::Scope;

/// The accounts `a`, with their search texts `s` where the filter has words or they are sorted by their owners.
pub fn source(filter: &AccountFilter, sort: Option<AccountSort>) -> &'static str {
    if filter.needle.is_empty() && sort != Some(AccountSort::Owner) {
        "accounts a"
    } else {
        "account_search s JOIN accounts a ON a.id = s.account_id"
    }
}

/// Adds ` AND …` for every condition of the filter, inside of what the reader sees, to a query over [`source`].
pub fn restrict(sql: &mut QueryBuilder<Postgres>, filter: &AccountFilter, scope: &Scope) {
    restrict_batch(sql, filter);
    restrict_groups(sql, &scope.within(filter.group), "a");
    restrict_facets(sql, filter, "a");
    restrict_words(sql, &filter.needle);
    if filter.online {
        sql.push(" AND EXISTS (SELECT FROM sip.registrations r WHERE r.username = a.username COLLATE \"default\" AND ");
        sql.push(IN_FORCE).push(")");
    }
    if filter.outdated {
        sql.push(" AND EXISTS (SELECT FROM account_digests d WHERE d.account_id = a.id AND d.realm <> (SELECT sip_domain FROM settings))");
    }
}

/// That a registration `r` is not over by the clock of the database, which is read once.
pub const IN_FORCE: &str = "r.expires > (SELECT floor(extract(epoch FROM now()))::bigint)";

/// Only the condition of the batch, on the accounts `a`.
pub fn restrict_batch(sql: &mut QueryBuilder<Postgres>, filter: &AccountFilter) {
    if let Some(batch) = filter.batch {
        sql.push(" AND a.batch_id = ").push_bind(batch);
    }
}

/// Only the condition of the groups: nothing for all of them, and for one the condition that a filter by it has. `table` has a column
/// `group_id`; `a` and `s` have those of the facets, too.
pub fn restrict_groups(sql: &mut QueryBuilder<Postgres>, groups: &Scope, table: &'static str) {
    if let Some(only) = groups.only() {
        sql.push(" AND ").push(table).push(".group_id = ").push_bind(only);
    } else if let Some(groups) = groups.groups() {
        sql.push(" AND ").push(table).push(".group_id = ANY(").push_bind(groups.to_vec()).push(")");
    }
}

/// Only the conditions of the facets.
pub fn restrict_facets(sql: &mut QueryBuilder<Postgres>, filter: &AccountFilter, table: &'static str) {
    if let Some(kind) = filter.account_type {
        sql.push(" AND ").push(table).push(".account_type = ").push_bind(kind.as_str());
    }
    if let Some(model) = filter.security {
        sql.push(" AND ").push(table).push(".security_model = ").push_bind(model.as_str());
    }
    if let Some(enabled) = filter.enabled {
        sql.push(" AND ").push(table).push(".enabled = ").push_bind(enabled);
    }
    if !filter.statuses.is_empty() {
        let ranks: Vec<i16> = filter.statuses.iter().map(|status| status.rank()).collect();
        sql.push(" AND ").push(table).push(".status_order = ANY(").push_bind(ranks).push(")");
    }
}

/// Only the conditions of the words of a filter box, on the search texts `s`. There a sign is a letter as any other (`in_letters`, migration
/// 0005): no wildcard of LIKE is left in what people typed.
pub fn restrict_words(sql: &mut QueryBuilder<Postgres>, needle: &str) {
    for word in Needle::parse(needle).words() {
        let mut before = " AND (";
        for form in &word.forms {
            let blank = if form.at_start { " " } else { "" };
            sql.push(before).push("s.search LIKE '%' || in_letters(").push_bind(format!("{blank}{}", form.text)).push(") || '%'");
            before = " OR ";
        }
        sql.push(")");
    }
}
