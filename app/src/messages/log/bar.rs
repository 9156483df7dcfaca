//! The filter box, its facets, and the line under the messages.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::state::LogState;
use crate::domain::message::{MessageKind, MessageState};
use crate::domain::message_query::{MessageFilter, MessageQuery};
use crate::domain::needle::tidy;
use crate::domain::numerals::grouped;
use crate::domain::timeline::TimelineFilter;
use crate::ui::conditions::{Chips, Told, in_words};
use crate::ui::dynamic::{dynamic, text};
use crate::ui::facet::Facet;
use crate::ui::list_address::address_after_pause;
use crate::ui::older::OlderLinks;
use crate::ui::search_box::SearchBox;

/// A form, so that it also works without WASM.
#[component]
pub fn FilterBar(state: LogState, conditions: Memo<Vec<Told>>) -> impl IntoView {
    let navigate = use_navigate();
    let follow = address_after_pause(move || state.wanted.get_untracked().to_address());
    let typed = move |text: String| {
        let wanted = state.wanted.get_untracked();
        let query = MessageQuery::of(MessageFilter { needle: tidy(&text), ..wanted.filter.clone() });
        if wanted.filter != query.filter {
            state.ask(query);
            follow();
        }
    };
    let read = move |name: &'static str, value: String| {
        let mut filter = state.wanted.get_untracked().filter;
        filter.read(name, &value);
        navigate(&MessageQuery::of(filter).to_address(), NavigateOptions { scroll: false, ..Default::default() });
    };
    let filter = move || state.wanted.get().filter;
    let words = |words: &[(&str, &str)]| words.iter().map(|(word, label)| ((*word).to_owned(), (*label).to_owned())).collect::<Vec<_>>();
    view! {
        <form class="bar" role="search" method="get" action="/messages" on:submit=|event| event.prevent_default()>
            <SearchBox
                label="Filter messages"
                placeholder="Filter by owner, username, number, text"
                text=Signal::derive(move || filter().needle)
                on_input=typed
            />
            <div class="facets">
                <Facet
                    name="state"
                    label="State"
                    options=words(&MessageState::ALL.map(|state| (state.as_str(), state.as_str())))
                    value=Signal::derive(move || filter().state.map(MessageState::as_str).unwrap_or_default().to_owned())
                    on_change=read.clone()
                />
                <Facet
                    name="kind"
                    label="Kind"
                    options=words(&MessageKind::ALL.map(|kind| (kind.as_str(), kind.label())))
                    value=Signal::derive(move || filter().kind.map(MessageKind::as_str).unwrap_or_default().to_owned())
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

/// How many there are and what is filtered; and the way to older ones.
#[component]
pub fn UnderMessages(state: LogState, conditions: Memo<Vec<Told>>) -> impl IntoView {
    let amount = text(move || {
        let count = state.shown().len();
        let noun = if count == 1 { "message" } else { "messages" };
        let is_part = state.held.with(|held| held.older.is_some() || held.query.before.is_some());
        let all = if is_part || count == 0 || state.waiting.get() { "" } else { "All " };
        format!("{all}{} {noun}", grouped(count as u64))
    });
    let clear = text(|| MessageQuery::default().to_address());
    let older = Memo::new(move |_| state.older());
    let is_older_page = Memo::new(move |_| state.wanted.with(|wanted| wanted.before.is_some()));
    let newest = text(move || MessageQuery::of(state.wanted.get().filter).to_address());
    view! {
        <div class="under">
            <p role="status">
                {amount} " · " {dynamic(move || in_words(&conditions.get(), clear))}
            </p>
            <div class="end row">
                <OlderLinks newest=newest is_older_page=is_older_page older=older extending=state.extending extend=move || state.extend() />
            </div>
        </div>
    }
}
