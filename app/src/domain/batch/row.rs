//! One row of a batch under the rules of the account form.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::column::BatchColumn;
use crate::domain::account_rules::{DESCRIPTION_MAX, OWNER_MAX, optional};
use crate::domain::account_type::SecurityModel;
use crate::domain::characters::shown;
use crate::domain::country_code::country_code;
use crate::domain::email::EmailAddress;
use crate::domain::export::{batch_word, unharmed};
use crate::domain::field_errors::FieldErrors;
use crate::domain::numerals::grouped;
use crate::domain::phone_number::{PhoneNumber, PhoneNumberError};
use crate::domain::text::{MultiLine, OneLine};
use crate::domain::unknown::UnknownWord;

/// The most bytes of a cell.
pub const CELL_MAX: usize = 4 * 1024;

/// An account of a batch that keeps every rule which can be judged from its row alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRow {
    pub owner: Option<String>,
    pub number: PhoneNumber,
    pub email: Option<EmailAddress>,
    pub security: SecurityModel,
    pub description: Option<String>,
}

/// Where in a row something is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Place {
    /// The row as a whole.
    Row,
    /// One of its cells.
    Cell(BatchColumn),
}

/// What is told about a row: a sentence a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// With one of them it is not created.
    pub problems: FieldErrors<Place>,
    /// What somebody should look at.
    pub warnings: FieldErrors<Place>,
}

/// Why a cell is no phone number; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NumberProblem {
    /// As spreadsheets shorten what they take for a large number.
    #[error("A spreadsheet has shortened this number to {}. The digits that it dropped cannot be brought back: enter the number again, in a column formatted as text.", shown(.0, 24))]
    Shortened(String),
    /// As programs write what they take for a decimal.
    #[error("A program took this number for a decimal and wrote {}. Remove what follows the sign, and see whether every digit before it is right.", shown(.0, 24))]
    Decimal(String),
    /// What the account form says.
    #[error(transparent)]
    Refused(#[from] PhoneNumberError),
}

impl Findings {
    /// Whether nothing is told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty() && self.warnings.is_empty()
    }
}

impl FieldErrors<Place> {
    /// All of it on one line: `gsmNumber: This is no number. email: …`.
    #[must_use]
    pub fn in_words(&self) -> String {
        self.iter().map(|(place, sentence)| format!("{place}: {sentence}")).collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Row => "row",
            Self::Cell(column) => column.as_str(),
        })
    }
}

impl BatchRow {
    /// Checks the cells of a row, which are given as they stand in the file; the account is there
    /// when no problem is.
    #[must_use]
    pub fn check<'a>(cell: impl Fn(BatchColumn) -> &'a str) -> (Option<Self>, Findings) {
        let mut findings = Findings::default();
        let problems = &mut findings.problems;
        let cell = |column| unharmed(cell(column).trim());
        for column in BatchColumn::ALL {
            let length = cell(column).len();
            if length > CELL_MAX {
                let (length, most) = (grouped(length as u64), grouped(CELL_MAX as u64));
                let sentence = format!("This cell has {length} bytes. Use at most {most}: perhaps a quote before it is not closed.");
                problems.add(Place::Cell(column), sentence);
            }
        }
        let owner = problems.take(Place::Cell(BatchColumn::FullName), OneLine::parse(cell(BatchColumn::FullName), OWNER_MAX));
        let number = problems.take(Place::Cell(BatchColumn::GsmNumber), parse_number(cell(BatchColumn::GsmNumber)));
        let email = problems.take(Place::Cell(BatchColumn::Email), optional(cell(BatchColumn::Email), EmailAddress::parse));
        let security = problems.take(Place::Cell(BatchColumn::SecurityModel), parse_security(cell(BatchColumn::SecurityModel)));
        let description =
            problems.take(Place::Cell(BatchColumn::Description), MultiLine::parse(cell(BatchColumn::Description), DESCRIPTION_MAX));
        let is_good = problems.is_empty();
        if let Some(warning) = number.as_ref().and_then(lost_plus) {
            findings.warnings.add(Place::Cell(BatchColumn::GsmNumber), warning);
        }
        let row = match (owner, number, email, security, description) {
            (Some(owner), Some(number), Some(email), Some(security), Some(description)) if is_good => {
                Some(Self { owner, number, email, security, description })
            }
            _ => None,
        };
        (row, findings)
    }

    /// The number of a row, whatever else is wrong with it.
    #[must_use]
    pub fn number(cell: &str) -> Option<PhoneNumber> {
        parse_number(unharmed(cell.trim())).ok()
    }

    /// What stands in a column of a file that is read in again.
    #[must_use]
    pub fn cell(&self, column: BatchColumn) -> &str {
        match column {
            BatchColumn::FullName => self.owner.as_deref().unwrap_or_default(),
            BatchColumn::GsmNumber => self.number.as_str(),
            BatchColumn::Email => self.email.as_ref().map(EmailAddress::as_str).unwrap_or_default(),
            BatchColumn::SecurityModel => batch_word(self.security),
            BatchColumn::Description => self.description.as_deref().unwrap_or_default(),
        }
    }
}

