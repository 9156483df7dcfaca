//! One entry in the table.

use leptos::prelude::*;

use crate::audit::Change;
use crate::audit::view::AuditEntry;
use crate::domain::audit_entry::said;
use crate::domain::needle::Needle;
use crate::ui::dynamic::dynamic;
use crate::ui::marked::marked;
use crate::ui::time::When;

/// More fields, or more characters, than that are shown on demand.
const FIELDS: usize = 3;
const CHARACTERS: usize = 160;

/// A row.
#[component]
pub fn AuditLine(entry: AuditEntry, needle: Memo<Needle>) -> impl IntoView {
    let AuditEntry { id, at, who, address, changes, action, kind, subject, link, .. } = entry;
    let author = move || needle.with(|needle| view! { <span dir="auto">{marked(&who, needle)}</span> }.into_any());
    let from = move || needle.with(|needle| address.as_deref().map(|address| marked(address, needle)).into_any());
    let what = move || needle.with(|needle| sentence(&action, &kind, &subject, link.as_deref(), needle));
    view! {
        <tr role="row" data-id=id.to_string()>
            <td role="cell" class="when" data-l="When">
                <When at=at />
            </td>
            <td role="cell" class="t who">
                {dynamic(author)}
            </td>
            <td role="cell" class="from" data-l="From">
                {dynamic(from)}
            </td>
            <td role="cell" class="what">
                <p>{dynamic(what)}</p>
            </td>
            <td role="cell" class="changes">
                {told(changes)}
            </td>
        </tr>
    }
}

/// What was done to what; with a link to it, as long as it is there.
fn sentence(action: &str, kind: &str, subject: &str, link: Option<&str>, needle: &Needle) -> AnyView {
    let said = said(action, kind);
    let name = said.names.then(|| match link {
        Some(link) => view! {
            <a href=link.to_owned() dir="auto">
                {marked(subject, needle)}
            </a>
        }
        .into_any(),
        None => view! { <b dir="auto">{marked(subject, needle)}</b> }.into_any(),
    });
    view! { {marked(&said.before, needle)} " " {name} " " {said.after} }.into_any()
}

/// Each field with what it was and what it is.
fn told(changes: Vec<Change>) -> AnyView {
    if changes.is_empty() {
        return ().into_any();
    }
    let length: usize = changes.iter().map(|change| change.before.chars().count() + change.after.chars().count()).sum();
    let is_long = changes.len() > FIELDS || length > CHARACTERS;
    let summary = if changes.len() == 1 { changes[0].field.clone() } else { format!("{} fields", changes.len()) };
    let list = view! { <ul>{changes.into_iter().map(|change| view! { <li>{field(change)}</li> }).collect_view()}</ul> };
    if !is_long {
        return list.into_any();
    }
    view! {
        <details>
            <summary>{summary}</summary>
            {list}
        </details>
    }
    .into_any()
}

fn field(Change { field, before, after }: Change) -> AnyView {
    let value = |text: String| view! { <span class="pre" dir="auto">{text}</span> };
    let values = match (before.is_empty(), after.is_empty()) {
        // Of a secret it is only told that it is another one.
        (true, true) => view! { <span class="none">"changed"</span> }.into_any(),
        (true, false) => value(after).into_any(),
        (false, true) => view! { <del>{value(before)}</del> }.into_any(),
        (false, false) => view! {
            <del>{value(before)}</del>
            <span aria-label="becomes">" → "</span>
            {value(after)}
        }
        .into_any(),
    };
    view! {
        <b>{field}</b>
        " "
        {values}
    }
    .into_any()
}
