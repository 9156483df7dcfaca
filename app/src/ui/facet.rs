//! A facet beside the filter box.

use leptos::prelude::*;

use super::dynamic::{dynamic, flag};

/// A facet of which one value can be chosen, or any.
#[component]
pub fn Facet(
    name: &'static str,
    label: &'static str,
    /// Values, and what people read.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    value: Signal<String>,
    on_change: impl Fn(&'static str, String) + 'static,
) -> impl IntoView {
    view! {
        <label class="facet" class:on=flag(move || !value.get().is_empty())>
            <span>{label}</span>
            <select name=name on:change=move |event| on_change(name, event_target_value(&event)) prop:value=value>
                <option value="" selected=flag(move || value.get().is_empty())>
                    "Any"
                </option>
                {dynamic(move || {
                    options
                        .get()
                        .into_iter()
                        .map(|(word, label)| {
                            let is_chosen = value.get_untracked() == word;
                            view! {
                                <option value=word selected=is_chosen>
                                    {label}
                                </option>
                            }
                        })
                        .collect_view()
                        .into_any()
                })}
            </select>
        </label>
    }
}
