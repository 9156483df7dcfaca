//! The table: one row an account; on a phone the same markup as cards.

use leptos::html;
use leptos::prelude::*;

use super::acts::Acts;
use super::line::AccountLine;
use super::selection::Selected;
use super::state::ListState;
use crate::domain::account_query::{AccountQuery, AccountSort};
use crate::ui::dynamic::{flag, word};
use crate::ui::icon::Icon;
use crate::ui::sort_header::SortHeader;

#[component]
pub fn AccountTable(state: ListState, selected: Selected, acts: Acts, may_edit: bool) -> impl IntoView {
    let body = NodeRef::<html::Tbody>::new();
    let all_shown = Memo::new(move |_| selected.has_all_shown());
    #[cfg(feature = "hydrate")]
    {
        super::scroll::follow(state, body);
        super::gestures::listen(body, may_edit.then_some((selected, acts)));
        Effect::new(move |_| {
            if let Some(body) = body.get() {
                tell_selected(&body, selected);
            }
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = acts;
    view! {
        <table
            class=if may_edit { "tbl accts picks" } else { "tbl accts" }
            role="table"
            aria-label="Accounts"
            aria-busy=word(move || state.waiting.get().then_some("true"))
            hidden=flag(move || state.shown.get().is_empty())
        >
            <thead role="rowgroup">
                <tr role="row">
                    {may_edit
                        .then(|| {
                            view! {
                                <th scope="col" role="columnheader" class="sel">
                                    <label>
                                        <span class="vh">"Select all rows shown"</span>
                                        <input
                                            type="checkbox"
                                            class="live"
                                            prop:checked=all_shown
                                            on:change=move |event| selected.set_all_shown(event_target_checked(&event))
                                        />
                                    </label>
                                </th>
                            }
                        })}
                    {AccountSort::ALL.map(|sort| view! { <Head state=state sort=sort /> }).collect_view()}
                    {may_edit
                        .then(|| {
                            view! {
                                <th scope="col" role="columnheader" class="go">
                                    "Send SMS"
                                </th>
                            }
                        })}
                </tr>
            </thead>
            <tbody role="rowgroup" node_ref=body>
                <For each=move || state.drawn.get() key=|row| row.clone() let:row>
                    <AccountLine row=row needle=state.needle selected=selected may_edit=may_edit />
                </For>
            </tbody>
        </table>
        <p class="more" role="status" hidden=flag(move || !state.extending.get())>
            <Icon name="refresh" />
            "More accounts are on their way …"
        </p>
    }
}

/// Tells each row whether it is selected, and the box in it.
#[cfg(feature = "hydrate")]
fn tell_selected(body: &web_sys::HtmlElement, selected: Selected) {
    use leptos::wasm_bindgen::JsCast;

    // Said for a body without rows, too, so that this is done again when there are some.
    selected.track();
    let rows = body.children();
    for row in (0..rows.length()).filter_map(|at| rows.item(at)) {
        let is_selected = super::scroll::id_of(&row).is_some_and(|id| selected.has(id));
        // Refused only for a malformed name.
        let _ = if is_selected { row.set_attribute("aria-selected", "true") } else { row.remove_attribute("aria-selected") };
        if let Ok(Some(pick)) = row.query_selector(".pick") {
            pick.unchecked_into::<web_sys::HtmlInputElement>().set_checked(is_selected);
        }
    }
}

/// The head of a column by which the list can be sorted.
#[component]
pub fn Head(state: ListState, sort: AccountSort) -> impl IntoView {
    let order = Signal::derive(move || {
        let wanted = state.wanted.get();
        (wanted.sort == sort).then_some(wanted.descending)
    });
    let href = Signal::derive(move || {
        let wanted = state.wanted.get();
        let descending = if wanted.sort == sort { !wanted.descending } else { sort.is_descending_at_first() };
        AccountQuery { sort, descending, ..wanted.from_start() }.to_address(state.screen)
    });
    view! { <SortHeader label=sort.label() order=order href=href /> }
}
