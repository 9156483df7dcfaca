//! The panel of Show Account that says whether the phone is registered, from where, and with what.

use leptos::prelude::*;

use super::show_actions::Acts;
use super::view::AccountView;
use crate::domain::role::Role;
use crate::domain::transport::Transport;
use crate::operators::operator::role_allows;
use crate::registrations::drop_dialog::Asked;
use crate::registrations::view::Online;
use crate::ui::icon::Icon;
use crate::ui::time::{Clock, When};

/// The panel; who may, can drop the registration.
#[component]
pub fn RegistrationPanel(account: AccountView, online: Option<Online>, acts: Acts) -> impl IntoView {
    let asked = Asked { account: account.id, title: account.title(), username: account.username.clone() };
    let drop = (online.is_some() && role_allows(Role::Operator)).then(|| {
        view! {
            <button type="button" class="btn tiny live end" on:click=move |_| acts.registration.set(Some(asked.clone()))>
                <Icon name="off" />
                "Drop registration"
            </button>
        }
    });
    let content = match online {
        Some(online) => view! { <Told online=online /> }.into_any(),
        None => view! { <p class="pad">"Not registered. " {why_not(&account)}</p> }.into_any(),
    };
    view! {
        <section class="card first" aria-labelledby="registration-title">
            <header>
                <h2 id="registration-title">"Registration"</h2>
                {drop}
            </header>
            {content}
        </section>
    }
}

/// What keeps a phone from being registered.
const fn why_not(account: &AccountView) -> &'static str {
    match (account.enabled, account.awaits_activation) {
        (true, _) => "The phone is off, out of reach, or not set up yet.",
        (false, true) => "Its phone can register once it is activated.",
        (false, false) => "The phone of a disabled account cannot register.",
    }
}

#[component]
fn Told(online: Online) -> impl IntoView {
    let from = match (online.address.is_empty(), online.transport) {
        (true, _) => String::new(),
        (false, None) => format!(", from {}", online.address),
        (false, Some(transport)) => format!(", from {} over {}", online.address, transport.as_str()),
    };
    let is_in_the_clear = online.transport.is_some_and(|transport| transport != Transport::Tls);
    let with = (!online.client.is_empty()).then(|| view! { ", with " <span dir="auto">{online.client}</span> });
    view! {
        <div class="pad stackv registration">
            <p>"Online until " <Clock at=online.until /> " (" <When at=online.until /> ")" {from} {with} "."</p>
            {is_in_the_clear
                .then(|| {
                    view! {
                        <p>
                            <span class="chip warn">
                                <Icon name="warn" />
                                "not encrypted"
                            </span>
                            " Who calls whom can be read on the way."
                        </p>
                    }
                })}
        </div>
    }
}
