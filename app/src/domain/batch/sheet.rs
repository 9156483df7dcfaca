//! The rows of a file with what is told about them, while they are checked and repaired.

use std::collections::{BTreeMap, BTreeSet};

use super::column::BatchColumn;
use super::duplicates::{Duplicates, NumberKey, same_number};
use super::header::Mapping;
use super::length;
use super::row::{BatchRow, Findings, Place};
use super::table::Table;
use crate::domain::phone_number::NUMBER_TAKEN;

/// The rows of a file, counted from 0 on without its header. Each is ready or has a problem, so that
/// nothing is lost from the counts.
#[derive(Clone, Debug)]
pub struct Sheet {
    table: Table,
    mapping: Mapping,
    /// How many cells the header has.
    width: usize,
    repaired: BTreeMap<(usize, BatchColumn), String>,
    /// Rows whose cells beyond the header are dropped.
    cut: BTreeSet<usize>,
    /// What was found about the rows up to now.
    rows: Vec<Checked>,
    /// What is told about them, for those of which there is something.
    findings: BTreeMap<usize, Findings>,
    duplicates: Duplicates,
    existing: BTreeSet<NumberKey>,
    with_problems: usize,
}

#[derive(Clone, Copy, Debug)]
struct Checked {
    number: Option<NumberKey>,
    has_problem: bool,
}

/// How many rows there are, and how many of them can become accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub rows: usize,
    pub with_problems: usize,
}

impl Counts {
    /// Rows that can become accounts.
    #[must_use]
    pub const fn ready(self) -> usize {
        self.rows - self.with_problems
    }
}

impl Sheet {
    /// Takes the rows below the first, none of which is checked yet. `width` is how many columns the
    /// header names.
    #[must_use]
    pub fn new(table: Table, mapping: Mapping, width: usize) -> Self {
        let rows = Vec::with_capacity(table.len());
        Self {
            table,
            mapping,
            width,
            repaired: BTreeMap::new(),
            cut: BTreeSet::new(),
            rows,
            findings: BTreeMap::new(),
            duplicates: Duplicates::default(),
            existing: BTreeSet::new(),
            with_problems: 0,
        }
    }

    /// The same rows under another mapping, none of them checked yet. Repairs are forgotten; what is
    /// known of the server's numbers is kept.
    #[must_use]
    pub fn remapped(self, mapping: Mapping) -> Self {
        Self { existing: self.existing, ..Self::new(self.table, mapping, self.width) }
    }

    /// Checks so many more rows; false when all are checked.
    pub fn advance(&mut self, rows: usize) -> bool {
        for _ in 0..rows {
            if self.rows.len() >= self.len() {
                return false;
            }
            self.check_next();
        }
        self.rows.len() < self.len()
    }

