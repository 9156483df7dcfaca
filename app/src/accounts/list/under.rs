//! The line under the table: how many of how many, filtered by what; how many rows at a time; the way to the file.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::export_dialog::export_dialog;
use super::state::ListState;
use crate::accounts::api::count_accounts;
use crate::accounts::view::{COUNT_LIMIT, Counts};
use crate::domain::account_filter::AccountFilter;
use crate::domain::account_query::{AccountQuery, PageSize};
use crate::domain::numerals::grouped;
use crate::lazy::part;
use crate::ui::conditions::in_words;
use crate::ui::dynamic::{dynamic, flag, text, word};
use crate::ui::icon::Icon;

#[component]
pub fn UnderTable(state: ListState) -> impl IntoView {
    let exporting = RwSignal::new(false);
    let conditions = Memo::new(move |_| state.conditions());
    let clear = text(move || state.cleared());
    let place = move |last: bool| {
        let held = state.held.get();
        let place = held.beyond(last)?;
        Some(held.query.at(place).to_address(state.screen))
    };
    view! {
        <div class="under">
            <p role="status">
                <Amount state=state />
                " · "
                {dynamic(move || in_words(&conditions.get(), clear))}
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
        {dynamic(move || exporting.get().then(|| part(export_dialog(state, exporting))).into_any())}
    }
}

/// "51 of 51 accounts"; beyond a thousand the exact number comes on demand.
#[component]
fn Amount(state: ListState) -> impl IntoView {
    let filtered = Memo::new(move |_| state.is_filtered());
    let things = Memo::new(move |_| things(&state.wanted.get().filter));
    let counts = Memo::new(move |_| state.held.get().counts);
    let shown = text(move || grouped(state.shown.get().len() as u64));
    let exact = Action::new(move |(): &()| {
        let filter = state.wanted.get_untracked().filter;
        async move { count_accounts(filter.clone()).await.map(|counted| (filter, counted.count)) }
    });
    let counted = move || match exact.value().get() {
        Some(Ok((filter, count))) => Some(count).filter(|_| state.wanted.get().filter == filter),
        _ => None,
    };
    let of = text(move || {
        let Counts { matching, total } = counts.get();
        match (filtered.get(), counted()) {
            (true, Some(count)) => format!("{} that match", grouped(count.unsigned_abs())),
            (false, Some(count)) => told(grouped(count.unsigned_abs()), count, things.get()),
            (true, None) if matching <= COUNT_LIMIT => {
                format!("{} that match, out of {}", amount(matching), told(amount(total), total, things.get()))
            }
            (true, None) => format!("{} that match", amount(matching)),
            (false, None) => told(amount(total), total, things.get()),
        }
    });
    let count_them = move || {
        view! {
            " "
            <button
                type="button"
                class="btn tiny flat live"
                aria-busy=word(move || exact.pending().get().then_some("true"))
                on:click=move |_| {
                    exact.dispatch(());
                }
            >
                "Count them"
            </button>
        }
    };
    let is_open = flag(move || counts.get().matching > COUNT_LIMIT && counted().is_none());
    view! {
        <b>{shown}</b>
        " of "
        {of}
        {dynamic(move || is_open.get().then(count_them).into_any())}
    }
}

/// How many rows come at a time.
#[component]
fn Rows(state: ListState) -> impl IntoView {
    let navigate = use_navigate();
    let size = Memo::new(move |_| state.held.get().size);
    let choose = move |event| {
        let Ok(size) = event_target_value(&event).parse::<PageSize>() else { return };
        #[cfg(feature = "hydrate")]
        crate::accounts::page_size::remember(size);
        let address = {
            let wanted = state.wanted.get_untracked();
            AccountQuery { size: Some(size), ..wanted.from_start() }.to_address(state.screen)
        };
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
        <a class="btn tiny" href=href aria-disabled=word(move || href.get().is_none().then_some("true")) rel="external">
            <Icon name=icon />
            {label}
        </a>
    }
}

fn amount(count: i64) -> String {
    if count > COUNT_LIMIT { "more than 1,000".into() } else { grouped(count.unsigned_abs()) }
}

/// What the list counts: one, and several.
const fn things(filter: &AccountFilter) -> (&'static str, &'static str) {
    if filter.online { ("registered", "registered") } else { ("account", "accounts") }
}

fn told(amount: String, count: i64, (one, several): (&str, &str)) -> String {
    format!("{amount} {}", if count == 1 { one } else { several })
}
