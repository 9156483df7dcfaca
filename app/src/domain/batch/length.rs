//! Rows that have fewer or more cells than the header.

use super::row::{Findings, Place};
use crate::domain::characters::shown;

/// Tells of a row that its end is missing, which leaves cells empty, or that cells are left over,
/// unless somebody has cut them off. Blank cells behind the last column are nothing.
pub fn check<'a>(cells: impl Iterator<Item = &'a str>, width: usize, is_cut: bool, findings: &mut Findings) {
    let (mut count, mut left) = (0, None);
    for cell in cells {
        count += 1;
        if count > width && left.is_none() && !cell.trim().is_empty() {
            left = Some(cell.trim());
        }
    }
    if count == width || (count > width && left.is_none()) {
        return;
    }
    let counted = format!("This row has {count} {}, and the header has {width}", if count == 1 { "cell" } else { "cells" });
    if count < width {
        findings.warnings.add(Place::Row, format!("{counted}. What is missing is taken as empty."));
    }
    if let Some(left) = left.filter(|_| !is_cut) {
        let left = shown(left, 40);
        findings
            .problems
            .add(Place::Row, format!("{counted}: “{left}” is left over. Put a text that has the delimiter in it between quotes."));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(row: &str, is_cut: bool) -> (String, String) {
        let mut findings = Findings::default();
        check(row.split(','), 2, is_cut, &mut findings);
        (findings.problems.in_words(), findings.warnings.in_words())
    }

    #[test]
    fn what_is_left_over_is_named_and_what_is_missing_is_said() {
        let nothing = (String::new(), String::new());
        assert_eq!(told("a,b", false), nothing);
        assert_eq!(told("a,b,, \u{a0}", false), nothing);
        assert!(told("a,b,,c,d", false).0.starts_with("row: This row has 5 cells, and the header has 2: “c” is left over."));
        assert_eq!(told("a,b,c", true), nothing);
        assert_eq!(told("a", false).1, "row: This row has 1 cell, and the header has 2. What is missing is taken as empty.");
    }
}
