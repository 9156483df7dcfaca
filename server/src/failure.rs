//! How the program ends when it cannot do what it was asked: one sentence on stderr and an exit status.

use std::fmt;

use crate::config;

/// A sentence for the person at the terminal: what is wrong and what to do.
#[derive(Debug)]
pub struct Failure {
    sentence: String,
    status: u8,
}

impl Failure {
    /// Something did not work: exit status 1.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), status: 1 }
    }

    /// What was given cannot be used: exit status 2, as clap has it for a bad argument.
    pub fn bad_input(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), status: 2 }
    }

    /// A setting cannot be used: exit status 2. `id` is the setting's field in [`config::Settings`].
    pub fn setting(id: &str, problem: impl fmt::Display) -> Self {
        Self::bad_input(format!("{}: {problem}", config::name_of(id)))
    }

    pub const fn status(&self) -> u8 {
        self.status
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sentence)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::new(format!("The database did not do it: {error}."))
    }
}
