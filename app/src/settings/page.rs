//! Settings of the whole service.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

use super::sms::api::{find_test_message, gateway_form};
use super::sms::form::GatewayForm;
use super::sms::test_message::TestSection;
use crate::ui::error_view::FailedView;
use crate::ui::flash::FlashLine;
use crate::ui::head::Head;

#[component]
pub fn SettingsPage() -> impl IntoView {
    let start = Resource::new_blocking(|| (), |()| gateway_form());
    // A plain form's test message stands in the address.
    let asked = use_query_map().with_untracked(|query| query.get("test").and_then(|id| Uuid::parse_str(&id).ok()));
    let sent = Resource::new_blocking(
        move || asked,
        |asked| async move {
            match asked {
                Some(id) => find_test_message(id).await.ok().flatten().map(|test| (id, test)),
                None => None,
            }
        },
    );
    view! {
        <Title text="Settings" />
        <Head title="Settings" />
        <FlashLine />
        <Transition>
            {move || Suspend::new(async move {
                let sent = sent.await;
                match start.await {
                    Ok(form) => {
                        let (test, in_force) = (form.test, form.in_force);
                        view! {
                            <GatewayForm start=form saved=move || start.refetch() />
                            <TestSection test=test in_force=in_force sent=sent />
                        }
                            .into_any()
                    }
                    Err(error) => view! { <FailedView error=error retry=move || start.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}
