//! Rows by keyboard, by click and by finger: arrows walk, Space picks, Enter opens; with Shift a whole range; on a phone
//! a long press picks.

use std::time::Duration;

use leptos::ev::{self, KeyboardEvent, MouseEvent, PointerEvent};
use leptos::html;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget, HtmlElement, HtmlInputElement, Node};

use super::acts::Acts;
use super::scroll::id_of;
use super::selection::Selected;

/// A press that lasts so long is a long one.
const LONG: Duration = Duration::from_millis(500);
/// A finger that moves further than this many pixels scrolls.
const STEADY: i32 = 10;

/// Listens for as long as the page is there; rows can be picked where `picks` says what becomes of it.
pub fn listen(body: NodeRef<html::Tbody>, picks: Option<(Selected, Acts)>) {
    let keys = window_event_listener(ev::keydown, move |event| {
        if let Some(body) = body.get_untracked() {
            on_key(&body, picks.map(|(selected, _)| selected), &event);
        }
    });
    let elsewhere = window_event_listener(ev::pointerdown, move |event| close_menus(event.target()));
    on_cleanup(move || {
        keys.remove();
        elsewhere.remove();
    });
    let Some((selected, acts)) = picks else { return };
    let press = Press::default();
    Effect::new(move |_| {
        let Some(body) = body.get() else { return };
        let handlers = [
            body.on(ev::click, move |event| on_click(selected, acts, press, &event)),
            body.on(ev::pointerdown, move |event| press.begin(selected, &event)),
            body.on(ev::pointermove, move |event| press.moved(&event)),
            body.on(ev::pointerup, move |_| press.end()),
            body.on(ev::pointercancel, move |_| press.end()),
            // The browser's own menu would cover what the long press has picked.
            body.on(ev::contextmenu, move |event| {
                if press.was_long.get_value() {
                    event.prevent_default();
                }
            }),
        ];
        // They are heard until they are dropped.
        on_cleanup(move || drop(handlers));
    });
}

/// Closes every menu in which `target` is not.
fn close_menus(target: Option<EventTarget>) {
    let target = target.and_then(|target| target.dyn_into::<Node>().ok());
    let Ok(open) = document().query_selector_all("details.facet[open]") else { return };
    for menu in (0..open.length()).filter_map(|at| open.item(at)?.dyn_into::<Element>().ok()) {
        if !menu.contains(target.as_ref()) {
            // Fails only for a malformed name.
            let _ = menu.remove_attribute("open");
        }
    }
}

fn on_key(body: &HtmlElement, selected: Option<Selected>, event: &KeyboardEvent) {
    let Some(focused) = document().active_element() else { return };
    let is_typing = focused.matches("input:not([type=checkbox]), select, textarea").unwrap_or(false);
    let in_dialog = focused.closest("dialog").ok().flatten().is_some();
    if event.alt_key() || event.ctrl_key() || event.meta_key() || in_dialog {
        return;
    }
    let current = focused.closest("tr[data-id]").ok().flatten();
    let is_filter = focused.matches("input[type=search]").unwrap_or(false);
    match event.key().as_str() {
        "ArrowDown" if !is_typing || is_filter => {
            let next = match &current {
                Some(row) => row.next_element_sibling(),
                None => body.first_element_child(),
            };
            walk(next, selected, event);
        }
        "ArrowUp" if !is_typing => walk(current.and_then(|row| row.previous_element_sibling()), selected, event),
        " " => {
            // A check box that has the focus itself is the browser's business.
            if let (Some(selected), Some(id)) = (selected, current.filter(|row| *row == focused).as_ref().and_then(id_of)) {
                selected.toggle(id);
                event.prevent_default();
            }
        }
        "Enter" => {
            if let Some(row) = current.filter(|row| *row == focused)
                && let Ok(Some(link)) = row.query_selector(".usr a")
                && let Some(link) = link.dyn_ref::<HtmlElement>()
            {
                link.click();
                event.prevent_default();
            }
        }
        "Escape" if focused.closest("details[open]").is_ok_and(|menu| menu.is_some()) => close_menus(None),
        "Escape" if !is_filter => {
            if let Some(selected) = selected {
                selected.clear();
            }
        }
        _ => {}
    }
}

fn walk(to: Option<Element>, selected: Option<Selected>, event: &KeyboardEvent) {
    let Some(row) = to else { return };
    if event.shift_key()
        && let (Some(selected), Some(id)) = (selected, id_of(&row))
        && !selected.has(id)
    {
        selected.toggle_to(id);
    }
    if let Some(row) = row.dyn_ref::<HtmlElement>() {
        // A row can always take the focus; the window follows it.
        let _ = row.focus();
        event.prevent_default();
    }
}

fn on_click(selected: Selected, acts: Acts, press: Press, event: &MouseEvent) {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    if press.was_long.get_value() {
        press.was_long.set_value(false);
        event.prevent_default();
        return;
    }
    let id = target.closest("tr[data-id]").ok().flatten().as_ref().and_then(id_of);
    if let (Some(id), Ok(Some(button))) = (id, target.closest("button[data-act]:not([aria-disabled])")) {
        acts.run(id, &button.get_attribute("data-act").unwrap_or_default());
        return;
    }
    let is_pick = target.dyn_ref::<HtmlInputElement>().is_some_and(|input| input.class_list().contains("pick"));
    let Some(id) = id.filter(|_| is_pick) else { return };
    if event.shift_key() {
        selected.toggle_to(id);
    } else {
        selected.toggle(id);
    }
}

/// A finger on a row.
#[derive(Clone, Copy)]
struct Press {
    timer: StoredValue<Option<TimeoutHandle>>,
    from: StoredValue<(i32, i32)>,
    /// The press has picked a row: the click that ends it opens nothing.
    was_long: StoredValue<bool>,
}

impl Default for Press {
    fn default() -> Self {
        Self { timer: StoredValue::new(None), from: StoredValue::new((0, 0)), was_long: StoredValue::new(false) }
    }
}

impl Press {
    fn begin(self, selected: Selected, event: &PointerEvent) {
        self.end();
        self.was_long.set_value(false);
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let row = target.and_then(|target| target.closest("tr[data-id]").ok().flatten());
        let Some(id) = row.as_ref().and_then(id_of).filter(|_| event.pointer_type() == "touch") else { return };
        self.from.set_value((event.client_x(), event.client_y()));
        let picked = move || {
            self.was_long.set_value(true);
            selected.toggle(id);
        };
        self.timer.set_value(set_timeout_with_handle(picked, LONG).ok());
    }

    fn moved(self, event: &PointerEvent) {
        let (x, y) = self.from.get_value();
        if (event.client_x() - x).abs() > STEADY || (event.client_y() - y).abs() > STEADY {
            self.end();
        }
    }

    fn end(self) {
        self.timer.update_value(|timer| {
            if let Some(timer) = timer.take() {
                timer.clear();
            }
        });
    }
}
