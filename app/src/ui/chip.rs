//! Chips: a shape and a word, colour only repeats what they say.

use leptos::prelude::*;

use super::html::Html;
use super::icon::Icon;

/// `true` or `false` in the manual's words, with a shape.
#[component]
pub fn BoolChip(
    value: bool,
    /// Either is as it should be: `false` is no warning.
    #[prop(optional)]
    neutral: bool,
) -> impl IntoView {
    let (class, icon, word) = look(value, neutral);
    view! {
        <span class=class>
            <Icon name=icon />
            {word}
        </span>
    }
}

/// Adds the same to a row of a table.
pub fn bool_chip(html: &mut Html, value: bool) {
    let (class, icon, word) = look(value, false);
    html.markup(r#"<span class=""#).markup(class).markup(r#"">"#).icon(icon).markup(word).markup("</span>");
}

/// Class, icon and word.
const fn look(value: bool, neutral: bool) -> (&'static str, &'static str, &'static str) {
    match (value, neutral) {
        (true, _) => ("chip bare", "yes", "true"),
        (false, true) => ("chip bare", "no", "false"),
        (false, false) => ("chip bare warn", "no", "false"),
    }
}
