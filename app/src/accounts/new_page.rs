//! Create Account, the plain way.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

use super::api::new_account_form;
use super::form::AccountForm;
use crate::domain::account_type::AccountType;
use crate::ui::error_view::FailedView;
use crate::ui::head::Head;
use crate::ui::skeleton::SkeletonRows;

#[component]
pub fn NewAccountPage() -> impl IntoView {
    let query = use_query_map();
    let group = query.with_untracked(|query| query.get("group").and_then(|id| Uuid::parse_str(&id).ok()));
    let account_type = query.with_untracked(|query| query.get("type").and_then(|word| word.parse().ok())).unwrap_or(AccountType::Pgsm);
    let start = Resource::new_blocking(|| (), move |()| new_account_form(group, account_type));
    let list = group.map_or_else(|| "/accounts".to_owned(), |group| format!("/accounts?group={group}"));
    view! {
        <Title text="Create Account" />
        <Head title="Create Account" crumb=("Account List".to_owned(), list.clone()) />
        <Transition fallback=|| view! { <SkeletonRows /> }>
            {move || {
                let list = list.clone();
                Suspend::new(async move {
                    match start.await {
                        Ok(start) => view! { <AccountForm start=start back=list /> }.into_any(),
                        Err(error) => view! { <FailedView error=error retry=move || start.refetch() /> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}
