//! Parts of a view that follow signals.

use leptos::prelude::*;

/// What `view` gives, anew whenever a signal in it changes. All such parts are of one type: for each closure that stands in
/// a view by itself, the WASM would carry the whole machinery of building, hydrating and updating it.
pub fn dynamic(view: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    erased(Box::new(view))
}

fn erased(view: Box<dyn Fn() -> AnyView + Send>) -> AnyView {
    (move || view()).into_any()
}

/// A text that follows signals.
pub fn text(text: impl Fn() -> String + Send + Sync + 'static) -> Signal<String> {
    Signal::derive(text)
}

/// An attribute that is there or not.
pub fn flag(flag: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    Signal::derive(flag)
}

/// An attribute with a fixed word, or none.
pub fn word(word: impl Fn() -> Option<&'static str> + Send + Sync + 'static) -> Signal<Option<&'static str>> {
    Signal::derive(word)
}
