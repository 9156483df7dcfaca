//! What the pages know of registrations.

use serde::{Deserialize, Serialize};

use crate::domain::registration::Origin;

/// A registration that is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// When it ends, unless the phone registers again before: milliseconds since 1970 UTC.
    pub until: i64,
    /// From where; `None` where the server tells no address.
    pub origin: Option<Origin>,
    /// What the phone's program calls itself; empty where it does not.
    pub client: String,
}
