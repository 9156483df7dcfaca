//! Grey rows where a table will be, of the same height: nothing moves when the data arrives.

use leptos::prelude::*;

#[component]
pub fn SkeletonRows() -> impl IntoView {
    view! {
        <div class="skeleton" role="status">
            <span class="vh">"Loading"</span>
            {(0..8).map(|_| view! { <div></div> }).collect_view()}
        </div>
    }
}
