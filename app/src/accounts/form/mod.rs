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
pub mod wizard;

use leptos::prelude::*;
use leptos::web_sys::SubmitEvent;
use leptos_router::hooks::use_navigate;

use self::conflict::ConflictMessage;
use self::identity::Identity;
use self::phone::Phone;
use self::service::Service;
use self::state::FormState;
use super::api::{create_account, update_account};
use super::view::AccountFormStart;
use crate::error::AppError;
use crate::ui::error_summary::{ErrorSummary, bring_into_view, show_summary};
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
    let names = start.groups.iter().map(|group| (group.id.to_string(), group.name.clone()));
    let names = names.chain(start.profiles.iter().map(|profile| (profile.id.to_string(), profile.name.clone()))).collect::<Vec<_>>();

    let save = Action::new(move |(): &()| {
        let draft = state.draft.with_untracked(|draft| draft.for_type());
        let version = state.version.get_untracked();
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
        Some(Err(AppError::EditConflict(theirs))) => match theirs.read() {
            Some(theirs) => {
                state.meet(&theirs);
                bring_into_view("conflict");
            }
            None => {
                message.set(Some(AppError::BadRequest.to_string()));
                show_summary();
            }
        },
        Some(Err(error)) => {
            match error {
                AppError::InvalidAccount(errors) => state.refused.set(errors),
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
    let (what, action) = if editing { ("The account was not saved", "Update") } else { ("The account was not created", "Create") };
    view! {
        <form class="form" method="post" novalidate on:submit=submit>
            <ErrorSummary what=what problems=state.problems() message=message />
            <ConflictMessage state=state names=names />
            <input type="hidden" name="id" value=state.id.to_string() />
            <input type="hidden" name="version" value=move || state.version.get().to_string() />
            <Identity state=state groups=start.groups.clone() sip_domain=start.sip_domain />
            <Service
                state=state
                groups=start.groups
                profiles=start.profiles
                keep_alive_seconds=start.keep_alive_seconds
                unreachable_client=start.unreachable_client
            />
            <Phone state=state />
            <div class="foot">
                <button type="submit" class="btn main" aria-busy=move || save.pending().get().then_some("true")>
                    {action}
                </button>
                <a href=back class="btn flat">
                    "Cancel"
                </a>
            </div>
        </form>
    }
}
