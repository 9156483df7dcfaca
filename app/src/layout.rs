//! The frame around every signed-in screen: the side bar on a desk, the bottom bar on a phone.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::{A, Outlet};

use crate::domain::role::Role;
use crate::live::follow::provide_live;
use crate::operators::operator::use_operator;
use crate::ui::flash::end_flash_with_its_screen;
use crate::ui::icon::Icon;
use crate::ui::keys::Keys;

#[component]
pub fn Layout() -> impl IntoView {
    end_flash_with_its_screen();
    provide_live();
    let operator = use_operator();
    let name = operator.as_ref().map(|o| o.name.clone()).unwrap_or_default();
    let may_set = operator.as_ref().is_some_and(|operator| operator.role.allows(Role::Admin));
    let role = operator.map(|o| o.role.as_str()).unwrap_or_default();
    view! {
        <a class="skip" href="#main">
            "Skip to content"
        </a>
        <div class="app">
            <nav class="side" aria-label="Main">
                <p class="brand">
                    <Icon name="ring" />
                    <span>"Ringkey"</span>
                </p>
                <ul>
                    <NavItem href="/groups" icon="groups" label="Groups" />
                    <NavItem href="/accounts" icon="users" label="All accounts" />
                    <NavItem href="/registered" icon="signal" label="Registered" class="desk" />
                    <NavItem href="/batches" icon="stack" label="Batches" />
                    // On a phone the bar is full: there the Group List leads to what is missing.
                    <NavItem href="/messages" icon="sms" label="Messages" class="desk" />
                    <NavItem href="/profiles" icon="page" label="Profiles" class="desk" />
                    {may_set
                        .then(|| {
                            view! {
                                <NavItem href="/settings" icon="gear" label="Settings" class="desk" />
                                // On a phone the settings lead to both.
                                <NavItem href="/operators" icon="shield" label="Operators" class="desk" />
                                <NavItem href="/audit" icon="log" label="Audit" class="desk" />
                            }
                        })}
                    <NavItem href="/me" icon="key" label="Account" class="phone" />
                    <li class="phone">
                        <SignOut label="Sign out" />
                    </li>
                </ul>
                <div class="who">
                    <p class="me">
                        <span class="txt" dir="auto">
                            {name}
                        </span>
                        <span class="sub">{role}</span>
                    </p>
                    <Keys />
                    <A href="/me">
                        <Icon name="key" />
                        <span class="txt">"Your account"</span>
                    </A>
                    <SignOut label="Sign out" />
                </div>
            </nav>
            <main id="main" tabindex="-1">
                <Outlet />
            </main>
        </div>
    }
}

#[component]
fn NavItem(href: &'static str, icon: &'static str, label: &'static str, #[prop(optional)] class: Option<&'static str>) -> impl IntoView {
    view! {
        <li class=class>
            <A href=href>
                <Icon name=icon />
                <span class="txt">{label}</span>
            </A>
        </li>
    }
}

#[component]
fn SignOut(label: &'static str) -> impl IntoView {
    view! {
        <form method="post" action="/sign-out">
            <button type="submit">
                <Icon name="out" />
                <span class="txt">{label}</span>
            </button>
        </form>
    }
}

/// What the browser shows at an address that no screen has.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <Title text="Not found" />
        <div class="solo">
            <main id="main" class="stackv">
                <h1>"Not found"</h1>
                <p>"There is nothing at this address."</p>
                <a class="btn" href="/groups">
                    "Go to the groups"
                </a>
            </main>
        </div>
    }
}
