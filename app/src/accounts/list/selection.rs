//! Which accounts are selected: rows picked one by one, or all that match.

use std::collections::BTreeMap;

use leptos::prelude::*;
use uuid::Uuid;

use super::state::ListState;
use crate::accounts::view::ExactCount;
use crate::domain::account_filter::AccountFilter;
use crate::domain::bulk::Selection;

#[derive(Clone, Copy)]
pub struct Selected {
    state: ListState,
    /// The rows that were picked, by name: they stay picked when they are out of sight.
    picked: RwSignal<BTreeMap<Uuid, String>>,
    /// All that match this filter, and how many they were.
    all: RwSignal<Option<(AccountFilter, ExactCount)>>,
    /// The row that was picked last: a range begins there.
    last: StoredValue<Option<Uuid>>,
}

impl Selected {
    pub fn new(state: ListState) -> Self {
        let all = RwSignal::new(None::<(AccountFilter, ExactCount)>);
        // Another filter matches others than those that were meant.
        Effect::new(move |_| {
            let filter = state.wanted.with(|wanted| wanted.filter.clone());
            if all.with_untracked(|all| all.as_ref().is_some_and(|(meant, _)| *meant != filter)) {
                all.set(None);
            }
        });
        Self { state, picked: RwSignal::default(), all, last: StoredValue::new(None) }
    }

    pub fn has(self, id: Uuid) -> bool {
        self.all.with(Option::is_some) || self.picked.with(|picked| picked.contains_key(&id))
    }

    /// How many accounts are selected.
    pub fn count(self) -> i64 {
        self.all.with(|all| all.as_ref().map(|(_, counted)| counted.count)).unwrap_or_else(|| {
            let picked = self.picked.with(BTreeMap::len);
            i64::try_from(picked).unwrap_or(i64::MAX)
        })
    }

    /// The filter, when all that match it are selected.
    pub fn filter(self) -> Option<AccountFilter> {
        self.all.with(|all| all.as_ref().map(|(filter, _)| filter.clone()))
    }

    /// The one that is picked, if it is one.
    pub fn only(self) -> Option<Uuid> {
        let picked = self.picked.with(|picked| (picked.len() == 1).then(|| picked.keys().next().copied()).flatten());
        picked.filter(|_| self.all.with(Option::is_none))
    }

    /// The names of picked rows.
    pub fn names(self) -> Vec<String> {
        self.picked.with(|picked| picked.values().cloned().collect())
    }

    /// Whether every row on the screen is selected.
    pub fn has_all_shown(self) -> bool {
        self.state.shown.with(|rows| !rows.is_empty() && rows.iter().all(|row| self.has(row.id)))
    }

    /// Picks or drops every row on the screen.
    pub fn set_all_shown(self, pick: bool) {
        self.all.set(None);
        self.state.shown.with_untracked(|rows| {
            self.picked.update(|picked| {
                for row in rows {
                    if pick {
                        picked.insert(row.id, row.title().to_owned());
                    } else {
                        picked.remove(&row.id);
                    }
                }
            });
        });
    }

    /// Selects all that match the filter, which were counted.
    pub fn set_all_matching(self, filter: AccountFilter, counted: ExactCount) {
        self.all.set(Some((filter, counted)));
    }

    pub fn clear(self) {
        self.all.set(None);
        self.picked.update(BTreeMap::clear);
        self.last.set_value(None);
    }

    /// As the server is told.
    pub fn to_selection(self) -> Selection {
        match self.all.get_untracked() {
            Some((filter, counted)) => Selection::Matching { filter, at: counted.at },
            None => Selection::Rows(self.picked.with_untracked(|picked| picked.keys().copied().collect())),
        }
    }
}

/// By hand: only in the browser.
#[cfg(feature = "hydrate")]
impl Selected {
    /// Picks a row, or drops it.
    pub fn toggle(self, id: Uuid) {
        let pick = !self.has(id);
        self.set_rows(&[id], pick);
    }

    /// Does to every row from the last one that was picked to this one what is to be done to this one.
    pub fn toggle_to(self, id: Uuid) {
        let pick = !self.has(id);
        let range = self.state.shown.with_untracked(|rows| {
            let at = |wanted: Uuid| rows.iter().position(|row| row.id == wanted);
            let here = at(id)?;
            let there = self.last.get_value().and_then(at).unwrap_or(here);
            Some(rows[here.min(there)..=here.max(there)].iter().map(|row| row.id).collect::<Vec<_>>())
        });
        self.set_rows(&range.unwrap_or_default(), pick);
        self.last.set_value(Some(id));
    }

    fn set_rows(self, ids: &[Uuid], pick: bool) {
        // Dropping one of all leaves those that can be seen.
        if self.all.with_untracked(Option::is_some) {
            self.set_all_shown(true);
        }
        self.state.shown.with_untracked(|rows| {
            self.picked.update(|picked| {
                for row in rows.iter().filter(|row| ids.contains(&row.id)) {
                    if pick {
                        picked.insert(row.id, row.title().to_owned());
                    } else {
                        picked.remove(&row.id);
                    }
                }
            });
        });
        self.last.set_value(ids.last().copied());
    }
}
