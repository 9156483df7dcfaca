//! Changing many accounts at once.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::account_filter::AccountFilter;

/// What is done to each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    Enable,
    Disable,
    Delete,
}

/// Which accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// These, at most [`ROWS_MAX`].
    Rows(Vec<Uuid>),
    /// All that match a filter and were there at a time (microseconds since 1970 UTC), so that what is
    /// created while the work goes on is left alone.
    Matching { filter: AccountFilter, at: i64 },
}

/// How many rows can be picked one by one.
pub const ROWS_MAX: usize = 5_000;

/// Why an account of a selection was left as it was; the user's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum LeftAlone {
    #[error("Somebody has deleted it meanwhile.")]
    Gone,
    #[error("Somebody was saving it at this moment. Try it again.")]
    Busy,
    #[error("It is enabled when its phone is activated, and not before. Send it an Activation SMS.")]
    AwaitsActivation,
}

/// What is told while the work goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// So many were looked at until now, so many of them changed.
    Step { seen: u64, changed: u64 },
    /// One was left as it was.
    Left { id: Uuid, name: String, why: LeftAlone },
    /// The work ended early; the rest was left as it was. A sentence.
    Stopped(String),
    /// Everything is done.
    Finished,
}

impl BulkAction {
    /// The word on the button.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Enable => "Enable",
            Self::Disable => "Disable",
            Self::Delete => "Delete",
        }
    }

    /// What has been done: "3 accounts disabled".
    #[must_use]
    pub const fn done(self) -> &'static str {
        match self {
            Self::Enable => "enabled",
            Self::Disable => "disabled",
            Self::Delete => "deleted",
        }
    }

    /// What it means, said before it is done.
    #[must_use]
    pub const fn consequence(self) -> &'static str {
        match self {
            Self::Enable => "Their phones can register and call.",
            Self::Disable => "Their phones can no longer register or call. Nothing is lost: they can be enabled again.",
            Self::Delete => "Their phones stop working, and this cannot be undone. Their history stays.",
        }
    }
}
