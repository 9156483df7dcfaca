//! Messages under the fields of a form, all collected before anyone is told.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::de::IntoDeserializer;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One sentence a field, in the order of the form. A field keeps its first message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldErrors<F: Ord>(Vec<(F, String)>);

impl<F: Ord + Serialize> Serialize for FieldErrors<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(field, message)| (field, message)))
    }
}

/// By way of one map for the fields of all forms: each map of its own would weigh kilobytes on every page.
impl<'de, F: Ord + Deserialize<'de>> Deserialize<'de> for FieldErrors<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut errors = Self::default();
        for (name, message) in BTreeMap::<String, String>::deserialize(deserializer)? {
            errors.add(F::deserialize(name.into_deserializer())?, message);
        }
        Ok(errors)
    }
}

impl<F: Ord> Default for FieldErrors<F> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<F: Ord> FieldErrors<F> {
    /// Adds a message, unless the field has one.
    pub fn add(&mut self, field: F, message: impl Into<String>) {
        if let Err(place) = self.place(&field) {
            self.0.insert(place, (field, message.into()));
        }
    }

    /// The message of a field.
    pub fn get(&self, field: F) -> Option<&str> {
        self.place(&field).ok().map(|place| self.0[place].1.as_str())
    }

    /// Forgets a field's message: it was touched again.
    pub fn remove(&mut self, field: F) {
        if let Ok(place) = self.place(&field) {
            self.0.remove(place);
        }
    }

    /// Whether no field has a message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many fields have a message.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The fields with their messages, in the order of the form.
    pub fn iter(&self) -> impl Iterator<Item = (F, &str)>
    where
        F: Copy,
    {
        self.0.iter().map(|(field, message)| (*field, message.as_str()))
    }

    /// Where the field's message is, or would be.
    fn place(&self, field: &F) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.cmp(field))
    }

    /// The value of a result; its error becomes the field's message.
    pub fn take<T, E: Display>(&mut self, field: F, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(field, error.to_string())).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_message_of_a_field_stays() {
        let mut errors = FieldErrors::default();
        errors.add(2, "first");
        errors.add(2, "second");
        errors.add(1, "other");
        assert_eq!(errors.get(2), Some("first"));
        assert_eq!(errors.iter().collect::<Vec<_>>(), [(1, "other"), (2, "first")]);
        assert_eq!(errors.len(), 2);
    }

    #[test]
    fn they_travel_as_a_map_in_any_order() {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Field {
            Username,
            CallLimit,
        }
        let mut errors = FieldErrors::default();
        errors.add(Field::CallLimit, "too many");
        errors.add(Field::Username, "taken");
        let sent = serde_json::to_string(&errors).unwrap();
        assert_eq!(sent, r#"{"username":"taken","call_limit":"too many"}"#);
        assert_eq!(serde_json::from_str::<FieldErrors<Field>>(&sent).unwrap(), errors);
        assert_eq!(serde_json::from_str::<FieldErrors<Field>>(r#"{"call_limit":"too many","username":"taken"}"#).unwrap(), errors);
        assert!(serde_json::from_str::<FieldErrors<Field>>(r#"{"other":"?"}"#).is_err());
        errors.remove(Field::Username);
        assert_eq!((errors.get(Field::Username), errors.get(Field::CallLimit)), (None, Some("too many")));
    }

    #[test]
    fn take_gives_the_value_or_notes_the_message() {
        let mut errors = FieldErrors::default();
        assert_eq!(errors.take(1, Ok::<_, String>(7)), Some(7));
        assert!(errors.is_empty());
        assert_eq!(errors.take(1, Err::<u8, _>("wrong")), None);
        assert_eq!(errors.get(1), Some("wrong"));
    }
}
