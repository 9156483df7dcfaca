//! Ringkey's application: compiled once into the browser's WASM (`hydrate`) and once into the server (`ssr`).
//! A folder a feature, the same file names in each; rules that both sides obey stand in `domain`.

// Views nest many small types; the default limit is met by the account form.
#![recursion_limit = "256"]

pub mod accounts;
pub mod app;
pub mod audit;
pub mod batch;
pub mod error;
pub mod groups;
pub mod layout;
pub mod lazy;
pub mod links;
pub mod live;
pub mod messages;
pub mod operators;
pub mod profiles;
pub mod registrations;
pub mod settings;
pub mod ui;
pub mod wire;

pub use rules::domain;

#[cfg(feature = "ssr")]
pub mod access;
#[cfg(feature = "ssr")]
pub mod activation;
#[cfg(feature = "ssr")]
pub mod assets;
#[cfg(feature = "ssr")]
pub mod csv_file;
#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod door;
#[cfg(feature = "ssr")]
pub mod gateways;
#[cfg(feature = "ssr")]
pub mod keys;
#[cfg(feature = "ssr")]
pub mod server_pages;
#[cfg(feature = "ssr")]
pub mod state;

/// Called by the page's script once the WASM is there: brings the server's page to life.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub async fn hydrate() {
    use leptos::prelude::document;

    console_error_panic_hook::set_once();
    let typed = ui::early_input::remember();
    let Some(body) = document().body() else { return };
    let page = leptos::mount::hydrate_from_async(body, app::App).await;
    // For as long as the page is there.
    page.forget();
    ui::early_input::restore(typed);
    ui::time::tell_exact_times();
    ui::time::tell_own_zone();
    // From here on the buttons that need the WASM work: the style sheet shows it, and tests wait for it.
    if let Some(page) = document().document_element() {
        // Refused only for a malformed name.
        let _ = page.set_attribute("data-live", "");
    }
}
