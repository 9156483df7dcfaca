//! Where an SMS gateway listens.

use std::fmt;
use std::net::IpAddr;

use thiserror::Error;

use super::characters::named;
use super::download_link::{is_authority, is_link_character};

/// An `http://` or `https://` address that says nothing but where: no user, no query, no fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayAddress(String);

/// Why a text is no address of a gateway; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GatewayAddressError {
    /// Over 500 characters.
    #[error("This address has {0} characters. Use at most {max}.", max = GatewayAddress::MAX)]
    TooLong(usize),
    /// Neither HTTP nor HTTPS.
    #[error("Write the whole address, with http:// or https:// in front.")]
    Scheme,
    /// Not encrypted on its way to another machine.
    #[error("What goes to another machine over http:// can be read on the way, the token included. Use an https:// address.")]
    NotEncrypted,
    /// A character that RFC 3986 has no place for.
    #[error("{} cannot stand in an address. Remove it.", named(*.0))]
    Character(char),
    /// Something before an `@`.
    #[error("The user name and the password have fields of their own. Remove what stands before the @.")]
    UserInfo,
    /// `?` or `#`.
    #[error("End the address before the {0}. Ringkey adds what the gateway needs to know.")]
    Query(char),
    /// No host, or none that is valid, or a port that is none.
    #[error("There is no valid host name after ://. Write the address as {0}.")]
    Host(&'static str),
}

impl GatewayAddress {
    /// The most characters.
    pub const MAX: usize = 500;
    /// Kannel's sendsms service on the machine itself, at its usual port.
    pub const KANNEL_EXAMPLE: &str = "http://127.0.0.1:13013/cgi-bin/sendsms";
    /// Twilio's own; there are others for its regions.
    pub const TWILIO: &str = "https://api.twilio.com";

    /// Takes the address of a sendsms service of Kannel, which is often on the same machine or network and without TLS.
    ///
    /// # Errors
    /// The user's message.
    pub fn of_kannel(text: &str) -> Result<Self, GatewayAddressError> {
        let (scheme, rest) = parts(text, Self::KANNEL_EXAMPLE)?;
        Ok(Self(format!("{scheme}://{rest}")))
    }

    /// Takes the beginning of the addresses of Twilio's interface; a slash at its end is dropped. Over the internet it has to
    /// be encrypted, since every call carries the token.
    ///
    /// # Errors
    /// The user's message.
    pub fn of_twilio(text: &str) -> Result<Self, GatewayAddressError> {
        let (scheme, rest) = parts(text, Self::TWILIO)?;
        if scheme == "http" && !is_this_machine(rest) {
            return Err(GatewayAddressError::NotEncrypted);
        }
        Ok(Self(format!("{scheme}://{}", rest.trim_end_matches('/'))))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GatewayAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The scheme, and what follows it.
fn parts<'t>(text: &'t str, example: &'static str) -> Result<(&'static str, &'t str), GatewayAddressError> {
    let text = text.trim();
    let length = text.chars().count();
    if length > GatewayAddress::MAX {
        return Err(GatewayAddressError::TooLong(length));
    }
    let (scheme, rest) = text.split_once("://").ok_or(GatewayAddressError::Scheme)?;
    let scheme = ["http", "https"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known)).ok_or(GatewayAddressError::Scheme)?;
    if let Some(other) = rest.chars().find(|character| !is_link_character(*character)) {
        return Err(GatewayAddressError::Character(other));
    }
    let authority = authority(rest);
    if authority.contains('@') {
        return Err(GatewayAddressError::UserInfo);
    }
    if !is_authority(authority) {
        return Err(GatewayAddressError::Host(example));
    }
    match rest.chars().find(|character| matches!(character, '?' | '#')) {
        Some(mark) => Err(GatewayAddressError::Query(mark)),
        None => Ok((scheme, rest)),
    }
}

fn authority(rest: &str) -> &str {
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn is_this_machine(rest: &str) -> bool {
    let authority = authority(rest);
    let host = match authority.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_of_kannel() {
        for (typed, stored) in [
            (" http://127.0.0.1:13013/cgi-bin/sendsms ", GatewayAddress::KANNEL_EXAMPLE),
            ("HTTPS://sms.example.com/", "https://sms.example.com/"),
            ("http://[::1]:13013/cgi-bin/sendsms", "http://[::1]:13013/cgi-bin/sendsms"),
            ("http://kannel", "http://kannel"),
        ] {
            assert_eq!(GatewayAddress::of_kannel(typed).map(|address| address.to_string()), Ok(stored.to_owned()), "{typed:?}");
        }
    }

    #[test]
    fn addresses_of_twilio() {
        for (typed, stored) in [
            (GatewayAddress::TWILIO, GatewayAddress::TWILIO),
            ("https://api.dublin.ie1.twilio.com/", "https://api.dublin.ie1.twilio.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://LOCALHOST:8080", "http://LOCALHOST:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(GatewayAddress::of_twilio(typed).map(|address| address.to_string()), Ok(stored.to_owned()), "{typed:?}");
        }
        for typed in
            ["http://api.twilio.com", "http://127.0.0.1.example.com", "http://10.0.0.1", "http://localhost.example.com", "http://[::2]"]
        {
            assert_eq!(GatewayAddress::of_twilio(typed), Err(GatewayAddressError::NotEncrypted), "{typed:?}");
        }
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        for (text, error) in [
            ("", GatewayAddressError::Scheme),
            ("127.0.0.1:13013", GatewayAddressError::Scheme),
            ("ftp://example.com", GatewayAddressError::Scheme),
            ("file:///etc/passwd", GatewayAddressError::Scheme),
            ("http://example.com/send sms", GatewayAddressError::Character(' ')),
            ("http://example.com\\@evil.example", GatewayAddressError::Character('\\')),
            ("http://user:password@example.com/", GatewayAddressError::UserInfo),
            ("http://example.com/sendsms?username=x", GatewayAddressError::Query('?')),
            ("http://example.com#x", GatewayAddressError::Query('#')),
            ("http:///sendsms", GatewayAddressError::Host(GatewayAddress::KANNEL_EXAMPLE)),
            ("http://example.com:0/", GatewayAddressError::Host(GatewayAddress::KANNEL_EXAMPLE)),
            ("http://exa_mple.com/", GatewayAddressError::Host(GatewayAddress::KANNEL_EXAMPLE)),
        ] {
            assert_eq!(GatewayAddress::of_kannel(text), Err(error), "{text:?}");
        }
        assert_eq!(GatewayAddress::of_kannel(&"a".repeat(10_240)), Err(GatewayAddressError::TooLong(10_240)));
    }

    proptest! {
        #[test]
        fn what_passes_passes_again_unchanged(text in "(https|HTTP)://[a-z@:.\\[\\]0-9]{0,12}[/?#]{0,2}[ -~]{0,12}") {
            for parse in [GatewayAddress::of_kannel, GatewayAddress::of_twilio] {
                if let Ok(address) = parse(&text) {
                    prop_assert!(address.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
                    prop_assert_eq!(parse(address.as_str()), Ok(address));
                }
            }
        }
    }
}
