//! Which accounts are selected: rows picked one by one, or all that match.

use std::collections::BTreeMap;
use std::sync::Arc;

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
    picked: RwSignal<Arc<BTreeMap<Uuid, String>>>,
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
            let filter = state.wanted.get().filter;
            if all.get_untracked().is_some_and(|(meant, _)| meant != filter) {
                all.set(None);
            }
        });
        Self { state, picked: RwSignal::default(), all, last: StoredValue::new(None) }
    }

    pub fn has(self, id: Uuid) -> bool {
        self.all.get().is_some() || self.picked.get().contains_key(&id)
    }

    /// How many accounts are selected.
    pub fn count(self) -> i64 {
        let picked = || i64::try_from(self.picked.get().len()).unwrap_or(i64::MAX);
        self.all.get().map_or_else(picked, |(_, counted)| counted.count)
    }

    /// The filter, when all that match it are selected.
    pub fn filter(self) -> Option<AccountFilter> {
        self.all.get().map(|(filter, _)| filter)
    }

    /// The one that is picked, if it is one.
    pub fn only(self) -> Option<Uuid> {
        let picked = self.picked.get();
        picked.keys().next().copied().filter(|_| picked.len() == 1 && self.all.get().is_none())
    }

    /// The names of picked rows.
    pub fn names(self) -> Vec<String> {
        self.picked.get().values().cloned().collect()
    }

    /// Whether every row on the screen is selected.
    pub fn has_all_shown(self) -> bool {
        let rows = self.state.shown.get();
        !rows.is_empty() && rows.iter().all(|row| self.has(row.id))
    }

    /// Picks or drops every row on the screen.
    pub fn set_all_shown(self, pick: bool) {
        self.all.set(None);
        self.set_those(pick, |_| true);
    }

    /// Selects all that match the filter, which were counted.
    pub fn set_all_matching(self, filter: AccountFilter, counted: ExactCount) {
        self.all.set(Some((filter, counted)));
    }

    pub fn clear(self) {
        self.all.set(None);
        self.picked.set(Arc::default());
        self.last.set_value(None);
    }

    /// As the server is told.
    pub fn to_selection(self) -> Selection {
        match self.all.get_untracked() {
            Some((filter, counted)) => Selection::Matching { filter, at: counted.at },
            None => Selection::Rows(self.picked.get_untracked().keys().copied().collect()),
        }
    }

    fn set_those(self, pick: bool, meant: impl Fn(Uuid) -> bool) {
        let mut picked = self.picked.get_untracked();
        let changed = Arc::make_mut(&mut picked);
        for row in self.state.shown.get_untracked().iter().filter(|row| meant(row.id)) {
            if pick {
                changed.insert(row.id, row.full_name());
            } else {
                changed.remove(&row.id);
            }
        }
        self.picked.set(picked);
    }
}

/// By hand: only in the browser.
#[cfg(feature = "hydrate")]
impl Selected {
    /// Follows every change of the selection.
    pub fn track(self) {
        self.all.track();
        self.picked.track();
    }

    /// Picks a row, or drops it.
    pub fn toggle(self, id: Uuid) {
        self.set_rows(&[id], !self.has(id));
        self.last.set_value(Some(id));
    }

    /// Does to every row from the last one that was picked to this one what is to be done to this one.
    pub fn toggle_to(self, id: Uuid) {
        let rows = self.state.shown.get_untracked();
        let at = |wanted: Uuid| rows.iter().position(|row| row.id == wanted);
        let Some(here) = at(id) else { return };
        let there = self.last.get_value().and_then(at).unwrap_or(here);
        let range: Vec<Uuid> = rows[here.min(there)..=here.max(there)].iter().map(|row| row.id).collect();
        self.set_rows(&range, !self.has(id));
        self.last.set_value(Some(id));
    }

    fn set_rows(self, ids: &[Uuid], pick: bool) {
        // Dropping one of all leaves those that can be seen.
        if self.all.get_untracked().is_some() {
            self.set_all_shown(true);
        }
        self.set_those(pick, |id| ids.contains(&id));
    }
}
