//! Icons: symbols of `icons.svg`, which the shell puts into every page.

use leptos::prelude::*;

/// One icon, silent for screen readers: the words beside it say the same.
#[component]
pub fn Icon(
    /// The symbol's id in `icons.svg`.
    name: &'static str,
) -> impl IntoView {
    view! {
        <svg class="i" aria-hidden="true">
            <use href=format!("#{name}")></use>
        </svg>
    }
}
