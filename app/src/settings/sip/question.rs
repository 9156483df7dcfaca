//! The question before another SIP domain: in a dialog, and in the page for a form that was posted without WASM.

use leptos::prelude::*;

use super::view::DomainChange;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::dynamic::dynamic;
use crate::ui::message::{MessageLine, Tone};

/// What the button says.
const ACTION: &str = "Change the SIP domain";

fn title(change: &DomainChange) -> String {
    format!("Change the SIP domain to {}?", change.new)
}

fn paragraphs(change: &DomainChange) -> AnyView {
    change.words().into_iter().map(|text| view! { <p>{text}</p> }).collect_view().into_any()
}

/// Asks on this page.
#[component]
pub fn QuestionDialog(
    open: RwSignal<bool>,
    question: RwSignal<Option<DomainChange>>,
    #[prop(into)] busy: Signal<bool>,
    confirm: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <ConfirmDialog
            open=open
            title=Signal::derive(move || question.with(|question| question.as_ref().map(title).unwrap_or_default()))
            action=ACTION
            busy=busy
            problem=Signal::stored(None::<String>)
            on_confirm=confirm
        >
            {dynamic(move || question.with(|question| question.as_ref().map(paragraphs)).into_any())}
        </ConfirmDialog>
    }
}

/// Asks in the form, whose fields hold what was typed.
#[component]
pub fn QuestionInForm(question: DomainChange, confirm: impl Fn() + Send + 'static) -> impl IntoView {
    view! {
        <MessageLine tone=Tone::Warn>
            <div class="asks">
                <b>{title(&question)}</b>
                {paragraphs(&question)}
                <div class="row">
                    <button
                        type="submit"
                        name="confirmed"
                        value="true"
                        class="btn kill"
                        on:click=move |event| {
                            event.prevent_default();
                            confirm();
                        }
                    >
                        {ACTION}
                    </button>
                    <a href="/settings" rel="external" class="btn">
                        "Cancel"
                    </a>
                </div>
            </div>
        </MessageLine>
    }
}
