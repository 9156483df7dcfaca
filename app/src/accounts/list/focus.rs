//! A row that is drawn anew keeps the focus.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::{Element, FocusOptions, HtmlElement};

use super::scroll::id_of;

/// What in a row can have the focus, besides the row itself.
const WITHIN: &str = "a, input, time, button";

/// To be called before rows change: what has the focus in one of them has it again when they have changed.
pub fn hold() {
    let Some(focused) = document().active_element() else { return };
    let Ok(Some(row)) = focused.closest("tr[data-id]") else { return };
    let Some(id) = id_of(&row) else { return };
    let within = all_within(&row).iter().position(|element| *element == focused);
    request_animation_frame(move || {
        // Somebody has gone on, or the row is as it was.
        if document().active_element().is_some_and(|focused| focused.tag_name() != "BODY") {
            return;
        }
        let Ok(Some(row)) = document().query_selector(&format!("tr[data-id='{id}']")) else { return };
        let element = within.and_then(|at| all_within(&row).get(at).cloned()).unwrap_or(row);
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        if let Some(element) = element.dyn_ref::<HtmlElement>() {
            // It had the focus before.
            let _ = element.focus_with_options(&options);
        }
    });
}

fn all_within(row: &Element) -> Vec<Element> {
    let Ok(found) = row.query_selector_all(WITHIN) else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.item(at)?.dyn_into().ok()).collect()
}
