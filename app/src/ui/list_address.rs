//! Lists whose address is their state: what one types is written into it, and the list keeps to it.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// The address follows the typing after this pause: each step of it would be one in the browser's history.
const PAUSE: Duration = Duration::from_millis(300);

/// Gives what is to be called at each key press: once nothing more is typed, it writes the `address` of then.
pub fn address_after_pause(address: impl Fn() -> String + Send + Sync + 'static) -> impl Fn() + Copy + 'static {
    let navigate = use_navigate();
    let mut write = debounce(PAUSE, move |()| {
        navigate(&address(), NavigateOptions { replace: true, scroll: false, ..Default::default() });
    });
    let write = StoredValue::new(move || write(()));
    move || write.update_value(|write| write())
}

/// Asks for what the address says whenever that is not what is `wanted` already.
pub fn keep_to_address<Q>(address: Memo<Q>, wanted: RwSignal<Q>, ask: impl Fn(Q) + Copy + 'static)
where
    Q: Clone + PartialEq + Send + Sync + 'static,
{
    let keep = move |asked: Q| {
        if wanted.with_untracked(|wanted| *wanted != asked) {
            ask(asked);
        }
    };
    Effect::new(move |_| keep(address.get()));
    on_link_to_here(move || {
        if let Some(asked) = address.try_get_untracked() {
            keep(asked);
        }
    });
}

/// Acts after a link to this screen was followed. To its very address the router does nothing; but what was typed a moment ago is on
/// the screen and in no address yet, and the link takes it away.
#[cfg(feature = "hydrate")]
fn on_link_to_here(act: impl Fn() + Copy + 'static) {
    use leptos::wasm_bindgen::JsCast;

    let followed = window_event_listener(leptos::ev::click, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let link = target.and_then(|target| target.closest("a[href]").ok().flatten());
        let leads_to = link.and_then(|link| link.dyn_into::<web_sys::HtmlAnchorElement>().ok()).map(|link| link.pathname());
        if leads_to.is_some() && leads_to == window().location().pathname().ok() {
            // Once the router has gone where the link leads to.
            set_timeout(act, Duration::ZERO);
        }
    });
    on_cleanup(move || followed.remove());
}

#[cfg(not(feature = "hydrate"))]
fn on_link_to_here(_: impl Fn() + Copy + 'static) {}
