//! What all screens that list accounts have in common: the list of their address, kept up to date.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

use super::state::ListState;
use crate::accounts::api::list_accounts;
use crate::domain::account_query::{AccountQuery, AccountScreen};
#[cfg(feature = "hydrate")]
use crate::live::{expiry::tell_expiry, follow::follow};
use crate::ui::error_view::FailedView;
use crate::ui::icon::Icon;
use crate::ui::list_address::keep_to_address;
use crate::ui::skeleton::SkeletonRows;

/// A screen of accounts.
#[component]
pub fn ListFrame(
    screen: AccountScreen,
    title: &'static str,
    /// Its head as long as there is no list.
    #[prop(into)]
    bare: ViewFn,
    /// All of it once there is one.
    found: fn(ListState) -> AnyView,
) -> impl IntoView {
    let address = use_query_map();
    let query = Memo::new(move |_| address.with(|address| read(screen, address)));
    let shown = StoredValue::new(None::<ListState>);
    // From now on, so that nothing is missed while the first list is on its way.
    #[cfg(feature = "hydrate")]
    follow(
        |changes| !changes.accounts.is_none() || !changes.registrations.is_none(),
        move || shown.get_value().is_some_and(ListState::is_at_rest),
        move |changes| async move {
            if let Some(state) = shown.try_get_value().flatten() {
                state.look_again(changes, super::focus::hold).await;
            }
            true
        },
    );
    // The first list comes with the page; from then on the state asks by itself.
    let start = StoredValue::new(query.get_untracked());
    let first = Resource::new_blocking(
        || (),
        move |()| {
            start.set_value(query.get_untracked());
            list_accounts(start.get_value(), true)
        },
    );
    let (loading, bare) = (bare.clone(), StoredValue::new(bare));
    view! {
        <Title text=title />
        <Transition fallback=move || view! { {loading.run()} <SkeletonRows /> }>
            {move || Suspend::new(async move {
                match first.await {
                    Ok(list) => {
                        let state = ListState::new(screen, start.get_value(), list);
                        shown.set_value(Some(state));
                        keep(state, query);
                        found(state)
                    }
                    Err(error) => {
                        let bare = bare.get_value().run();
                        view! { {bare} <FailedView error=error retry=move || first.refetch() /> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}

/// What the address asks for. A form sends a box for each status, all under one name.
fn read(screen: AccountScreen, address: &ParamsMap) -> AccountQuery {
    let statuses = address.get_all("status").unwrap_or_default();
    let others = address.latest_values().filter(|(name, _)| *name != "status").map(|(name, value)| (name.to_string(), value.to_owned()));
    let pairs = others.chain(statuses.into_iter().map(|status| ("status".into(), status))).collect::<Vec<_>>();
    AccountQuery::of_screen(screen, pairs)
}

/// Keeps a list to what the address asks for, and to what is.
fn keep(state: ListState, address: Memo<AccountQuery>) {
    keep_to_address(address, state.wanted, move |asked| state.ask(asked));
    // What others have done meanwhile is seen on coming back to the page.
    #[cfg(feature = "hydrate")]
    {
        let focus = window_event_listener(leptos::ev::focus, move |_| state.refresh());
        on_cleanup(move || focus.remove());
        tell_expiry(move || state.next_expiry());
    }
}

/// What stands in the place of rows when the filter lets none through.
#[component]
pub fn NoMatch(state: ListState) -> impl IntoView {
    view! {
        <section class="void">
            <Icon name="search" />
            <h2>"No account matches"</h2>
            <p>"Nothing here fits the filter, or the place in the list is past its end."</p>
            <a href=state.cleared() class="btn">
                "Clear filter"
            </a>
        </section>
    }
}
