//! Who the account is: username, password, number, owner, group.

use leptos::prelude::*;

use super::availability::watch_availability;
use super::password::PasswordFields;
use super::state::FormState;
use crate::accounts::api::suggest_username;
use crate::domain::account_field::AccountField;
use crate::domain::account_type::AccountType;
use crate::domain::message::NoSms;
use crate::domain::phone_number::PhoneNumber;
use crate::groups::view::GroupChoice;
use crate::ui::field::{Field, SelectInput, TextArea, TextInput};
use crate::ui::icon::Icon;

#[component]
pub fn Identity(state: FormState, groups: Vec<GroupChoice>, sip_domain: String) -> impl IntoView {
    let availability = watch_availability(state);
    let suggest = Action::new(|(): &()| suggest_username());
    Effect::new(move |_| {
        if let Some(Ok(username)) = suggest.value().get() {
            state.edit(AccountField::Username, &username);
        }
    });
    let username = AccountField::Username;
    let editing = state.is_editing();
    let by_wizard = state.by_wizard;
    // Nobody can change the one that the wizard gives: when somebody else has taken it, another comes by itself.
    Effect::new(move |_| {
        if by_wizard && state.refused.with(|errors| errors.get(username).is_some()) {
            suggest.dispatch(());
        }
    });
    let choices: Vec<_> = std::iter::once((String::new(), "Choose a group".to_owned()))
        .chain(groups.into_iter().map(|group| (group.id.to_string(), group.name)))
        .collect();
    let number = AccountField::Number;
    let owner = AccountField::Owner;
    let group = AccountField::Group;
    let email = AccountField::Email;
    let description = AccountField::Description;
    view! {
        <section aria-labelledby="identity-title">
            <h2 id="identity-title">"Identity"</h2>
            <Field
                name="username"
                label="Username"
                error=state.error(username)
                help=move || {
                    let sip_domain = sip_domain.clone();
                    let first = if by_wizard { "Given by Ringkey. " } else { "3 to 20 digits, unique. " };
                    view! {
                        <Free free=availability.username_free />
                        {first}
                        "What the phone registers with at "
                        <b>{sip_domain}</b>
                        "."
                    }
                }
            >
                <TextInput
                    name="username"
                    keyboard="numeric"
                    required=true
                    fixed=by_wizard
                    value=state.text(username)
                    on_input=move |text| state.edit(username, &text)
                    error=state.error(username)
                />
                {(!editing && !by_wizard)
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="btn sq live"
                                aria-label="Another free number"
                                data-tip="Another free number"
                                on:click=move |_| {
                                    suggest.dispatch(());
                                }
                            >
                                <Icon name="dice" />
                            </button>
                        }
                    })}
            </Field>
            {(!by_wizard).then(|| view! { <PasswordFields state=state /> })}
            <Field
                name="number"
                label="Virtual Phone Number"
                error=state.error(number)
                help=move || {
                    view! {
                        <Free free=availability.number_free />
                        "What others dial, and what they see as the caller. "
                        <b>"+"</b>
                        " or "
                        <b>"00"</b>
                        " and 7–15 digits, or an extension of 2–15 digits such as 111. Without the international prefix, automatic activation by SMS cannot be used."
                    }
                }
            >
                <TextInput
                    name="number"
                    keyboard="tel"
                    required=true
                    value=state.text(number)
                    on_input=move |text| state.edit(number, &text)
                    error=state.error(number)
                />
            </Field>
            {by_wizard.then(|| view! { <NoSmsNote state=state /> })}
            <Field name="owner" label="Owner" optional=true error=state.error(owner)>
                <TextInput name="owner" value=state.text(owner) on_input=move |text| state.edit(owner, &text) error=state.error(owner) />
            </Field>
            <Field name="group" label="Group" error=state.error(group)>
                <SelectInput
                    name="group"
                    value=state.text(group)
                    choices=choices
                    on_change=move |text| state.edit(group, &text)
                    error=state.error(group)
                />
            </Field>
            <Field name="email" label="Email" optional=true error=state.error(email)>
                <TextInput
                    name="email"
                    kind="email"
                    keyboard="email"
                    value=state.text(email)
                    on_input=move |text| state.edit(email, &text)
                    error=state.error(email)
                />
            </Field>
            <Field name="description" label="Description" optional=true error=state.error(description)>
                <TextArea
                    name="description"
                    rows=2
                    value=state.text(description)
                    on_input=move |text| state.edit(description, &text)
                    error=state.error(description)
                />
            </Field>
        </section>
    }
}

/// Says while one types that no SMS reaches the number.
#[component]
fn NoSmsNote(state: FormState) -> impl IntoView {
    let is_extension = Memo::new(move |_| {
        let number = state.draft.with(|draft| PhoneNumber::parse(&draft.number));
        number.is_ok_and(|number| NoSms::of(AccountType::Pgsm, number.as_str()).is_some())
    });
    view! {
        <div role="status">
            {move || {
                is_extension
                    .get()
                    .then(|| {
                        view! {
                            <p class="note">
                                <Icon name="warn" />
                                <span>
                                    "SMS cannot reach an extension. You can create the account all the same, and activate it by QR code or copied link."
                                </span>
                            </p>
                        }
                    })
            }}
        </div>
    }
}

/// Says that what is typed is free; takes no place while it is not known.
#[component]
fn Free(free: Signal<bool>) -> impl IntoView {
    view! {
        <span role="status">
            {move || {
                free.get()
                    .then(|| {
                        view! {
                            <span class="free">
                                <Icon name="check" />
                                "Free"
                            </span>
                        }
                    })
            }}
        </span>
    }
}
