//! Chips: a shape and a word, colour only repeats what they say.

use leptos::prelude::*;

use super::icon::Icon;

/// `true` or `false` in the manual's words, with a shape.
#[component]
pub fn BoolChip(
    value: bool,
    /// Either is as it should be: `false` is no warning.
    #[prop(optional)]
    neutral: bool,
) -> impl IntoView {
    let (icon, word) = if value { ("yes", "true") } else { ("no", "false") };
    let class = if value || neutral { "chip bare" } else { "chip bare warn" };
    view! {
        <span class=class>
            <Icon name=icon />
            {word}
        </span>
    }
}
