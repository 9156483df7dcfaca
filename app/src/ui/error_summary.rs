//! What is wrong with a form, summed up at its top with links to the fields.

use leptos::prelude::*;

use super::icon::Icon;

/// `problems`: name of the control, label and message of each field that needs a change.
#[component]
pub fn ErrorSummary(
    /// "The account was not created".
    what: &'static str,
    #[prop(into)] problems: Signal<Vec<(&'static str, &'static str, String)>>,
    /// Another one where two forms stand on one page.
    #[prop(default = "summary")]
    id: &'static str,
    /// What stands in the way of the whole form.
    #[prop(into)]
    message: Signal<Option<String>>,
) -> impl IntoView {
    let count = move || match problems.with(Vec::len) {
        1 => "1 field needs a change.".to_owned(),
        count => format!("{count} fields need a change."),
    };
    view! {
        <div role="alert" id=id tabindex="-1">
            {move || {
                message
                    .get()
                    .map(|text| {
                        view! {
                            <div class="msg bad">
                                <Icon name="bad" />
                                <div>
                                    <b>{what} ". "</b>
                                    {text}
                                </div>
                            </div>
                        }
                    })
            }}
            {move || {
                problems
                    .with(|problems| !problems.is_empty())
                    .then(|| {
                        view! {
                            <div class="msg bad">
                                <Icon name="bad" />
                                <div>
                                    <b>{what} ": " {count}</b>
                                    <ul>
                                        {move || {
                                            problems
                                                .get()
                                                .into_iter()
                                                .map(|(name, label, text)| {
                                                    view! {
                                                        <li>
                                                            <a href=format!("#{name}") rel="external">
                                                                {label}
                                                                ": "
                                                                {text}
                                                            </a>
                                                        </li>
                                                    }
                                                })
                                                .collect_view()
                                        }}
                                    </ul>
                                </div>
                            </div>
                        }
                    })
            }}
        </div>
    }
}

/// Brings what is wrong into view, once it is there.
pub fn show_summary() {
    bring_into_view("summary");
}

/// Scrolls to a region that is told something and gives it the focus, once the message is there.
pub fn bring_into_view(region: &'static str) {
    #[cfg(feature = "hydrate")]
    request_animation_frame(move || {
        use leptos::wasm_bindgen::JsCast;
        use leptos::web_sys::HtmlElement;

        if let Some(region) = document().get_element_by_id(region).filter(|region| region.child_element_count() > 0) {
            region.scroll_into_view();
            if let Ok(region) = region.dyn_into::<HtmlElement>() {
                // Not focused is not lost: the message is also announced.
                let _ = region.focus();
            }
        }
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = region;
}
