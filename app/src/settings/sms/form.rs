//! The form of the SMS gateway. It is a plain form too: without WASM it is posted to its own address.

use leptos::prelude::*;
use leptos::web_sys::SubmitEvent;

use super::api::save_gateway;
use super::form_sections::{Choice, Kannel, Limits, Twilio};
use super::form_state::FormState;
use super::view::GatewayFormStart;
use crate::error::AppError;
use crate::ui::error_summary::{ErrorSummary, show_summary};
use crate::ui::flash::flash_here;

#[component]
pub fn GatewayForm(
    start: GatewayFormStart,
    /// Reads the settings anew.
    saved: impl Fn() + 'static,
) -> impl IntoView {
    let state = FormState::new(&start);
    let GatewayFormStart { version, origin, message, .. } = start;
    let message = RwSignal::new(message);
    let save = Action::new(move |(): &()| {
        let draft = state.fields.draft.get_untracked();
        async move { save_gateway(version, draft).await }
    });
    Effect::new(move |_| match save.value().get() {
        Some(Ok(())) => {
            flash_here("Settings saved");
            saved();
        }
        Some(Err(error)) => {
            match error {
                AppError::InvalidGateway(errors) => state.fields.refused.set(errors),
                other => message.set(Some(other.to_string())),
            }
            show_summary();
        }
        None => {}
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        state.fields.tried.set(true);
        message.set(None);
        if !state.fields.is_valid() {
            show_summary();
        } else if !save.pending().get_untracked() {
            save.dispatch(());
        }
    };
    view! {
        <form class="form gateway" method="post" action="/settings" aria-labelledby="gateway-title" novalidate on:submit=submit>
            <ErrorSummary what="The settings were not saved" problems=state.fields.problems() message=message />
            <input type="hidden" name="version" value=version.to_string() />
            <Choice state=state />
            <Kannel state=state origin=origin.clone() />
            <Twilio state=state origin=origin />
            <Limits state=state />
            // No foot: another form follows, and on a phone the bar below stays.
            <div class="save">
                <button type="submit" class="btn main" aria-busy=move || save.pending().get().then_some("true")>
                    "Save"
                </button>
            </div>
        </form>
    }
}
