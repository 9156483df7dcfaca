//! The line under the table: how many of how many, filtered by what; how many rows at a time; the way to the file.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::A;
use leptos_router::hooks::use_navigate;

use super::export_dialog::ExportDialog;
use super::state::ListState;
use crate::accounts::api::count_accounts;
use crate::accounts::view::{COUNT_LIMIT, Counts};
use crate::domain::account_query::{AccountQuery, PageSize, Place};
use crate::domain::numerals::grouped;
use crate::ui::icon::Icon;

#[component]
pub fn UnderTable(state: ListState) -> impl IntoView {
    let exporting = RwSignal::new(false);
    let conditions = Memo::new(move |_| state.wanted.with(|wanted| wanted.filter.conditions()));
    let clear = move || state.wanted.with(|wanted| wanted.with_filter(wanted.filter.cleared()).to_address());
    let place = move |last: bool| {
        state.held.with(|held| {
            let (first_row, last_row) = held.edges()?;
            let place = if last {
                held.more_after.then(|| Place::After(last_row.clone()))
            } else {
                held.more_before.then(|| Place::Before(first_row.clone()))
            };
            Some(held.query.at(place?).to_address())
        })
    };
    view! {
        <div class="under">
            <p role="status">
                <Amount state=state />
                " · Filter: "
                {move || {
                    let told = conditions
                        .get()
                        .into_iter()
                        .enumerate()
                        .map(|(at, condition)| {
                            let before = if at == 0 || condition.verb == "or" { "" } else { "and " };
                            view! { {before} {condition.verb} " " <b dir="auto">{condition.object}</b> " " }
                        })
                        .collect_view();
                    if conditions.with(Vec::is_empty) {
                        "Pure and Unfiltered!".into_any()
                    } else {
                        view! {
                            <span class="told">{told} "· "</span>
                            <A href=clear scroll=false>
                                "Clear filter"
                            </A>
                        }
                            .into_any()
                    }
                }}
            </p>
            <div class="end row">
                <nav class="row still" aria-label="Pages">
                    <PageLink href=Signal::derive(move || place(false)) label="Previous" icon="back" />
                    <PageLink href=Signal::derive(move || place(true)) label="Next" icon="next" />
                </nav>
                <Rows state=state />
                <button type="button" class="btn flat live" on:click=move |_| exporting.set(true)>
                    <Icon name="download" />
                    "CSV"
                </button>
            </div>
        </div>
        <ExportDialog state=state open=exporting />
    }
}

/// "51 of 51 accounts"; beyond a thousand the exact number comes on demand.
#[component]
fn Amount(state: ListState) -> impl IntoView {
    let filtered = Memo::new(move |_| state.wanted.with(|wanted| wanted.filter.is_filtered()));
    let counts = Memo::new(move |_| state.held.with(|held| held.counts));
    let shown = move || grouped(state.shown.with(Vec::len) as u64);
    let exact = Action::new(move |(): &()| {
        let filter = state.wanted.with_untracked(|wanted| wanted.filter.clone());
        async move { count_accounts(filter.clone()).await.map(|counted| (filter, counted.count)) }
    });
    let counted = move || match exact.value().get() {
        Some(Ok((filter, count))) => state.wanted.with(|wanted| wanted.filter == filter).then_some(count),
        _ => None,
    };
    let of = move || {
        let Counts { matching, total } = counts.get();
        match (filtered.get(), counted()) {
            (true, Some(count)) => format!("{} that match", grouped(count.unsigned_abs())),
            (false, Some(count)) => format!("{} accounts", grouped(count.unsigned_abs())),
            (true, None) if matching <= COUNT_LIMIT => format!("{} that match, out of {}", in_words(matching), accounts(total)),
            (true, None) => format!("{} that match", in_words(matching)),
            (false, None) => accounts(total),
        }
    };
    let is_open = move || counts.get().matching > COUNT_LIMIT && counted().is_none();
    view! {
        <b>{shown}</b>
        " of "
        {of}
        <Show when=is_open>
            " "
            <button
                type="button"
                class="btn tiny flat live"
                aria-busy=move || exact.pending().get().then_some("true")
                on:click=move |_| {
                    exact.dispatch(());
                }
            >
                "Count them"
            </button>
        </Show>
    }
}

/// How many rows come at a time.
#[component]
fn Rows(state: ListState) -> impl IntoView {
    let navigate = use_navigate();
    let size = Memo::new(move |_| state.held.with(|held| held.size));
    let choose = move |event| {
        let Ok(size) = event_target_value(&event).parse::<PageSize>() else { return };
        #[cfg(feature = "hydrate")]
        crate::accounts::page_size::remember(size);
        let address = state.wanted.with_untracked(|wanted| AccountQuery { size: Some(size), ..wanted.from_start() }.to_address());
        navigate(&address, NavigateOptions { replace: true, scroll: false, ..Default::default() });
    };
    view! {
        <label class="facet live">
            <span>"Rows at a time"</span>
            <select on:change=choose prop:value=move || size.get().as_str()>
                {PageSize::ALL
                    .map(|each| {
                        view! {
                            <option value=each.as_str() selected=size.get_untracked() == each>
                                {each.as_str()}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </label>
    }
}

#[component]
fn PageLink(href: Signal<Option<String>>, label: &'static str, icon: &'static str) -> impl IntoView {
    view! {
        <a class="btn tiny" href=href aria-disabled=move || href.get().is_none().then_some("true") rel="external">
            <Icon name=icon />
            {label}
        </a>
    }
}

fn in_words(count: i64) -> String {
    if count > COUNT_LIMIT { "more than 1,000".into() } else { grouped(count.unsigned_abs()) }
}

fn accounts(count: i64) -> String {
    if count == 1 { "1 account".into() } else { format!("{} accounts", in_words(count)) }
}
