//! The ways through a list of which the newest comes first.

use leptos::prelude::*;

use super::dynamic::{dynamic, flag, word};

/// Back to the newest, and on to older ones: on this page as long as `extend` has room there, else on a page of their own.
#[component]
pub fn OlderLinks(
    /// The address of the newest.
    newest: Signal<String>,
    /// Whether this page does not begin with them.
    is_older_page: Memo<bool>,
    /// The address of older ones, if there are any.
    older: Memo<Option<String>>,
    /// Whether they are on their way.
    extending: RwSignal<bool>,
    extend: impl Fn() -> bool + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let more = move || {
        older.get().map(|older| {
            view! {
                <a
                    class="btn tiny"
                    href=older
                    aria-busy=word(move || extending.get().then_some("true"))
                    on:click=move |event| {
                        if extend() {
                            event.prevent_default();
                        }
                    }
                >
                    "Show older ones"
                </a>
            }
        })
    };
    view! {
        <a class="btn tiny" href=newest hidden=flag(move || !is_older_page.get())>
            "Newest"
        </a>
        {dynamic(move || more().into_any())}
    }
}
