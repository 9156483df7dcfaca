//! What is asked before an SMS is sent: whom it goes to, what it says, and what it does.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::wasm_split;
use uuid::Uuid;

use super::api::{preview_sms, send_sms};
use super::view::SmsPreview;
use crate::domain::message::SmsKind;
use crate::domain::sms_text::SmsSize;
use crate::error::AppError;
use crate::lazy::Fetched;
use crate::profiles::sms::parts;
use crate::ui::dialog::open_at_once;
use crate::ui::flash::flash_here;
use crate::ui::icon::Icon;
use crate::ui::message::{MessageLine, Tone};
use crate::ui::time::When;

/// Which SMS somebody wants to send, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub account: Uuid,
    /// How people call the account.
    pub title: String,
    pub kind: SmsKind,
}

/// Opens as soon as it is there; it goes away when `asked` is set to nothing. `sent` is called when the SMS is queued.
#[wasm_split(list_dialogs, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn send_dialog(which: Asked, asked: RwSignal<Option<Asked>>, sent: Callback<()>) -> Fetched {
    Ok(view! { <SendDialog which=which asked=asked sent=sent /> }.into_any())
}

#[component]
fn SendDialog(which: Asked, asked: RwSignal<Option<Asked>>, sent: Callback<()>) -> impl IntoView {
    let Asked { account, title, kind } = which;
    let dialog = open_at_once();
    let preview = RwSignal::new(None::<Result<SmsPreview, AppError>>);
    spawn_local(async move {
        let found = preview_sms(account, kind).await;
        // Nobody waits for it when the dialog was closed meanwhile.
        preview.try_set(Some(found));
    });
    let send = Action::new(move |message: &Uuid| send_sms(*message, account, kind));
    // The browser then gives the focus back to what has opened the dialog.
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let done = format!("{} sent to {title}", kind.label());
    Effect::new(move |_| {
        if matches!(send.value().get(), Some(Ok(_))) {
            flash_here(&done);
            sent.run(());
            close();
        }
    });
    let refused = move || match (preview.get(), send.value().get()) {
        (Some(Err(error)), _) | (_, Some(Err(error))) => Some(view! { <MessageLine tone=Tone::Bad>{error.to_string()}</MessageLine> }),
        _ => None,
    };
    let may_send = move || preview.with(|preview| !matches!(preview, Some(Err(_))));
    let waits = move || preview.with(Option::is_none) || send.pending().get();
    let content = move || match preview.get() {
        None => view! { <Loading /> }.into_any(),
        Some(Ok(preview)) => view! { <Preview preview=preview /> }.into_any(),
        Some(Err(_)) => ().into_any(),
    };
    let confirm = move || {
        if let (false, Some(Ok(preview))) = (send.pending().get_untracked(), preview.get_untracked()) {
            send.dispatch(preview.message);
        }
    };
    view! {
        <dialog class="dlg" node_ref=dialog aria-labelledby="send-title" on:close=move |_| asked.set(None)>
            <form
                method="dialog"
                on:submit=move |event| {
                    event.prevent_default();
                    confirm();
                }
            >
                <header>
                    <h2 id="send-title" dir="auto">
                        {format!("Send {} to {title}?", kind.label())}
                    </h2>
                    <p class="sub">
                        {move || match preview.get() {
                            Some(Ok(preview)) => format!("Username {} · to {}", preview.username, preview.number),
                            _ => "\u{a0}".to_owned(),
                        }}
                    </p>
                </header>
                <div class="pad" aria-busy=move || preview.with(Option::is_none).then_some("true")>
                    {content}
                    <div role="alert">{refused}</div>
                </div>
                <footer>
                    <button type="button" class="btn" on:click=move |_| close()>
                        {move || if may_send() { "Cancel" } else { "Close" }}
                        <kbd>"Esc"</kbd>
                    </button>
                    <button
                        type="submit"
                        class="btn main"
                        autofocus
                        hidden=move || !may_send()
                        aria-busy=move || waits().then_some("true")
                    >
                        {format!("Send {}", kind.label())}
                        <kbd>
                            <Icon name="enter" />
                        </kbd>
                    </button>
                </footer>
            </form>
        </dialog>
    }
}

/// In the place of what the server has not told yet.
#[component]
fn Loading() -> impl IntoView {
    view! {
        <div class="skeleton" role="status" aria-label="The text of the SMS is on its way">
            <div></div>
            <div></div>
            <div></div>
        </div>
    }
}

/// Whom it goes to, what it says and what it does.
#[component]
pub fn Preview(preview: SmsPreview) -> impl IntoView {
    let is_activation = preview.kind == SmsKind::Activation;
    let replaces = preview.replaces.map(|at| view! { "An earlier link, made " <When at=at /> ", stops working." });
    let effect = if is_activation {
        view! {
            <MessageLine tone=Tone::Warn>
                <b>"This re-keys the account."</b>
                " When the link is used, a new password is set: any phone that is signed in with the old one goes offline. "
                {preview.enables.then_some("The account is disabled, and the link enables it. ")}
                {replaces}
            </MessageLine>
        }
        .into_any()
    } else {
        replaces.map(|replaces| view! { <p>{replaces}</p> }).into_any()
    };
    let once = if is_activation { ", usable once" } else { "" };
    view! {
        {effect}
        <div class="quoted">
            <p class="sub" dir="auto">
                {format!("Text from the profile “{}”", preview.profile)}
            </p>
            <p class="sms pre" dir="auto">
                {preview.text}
            </p>
            <p class="sub">{format!("{} · link valid {} h{once}", cost(preview.size), preview.hours)}</p>
        </div>
        {preview.is_development.then(|| view! { <GoesToNobody /> })}
    }
}

/// What is said wherever an SMS can be sent, while no gateway is set up.
#[component]
pub fn GoesToNobody() -> impl IntoView {
    view! {
        <p class="aside">
            <Icon name="info" />
            "No SMS gateway is set up: SMSes go to nobody, and are shown on the Messages page only."
        </p>
    }
}

/// "1 SMS, 118 of 160 characters".
fn cost(size: SmsSize) -> String {
    format!("{}, {} of {} characters", parts(size), size.units, size.units + size.left)
}
