//! What the account may do: directory, calls, keep-alive, profile.

use leptos::prelude::*;

use super::state::FormState;
use crate::domain::account_field::AccountField;
use crate::domain::account_type::AccountType;
use crate::domain::keep_alive;
use crate::domain::role::Role;
use crate::groups::view::GroupChoice;
use crate::operators::operator::role_allows;
use crate::profiles::{ProfileChoice, ProfileOrigin, address_of};
use crate::ui::checkbox::Checkbox;
use crate::ui::field::{Field, SelectInput, TextInput};
use crate::ui::icon::Icon;

#[component]
pub fn Service(
    state: FormState,
    groups: Vec<GroupChoice>,
    profiles: Vec<ProfileChoice>,
    keep_alive_seconds: u32,
    unreachable_client: Option<String>,
) -> impl IntoView {
    let visible = AccountField::Visible;
    let call_limit = AccountField::CallLimit;
    let profile = AccountField::Profile;
    let group = Memo::new(move |_| state.draft.with(|draft| groups.iter().find(|group| group.id.to_string() == draft.group).cloned()));
    let profiles = StoredValue::new(profiles);
    let choices = Signal::derive(move || {
        let inherited = group.with(|group| match group {
            None => "The group’s".to_owned(),
            Some(GroupChoice { inherited: false, profile, .. }) => format!("The group’s: {profile}"),
            Some(GroupChoice { inherited: true, profile, .. }) => format!("The service’s default: {profile}"),
        });
        let own = profiles.with_value(|profiles| profiles.iter().map(|own| (own.id.to_string(), own.name.clone())).collect::<Vec<_>>());
        std::iter::once((String::new(), inherited)).chain(own).collect::<Vec<_>>()
    });
    let in_force = Memo::new(move |_| {
        let chosen = state.draft.with(|draft| draft.profile.clone());
        let own = profiles.with_value(|profiles| profiles.iter().find(|own| own.id.to_string() == chosen).cloned());
        own.map(|own| (own, ProfileOrigin::Account)).or_else(|| {
            let group = group.get()?;
            let origin = if group.inherited { ProfileOrigin::Service } else { ProfileOrigin::Group };
            Some((ProfileChoice { id: group.profile_id, name: group.profile }, origin))
        })
    });
    let may_see = role_allows(Role::Admin);
    view! {
        <section aria-labelledby="service-title">
            <h2 id="service-title">"Service"</h2>
            <Checkbox
                name="visible"
                label="Visible"
                checked=state.ticked(visible)
                on_change=move |on| state.edit(visible, if on { "on" } else { "" })
                help=|| "Listed in the directory that phones download."
            />
            <Field name="call_limit" label="Call Limit" error=state.error(call_limit) help=|| "Simultaneous calls, 1 to 100.">
                <TextInput
                    name="call_limit"
                    keyboard="numeric"
                    required=true
                    value=state.text(call_limit)
                    on_input=move |text| state.edit(call_limit, &text)
                    error=state.error(call_limit)
                />
            </Field>
            <KeepAlive state=state seconds=keep_alive_seconds unreachable_client=unreachable_client />
            <Field
                name="profile"
                label="Provisioning Profile"
                optional=true
                error=state.error(profile)
                help=move || view! { {move || in_force.get().map(|(profile, origin)| in_words(profile, origin, may_see))} }
            >
                <SelectInput
                    name="profile"
                    value=state.text(profile)
                    choices=choices
                    on_change=move |text| state.edit(profile, &text)
                    error=state.error(profile)
                />
            </Field>
        </section>
    }
}

/// The profile in force and where it comes from; what is typed stays when somebody looks at it.
fn in_words(profile: ProfileChoice, origin: ProfileOrigin, may_see: bool) -> AnyView {
    let ProfileChoice { id, name } = profile;
    let name = if may_see {
        view! {
            <a href=address_of(id) target="_blank" rel="noopener" dir="auto">
                {name}
            </a>
        }
        .into_any()
    } else {
        view! { <b dir="auto">{name}</b> }.into_any()
    };
    view! { "In force: " {name} ", " {origin.words()} "." }.into_any()
}

/// The manual's explanation, and the warning with figures for the interval in force. A client that keep-alive would make unreachable
/// is named before anybody ticks the box.
#[component]
fn KeepAlive(state: FormState, seconds: u32, unreachable_client: Option<String>) -> impl IntoView {
    let field = AccountField::KeepAlive;
    let ticked = state.ticked(field);
    let snom = state.is_type(AccountType::Snom);
    let cost = keep_alive::cost(seconds).text();
    let general =
        if unreachable_client.is_none() { " PrivateGSM clients before 11.1 cannot answer and would never be reachable." } else { "" };
    let unreachable = move || {
        unreachable_client.clone().map(|client| {
            view! {
                <p class="note">
                    <Icon name="warn" />
                    <span>
                        "The phone’s last client was " <b dir="auto">{client}</b>
                        ", which is older than 11.1 and cannot answer: with keep-alive its user would never be reachable."
                    </span>
                </p>
            }
        })
    };
    view! {
        <Checkbox
            name="keep_alive"
            label="Keep-alive Enabled"
            checked=ticked
            on_change=move |on| state.edit(field, if on { "on" } else { "" })
            note=move || {
                let cost = cost.clone();
                view! {
                    {unreachable()}
                    <Show when=move || ticked.get() && !snom.get()>
                        <p class="note">
                            <Icon name="warn" />
                            <span>
                                "About "
                                {cost.clone()}
                                ", and a shorter battery life."
                                {general}
                            </span>
                        </p>
                    </Show>
                }
            }
            help=move || {
                view! {
                    "The server asks the phone every "
                    <b>{seconds.to_string()} " s"</b>
                    ", so that network devices which cut idle sockets cannot make it unreachable. "
                    {move || if snom.get() { "On for desk phones: they are wired, so traffic and battery do not matter." } else { "" }}
                }
            }
        />
    }
}
