//! Places in lists of which the newest comes first.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Before this row, which is behind it in time. It stays where it is when new ones come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimePlace {
    /// Microseconds since 1970 UTC.
    pub at: i64,
    pub id: Uuid,
}

impl TimePlace {
    /// Reads the form of an address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (id, at) = text.split_once('.')?;
        Some(Self { at: at.parse().ok()?, id: id.parse().ok()? })
    }
}

/// The form of an address: the id, a dot, the time.
impl fmt::Display for TimePlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.id, self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_its_address_and_nonsense_is_none() {
        let place = TimePlace { at: -5, id: Uuid::from_u128(7) };
        assert_eq!(TimePlace::parse(&place.to_string()), Some(place));
        for nonsense in ["", ".", "x.1", "00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000001.x"] {
            assert_eq!(TimePlace::parse(nonsense), None, "{nonsense}");
        }
    }
}
