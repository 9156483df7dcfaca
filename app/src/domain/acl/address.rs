//! Addresses as people type them, and what is wrong with those that are none.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use thiserror::Error;

use crate::domain::characters::shown;

/// Why a text is no IP address; part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Nothing that looks like an address.
    #[error("write an IPv4 address such as 192.168.0.38, or an IPv6 address such as 2001:db8::1")]
    NotAnAddress,
    /// An IPv4 address with too many or too few parts.
    #[error("an IPv4 address or mask has 4 parts, not {0}")]
    Parts(usize),
    /// A part of an IPv4 address that is not a number.
    #[error("“{}” is not a number from 0 to 255", shown(.0, 20))]
    Part(String),
    /// A part of an IPv4 address that some programs would read as octal.
    #[error("“{}” has a leading zero, which some systems read as octal: leave it out", shown(.0, 20))]
    LeadingZero(String),
    /// An IPv6 address with too many groups.
    #[error("an IPv6 address has at most 8 groups, not {0}")]
    Groups(usize),
    /// An IPv6 address with too few groups and no `::`.
    #[error("an IPv6 address without “::” has 8 groups, not {0}")]
    FewGroups(usize),
    /// A group of an IPv6 address that is not of 1 to 4 hex digits.
    #[error("“{}” is not a group of 1 to 4 hex digits", shown(.0, 20))]
    Group(String),
    /// Two `::`, or a `:::`.
    #[error("“::” may stand in an IPv6 address only once")]
    TwoGaps,
}

/// A text that should have been an address; its text names it and the reason.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("“{written}”: {reason}.")]
pub struct NotAnAddress {
    /// What was typed, shortened if it is long.
    pub written: String,
    /// What is wrong with it.
    pub reason: AddressError,
}

/// The address that was typed, for asking whether it would get in; white space around it is
/// dropped, and `::ffff:a.b.c.d` becomes IPv4.
///
/// # Errors
/// The user's message.
pub fn parse_address(text: &str) -> Result<IpAddr, NotAnAddress> {
    let text = text.trim();
    exact_address(text).map(|address| address.to_canonical()).map_err(|reason| NotAnAddress { written: shown(text, 60), reason })
}

/// The address as it is written, an IPv4-mapped one still as IPv6.
pub(super) fn exact_address(text: &str) -> Result<IpAddr, AddressError> {
    text.parse().map_err(|_| if text.contains(':') { explain_ipv6(text) } else { explain_ipv4(text) })
}

pub(super) fn ipv4(text: &str) -> Result<Ipv4Addr, AddressError> {
    text.parse().map_err(|_| explain_ipv4(text))
}

pub(super) fn ipv6(text: &str) -> Result<Ipv6Addr, AddressError> {
    text.parse().map_err(|_| explain_ipv6(text))
}

fn explain_ipv4(text: &str) -> AddressError {
    let parts: Vec<&str> = text.split('.').collect();
    let looks_like_one = text.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    if !looks_like_one {
        return AddressError::NotAnAddress;
    }
    if parts.len() != 4 {
        return AddressError::Parts(parts.len());
    }
    let has_leading_zero = |part: &&&str| part.len() > 1 && part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(part) = parts.iter().find(has_leading_zero) {
        return AddressError::LeadingZero((*part).to_owned());
    }
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse::<u8>().is_ok();
    match parts.into_iter().find(|part| !is_number(part)) {
        Some(part) => AddressError::Part(part.to_owned()),
        None => AddressError::NotAnAddress,
    }
}

fn explain_ipv6(text: &str) -> AddressError {
    if text.contains(":::") || text.matches("::").count() > 1 {
        return AddressError::TwoGaps;
    }
    let (head, tail) = text.rsplit_once(':').unwrap_or(("", text));
    if tail.contains('.')
        && let Err(error) = ipv4(tail)
    {
        return error;
    }
    let groups: Vec<&str> = if tail.contains('.') { head.split(':').chain(["0", "0"]).collect() } else { text.split(':').collect() };
    let groups: Vec<&str> = groups.into_iter().filter(|group| !group.is_empty()).collect();
    let is_group = |group: &str| group.len() <= 4 && group.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(group) = groups.iter().find(|group| !is_group(group)) {
        return AddressError::Group((*group).to_owned());
    }
    match groups.len() {
        8 if text.contains("::") => AddressError::NotAnAddress,
        count @ 9.. => AddressError::Groups(count),
        count if !text.contains("::") => AddressError::FewGroups(count),
        _ => AddressError::NotAnAddress,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_both_families_are_read() {
        for (typed, read) in [
            ("8.8.8.8", "8.8.8.8"),
            (" 2001:DB8::1 ", "2001:db8::1"),
            ("::ffff:216.27.242.66", "216.27.242.66"),
            ("::ffff:d81b:f242", "216.27.242.66"),
            ("::1", "::1"),
        ] {
            assert_eq!(parse_address(typed).map(|address| address.to_string()), Ok(read.to_owned()), "{typed}");
        }
    }

    #[test]
    fn the_message_names_what_was_typed() {
        assert_eq!(
            parse_address(" 1.2.3 ").map_err(|error| error.to_string()),
            Err("“1.2.3”: an IPv4 address or mask has 4 parts, not 3.".to_owned())
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (typed, error) in [
            ("", AddressError::NotAnAddress),
            ("phone.example.com", AddressError::NotAnAddress),
            ("１.2.3.4", AddressError::NotAnAddress),
            ("1.2.3", AddressError::Parts(3)),
            ("1.2.3.4.5", AddressError::Parts(5)),
            ("10", AddressError::Parts(1)),
            ("1.2.3.256", AddressError::Part("256".to_owned())),
            ("1.2..4", AddressError::Part(String::new())),
            ("1.2.3.4:5060", AddressError::Group("1.2.3.4".to_owned())),
            ("1.2.3.+4", AddressError::Part("+4".to_owned())),
            ("1.2.3.4\0", AddressError::Part("4\0".to_owned())),
            ("010.2.3.4", AddressError::LeadingZero("010".to_owned())),
            ("1::2::3", AddressError::TwoGaps),
            (":::1", AddressError::TwoGaps),
            ("1:2:3:4:5:6:7:8:9", AddressError::Groups(9)),
            ("1:2:3:4:5:6:7", AddressError::FewGroups(7)),
            ("1:2:3:4:5:6:7:8::", AddressError::NotAnAddress),
            ("1:2:3:4:5:6:7:1.2.3.4", AddressError::Groups(9)),
            ("2001:db8::12345", AddressError::Group("12345".to_owned())),
            ("2001:dg8::1", AddressError::Group("dg8".to_owned())),
            ("fe80::1%eth0", AddressError::Group("1%eth0".to_owned())),
            ("::ffff:1.2.3.456", AddressError::Part("456".to_owned())),
        ] {
            assert_eq!(exact_address(typed), Err(error), "{typed:?}");
        }
    }
}
