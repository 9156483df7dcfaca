//! The first row: which column of the file is which of ours.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::column::{BatchColumn, Named, plain};
use crate::domain::characters::shown;
use crate::domain::export::unharmed;
use crate::domain::phone_number::PhoneNumber;

/// The column that Ringkey adds to the rows it gives back; it is passed over when they return.
pub const REASON: &str = "reason";

/// For each column of a file what it holds, if anything that an account takes. No two hold the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Option<BatchColumn>>")]
pub struct Mapping(Vec<Option<BatchColumn>>);

/// The first row of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The names of the columns, without blanks around them.
    pub names: Vec<String>,
    /// What the operator confirmed, else what the names say or may say.
    pub mapping: Mapping,
    /// What has to be settled before anything is created.
    pub problems: Vec<HeaderProblem>,
}

/// What a name in the first row leaves open, until somebody confirms a mapping; the user's message.
/// Columns count from 1 on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HeaderProblem {
    /// None of the columns holds it.
    #[error("The column {} ({}) is missing. {}", .0.as_str(), .0.label(), without(*.0))]
    Missing(BatchColumn),
    /// A name that says nothing.
    #[error("Column {at}, “{}”, is not one that accounts have. Say what it holds, or leave it out.", shown(name, 40))]
    Unknown {
        /// Which.
        at: usize,
        /// Its name.
        name: String,
    },
    /// A column between others that has no name.
    #[error("Column {at} has no name. Say what it holds, or leave it out.")]
    Unnamed {
        /// Which.
        at: usize,
    },
    /// A name that people use for one of ours.
    #[error("Column {at}, “{}”, is taken for {} ({}). Confirm it, or say what else it holds.", shown(name, 40), column.as_str(), column.label())]
    Perhaps {
        /// Which.
        at: usize,
        /// Its name.
        name: String,
        /// What it may hold.
        column: BatchColumn,
    },
    /// Two names for one of ours.
    #[error("Column {at}, “{}”, would be {} ({}) again, as column {first} is. Say which of them holds it.", shown(name, 40), column.as_str(), column.label())]
    Duplicate {
        /// Which.
        at: usize,
        /// Its name.
        name: String,
        /// The one before it.
        first: usize,
        /// What both would hold.
        column: BatchColumn,
    },
}

impl Mapping {
    /// What a column of the file holds, counted from 0 on.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<BatchColumn> {
        self.0.get(at).copied().flatten()
    }

    /// Says what a column of the file holds, and takes it from any other.
    pub fn set(&mut self, at: usize, column: Option<BatchColumn>) {
        if column.is_some() {
            self.0.iter_mut().filter(|held| **held == column).for_each(|held| *held = None);
        }
        if self.0.len() <= at {
            self.0.resize(at + 1, None);
        }
        if let Some(held) = self.0.get_mut(at) {
            *held = column;
        }
    }

    /// Which column of the file holds one of ours, counted from 0 on.
    #[must_use]
    pub fn place(&self, column: BatchColumn) -> Option<usize> {
        self.0.iter().position(|held| *held == Some(column))
    }
}

impl From<Vec<Option<BatchColumn>>> for Mapping {
    fn from(columns: Vec<Option<BatchColumn>>) -> Self {
        let mut mapping = Self(vec![None; columns.len()]);
        columns.into_iter().enumerate().filter(|(_, column)| column.is_some()).for_each(|(at, column)| mapping.set(at, column));
        mapping
    }
}

