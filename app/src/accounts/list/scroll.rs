//! Rows come as one scrolls towards either end, what is seen stays where it is, and the address names the page in sight:
//! on reload and on coming back the list is where it was left.

use std::time::Duration;

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use uuid::Uuid;
use web_sys::{Element, HtmlElement, ScrollRestoration};

use super::state::ListState;
use crate::domain::account_query::{AccountQuery, Place};

/// More rows are fetched when fewer pixels than this are left.
const AHEAD: f64 = 1_000.0;
const PAUSE: Duration = Duration::from_millis(300);

/// Under this name the tab keeps the row that was the first in sight.
const ROW: &str = "accounts-row";

/// Watches the window for as long as the page is there.
pub fn follow(state: ListState, body: NodeRef<html::Tbody>) {
    restore(state, body);
    let navigate = use_navigate();
    let location = use_location();
    let name_place = debounce(PAUSE, move |()| {
        let Some(row) = body.get_untracked().and_then(|body| first_in_sight(&body)) else { return };
        let Some(id) = id_of(&row) else { return };
        remember(id);
        if state.waiting.get_untracked() {
            return;
        }
        let place = state.held.get_untracked().place_of(id);
        if state.wanted.get_untracked().place != place {
            let query: AccountQuery = state.wanted.get_untracked().at(place);
            let address = query.to_address(state.screen);
            // Somebody goes to another screen already: the router knows where to before that is there, and would stay here.
            if address.split('?').next() != Some(location.pathname.get_untracked().as_str()) {
                return;
            }
            // Said before the address changes: it is no question.
            state.wanted.set(query.clone());
            navigate(&address, NavigateOptions { replace: true, scroll: false, ..Default::default() });
        }
    });
    let name_place = StoredValue::new_local(name_place);
    let scrolled = window_event_listener(ev::scroll, move |_| {
        look(state, body);
        name_place.update_value(|name_place| name_place(()));
    });
    on_cleanup(move || scrolled.remove());
    // A page may be shorter than the window, or one end may be in sight at once.
    Effect::new(move |_| {
        state.held.track();
        state.extending.track();
        if state.is_drawn() {
            request_animation_frame(move || look(state, body));
        }
    });
}

/// Goes to the row that was in sight, if the address names a place. The browser itself would go to a height at which
/// other rows stood.
fn restore(state: ListState, body: NodeRef<html::Tbody>) {
    let by_hand = |mode| window().history().and_then(|history| history.set_scroll_restoration(mode));
    // Refused only in a document that is no longer shown.
    let _ = by_hand(ScrollRestoration::Manual);
    on_cleanup(move || drop(by_hand(ScrollRestoration::Auto)));
    let has_place = state.wanted.get_untracked().place != Place::Start;
    request_animation_frame(move || {
        let storage = window().session_storage().ok().flatten();
        let row = storage.and_then(|storage| storage.get_item(ROW).ok().flatten()).filter(|_| has_place);
        if let (Some(row), Some(body)) = (row, body.get_untracked())
            && let Ok(Some(row)) = body.query_selector(&format!("[data-id='{row}']"))
        {
            row.scroll_into_view();
        }
    });
}

fn remember(row: Uuid) {
    if let Ok(Some(storage)) = window().session_storage() {
        // A tab that keeps nothing begins at the top of the page.
        let _ = storage.set_item(ROW, &row.to_string());
    }
}

fn look(state: ListState, body: NodeRef<html::Tbody>) {
    let Some(body) = body.try_get_untracked().flatten().filter(|_| untrack(|| state.is_drawn())) else { return };
    let around = body.get_bounding_client_rect();
    let height = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
    if around.height() == 0.0 {
        return;
    }
    if around.bottom() < height + AHEAD {
        state.extend(true, hold(&body));
    } else if around.top() > -AHEAD {
        state.extend(false, hold(&body));
    }
}

/// What keeps the first row in sight where it is while rows before it come or go.
fn hold(body: &HtmlElement) -> impl FnOnce() + 'static {
    let body = body.clone();
    move || {
        let Some(row) = first_in_sight(&body) else { return };
        let before = row.get_bounding_client_rect().top();
        request_animation_frame(move || {
            let moved = row.get_bounding_client_rect().top() - before;
            if row.is_connected() && moved.abs() >= 1.0 {
                window().scroll_by_with_x_and_y(0.0, moved);
            }
        });
    }
}

fn first_in_sight(body: &HtmlElement) -> Option<HtmlElement> {
    let rows = body.children();
    // Rows are in order: the first whose end is below the top is found by halving.
    let (mut low, mut high) = (0, rows.length());
    while low < high {
        let middle = u32::midpoint(low, high);
        if rows.item(middle)?.get_bounding_client_rect().bottom() > 0.0 {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    rows.item(low).or_else(|| rows.item(low.checked_sub(1)?))?.dyn_into().ok()
}

/// The account of a row.
pub fn id_of(row: &Element) -> Option<Uuid> {
    row.get_attribute("data-id")?.parse().ok()
}
