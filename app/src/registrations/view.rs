//! What the pages know of registrations.

use serde::{Deserialize, Serialize};

use crate::domain::registration::Origin;
use crate::domain::transport::Transport;

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

/// The same as texts, in a row of a list: the browser need not know how addresses are read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Online {
    /// Milliseconds since 1970 UTC.
    pub until: i64,
    /// With the port; empty where the server tells none.
    pub address: String,
    /// Told with the address.
    pub transport: Option<Transport>,
    pub client: String,
}

impl From<Registration> for Online {
    fn from(Registration { until, origin, client }: Registration) -> Self {
        let (address, transport) = origin.map(|origin| (origin.text(), origin.transport)).unzip();
        Self { until, address: address.unwrap_or_default(), transport, client }
    }
}
