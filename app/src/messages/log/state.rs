//! What the page holds, and how it comes by it: an answer for each question, older messages on demand, and each message as it is
//! now.

use leptos::prelude::*;
use leptos::task::spawn_local;
use uuid::Uuid;

use crate::domain::condition::Condition;
use crate::domain::message_query::MessageQuery;
use crate::domain::needle::Needle;
use crate::domain::timeline::TimePlace;
use crate::error::AppError;
use crate::live::view::Changes;
use crate::messages::api::{list_messages, messages_now};
use crate::messages::view::{LoggedMessage, MessageList};
use crate::ui::conditions::Told;

/// Messages that the page holds at most; older ones come on a page of their own.
const HELD: usize = 500;
/// New messages that are counted; the rest is told as more.
const NEWS: usize = 99;

/// A message on the page. What changes, changes in its place.
#[derive(Clone)]
pub struct Line {
    pub id: Uuid,
    pub now: ArcRwSignal<LoggedMessage>,
}

impl Line {
    fn new(message: LoggedMessage) -> Self {
        Self { id: message.message.id, now: ArcRwSignal::new(message) }
    }

    fn put(&self, message: LoggedMessage) {
        if self.now.with_untracked(|now| *now != message) {
            self.now.set(message);
        }
    }
}

/// What the server has answered.
#[derive(Clone)]
pub struct Held {
    /// The question that it answers.
    pub query: MessageQuery,
    pub lines: Vec<Line>,
    pub older: Option<TimePlace>,
    pub is_development: bool,
}

impl Held {
    fn new(query: MessageQuery, list: MessageList) -> Self {
        let lines = list.messages.into_iter().map(Line::new).collect();
        Self { query, lines, older: list.older, is_development: list.is_development }
    }

    /// Another answer. Messages that are on the page already change in their place.
    fn followed_by(&self, query: MessageQuery, list: MessageList) -> Self {
        let mut next = Self::new(query, list);
        for line in &mut next.lines {
            if let Some(known) = self.line(line.id) {
                known.put(line.now.get_untracked());
                *line = known.clone();
            }
        }
        next
    }

    fn line(&self, id: Uuid) -> Option<&Line> {
        self.lines.iter().find(|line| line.id == id)
    }
}

#[derive(Clone, Copy)]
pub struct LogState {
    /// What one asks for, from the moment of the key press on.
    pub wanted: RwSignal<MessageQuery>,
    pub held: RwSignal<Held>,
    /// The words of the filter box.
    pub needle: Memo<Needle>,
    /// Whether an answer to another question than the one on the screen is on its way.
    pub waiting: Memo<bool>,
    pub problem: RwSignal<Option<AppError>>,
    /// Whether older messages are on their way.
    pub extending: RwSignal<bool>,
    /// Messages that came after the answer and fit its filter.
    pub news: RwSignal<Vec<Uuid>>,
    /// Counts the questions: an answer to an older one is dropped.
    question: StoredValue<u64>,
}

impl LogState {
    /// The page that begins with an answer of the server.
    pub fn new(query: MessageQuery, list: MessageList) -> Self {
        let held = RwSignal::new(Held::new(query.clone(), list));
        let wanted = RwSignal::new(query);
        Self {
            wanted,
            held,
            needle: Memo::new(move |_| wanted.with(|wanted| Needle::parse(&wanted.filter.needle))),
            waiting: Memo::new(move |_| held.with(|held| wanted.with(|wanted| held.query != *wanted))),
            problem: RwSignal::new(None),
            extending: RwSignal::new(false),
            news: RwSignal::new(Vec::new()),
            question: StoredValue::new(0),
        }
    }

    /// The messages on the screen: those held, narrowed at once while the answer is on its way.
    pub fn shown(self) -> Vec<Line> {
        let narrowing = self.waiting.get();
        let takes = |line: &&Line| {
            !narrowing
                || self
                    .needle
                    .with(|needle| self.wanted.with(|wanted| line.now.with_untracked(|now| wanted.filter.takes(needle, now.filtered()))))
        };
        self.held.with(|held| held.lines.iter().filter(takes).cloned().collect())
    }

