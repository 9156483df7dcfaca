//! The table of the Account List, and the line under it.

use leptos::prelude::*;
use leptos_router::components::A;

use super::list_page::list_address;
use super::status_chip::StatusChip;
use super::view::{AccountList, AccountRow, COUNT_LIMIT, PAGE_SIZE};
use crate::domain::account_query::{AccountQuery, AccountSort};
use crate::domain::marks::{Piece, mark};
use crate::ui::chip::BoolChip;
use crate::ui::icon::Icon;
use crate::ui::sort_header::SortHeader;
use crate::ui::time::When;

const COLUMNS: [(&str, AccountSort); 8] = [
    ("Owner", AccountSort::Owner),
    ("Username", AccountSort::Username),
    ("Virtual Phone Number", AccountSort::Number),
    ("Account type", AccountSort::Type),
    ("Security model", AccountSort::Security),
    ("Enabled", AccountSort::Enabled),
    ("Last Status", AccountSort::Status),
    ("Last Status date", AccountSort::StatusDate),
];

#[component]
pub fn AccountTable(rows: Vec<AccountRow>, query: AccountQuery, may_edit: bool) -> impl IntoView {
    let words = query.words();
    view! {
        <table class="tbl accts" role="table" aria-label="Accounts">
            <thead role="rowgroup">
                <tr role="row">
                    {COLUMNS
                        .into_iter()
                        .map(|(label, sort)| {
                            let sorted = query.sort == sort;
                            let order = sorted.then_some(query.descending);
                            let descending = if sorted { !query.descending } else { sort == AccountSort::StatusDate };
                            let href = list_address(&AccountQuery { sort, descending, page: 1, ..query.clone() });
                            view! { <SortHeader label=label order=order href=href /> }
                        })
                        .collect_view()}
                </tr>
            </thead>
            <tbody role="rowgroup">
                {rows.into_iter().map(|row| view! { <AccountLine row=row words=words.clone() may_edit=may_edit /> }).collect_view()}
            </tbody>
        </table>
    }
}

#[component]
fn AccountLine(row: AccountRow, words: Vec<String>, may_edit: bool) -> impl IntoView {
    let show = format!("/accounts/{}", row.id);
    let username = if may_edit { format!("{show}/edit") } else { show.clone() };
    let username_label = if may_edit { format!("Edit {}", row.username) } else { format!("Show {}", row.username) };
    let (username_text, number_text) = (marked(&row.username, &words), marked(&row.number, &words));
    let owner = match &row.owner {
        Some(owner) => view! { <span dir="auto">{marked(owner, &words)}</span> }.into_any(),
        None => view! { <span class="none">"[No owner]"</span> }.into_any(),
    };
    view! {
        <tr role="row">
            <td role="cell" class="own t">
                <A href=show attr:class="clip">
                    {owner}
                </A>
            </td>
            <td role="cell" class="usr">
                <A href=username attr:aria-label=username_label>
                    {username_text}
                </A>
            </td>
            <td role="cell" class="num">
                {number_text}
            </td>
            <td role="cell" class="typ">
                {row.account_type.as_str()}
            </td>
            <td role="cell" class="sec">
                {row.security_model.as_str()}
            </td>
            <td role="cell" class="en" data-l="Enabled">
                <BoolChip value=row.enabled />
            </td>
            <td role="cell" class="sta">
                <StatusChip status=row.last_status />
            </td>
            <td role="cell" class="dat">
                <When at=row.last_status_at />
            </td>
        </tr>
    }
}

/// `text` with what the filter found marked.
fn marked(text: &str, words: &[String]) -> Vec<AnyView> {
    mark(text, words)
        .into_iter()
        .map(|piece| match piece {
            Piece::Plain(text) => text.into_any(),
            Piece::Marked(text) => view! { <mark>{text}</mark> }.into_any(),
        })
        .collect()
}

/// How many of how many, filtered by what, and the way to the other pages.
#[component]
pub fn UnderTable(list: AccountList, query: AccountQuery) -> impl IntoView {
    let filtered = !query.words().is_empty();
    let first = i64::from(query.page.saturating_sub(1)) * PAGE_SIZE;
    let shown = i64::try_from(list.rows.len()).unwrap_or(PAGE_SIZE);
    let range = if shown == 0 { "0".to_owned() } else { format!("{}–{}", first + 1, first + shown) };
    let of = if filtered { format!("{} that match", words_for(list.matching)) } else { accounts(list.total) };
    let page = |number: u32| list_address(&AccountQuery { page: number, ..query.clone() });
    let previous = (query.page > 1).then(|| page(query.page - 1));
    let next = (first + shown < list.matching && shown == PAGE_SIZE).then(|| page(query.page.saturating_add(1)));
    let paged = previous.is_some() || next.is_some();
    let clear = list_address(&AccountQuery { needle: String::new(), page: 1, ..query.clone() });
    view! {
        <div class="under">
            <p role="status">
                <b>{range}</b>
                " of "
                {of}
                " · Filter: "
                {if filtered {
                    view! {
                        "contains "
                        <b dir="auto">"“" {query.needle.trim().to_owned()} "”"</b>
                        " · "
                        <a href=clear rel="external">
                            "Clear filter"
                        </a>
                    }
                        .into_any()
                } else {
                    "Pure and Unfiltered!".into_any()
                }}
            </p>
            {paged
                .then(|| {
                    view! {
                        <nav class="end row" aria-label="Pages">
                            <PageLink href=previous label="Previous" icon="back" />
                            <PageLink href=next label="Next" icon="next" />
                        </nav>
                    }
                })}
        </div>
    }
}

#[component]
fn PageLink(href: Option<String>, label: &'static str, icon: &'static str) -> impl IntoView {
    match href {
        Some(href) => view! {
            <A href=href attr:class="btn tiny">
                <Icon name=icon />
                {label}
            </A>
        }
        .into_any(),
        None => view! {
            <span class="btn tiny" aria-disabled="true">
                <Icon name=icon />
                {label}
            </span>
        }
        .into_any(),
    }
}

fn words_for(count: i64) -> String {
    if count > COUNT_LIMIT { "more than 1,000".into() } else { count.to_string() }
}

fn accounts(count: i64) -> String {
    if count == 1 { "1 account".into() } else { format!("{} accounts", words_for(count)) }
}
