//! The order of a list as it is read: turned round when the page before a row is wanted.

use sqlx::{Postgres, QueryBuilder};

use super::from_micros;
use crate::accounts::restrict::{restrict_facets, restrict_groups};
use crate::domain::account_filter::AccountFilter;
use crate::domain::account_query::{AccountQuery, AccountSort, Cursor, Place, SortKey};
use crate::domain::scope::Scope;

pub struct Order<'a> {
    sort: AccountSort,
    /// Of those online alone.
    online: bool,
    descending: bool,
    cursor: Option<&'a Cursor>,
    /// Whether the row of the cursor itself belongs to the page.
    inclusive: bool,
}

impl<'a> Order<'a> {
    pub fn of(query: &'a AccountQuery) -> Self {
        let cursor = match &query.place {
            Place::Start => None,
            Place::At(cursor) | Place::After(cursor) | Place::Before(cursor) => Some(cursor),
        };
        let (backwards, inclusive) = (matches!(query.place, Place::Before(_)), matches!(query.place, Place::At(_)));
        let cursor = cursor.filter(|cursor| cursor.key.fits(query.sort));
        Self { sort: query.sort, online: query.filter.online, descending: query.descending != backwards, cursor, inclusive }
    }

    /// The table that all is chosen and sorted in: of those online one that has none but those who may be.
    pub const fn table(&self) -> &'static str {
        if self.online { "account_online" } else { "account_search" }
    }

    /// Whether the table is that of those online.
    pub const fn is_of_those_online(&self) -> bool {
        self.online
    }

    /// The column, which the table has for each order.
    pub const fn column(&self) -> &'static str {
        match self.sort {
            AccountSort::Owner => "owner_order",
            AccountSort::Username => "username",
            AccountSort::Number => "number_digits",
            AccountSort::Type => "account_type",
            AccountSort::Security => "security_model",
            AccountSort::Enabled => "enabled",
            AccountSort::Status => "status_order",
            AccountSort::StatusDate => "last_status_at",
        }
    }

    /// Whether the table has an index of this order. Of all accounts the others change too often: the accounts have those.
    pub const fn is_of_table(&self) -> bool {
        self.online || !matches!(self.sort, AccountSort::Enabled | AccountSort::Status | AccountSort::StatusDate)
    }

    /// Whether this is a column of the index of facets.
    pub const fn is_facet(&self) -> bool {
        matches!(self.sort, AccountSort::Type | AccountSort::Security | AccountSort::Enabled | AccountSort::Status)
    }

    /// No two rows are equal in the column: it needs no id to tell them apart.
    const fn is_unique(&self) -> bool {
        matches!(self.sort, AccountSort::Username | AccountSort::Number)
    }

    /// Adds ` ORDER BY …`; `column` and `id` as they are called in the query.
    pub fn sort(&self, sql: &mut QueryBuilder<Postgres>, column: &str, id: &str) {
        let direction = if self.descending { " DESC" } else { "" };
        sql.push(" ORDER BY ").push(column).push(direction);
        if !self.is_unique() {
            sql.push(", ").push(id).push(direction);
        }
    }

    /// Adds the condition of the place.
    pub fn start(&self, sql: &mut QueryBuilder<Postgres>, column: &str, id: &str) {
        let Some(cursor) = self.cursor else { return };
        let comparison = match (self.descending, self.inclusive) {
            (false, false) => " > ",
            (false, true) => " >= ",
            (true, false) => " < ",
            (true, true) => " <= ",
        };
        let row = !self.is_unique();
        sql.push(if row { " AND (" } else { " AND " }).push(column);
        if row {
            sql.push(", ").push(id).push(")");
        }
        sql.push(comparison).push(if row { "(" } else { "" });
        match &cursor.key {
            SortKey::Text(text) => sql.push_bind(text.clone()),
            SortKey::Flag(flag) => sql.push_bind(*flag),
            SortKey::Rank(rank) => sql.push_bind(*rank),
            SortKey::Time(micros) => sql.push_bind(from_micros(*micros)),
        };
        if row {
            sql.push(", ").push_bind(cursor.id).push(")");
        }
    }

    /// Adds those conditions that only shorten a stretch of the order's own index. That of one group is one; those of several are
    /// apart from each other.
    pub fn stretch(&self, sql: &mut QueryBuilder<Postgres>, filter: &AccountFilter, groups: &Scope, table: &'static str) {
        let none = AccountFilter::default();
        match self.sort {
            AccountSort::StatusDate if groups.only().is_some() => restrict_groups(sql, groups, table),
            AccountSort::Type => restrict_facets(sql, &AccountFilter { account_type: filter.account_type, ..none }, table),
            AccountSort::Security => restrict_facets(sql, &AccountFilter { security: filter.security, ..none }, table),
            AccountSort::Enabled => restrict_facets(sql, &AccountFilter { enabled: filter.enabled, ..none }, table),
            AccountSort::Status => {
                if let (Some(first), Some(last)) = (filter.statuses.first(), filter.statuses.last()) {
                    sql.push(" AND ").push(table).push(".status_order BETWEEN ").push_bind(first.rank());
                    sql.push(" AND ").push_bind(last.rank());
                }
            }
            AccountSort::StatusDate | AccountSort::Owner | AccountSort::Username | AccountSort::Number => {}
        }
    }
}
