//! Keeps what a person typed before the WASM was there: hydration would set every field back to the server's value.

use leptos::prelude::{document, request_animation_frame};
use leptos::wasm_bindgen::JsCast;
use web_sys::{Event, EventInit, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};

/// A control that a person has changed, and what it held.
pub enum Typed {
    Text(HtmlInputElement, String),
    Tick(HtmlInputElement, bool),
    Area(HtmlTextAreaElement, String),
    Choice(HtmlSelectElement, String),
}

/// Reads every control that differs from what the server sent.
pub fn remember() -> Vec<Typed> {
    let Ok(controls) = document().query_selector_all("input, textarea, select") else { return Vec::new() };
    (0..controls.length())
        .filter_map(|index| controls.item(index))
        .filter_map(|node| {
            let node = match node.dyn_into::<HtmlInputElement>() {
                Ok(input) if matches!(input.type_().as_str(), "checkbox" | "radio") => {
                    return (input.checked() != input.default_checked()).then(|| Typed::Tick(input.clone(), input.checked()));
                }
                Ok(input) => return (input.value() != input.default_value()).then(|| Typed::Text(input.clone(), input.value())),
                Err(node) => node,
            };
            match node.dyn_into::<HtmlTextAreaElement>() {
                Ok(area) => (area.default_value().is_ok_and(|sent| sent != area.value())).then(|| Typed::Area(area.clone(), area.value())),
                Err(node) => node.dyn_into::<HtmlSelectElement>().ok().map(|select| {
                    let value = select.value();
                    Typed::Choice(select, value)
                }),
            }
        })
        .collect()
}

/// Puts it back and tells the page, once hydration is through.
pub fn restore(typed: Vec<Typed>) {
    request_animation_frame(move || {
        for control in typed {
            match control {
                Typed::Text(input, value) => {
                    input.set_value(&value);
                    announce(&input, "input");
                }
                Typed::Tick(input, checked) => {
                    input.set_checked(checked);
                    // Of two radio buttons only the chosen one speaks.
                    if checked || input.type_() == "checkbox" {
                        announce(&input, "change");
                    }
                }
                Typed::Area(area, value) => {
                    area.set_value(&value);
                    announce(&area, "input");
                }
                Typed::Choice(select, value) => {
                    if select.value() != value {
                        select.set_value(&value);
                        announce(&select, "change");
                    }
                }
            }
        }
    });
}

fn announce(control: &web_sys::EventTarget, kind: &str) {
    let options = EventInit::new();
    options.set_bubbles(true);
    if let Ok(event) = Event::new_with_event_init_dict(kind, &options) {
        // Only an event that is being dispatched already is refused.
        let _ = control.dispatch_event(&event);
    }
}
