//! What the forms of profiles and settings have in common: fields that have names and hold text.

use std::str::FromStr;

use super::unknown::{UnknownField, UnknownWord};

/// A field of a form; they are ordered as in the form.
pub trait FormField: Copy + Ord + FromStr + Send + Sync + 'static {
    /// The name under which an HTML form posts the field.
    fn name(self) -> &'static str;

    /// What stands above the field.
    fn label(self) -> &'static str;
}

/// What was typed into a form.
pub trait FormDraft: Sized + Send + Sync + 'static {
    type Field: FormField;

    /// A field as a page shows it.
    fn get(&self, field: Self::Field) -> &str;

    /// Sets a field from its posted form.
    ///
    /// # Errors
    /// For a choice that the field does not offer.
    fn set(&mut self, field: Self::Field, text: &str) -> Result<(), UnknownWord>;

    /// Sets the pairs of a posted form; what is absent stays.
    ///
    /// # Errors
    /// For a field, or a choice, that the form does not have.
    fn filled(mut self, pairs: impl Iterator<Item = (String, String)>) -> Result<Self, UnknownField> {
        for (name, value) in pairs {
            let Ok(field) = name.parse() else {
                return Err(UnknownField(name));
            };
            self.set(field, &value).map_err(|_| UnknownField(format!("{name}={value}")))?;
        }
        Ok(self)
    }
}
