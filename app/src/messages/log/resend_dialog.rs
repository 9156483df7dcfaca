//! What is asked before an SMS is sent again: whom it goes to, what it says, and that the old link dies.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::domain::message::{MessageState, SmsKind};
use crate::error::AppError;
use crate::messages::api::{preview_sms, resend_sms};
use crate::messages::send_dialog::Preview;
use crate::messages::view::{LoggedMessage, SmsPreview};
use crate::ui::dialog::open_at_once;
use crate::ui::flash::flash_here;
use crate::ui::message::{MessageLine, Tone};

/// It goes away when `asked` is set to nothing.
#[component]
pub fn ResendDialog(of: LoggedMessage, asked: RwSignal<Option<LoggedMessage>>) -> impl IntoView {
    let message = of.message;
    let dialog = open_at_once();
    let preview = RwSignal::new(None::<Result<SmsPreview, AppError>>);
    let kind = SmsKind::try_from(message.kind).ok();
    if let (Some(account), Some(kind)) = (message.account, kind) {
        spawn_local(async move {
            let found = preview_sms(account, kind).await;
            // Nobody waits for it when the dialog was closed meanwhile.
            preview.try_set(Some(found));
        });
    }
    let id = message.id;
    let send = Action::new(move |new: &uuid::Uuid| resend_sms(*new, id));
    // The browser then gives the focus back to what has opened the dialog.
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let label = kind.map(SmsKind::label).unwrap_or_default();
    Effect::new(move |_| {
        if let Some(Ok(number)) = send.value().get() {
            flash_here(&format!("{label} sent again to {number}"));
            close();
        }
    });
    let refused = move || match (preview.get(), send.value().get()) {
        (Some(Err(error)), _) | (_, Some(Err(error))) => Some(view! { <MessageLine tone=Tone::Bad>{error.to_string()}</MessageLine> }),
        _ => None,
    };
    let may_send = move || preview.with(|preview| !matches!(preview, Some(Err(_))));
    let waits = move || preview.with(Option::is_none) || send.pending().get();
    let confirm = move || {
        if let (false, Some(Ok(preview))) = (send.pending().get_untracked(), preview.get_untracked()) {
            send.dispatch(preview.message);
        }
    };
    let is_unknown = message.state == MessageState::Unknown;
    let title = format!("Send {label} to {} again?", message.title());
    view! {
        <dialog class="dlg" node_ref=dialog aria-labelledby="resend-title" on:close=move |_| asked.set(None)>
            <form
                method="dialog"
                on:submit=move |event| {
                    event.prevent_default();
                    confirm();
                }
            >
                <header>
                    <h2 id="resend-title" dir="auto">
                        {title}
                    </h2>
                    <p class="sub">
                        {move || match preview.get() {
                            Some(Ok(preview)) => format!("Username {} · to {}", preview.username, preview.number),
                            _ => "\u{a0}".to_owned(),
                        }}
                    </p>
                </header>
                <div class="pad" aria-busy=move || preview.with(Option::is_none).then_some("true")>
                    {is_unknown
                        .then(|| {
                            view! {
                                <MessageLine tone=Tone::Warn>
                                    "The first one may have arrived already: nobody knows. Its link stops working, and the user may get two SMSes."
                                </MessageLine>
                            }
                        })}
                    {move || match preview.get() {
                        Some(Ok(preview)) => view! { <Preview preview=preview /> }.into_any(),
                        _ => ().into_any(),
                    }}
                    <div role="alert">{refused}</div>
                </div>
                <footer>
                    <button type="button" class="btn" on:click=move |_| close()>
                        {move || if may_send() { "Cancel" } else { "Close" }}
                    </button>
                    <button
                        type="submit"
                        class="btn main"
                        autofocus
                        hidden=move || !may_send()
                        aria-busy=move || waits().then_some("true")
                    >
                        "Send again"
                    </button>
                </footer>
            </form>
        </dialog>
    }
}
