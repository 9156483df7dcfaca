//! Registered Accounts: every phone that is online, from where and until when.

use leptos::prelude::*;

use super::drop_dialog::{Asked, DropDialog};
use super::table::RegisteredTable;
use crate::accounts::list::bar::FilterBar;
use crate::accounts::list::frame::{ListFrame, NoMatch};
use crate::accounts::list::state::ListState;
use crate::accounts::list::under::UnderTable;
use crate::domain::account_query::AccountScreen;
use crate::domain::role::Role;
use crate::live::follow::Live;
use crate::operators::operator::role_allows;
use crate::ui::dynamic::dynamic;
use crate::ui::error_view::ListProblem;
use crate::ui::flash::FlashLine;
use crate::ui::head::Head;
use crate::ui::icon::Icon;

const TITLE: &str = "Registered Accounts";

#[component]
pub fn RegisteredPage() -> impl IntoView {
    let bare = || view! { <Head title=TITLE /> };
    let found = |state| view! { <Found state=state /> }.into_any();
    view! { <ListFrame screen=AccountScreen::Registered title=TITLE bare=bare found=found /> }
}

#[component]
fn Found(state: ListState) -> impl IntoView {
    let may_drop = role_allows(Role::Operator);
    let asked = RwSignal::new(None::<Asked>);
    let dropped = Callback::new(move |()| state.refresh());
    let is_empty = Memo::new(move |_| state.shown.with(Vec::is_empty) && !state.waiting.get());
    view! {
        <Head title=TITLE beside=|| view! { <LiveChip /> } />
        <FlashLine />
        <FilterBar state=state />
        <ListProblem problem=state.problem again=move || state.ask_again() />
        <RegisteredTable state=state asked=asked may_drop=may_drop />
        {dynamic(move || is_empty.get().then(|| view! { <Nothing state=state /> }).into_any())}
        <UnderTable state=state />
        {may_drop.then(|| view! { <DropDialog asked=asked done=dropped /> })}
    }
}

/// Whether what changes is heard on this page.
#[component]
fn LiveChip() -> impl IntoView {
    let is_open = use_context::<Live>().map(|live| live.is_open);
    let chip = move || {
        let is_live = is_open.is_some_and(|is_open| is_open.get());
        let (class, icon, word) = if is_live { ("chip ok", "s5", "live") } else { ("chip", "s0", "not live") };
        view! {
            <span class=class>
                <Icon name=icon />
                {word}
            </span>
        }
        .into_any()
    };
    view! { <span role="status">{dynamic(chip)}</span> }
}

/// What stands in the place of rows when there are none.
#[component]
fn Nothing(state: ListState) -> impl IntoView {
    let held = state.held.get();
    if held.counts.total > 0 || state.is_filtered() {
        return view! { <NoMatch state=state /> }.into_any();
    }
    let title =
        held.group.as_ref().map_or_else(|| "No phone is registered".to_owned(), |group| format!("No phone of {group} is registered"));
    view! {
        <section class="void">
            <Icon name="signal" />
            <h2 dir="auto">{title}</h2>
            <p>
                "A phone stands here from the moment it registers with an account’s username and password until its registration is over. It appears by itself."
            </p>
            <a href="/accounts" class="btn">
                <Icon name="users" />
                "All accounts"
            </a>
        </section>
    }
    .into_any()
}
