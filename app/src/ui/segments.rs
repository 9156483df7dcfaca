//! A choice of two or three that are seen at once.

use leptos::prelude::*;

/// Radio buttons in one bar. `choices` are the values, and also their words where there are no others.
#[component]
pub fn Segments(
    name: &'static str,
    label: &'static str,
    choices: &'static [&'static str],
    #[prop(into)] value: Signal<String>,
    on_change: impl Fn(&'static str) + Clone + 'static,
    #[prop(into)] error: Signal<Option<String>>,
    #[prop(optional, into)] help: ViewFn,
    /// The words of a value.
    #[prop(optional)]
    words: Option<fn(&'static str) -> &'static str>,
) -> impl IntoView {
    view! {
        <div
            class="field"
            role="radiogroup"
            id=name
            aria-labelledby=format!("{name}-label")
            aria-describedby=super::field::described_by(name)
            class:bad=move || error.with(Option::is_some)
        >
            <span class="lab" id=format!("{name}-label")>
                {label}
            </span>
            <div>
                <div class="seg">
                    {choices
                        .iter()
                        .map(|choice| {
                            let on_change = on_change.clone();
                            let chosen = move || value.with(|value| value == choice);
                            view! {
                                <label>
                                    <input
                                        type="radio"
                                        name=name
                                        value=*choice
                                        checked=value.get_untracked() == *choice
                                        prop:checked=chosen
                                        on:change=move |_| on_change(choice)
                                    />
                                    {words.map_or(*choice, |words| words(choice))}
                                </label>
                            }
                        })
                        .collect_view()}
                </div>
            </div>
            <super::field::FieldError name=name error=error />
            <div class="help by" id=format!("{name}-help")>
                {help.run()}
            </div>
        </div>
    }
}
