//! The screen. Filter, order and place are in its address: Back, reload and a shared link give the same list.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

use super::acts::{Acts, RowDialogs};
use super::bar::FilterBar;
use super::bulk_bar::BulkBar;
use super::selection::Selected;
use super::state::ListState;
use super::table::AccountTable;
use super::under::UnderTable;
use crate::accounts::api::list_accounts;
use crate::domain::account_query::AccountQuery;
use crate::domain::role::Role;
use crate::error::AppError;
#[cfg(feature = "hydrate")]
use crate::live::follow::follow;
use crate::operators::operator::role_allows;
use crate::ui::dynamic::{dynamic, flag, text};
use crate::ui::error_view::FailedView;
use crate::ui::flash::FlashLine;
use crate::ui::head::Head;
use crate::ui::icon::Icon;
use crate::ui::message::{MessageLine, Tone};
use crate::ui::skeleton::SkeletonRows;

#[component]
pub fn AccountListPage() -> impl IntoView {
    let address = use_query_map();
    let query = Memo::new(move |_| address.with(read));
    let shown = StoredValue::new(None::<ListState>);
    // From now on, so that nothing is missed while the first list is on its way.
    #[cfg(feature = "hydrate")]
    follow(
        |changes| !changes.accounts.is_none(),
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
    view! {
        <Title text="Account List" />
        <Transition fallback=|| {
            view! {
                <Head title="Account List" crumb=("Groups".to_owned(), "/groups".to_owned()) />
                <SkeletonRows />
            }
        }>
            {move || Suspend::new(async move {
                match first.await {
                    Ok(list) => {
                        let state = ListState::new(start.get_value(), list);
                        shown.set_value(Some(state));
                        view! { <Found state=state address=query /> }.into_any()
                    }
                    Err(error) => {
                        view! {
                            <Head title="Account List" crumb=("Groups".to_owned(), "/groups".to_owned()) />
                            <FailedView error=error retry=move || first.refetch() />
                        }
                            .into_any()
                    }
                }
            })}
        </Transition>
    }
}

/// What the address asks for. A form sends a box for each status, all under one name.
fn read(address: &ParamsMap) -> AccountQuery {
    let statuses = address.get_all("status").unwrap_or_default();
    let others = address.latest_values().filter(|(name, _)| *name != "status").map(|(name, value)| (name.to_string(), value.to_owned()));
    AccountQuery::from_query(others.chain(statuses.into_iter().map(|status| ("status".into(), status))).collect::<Vec<_>>())
}

#[component]
fn Found(state: ListState, address: Memo<AccountQuery>) -> impl IntoView {
    let selected = Selected::new(state);
    let acts = Acts::new(state);
    let may_edit = role_allows(Role::Operator);
    Effect::new(move |_| {
        let asked = address.get();
        if state.wanted.get_untracked() != asked {
            state.ask(asked);
        }
    });
    // What others have done meanwhile is seen on coming back to the page.
    #[cfg(feature = "hydrate")]
    {
        let focus = window_event_listener(leptos::ev::focus, move |_| state.refresh());
        on_cleanup(move || focus.remove());
    }

    let group = Memo::new(move |_| state.held.get().group.clone());
    let new_account = text(move || match state.wanted.get().filter.group {
        Some(group) => format!("/accounts/new?group={group}"),
        None => "/accounts/new".into(),
    });
    let wizard = text(move || match state.wanted.get().filter.group {
        Some(group) => format!("/accounts/wizard?group={group}"),
        None => "/accounts/wizard".into(),
    });
    let new_batch = text(move || match state.wanted.get().filter.group {
        Some(group) => format!("/batches/new?group={group}"),
        None => "/batches/new".into(),
    });
    let empty = Memo::new(move |_| state.shown.get().is_empty());
    view! {
        <Head
            title=Signal::derive(move || group.get().unwrap_or_else(|| "Account List".into()))
            crumb=("Groups".to_owned(), "/groups".to_owned())
            beside=move || view! { <span class="sub" hidden=flag(move || group.get().is_none())>"Account List"</span> }
            actions=move || {
                may_edit
                    .then(|| {
                        view! {
                            <a href=wizard class="btn">
                                <Icon name="wand" />
                                <span class="txt">"New Account (Activation Wizard)"</span>
                            </a>
                            <a href=new_batch class="btn">
                                <Icon name="upload" />
                                <span class="txt">"Create batch account"</span>
                            </a>
                            <a href=new_account class="btn main fab" data-new="">
                                <Icon name="plus" />
                                <span class="txt">"New Account"</span>
                                <kbd>"n"</kbd>
                            </a>
                        }
                    })
            }
        />
        <FlashLine />
        <FilterBar state=state />
        {dynamic(move || state.problem.get().map(|error| view! { <Problem error=error state=state /> }).into_any())}
        <AccountTable state=state selected=selected acts=acts may_edit=may_edit />
        {dynamic(move || (empty.get() && !state.waiting.get()).then(|| view! { <Nothing state=state may_edit=may_edit /> }).into_any())}
        <UnderTable state=state />
        {may_edit.then(|| view! { <BulkBar state=state selected=selected /><RowDialogs acts=acts /> })}
    }
}

/// Why the rows are not those that one asked for.
#[component]
fn Problem(error: AppError, state: ListState) -> impl IntoView {
    view! {
        <MessageLine tone=Tone::Bad>
            {error.to_string()} " "
            <button type="button" class="btn tiny" on:click=move |_| state.ask_again()>
                "Try again"
            </button>
        </MessageLine>
    }
}

/// What stands in the place of rows when there are none.
#[component]
fn Nothing(state: ListState, may_edit: bool) -> impl IntoView {
    let none_at_all = state.held.get().counts.total == 0;
    if !none_at_all {
        let all = {
            let wanted = state.wanted.get();
            wanted.with_filter(wanted.filter.cleared()).to_address()
        };
        return view! {
            <section class="void">
                <Icon name="search" />
                <h2>"No account matches"</h2>
                <p>"Nothing here fits the filter, or the place in the list is past its end."</p>
                <a href=all class="btn">
                    "Clear filter"
                </a>
            </section>
        }
        .into_any();
    }
    let group = state.held.get().group.clone();
    let title = group.map_or_else(|| "No accounts yet".to_owned(), |group| format!("No accounts in {group} yet"));
    let new = state.wanted.get().filter.group.map(|group| format!("?group={group}")).unwrap_or_default();
    view! {
        <section class="void">
            <Icon name="users" />
            <h2 dir="auto">{title}</h2>
            {if may_edit {
                view! {
                    <p>"Create one by hand, let the wizard prepare one that its user activates by SMS, or bring a whole list as a CSV file. An account is what a phone registers with: a softphone (PGSM) or a desk phone (SNOM)."</p>
                    <div class="row">
                        <a href=format!("/accounts/new{new}") class="btn main">
                            <Icon name="plus" />
                            "New Account"
                        </a>
                        <a href=format!("/accounts/wizard{new}") class="btn">
                            <Icon name="wand" />
                            "New Account (Activation Wizard)"
                        </a>
                        <a href=format!("/batches/new{new}") class="btn">
                            <Icon name="upload" />
                            "Create batch account"
                        </a>
                    </div>
                }
                    .into_any()
            } else {
                view! { <p>"An operator of this service can create one."</p> }.into_any()
            }}
        </section>
    }
    .into_any()
}
