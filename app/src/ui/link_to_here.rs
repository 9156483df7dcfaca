//! Links that lead to where one is already.

#[cfg(feature = "hydrate")]
use leptos::prelude::*;

/// Acts after a link to this screen was followed. To its very address the router does nothing; but what was typed a moment ago is on
/// the screen and in no address yet, and the link takes it away.
#[cfg(feature = "hydrate")]
pub fn on_link_to_here(act: impl Fn() + Copy + 'static) {
    use leptos::wasm_bindgen::JsCast;

    let followed = window_event_listener(leptos::ev::click, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let link = target.and_then(|target| target.closest("a[href]").ok().flatten());
        let leads_to = link.and_then(|link| link.dyn_into::<web_sys::HtmlAnchorElement>().ok()).map(|link| link.pathname());
        if leads_to.is_some() && leads_to == window().location().pathname().ok() {
            // Once the router has gone where the link leads to.
            set_timeout(act, std::time::Duration::ZERO);
        }
    });
    on_cleanup(move || followed.remove());
}

#[cfg(not(feature = "hydrate"))]
pub fn on_link_to_here(_: impl Fn() + Copy + 'static) {}
