//! A value with a button that copies it.

use leptos::prelude::*;

use super::dynamic::dynamic;
use super::icon::Icon;

#[component]
pub fn Copyable(
    #[prop(into)] value: String,
    /// What is copied, for the button's name: "username".
    what: &'static str,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let text = StoredValue::new(value.clone());
    view! {
        <span class="copy">
            <span dir="auto">{value}</span>
            <button
                type="button"
                class="btn sq flat tiny"
                aria-label=format!("Copy {what}")
                data-tip=move || if copied.get() { "Copied" } else { "Copy" }
                on:click=move |_| {
                    copy_text(&text.get_value());
                    copied.set(true);
                }
            >
                {dynamic(move || view! { <Icon name=if copied.get() { "check" } else { "copy" } /> }.into_any())}
            </button>
        </span>
    }
}

/// Puts `text` on the clipboard; false where the browser does not allow it.
pub async fn try_copy(text: &str) -> bool {
    #[cfg(feature = "hydrate")]
    {
        let clipboard = window().navigator().clipboard();
        // A page that did not come by HTTPS has none.
        !clipboard.is_undefined() && wasm_bindgen_futures::JsFuture::from(clipboard.write_text(text)).await.is_ok()
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = text;
        false
    }
}

/// Puts `text` on the clipboard, where the browser allows it.
pub fn copy_text(text: &str) {
    #[cfg(feature = "hydrate")]
    {
        // The promise is refused only where the page has no clipboard; the value can still be selected by hand.
        let _promise = window().navigator().clipboard().write_text(text);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = text;
}
