//! Days of the calendar, in UTC.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

const DAY_MICROS: i64 = 86_400_000_000;
/// The last year that four digits can say.
const YEAR_MAX: i32 = 9999;

/// A day of the years 1970 to 9999, written `2026-11-28`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day {
    year: i32,
    month: u8,
    day: u8,
}

/// What was written is no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("This is not a day: write it as 2026-11-28.")]
pub struct NoDay;

impl Day {
    /// When it begins, in microseconds since 1970 UTC.
    #[must_use]
    pub fn start(self) -> i64 {
        let before: i64 = (1970..self.year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
        let months: i64 = (1..self.month).map(|month| i64::from(days_of(self.year, month))).sum();
        (before + months + i64::from(self.day) - 1) * DAY_MICROS
    }

    /// When the next one begins.
    #[must_use]
    pub fn end(self) -> i64 {
        self.start() + DAY_MICROS
    }
}

impl FromStr for Day {
    type Err = NoDay;

    fn from_str(text: &str) -> Result<Self, NoDay> {
        let digits = |from: usize, to: usize| text.get(from..to).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit())).ok_or(NoDay);
        if text.len() != 10 || text.get(4..5) != Some("-") || text.get(7..8) != Some("-") {
            return Err(NoDay);
        }
        let year: i32 = digits(0, 4)?.parse().map_err(|_| NoDay)?;
        let month: u8 = digits(5, 7)?.parse().map_err(|_| NoDay)?;
        let day: u8 = digits(8, 10)?.parse().map_err(|_| NoDay)?;
        let is_there = (1970..=YEAR_MAX).contains(&year) && (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
        if is_there { Ok(Self { year, month, day }) } else { Err(NoDay) }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl TryFrom<String> for Day {
    type Error = NoDay;

    fn try_from(text: String) -> Result<Self, NoDay> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

const fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_of(year: i32, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_where_the_calendar_says() {
        for (day, start) in
            [("1970-01-01", 0), ("1970-03-01", 59), ("2000-02-29", 11_016), ("2026-11-28", 20_785), ("9999-12-31", 2_932_896)]
        {
            let read: Day = day.parse().unwrap();
            assert_eq!((read.start(), read.end()), (start * DAY_MICROS, (start + 1) * DAY_MICROS), "{day}");
            assert_eq!(read.to_string(), day);
        }
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "",
            "2026-13-01",
            "2026-02-29",
            "2026-00-10",
            "2026-1-1",
            "28.11.2026",
            "+026-11-28",
            "1969-12-31",
            "2026-11-28T",
            "２０２６-11",
        ] {
            assert_eq!(text.parse::<Day>(), Err(NoDay), "{text}");
        }
    }
}
