//! Times: relative in the text, exact on hover and focus, in the browser's zone.

#[cfg(feature = "ssr")]
use std::sync::atomic::{AtomicI64, Ordering};

use leptos::prelude::*;
#[cfg(feature = "hydrate")]
use leptos::wasm_bindgen::JsCast;

use super::html::Html;
use crate::domain::relative_time::relative;

/// Milliseconds within which a time of day needs no date.
const NEAR: u64 = 20 * 3_600_000;

/// `at`: milliseconds since 1970 UTC.
#[component]
pub fn When(at: i64) -> impl IntoView {
    view! {
        <time tabindex="0" datetime=iso(at)>
            {relative(now(), at)}
        </time>
    }
}

/// Adds the same to a row of a table.
pub fn when(html: &mut Html, at: i64) {
    html.markup(r#"<time tabindex="0" datetime=""#).text(&iso(at)).markup(r#"">"#).text(&relative(now(), at)).markup("</time>");
}

/// Adds a time of day near now, in the browser's zone; as it comes from the server, in UTC.
pub fn clock(html: &mut Html, at: i64) {
    html.markup(r#"<time tabindex="0" class="clock" datetime=""#).text(&iso(at)).markup(r#"">"#).text(&time_of_day(at)).markup("</time>");
}

/// A time of day near now, in the browser's zone.
#[component]
pub fn Clock(at: i64) -> impl IntoView {
    let told = RwSignal::new(in_utc(at));
    Effect::new(move |_| told.set(time_of_day(at)));
    view! {
        <time tabindex="0" datetime=iso(at)>
            {told}
        </time>
    }
}

/// The same in UTC, in both the server and the browser.
fn in_utc(at: i64) -> String {
    let iso = iso(at);
    let told = if at.abs_diff(now()) < NEAR { iso.get(11..16) } else { iso.get(..16) };
    format!("{} UTC", told.unwrap_or_default().replace('T', " "))
}

/// Tells the times of day that came from the server in the browser's zone. To be called once.
#[cfg(feature = "hydrate")]
pub fn tell_own_zone() {
    let Ok(clocks) = document().query_selector_all(".clock") else { return };
    for clock in (0..clocks.length()).filter_map(|at| clocks.item(at)?.dyn_into::<web_sys::Element>().ok()) {
        clock.set_text_content(Some(&time_of_day(read(&clock))));
    }
}

/// The time that an element names.
#[cfg(feature = "hydrate")]
fn read(time: &web_sys::Element) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
    let at = js_sys::Date::parse(&time.get_attribute("datetime").unwrap_or_default()) as i64;
    at
}

/// Tells the exact time beside each relative one, once somebody points at it or goes to it: to word them all beforehand
/// would make a list slow. To be called once.
#[cfg(feature = "hydrate")]
pub fn tell_exact_times() {
    use leptos::ev;
    use web_sys::{Element, EventTarget};

    fn tell(target: Option<EventTarget>) {
        let time = target.and_then(|target| target.dyn_into::<Element>().ok());
        let Some(time) = time.filter(|time| time.matches("time[tabindex]:not([data-tip])").unwrap_or(false)) else { return };
        // Refused only for a malformed name.
        let _ = time.set_attribute("data-tip", &local(read(&time)));
    }
    // For as long as the page is there.
    drop(window_event_listener(ev::pointerover, |event| tell(event.target())));
    drop(window_event_listener(ev::focusin, |event| tell(event.target())));
}

/// The time itself, in full.
#[component]
pub fn ExactTime(at: i64) -> impl IntoView {
    let exact = RwSignal::new(iso(at));
    Effect::new(move |_| exact.set(local(at)));
    view! { <time datetime=iso(at)>{exact}</time> }
}

/// Milliseconds since 1970 UTC, by the browser's clock.
#[cfg(feature = "hydrate")]
pub fn now() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
    let now = js_sys::Date::now() as i64;
    now
}

#[cfg(feature = "hydrate")]
fn date(at: i64) -> js_sys::Date {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^53")]
    let at = at as f64;
    js_sys::Date::new(&at.into())
}

#[cfg(feature = "hydrate")]
fn iso(at: i64) -> String {
    date(at).to_iso_string().into()
}

#[cfg(feature = "hydrate")]
fn local(at: i64) -> String {
    worded(at, &[("dateStyle", "medium"), ("timeStyle", "long")])
}

#[cfg(feature = "hydrate")]
fn time_of_day(at: i64) -> String {
    let parts = [("hour", "2-digit"), ("minute", "2-digit"), ("day", "numeric"), ("month", "short")];
    worded(at, if at.abs_diff(now()) < NEAR { &parts[..2] } else { &parts })
}

#[cfg(feature = "hydrate")]
fn worded(at: i64, parts: &[(&str, &str)]) -> String {
    let options = js_sys::Object::new();
    for (name, value) in parts {
        // Setting a property of a fresh object cannot fail.
        let _ = js_sys::Reflect::set(&options, &(*name).into(), &(*value).into());
    }
    date(at).to_locale_string("en-GB", &options).into()
}

/// How far the clock of this server is ahead of the database's, whose times are told.
#[cfg(feature = "ssr")]
static AHEAD: AtomicI64 = AtomicI64::new(0);

/// Takes over what the clock of the database says now.
#[cfg(feature = "ssr")]
pub fn follow(database: time::OffsetDateTime) {
    AHEAD.store(to_millis(time::OffsetDateTime::now_utc()) - to_millis(database), Ordering::Relaxed);
}

#[cfg(feature = "ssr")]
fn now() -> i64 {
    to_millis(time::OffsetDateTime::now_utc()) - AHEAD.load(Ordering::Relaxed)
}

/// Milliseconds since 1970 UTC.
#[cfg(feature = "ssr")]
pub fn to_millis(at: time::OffsetDateTime) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
    let millis = (at.unix_timestamp_nanos() / 1_000_000) as i64;
    millis
}

#[cfg(feature = "ssr")]
fn iso(at: i64) -> String {
    use time::format_description::well_known::Rfc3339;
    time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}

#[cfg(all(feature = "ssr", not(feature = "hydrate")))]
fn time_of_day(at: i64) -> String {
    in_utc(at)
}

#[cfg(all(feature = "ssr", not(feature = "hydrate")))]
fn local(at: i64) -> String {
    iso(at)
}
