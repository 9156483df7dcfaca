//! The group form, for a new group and for one that is there. It is a plain form too: without WASM it is posted to
//! its own address.

use leptos::prelude::*;
use leptos::web_sys::SubmitEvent;
use leptos_router::hooks::use_navigate;

use super::api::{create_group, update_group};
use super::view::GroupFormStart;
use crate::domain::field_errors::FieldErrors;
use crate::domain::group_draft::GroupField;
use crate::error::AppError;
use crate::ui::error_summary::{ErrorSummary, show_summary};
use crate::ui::field::{Field, SelectInput, TextInput};
use crate::ui::flash::{Flash, flash_next};

#[component]
pub fn GroupForm(start: GroupFormStart, editing: bool) -> impl IntoView {
    let GroupFormStart { id, version, draft, profiles, errors, message } = start;
    let draft = RwSignal::new(draft);
    let refused = RwSignal::new(errors);
    let message = RwSignal::new(message);
    let tried = RwSignal::new(false);
    let touched = RwSignal::new(Vec::<GroupField>::new());
    let navigate = use_navigate();

    let error = move |field: GroupField| {
        Signal::derive(move || {
            let own = draft.with(|draft| draft.check()).err();
            let shown = tried.get() || touched.with(|touched| touched.contains(&field));
            let local = own.filter(|_| shown).and_then(|errors| errors.get(field).map(str::to_owned));
            local.or_else(|| refused.with(|errors| errors.get(field).map(str::to_owned)))
        })
    };
    let edit = move |field: GroupField, value: String| {
        draft.update(|draft| draft.set(field, &value));
        refused.update(|errors| errors.remove(field));
        touched.update(|touched| touched.push(field));
    };
    let save = Action::new(move |(): &()| {
        let draft = draft.get_untracked();
        async move { if editing { update_group(id, version, draft).await } else { create_group(id, draft).await } }
    });
    Effect::new(move |_| match save.value().get() {
        Some(Ok(())) => {
            let text = if editing { "Group updated" } else { "Group created" };
            let name = draft.with_untracked(|draft| draft.name.clone());
            flash_next(Flash { text: text.into(), link: Some((name, format!("/accounts?group={id}"))) });
            navigate("/groups", Default::default());
        }
        Some(Err(error)) => {
            match error {
                AppError::InvalidGroup(errors) => refused.set(errors),
                other => message.set(Some(other.to_string())),
            }
            show_summary();
        }
        None => {}
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        message.set(None);
        if draft.with_untracked(|draft| draft.check()).is_err() {
            show_summary();
        } else if !save.pending().get_untracked() {
            save.dispatch(());
        }
    };
    let problems = Signal::derive(move || {
        let mut all: FieldErrors<GroupField> =
            if tried.get() { draft.with(|draft| draft.check()).err().unwrap_or_default() } else { FieldErrors::default() };
        refused.with(|errors| errors.iter().for_each(|(field, text)| all.add(field, text)));
        all.iter().map(|(field, text)| (field.name(), field.label(), text.to_owned())).collect::<Vec<_>>()
    });
    let profile_choices: Vec<_> = std::iter::once((String::new(), "The service’s default".to_owned()))
        .chain(profiles.into_iter().map(|profile| (profile.id.to_string(), profile.name)))
        .collect();
    view! {
        <form class="form" method="post" novalidate on:submit=submit>
            <ErrorSummary what=if editing { "The group was not saved" } else { "The group was not created" } problems=problems message=message />
            <input type="hidden" name="id" value=id.to_string() />
            <input type="hidden" name="version" value=version.to_string() />
            <section>
                <Field
                    name="name"
                    label="Name"
                    error=error(GroupField::Name)
                    help=|| "What the group is called in lists. It must be unique."
                >
                    <TextInput
                        name="name"
                        value=Signal::derive(move || draft.with(|d| d.name.clone()))
                        on_input=move |v| edit(GroupField::Name, v)
                        error=error(GroupField::Name)
                        required=true
                    />
                </Field>
                <Field name="company" label="Company" optional=true error=error(GroupField::Company)>
                    <TextInput
                        name="company"
                        value=Signal::derive(move || draft.with(|d| d.company.clone()))
                        on_input=move |v| edit(GroupField::Company, v)
                        error=error(GroupField::Company)
                    />
                </Field>
                <Field
                    name="email"
                    label="IT e-mail address"
                    optional=true
                    error=error(GroupField::Email)
                    help=|| "Shown as Admin Contact: whom to write to when this group’s phones need something."
                >
                    <TextInput
                        name="email"
                        kind="email"
                        keyboard="email"
                        value=Signal::derive(move || draft.with(|d| d.email.clone()))
                        on_input=move |v| edit(GroupField::Email, v)
                        error=error(GroupField::Email)
                    />
                </Field>
                <Field
                    name="profile"
                    label="Provisioning Profile"
                    optional=true
                    error=error(GroupField::Profile)
                    help=|| "What accounts of this group get unless they choose another."
                >
                    <SelectInput
                        name="profile"
                        value=Signal::derive(move || draft.with(|d| d.profile.clone()))
                        choices=profile_choices
                        on_change=move |v| edit(GroupField::Profile, v)
                        error=error(GroupField::Profile)
                    />
                </Field>
            </section>
            <div class="foot">
                <button type="submit" class="btn main" aria-busy=move || save.pending().get().then_some("true")>
                    {if editing { "Update" } else { "Create" }}
                </button>
                <a href="/groups" class="btn flat">
                    "Cancel"
                </a>
            </div>
        </form>
    }
}
