//! The head of a screen: the way back, the title, the actions to its right.

use leptos::prelude::*;

use super::icon::Icon;

#[component]
pub fn Crumb(#[prop(into)] href: String, #[prop(into)] label: String) -> impl IntoView {
    view! {
        <nav class="crumb" aria-label="Breadcrumb">
            <a href=href>
                <Icon name="back" />
                {label}
            </a>
        </nav>
    }
}

#[component]
pub fn Head(
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] crumb: Option<(String, String)>,
    /// Stands right of the title.
    #[prop(optional, into)]
    beside: ViewFn,
    #[prop(optional, into)] actions: ViewFn,
) -> impl IntoView {
    view! {
        <header class="head">
            <div>
                {crumb.map(|(label, href)| view! { <Crumb href=href label=label /> })} <div class="row">
                    <h1 dir="auto">{title}</h1>
                    {beside.run()}
                </div>
            </div>
            <div class="acts">{actions.run()}</div>
        </header>
    }
}
