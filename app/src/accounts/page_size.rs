//! How many rows the list shows: as the address says, else as the operator has last chosen in this browser.

#[cfg(feature = "ssr")]
use crate::domain::account_query::PageSize;

const COOKIE: &str = "account_rows";

/// The size for a request: its own, or that of its cookie, or the usual.
#[cfg(feature = "ssr")]
pub fn of_request(asked: Option<PageSize>) -> PageSize {
    use http::{header, request::Parts};

    let remembered = || {
        let parts = leptos::context::use_context::<Parts>()?;
        let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let named = |pair: &str| pair.trim().strip_prefix(COOKIE)?.strip_prefix('=')?.parse().ok();
        cookies.flat_map(|value| value.split(';')).find_map(named)
    };
    asked.or_else(remembered).unwrap_or_default()
}

/// Keeps the choice for a year.
#[cfg(feature = "hydrate")]
pub fn remember(size: crate::domain::account_query::PageSize) {
    use leptos::wasm_bindgen::JsCast;

    if let Some(document) = leptos::prelude::document().dyn_ref::<web_sys::HtmlDocument>() {
        // Refused only where cookies are: then the address alone remembers.
        let _ = document.set_cookie(&format!("{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Strict", size.as_str()));
    }
}
