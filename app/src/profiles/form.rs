//! The profile form, for a new profile and for one that is there. It is a plain form too: without WASM it is posted to its
//! own address.

use leptos::prelude::*;
use leptos::web_sys::SubmitEvent;
use leptos_router::hooks::use_navigate;

use super::address_of;
use super::api::{create_profile, update_profile};
use super::form_sections::{Downloads, FormState, Naming, Phone, Sms, Support};
use super::view::ProfileFormStart;
use crate::error::AppError;
use crate::ui::error_summary::{ErrorSummary, show_summary};
use crate::ui::flash::{Flash, flash_next};

#[component]
pub fn ProfileForm(start: ProfileFormStart, editing: bool) -> impl IntoView {
    let ProfileFormStart { id, version, draft, errors, message, .. } = start;
    let state = FormState::new(draft, errors, |draft| draft.check().err().unwrap_or_default());
    let message = RwSignal::new(message);
    let navigate = use_navigate();

    let save = Action::new(move |(): &()| {
        let draft = state.draft.get_untracked();
        async move { if editing { update_profile(id, version, draft).await } else { create_profile(id, draft).await } }
    });
    Effect::new(move |_| match save.value().get() {
        Some(Ok(())) => {
            let text = if editing { "Provisioning profile updated" } else { "Provisioning profile created" };
            let name = state.draft.with_untracked(|draft| draft.name.trim().to_owned());
            flash_next(Flash { text: text.into(), link: Some((name, address_of(id))) });
            navigate("/profiles", Default::default());
        }
        Some(Err(error)) => {
            match error {
                AppError::InvalidProfile(errors) => state.refused.set(errors),
                other => message.set(Some(other.to_string())),
            }
            show_summary();
        }
        None => {}
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        state.tried.set(true);
        message.set(None);
        if !state.is_valid() {
            show_summary();
        } else if !save.pending().get_untracked() {
            save.dispatch(());
        }
    };
    let what = if editing { "The profile was not saved" } else { "The profile was not created" };
    view! {
        <form class="form" method="post" novalidate on:submit=submit>
            <ErrorSummary what=what problems=state.problems() message=message />
            <input type="hidden" name="id" value=id.to_string() />
            <input type="hidden" name="version" value=version.to_string() />
            <Naming state=state />
            <Phone state=state />
            <Support state=state />
            <Downloads state=state />
            <Sms state=state />
            <div class="foot">
                <button type="submit" class="btn main" aria-busy=move || save.pending().get().then_some("true")>
                    {if editing { "Update" } else { "Create" }}
                </button>
                <a href="/profiles" class="btn flat">
                    "Cancel"
                </a>
            </div>
        </form>
    }
}
