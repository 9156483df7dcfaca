//! What the page knows of entries.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Change;
use crate::domain::audit_query::Filtered;
use crate::domain::timeline::TimePlace;

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    pub id: Uuid,
    /// Milliseconds since 1970 UTC.
    pub at: i64,
    pub who: String,
    /// The operator; nobody's id for users of phones and the command line.
    pub by: Option<Uuid>,
    pub address: Option<String>,
    pub action: String,
    /// The stored word of what it is about.
    pub kind: String,
    /// How that was called then.
    pub subject: String,
    /// Where it is shown, as long as it is there.
    pub link: Option<String>,
    pub changes: Vec<Change>,
}

impl AuditEntry {
    /// What a filter looks at.
    #[must_use]
    pub fn filtered(&self) -> Filtered<'_> {
        Filtered {
            who: &self.who,
            by: self.by,
            address: self.address.as_deref(),
            action: &self.action,
            kind: &self.kind,
            subject: &self.subject,
            at: self.at.saturating_mul(1_000),
        }
    }
}

/// Some of the entries, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditList {
    pub entries: Vec<AuditEntry>,
    /// The place of the last of them, if there are older ones.
    pub older: Option<TimePlace>,
    /// How many the filter lets through, counted up to [`COUNT_LIMIT`] + 1; only told with the newest.
    pub matching: Option<i64>,
    /// Every operator with the name of today.
    pub operators: Vec<(Uuid, String)>,
}

/// Beyond this many, a count says "more than".
pub const COUNT_LIMIT: i64 = 1000;
