//! The filter box, its facets, and the line under the entries.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::state::AuditState;
use crate::audit::view::COUNT_LIMIT;
use crate::domain::audit_entry::{AuditGroup, AuditKind};
use crate::domain::audit_query::{AuditFilter, AuditQuery, NOBODY};
use crate::domain::needle::tidy;
use crate::domain::numerals::grouped;
use crate::domain::timeline::TimelineFilter;
use crate::ui::conditions::{Chips, Told, in_words};
use crate::ui::dynamic::{dynamic, flag, text};
use crate::ui::facet::Facet;
use crate::ui::icon::Icon;
use crate::ui::list_address::address_after_pause;
use crate::ui::older::OlderLinks;
use crate::ui::search_box::SearchBox;

/// A form, so that it also works without WASM.
#[component]
pub fn FilterBar(state: AuditState, conditions: Memo<Vec<Told>>) -> impl IntoView {
    let navigate = use_navigate();
    let follow = address_after_pause(move || state.wanted.get_untracked().to_address());
    let typed = move |text: String| {
        let wanted = state.wanted.get_untracked();
        let query = AuditQuery::of(AuditFilter { needle: tidy(&text), ..wanted.filter.clone() });
        if wanted.filter != query.filter {
            state.ask(query);
            follow();
        }
    };
    let read = move |name: &'static str, value: String| {
        let mut filter = state.wanted.get_untracked().filter;
        filter.read(name, &value);
        navigate(&AuditQuery::of(filter).to_address(), NavigateOptions { scroll: false, ..Default::default() });
    };
    let filter = move || state.wanted.get().filter;
    let words = |words: &[(&str, &str)]| words.iter().map(|(word, label)| ((*word).to_owned(), (*label).to_owned())).collect::<Vec<_>>();
    let operators = Memo::new(move |_| {
        let names = state.held.with(|held| held.operators.iter().map(|(id, name)| (id.to_string(), name.clone())).collect::<Vec<_>>());
        names.into_iter().chain([(NOBODY.to_owned(), "No operator".to_owned())]).collect::<Vec<_>>()
    });
    view! {
        <form class="bar" role="search" method="get" action="/audit" on:submit=|event| event.prevent_default()>
            <SearchBox
                label="Filter the audit log"
                placeholder="Filter by operator, name, action, address"
                text=Signal::derive(move || filter().needle)
                on_input=typed
            />
            <div class="facets">
                <Facet
                    name="by"
                    label="Operator"
                    options=operators
                    value=Signal::derive(move || filter().by_word().unwrap_or_default())
                    on_change=read.clone()
                />
                <Facet
                    name="kind"
                    label="About"
                    options=words(&AuditKind::ALL.map(|kind| (kind.as_str(), kind.label())))
                    value=Signal::derive(move || filter().kind.map(AuditKind::as_str).unwrap_or_default().to_owned())
                    on_change=read.clone()
                />
                <Facet
                    name="action"
                    label="Action"
                    options=words(&AuditGroup::ALL.map(|group| (group.as_str(), group.label())))
                    value=Signal::derive(move || filter().group.map(AuditGroup::as_str).unwrap_or_default().to_owned())
                    on_change=read.clone()
                />
                <DayFacet
                    name="from"
                    label="From"
                    value=Signal::derive(move || filter().from.map(String::from).unwrap_or_default())
                    on_change=read.clone()
                />
                <DayFacet
                    name="to"
                    label="Until"
                    value=Signal::derive(move || filter().to.map(String::from).unwrap_or_default())
                    on_change=read
                />
                <button type="submit" class="btn still">
                    "Filter"
                </button>
            </div>
        </form>
        <Chips conditions=conditions />
    }
}

/// A facet of which a day can be chosen. Days are those of UTC: the address of a page means the same for everybody.
#[component]
fn DayFacet(
    name: &'static str,
    label: &'static str,
    value: Signal<String>,
    on_change: impl Fn(&'static str, String) + 'static,
) -> impl IntoView {
    view! {
        <label class="facet day" class:on=flag(move || !value.get().is_empty())>
            <span>{label}</span>
            <input
                type="date"
                name=name
                title="Days in UTC"
                min="1970-01-01"
                max="9999-12-31"
                value=value.get_untracked()
                prop:value=value
                on:change=move |event| on_change(name, event_target_value(&event))
            />
        </label>
    }
}

/// How many there are and what is filtered; the way to older ones, and to the file.
#[component]
pub fn UnderEntries(state: AuditState, conditions: Memo<Vec<Told>>) -> impl IntoView {
    let amount = text(move || {
        let count = state.shown().len();
        let shown = grouped(count as u64);
        let of = state.held.with(|held| held.matching).filter(|_| !state.waiting.get());
        match of {
            Some(1) if count == 1 => "1 entry".to_owned(),
            Some(all) if all > COUNT_LIMIT => format!("{shown} of more than {} entries", grouped(COUNT_LIMIT.unsigned_abs())),
            Some(all) => format!("{shown} of {} entries", grouped(all.unsigned_abs())),
            None => format!("{shown} {}", if count == 1 { "entry" } else { "entries" }),
        }
    });
    let clear = text(|| AuditQuery::default().to_address());
    let older = Memo::new(move |_| state.older());
    let is_older_page = Memo::new(move |_| state.wanted.with(|wanted| wanted.before.is_some()));
    let newest = text(move || AuditQuery::of(state.wanted.get().filter).to_address());
    let file = text(move || state.wanted.with(AuditQuery::to_file));
    view! {
        <div class="under">
            <p role="status">
                {amount} " · " {dynamic(move || in_words(&conditions.get(), clear))}
            </p>
            <div class="end row">
                <OlderLinks newest=newest is_older_page=is_older_page older=older extending=state.extending extend=move || state.extend() />
                // The browser itself fetches the file.
                <a class="btn flat" href=file rel="external">
                    <Icon name="download" />
                    "CSV"
                </a>
            </div>
        </div>
    }
}
