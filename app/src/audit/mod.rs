//! The audit log: who did what, told without secrets.

use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
pub mod db;

/// One field that changed, in the words of the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub field: String,
    pub before: String,
    pub after: String,
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
