//! A column's head that sorts.

use leptos::prelude::*;

use super::dynamic::{dynamic, word};
use super::icon::Icon;

/// The head of one column. It is a link, so that sorting works without WASM and the order is in the address.
#[component]
pub fn SortHeader(
    label: &'static str,
    /// `None`: not sorted by this column; else whether the order is descending.
    #[prop(into)]
    order: Signal<Option<bool>>,
    #[prop(into)] href: Signal<String>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let sort = word(move || order.get().map(|descending| if descending { "descending" } else { "ascending" }));
    let icon = move || view! { <Icon name=if order.get() == Some(false) { "su" } else { "sd" } /> }.into_any();
    view! {
        <th scope="col" role="columnheader" class=class aria-sort=sort>
            <a href=href data-noscroll="true">
                {label}
                {dynamic(icon)}
            </a>
        </th>
    }
}
