//! Ringkey's application: compiled once into the browser's WASM (`hydrate`) and once into the server (`ssr`).
//! A folder a feature, the same file names in each; rules that both sides obey stand in `domain`.

// Views nest many small types; the default limit is met by the account form.
#![recursion_limit = "256"]

pub mod accounts;
pub mod app;
pub mod audit;
pub mod domain;
pub mod error;
pub mod groups;
pub mod layout;
pub mod operators;
pub mod profiles;
pub mod ui;
pub mod wire;

#[cfg(feature = "ssr")]
pub mod access;
#[cfg(feature = "ssr")]
pub mod assets;
#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod door;
#[cfg(feature = "ssr")]
pub mod server_pages;
#[cfg(feature = "ssr")]
pub mod settings;
#[cfg(feature = "ssr")]
pub mod state;

/// Called by the page's script once the WASM is there: brings the server's page to life.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    let typed = ui::early_input::remember();
    leptos::mount::hydrate_body(app::App);
    ui::early_input::restore(typed);
    // From here on the buttons that need the WASM work: the style sheet shows it, and tests wait for it.
    if let Some(page) = leptos::prelude::document().document_element() {
        // Refused only for a malformed name.
        let _ = page.set_attribute("data-live", "");
    }
}
