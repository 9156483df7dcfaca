//! What the pages know of the groups that an operator is limited to.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The limit of an operator, as a choice among the groups that there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupLimit {
    /// All groups, by name.
    pub groups: Vec<(Uuid, String)>,
    /// Those that the operator is limited to; none: all, also those that will be made.
    pub chosen: Option<Vec<Uuid>>,
}
