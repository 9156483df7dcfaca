//! The WHERE of an [`AccountFilter`]. Columns and operators stand here; what people typed is only ever bound.

use sqlx::{Postgres, QueryBuilder};

use crate::domain::account_filter::AccountFilter;
use crate::domain::needle::{Form, Needle};

/// Adds ` AND …` for every condition of the filter. The query has the accounts under the name `a`, and their search
/// text in the column `search` of `texts` (`a` or `s`, see [`source`]).
pub fn restrict(sql: &mut QueryBuilder<Postgres>, filter: &AccountFilter, texts: &'static str) {
    restrict_facets(sql, filter);
    restrict_words(sql, filter, texts);
}

/// Only the conditions of the group and the facets.
pub fn restrict_facets(sql: &mut QueryBuilder<Postgres>, filter: &AccountFilter) {
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
}

/// Only the conditions of the words.
pub fn restrict_words(sql: &mut QueryBuilder<Postgres>, filter: &AccountFilter, texts: &'static str) {
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
    // Signs have an index of their own. Where there are letters, the one of trigrams is better.
    if texts == "s" && !form.at_start && !has_trigram(&form.text) {
        let signs: Vec<String> = form.text.chars().filter(|c| !c.is_alphanumeric()).map(String::from).collect();
        sql.push(" AND regexp_split_to_array(regexp_replace(s.search, '[[:alnum:][:space:]]+', '', 'g'), '') @> ").push_bind(signs);
    }
}

/// Whether pg_trgm finds a trigram in a text that may stand anywhere: in three letters or digits in a row, in one behind a
/// sign, which begins a word, or in two before a sign, which end one.
fn has_trigram(text: &str) -> bool {
    let runs: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
    let first = runs[0].chars().count();
    first > 2 || (first == 2 && runs.len() > 1) || runs[1..].iter().any(|run| !run.is_empty())
}

/// `%`, `_` and `\` of a needle are letters like any other.
fn escape_like(word: &str) -> String {
    word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_looked_up_where_trigrams_are_none() {
        for text in ["abc", "+39", "ab@", "a.b", "100%"] {
            assert!(has_trigram(text), "{text}");
        }
        for text in ["%", "--", "a@", "ab", ""] {
            assert!(!has_trigram(text), "{text}");
        }
    }

    #[test]
    fn wildcards_are_letters() {
        assert_eq!(escape_like("10%_\\"), "10\\%\\_\\\\");
    }
}
