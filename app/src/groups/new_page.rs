//! New Group.

use leptos::prelude::*;
use leptos_meta::Title;

use super::api::group_form;
use super::form::GroupForm;
use crate::ui::error_view::FailedView;
use crate::ui::head::Head;

#[component]
pub fn NewGroupPage() -> impl IntoView {
    let start = Resource::new_blocking(|| (), |()| group_form(None));
    view! {
        <Title text="New Group" />
        <Head title="New Group" crumb=("Groups".to_owned(), "/groups".to_owned()) />
        <Transition>
            {move || Suspend::new(async move {
                match start.await {
                    Ok(start) => view! { <GroupForm start=start editing=false /> }.into_any(),
                    Err(error) => view! { <FailedView error=error retry=move || start.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}
