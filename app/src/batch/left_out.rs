//! The rows that a batch has left out, kept in the browser from its page to its result.

use leptos::prelude::*;
use uuid::Uuid;

/// A file with reasons.
#[derive(Clone, Debug)]
pub struct LeftOut {
    pub batch: Uuid,
    /// The name under which it is saved.
    pub name: String,
    pub text: String,
}

/// What the last batch has left out.
pub type Kept = StoredValue<Option<LeftOut>>;

/// To be called once, around the router.
pub fn provide_left_out() {
    provide_context(Kept::new(None));
}