fn parse_number(text: &str) -> Result<PhoneNumber, NumberProblem> {
    if is_shortened(text) {
        return Err(NumberProblem::Shortened(text.to_owned()));
    }
    if is_decimal(text) {
        return Err(NumberProblem::Decimal(text.to_owned()));
    }
    Ok(PhoneNumber::parse(text)?)
}

/// `4.41E+11`, `4,41E+11`, `4E+11`.
fn is_shortened(text: &str) -> bool {
    let Some((number, power)) = text.split_once(['E', 'e']) else { return false };
    let power = power.strip_prefix(['+', '-']).unwrap_or(power);
    let (whole, part) = number.split_once(['.', ',']).unwrap_or((number, "0"));
    let whole = whole.strip_prefix(['+', '-']).unwrap_or(whole);
    [whole, part, power].into_iter().all(is_digits)
}

/// `391234567890.0`: the point would be dropped, and the zero would become a digit.
fn is_decimal(text: &str) -> bool {
    text.split_once(['.', ',']).is_some_and(|(whole, part)| whole.len() >= 5 && is_digits(whole) && matches!(part, "0" | "00"))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The warning for an extension that has the length and the beginning of an international number.
fn lost_plus(number: &PhoneNumber) -> Option<String> {
    let digits = number.digits();
    let code = country_code(digits).filter(|_| !number.is_international() && digits.len() >= 11)?;
    Some(format!("Read as the extension {digits}. If it is an international number (+{code}), its + or 00 was lost: put + in front."))
}

/// The manual's words for CSV files, and those of the screens, in any case.
fn parse_security(text: &str) -> Result<SecurityModel, UnknownWord> {
    let is_meant = |model: &SecurityModel| {
        text.eq_ignore_ascii_case(batch_word(*model))
            || text.eq_ignore_ascii_case(model.as_str())
            || (text.is_empty() && *model == SecurityModel::default())
    };
    let words = || SecurityModel::ALL.map(|model| format!("{} ({})", batch_word(model), model.as_str())).join(", ");
    SecurityModel::ALL.into_iter().find(is_meant).ok_or_else(|| UnknownWord { word: text.to_owned(), expected: words() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::export::harmless;

    fn check(cells: [&str; 5]) -> (Option<BatchRow>, Findings) {
        BatchRow::check(|column| cells[BatchColumn::ALL.iter().position(|other| *other == column).unwrap()])
    }

    fn number(cell: &str) -> (Option<String>, Option<String>, Option<String>) {
        let (row, findings) = check(["", cell, "", "", ""]);
        let place = Place::Cell(BatchColumn::GsmNumber);
        let told = |messages: &FieldErrors<Place>| messages.get(place).map(ToOwned::to_owned);
        (row.map(|row| row.number.to_string()), told(&findings.problems), told(&findings.warnings))
    }

    #[test]
    fn the_manuals_row_is_an_account() {
        let (row, findings) =
            check(["Alessandro Bergamaschi", "+391234567890", "alessandro.bergamaschi@example.com", "end-to-site", "Personal account"]);
        assert!(findings.is_empty());
        let row = row.unwrap();
        assert_eq!(
            (row.owner.as_deref(), row.number.as_str(), row.security),
            (Some("Alessandro Bergamaschi"), "+391234567890", SecurityModel::Sdes)
        );
        assert_eq!(BatchColumn::ALL.map(|column| row.cell(column))[3..], ["end-to-site", "Personal account"]);
    }

    #[test]
    fn only_the_number_has_to_be_there() {
        let (row, findings) = check(["", "111", " ", "", "\u{a0}"]);
        assert!(findings.is_empty());
        assert_eq!(row.map(|row| (row.owner, row.email, row.security, row.description)), Some((None, None, SecurityModel::Sdes, None)));
        assert!(number("").1.is_some_and(|sentence| sentence.starts_with("Enter an extension")));
    }

    #[test]
    fn blanks_around_a_cell_are_trimmed_whatever_their_kind() {
        let (row, findings) =
            check(["\u{a0} Luca Ferri\t", "\u{a0}+39 320 118\u{202f}4467 ", " luca@example.com\u{a0}", " ZRTP ", "\r\n x \n"]);
        assert!(findings.is_empty(), "{findings:?}");
        assert_eq!(
            BatchColumn::ALL.map(|column| row.as_ref().unwrap().cell(column)),
            ["Luca Ferri", "+393201184467", "luca@example.com", "end-to-end", "x"]
        );
    }

    #[test]
    fn what_a_spreadsheet_shortened_is_refused_with_the_reason() {
        for cell in ["4.41E+11", "4,41E+11", "4.41e+11", "4E+11", "3.91235E11", "'+4.41E+11"] {
            let (row, problem, warning) = number(cell);
            assert!(row.is_none() && warning.is_none(), "{cell}");
            assert!(problem.is_some_and(|sentence| sentence.contains("cannot be brought back")), "{cell}");
        }
        assert!(number("E11").1.is_some_and(|sentence| sentence.starts_with("“E” does not belong")));
    }

    #[test]
    fn a_decimal_is_not_read_with_a_digit_more() {
        assert!(number("391234567890.0").1.is_some_and(|sentence| sentence.contains("took this number for a decimal")));
        assert_eq!(number("+39 02.12.34.00").0.as_deref(), Some("+3902123400"), "points that people put");
    }

    #[test]
    fn a_lost_plus_is_a_warning() {
        let (row, problem, warning) = number("393201184467");
        assert_eq!((row.as_deref(), problem), (Some("393201184467"), None));
        assert_eq!(
            warning.as_deref(),
            Some("Read as the extension 393201184467. If it is an international number (+39), its + or 00 was lost: put + in front.")
        );
        for quiet in ["+393201184467", "00393201184467", "2086693379", "111", "21012345678"] {
            assert_eq!(number(quiet).2, None, "{quiet}");
        }
    }

    #[test]
    fn the_apostrophe_before_a_formula_is_taken_away() {
        assert_eq!(number("'+391234567890").0.as_deref(), Some("+391234567890"));
        assert_eq!(number(" '+39 123 4567890").0.as_deref(), Some("+391234567890"));
        let (row, _) = check(["'=Ada", "111", "'-x@example.com", "", "'@home"]);
        assert_eq!(row.map(|row| (row.owner, row.description)), Some((Some("=Ada".to_owned()), Some("@home".to_owned()))));
        let (row, _) = check(["'t Hart", "111", "", "", ""]);
        assert_eq!(row.and_then(|row| row.owner).as_deref(), Some("'t Hart"));
    }

    #[test]
    fn security_models_in_the_words_of_the_manual_and_of_the_screens() {
        for (word, model) in [
            ("end-to-site", SecurityModel::Sdes),
            ("End-To-End", SecurityModel::Zrtp),
            ("sdes", SecurityModel::Sdes),
            ("ZRTP", SecurityModel::Zrtp),
            ("", SecurityModel::Sdes),
        ] {
            assert_eq!(check(["", "111", "", word, ""]).0.map(|row| row.security), Some(model), "{word}");
        }
        let (row, findings) = check(["", "111", "", "none", ""]);
        assert!(row.is_none());
        assert_eq!(
            findings.problems.get(Place::Cell(BatchColumn::SecurityModel)),
            Some("“none” is not one of: end-to-site (SDES), end-to-end (ZRTP).")
        );
    }

    #[test]
    fn nul_bytes_and_lengths_are_told_under_their_columns() {
        let long = "x".repeat(CELL_MAX + 1);
        let (row, findings) = check(["Ada\0", "11\0", "a\0@b", "\0", &long]);
        assert!(row.is_none());
        let told: Vec<(String, &str)> = findings.problems.iter().map(|(place, sentence)| (place.to_string(), sentence)).collect();
        let places: Vec<&str> = told.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(places, BatchColumn::ALL.map(BatchColumn::as_str));
        assert!(told[..3].iter().all(|(_, sentence)| sentence.contains("U+0000")), "{told:?}");
        assert_eq!(told[4].1, "This cell has 4,097 bytes. Use at most 4,096: perhaps a quote before it is not closed.");
        let (_, findings) = check([&"x".repeat(OWNER_MAX + 1), "111", "", "", &"x".repeat(DESCRIPTION_MAX + 1)]);
        assert_eq!(findings.problems.len(), 2);
    }

    proptest! {
        #[test]
        fn an_exported_account_is_read_without_change(
            owner in "[' =+@-]{0,2}\\PC{0,20}", digits in "\\+39[0-9]{5,13}|[0-9]{2,15}", email in "([a-z=+'-]{1,9}@[a-z]{1,9})?",
            zrtp in any::<bool>(), description in "([' =+@\n\t-]|\\PC){0,20}",
        ) {
            let security = batch_word(if zrtp { SecurityModel::Zrtp } else { SecurityModel::Sdes });
            if let (Some(row), _) = check([&owner, &digits, &email, security, &description]) {
                let exported = BatchColumn::ALL.map(|column| harmless(row.cell(column)).into_owned());
                let again = check(std::array::from_fn(|at| exported[at].as_str())).0;
                prop_assert_eq!(again, Some(row));
            }
        }

        #[test]
        fn a_row_is_an_account_or_has_a_problem(cells in proptest::array::uniform5("[0-9.,E+@'a-z\0\n -]{0,12}")) {
            let (row, findings) = check(std::array::from_fn(|at| cells[at].as_str()));
            prop_assert_eq!(row.is_some(), findings.problems.is_empty());
        }
    }
}
