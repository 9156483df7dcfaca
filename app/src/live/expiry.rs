//! What time changes: a registration that is over is told by nobody.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

use super::follow::Live;
use super::view::{Changes, Which};
use crate::ui::time::now;

/// A clock may be ahead of the database's: what is not over there is looked at again after these milliseconds.
const AGAIN: i64 = 5_000;
/// The database counts whole seconds.
const MARGIN: i64 = 300;
/// No browser waits longer than 24 days.
const LONGEST: i64 = 3_600_000;

/// Tells this page that registrations may have changed whenever the first of those that it shows is over, for as long as the
/// screen is there. `next`: when that is, in milliseconds since 1970.
pub fn tell_expiry(next: impl Fn() -> Option<i64> + Send + Sync + 'static) {
    let Some(Live { changes: told, .. }) = use_context::<Live>() else { return };
    let next = Memo::new(move |_| next());
    let timer = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |_| {
        let until = next.get();
        stop(timer);
        if let Some(until) = until {
            wait(until, 0, timer, told);
        }
    });
    on_cleanup(move || stop(timer));
}

fn stop(timer: StoredValue<Option<TimeoutHandle>>) {
    if let Some(timer) = timer.try_update_value(Option::take).flatten() {
        timer.clear();
    }
}

fn wait(until: i64, at_least: i64, timer: StoredValue<Option<TimeoutHandle>>, told: RwSignal<Changes>) {
    let millis = (until - now() + MARGIN).max(at_least).min(LONGEST);
    let over = move || {
        if timer.is_disposed() {
            return;
        }
        if until <= now() {
            told.set(Changes { registrations: Which::ALL, ..Changes::default() });
        }
        wait(until, AGAIN, timer, told);
    };
    let handle = set_timeout_with_handle(over, Duration::from_millis(millis.unsigned_abs())).ok();
    timer.try_set_value(handle);
}
