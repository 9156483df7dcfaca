//! The audit log: who did what, told without secrets.

use serde::{Deserialize, Serialize};

pub mod api;
pub mod log;
pub mod view;

#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod export;
#[cfg(feature = "ssr")]
pub mod find;
#[cfg(feature = "ssr")]
pub mod indexing;
#[cfg(feature = "ssr")]
pub mod sessions;

/// One field that changed, in the words of the form. What was made has nothing before, what was deleted nothing after; of a
/// secret both are empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub field: String,
    pub before: String,
    pub after: String,
}

impl Change {
    /// A field of something new.
    pub fn made(field: impl Into<String>, after: impl Into<String>) -> Self {
        Self { field: field.into(), before: String::new(), after: after.into() }
    }

    /// A secret is another one.
    pub fn secret(field: impl Into<String>) -> Self {
        Self::made(field, "")
    }

    /// The same as it was of what is deleted now.
    #[must_use]
    pub fn gone(self) -> Self {
        Self { before: self.after, after: String::new(), ..self }
    }

    /// The fields of something new that hold anything.
    pub fn all_made(fields: impl IntoIterator<Item = (&'static str, String)>) -> Vec<Self> {
        fields.into_iter().filter(|(_, after)| !after.is_empty()).map(|(field, after)| Self::made(field, after)).collect()
    }
}

/// One line of a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// Milliseconds since 1970 UTC.
    pub at: i64,
    pub who: String,
    /// "created", "updated", "disabled" …
    pub action: String,
    pub changes: Vec<Change>,
}
