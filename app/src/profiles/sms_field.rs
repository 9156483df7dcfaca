//! The text of an SMS, and under it what somebody would get.

use leptos::prelude::*;

use super::form_sections::FormState;
use super::sms;
use crate::domain::profile_draft::ProfileField;
use crate::domain::sms_text::{Placeholder, SmsSize};
use crate::ui::field::{Field, TextArea};
use crate::ui::icon::Icon;

#[component]
pub fn SmsField(state: FormState, field: ProfileField) -> impl IntoView {
    view! {
        <div class="smstext">
            <Field name=field.name() label=field.label() full=true error=state.error(field) help=placeholders>
                <TextArea
                    name=field.name()
                    rows=3
                    value=state.text(field)
                    on_input=move |text| state.edit(field, &text)
                    error=state.error(field)
                />
            </Field>
            <Preview state=state field=field />
        </div>
    }
}

/// What can stand in the text.
fn placeholders() -> impl IntoView {
    let names = Placeholder::ALL.map(|placeholder| format!("{{{}}}", placeholder.name()));
    view! {
        "Filled in: "
        {names.into_iter().map(|name| view! { <code>{name}</code> " " }).collect_view()}
        ". Where an account has nothing to fill in, the place closes up."
    }
}

#[component]
fn Preview(state: FormState, field: ProfileField) -> impl IntoView {
    let example = Memo::new(move |_| state.draft.with(|draft| sms::example(draft, field)));
    let label = format!("Example of the {}", field.label());
    view! {
        <figure class="sms" aria-label=label id=format!("{}-example", field.name())>
            {move || match example.get() {
                Some(text) => view! { <Example text=text /> }.into_any(),
                None => view! { <p class="help">"An example stands here once the text has no mistake."</p> }.into_any(),
            }}
        </figure>
    }
}

#[component]
fn Example(text: String) -> impl IntoView {
    let cost = sms::cost(SmsSize::of(&text));
    let why_ucs2 = sms::why_ucs2(&text);
    view! {
        <p class="pre" dir="auto">
            {text}
        </p>
        <figcaption>
            <b>{cost}</b>
            {why_ucs2
                .map(|why| {
                    view! {
                        <p class="note">
                            <Icon name="warn" />
                            <span>{why}</span>
                        </p>
                    }
                })}
        </figcaption>
    }
}
