//! A switch that is on or off, with its help beside it.

use leptos::prelude::*;

#[component]
pub fn Checkbox(
    name: &'static str,
    label: &'static str,
    #[prop(into)] checked: Signal<bool>,
    on_change: impl Fn(bool) + 'static,
    /// A warning under the switch while it is on.
    #[prop(optional, into)]
    note: ViewFn,
    #[prop(optional, into)] help: ViewFn,
) -> impl IntoView {
    view! {
        <div class="field">
            <label class="check">
                <input
                    type="checkbox"
                    id=name
                    name=name
                    value="on"
                    checked=checked.get_untracked()
                    prop:checked=checked
                    aria-describedby=format!("{name}-help")
                    on:change=move |event| on_change(event_target_checked(&event))
                />
                {label}
            </label>
            {note.run()}
            <div class="help by" id=format!("{name}-help")>
                {help.run()}
            </div>
        </div>
    }
}
