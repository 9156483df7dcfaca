//! Account List, of one group or of all. Filter, order and page are in the address: Back, reload and a shared link
//! give the same list.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::components::A;
use leptos_router::hooks::{use_navigate, use_query_map};

use super::api::list_accounts;
use super::list_table::{AccountTable, UnderTable};
use super::view::AccountList;
use crate::domain::account_query::AccountQuery;
use crate::domain::role::Role;
use crate::operators::operator::role_allows;
use crate::ui::error_view::FailedView;
use crate::ui::flash::FlashLine;
use crate::ui::head::Head;
use crate::ui::icon::Icon;
use crate::ui::search_box::SearchBox;
use crate::ui::skeleton::SkeletonRows;

#[component]
pub fn AccountListPage() -> impl IntoView {
    let address = use_query_map();
    let query = Memo::new(move |_| address.with(|query| AccountQuery::from_query(query.latest_values())));
    let accounts = Resource::new_blocking(move || query.get(), list_accounts);
    // What others have done meanwhile is seen on coming back to the page.
    let focus = window_event_listener_in_browser(move || accounts.refetch());
    on_cleanup(focus);

    let navigate = use_navigate();
    let filter = move |needle: String| {
        let query = AccountQuery { needle, page: 1, ..query.get_untracked() };
        navigate(&list_address(&query), NavigateOptions { replace: true, scroll: false, ..Default::default() });
    };
    let may_edit = role_allows(Role::Operator);
    let new_account =
        move || query.with(|query| query.group.map_or_else(|| "/accounts/new".into(), |group| format!("/accounts/new?group={group}")));
    view! {
        <Title text="Account List" />
        <Transition>
            {move || Suspend::new(async move {
                let group = accounts.await.ok().and_then(|list| list.group);
                view! {
                    <Head
                        title=group.clone().unwrap_or_else(|| "Account List".into())
                        crumb=("Groups".to_owned(), "/groups".to_owned())
                        beside=move || group.clone().map(|_| view! { <span class="sub">"Account List"</span> })
                        actions=move || {
                            may_edit
                                .then(|| {
                                    view! {
                                        <A href=new_account attr:class="btn main">
                                            <Icon name="plus" />
                                            <span class="txt">"New Account"</span>
                                        </A>
                                    }
                                })
                        }
                    />
                }
            })}
        </Transition>
        <FlashLine />
        <form class="bar" role="search" method="get" action="/accounts" on:submit=|event| event.prevent_default()>
            {query.with_untracked(|query| query.group).map(|group| view! { <input type="hidden" name="group" value=group.to_string() /> })}
            <SearchBox
                label="Filter accounts"
                placeholder="Filter by owner, username, number, e-mail, description"
                initial=query.with_untracked(|query| query.needle.clone())
                on_input=filter
            />
        </form>
        <Transition fallback=|| view! { <SkeletonRows /> }>
            {move || Suspend::new(async move {
                match accounts.await {
                    Ok(list) => view! { <Found list=list query=query.get() may_edit=may_edit /> }.into_any(),
                    Err(error) => view! { <FailedView error=error retry=move || accounts.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Found(list: AccountList, query: AccountQuery, may_edit: bool) -> impl IntoView {
    let empty = list.rows.is_empty();
    let all = AccountQuery { needle: String::new(), page: 1, ..query.clone() };
    view! {
        {if !empty {
            view! { <AccountTable rows=list.rows.clone() query=query.clone() may_edit=may_edit /> }.into_any()
        } else if list.total == 0 {
            view! { <NoAccounts group=list.group.clone() new=query.group.map(|group| format!("?group={group}")).unwrap_or_default() may_edit=may_edit /> }
                .into_any()
        } else {
            view! {
                <section class="void">
                    <Icon name="search" />
                    <h2>"No account matches"</h2>
                    <p>"Nothing here holds what you typed, or the page is past the end of the list."</p>
                    <a class="btn" href=list_address(&all) rel="external">
                        "Clear filter"
                    </a>
                </section>
            }
                .into_any()
        }}
        <UnderTable list=list query=query />
    }
}

#[component]
fn NoAccounts(group: Option<String>, new: String, may_edit: bool) -> impl IntoView {
    let title = group.map_or_else(|| "No accounts yet".to_owned(), |group| format!("No accounts in {group} yet"));
    view! {
        <section class="void">
            <Icon name="users" />
            <h2 dir="auto">{title}</h2>
            {if may_edit {
                view! {
                    <p>"An account is what a phone registers with: a softphone (PGSM) or a desk phone (SNOM)."</p>
                    <A href=format!("/accounts/new{new}") attr:class="btn main">
                        <Icon name="plus" />
                        "New Account"
                    </A>
                }
                    .into_any()
            } else {
                view! { <p>"An operator of this service can create one."</p> }.into_any()
            }}
        </section>
    }
}

/// The address of the list that `query` describes.
pub fn list_address(query: &AccountQuery) -> String {
    let query = query.to_query();
    if query.is_empty() { "/accounts".into() } else { format!("/accounts?{query}") }
}

/// Calls `act` whenever the window gets the focus back; gives what ends that. Does nothing on the server.
fn window_event_listener_in_browser(act: impl Fn() + 'static) -> impl FnOnce() + Send + Sync + 'static {
    #[cfg(feature = "hydrate")]
    let handle = window_event_listener(leptos::ev::focus, move |_| act());
    #[cfg(not(feature = "hydrate"))]
    drop(act);
    move || {
        #[cfg(feature = "hydrate")]
        handle.remove();
    }
}
