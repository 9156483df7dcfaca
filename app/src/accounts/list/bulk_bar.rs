//! What can be done with the selected accounts. It floats over the list on a desk, and stands in the place of the
//! bottom bar on a phone.

use leptos::prelude::*;

use super::bulk_dialog::bulk_dialog;
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
                <BulkButton action=BulkAction::Enable icon="yes" asked=asked />
                <BulkButton action=BulkAction::Disable icon="off" asked=asked />
                <BulkButton action=BulkAction::Delete icon="trash" asked=asked />
                <button type="button" class="btn sq flat x" aria-label="Clear the selection" on:click=move |_| selected.clear()>
                    <Icon name="x" />
                </button>
            </section>
        }
    };
    view! {
        {dynamic(move || any.get().then(bar).into_any())}
        {dynamic(move || asked.get().map(|action| part(bulk_dialog(action, state, selected, asked))).into_any())}
    }
}

#[component]
fn BulkButton(action: BulkAction, icon: &'static str, asked: RwSignal<Option<BulkAction>>) -> impl IntoView {
    view! {
        <button type="button" class="btn flat" class:bad=action == BulkAction::Delete on:click=move |_| asked.set(Some(action))>
            <Icon name=icon />
            {action.label()}
        </button>
    }
}
