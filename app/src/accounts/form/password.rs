//! Password and its repetition, with a generator. It cannot be read again after saving.

use leptos::prelude::*;

use super::state::FormState;
use crate::domain::account_field::AccountField;
use crate::ui::copy::copy_text;
use crate::ui::field::{FieldError, described_by};
use crate::ui::icon::Icon;

#[component]
pub fn PasswordFields(state: FormState) -> impl IntoView {
    let shown = RwSignal::new(false);
    let generate = move |_| {
        if let Some(password) = generated() {
            state.edit(AccountField::Password, &password);
            state.edit(AccountField::RepeatPassword, &password);
            shown.set(true);
        }
    };
    let editing = state.is_editing();
    let both = [
        (AccountField::Password, "password", "Password", "password-help"),
        (AccountField::RepeatPassword, "repeat_password", "Repeat password", "repeat_password-help"),
    ];
    let bad = move || both.iter().any(|(field, ..)| state.error(*field).with(Option::is_some));
    view! {
        <div class="field two" class:bad=bad>
            <div class="in">
                {both
                    .into_iter()
                    .map(|(field, name, label, _)| {
                        let error = state.error(field);
                        let value = state.text(field);
                        view! {
                            <div>
                                <label class="lab" for=name>
                                    {label}
                                </label>
                                <input
                                    id=name
                                    name=name
                                    type=move || if shown.get() { "text" } else { "password" }
                                    autocomplete="new-password"
                                    autocapitalize="off"
                                    spellcheck="false"
                                    class="mono"
                                    aria-required=(!editing).then_some("true")
                                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                                    aria-describedby=described_by(name)
                                    prop:value=value
                                    on:input=move |event| state.edit(field, &event_target_value(&event))
                                />
                                <FieldError name=name error=error />
                            </div>
                        }
                    })
                    .collect_view()}
            </div>
            <div class="row">
                <button type="button" class="btn live" on:click=generate>
                    <Icon name="dice" />
                    "Generate"
                </button>
                <button
                    type="button"
                    class="btn flat live"
                    aria-pressed=move || shown.get().to_string()
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    <Icon name="eye" />
                    {move || if shown.get() { "Hide" } else { "Show" }}
                </button>
                <Show when=move || state.draft.with(|draft| !draft.password.is_empty())>
                    <button
                        type="button"
                        class="btn flat"
                        on:click=move |_| state.draft.with_untracked(|draft| copy_text(draft.password.expose()))
                    >
                        <Icon name="copy" />
                        "Copy"
                    </button>
                </Show>
            </div>
            <div class="help by" id="password-help">
                {if editing { "Leave both empty to keep the password that is set. " } else { "" }}
                "8 to 64 characters; not the username, the number or a digit sequence. It cannot be read again after saving."
            </div>
            <span hidden id="repeat_password-help">
                "The same password once more."
            </span>
        </div>
    }
}

/// A strong password from the browser's random source.
fn generated() -> Option<String> {
    #[cfg(feature = "hydrate")]
    {
        let mut random = [0_u8; 32];
        window().crypto().ok()?.get_random_values_with_u8_array(&mut random).ok()?;
        Some(crate::domain::password::AccountPassword::generate(&random))
    }
    #[cfg(not(feature = "hydrate"))]
    None
}
