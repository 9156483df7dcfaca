//! Labelled fields: label above, error in place, help beside or under it, tied together for screen readers.

use leptos::prelude::*;

use super::icon::Icon;

/// The frame of one field. `name` is also the id of its control, so that links of the error summary find it.
#[component]
pub fn Field(
    name: &'static str,
    label: &'static str,
    #[prop(optional)] optional: bool,
    /// Takes the whole width, help under the control.
    #[prop(optional)]
    full: bool,
    #[prop(into)] error: Signal<Option<String>>,
    #[prop(optional, into)] help: ViewFn,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="field" class:full=full class:bad=move || error.with(Option::is_some)>
            <label for=name>{label} {optional.then(|| view! { " " <i>"optional"</i> })}</label>
            <div class="in">{children()}</div>
            <FieldError name=name error=error />
            <div class="help" class:by=!full id=format!("{name}-help")>
                {help.run()}
            </div>
        </div>
    }
}

/// The message under a field. Its place stays in the page, so that screen readers hear the message arrive.
#[component]
pub fn FieldError(name: &'static str, #[prop(into)] error: Signal<Option<String>>) -> impl IntoView {
    view! {
        <div id=format!("{name}-error") aria-live="polite">
            {move || {
                error
                    .get()
                    .map(|message| {
                        view! {
                            <p class="err">
                                <Icon name="bad" />
                                <span>{message}</span>
                            </p>
                        }
                    })
            }}
        </div>
    }
}

/// Names of the texts that describe a control.
pub fn described_by(name: &str) -> String {
    format!("{name}-error {name}-help")
}

/// One line of text.
#[component]
pub fn TextInput(
    name: &'static str,
    #[prop(into)] value: Signal<String>,
    on_input: impl Fn(String) + 'static,
    #[prop(into)] error: Signal<Option<String>>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "text")] keyboard: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] required: bool,
    #[prop(optional)] mono: bool,
    /// Can be read and copied, and not changed.
    #[prop(optional)]
    fixed: bool,
    /// What counts while nothing is typed.
    #[prop(optional, into)]
    placeholder: MaybeProp<String>,
) -> impl IntoView {
    view! {
        <input
            id=name
            name=name
            type=kind
            inputmode=keyboard
            autocomplete=autocomplete
            autocapitalize="off"
            spellcheck="false"
            dir="auto"
            readonly=fixed
            class:mono=mono
            placeholder=move || placeholder.get()
            value=value.get_untracked()
            prop:value=value
            aria-required=required.then_some("true")
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=described_by(name)
            on:input=move |event| on_input(event_target_value(&event))
        />
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    name: &'static str,
    #[prop(into)] value: Signal<String>,
    on_input: impl Fn(String) + 'static,
    #[prop(into)] error: Signal<Option<String>>,
    rows: u8,
    #[prop(optional)] mono: bool,
) -> impl IntoView {
    // Leptos escapes no child of a textarea, and what is typed could end it.
    let text = html_escape::encode_text(&value.get_untracked()).into_owned();
    view! {
        <textarea
            id=name
            name=name
            rows=rows.to_string()
            spellcheck="false"
            dir="auto"
            class:mono=mono
            prop:value=value
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=described_by(name)
            on:input=move |event| on_input(event_target_value(&event))
            inner_html=text
        ></textarea>
    }
}

/// One of a few choices: (value, words).
#[component]
pub fn SelectInput(
    name: &'static str,
    #[prop(into)] value: Signal<String>,
    #[prop(into)] choices: Signal<Vec<(String, String)>>,
    on_change: impl Fn(String) + 'static,
    #[prop(into)] error: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <select
            id=name
            name=name
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=described_by(name)
            on:change=move |event| on_change(event_target_value(&event))
        >
            {move || {
                choices
                    .get()
                    .into_iter()
                    .map(|(key, words)| {
                        let own = key.clone();
                        view! {
                            <option value=key selected=move || value.with(|value| *value == own)>
                                {words}
                            </option>
                        }
                    })
                    .collect_view()
            }}
        </select>
    }
}
