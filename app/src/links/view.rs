//! What the pages know of links that are handed over without an SMS.

use serde::{Deserialize, Serialize};

use crate::domain::secret::Secret;

/// A QR code that carries a phone's configuration. Times are milliseconds since 1970 UTC.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivationCode {
    /// An SVG element.
    pub svg: Secret,
    pub until: i64,
}

/// The address of an activation page.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivationLink {
    pub address: Secret,
    pub until: i64,
}
