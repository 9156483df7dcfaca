//! What the list holds, and how it comes by it: an answer for each question, rows before and behind as one scrolls, and
//! nothing of an answer that came too late.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use uuid::Uuid;

use crate::accounts::api::{accounts_of, list_accounts};
use crate::accounts::view::{AccountList, AccountRow, Counts};
use crate::domain::account_filter::AccountFilter;
use crate::domain::account_query::{AccountQuery, AccountScreen, Cursor, PageSize, Place};
use crate::domain::condition::Condition;
use crate::domain::needle::Needle;
use crate::error::AppError;
use crate::live::view::Changes;
use crate::ui::conditions::Told;

/// Rows that the page holds at most: those far from what is seen are let go, and fetched again on the way back.
const ROWS_HELD: usize = 300;

/// Of the rows of a new answer so many are drawn at once on a desk, and so many cards on a phone: as many as most windows show.
/// The rest follows in steps of as many, so that what is in sight does not wait for what is not.
const ROWS_AT_ONCE: usize = 20;
const CARDS_AT_ONCE: usize = 8;
/// In windows narrower than this many pixels rows are cards.
const NARROW: f64 = 700.0;

/// Rows that were asked for together.
#[derive(Clone, Debug)]
struct Page {
    rows: Vec<Arc<AccountRow>>,
    first: Cursor,
    last: Cursor,
}

/// The stretch of the list that is on the page.
#[derive(Clone, Debug)]
pub struct Held {
    /// The question that it answers.
    pub query: AccountQuery,
    pages: VecDeque<Page>,
    pub more_before: bool,
    pub more_after: bool,
    pub size: PageSize,
    pub counts: Counts,
    pub group: Option<String>,
}

impl Held {
    fn new(query: AccountQuery, list: AccountList) -> Self {
        let (more_before, more_after) = match query.place {
            Place::Start => (false, list.more),
            Place::At(_) | Place::After(_) => (true, list.more),
            Place::Before(_) => (list.more, true),
        };
        let (size, counts, group) = (list.size, list.counts.unwrap_or_default(), list.group.clone());
        Self { query, pages: page(list).into_iter().collect(), more_before, more_after, size, counts, group }
    }

    pub fn rows(&self) -> impl Iterator<Item = &Arc<AccountRow>> {
        self.pages.iter().flat_map(|page| &page.rows)
    }

    /// The place behind the last row, or before the first, if there are more rows.
    pub fn beyond(&self, at_end: bool) -> Option<Place> {
        if at_end {
            self.pages.back().filter(|_| self.more_after).map(|page| Place::After(page.last.clone()))
        } else {
            self.pages.front().filter(|_| self.more_before).map(|page| Place::Before(page.first.clone()))
        }
    }

    /// The place from which on everything that is held could be asked for.
    fn start(&self) -> Place {
        self.pages.front().filter(|_| self.more_before).map_or(Place::Start, |page| Place::At(page.first.clone()))
    }

    /// The place of the page that has this row.
    pub fn place_of(&self, id: Uuid) -> Place {
        match self.pages.iter().enumerate().find(|(_, page)| page.rows.iter().any(|row| row.id == id)) {
            Some((at, page)) if at > 0 || self.more_before => Place::At(page.first.clone()),
            _ => Place::Start,
        }
    }

    /// Puts rows in the place of those that were held of the same accounts; whether one of them is another now.
    fn put(&mut self, rows: Vec<AccountRow>) -> bool {
        let mut rows: HashMap<Uuid, AccountRow> = rows.into_iter().map(|row| (row.id, row)).collect();
        let mut is_changed = false;
        for held in self.pages.iter_mut().flat_map(|page| &mut page.rows) {
            if let Some(row) = rows.remove(&held.id).filter(|row| *row != **held) {
                *held = Arc::new(row);
                is_changed = true;
            }
        }
        is_changed
    }

    fn add(&mut self, list: AccountList, at_end: bool) {
        if at_end {
            self.more_after = list.more;
        } else {
            self.more_before = list.more;
        }
        let Some(added) = page(list) else { return };
        // A row that has moved in the order meanwhile stands where it was seen last.
        for held in &mut self.pages {
            held.rows.retain(|row| added.rows.iter().all(|other| other.id != row.id));
        }
        if at_end {
            self.pages.push_back(added);
        } else {
            self.pages.push_front(added);
        }
        while self.rows().count() > ROWS_HELD && self.pages.len() > 2 {
            if at_end {
                self.pages.pop_front();
                self.more_before = true;
            } else {
                self.pages.pop_back();
                self.more_after = true;
            }
        }
    }
}

fn page(list: AccountList) -> Option<Page> {
    Some(Page { rows: list.rows.into_iter().map(Arc::new).collect(), first: list.first?, last: list.last? })
}

