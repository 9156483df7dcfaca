//! What can be done with the selected accounts. It floats over the list on a desk, and stands in the place of the
//! bottom bar on a phone.

use leptos::prelude::*;

use super::acts::short;
use super::bulk_dialog::{Asked, bulk_dialog};
use super::selection::Selected;
use super::state::ListState;
use crate::accounts::api::count_accounts;
use crate::domain::bulk::BulkAction;
use crate::domain::numerals::grouped;
use crate::lazy::part;
use crate::ui::dynamic::{dynamic, text, word};
use crate::ui::icon::Icon;

#[component]
pub fn BulkBar(state: ListState, selected: Selected) -> impl IntoView {
    let asked = RwSignal::new(None);
    let ask = Callback::new(move |action| {
        let count = selected.count().unsigned_abs();
        asked.set(Some(Asked { action, selection: selected.to_selection(), count, names: selected.names() }));
    });
    let worked = Callback::new(move |()| {
        selected.clear();
        state.refresh();
    });
    let select_all = Action::new(move |(): &()| {
        let filter = state.wanted.get_untracked().filter;
        async move {
            match count_accounts(filter.clone()).await {
                Ok(counted) => selected.set_all_matching(filter, counted),
                Err(error) => state.problem.set(Some(error)),
            }
        }
    });
    let more_match = Memo::new(move |_| selected.filter().is_none() && state.held.get().counts.matching > selected.count());
    let any = Memo::new(move |_| selected.count() > 0);
    let amount = text(move || {
        let count = grouped(selected.count().unsigned_abs());
        if selected.filter().is_some() { format!("All {count} that match") } else { format!("{count} selected") }
    });
    let edit = move || {
        let id = selected.only()?;
        Some(view! {
            <a href=format!("/accounts/{id}/edit") class="btn flat">
                <Icon name="edit" />
                "Edit"
            </a>
        })
    };
    let all = move || {
        more_match.get().then(|| {
            view! {
                <button
                    type="button"
                    class="btn flat all"
                    aria-busy=word(move || select_all.pending().get().then_some("true"))
                    on:click=move |_| {
                        select_all.dispatch(());
                    }
                >
                    "Select all that match"
                </button>
            }
        })
    };
    let bar = move || {
        view! {
            <section class="bulk" aria-label="Selected accounts">
                <b role="status">{amount}</b>
                {dynamic(move || all().into_any())}
                {dynamic(move || edit().into_any())}
                <BulkButton action=BulkAction::Enable icon="yes" ask=ask />
                <BulkButton action=BulkAction::Disable icon="off" ask=ask />
                <BulkButton action=BulkAction::SendInstallation icon="send" ask=ask />
                <BulkButton action=BulkAction::SendActivation icon="key" ask=ask />
                <BulkButton action=BulkAction::Delete icon="trash" ask=ask />
                <button type="button" class="btn sq flat x" aria-label="Clear the selection" on:click=move |_| selected.clear()>
                    <Icon name="x" />
                </button>
            </section>
        }
    };
    view! {
        {dynamic(move || any.get().then(bar).into_any())}
        {dynamic(move || asked.get().map(|which| part(bulk_dialog(which, asked, worked))).into_any())}
    }
}

#[component]
fn BulkButton(action: BulkAction, icon: &'static str, ask: Callback<BulkAction>) -> impl IntoView {
    // A phone has room for the word in the middle alone.
    let words = match action.sms() {
        Some(kind) => view! { <span><span class="wide">"Send "</span>{short(kind)}<span class="wide">" SMS"</span></span> }.into_any(),
        None => action.label().into_any(),
    };
    view! {
        <button type="button" class="btn flat" class:bad=action == BulkAction::Delete aria-label=action.label() on:click=move |_| ask.run(action)>
            <Icon name=icon />
            {words}
        </button>
    }
}
