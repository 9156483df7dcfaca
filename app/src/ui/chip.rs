//! Chips: a shape and a word, colour only repeats what they say.

use leptos::prelude::*;

use super::icon::Icon;

/// `true` or `false` in the manual's words, with a shape.
#[component]
pub fn BoolChip(value: bool) -> impl IntoView {
    let (class, icon, word) = if value { ("chip bare", "yes", "true") } else { ("chip bare warn", "no", "false") };
    view! {
        <span class=class>
            <Icon name=icon />
            {word}
        </span>
    }
}
