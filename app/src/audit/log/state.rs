//! What the page holds, and how it comes by it: an answer for each question, and older entries on demand. Entries never change.

use leptos::prelude::*;
use leptos::task::spawn_local;
use uuid::Uuid;

use crate::audit::api::list_audit;
use crate::audit::view::{AuditEntry, AuditList};
use crate::domain::audit_query::AuditQuery;
use crate::domain::condition::Condition;
use crate::domain::needle::Needle;
use crate::domain::timeline::TimePlace;
use crate::error::AppError;
use crate::ui::conditions::Told;

/// Entries that the page holds at most; older ones come on a page of their own.
const HELD: usize = 500;

/// What the server has answered.
#[derive(Clone)]
pub struct Held {
    /// The question that it answers.
    pub query: AuditQuery,
    pub entries: Vec<AuditEntry>,
    pub older: Option<TimePlace>,
    /// How many there are in all, as far as they were counted.
    pub matching: Option<i64>,
    pub operators: Vec<(Uuid, String)>,
}

impl Held {
    fn new(query: AuditQuery, list: AuditList) -> Self {
        let AuditList { entries, older, matching, operators } = list;
        Self { query, entries, older, matching, operators }
    }
}

#[derive(Clone, Copy)]
pub struct AuditState {
    /// What one asks for, from the moment of the key press on.
    pub wanted: RwSignal<AuditQuery>,
    pub held: RwSignal<Held>,
    /// The words of the filter box.
    pub needle: Memo<Needle>,
    /// Whether an answer to another question than the one on the screen is on its way.
    pub waiting: Memo<bool>,
    pub problem: RwSignal<Option<AppError>>,
    /// Whether older entries are on their way.
    pub extending: RwSignal<bool>,
    /// Counts the questions: an answer to an older one is dropped.
    question: StoredValue<u64>,
}

impl AuditState {
    /// The page that begins with an answer of the server.
    pub fn new(query: AuditQuery, list: AuditList) -> Self {
        let held = RwSignal::new(Held::new(query.clone(), list));
        let wanted = RwSignal::new(query);
        Self {
            wanted,
            held,
            needle: Memo::new(move |_| wanted.with(|wanted| Needle::parse(&wanted.filter.needle))),
            waiting: Memo::new(move |_| held.with(|held| wanted.with(|wanted| held.query != *wanted))),
            problem: RwSignal::new(None),
            extending: RwSignal::new(false),
            question: StoredValue::new(0),
        }
    }

    /// The entries on the screen: those held, narrowed at once while the answer is on its way.
    pub fn shown(self) -> Vec<AuditEntry> {
        let narrowing = self.waiting.get();
        let takes = |entry: &&AuditEntry| {
            !narrowing || self.needle.with(|needle| self.wanted.with(|wanted| wanted.filter.takes(needle, entry.filtered())))
        };
        self.held.with(|held| held.entries.iter().filter(takes).cloned().collect())
    }

    /// The conditions of what is wanted.
    pub fn conditions(self) -> Vec<Told> {
        let told = |Condition { verb, object, without }| Told { verb, object, without: AuditQuery::of(without).to_address() };
        let conditions = self.held.with(|held| {
            let named = |id| held.operators.iter().find(|(known, _)| *known == id).map(|(_, name)| name.clone());
            self.wanted.with(|wanted| wanted.filter.conditions(named))
        });
        conditions.into_iter().map(told).collect()
    }

    /// Where older entries are, on a page of their own.
    pub fn older(self) -> Option<String> {
        self.held.with(|held| held.older.map(|place| held.query.older_than(place).to_address()))
    }

    /// Asks for other entries. What is held stays on the screen until the answer comes.
    pub fn ask(self, query: AuditQuery) {
        self.wanted.set(query.clone());
        let question = self.next_question();
        spawn_local(async move {
            let answer = list_audit(query.clone()).await;
            if !self.is_newest(question) {
                return;
            }
            match answer {
                Ok(list) => {
                    self.problem.set(None);
                    self.held.set(Held::new(query, list));
                }
                Err(error) => self.problem.set(Some(error)),
            }
        });
    }

    /// Asks once more for what is wanted: after a failure, or for what is new.
    pub fn ask_again(self) {
        self.ask(self.wanted.get_untracked());
    }

    /// Fetches older entries to those that are held; false when there are too many on the page for that.
    pub fn extend(self) -> bool {
        let Some(query) = self.held.with_untracked(|held| {
            let older = held.older.filter(|_| held.entries.len() < HELD)?;
            Some(held.query.older_than(older))
        }) else {
            return false;
        };
        if self.extending.get_untracked() || self.waiting.get_untracked() {
            return true;
        }
        self.extending.set(true);
        let question = self.question.get_value();
        spawn_local(async move {
            let answer = list_audit(query).await;
            if self.extending.try_set(false).is_some() || !self.is_newest(question) {
                return;
            }
            match answer {
                Ok(list) => {
                    self.problem.set(None);
                    self.held.update(|held| {
                        held.older = list.older;
                        held.entries.extend(list.entries);
                    });
                }
                Err(error) => self.problem.set(Some(error)),
            }
        });
        true
    }

    fn next_question(self) -> u64 {
        self.question.update_value(|question| *question += 1);
        self.question.get_value()
    }

    /// Also false when the page is gone.
    fn is_newest(self, question: u64) -> bool {
        self.question.try_get_value() == Some(question)
    }
}
