//! The screen. Filter, order and place are in its address: Back, reload and a shared link give the same list.

use leptos::prelude::*;

use super::acts::{Acts, RowDialogs};
use super::bar::FilterBar;
use super::bulk_bar::BulkBar;
use super::frame::{ListFrame, NoMatch};
use super::selection::Selected;
use super::state::ListState;
use super::table::AccountTable;
use super::under::UnderTable;
use crate::domain::account_query::AccountScreen;
use crate::domain::role::Role;
use crate::operators::operator::role_allows;
use crate::ui::dynamic::{dynamic, flag, text};
use crate::ui::error_view::ListProblem;
use crate::ui::flash::FlashLine;
use crate::ui::head::Head;
use crate::ui::icon::Icon;

#[component]
pub fn AccountListPage() -> impl IntoView {
    let bare = || view! { <Head title="Account List" crumb=("Groups".to_owned(), "/groups".to_owned()) /> };
    let found = |state| view! { <Found state=state /> }.into_any();
    view! { <ListFrame screen=AccountScreen::All title="Account List" bare=bare found=found /> }
}

#[component]
fn Found(state: ListState) -> impl IntoView {
    let selected = Selected::new(state);
    let acts = Acts::new(state);
    let may_edit = role_allows(Role::Operator);
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
        <ListProblem problem=state.problem again=move || state.ask_again() />
        <AccountTable state=state selected=selected acts=acts may_edit=may_edit />
        {dynamic(move || (empty.get() && !state.waiting.get()).then(|| view! { <Nothing state=state may_edit=may_edit /> }).into_any())}
        <UnderTable state=state />
        {may_edit.then(|| view! { <BulkBar state=state selected=selected /><RowDialogs acts=acts /> })}
    }
}

/// What stands in the place of rows when there are none.
#[component]
fn Nothing(state: ListState, may_edit: bool) -> impl IntoView {
    let held = state.held.get();
    if held.counts.total > 0 || held.query.filter.online {
        return view! { <NoMatch state=state /> }.into_any();
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
