//! The one line of the page to its server: open while somebody can see the page, and opened anew whenever it is dead.

use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use web_sys::{Event, EventSource, MessageEvent};

use super::follow::Live;
use super::view::Changes;

/// Milliseconds of silence after which the line is dead: the server says something every 15 seconds.
const SILENCE: f64 = 40_000.0;
/// How often that is looked at. A computer that wakes up finds the silence long.
const LOOK: Duration = Duration::from_secs(5);
/// Milliseconds before the first try to open it anew, and at most.
const WAIT: f64 = 1_000.0;
const WAIT_MAX: f64 = 10_000.0;

/// Opens the line, for as long as the owner is there. The page is told what has changed; first of all, everything.
pub fn open(live: Live) {
    let line = Line {
        is_open: live.is_open,
        source: StoredValue::new_local(None),
        heard: StoredValue::new_local(None),
        failed: StoredValue::new_local(None),
        heard_at: StoredValue::new(0.0),
        failures: StoredValue::new(0),
        retry: StoredValue::new(None),
    };
    line.heard.set_value(Some(Closure::new(move |event: MessageEvent| {
        line.heard_at.set_value(js_sys::Date::now());
        line.failures.set_value(0);
        line.tell_open(true);
        let changes = event.data().as_string().and_then(|text| serde_json::from_str::<Changes>(&text).ok());
        if let Some(changes) = changes.filter(|changes| !changes.is_none()) {
            live.changes.set(changes);
        }
    })));
    line.failed.set_value(Some(Closure::new(move |_: Event| line.open_later())));
    line.open();

    let seen = window_event_listener(ev::visibilitychange, move |_| line.open());
    let online = window_event_listener(ev::online, move |_| line.open());
    let look = move || {
        if line.heard_at.try_get_value().is_some_and(|at| js_sys::Date::now() - at > SILENCE) && line.is_open() {
            line.open();
        }
    };
    let watchdog = set_interval_with_handle(look, LOOK);
    on_cleanup(move || {
        seen.remove();
        online.remove();
        if let Ok(watchdog) = watchdog {
            watchdog.clear();
        }
        line.close();
    });
}

/// Kept for as long as the browser may call it.
type Handler<Event> = StoredValue<Option<Closure<dyn FnMut(Event)>>, LocalStorage>;

#[derive(Clone, Copy)]
struct Line {
    is_open: RwSignal<bool>,
    source: StoredValue<Option<EventSource>, LocalStorage>,
    heard: Handler<MessageEvent>,
    failed: Handler<Event>,
    /// Milliseconds since 1970.
    heard_at: StoredValue<f64>,
    /// Tries in a row that brought nothing.
    failures: StoredValue<i32>,
    retry: StoredValue<Option<TimeoutHandle>>,
}

impl Line {
    fn is_open(self) -> bool {
        self.source.with_value(Option::is_some)
    }

    /// Opens it anew; closed it stays while nobody sees the page.
    fn open(self) {
        self.close();
        if document().hidden() {
            return;
        }
        self.heard_at.set_value(js_sys::Date::now());
        // Refused only for a malformed address.
        let Ok(source) = EventSource::new("/live") else { return };
        self.heard.with_value(|heard| source.set_onmessage(heard.as_ref().map(|heard| heard.as_ref().unchecked_ref())));
        self.failed.with_value(|failed| source.set_onerror(failed.as_ref().map(|failed| failed.as_ref().unchecked_ref())));
        self.source.set_value(Some(source));
    }

    /// Told by the first word that is heard, and by the end.
    fn tell_open(self, is_open: bool) {
        if self.is_open.try_get_untracked() == Some(!is_open) {
            self.is_open.set(is_open);
        }
    }

    fn close(self) {
        self.tell_open(false);
        if let Some(retry) = self.retry.try_update_value(Option::take).flatten() {
            retry.clear();
        }
        if let Some(source) = self.source.try_update_value(Option::take).flatten() {
            source.set_onmessage(None);
            source.set_onerror(None);
            source.close();
        }
    }

    /// The longer the more often it failed, and by chance: the pages of a server that starts do not all come at once.
    fn open_later(self) {
        self.close();
        let failures = self.failures.get_value();
        self.failures.set_value(failures + 1);
        let most = (WAIT * 2_f64.powi(failures)).min(WAIT_MAX);
        let wait = Duration::from_secs_f64(most * (1.0 + js_sys::Math::random()) / 2_000.0);
        self.retry.set_value(set_timeout_with_handle(move || self.open(), wait).ok());
    }
}
