//! The screen. Filter and place are in its address: Back, reload and a shared link give the same entries.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::bar::{FilterBar, UnderEntries};
use super::row::AuditLine;
use super::state::AuditState;
use crate::audit::api::list_audit;
use crate::domain::audit_query::AuditQuery;
use crate::ui::dynamic::{dynamic, flag, word};
use crate::ui::error_view::{FailedView, ListProblem};
use crate::ui::flash::FlashLine;
use crate::ui::head::Head;
use crate::ui::icon::Icon;
use crate::ui::list_address::keep_to_address;
use crate::ui::skeleton::SkeletonRows;

#[component]
pub fn AuditPage() -> impl IntoView {
    let address = use_query_map();
    let query = Memo::new(move |_| {
        address.with(|pairs| AuditQuery::from_query(pairs.latest_values().map(|(name, value)| (name.to_string(), value.to_owned()))))
    });
    // The first entries come with the page; from then on the state asks by itself.
    let start = StoredValue::new(query.get_untracked());
    let first = Resource::new_blocking(
        || (),
        move |()| {
            start.set_value(query.get_untracked());
            list_audit(start.get_value())
        },
    );
    view! {
        <Title text="Audit log" />
        <Head title="Audit log" />
        <FlashLine />
        <Transition fallback=|| view! { <SkeletonRows /> }>
            {move || Suspend::new(async move {
                match first.await {
                    Ok(list) => view! { <Found state=AuditState::new(start.get_value(), list) address=query /> }.into_any(),
                    Err(error) => view! { <FailedView error=error retry=move || first.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Found(state: AuditState, address: Memo<AuditQuery>) -> impl IntoView {
    keep_to_address(address, state.wanted, move |asked| state.ask(asked));
    let conditions = Memo::new(move |_| state.conditions());
    let is_empty = Memo::new(move |_| state.shown().is_empty());
    view! {
        <FilterBar state=state conditions=conditions />
        <ListProblem problem=state.problem again=move || state.ask_again() />
        <AuditTable state=state is_empty=is_empty />
        {dynamic(move || (is_empty.get() && !state.waiting.get()).then(|| view! { <Nothing state=state /> }).into_any())}
        <UnderEntries state=state conditions=conditions />
    }
}

#[component]
fn AuditTable(state: AuditState, is_empty: Memo<bool>) -> impl IntoView {
    let head = |label: &'static str| {
        view! {
            <th scope="col" role="columnheader">
                {label}
            </th>
        }
    };
    view! {
        <table
            class="tbl kv audit"
            role="table"
            aria-label="Audit log"
            aria-busy=word(move || state.waiting.get().then_some("true"))
            hidden=flag(move || is_empty.get())
        >
            <thead role="rowgroup">
                <tr role="row">{["When", "Who", "From", "What", "Changes"].map(head).collect_view()}</tr>
            </thead>
            <tbody role="rowgroup">
                <For each=move || state.shown() key=|entry| entry.id let:entry>
                    <AuditLine entry=entry needle=state.needle />
                </For>
            </tbody>
        </table>
    }
}

/// What stands in the place of entries when there are none.
#[component]
fn Nothing(state: AuditState) -> impl IntoView {
    if state.held.with_untracked(|held| held.query == AuditQuery::default()) {
        return view! {
            <section class="void">
                <Icon name="log" />
                <h2>"Nothing has been done yet"</h2>
                <p>"Whatever somebody changes stands here: who, when, from where, and what was there before."</p>
            </section>
        }
        .into_any();
    }
    view! {
        <section class="void">
            <Icon name="search" />
            <h2>"No entry matches"</h2>
            <p>"Nothing here fits the filter, or the place in the log is past its end."</p>
            <a href="/audit" class="btn">
                "Clear filter"
            </a>
        </section>
    }
    .into_any()
}
