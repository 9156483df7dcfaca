//! One account in the table.

use std::sync::Arc;

use leptos::prelude::*;

use super::selection::Selected;
use crate::accounts::status_chip::StatusChip;
use crate::accounts::view::AccountRow;
use crate::domain::fold::fold;
use crate::domain::needle::{Needle, Piece};
use crate::ui::chip::BoolChip;
use crate::ui::dynamic::{dynamic, word};
use crate::ui::time::When;

#[component]
pub fn AccountLine(row: Arc<AccountRow>, needle: Memo<Needle>, selected: Selected, may_edit: bool) -> impl IntoView {
    let id = row.id;
    let show = format!("/accounts/{id}");
    let username = if may_edit { format!("{show}/edit") } else { show.clone() };
    let username_label = if may_edit { format!("Edit {}", row.username) } else { format!("Show {}", row.username) };
    let is_selected = Memo::new(move |_| selected.has(id));
    let owner = match row.owner.clone() {
        Some(owner) => view! { <span dir="auto">{follow(needle, move |needle| marked(&owner, needle))}</span> }.into_any(),
        None => view! { <span class="none">"[No owner]"</span> }.into_any(),
    };
    let (for_username, for_number, for_hint) = (row.clone(), row.clone(), row.clone());
    view! {
        <tr role="row" tabindex="-1" data-id=id.to_string() aria-selected=word(move || is_selected.get().then_some("true"))>
            {may_edit
                .then(|| {
                    view! {
                        <td role="cell" class="sel">
                            <label>
                                <span class="vh">{format!("Select {}", row.title())}</span>
                                <input type="checkbox" class="pick live" prop:checked=is_selected />
                            </label>
                        </td>
                    }
                })}
            <td role="cell" class="own t">
                <a href=show class="clip">
                    {owner}
                </a>
                {follow(needle, move |needle| hint(&for_hint, needle).into_any())}
            </td>
            <td role="cell" class="usr">
                <a href=username aria-label=username_label>
                    {follow(needle, move |needle| marked(&for_username.username, needle))}
                </a>
            </td>
            <td role="cell" class="num">
                {follow(needle, move |needle| marked(&for_number.number, needle))}
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

/// A part of the row that follows the words of the filter.
fn follow(needle: Memo<Needle>, part: impl Fn(&Needle) -> AnyView + Send + 'static) -> AnyView {
    dynamic(move || part(&needle.get()))
}

/// `text` with what the filter found marked.
fn marked(text: &str, needle: &Needle) -> AnyView {
    needle
        .mark(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Plain(text) => text.into_any(),
            Piece::Marked(text) => view! { <mark>{text}</mark> }.into_any(),
        })
        .collect_view()
        .into_any()
}

/// The field without a column in which the filter found what the columns do not have.
fn hint(row: &AccountRow, needle: &Needle) -> Option<AnyView> {
    let in_columns = fold(&format!(" {}\n {}\n {}", row.owner.as_deref().unwrap_or_default(), row.username, row.number));
    if needle.found_in(&in_columns) {
        return None;
    }
    let has_mark = |text: &str| needle.mark(text).iter().any(|piece| matches!(piece, Piece::Marked(_)));
    let fields = [("E-mail: ", row.email.as_deref()), ("Description: ", row.description.as_deref())];
    let (label, text) = fields.into_iter().find_map(|(label, text)| Some((label, text.filter(|text| has_mark(text))?)))?;
    Some(view! { <small class="sub" dir="auto">{label} {marked(text, needle)}</small> }.into_any())
}
