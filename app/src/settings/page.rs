//! Settings of the whole service.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

use super::sip::api::sip_form;
use super::sip::form::SipForm;
use super::sms::api::{find_test_message, gateway_form};
use super::sms::form::GatewayForm;
use super::sms::test_message::TestSection;
use crate::ui::error_view::FailedView;
use crate::ui::flash::FlashLine;
use crate::ui::head::Head;
use crate::ui::icon::Icon;

#[component]
pub fn SettingsPage() -> impl IntoView {
    let sip = Resource::new_blocking(|| (), |()| sip_form());
    let gateway = Resource::new_blocking(|| (), |()| gateway_form());
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
        <Head
            title="Settings"
            actions=|| {
                view! {
                    // A desk has them in the side bar.
                    <a href="/operators" class="btn phone">
                        <Icon name="shield" />
                        <span class="txt">"Operators"</span>
                    </a>
                    <a href="/audit" class="btn phone">
                        <Icon name="log" />
                        <span class="txt">"Audit log"</span>
                    </a>
                }
            }
        />
        <FlashLine />
        // Apart from each other: what is typed in one form stays when another is saved.
        <Transition>
            {move || Suspend::new(async move {
                match sip.await {
                    Ok(form) => {
                        let origin = form.origin.clone();
                        view! {
                            <SipForm start=form saved=move || sip.refetch() />
                            <PublicAddress origin=origin />
                        }
                            .into_any()
                    }
                    Err(error) => view! { <FailedView error=error retry=move || sip.refetch() /> }.into_any(),
                }
            })}
        </Transition>
        <Transition>
            {move || Suspend::new(async move {
                let sent = sent.await;
                match gateway.await {
                    Ok(form) => {
                        let (test, in_force) = (form.test, form.in_force);
                        view! {
                            <GatewayForm start=form saved=move || gateway.refetch() />
                            <TestSection test=test in_force=in_force sent=sent />
                        }
                            .into_any()
                    }
                    Err(error) => view! { <FailedView error=error retry=move || gateway.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// What is settled when Ringkey is started.
#[component]
fn PublicAddress(origin: String) -> impl IntoView {
    view! {
        <div class="form address">
            <section aria-labelledby="address-title">
                <h2 id="address-title">"Public address"</h2>
                <p>
                    <code class="wrap">{origin}</code>
                </p>
                <p class="help">
                    "By which browsers and phones reach Ringkey; links in SMSes begin with it. It is set when Ringkey is started, by "
                    <code class="wrap">"--public-address"</code> " or " <code class="wrap">"RINGKEY_PUBLIC_ADDRESS"</code> "."
                </p>
            </section>
        </div>
    }
}
