//! The table: one row a registered account; on a phone the same markup as cards.

use leptos::html;
use leptos::prelude::*;

use super::drop_dialog::Asked;
use super::line::RegisteredLine;
use crate::accounts::list::state::ListState;
use crate::accounts::list::table::Head;
use crate::domain::account_query::AccountScreen;
use crate::ui::dynamic::{flag, word};
use crate::ui::icon::Icon;

#[component]
pub fn RegisteredTable(state: ListState, asked: RwSignal<Option<Asked>>, may_drop: bool) -> impl IntoView {
    let body = NodeRef::<html::Tbody>::new();
    // Counts on, so that "in 5 min" does not stay while time goes on.
    let ticks = RwSignal::new(0_u32);
    #[cfg(feature = "hydrate")]
    {
        crate::accounts::list::scroll::follow(state, body);
        crate::accounts::list::gestures::listen(body, None);
        tick(ticks);
        if may_drop {
            hear_drops(state, body, asked);
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = asked;
    view! {
        <table
            class=if may_drop { "tbl regs acts" } else { "tbl regs" }
            role="table"
            aria-label="Registered accounts"
            aria-busy=word(move || state.waiting.get().then_some("true"))
            hidden=flag(move || state.shown.with(Vec::is_empty))
        >
            <thead role="rowgroup">
                <tr role="row">
                    {AccountScreen::Registered.sorts().iter().map(|sort| view! { <Head state=state sort=*sort /> }).collect_view()}
                    {["Address", "Transport", "Expires", "Client"]
                        .map(|label| {
                            view! {
                                <th scope="col" role="columnheader">
                                    {label}
                                </th>
                            }
                        })
                        .collect_view()}
                    {may_drop
                        .then(|| {
                            view! {
                                <th scope="col" role="columnheader" class="go">
                                    <span class="vh">"Drop"</span>
                                </th>
                            }
                        })}
                </tr>
            </thead>
            <tbody role="rowgroup" node_ref=body>
                <For each=move || state.drawn.get() key=|row| row.clone() let:row>
                    <RegisteredLine row=row needle=state.needle ticks=ticks may_drop=may_drop />
                </For>
            </tbody>
        </table>
        <p class="more" role="status" hidden=flag(move || !state.extending.get())>
            <Icon name="refresh" />
            "More accounts are on their way …"
        </p>
    }
}

#[cfg(feature = "hydrate")]
fn tick(ticks: RwSignal<u32>) {
    let more = move || ticks.update(|ticks| *ticks = ticks.wrapping_add(1));
    let interval = set_interval_with_handle(more, std::time::Duration::from_secs(30));
    on_cleanup(move || {
        if let Ok(interval) = interval {
            interval.clear();
        }
    });
}

/// Asks for the row whose button is pressed.
#[cfg(feature = "hydrate")]
fn hear_drops(state: ListState, body: NodeRef<html::Tbody>, asked: RwSignal<Option<Asked>>) {
    use leptos::ev;
    use leptos::wasm_bindgen::JsCast;

    use crate::accounts::list::scroll::id_of;

    let on_click = move |event: ev::MouseEvent| {
        let Some(target) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else { return };
        if !target.closest("button[data-act]").is_ok_and(|button| button.is_some()) {
            return;
        }
        let id = target.closest("tr[data-id]").ok().flatten().as_ref().and_then(id_of);
        let rows = state.shown.get_untracked();
        let Some(row) = rows.iter().find(|row| Some(row.id) == id) else { return };
        asked.set(Some(Asked { account: row.id, title: row.title().to_owned(), username: row.username.clone() }));
    };
    Effect::new(move |_| {
        if let Some(body) = body.get() {
            let heard = body.on(ev::click, on_click);
            // It is heard until it is dropped.
            on_cleanup(move || drop(heard));
        }
    });
}
