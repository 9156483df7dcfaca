//! The frame of a page that has one thing to do, and no side bar.

use leptos::prelude::*;

use super::icon::Icon;

#[component]
pub fn Solo(children: Children) -> impl IntoView {
    view! {
        <div class="solo">
            <main id="main" class="stackv">
                <p class="brand">
                    <Icon name="ring" />
                    "Ringkey"
                </p>
                {children()}
            </main>
        </div>
    }
}
