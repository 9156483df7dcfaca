//! Activation without an SMS: a QR code on the screen, or a link that is copied.

use leptos::ev::FocusEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::web_sys::HtmlInputElement;
use uuid::Uuid;

use super::api::{copy_activation_link, show_activation_code};
use super::view::{ActivationCode, ActivationLink};
use crate::error::AppError;
use crate::ui::copy::try_copy;
use crate::ui::dialog::open_at_once;
use crate::ui::icon::Icon;
use crate::ui::message::{MessageLine, Tone};
use crate::ui::time::ExactTime;

/// Whose phone somebody wants to activate without an SMS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub account: Uuid,
    /// How people call the account.
    pub title: String,
    pub username: String,
    /// The account was disabled by hand, and whoever uses the link enables it.
    pub enables: bool,
}

/// What was made.
#[derive(Clone)]
enum Made {
    Code(ActivationCode),
    Link(ActivationLink),
}

/// It goes away when `asked` is set to nothing; `made` is called then, if there is a new link.
#[component]
pub fn ActivationDialog(which: Asked, asked: RwSignal<Option<Asked>>, made: Callback<()>) -> impl IntoView {
    let Asked { account, title, username, enables } = which;
    let dialog = open_at_once();
    let shown = RwSignal::new(None::<Made>);
    let make = Action::new(move |as_code: &bool| {
        let as_code = *as_code;
        async move {
            if as_code { show_activation_code(account).await.map(Made::Code) } else { copy_activation_link(account).await.map(Made::Link) }
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(made)) = make.value().get() {
            shown.set(Some(made));
        }
    });
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let ask_for = move |as_code: bool| {
        if !make.pending().get_untracked() {
            make.dispatch(as_code);
        }
    };
    let refused = move || match make.value().get() {
        Some(Err(error)) => Some(view! { <Refused error=error /> }),
        _ => None,
    };
    let busy = move || make.pending().get().then_some("true");
    let is_asking = move || shown.with(Option::is_none);
    let content = move || match shown.get() {
        None => view! { <Question enables=enables /> }.into_any(),
        Some(Made::Code(code)) => view! { <Code code=code /> }.into_any(),
        Some(Made::Link(link)) => view! { <Link link=link /> }.into_any(),
    };
    let closed = move || {
        let is_made = !is_asking();
        asked.set(None);
        if is_made {
            made.run(());
        }
    };
    view! {
        <dialog class="dlg" node_ref=dialog aria-labelledby="code-title" on:close=move |_| closed()>
            <form
                method="dialog"
                on:submit=move |event| {
                    event.prevent_default();
                    if is_asking() { ask_for(true) } else { close() }
                }
            >
                <header>
                    <h2 id="code-title" dir="auto">
                        {format!("Activate the phone of {title}")}
                    </h2>
                    <p class="sub">{format!("Username {username} · without an SMS")}</p>
                </header>
                <div class="pad">{content} <div role="alert">{refused}</div></div>
                <footer>
                    <button type="button" class="btn" hidden=move || !is_asking() on:click=move |_| close()>
                        "Cancel"
                    </button>
                    <button
                        type="button"
                        class="btn"
                        hidden=move || !is_asking()
                        aria-busy=busy
                        on:click=move |_| ask_for(false)
                    >
                        <Icon name="copy" />
                        "Copy activation link"
                    </button>
                    <button type="submit" class="btn main" autofocus aria-busy=busy>
                        {move || if is_asking() { view! { <Icon name="qr" /> }.into_any() } else { ().into_any() }}
                        {move || if is_asking() { "Show QR code" } else { "Close" }}
                    </button>
                </footer>
            </form>
        </dialog>
    }
}

#[component]
fn Refused(error: AppError) -> impl IntoView {
    view! { <MessageLine tone=Tone::Bad>{error.to_string()}</MessageLine> }
}

#[component]
fn Question(enables: bool) -> impl IntoView {
    view! {
        <MessageLine tone=Tone::Warn>
            <b>"Both re-key the account."</b>
            " When it is used, a new password is set: any phone that is signed in with the old one goes offline. "
            {enables.then_some("The account is disabled, and using it enables it.")}
        </MessageLine>
        <dl class="ways">
            <div>
                <dt>"QR code"</dt>
                <dd>"For a phone that is here: its app scans the code from this screen. Good for ten minutes, once. A code shown before stops working now."</dd>
            </div>
            <div>
                <dt>"Link"</dt>
                <dd>"To hand over in your own way. Whoever has it can activate one phone. The activation link before, sent or copied, stops working now."</dd>
            </div>
        </dl>
    }
}

#[component]
fn Code(code: ActivationCode) -> impl IntoView {
    view! {
        <div class="qr" role="img" aria-label="Activation QR code" inner_html=code.svg.expose().to_owned()></div>
        <p>"Scan it with the app on the phone; Linphone has “Scan QR code” in its assistant."</p>
        <p class="sub">"Works until " <ExactTime at=code.until /> ", once."</p>
    }
}

#[component]
fn Link(link: ActivationLink) -> impl IntoView {
    let ActivationLink { address, until } = link;
    let address = StoredValue::new(address);
    let copied = RwSignal::new(None::<bool>);
    let copy = move || {
        spawn_local(async move {
            let Some(text) = address.try_get_value() else { return };
            let done = try_copy(text.expose()).await;
            copied.try_set(Some(done));
        });
    };
    // By hand where the browser does not allow it any more, so long after the click.
    Effect::new(move |_| copy());
    let told = move || match copied.get() {
        None => "",
        Some(true) => "Copied to the clipboard.",
        Some(false) => "This browser does not let Ringkey use the clipboard. Select the link and copy it.",
    };
    let select_all = |event: FocusEvent| event_target::<HtmlInputElement>(&event).select();
    view! {
        <div class="quoted">
            <label for="activation-link">"Activation link"</label>
            <div class="in row">
                <input
                    id="activation-link"
                    class="mono"
                    readonly
                    prop:value=move || address.with_value(|address| address.expose().to_owned())
                    on:focus=select_all
                />
                <button type="button" class="btn" on:click=move |_| copy()>
                    <Icon name="copy" />
                    "Copy"
                </button>
            </div>
            <p class="sub" role="status">
                {told}
            </p>
        </div>
        <p class="sub">"Works until " <ExactTime at=until /> ", once."</p>
    }
}
