//! Which way of finding is the cheapest for a choice of accounts: a sample tells how often its conditions hold.

use sqlx::{PgConnection, QueryBuilder, Row};

use super::order::Order;
use super::outside::{is_outside, restrict_in_force, restrict_outdated};
use crate::accounts::restrict::{restrict_facets, restrict_groups, restrict_words};
use crate::accounts::view::COUNT_LIMIT;
use crate::domain::account_filter::AccountFilter;
use crate::domain::scope::Scope;

/// Per cent of the order's table that are sampled: 130 pages of some 30 rows each, and of those online fewer, since what they help to avoid
/// is not as dear. Of a small table all, and then nothing is guessed.
fn share(order: &Order<'_>) -> String {
    let (pages, table) = (if order.is_of_those_online() { 90 } else { 130 }, order.table());
    format!("least(100, 100 * {pages} * current_setting('block_size')::float8 / greatest(1, pg_relation_size('{table}')))")
}

/// Of about so many rows, of each page some, the pages are told apart, and it is asked whether they are online.
const ROWS_ASKED: i64 = 200;

/// What one row costs on each way, in microseconds, as measured at a million accounts: see `explained.md`.
mod cost {
    /// The next row of an order that the search texts have an index of.
    pub const STEP: f64 = 1.5;
    /// The next row of an order that the accounts have an index of.
    pub const STEP_OF_ACCOUNTS: f64 = 2.5;
    /// A row that has the words.
    pub const WORDS: f64 = 0.7;
    /// A row of a group, or of some.
    pub const GROUP: f64 = 1.2;
    /// A row with the facets, whose search text has to be looked up.
    pub const FACETS: f64 = 2.5;
    /// The same when the index alone says all.
    pub const FACETS_ALONE: f64 = 0.3;
    /// The next row of those online, as they lie.
    pub const ONLINE: f64 = 0.4;
    /// An account that is looked up for its digests.
    pub const ASKED: f64 = 2.0;
    /// A password that is looked at.
    pub const PASSWORD: f64 = 0.2;
}

/// From so many microseconds on it pays to start a second process of Postgres.
const MUCH: f64 = 20_000.0;

/// How to find a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// At most so many rows in their order, each looked at, until a page is full.
    Walk(i64),
    /// All that are wanted, sorted.
    Collect,
}

/// Where all that are wanted are collected from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Words,
    Group,
    Facets,
    /// The table of those online.
    Online,
    /// The registrations: never guessed, since they are few then.
    Registered,
    /// The passwords.
    Outdated,
    /// One batch: never guessed, since nothing else is looked at.
    Batch,
    /// The index of facets, which has the order's column, too.
    FacetsAlone,
}

/// How many accounts there are of each kind, as a sample tells: of all, or of those online.
#[derive(Clone, Copy, Debug)]
pub struct Estimate {
    all: f64,
    words: f64,
    group: f64,
    facets: f64,
    /// In the stretch of the order that is walked.
    stretch: f64,
    /// That are wanted, as far as their search texts tell.
    candidates: f64,
    /// That are wanted.
    matching: f64,
    /// Whether more match than are counted, as good as certainly.
    pub is_many: bool,
}

impl Estimate {
    pub async fn of(connection: &mut PgConnection, filter: &AccountFilter, groups: &Scope, order: &Order<'_>) -> Result<Self, sqlx::Error> {
        let share = share(order);
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(&share).push(" AS share, n.all_rows, n.words, n.in_group, n.facets, n.stretch, n.candidates, n.matching, t.asked, ");
        sql.push("t.told, t.pages FROM (SELECT count(*) AS all_rows, count(*) FILTER (WHERE words) AS words, ");
        sql.push("count(*) FILTER (WHERE in_group) AS in_group, count(*) FILTER (WHERE facets AND in_group) AS facets, ");
        sql.push("count(*) FILTER (WHERE stretch) AS stretch, count(*) FILTER (WHERE words AND in_group AND facets) AS candidates, ");
        sql.push("count(*) FILTER (WHERE matching) AS matching, array_agg(at) FILTER (WHERE matching) AS places, ");
        sql.push("array_agg(username) FILTER (WHERE matching) AS names FROM (SELECT *, (words AND in_group AND facets");
        if filter.outdated {
            restrict_outdated(&mut sql);
        }
        sql.push(") AS matching FROM (SELECT s.ctid AS at, s.username, s.account_id, (true");
        restrict_words(&mut sql, &filter.needle);
        sql.push(") AS words, (true");
        restrict_groups(&mut sql, groups, "s");
        sql.push(") AS in_group, (true");
        restrict_facets(&mut sql, filter, "s");
        sql.push(") AS facets, (true");
        order.stretch(&mut sql, filter, groups, "s");
        sql.push(") AS stretch FROM ").push(order.table()).push(" s TABLESAMPLE SYSTEM (").push(&share);
        // Each condition is looked at once.
        sql.push(") REPEATABLE (0) OFFSET 0) s OFFSET 0) s) n CROSS JOIN LATERAL (");
        // A page's number is the first half of a row's place.
        sql.push("SELECT count(*) AS asked, count(*) FILTER (WHERE is_in_force) AS told, ");
        sql.push("count(DISTINCT (s.at::text::point)[0]) FILTER (WHERE is_in_force) AS pages FROM (SELECT s.at, (true");
        if filter.online {
            restrict_in_force(&mut sql);
        }
        sql.push(") AS is_in_force FROM unnest(n.places, n.names) WITH ORDINALITY s (at, username, place) WHERE s.place % greatest(1, n.matching / ");
        sql.push_bind(ROWS_ASKED).push(") = 0 OFFSET 0) s) t");
        let row = sql.build().fetch_one(connection).await?;
        let share = row.try_get::<f64, _>("share")? / 100.0;
        #[expect(clippy::cast_precision_loss, reason = "rows of a sample are few")]
        let rows = |column| row.try_get::<i64, _>(column).map(|rows| rows as f64);
        let all = |column| rows(column).map(|rows| rows / share);
        Ok(Self {
            all: all("all_rows")?,
            words: all("words")?,
            group: all("in_group")?,
            facets: all("facets")?,
            stretch: all("stretch")?,
            candidates: all("candidates")?,
            matching: all("matching")? * rows("told")? / rows("asked")?.max(1.0),
            is_many: is_many(rows("pages")?, share),
        })
    }

