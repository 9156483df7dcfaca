//! What narrows a list, one condition at a time.

/// One condition of a filter `F`, as the line under the list tells it and as it can be taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition<F> {
    /// "contains", "type is" …
    pub verb: &'static str,
    /// “rossi”, SNOM …
    pub object: String,
    /// The same filter without it.
    pub without: F,
}
