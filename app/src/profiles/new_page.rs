//! New Provisioning Profile.

use leptos::prelude::*;
use leptos_meta::Title;

use super::api::profile_form;
use super::form::ProfileForm;
use crate::ui::error_view::FailedView;
use crate::ui::head::Head;

#[component]
pub fn NewProfilePage() -> impl IntoView {
    let start = Resource::new_blocking(|| (), |()| profile_form(None));
    view! {
        <Title text="New Provisioning Profile" />
        <Head title="New Provisioning Profile" crumb=("Provisioning Profiles".to_owned(), "/profiles".to_owned()) />
        <Transition>
            {move || Suspend::new(async move {
                match start.await {
                    Ok(start) => view! { <ProfileForm start=start editing=false /> }.into_any(),
                    Err(error) => view! { <FailedView error=error retry=move || start.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}
