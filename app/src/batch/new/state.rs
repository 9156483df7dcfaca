//! What the page holds of a file: the file as it was chosen, its rows with what is told about them, which of them are shown, and how
//! far the work has come.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use uuid::Uuid;

use crate::domain::batch::{BatchColumn, BatchFile, Choices, Counts, Delimiter, Encoding, Findings, Header};

/// How far the page has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// No file yet, or one that cannot be used: why.
    Choosing(Option<String>),
    /// The file is read.
    Reading,
    /// Its rows are on the page.
    Checking,
    /// Its rows are on their way to the server.
    Sending,
}

/// What was found out about a file as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    pub name: String,
    pub bytes: usize,
    /// None: the file could not be read.
    pub read: Option<Recognised>,
}

/// How a file was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    pub encoding: Encoding,
    pub delimiter: Delimiter,
    pub header: Header,
}

/// Which rows are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    All,
    Ready,
    WithProblems,
}

/// Whether the numbers of the file were compared with those of all accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compared {
    Waiting,
    Done,
    /// Why not.
    Failed(String),
}

/// The page.
#[derive(Clone, Copy)]
pub struct BatchState {
    pub stage: RwSignal<Stage>,
    pub facts: RwSignal<Option<Facts>>,
    /// What the operator has chosen for this file.
    pub choices: RwSignal<Choices>,
    /// The rows; there is a file while [`Stage::Checking`] and [`Stage::Sending`].
    pub file: StoredValue<Option<BatchFile>>,
    pub counts: RwSignal<Counts>,
    pub compared: RwSignal<Compared>,
    pub shown: RwSignal<Shown>,
    /// The rows that are shown, in their order. A row that was repaired stays where it is until one chooses anew.
    pub rows: RwSignal<Arc<Vec<usize>>>,
    /// The row that is being repaired.
    pub edited: RwSignal<Option<usize>>,
    /// A row that is to be brought into sight.
    pub sought: RwSignal<Option<usize>>,
    /// How often each row was judged anew since the file was read: what is drawn of it is drawn again.
    pub versions: RwSignal<HashMap<usize, u32>>,
    /// What stands in the way of creating, told above the rows.
    pub problem: RwSignal<Option<String>>,
    /// Whether something was repaired that would be lost.
    pub is_repaired: RwSignal<bool>,
    pub group: RwSignal<String>,
    pub profile: RwSignal<String>,
    /// Whether bad rows are left out.
    pub good_rows_only: RwSignal<bool>,
    /// Of the batch that these rows become: sent twice it is one batch.
    pub id: StoredValue<Uuid>,
    /// Counts the files: what belongs to an older one is dropped.
    generation: StoredValue<u64>,
}

impl BatchState {
    pub fn new(group: String, profile: String) -> Self {
        Self {
            stage: RwSignal::new(Stage::Choosing(None)),
            facts: RwSignal::new(None),
            choices: RwSignal::new(Choices::default()),
            file: StoredValue::new(None),
            counts: RwSignal::new(Counts::default()),
            compared: RwSignal::new(Compared::Waiting),
            shown: RwSignal::new(Shown::All),
            rows: RwSignal::new(Arc::default()),
            edited: RwSignal::new(None),
            sought: RwSignal::new(None),
            versions: RwSignal::new(HashMap::new()),
            problem: RwSignal::new(None),
            is_repaired: RwSignal::new(false),
            group: RwSignal::new(group),
            profile: RwSignal::new(profile),
            good_rows_only: RwSignal::new(false),
            id: StoredValue::new(Uuid::nil()),
            generation: StoredValue::new(0),
        }
    }

    /// Another file, or the same one read in another way: what was going on for the one before is over.
    pub fn next_generation(self) -> u64 {
        self.generation.update_value(|generation| *generation += 1);
        self.generation.get_value()
    }

    /// Also false when the page is gone.
    pub fn is_current(self, generation: u64) -> bool {
        self.generation.try_get_value() == Some(generation)
    }

    /// Which file the page holds now.
    pub fn generation(self) -> u64 {
        self.generation.get_value()
    }

    /// Asks about the file, if there is one.
    pub fn of_file<T>(self, ask: impl FnOnce(&BatchFile) -> T) -> Option<T> {
        self.file.try_with_value(|file| file.as_ref().map(ask)).flatten()
    }

    /// Whether the columns are settled.
    pub fn is_settled(self) -> bool {
        self.facts.with(|facts| facts.as_ref().and_then(|facts| facts.read.as_ref()).is_some_and(|read| read.header.problems.is_empty()))
    }

    /// Takes over a file that was read and checked; its rows are shown with [`Stage::Checking`].
    pub fn show(self, file: BatchFile) {
        let read = Recognised { encoding: file.encoding, delimiter: file.delimiter, header: file.header.clone() };
        self.facts.update(|facts| {
            if let Some(facts) = facts {
                facts.read = Some(read);
            }
        });
        self.counts.set(file.sheet.counts());
        self.file.set_value(Some(file));
        self.versions.set(HashMap::new());
        self.is_repaired.set(false);
        self.edited.set(None);
        self.sought.set(None);
        self.problem.set(None);
        self.good_rows_only.set(false);
        self.choose_rows(Shown::All);
    }

    /// Shows other rows, as they are judged now.
    pub fn choose_rows(self, shown: Shown) {
        let rows = self.of_file(|file| {
            let sheet = &file.sheet;
            let is_shown = |row: &usize| match shown {
                Shown::All => true,
                Shown::Ready => !sheet.has_problem(*row),
                Shown::WithProblems => sheet.has_problem(*row),
            };
            (0..sheet.len()).filter(is_shown).collect::<Vec<_>>()
        });
        self.edited.set(None);
        self.shown.set(shown);
        self.rows.set(Arc::new(rows.unwrap_or_default()));
    }

    /// Puts a text into a cell, and judges its row and those that have or had its number.
    pub fn repair(self, row: usize, column: BatchColumn, text: &str) {
        self.is_repaired.set(true);
        self.change(|file| file.sheet.repair(row, column, text));
    }

    /// Drops the cells of a row that no column is named for.
    pub fn cut(self, row: usize) {
        self.is_repaired.set(true);
        self.change(|file| file.sheet.cut(row));
    }

    /// Changes the file; the rows that it concerns are drawn again.
    pub fn change(self, change: impl FnOnce(&mut BatchFile) -> Vec<usize>) {
        let changed = self.file.try_update_value(|file| file.as_mut().map(|file| (change(file), file.sheet.counts()))).flatten();
        let Some((rows, counts)) = changed else { return };
        self.counts.set(counts);
        self.versions.update(|versions| {
            for row in rows {
                *versions.entry(row).or_default() += 1;
            }
        });
        self.problem.set(None);
    }

    /// Everything that is told about a row.
    pub fn findings(self, row: usize) -> Findings {
        self.of_file(|file| file.sheet.findings(row)).unwrap_or_default()
    }

    /// Goes to the next row with a problem behind the one that is being repaired, or to the first.
    pub fn seek_problem(self) {
        let from = self.edited.get_untracked().map_or(0, |row| row + 1);
        let found = self.of_file(|file| {
            let bad = |row: &usize| file.sheet.has_problem(*row);
            self.rows.with_untracked(|rows| {
                let behind = rows.partition_point(|row| *row < from);
                let (before, after) = rows.split_at(behind);
                after.iter().find(|row| bad(row)).or_else(|| before.iter().find(|row| bad(row))).copied()
            })
        });
        if let Some(row) = found.flatten() {
            self.sought.set(Some(row));
            self.edited.set(Some(row));
        }
    }
}