impl Header {
    /// Reads the first row. Names of the manual hold as they are; everything else is a problem until
    /// the operator has confirmed a mapping, after which only a number is asked for.
    #[must_use]
    pub fn read<'a>(cells: impl Iterator<Item = &'a str>, confirmed: Option<&Mapping>) -> Self {
        let mut names: Vec<String> = cells.map(|cell| plain(cell).to_owned()).collect();
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        match confirmed {
            Some(mapping) => Self::confirmed(names, mapping),
            None => Self::proposed(names),
        }
    }

    /// Whether the row is the manual's example as it is printed: all of it on one line.
    #[must_use]
    pub fn is_one_line(&self) -> bool {
        let first_other = self.names.iter().position(|name| !matches!(BatchColumn::named(name), Some(Named::Exactly(_))));
        let Some((at, name)) = first_other.and_then(|at| Some((at, self.names.get(at)?))) else { return false };
        let begins =
            name.split_once(char::is_whitespace).is_some_and(|(word, _)| matches!(BatchColumn::named(word), Some(Named::Exactly(_))));
        at >= 2 && begins
    }

    /// Whether the row is one of data: it names nothing, and has an international number.
    #[must_use]
    pub fn is_data(&self) -> bool {
        let is_number = |name: &String| PhoneNumber::parse(unharmed(name)).is_ok_and(|number| number.is_international());
        !self.names.iter().any(|name| BatchColumn::named(name).is_some()) && self.names.iter().any(is_number)
    }

    fn confirmed(names: Vec<String>, confirmed: &Mapping) -> Self {
        let mapping = Mapping::from((0..names.len()).map(|at| confirmed.get(at)).collect::<Vec<_>>());
        let problems = BatchColumn::ALL
            .into_iter()
            .filter(|column| column.is_required() && mapping.place(*column).is_none())
            .map(HeaderProblem::Missing)
            .collect();
        Self { names, mapping, problems }
    }

    fn proposed(names: Vec<String>) -> Self {
        let mut mapping = Mapping(vec![None; names.len()]);
        let mut problems = Vec::new();
        let named: Vec<Option<Named>> = names.iter().map(|name| BatchColumn::named(name)).collect();
        // What is certain takes its place before what is not.
        for certain in [true, false] {
            for (at, (name, named)) in names.iter().zip(&named).enumerate() {
                let column = match named {
                    Some(Named::Exactly(column)) if certain => *column,
                    Some(Named::Perhaps(column)) if !certain => *column,
                    _ => continue,
                };
                let (number, name) = (at + 1, name.clone());
                match mapping.place(column) {
                    Some(first) => problems.push((at, HeaderProblem::Duplicate { at: number, name, first: first + 1, column })),
                    None => {
                        mapping.set(at, Some(column));
                        if !certain {
                            problems.push((at, HeaderProblem::Perhaps { at: number, name, column }));
                        }
                    }
                }
            }
        }
        for (at, (name, _)) in names.iter().zip(&named).enumerate().filter(|(_, (_, named))| named.is_none()) {
            if name.is_empty() {
                problems.push((at, HeaderProblem::Unnamed { at: at + 1 }));
            } else if !name.eq_ignore_ascii_case(REASON) {
                problems.push((at, HeaderProblem::Unknown { at: at + 1, name: name.clone() }));
            }
        }
        problems.sort_by_key(|(at, _)| *at);
        let missing = BatchColumn::ALL.into_iter().filter(|column| mapping.place(*column).is_none()).map(HeaderProblem::Missing);
        let problems = problems.into_iter().map(|(_, problem)| problem).chain(missing).collect();
        Self { names, mapping, problems }
    }
}

