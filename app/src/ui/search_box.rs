//! The filter box above a list.

use leptos::html;
use leptos::prelude::*;

use super::dynamic::flag;
use super::icon::Icon;

#[component]
pub fn SearchBox(
    label: &'static str,
    placeholder: &'static str,
    /// What is looked for; when it changes by other means than typing, the box follows.
    #[prop(into)]
    text: Signal<String>,
    on_input: impl Fn(String) + Clone + 'static,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let filled = RwSignal::new(text.with_untracked(|text| !text.is_empty()));
    Effect::new(move |_| {
        let (Some(input), text) = (input.get(), text.get()) else { return };
        // Blanks that are being typed are nothing to look for yet, and stay in the box.
        if input.value().split_whitespace().ne(text.split_whitespace()) {
            input.set_value(&text);
            filled.set(!text.is_empty());
        }
    });
    let typed = {
        let on_input = on_input.clone();
        move |text: String| {
            filled.set(!text.is_empty());
            on_input(text);
        }
    };
    let clear = move |_| {
        if let Some(input) = input.get_untracked() {
            input.set_value("");
            // Without focus the next key press would go nowhere; failing to focus is no harm.
            let _ = input.focus();
        }
        filled.set(false);
        on_input(String::new());
    };
    view! {
        <div class="search">
            <Icon name="search" />
            <input
                type="search"
                name="q"
                node_ref=input
                aria-label=label
                placeholder=placeholder
                value=text.get_untracked()
                autocomplete="off"
                spellcheck="false"
                on:input=move |event| typed(event_target_value(&event))
            />
            <button class="shut" type="button" aria-label="Clear the filter text" hidden=flag(move || !filled.get()) on:click=clear>
                <Icon name="x" />
            </button>
        </div>
    }
}