/// The list of one page of the browser.
#[derive(Clone, Copy)]
pub struct ListState {
    /// The screen that it is on, whose address it has.
    pub screen: AccountScreen,
    /// What one asks for, from the moment of the key press on.
    pub wanted: RwSignal<AccountQuery>,
    /// What the server has answered last.
    pub held: RwSignal<Arc<Held>>,
    /// The words of the filter box.
    pub needle: Memo<Needle>,
    /// The rows on the screen: those held, narrowed at once while the answer is on its way.
    pub shown: Memo<Vec<Arc<AccountRow>>>,
    /// Those that are drawn by now.
    pub drawn: Memo<Vec<Arc<AccountRow>>>,
    /// How many may be drawn.
    drawing: RwSignal<usize>,
    /// Whether an answer to another question than the one on the screen is on its way.
    pub waiting: Memo<bool>,
    pub problem: RwSignal<Option<AppError>>,
    /// Whether more rows are on their way.
    pub extending: RwSignal<bool>,
    /// Counts the questions: an answer to an older one is dropped.
    question: StoredValue<u64>,
    /// Answers that are on their way: what changes now may or may not be in them.
    flying: StoredValue<usize>,
}

impl ListState {
    /// The list that begins with an answer of the server.
    pub fn new(screen: AccountScreen, query: AccountQuery, list: AccountList) -> Self {
        let held = RwSignal::new(Arc::new(Held::new(query.clone(), list)));
        let wanted = RwSignal::new(query);
        let waiting = Memo::new(move |_| {
            let (answered, wanted) = (held.get(), wanted.get());
            let order = |query: &AccountQuery| (query.sort, query.descending);
            answered.query.filter != wanted.filter || order(&answered.query) != order(&wanted)
        });
        let needle = Memo::new(move |_| Needle::parse(&wanted.get().filter.needle));
        let shown = Memo::new(move |_| {
            let (held, wanted, narrowing) = (held.get(), wanted.get(), waiting.get());
            let is_shown = |row: &AccountRow| !narrowing || needle.with(|needle| wanted.filter.takes_with(needle, row.filtered()));
            held.rows().filter(|row| is_shown(row)).cloned().collect::<Vec<_>>()
        });
        let drawing = RwSignal::new(usize::MAX);
        let drawn = Memo::new(move |_| shown.with(|shown| shown[..shown.len().min(drawing.get())].to_vec()));
        Self {
            screen,
            wanted,
            held,
            needle,
            shown,
            drawn,
            drawing,
            waiting,
            problem: RwSignal::new(None),
            extending: RwSignal::new(false),
            question: StoredValue::new(0),
            flying: StoredValue::new(0),
        }
    }

    /// The conditions of what is wanted, besides what the screen is about.
    pub fn conditions(self) -> Vec<Told> {
        let wanted = self.wanted.get();
        let told = |condition: Condition<AccountFilter>| Told {
            verb: condition.verb,
            object: condition.object,
            without: wanted.with_filter(condition.without).to_address(self.screen),
        };
        self.narrowing(&wanted.filter).conditions().into_iter().map(told).collect()
    }

    /// A filter without what the screen is about.
    pub fn narrowing(self, filter: &AccountFilter) -> AccountFilter {
        AccountFilter { online: filter.online && self.screen == AccountScreen::All, ..filter.clone() }
    }

    /// Whether more than the group narrows the choice of the screen.
    pub fn is_filtered(self) -> bool {
        let filter = self.wanted.get().filter;
        filter != self.screen.cleared(&filter)
    }

    /// The address of the same order without a filter.
    pub fn cleared(self) -> String {
        let wanted = self.wanted.get();
        wanted.with_filter(self.screen.cleared(&wanted.filter)).to_address(self.screen)
    }

    /// Asks for another list. What is held stays on the screen until the answer comes.
    pub fn ask(self, query: AccountQuery) {
        self.draw_in_steps();
        self.wanted.set(query.clone());
        let question = self.next_question();
        spawn_local(async move {
            let answer = self.fetch(query.clone(), true).await;
            if !self.is_newest(question) {
                return;
            }
            match answer {
                Ok(list) => {
                    self.problem.set(None);
                    self.draw_in_steps();
                    self.held.set(Arc::new(Held::new(query, list)));
                }
                Err(error) => self.problem.set(Some(error)),
            }
        });
    }

    /// Asks for what is wanted once more, after a failure.
    pub fn ask_again(self) {
        self.ask(self.wanted.get_untracked());
    }

