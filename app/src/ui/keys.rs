//! The keys of every screen, and the dialog that tells them.

use leptos::prelude::*;
use leptos::wasm_split::wasm_split;

use super::dialog::open_at_once;
use super::dynamic::dynamic;
use super::icon::Icon;
use crate::lazy::{Fetched, part};

const EVERYWHERE: [(&str, &str); 4] =
    [("/", "Go to the filter"), ("n", "New account, group or profile"), ("?", "Show these keys"), ("Esc", "Close, or clear the selection")];
const IN_THE_LIST: [(&str, &str); 5] = [
    ("↓", "Next row; from the filter, the first"),
    ("↑", "Row before"),
    ("Enter", "Open the row"),
    ("Space", "Select the row"),
    ("Shift", "with ↓, ↑ or a click: a whole range"),
];

/// The button that opens the dialog, and the keys themselves.
#[component]
pub fn Keys() -> impl IntoView {
    let open = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    {
        let keys = window_event_listener(leptos::ev::keydown, move |event| in_the_browser::on_key(&event, || open.set(true)));
        on_cleanup(move || keys.remove());
    }
    view! {
        <button type="button" class="live desk" on:click=move |_| open.set(true)>
            <Icon name="keys" />
            <span class="txt">"Keys"</span>
            <kbd class="end">"?"</kbd>
        </button>
        {dynamic(move || open.get().then(|| part(key_dialog(open))).into_any())}
    }
}

#[wasm_split(list_dialogs, wasm_split_path = ::leptos::wasm_split, fallible)]
fn key_dialog(open: RwSignal<bool>) -> Fetched {
    Ok(view! { <KeyDialog open=open /> }.into_any())
}

#[component]
fn KeyDialog(open: RwSignal<bool>) -> impl IntoView {
    let dialog = open_at_once();
    view! {
        <dialog class="dlg" node_ref=dialog aria-labelledby="keys-title" on:close=move |_| open.set(false)>
            <form method="dialog">
                <header>
                    <h2 id="keys-title">"Keys"</h2>
                </header>
                <div class="pad">
                    <KeyTable title="On every screen" keys=&EVERYWHERE />
                    <KeyTable title="In the Account List" keys=&IN_THE_LIST />
                </div>
                <footer>
                    <button type="submit" class="btn main" autofocus>
                        "Close"
                    </button>
                </footer>
            </form>
        </dialog>
    }
}

#[component]
fn KeyTable(title: &'static str, keys: &'static [(&'static str, &'static str)]) -> impl IntoView {
    view! {
        <section>
            <h3>{title}</h3>
            <dl class="keys">
                {keys
                    .iter()
                    .map(|(key, does)| {
                        view! {
                            <div>
                                <dt>
                                    <kbd>{*key}</kbd>
                                </dt>
                                <dd>{*does}</dd>
                            </div>
                        }
                    })
                    .collect_view()}
            </dl>
        </section>
    }
}

#[cfg(feature = "hydrate")]
mod in_the_browser {
    use leptos::prelude::document;
    use leptos::wasm_bindgen::JsCast;
    use web_sys::{HtmlElement, KeyboardEvent};

    pub fn on_key(event: &KeyboardEvent, show: impl Fn()) {
        let is_in = |selector: &str| document().active_element().is_some_and(|focused| focused.closest(selector).ok().flatten().is_some());
        // One who types means the letter.
        if event.alt_key() || event.ctrl_key() || event.meta_key() || is_in("input:not([type=checkbox]), select, textarea, dialog") {
            return;
        }
        let find = |selector: &str| document().query_selector(selector).ok().flatten()?.dyn_into::<HtmlElement>().ok();
        match event.key().as_str() {
            "/" => {
                let Some(filter) = find("input[type=search]") else { return };
                // Failing to focus is no harm.
                let _ = filter.focus();
            }
            // The link to the form of a new one, where there is one.
            "n" => {
                let Some(link) = find("a[data-new]") else { return };
                link.click();
            }
            "?" => show(),
            _ => return,
        }
        event.prevent_default();
    }
}
