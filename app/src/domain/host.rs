//! Addresses of servers: host names and IP addresses, without a port.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use thiserror::Error;

use super::characters::{named, shown};

/// A host name (RFC 1123, section 2.1) in lower case, or an IP address in its usual form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host(String);

/// Why a text is no host; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HostError {
    /// Nothing was typed.
    #[error("Enter a host name such as sip.example.com, or an IP address.")]
    Empty,
    /// Over 253 characters.
    #[error("This host name has {0} characters. Use at most 253.")]
    TooLong(usize),
    /// A port behind the host.
    #[error("The port has a field of its own. Leave “:{}” out here.", shown(.0, 10))]
    Port(String),
    /// A character that a host name cannot hold.
    #[error("{} cannot stand in a host name. Use a name such as sip.example.com, or an IP address.", named(*.0))]
    Character(char),
    /// Two dots in a row, or one at an end.
    #[error("This host name has a dot too many. Write it as sip.example.com.")]
    Dot,
    /// A part between the dots is over 63 characters, or begins or ends with a dash.
    #[error("“{}” cannot be a part of a host name. Use at most 63 characters, and no dash at either end.", shown(.0, 30))]
    Part(String),
    /// What looks like an IP address and is none.
    #[error("“{}” is not an IP address. Write it as 192.0.2.1 or 2001:db8::1.", shown(.0, 45))]
    Address(String),
}

impl Host {
    /// The most characters.
    pub const MAX: usize = 253;

    /// Takes what was typed; white space around it, and brackets around an IPv6 address, are dropped.
    ///
    /// # Errors
    /// The user's message.
    pub fn parse(text: &str) -> Result<Self, HostError> {
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 {
            return Err(HostError::Empty);
        }
        if length > Self::MAX {
            return Err(HostError::TooLong(length));
        }
        let text = text.to_ascii_lowercase();
        if let Some(bracketed) = text.strip_prefix('[') {
            return match bracketed.split_once(']') {
                Some((address, "")) => Self::ipv6(address),
                Some((_, rest)) if rest.starts_with(':') => Err(HostError::Port(rest[1..].to_owned())),
                _ => Err(HostError::Address(text)),
            };
        }
        let is_ipv6 = text.matches(':').count() > 1 && text.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '.'));
        if is_ipv6 { Self::ipv6(&text) } else { Self::name_or_ipv4(text) }
    }

    fn ipv6(text: &str) -> Result<Self, HostError> {
        text.parse::<Ipv6Addr>().map(|address| Self(address.to_string())).map_err(|_| HostError::Address(text.to_owned()))
    }

    fn name_or_ipv4(text: String) -> Result<Self, HostError> {
        if let Some((_, port)) = text.split_once(':')
            && !port.is_empty()
            && port.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(HostError::Port(port.to_owned()));
        }
        if let Some(other) = text.chars().find(|character| !(character.is_ascii_alphanumeric() || matches!(character, '.' | '-'))) {
            return Err(HostError::Character(other));
        }
        // No top-level domain is a number, and what ends in one is taken for an IPv4 address (WHATWG URL, "ends in a number").
        let last = text.rsplit('.').next().unwrap_or_default();
        if !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()) {
            return if text.parse::<Ipv4Addr>().is_ok() { Ok(Self(text)) } else { Err(HostError::Address(text)) };
        }
        let is_bad = |part: &&str| part.len() > 63 || part.starts_with('-') || part.ends_with('-');
        if text.split('.').any(str::is_empty) {
            return Err(HostError::Dot);
        }
        match text.split('.').find(is_bad) {
            Some(part) => Err(HostError::Part(part.to_owned())),
            None => Ok(Self(text)),
        }
    }

    /// The name or the address, an IPv6 address without brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host as a SIP or web address holds it: an IPv6 address in brackets (RFC 3986, section 3.2.2).
    #[must_use]
    pub fn in_uri(&self) -> String {
        if self.0.contains(':') { format!("[{}]", self.0) } else { self.0.clone() }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hosts_that_pass() {
        for (typed, stored, in_uri) in [
            (" SIP.Example.com ", "sip.example.com", "sip.example.com"),
            ("localhost", "localhost", "localhost"),
            ("3com.example", "3com.example", "3com.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("192.0.2.1", "192.0.2.1", "192.0.2.1"),
            ("2001:DB8:0::1", "2001:db8::1", "[2001:db8::1]"),
            ("[::ffff:192.0.2.1]", "::ffff:192.0.2.1", "[::ffff:192.0.2.1]"),
        ] {
            let host = Host::parse(typed).unwrap();
            assert_eq!((host.as_str(), host.in_uri().as_str()), (stored, in_uri), "{typed:?}");
        }
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        for (text, error) in [
            ("", HostError::Empty),
            (" ", HostError::Empty),
            ("sip.example.com:5061", HostError::Port("5061".to_owned())),
            ("192.0.2.1:5061", HostError::Port("5061".to_owned())),
            ("[::1]:5061", HostError::Port("5061".to_owned())),
            ("sip:example.com", HostError::Character(':')),
            ("sip.example.com:", HostError::Character(':')),
            ("https://example.com:443", HostError::Character(':')),
            ("sip.example.com/x", HostError::Character('/')),
            ("user@example.com", HostError::Character('@')),
            ("sip example.com", HostError::Character(' ')),
            ("sip_1.example.com", HostError::Character('_')),
            ("bücher.example", HostError::Character('ü')),
            ("sip.example\0.com", HostError::Character('\0')),
            ("sip.example.com.", HostError::Dot),
            ("sip..example.com", HostError::Dot),
            (".", HostError::Dot),
            ("-sip.example.com", HostError::Part("-sip".to_owned())),
            ("sip-.example.com", HostError::Part("sip-".to_owned())),
            ("192.0.2.256", HostError::Address("192.0.2.256".to_owned())),
            ("192.0.2", HostError::Address("192.0.2".to_owned())),
            ("192.0.2.01", HostError::Address("192.0.2.01".to_owned())),
            ("12345", HostError::Address("12345".to_owned())),
            ("2001:db8::1::2", HostError::Address("2001:db8::1::2".to_owned())),
            ("[2001:db8::1", HostError::Address("[2001:db8::1".to_owned())),
            ("[sip.example.com]", HostError::Address("sip.example.com".to_owned())),
        ] {
            assert_eq!(Host::parse(text), Err(error), "{text:?}");
        }
        let label = "a".repeat(64);
        assert_eq!(Host::parse(&format!("{label}.com")), Err(HostError::Part(label)));
        assert_eq!(Host::parse(&"a".repeat(10_240)), Err(HostError::TooLong(10_240)));
    }

    proptest! {
        #[test]
        fn the_stored_form_and_that_of_addresses_parse_to_itself(text in "[a-fA-F0-9:.]{1,20}|\\[?\\PC{0,12}\\]?|[a-z0-9-]{1,9}(\\.[a-z0-9-]{1,9}){0,3}") {
            if let Ok(host) = Host::parse(&text) {
                prop_assert!(host.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
                prop_assert_eq!(Host::parse(&host.in_uri()), Ok(host.clone()));
                prop_assert_eq!(Host::parse(host.as_str()), Ok(host));
            }
        }

        #[test]
        fn every_ip_address_passes(four in any::<Ipv4Addr>(), six in any::<Ipv6Addr>()) {
            prop_assert_eq!(Host::parse(&four.to_string()), Ok(Host(four.to_string())));
            prop_assert_eq!(Host::parse(&six.to_string()), Ok(Host(six.to_string())));
        }
    }
}
