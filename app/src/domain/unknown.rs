//! What is answered to a word, or a form field, that Ringkey does not have.

use thiserror::Error;

use super::characters::shown;

/// A word that is none of the values it should be one of.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("“{}” is not one of: {expected}.", shown(.word, 40))]
pub struct UnknownWord {
    /// What was given.
    pub word: String,
    /// The words that would have been understood, separated by commas.
    pub expected: String,
}

impl UnknownWord {
    /// Finds the value that `word` stands for among `values`, each under the name that `name` gives
    /// it.
    ///
    /// # Errors
    /// `UnknownWord`, which names all of them.
    pub fn find<T: Copy>(word: &str, values: &[T], name: fn(T) -> &'static str) -> Result<T, Self> {
        let names = || values.iter().map(|value| name(*value)).collect::<Vec<_>>().join(", ");
        values.iter().copied().find(|value| name(*value) == word).ok_or_else(|| Self { word: word.to_owned(), expected: names() })
    }
}

/// A name, or a `name=value`, in a posted form that Ringkey's form cannot have sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("The form holds “{}”, which Ringkey does not know. Reload the page and try again.", shown(.0, 60))]
pub struct UnknownField(pub String);
