//! Which rows of a file have the same number.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;

use crate::domain::phone_number::PhoneNumber;

/// The digits of a phone number, by which it is unique. A number of at most 15 digits fits into a
/// word behind a leading 1, which keeps zeros apart from nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NumberKey(u64);

/// The numbers of a file with their rows. Adding or taking away a row looks at that number alone.
#[derive(Clone, Debug, Default)]
pub struct Duplicates(BTreeSet<(NumberKey, usize)>);

impl NumberKey {
    /// The key of a number.
    #[must_use]
    pub fn of(number: &PhoneNumber) -> Self {
        Self::digits(number.digits()).unwrap_or(Self(0))
    }

    /// The key of 1 to 15 ASCII digits.
    #[must_use]
    pub fn digits(digits: &str) -> Option<Self> {
        let fits = (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| Self(digits.bytes().fold(1, |key, digit| key * 10 + u64::from(digit - b'0'))))
    }
}

impl fmt::Display for NumberKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.to_string().get(1..).unwrap_or_default())
    }
}

impl Duplicates {
    /// A row has this number.
    pub fn insert(&mut self, key: NumberKey, row: usize) {
        self.0.insert((key, row));
    }

    /// A row has it no more.
    pub fn remove(&mut self, key: NumberKey, row: usize) {
        self.0.remove(&(key, row));
    }

    /// The rows that have a number, from the first on.
    pub fn rows(&self, key: NumberKey) -> impl Iterator<Item = usize> {
        self.0.range(every_row(key)).map(|(_, row)| *row)
    }

    /// The other rows that have the number of a row.
    pub fn others(&self, key: NumberKey, row: usize) -> impl Iterator<Item = usize> {
        self.rows(key).filter(move |other| *other != row)
    }

    /// Every number, once.
    pub fn numbers(&self) -> impl Iterator<Item = NumberKey> {
        let mut last = None;
        self.0.iter().map(|(key, _)| *key).filter(move |key| last.replace(*key) != Some(*key))
    }
}

/// What is told about a number that these other lines have, the first three of them at most.
#[must_use]
pub fn same_number(lines: &[usize]) -> Option<String> {
    match lines {
        [] => None,
        [one] => Some(format!("Line {one} has the same number.")),
        [one, two] => Some(format!("Lines {one} and {two} have the same number.")),
        [one, two, ..] => Some(format!("Lines {one}, {two} and others have the same number.")),
    }
}

const fn every_row(key: NumberKey) -> RangeInclusive<(NumberKey, usize)> {
    (key, 0)..=(key, usize::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn key(number: &str) -> NumberKey {
        NumberKey::of(&PhoneNumber::parse(number).unwrap())
    }

    #[test]
    fn a_number_is_the_same_by_its_digits() {
        assert_eq!(key("+39 320 1184467"), key("00393201184467"));
        assert_eq!(key("+393201184467"), key("393201184467"));
        assert_ne!(key("0111"), key("111"));
        assert_ne!(key("00123"), key("0123"));
        for digits in ["", "+39", "1234567890123456", "１２"] {
            assert_eq!(NumberKey::digits(digits), None, "{digits:?}");
        }
    }

    #[test]
    fn rows_name_each_other_until_one_is_taken_away() {
        let mut duplicates = Duplicates::default();
        for (row, number) in ["111", "222", "111", "111"].into_iter().enumerate() {
            duplicates.insert(key(number), row);
        }
        assert_eq!(duplicates.others(key("111"), 2).collect::<Vec<_>>(), [0, 3]);
        assert_eq!(duplicates.others(key("222"), 1).count(), 0);
        duplicates.remove(key("111"), 0);
        assert_eq!(duplicates.others(key("111"), 2).collect::<Vec<_>>(), [3]);
        assert_eq!(duplicates.numbers().map(|key| key.to_string()).collect::<Vec<_>>(), ["111", "222"]);
    }

    proptest! {
        #[test]
        fn keys_lead_back_to_their_digits(digits in "[0-9]{1,15}") {
            prop_assert_eq!(NumberKey::digits(&digits).unwrap().to_string(), digits);
        }

        #[test]
        fn others_are_all_rows_of_the_same_number(numbers in vec(0_u8..4, 0..12), gone in vec(0_usize..12, 0..4)) {
            let key = |number: u8| NumberKey::digits(&number.to_string()).unwrap();
            let mut duplicates = Duplicates::default();
            numbers.iter().enumerate().for_each(|(row, number)| duplicates.insert(key(*number), row));
            gone.iter().filter(|row| **row < numbers.len()).for_each(|row| duplicates.remove(key(numbers[*row]), *row));
            for (row, number) in numbers.iter().enumerate() {
                let expected: Vec<usize> = (0..numbers.len()).filter(|other| *other != row && numbers[*other] == *number && !gone.contains(other)).collect();
                prop_assert_eq!(duplicates.others(key(*number), row).collect::<Vec<_>>(), expected);
            }
        }
    }
}