    /// The way that costs least for a page of `wanted` rows, and where to collect from should a walk come to nothing.
    pub fn cheapest(&self, filter: &AccountFilter, groups: &Scope, order: &Order<'_>, wanted: usize) -> (Source, Way) {
        let (source, collected) = self.cheapest_source(filter, groups, order);
        #[expect(clippy::cast_precision_loss, reason = "rows of a page are few")]
        let steps = wanted as f64 * self.stretch / self.matching;
        let step = if order.is_of_table() { cost::STEP } else { cost::STEP_OF_ACCOUNTS };
        let asked = if filter.outdated { cost::ASKED * (self.candidates / self.stretch.max(1.0)).min(1.0) } else { 0.0 };
        let step = step + asked;
        // Half as many steps more, in case that the sample errs; what they cost is lost when matches come late in the order, and shall not be
        // more than collecting them. Without a match in the sample the steps are infinitely many.
        let patience = steps * 1.5 + 200.0;
        if self.matching > 0.0 && patience * step < collected {
            let patience = patience.max(collected / step / 4.0);
            #[expect(clippy::cast_possible_truncation, reason = "a fraction of a step is none, and the number of accounts fits")]
            return (source, Way::Walk(patience as i64));
        }
        (source, Way::Collect)
    }

    /// Whether so many have the words that it pays to start somebody who helps to look at them.
    pub fn is_much(&self) -> bool {
        self.words * cost::WORDS > MUCH
    }

    /// Where to collect from, and what that costs in microseconds.
    fn cheapest_source(&self, filter: &AccountFilter, groups: &Scope, order: &Order<'_>) -> (Source, f64) {
        // Whoever is a candidate may have to be asked.
        let asked = if filter.outdated { self.candidates * cost::ASKED } else { 0.0 };
        let facets = if filter.needle.is_empty() && !is_outside(filter) && order.is_facet() {
            (Source::FacetsAlone, self.facets * cost::FACETS_ALONE)
        } else {
            (Source::Facets, self.facets * cost::FACETS + asked)
        };
        let of_facets = AccountFilter { group: None, needle: String::new(), online: false, outdated: false, ..filter.clone() };
        let online = filter.online.then_some((Source::Online, self.all * cost::ONLINE + asked));
        let has_facets = !filter.online && of_facets != AccountFilter::default();
        let words = (!filter.needle.is_empty()).then_some((Source::Words, self.words * cost::WORDS + asked));
        let group = (!groups.is_all()).then_some((Source::Group, self.group * cost::GROUP + asked));
        let passwords = self.stretch * cost::PASSWORD + self.matching * cost::FACETS;
        let outdated = filter.outdated.then_some((Source::Outdated, passwords));
        let usable = online.into_iter().chain(words).chain(group).chain(outdated).chain(has_facets.then_some(facets));
        usable.min_by(|(_, one), (_, other)| one.total_cmp(other)).unwrap_or(facets)
    }
}

/// Whether more accounts match than are counted, when matches were found on so many pages of a sample of this share. Were they
/// no more than the limit, then they would lie on at most as many pages, and of these about `expected` were in the sample: that
/// it is more than this is less likely than one in 10^11 (Poisson).
fn is_many(pages: f64, share: f64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "the limit is small")]
    let expected = COUNT_LIMIT as f64 * share;
    pages > expected + 8.0 * expected.sqrt() + 5.0
}
