//! The conditions of a filter: as chips that can be taken away, and in words.

use leptos::prelude::*;

use super::dynamic::{dynamic, flag};
use super::icon::Icon;

/// A condition in words, and the address of the list without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub verb: &'static str,
    pub object: String,
    pub without: String,
}

#[component]
pub fn Chips(conditions: Memo<Vec<Told>>) -> impl IntoView {
    view! {
        <ul class="chips" aria-label="Conditions of the filter" hidden=flag(move || conditions.get().is_empty())>
            {dynamic(move || conditions.get().into_iter().map(|told| view! { <Chip told=told /> }).collect_view().into_any())}
        </ul>
    }
}

#[component]
fn Chip(told: Told) -> impl IntoView {
    let Told { verb, object, without } = told;
    let label = format!("Remove the condition: {verb} {object}");
    view! {
        <li>
            <a href=without data-noscroll="true" class="chip acc" aria-label=label>
                {verb}
                " "
                <b dir="auto">{object}</b>
                <Icon name="x" />
            </a>
        </li>
    }
}

/// What is filtered, in words, with the way back to all; `clear` is its address. On a phone the way alone: the chips stand above.
pub fn in_words(conditions: &[Told], clear: Signal<String>) -> AnyView {
    if conditions.is_empty() {
        return "Filter: Pure and Unfiltered!".into_any();
    }
    let told = conditions.iter().enumerate().map(|(at, Told { verb, object, .. })| {
        let before = if at == 0 || *verb == "or" { "" } else { "and " };
        view! { {before} {*verb} " " <b dir="auto">{object.clone()}</b> " " }.into_any()
    });
    view! {
        <span class="told">"Filter: " {told.collect_view()} "· "</span>
        <a href=clear data-noscroll="true">
            "Clear filter"
        </a>
    }
    .into_any()
}
