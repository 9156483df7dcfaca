//! Links to the client's download, which a stranger's phone will follow.

use std::fmt;

use thiserror::Error;

use super::characters::named;
use super::host::Host;
use super::whole_number::whole_number;

/// An `https://` address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DownloadLink(String);

/// Why a text is no download link; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DownloadLinkError {
    /// Over 500 characters.
    #[error("This link has {0} characters. Use at most 500.")]
    TooLong(usize),
    /// Another scheme than HTTPS, or none.
    #[error("Write the whole link, with https:// in front.")]
    Scheme,
    /// Plain HTTP.
    #[error("What comes over http:// can be replaced on its way to the phone. Use an https:// link.")]
    Http,
    /// A character that RFC 3986 has no place for.
    #[error("{} cannot stand in a link. Copy the link from the address bar of a browser.", named(*.0))]
    Character(char),
    /// Something before an `@`.
    #[error("A link must not hold a user name or a password. Remove what stands before the @.")]
    UserInfo,
    /// No host, or none that is valid, or a port that is none.
    #[error("There is no valid host name after https://. Write the link as https://example.com/app.")]
    Host,
}

impl DownloadLink {
    /// The most characters.
    pub const MAX: usize = 500;

    /// Takes what was typed; white space around it is dropped.
    ///
    /// # Errors
    /// The user's message.
    pub fn parse(text: &str) -> Result<Self, DownloadLinkError> {
        let text = text.trim();
        let length = text.chars().count();
        if length > Self::MAX {
            return Err(DownloadLinkError::TooLong(length));
        }
        let (scheme, rest) = text.split_once("://").ok_or(DownloadLinkError::Scheme)?;
        if scheme.eq_ignore_ascii_case("http") {
            return Err(DownloadLinkError::Http);
        }
        if !scheme.eq_ignore_ascii_case("https") {
            return Err(DownloadLinkError::Scheme);
        }
        if let Some(other) = rest.chars().find(|character| !is_link_character(*character)) {
            return Err(DownloadLinkError::Character(other));
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(DownloadLinkError::UserInfo);
        }
        if !is_authority(authority) {
            return Err(DownloadLinkError::Host);
        }
        Ok(Self(format!("https://{rest}")))
    }

    /// The link.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DownloadLink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whether RFC 3986 has a place for the character in an address.
pub(super) fn is_link_character(character: char) -> bool {
    character.is_ascii_graphic() && !matches!(character, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
}

/// Whether the text is a host, with or without a port.
pub(super) fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    // Outside of brackets a colon can only be the one before the port.
    let is_plain = host.starts_with('[') || !host.contains(':');
    is_plain && Host::parse(host).is_ok() && port.is_none_or(|port| whole_number(port, 1..=u16::MAX).is_ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn links_that_pass() {
        for (typed, stored) in [
            (" https://play.google.com/store/apps/details?id=org.linphone ", "https://play.google.com/store/apps/details?id=org.linphone"),
            ("HTTPS://Example.com", "https://Example.com"),
            ("https://example.com:8443/app#x@y", "https://example.com:8443/app#x@y"),
            ("https://example.com?x", "https://example.com?x"),
            ("https://192.0.2.1/app%20x.apk", "https://192.0.2.1/app%20x.apk"),
            ("https://[2001:db8::1]:8443/", "https://[2001:db8::1]:8443/"),
            ("https://[2001:db8::1]", "https://[2001:db8::1]"),
        ] {
            assert_eq!(DownloadLink::parse(typed).map(|link| link.to_string()), Ok(stored.to_owned()), "{typed:?}");
        }
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        for (text, error) in [
            ("", DownloadLinkError::Scheme),
            ("example.com/app", DownloadLinkError::Scheme),
            ("javascript:alert(1)", DownloadLinkError::Scheme),
            ("javascript://example.com/%0aalert(1)", DownloadLinkError::Scheme),
            ("https:/example.com", DownloadLinkError::Scheme),
            ("http://example.com/app", DownloadLinkError::Http),
            ("HTTP://example.com/app", DownloadLinkError::Http),
            ("https://example.com/my app", DownloadLinkError::Character(' ')),
            ("https://example.com/\nx", DownloadLinkError::Character('\n')),
            ("https://exam\tple.com/", DownloadLinkError::Character('\t')),
            ("https://example.com\\@evil.example", DownloadLinkError::Character('\\')),
            ("https://example.com/\"onclick=", DownloadLinkError::Character('"')),
            ("https://example.com/à", DownloadLinkError::Character('à')),
            ("https://example.com/\u{202e}", DownloadLinkError::Character('\u{202e}')),
            ("https://user:password@example.com/", DownloadLinkError::UserInfo),
            ("https://example.com@evil.example", DownloadLinkError::UserInfo),
            ("https://", DownloadLinkError::Host),
            ("https:///app", DownloadLinkError::Host),
            ("https://?x", DownloadLinkError::Host),
            ("https://exa_mple.com", DownloadLinkError::Host),
            ("https://example.com:/", DownloadLinkError::Host),
            ("https://example.com:0/", DownloadLinkError::Host),
            ("https://example.com:65536/", DownloadLinkError::Host),
            ("https://1:2::3:4/", DownloadLinkError::Host),
            ("https://[::1/", DownloadLinkError::Host),
        ] {
            assert_eq!(DownloadLink::parse(text), Err(error), "{text:?}");
        }
        assert_eq!(DownloadLink::parse(&"a".repeat(10_240)), Err(DownloadLinkError::TooLong(10_240)));
    }

    proptest! {
        #[test]
        fn what_passes_passes_again_unchanged(text in "(https|HTTPS|http)://\\PC{0,12}(/\\PC{0,12})?|https://[a-z@:.\\[\\]0-9]{0,12}[/?#][ -~]{0,12}") {
            if let Ok(link) = DownloadLink::parse(&text) {
                prop_assert!(link.as_str().starts_with("https://"));
                prop_assert!(link.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
                prop_assert_eq!(DownloadLink::parse(link.as_str()), Ok(link));
            }
        }
    }
}
