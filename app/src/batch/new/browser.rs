//! What the page needs of the browser: turns of its event loop, files that are saved, and what it remembers.

use futures::channel::oneshot;
use js_sys::Array;
use leptos::prelude::*;
use leptos::wasm_bindgen::closure::Closure;
use leptos::wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, Element, HtmlAnchorElement, MessageChannel, MouseEvent, Url};

use crate::domain::batch::Mapping;

/// Milliseconds of work before the browser gets its turn: no task may be longer than 50, and a slice can be late.
pub const SLICE: f64 = 16.0;

/// Milliseconds since the page began.
pub fn now() -> f64 {
    js_sys::Date::now()
}

/// Gives the browser its turn: key presses, clicks and pictures come before what follows.
pub async fn turn() {
    let (done, waits) = oneshot::channel();
    let Ok(channel) = MessageChannel::new() else { return };
    // A timer would come four milliseconds later.
    let heard = Closure::once(move || {
        // Who waits may be gone.
        let _ = done.send(());
    });
    channel.port1().set_onmessage(Some(heard.as_ref().unchecked_ref()));
    if channel.port2().post_message(&JsValue::NULL).is_ok() {
        // Only a dropped sender ends it otherwise.
        let _ = waits.await;
    }
    channel.port1().close();
}

/// Works through `count` things, some at a time, each `piece` of them by `work`; false when the page was told to stop.
pub async fn in_slices(count: usize, piece: usize, mut work: impl FnMut(std::ops::Range<usize>) -> bool) -> bool {
    let mut began = now();
    for from in (0..count).step_by(piece) {
        if !work(from..count.min(from + piece)) {
            return false;
        }
        if now() - began >= SLICE {
            turn().await;
            began = now();
        }
    }
    true
}

/// Asks before the page is left by a link, a reload or its tab's end, when `why` says what would be lost.
pub fn ask_before_leaving(why: impl Fn() -> Option<&'static str> + Clone + 'static) {
    let unloading = {
        let why = why.clone();
        window_event_listener(leptos::ev::beforeunload, move |event| {
            // The browser asks in words of its own.
            if why().is_some() {
                event.prevent_default();
            }
        })
    };
    // Before the router hears of it.
    let clicked = Closure::<dyn Fn(MouseEvent)>::new(move |event: MouseEvent| {
        let link = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok()?.closest("a[href]:not([download], [target], [href^='#'])").ok()?);
        // With one of these keys it opens elsewhere.
        let leaves = !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key());
        if let (Some(_), true, Some(why)) = (link, leaves, why())
            && !window().confirm_with_message(why).unwrap_or(true)
        {
            event.prevent_default();
            event.stop_propagation();
        }
    });
    // Refused never: the name is one of an event.
    let _ = window().add_event_listener_with_callback_and_bool("click", clicked.as_ref().unchecked_ref(), true);
    let clicked = StoredValue::new_local(clicked);
    on_cleanup(move || {
        unloading.remove();
        clicked.try_with_value(|clicked| {
            let _ = window().remove_event_listener_with_callback_and_bool("click", clicked.as_ref().unchecked_ref(), true);
        });
    });
}

/// Lets the browser save a text under a name.
pub fn save(name: &str, text: &str) {
    let options = BlobPropertyBag::new();
    options.set_type("text/csv;charset=utf-8");
    let parts = Array::of1(&text.into());
    let saved = Blob::new_with_str_sequence_and_options(&parts, &options).and_then(|blob| Url::create_object_url_with_blob(&blob));
    let (Ok(address), Ok(link)) = (saved, document().create_element("a")) else { return };
    let link: HtmlAnchorElement = link.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // The browser has taken it over by then.
    set_timeout(
        move || {
            // Refused only for what is no address.
            let _ = Url::revoke_object_url(&address);
        },
        std::time::Duration::from_secs(60),
    );
}

/// The name of the file with the rows of a file that were left out.
pub fn left_out_name(file: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    format!("{stem}-left-out.csv")
}

/// Under this name the browser keeps what was confirmed about columns.
const COLUMNS: &str = "batch-columns";
/// Files whose columns are remembered.
const REMEMBERED: usize = 20;

/// What was confirmed for columns of these names.
pub fn remembered() -> Vec<(Vec<String>, Mapping)> {
    let kept = storage().and_then(|storage| storage.get_item(COLUMNS).ok().flatten());
    kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default()
}

/// Keeps what was confirmed, for the next file with the same columns.
pub fn remember(names: Vec<String>, mapping: Mapping) {
    let mut all = remembered();
    all.retain(|(other, _)| *other != names);
    all.insert(0, (names, mapping));
    all.truncate(REMEMBERED);
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(&all)) {
        // A browser that keeps nothing asks again.
        let _ = storage.set_item(COLUMNS, &text);
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
