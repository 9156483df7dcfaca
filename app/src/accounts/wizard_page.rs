//! New Account (Activation Wizard).

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

use super::api::wizard_form;
use super::form::wizard::WizardForm;
use crate::ui::error_view::FailedView;
use crate::ui::head::Head;
use crate::ui::skeleton::SkeletonRows;

#[component]
pub fn WizardPage() -> impl IntoView {
    let group = use_query_map().with_untracked(|query| query.get("group").and_then(|id| Uuid::parse_str(&id).ok()));
    let start = Resource::new_blocking(|| (), move |()| wizard_form(group));
    let list = group.map_or_else(|| "/accounts".to_owned(), |group| format!("/accounts?group={group}"));
    view! {
        <Title text="New Account (Activation Wizard)" />
        <Head title="New Account (Activation Wizard)" crumb=("Account List".to_owned(), list.clone()) />
        <Transition fallback=|| view! { <SkeletonRows /> }>
            {move || {
                let list = list.clone();
                Suspend::new(async move {
                    match start.await {
                        Ok(start) => view! { <WizardForm start=start back=list /> }.into_any(),
                        Err(error) => view! { <FailedView error=error retry=move || start.refetch() /> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}
