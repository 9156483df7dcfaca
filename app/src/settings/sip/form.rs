//! The form of the SIP settings. It is a plain form too: without WASM it is posted to an address of its own.

use leptos::prelude::*;
use leptos::web_sys::SubmitEvent;

use super::api::save_sip;
use super::form_sections::{Defaults, FormState, OutdatedLine, Server};
use super::question::{QuestionDialog, QuestionInForm};
use super::view::{Saved, SipFormStart};
use crate::error::AppError;
use crate::ui::error_summary::{ErrorSummary, bring_into_view};
use crate::ui::flash::flash_here;

/// The form of the gateway has a summary, too.
const SUMMARY: &str = "sip-summary";

#[component]
pub fn SipForm(
    start: SipFormStart,
    /// Reads the settings anew.
    saved: impl Fn() + 'static,
) -> impl IntoView {
    let SipFormStart { version, draft, errors, sip_domain, sip_digest, outdated, message, question: asked, .. } = start;
    let state = FormState::new(draft, errors, |draft| draft.check().err().unwrap_or_default());
    let message = RwSignal::new(message);
    let (question, asking) = (RwSignal::new(None), RwSignal::new(false));
    let save = Action::new(move |confirmed: &bool| {
        let (draft, confirmed) = (state.draft.get_untracked(), *confirmed);
        async move { save_sip(version, draft, confirmed).await }
    });
    Effect::new(move |_| {
        let Some(answer) = save.value().get() else { return };
        asking.set(false);
        match answer {
            Ok(Saved::Done) => {
                flash_here("Settings saved");
                saved();
                // What it did is told there.
                window().scroll_to_with_x_and_y(0.0, 0.0);
            }
            Ok(Saved::Asks(change)) => {
                question.set(Some(change));
                asking.set(true);
            }
            Err(error) => {
                match error {
                    AppError::InvalidSip(errors) => state.refused.set(errors),
                    other => message.set(Some(other.to_string())),
                }
                bring_into_view(SUMMARY);
            }
        }
    });
    let try_to_save = move |confirmed: bool| {
        state.tried.set(true);
        message.set(None);
        if !state.is_valid() {
            bring_into_view(SUMMARY);
        } else if !save.pending().get_untracked() {
            save.dispatch(confirmed);
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        try_to_save(false);
    };
    view! {
        <OutdatedLine outdated=outdated sip_domain=sip_domain />
        <form class="form" method="post" action="/settings/sip" aria-labelledby="sip-title" novalidate on:submit=submit>
            <ErrorSummary id=SUMMARY what="The settings were not saved" problems=state.problems() message=message />
            {asked.map(|change| view! { <QuestionInForm question=change confirm=move || try_to_save(true) /> })}
            <input type="hidden" name="version" value=version.to_string() />
            <Server state=state digest_in_force=sip_digest />
            <Defaults state=state />
            // No foot: other forms follow, and on a phone the bar below stays.
            <div class="save">
                <button type="submit" class="btn main" aria-busy=move || save.pending().get().then_some("true")>
                    "Save"
                </button>
            </div>
        </form>
        <QuestionDialog open=asking question=question busy=save.pending() confirm=move || try_to_save(true) />
    }
}
