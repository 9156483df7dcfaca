//! The account form, for a new account and for one that is there. Every rule is checked while one types; the type
//! swaps the fields at once. It is a plain form too: without WASM it is posted to its own address.

mod acl_editor;
mod availability;
mod conflict;
mod identity;
mod password;
mod phone;
mod service;
mod state;

use leptos::prelude::*;
use leptos::web_sys::SubmitEvent;
use leptos_router::components::A;
use leptos_router::hooks::use_navigate;

use self::conflict::{Conflict, merge};
use self::identity::Identity;
use self::phone::Phone;
use self::service::Service;
use self::state::FormState;
use super::api::{create_account, update_account};
use super::view::AccountFormStart;
use crate::error::AppError;
use crate::ui::error_summary::ErrorSummary;
use crate::ui::flash::{Flash, flash_next};

#[component]
pub fn AccountForm(
    start: AccountFormStart,
    /// Where one came from, and goes back to.
    back: String,
) -> impl IntoView {
    let state = FormState::new(&start);
    let editing = state.is_editing();
    let message = RwSignal::new(start.message.clone());
    let conflict = RwSignal::new(None);
    let version = Signal::derive(move || state.saved.with(|saved| saved.as_ref().map_or(0, |account| account.version)));

    let save = Action::new(move |(): &()| {
        let draft = state.draft.with_untracked(|draft| draft.for_type());
        let version = version.get_untracked();
        async move { if editing { update_account(state.id, version, draft).await } else { create_account(state.id, draft).await } }
    });
    let navigate = use_navigate();
    let after = back.clone();
    Effect::new(move |_| match save.value().get() {
        Some(Ok(())) => {
            let draft = state.draft.get_untracked();
            let name =
                if draft.owner.trim().is_empty() { draft.username.clone() } else { format!("{}, {}", draft.owner.trim(), draft.username) };
            let text = if editing { "Account updated" } else { "Account created" };
            flash_next(Flash { text: text.into(), link: Some((name, format!("/accounts/{}", state.id))) });
            let after = if editing { after.clone() } else { format!("/accounts?group={}", draft.group) };
            navigate(&after, Default::default());
        }
        Some(Err(AppError::InvalidAccount(errors))) => state.refused.set(errors),
        Some(Err(AppError::EditConflict(theirs))) => {
            let merged = state.saved.get_untracked().map(|base| merge(&base.draft(), &state.draft.get_untracked(), &theirs.draft()));
            if let Some(merged) = merged {
                state.draft.set(merged.draft);
                conflict.set(Some((merged.taken, merged.both)));
            }
            state.saved.set(Some(*theirs));
        }
        Some(Err(error)) => message.set(Some(error.to_string())),
        None => {}
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        state.tried.set(true);
        message.set(None);
        if state.is_valid() && !save.pending().get_untracked() {
            save.dispatch(());
        }
        show_summary();
    };
    let (what, action) = if editing { ("The account was not saved", "Update") } else { ("The account was not created", "Create") };
    view! {
        <form class="form" method="post" novalidate on:submit=submit>
            <ErrorSummary what=what problems=state.problems() message=message />
            <Conflict state=state conflict=conflict />
            <input type="hidden" name="id" value=state.id.to_string() />
            <input type="hidden" name="version" value=move || version.get().to_string() />
            <Identity state=state groups=start.groups.clone() sip_domain=start.sip_domain />
            <Service state=state groups=start.groups profiles=start.profiles keep_alive_seconds=start.keep_alive_seconds />
            <Phone state=state />
            <div class="foot">
                <button type="submit" class="btn main" aria-busy=move || save.pending().get().then_some("true")>
                    {action}
                </button>
                <A href=back attr:class="btn flat">
                    "Cancel"
                </A>
            </div>
        </form>
    }
}

/// Brings what is wrong into view, once it is there.
fn show_summary() {
    #[cfg(feature = "hydrate")]
    request_animation_frame(|| {
        use leptos::wasm_bindgen::JsCast;
        use leptos::web_sys::HtmlElement;

        if let Some(summary) = document().get_element_by_id("summary").filter(|summary| summary.child_element_count() > 0) {
            summary.scroll_into_view();
            if let Ok(summary) = summary.dyn_into::<HtmlElement>() {
                // Not focused is not lost: the summary is also announced.
                let _ = summary.focus();
            }
        }
    });
}