    /// The conditions of what is wanted.
    pub fn conditions(self) -> Vec<Told> {
        let told = |Condition { verb, object, without }| Told { verb, object, without: MessageQuery::of(without).to_address() };
        self.wanted.with(|wanted| wanted.filter.conditions()).into_iter().map(told).collect()
    }

    /// Where older messages are, on a page of their own.
    pub fn older(self) -> Option<String> {
        self.held.with(|held| held.older.map(|place| held.query.older_than(place).to_address()))
    }

    /// Asks for other messages. What is held stays on the screen until the answer comes.
    pub fn ask(self, query: MessageQuery) {
        self.wanted.set(query.clone());
        let question = self.next_question();
        spawn_local(async move {
            let answer = list_messages(query.clone()).await;
            if !self.is_newest(question) {
                return;
            }
            match answer {
                Ok(list) => {
                    self.problem.set(None);
                    self.news.set(Vec::new());
                    self.held.set(self.held.get_untracked().followed_by(query, list));
                }
                Err(error) => self.problem.set(Some(error)),
            }
        });
    }

    /// Asks once more for what is wanted: after a failure, or for what is new.
    pub fn ask_again(self) {
        self.ask(self.wanted.get_untracked());
    }

    /// Fetches older messages to those that are held; false when there are too many on the page for that.
    pub fn extend(self) -> bool {
        let Some(query) = self.held.with_untracked(|held| {
            let older = held.older.filter(|_| held.lines.len() < HELD)?;
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
            let answer = list_messages(query).await;
            if self.extending.try_set(false).is_some() || !self.is_newest(question) {
                return;
            }
            match answer {
                Ok(list) => {
                    self.problem.set(None);
                    self.held.update(|held| {
                        held.older = list.older;
                        held.lines.extend(list.messages.into_iter().map(Line::new));
                    });
                }
                Err(error) => self.problem.set(Some(error)),
            }
        });
        true
    }

    /// Whether no answer is on its way that may be older than a change.
    pub fn is_at_rest(self) -> bool {
        self.waiting.try_get_untracked() == Some(false) && self.extending.try_get_untracked() == Some(false)
    }

    /// Fetches the messages that have changed. Those on the page change in their place; of new ones their number is told.
    pub async fn look_again(self, changes: Changes) {
        let Some(held) = self.held.try_get_untracked() else { return };
        let question = self.question.get_value();
        let (ids, newest) = match changes.messages.named() {
            Some(ids) => (ids.to_vec(), None),
            // What else there may be is among the newest.
            None => (held.lines.iter().map(|line| line.id).collect(), Some(held.query.filter.clone())),
        };
        // Who misses an answer is told to look at everything as soon as there are answers again.
        let Ok(found) = messages_now(ids, newest).await else { return };
        if !self.is_newest(question) {
            return;
        }
        for message in found {
            match held.line(message.message.id) {
                Some(line) => line.put(message),
                None => self.hear_of(&held, &message),
            }
        }
    }

    /// A message that is not on the page: is it new, and one of those that are wanted?
    fn hear_of(self, held: &Held, message: &LoggedMessage) {
        let newest = held.lines.first().map(|line| line.now.with_untracked(|now| now.message.queued_at));
        let is_new = held.query.before.is_none() && newest.is_none_or(|newest| message.message.queued_at >= newest);
        let is_wanted = self.needle.with_untracked(|needle| held.query.filter.takes(needle, message.filtered()));
        let is_known = self.news.with_untracked(|news| news.contains(&message.message.id) || news.len() > NEWS);
        if is_new && is_wanted && !is_known {
            self.news.update(|news| news.push(message.message.id));
        }
    }

    /// "3 new messages", when there are any.
    pub fn told_news(self) -> Option<String> {
        self.news.with(|news| match news.len() {
            0 => None,
            1 => Some("1 new message".to_owned()),
            many if many > NEWS => Some(format!("More than {NEWS} new messages")),
            many => Some(format!("{many} new messages")),
        })
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
