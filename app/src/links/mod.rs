//! Links that are as good as a key: those that an account's user gets, and those that only the phone gets.

pub mod api;
pub mod dialog;
pub mod view;

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
pub mod db;

use std::str::FromStr;

use crate::domain::message::SmsKind;
use crate::domain::secret::Secret;
use crate::domain::unknown::UnknownWord;

/// What a link opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// The page that leads to the client's download.
    Installation,
    /// The page with the button that activates a phone.
    Activation,
    /// The configuration itself, for the phone alone.
    Configuration,
    /// The directory of the company, for the phone alone.
    Directory,
}

impl LinkKind {
    const ALL: [Self; 4] = [Self::Installation, Self::Activation, Self::Configuration, Self::Directory];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Installation => "installation",
            Self::Activation => "activation",
            Self::Configuration => "configuration",
            Self::Directory => "directory",
        }
    }

    /// The path under which it is; the shorter, the fewer SMSes.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Installation => "i",
            Self::Activation => "a",
            Self::Configuration => "c",
            Self::Directory => "d",
        }
    }

    /// The whole address of a link of this kind; `origin` is the public address of the service.
    #[must_use]
    pub fn address(self, origin: &str, token: &Secret) -> Secret {
        format!("{origin}/{}/{}", self.path(), token.expose()).into()
    }
}

impl From<SmsKind> for LinkKind {
    fn from(kind: SmsKind) -> Self {
        match kind {
            SmsKind::Installation => Self::Installation,
            SmsKind::Activation => Self::Activation,
        }
    }
}

impl FromStr for LinkKind {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}