    /// How many rows the file has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.table.len().saturating_sub(1)
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The counts of what is checked.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        Counts { rows: self.rows.len(), with_problems: self.with_problems }
    }

    /// The line of the file where a row begins.
    #[must_use]
    pub fn line(&self, row: usize) -> usize {
        self.table.line(row + 1)
    }

    /// A cell as it was repaired, else as it stands in the file.
    #[must_use]
    pub fn cell(&self, row: usize, column: BatchColumn) -> &str {
        // Most files need no repair.
        let repaired = if self.repaired.is_empty() { None } else { self.repaired.get(&(row, column)) };
        match repaired {
            Some(text) => text,
            None => self.mapping.place(column).map_or("", |at| self.table.cell(row + 1, at)),
        }
    }

    /// The account that a row becomes, if it has no problem.
    #[must_use]
    pub fn account(&self, row: usize) -> Option<BatchRow> {
        if self.has_problem(row) {
            return None;
        }
        BatchRow::check(|column| self.cell(row, column)).0
    }

    /// Whether a row is left out as it is; one that is not checked yet is.
    #[must_use]
    pub fn has_problem(&self, row: usize) -> bool {
        self.rows.get(row).is_none_or(|checked| checked.has_problem)
    }

    /// The rows that have a problem, up to where they are checked.
    pub fn problem_rows(&self) -> impl Iterator<Item = usize> {
        self.rows.iter().enumerate().filter(|(_, checked)| checked.has_problem).map(|(row, _)| row)
    }

    /// The rows about which there is a warning, with a problem or without.
    pub fn warned_rows(&self) -> impl Iterator<Item = usize> {
        self.findings.iter().filter(|(_, findings)| !findings.warnings.is_empty()).map(|(row, _)| *row)
    }

    /// Everything that is told about a row: what its cells show, the other rows that have its number,
    /// and the account that has it.
    #[must_use]
    pub fn findings(&self, row: usize) -> Findings {
        let mut findings = self.findings.get(&row).cloned().unwrap_or_default();
        if let Some(number) = self.rows.get(row).and_then(|checked| checked.number) {
            let place = Place::Cell(BatchColumn::GsmNumber);
            let lines: Vec<usize> = self.duplicates.others(number, row).take(3).map(|other| self.line(other)).collect();
            if let Some(sentence) = same_number(&lines) {
                findings.problems.add(place, sentence);
            }
            if self.existing.contains(&number) {
                findings.problems.add(place, NUMBER_TAKEN);
            }
        }
        findings
    }

    /// Every number of the file, once: what to ask the server about.
    pub fn numbers(&self) -> impl Iterator<Item = NumberKey> {
        self.duplicates.numbers()
    }

    /// Takes down that accounts on the server have these numbers; returns the rows that it concerns.
    pub fn mark_existing(&mut self, numbers: impl IntoIterator<Item = NumberKey>) -> Vec<usize> {
        let mut concerned = Vec::new();
        for number in numbers {
            if self.existing.insert(number) {
                concerned.extend(self.duplicates.rows(number));
            }
        }
        concerned.iter().for_each(|row| self.judge(*row));
        concerned
    }

    /// Repairs a cell and looks again at its row, and at the rows that have or had its number: those
    /// are returned, the row itself first.
    pub fn repair(&mut self, row: usize, column: BatchColumn, text: &str) -> Vec<usize> {
        if row >= self.rows.len() {
            return Vec::new();
        }
        self.repaired.insert((row, column), text.to_owned());
        self.recheck(row)
    }

    /// Drops the cells of a row that the header has no names for, which is what its problem was.
    pub fn cut(&mut self, row: usize) -> Vec<usize> {
        if row >= self.rows.len() {
            return Vec::new();
        }
        self.cut.insert(row);
        self.recheck(row)
    }

    fn check_next(&mut self) {
        let row = self.rows.len();
        let number = self.look_at(row);
        self.rows.push(Checked { number, has_problem: false });
        let mut is_taken = false;
        if let Some(number) = number {
            // Of several only the first has not been told about the others yet.
            let first = self.duplicates.rows(number).next();
            self.duplicates.insert(number, row);
            first.into_iter().for_each(|first| self.judge(first));
            is_taken = first.is_some() || self.existing.contains(&number);
        }
        self.judged(row, is_taken);
    }

    fn recheck(&mut self, row: usize) -> Vec<usize> {
        let before = self.rows.get(row).and_then(|checked| checked.number);
        let after = self.look_at(row);
        let mut concerned = vec![row];
        if before != after {
            concerned.extend(before.into_iter().flat_map(|number| self.duplicates.others(number, row)));
            concerned.extend(after.into_iter().flat_map(|number| self.duplicates.others(number, row)));
            before.into_iter().for_each(|number| self.duplicates.remove(number, row));
            after.into_iter().for_each(|number| self.duplicates.insert(number, row));
        }
        if let Some(checked) = self.rows.get_mut(row) {
            checked.number = after;
        }
        concerned.iter().for_each(|row| self.judge(*row));
        concerned
    }

    /// Checks the cells of a row; its number, if it has a good one.
    fn look_at(&mut self, row: usize) -> Option<NumberKey> {
        let (account, mut findings) = BatchRow::check(|column| self.cell(row, column));
        length::check(self.table.cells(row + 1), self.width, self.cut.contains(&row), &mut findings);
        let number = match account {
            Some(account) => Some(NumberKey::of(&account.number)),
            // A row that is wrong elsewhere takes its number all the same.
            None if findings.problems.get(Place::Cell(BatchColumn::GsmNumber)).is_none() => {
                BatchRow::number(self.cell(row, BatchColumn::GsmNumber)).as_ref().map(NumberKey::of)
            }
            None => None,
        };
        if findings.is_empty() {
            self.findings.remove(&row);
        } else {
            self.findings.insert(row, findings);
        }
        number
    }

    /// Decides whether a row has a problem.
    fn judge(&mut self, row: usize) {
        let taken = |number: NumberKey| self.existing.contains(&number) || self.duplicates.others(number, row).next().is_some();
        let is_taken = self.rows.get(row).and_then(|checked| checked.number).is_some_and(taken);
        self.judged(row, is_taken);
    }

    /// Takes down whether a row has a problem, and keeps the count.
    fn judged(&mut self, row: usize, is_taken: bool) {
        let has_problem = is_taken || self.findings.get(&row).is_some_and(|findings| !findings.problems.is_empty());
        let Some(checked) = self.rows.get_mut(row) else { return };
        if has_problem != checked.has_problem {
            self.with_problems = if has_problem { self.with_problems + 1 } else { self.with_problems - 1 };
            checked.has_problem = has_problem;
        }
    }
}

#[cfg(test)]
mod tests;
