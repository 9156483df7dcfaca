//! Pages that show the newest first: the filter and the place in it are their state, and the address has both.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::query_string::encode;

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

/// The filter of such a page; its default lets all through.
pub trait TimelineFilter: Clone + Default {
    /// The page.
    const PATH: &'static str;

    /// Takes one decoded pair of an address. What is nonsense is passed over.
    fn read(&mut self, name: &str, value: &str);

    /// Its conditions as an address has them, under the names that [`Self::read`] knows.
    fn pairs(&self) -> Vec<(&'static str, Option<String>)>;
}

/// The state of such a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeline<F> {
    pub filter: F,
    /// Only what is older than this one.
    pub before: Option<TimePlace>,
}

impl<F: TimelineFilter> Timeline<F> {
    /// The newest of a choice.
    #[must_use]
    pub const fn of(filter: F) -> Self {
        Self { filter, before: None }
    }

    /// The same choice from this place on.
    #[must_use]
    pub fn older_than(&self, place: TimePlace) -> Self {
        Self { before: Some(place), ..self.clone() }
    }

    /// Reads the decoded pairs of an address. What is nonsense or unknown is passed over.
    pub fn from_query<K: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut query = Self::default();
        for (name, value) in pairs {
            match name.as_ref() {
                "before" => query.before = TimePlace::parse(value.as_ref()),
                name => query.filter.read(name, value.as_ref()),
            }
        }
        query
    }

    /// The address of the page in this state.
    #[must_use]
    pub fn to_address(&self) -> String {
        self.address_of(F::PATH)
    }

    /// The same state at another address.
    #[must_use]
    pub fn address_of(&self, path: &str) -> String {
        let place = ("before", self.before.map(|place| place.to_string()));
        let pairs = self.filter.pairs().into_iter().chain([place]);
        let parts: Vec<String> = pairs.filter_map(|(name, value)| Some(format!("{name}={}", encode(&value?)))).collect();
        if parts.is_empty() { path.into() } else { format!("{path}?{}", parts.join("&")) }
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
