//! Whole numbers typed into a field.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use thiserror::Error;

/// Anything but a number of the range; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("Use a whole number from {} to {}.", .0.start(), .0.end())]
pub struct WholeNumberError<T: Display>(RangeInclusive<T>);

/// Takes ASCII digits, without a sign; white space around them is dropped.
pub fn whole_number<T: FromStr + PartialOrd + Display>(text: &str, range: RangeInclusive<T>) -> Result<T, WholeNumberError<T>> {
    let text = text.trim();
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_plain && range.contains(number)).ok_or(WholeNumberError(range))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_numbers_of_the_range_pass() {
        assert_eq!(whole_number(" 2 ", 1..=100_u8), Ok(2));
        assert_eq!(whole_number("65535", 0..=u16::MAX), Ok(65535));
        for text in ["", "0", "101", "+2", "-2", "2.0", "２", "2\0", "1e1", "99999999999", &"9".repeat(10_240)] {
            assert_eq!(whole_number(text, 1..=100_u8).unwrap_err().to_string(), "Use a whole number from 1 to 100.", "{text:?}");
        }
    }
}