/// What to do about a missing column.
const fn without(column: BatchColumn) -> &'static str {
    if column.is_required() { "Say which column holds it." } else { "Say which column holds it, or confirm that there is none." }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(row: &str) -> Header {
        Header::read(row.split(','), None)
    }

    fn sentences(row: &str) -> Vec<String> {
        header(row).problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn columns_in_any_order_and_case() {
        let header = header(" EMAIL,securitymodel,Description\u{a0},gsmnumber,FULLNAME,,");
        assert_eq!(header.problems, []);
        let places = BatchColumn::ALL.map(|column| header.mapping.place(column));
        assert_eq!(places, [Some(4), Some(3), Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn a_missing_column_is_named() {
        assert_eq!(
            sentences("fullName,email,securityModel"),
            [
                "The column gsmNumber (Virtual Phone Number) is missing. Say which column holds it.",
                "The column description (Description) is missing. Say which column holds it, or confirm that there is none.",
            ]
        );
    }

    #[test]
    fn an_unknown_an_unnamed_and_another_name_are_told_in_the_order_of_the_file() {
        assert_eq!(
            sentences("mobile,foo,,fullName,email,securityModel,description"),
            [
                "Column 1, “mobile”, is taken for gsmNumber (Virtual Phone Number). Confirm it, or say what else it holds.",
                "Column 2, “foo”, is not one that accounts have. Say what it holds, or leave it out.",
                "Column 3 has no name. Say what it holds, or leave it out.",
            ]
        );
    }

    #[test]
    fn two_names_for_one_column_are_told() {
        let twice = header("fullName,gsmNumber,email,securityModel,description,gsmnumber");
        assert_eq!(
            twice.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["Column 6, “gsmnumber”, would be gsmNumber (Virtual Phone Number) again, as column 2 is. Say which of them holds it."]
        );
        let both = header("phone,fullName,email,securityModel,description,gsmNumber");
        assert_eq!(both.mapping.place(BatchColumn::GsmNumber), Some(5), "the manual's name comes first");
        assert!(matches!(both.problems[..], [HeaderProblem::Duplicate { at: 1, first: 6, .. }]));
    }

    #[test]
    fn a_mapping_that_is_confirmed_settles_it() {
        let mut mapping = header("nome,cell,foo").mapping;
        let confirmed = |mapping: &Mapping| Header::read("nome,cell,foo".split(','), Some(mapping));
        assert_eq!(confirmed(&mapping).problems, []);
        mapping.set(2, Some(BatchColumn::GsmNumber));
        assert_eq!((mapping.get(1), mapping.get(2)), (None, Some(BatchColumn::GsmNumber)));
        mapping.set(2, None);
        assert_eq!(confirmed(&mapping).problems, [HeaderProblem::Missing(BatchColumn::GsmNumber)]);
        mapping.set(7, Some(BatchColumn::GsmNumber));
        assert_eq!(confirmed(&mapping).mapping.place(BatchColumn::GsmNumber), None, "the file has no eighth column");
    }

    #[test]
    fn the_column_that_was_added_with_the_reasons_is_passed_over() {
        assert_eq!(header("fullName,gsmNumber,email,securityModel,description,reason").problems, []);
    }

    #[test]
    fn the_manuals_example_on_one_line_is_recognised() {
        let printed = "fullName,gsmNumber,email,securityModel,description Alessandro Bergamaschi,+391234567890,a.b@example.com,end-to-site";
        assert!(header(printed).is_one_line());
        for row in ["fullName,gsmNumber,email,securityModel,description", "fullName,email,the number", "a b,c d,e f", "", "fullName x"] {
            assert!(!header(row).is_one_line(), "{row}");
        }
    }

    #[test]
    fn a_row_of_data_in_the_first_place_is_recognised() {
        assert!(header("Luca Ferri,+393201184467,luca@example.com").is_data());
        assert!(header("Luca Ferri,'+393201184467").is_data());
        for row in ["fullName,+393201184467", "foo,111", "foo,bar", ""] {
            assert!(!header(row).is_data(), "{row}");
        }
    }

    #[test]
    fn a_mapping_travels_and_never_holds_a_column_twice() {
        let mapping = header("nome,cell,foo").mapping;
        let json = serde_json::to_string(&mapping).unwrap();
        assert_eq!(json, r#"["fullName","gsmNumber",null]"#);
        assert_eq!(serde_json::from_str::<Mapping>(&json).unwrap(), mapping);
        let forged: Mapping = serde_json::from_str(r#"["email","email"]"#).unwrap();
        assert_eq!((forged.get(0), forged.get(1)), (None, Some(BatchColumn::Email)));
    }

    proptest! {
        #[test]
        fn every_name_is_settled_or_told(names in proptest::collection::vec("(fullName|gsmNumber|nome|phone|mail|note|foo|reason|)", 0..8)) {
            let header = Header::read(names.iter().map(String::as_str), None);
            let told = header.problems.iter().filter(|problem| !matches!(problem, HeaderProblem::Missing(_))).count();
            let settled = (0..header.names.len())
                .filter(|at| matches!(BatchColumn::named(&header.names[*at]), Some(Named::Exactly(_))) && header.mapping.get(*at).is_some() || header.names[*at] == REASON)
                .count();
            prop_assert_eq!(told + settled, header.names.len());
        }
    }
}
