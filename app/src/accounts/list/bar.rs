//! The filter box, the facets beside it, and a chip for each condition in force.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use uuid::Uuid;

use super::state::ListState;
use crate::domain::account_filter::AccountFilter;
use crate::domain::account_query::AccountScreen;
use crate::domain::account_status::AccountStatus;
use crate::domain::account_type::{AccountType, SecurityModel};
use crate::domain::needle::tidy;
use crate::groups::api::group_names;
use crate::ui::conditions::Chips;
use crate::ui::dynamic::{flag, text};
use crate::ui::facet::Facet;
use crate::ui::icon::Icon;
use crate::ui::list_address::address_after_pause;
use crate::ui::search_box::SearchBox;

/// A form, so that it also works without WASM.
#[component]
pub fn FilterBar(state: ListState) -> impl IntoView {
    let navigate = use_navigate();
    let follow = address_after_pause(move || state.wanted.get_untracked().to_address(state.screen));
    let typed = move |text: String| {
        let wanted = state.wanted.get_untracked();
        let query = wanted.with_filter(AccountFilter { needle: tidy(&text), ..wanted.filter.clone() });
        if wanted.filter.needle != query.filter.needle {
            state.ask(query);
            follow();
        }
    };
    let choose = move |filter: AccountFilter| {
        let address = state.wanted.get_untracked().with_filter(filter).to_address(state.screen);
        navigate(&address, NavigateOptions { scroll: false, ..Default::default() });
    };
    let read = {
        let choose = choose.clone();
        move |name: &'static str, value: String| {
            let mut filter = state.wanted.get_untracked().filter;
            filter.read(name, &value);
            choose(filter);
        }
    };
    let filter = move || state.wanted.get().filter;
    let order = state.wanted.get_untracked().with_filter(AccountFilter::default()).to_pairs_from_start(state.screen);
    let conditions = Memo::new(move |_| state.conditions());
    let words = |all: &[&'static str]| all.iter().map(|word| ((*word).to_owned(), (*word).to_owned())).collect::<Vec<_>>();
    view! {
        <form class="bar" role="search" method="get" action=state.screen.path() on:submit=|event| event.prevent_default()>
            {order.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view()}
            <SearchBox
                label="Filter accounts"
                placeholder="Filter by owner, username, number, e-mail, description"
                text=Signal::derive(move || state.wanted.get().filter.needle)
                on_input=typed
            />
            <div class="facets">
                <GroupFacet state=state on_change=read.clone() />
                <Facet
                    name="type"
                    label="Type"
                    options=words(&AccountType::ALL.map(AccountType::as_str))
                    value=Signal::derive(move || filter().account_type.map(AccountType::as_str).unwrap_or_default().to_owned())
                    on_change=read.clone()
                />
                <Facet
                    name="security"
                    label="Security"
                    options=words(&SecurityModel::ALL.map(SecurityModel::as_str))
                    value=Signal::derive(move || filter().security.map(SecurityModel::as_str).unwrap_or_default().to_owned())
                    on_change=read.clone()
                />
                {(state.screen == AccountScreen::All)
                    .then(|| {
                        view! {
                            <Facet
                                name="enabled"
                                label="Enabled"
                                options=words(&["true", "false"])
                                value=Signal::derive(move || filter().enabled.map(|enabled| enabled.to_string()).unwrap_or_default())
                                on_change=read.clone()
                            />
                            <Facet
                                name="online"
                                label="Online"
                                options=words(&["true"])
                                value=Signal::derive(move || if filter().online { "true".to_owned() } else { String::new() })
                                on_change=read
                            />
                            <StatusFacet state=state on_change=choose />
                        }
                    })}
                <button type="submit" class="btn still">
                    "Filter"
                </button>
            </div>
        </form>
        <Chips conditions=conditions />
    }
}

/// The groups are fetched once the page lives: the first answer need not wait for them.
#[component]
fn GroupFacet(state: ListState, on_change: impl Fn(&'static str, String) + 'static) -> impl IntoView {
    let names = RwSignal::new(Vec::new());
    Effect::new(move |_| {
        spawn_local(async move {
            // Without them the facet still offers the group that is chosen.
            if let Ok(groups) = group_names().await {
                names.try_set(groups);
            }
        });
    });
    let options = Signal::derive(move || {
        let chosen = || {
            let held = state.held.get();
            Some((held.query.filter.group?, held.group.clone()?))
        };
        let groups = names.get();
        let groups = if groups.is_empty() { chosen().into_iter().collect() } else { groups };
        groups.into_iter().map(|(id, name): (Uuid, String)| (id.to_string(), name)).collect::<Vec<_>>()
    });
    let value = Signal::derive(move || state.wanted.get().filter.group.map(|id| id.to_string()).unwrap_or_default());
    view! { <Facet name="group" label="Group" options=options value=value on_change=on_change /> }
}

/// Of the statuses several can be chosen.
#[component]
fn StatusFacet(state: ListState, on_change: impl Fn(AccountFilter) + Clone + 'static) -> impl IntoView {
    let chosen = Memo::new(move |_| state.wanted.get().filter.statuses.clone());
    let told = text(move || match chosen.get().as_slice() {
        [] => "Any".to_owned(),
        [only] => only.label().to_owned(),
        several => format!("{} chosen", several.len()),
    });
    view! {
        <details class="facet" class:on=flag(move || !chosen.get().is_empty())>
            <summary>
                <span>"Status"</span>
                <b>{told}</b>
                <Icon name="down" />
            </summary>
            <fieldset class="menu">
                <legend class="vh">"Status"</legend>
                {AccountStatus::ALL
                    .into_iter()
                    .map(|status| {
                        let on_change = on_change.clone();
                        let toggle = move |_| {
                            let mut filter = state.wanted.get_untracked().filter;
                            if filter.statuses.contains(&status) {
                                filter.statuses.retain(|other| *other != status);
                            } else {
                                filter.read("status", status.as_str());
                            }
                            on_change(filter);
                        };
                        let is_chosen = flag(move || chosen.get().contains(&status));
                        view! {
                            <label>
                                <input
                                    type="checkbox"
                                    name="status"
                                    value=status.as_str()
                                    checked=chosen.get_untracked().contains(&status)
                                    prop:checked=is_chosen
                                    on:change=toggle
                                />
                                {status.label()}
                            </label>
                        }
                    })
                    .collect_view()}
            </fieldset>
        </details>
    }
}