    /// Fetches the rows behind those that are held, or before them. `before_change` is called when they are there, just
    /// before the page changes.
    pub fn extend(self, at_end: bool, before_change: impl FnOnce() + 'static) {
        let held = self.held.get_untracked();
        let Some(query) = held.beyond(at_end).map(|place| held.query.at(place)) else { return };
        if self.extending.get_untracked() || self.waiting.get_untracked() {
            return;
        }
        self.extending.set(true);
        let question = self.question.get_value();
        spawn_local(async move {
            let answer = self.fetch(query, false).await;
            if !self.is_newest(question) {
                self.extending.try_set(false);
                return;
            }
            match answer {
                Ok(list) => {
                    before_change();
                    self.problem.set(None);
                    let mut held = self.held.get_untracked();
                    Arc::make_mut(&mut held).add(list, at_end);
                    self.held.set(held);
                }
                Err(error) => self.problem.set(Some(error)),
            }
            self.extending.set(false);
        });
    }

    /// Fetches what is held anew: what others did, or what was just done here.
    pub fn refresh(self) {
        if !self.waiting.get_untracked() {
            spawn_local(self.fetch_anew(|| ()));
        }
    }

    async fn fetch_anew(self, before_change: impl FnOnce()) {
        let question = self.next_question();
        let held = self.held.get_untracked();
        let (query, pages) = (held.query.at(held.start()), held.pages.len());
        let Ok(list) = self.fetch(query.clone(), true).await else { return };
        let mut anew = Held::new(query, list);
        for _ in 1..pages {
            let Some(place) = anew.beyond(true) else { break };
            match self.fetch(anew.query.at(place), false).await {
                Ok(list) => anew.add(list, true),
                Err(_) => return,
            }
        }
        if self.is_newest(question) {
            self.problem.set(None);
            before_change();
            self.held.set(Arc::new(anew));
        }
    }

    /// When the first of the registrations that are shown is over.
    #[cfg(feature = "hydrate")]
    pub fn next_expiry(self) -> Option<i64> {
        self.held.with(|held| held.rows().filter_map(|row| Some(row.online.as_ref()?.until)).min())
    }

    /// Whether nothing that is on its way could undo a look at rows.
    pub fn is_at_rest(self) -> bool {
        self.flying.try_get_value() == Some(0)
    }

    /// Fetches those rows anew that have changed. They stay where they are, whatever they say now; what is gone stays until the
    /// next question. `before_change` is called just before the page changes.
    pub async fn look_again(self, changes: Changes, before_change: impl FnOnce()) {
        let concerned = |id: &Uuid| changes.accounts.has(*id) || changes.registrations.has(*id);
        let Some(ids) = self.held.try_with_untracked(|held| held.rows().map(|row| row.id).filter(concerned).collect::<Vec<_>>()) else {
            return;
        };
        // Who registers may belong into a list of those online, and who is gone does not.
        if !changes.registrations.is_none() && self.wanted.with_untracked(|wanted| wanted.filter.online) {
            return self.fetch_anew(before_change).await;
        }
        if ids.is_empty() {
            return;
        }
        let question = self.question.get_value();
        // Who misses an answer is told to look at everything as soon as there are answers again.
        let Ok(rows) = accounts_of(ids).await else { return };
        if !self.is_newest(question) {
            return;
        }
        let mut held = self.held.get_untracked();
        if Arc::make_mut(&mut held).put(rows) {
            before_change();
            self.held.set(held);
        }
    }

    async fn fetch(self, query: AccountQuery, counts: bool) -> Result<AccountList, AppError> {
        self.flying.update_value(|flying| *flying += 1);
        let answer = list_accounts(query, counts).await;
        // The page may be gone.
        self.flying.try_update_value(|flying| *flying -= 1);
        answer
    }

    /// Whether every row is drawn that is shown.
    pub fn is_drawn(self) -> bool {
        self.drawing.get() == usize::MAX
    }

    /// To be called before the rows change: only the first of them are drawn in the next frame.
    fn draw_in_steps(self) {
        let goes_on = self.drawing.get_untracked() != usize::MAX;
        self.drawing.set(at_once());
        if !goes_on {
            self.draw_more();
        }
    }

    fn draw_more(self) {
        // Once the frame is painted: the next rows are not before it.
        let more = move || {
            let Some(rows) = self.shown.try_with_untracked(Vec::len) else { return };
            let drawn = self.drawing.get_untracked();
            if drawn < rows {
                self.drawing.set(drawn + at_once());
                self.draw_more();
            } else {
                self.drawing.set(usize::MAX);
            }
        };
        request_animation_frame(move || set_timeout(more, Duration::ZERO));
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

fn at_once() -> usize {
    let width = window().inner_width().ok().and_then(|width| width.as_f64());
    if width.is_some_and(|width| width < NARROW) { CARDS_AT_ONCE } else { ROWS_AT_ONCE }
}
