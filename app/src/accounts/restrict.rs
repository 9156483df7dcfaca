//! The WHERE of an [`AccountFilter`]. Columns and operators stand here; what people typed is only ever bound.

use sqlx::{Postgres, QueryBuilder};

use crate::domain::account_filter::AccountFilter;
use crate::domain::needle::{Form, Needle};

/// Adds ` AND …` for every condition of the filter. The query has the accounts under the name `a`, and their search
/// text in the column `search` of `texts` (`a` or `s`, see [`source`]).
pub fn restrict(sql: &mut QueryBuilder<Postgres>, filter: &AccountFilter, texts: &'static str) {
    restrict_group(sql, filter);
    if let Some(kind) = filter.account_type {
        sql.push(" AND a.account_type = ").push_bind(kind.as_str());
    }
    if let Some(model) = filter.security {
        sql.push(" AND a.security_model = ").push_bind(model.as_str());
    }
    if let Some(enabled) = filter.enabled {
        sql.push(" AND a.enabled = ").push_bind(enabled);
    }
    if !filter.statuses.is_empty() {
        sql.push(" AND a.status_order = ANY(")
            .push_bind(filter.statuses.iter().map(|status| status.rank()).collect::<Vec<i16>>())
            .push(")");
    }
    for word in Needle::parse(&filter.needle).words() {
        let mut before = " AND (";
        for form in &word.forms {
            sql.push(before);
            contains(sql, form, texts);
            before = " OR ";
        }
        sql.push(")");
    }
}

/// Only the condition of the group.
pub fn restrict_group(sql: &mut QueryBuilder<Postgres>, filter: &AccountFilter) {
    if let Some(group) = filter.group {
        sql.push(" AND a.group_id = ").push_bind(group);
    }
}

/// Where the accounts of a filter are looked for: with words, where the index of the words is. The second is the name
/// for [`restrict`].
pub const fn source(filter: &AccountFilter) -> (&'static str, &'static str) {
    if filter.needle.is_empty() { ("accounts a", "a") } else { ("account_search s JOIN accounts a ON a.id = s.account_id", "s") }
}

fn contains(sql: &mut QueryBuilder<Postgres>, form: &Form, texts: &'static str) {
    let blank = if form.at_start { " " } else { "" };
    sql.push(texts).push(".search LIKE ").push_bind(format!("%{blank}{}%", escape_like(&form.text)));
    let signs: Vec<String> = form.text.chars().filter(|c| !c.is_alphanumeric()).map(String::from).collect();
    // Three letters in a row are in the index of trigrams; signs have an index of their own.
    if texts == "s" && !signs.is_empty() {
        sql.push(" AND regexp_split_to_array(regexp_replace(s.search, '[[:alnum:][:space:]]+', '', 'g'), '') @> ").push_bind(signs);
    }
}

/// `%`, `_` and `\` of a needle are letters like any other.
fn escape_like(word: &str) -> String {
    word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
