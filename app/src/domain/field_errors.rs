//! Messages under the fields of a form, all collected before anyone is told.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::{Deserialize, Serialize};

/// One sentence a field, in the order of the form. A field keeps its first message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldErrors<F: Ord>(BTreeMap<F, String>);

impl<F: Ord> Default for FieldErrors<F> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<F: Ord> FieldErrors<F> {
    /// Adds a message, unless the field has one.
    pub fn add(&mut self, field: F, message: impl Into<String>) {
        self.0.entry(field).or_insert_with(|| message.into());
    }

    /// The message of a field.
    pub fn get(&self, field: F) -> Option<&str> {
        self.0.get(&field).map(String::as_str)
    }

    /// Forgets a field's message: it was touched again.
    pub fn remove(&mut self, field: F) {
        self.0.remove(&field);
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
    fn take_gives_the_value_or_notes_the_message() {
        let mut errors = FieldErrors::default();
        assert_eq!(errors.take(1, Ok::<_, String>(7)), Some(7));
        assert!(errors.is_empty());
        assert_eq!(errors.take(1, Err::<u8, _>("wrong")), None);
        assert_eq!(errors.get(1), Some("wrong"));
    }
}
