//! What of batches travels between server and browser.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::groups::view::GroupChoice;
use crate::profiles::ProfileChoice;

/// A batch in the list, and the head of its result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchView {
    pub id: Uuid,
    /// Milliseconds since 1970 UTC.
    pub created_at: i64,
    pub who: String,
    pub file_name: String,
    /// None when the group is not there any more.
    pub group: Option<String>,
    pub rows_read: i32,
    pub created: i32,
    /// When it was taken back, and by whom.
    pub undone: Option<(i64, String)>,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchDetails {
    pub batch: BatchView,
    /// Accounts of it that are still there.
    pub accounts: i64,
    /// Of these, how many have a number that no SMS reaches.
    pub extensions: i64,
    /// Accounts that stand in the way of taking it back.
    pub obstacles: Obstacles,
}

/// Accounts of a batch that were activated or changed since.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obstacles {
    pub count: i64,
    /// The first of them: id and how people call them.
    pub named: Vec<(Uuid, String)>,
}

/// What the page of a new batch starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchStart {
    pub groups: Vec<GroupChoice>,
    pub profiles: Vec<ProfileChoice>,
}

/// What stands in the address to which the rows of a batch are sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchSent {
    pub file_name: String,
    pub group: Uuid,
    pub profile: Uuid,
    /// How many rows the file has.
    pub rows_read: usize,
    /// How many of them are sent.
    pub rows: usize,
}

/// What the server tells while it stores a batch, or takes it back: a line of JSON each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchProgress {
    /// So many rows have arrived and keep every rule.
    Staged(usize),
    /// None of their numbers is taken, and all of them have usernames.
    Checked,
    /// So many accounts are written, or taken back.
    Written(usize),
    /// All that is left is to make it last.
    Committing,
    /// It is done: so many accounts.
    Done(usize),
    /// Nothing was done. A sentence, and the numbers (digits alone) that other accounts have.
    Refused { sentence: String, taken: Vec<String> },
}
