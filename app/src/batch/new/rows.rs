//! The table of all rows. Only those in sight are drawn: a hundred thousand scroll as twelve do.

use leptos::html;
use leptos::prelude::*;

use super::line::{BatchLine, EditedLine};
use super::state::{BatchState, Compared, Shown};

use crate::domain::batch::BatchColumn;
use crate::domain::numerals::grouped;
use crate::ui::dynamic::{dynamic, flag, text};
use crate::ui::icon::Icon;
use crate::ui::window::BLOCK;

/// A row in the part of the table that is drawn. When one of them changes, it is drawn anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Drawn {
    row: usize,
    version: u32,
    is_edited: bool,
}

#[component]
pub fn BatchRows(state: BatchState) -> impl IntoView {
    let body = NodeRef::<html::Tbody>::new();
    let (before, behind) = (NodeRef::<html::Tbody>::new(), NodeRef::<html::Tbody>::new());
    // One at first, then those in sight: what is drawn in one go delays the picture.
    let blocks = RwSignal::new(0..1);
    let drawn = Memo::new(move |_| {
        let (rows, blocks, edited) = (state.rows.get(), blocks.get(), state.edited.get());
        let part = rows.get((blocks.start * BLOCK).min(rows.len())..(blocks.end * BLOCK).min(rows.len())).unwrap_or_default();
        state.versions.with(|versions| {
            let line = |row: usize| {
                let is_edited = edited == Some(row);
                // What is being repaired follows by itself: drawn anew, it would lose the focus.
                let version = if is_edited { 0 } else { versions.get(&row).copied().unwrap_or_default() };
                Drawn { row, version, is_edited }
            };
            part.iter().map(|row| line(*row)).collect::<Vec<_>>()
        })
    });
    #[cfg(feature = "hydrate")]
    in_the_browser::follow(state, blocks, in_the_browser::Bodies { before, body, behind });
    let line = move |drawn: Drawn| {
        if drawn.is_edited {
            view! { <EditedLine state=state row=drawn.row /> }.into_any()
        } else {
            view! { <BatchLine state=state row=drawn.row /> }.into_any()
        }
    };
    view! {
        <section aria-labelledby="batch-rows">
            <h2 id="batch-rows" class="vh">
                "Rows"
            </h2>
            <div class="bar">
                <Choice state=state />
                <div class="end row">
                    <button
                        type="button"
                        class="btn"
                        disabled=flag(move || state.counts.get().with_problems == 0)
                        on:click=move |_| state.seek_problem()
                    >
                        <Icon name="sd" />
                        "Next problem"
                    </button>
                    <button
                        type="button"
                        class="btn flat"
                        disabled=flag(move || state.counts.get().with_problems == 0)
                        on:click=move |_| save_problems(state)
                    >
                        <Icon name="download" />
                        "Problems as CSV"
                    </button>
                </div>
            </div>
            <table class="tbl batch" role="table" aria-label="Rows of the file" aria-rowcount=text(move || state.rows.get().len().to_string())>
                <thead role="rowgroup">
                    <tr role="row">
                        <th scope="col" role="columnheader" class="line">
                            "Line"
                        </th>
                        {BatchColumn::ALL
                            .map(|column| {
                                view! {
                                    <th scope="col" role="columnheader" class=column.as_str() title=column.label()>
                                        {column.as_str()}
                                    </th>
                                }
                            })
                            .collect_view()}
                        <th scope="col" role="columnheader" class="ck">
                            "Check"
                        </th>
                        <th scope="col" role="columnheader" class="go">
                            <span class="vh">"Edit"</span>
                        </th>
                    </tr>
                </thead>
                <tbody class="gap" aria-hidden="true" node_ref=before></tbody>
                <tbody role="rowgroup" node_ref=body>
                    <For each=move || drawn.get() key=|drawn| *drawn children=line />
                </tbody>
                <tbody class="gap" aria-hidden="true" node_ref=behind></tbody>
            </table>
            {dynamic(move || state.rows.get().is_empty().then(|| view! { <NoneShown state=state /> }).into_any())}
        </section>
    }
}

#[component]
fn Choice(state: BatchState) -> impl IntoView {
    let choice = move |shown: Shown, label: &'static str, count: fn(BatchState) -> usize| {
        view! {
            <label>
                <input
                    type="radio"
                    name="rows"
                    prop:checked=move || state.shown.get() == shown
                    on:change=move |_| state.choose_rows(shown)
                />
                <span>{label} " " <b>{move || grouped(count(state) as u64)}</b></span>
            </label>
        }
    };
    view! {
        <fieldset class="seg">
            <legend class="vh">"Rows shown"</legend>
            {choice(Shown::All, "All", |state| state.counts.get().rows)}
            {choice(Shown::Ready, "Ready", |state| state.counts.get().ready())}
            {choice(Shown::WithProblems, "With problems", |state| state.counts.get().with_problems)}
        </fieldset>
    }
}

#[component]
fn NoneShown(state: BatchState) -> impl IntoView {
    let (icon, title, help) = match state.shown.get() {
        Shown::WithProblems => ("check", "No row has a problem", "Every row of this file can become an account."),
        _ => ("bad", "No row is ready", "Every row of this file has a problem. Show them, and repair them here or in the file."),
    };
    view! {
        <section class="void">
            <Icon name=icon />
            <h3>{title}</h3>
            <p>{help}</p>
        </section>
    }
}

/// The line under the table.
#[component]
pub fn Summary(state: BatchState) -> impl IntoView {
    let counts = state.counts;
    view! {
        <p class="sums" role="status">
            <b>{text(move || grouped(counts.get().rows as u64))}</b>
            {text(move || if counts.get().rows == 1 { " row · " } else { " rows · " }.to_owned())}
            <b>{text(move || grouped(counts.get().ready() as u64))}</b>
            " ready · "
            <b>{text(move || grouped(counts.get().with_problems as u64))}</b>
            " with problems · "
            {dynamic(move || match state.compared.get() {
                Compared::Waiting => "comparing with existing accounts …".into_any(),
                Compared::Done => "all checked against existing accounts".into_any(),
                Compared::Failed(why) => {
                    let again = move |_| {
                        #[cfg(feature = "hydrate")]
                        super::reading::compare(state);
                    };
                    view! {
                        <span class="note">"not checked against existing accounts: " {why}</span>
                        " "
                        <button type="button" class="btn tiny" on:click=again>
                            "Try again"
                        </button>
                    }
                        .into_any()
                }
            })}
        </p>
    }
}

fn save_problems(state: BatchState) {
    #[cfg(feature = "hydrate")]
    leptos::task::spawn_local(async move {
        let name = state.facts.with_untracked(|facts| facts.as_ref().map(|facts| facts.name.clone())).unwrap_or_default();
        if let Some(text) = super::reading::left_out(state).await {
            super::browser::save(&super::browser::left_out_name(&name), &text);
        }
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = state;
}

#[cfg(feature = "hydrate")]
pub use in_the_browser::focus_row;

#[cfg(feature = "hydrate")]
mod in_the_browser {
    use std::ops::Range;

    use leptos::ev;
    use leptos::html;
    use leptos::prelude::*;
    use leptos::wasm_bindgen::{JsCast, JsValue};
    use web_sys::{Element, HtmlElement};

    use super::BatchState;
    use crate::ui::window::{BLOCK, Heights};

    /// Heights of a row that was never drawn, ready and with a problem, in pixels: on a desk, and as a card.
    const ON_A_DESK: (f64, f64) = (41.0, 61.0);
    const AS_A_CARD: (f64, f64) = (117.0, 170.0);
    /// In windows narrower than this many pixels rows are cards.
    const NARROW: f64 = 700.0;
    /// Rows are drawn for so many pixels above and below what is in sight.
    const AROUND: f64 = 500.0;

    /// The part of the table that is drawn, and what keeps the place of the rest.
    #[derive(Clone, Copy)]
    pub struct Bodies {
        pub before: NodeRef<html::Tbody>,
        pub body: NodeRef<html::Tbody>,
        pub behind: NodeRef<html::Tbody>,
    }

    /// Draws what is in sight for as long as the table is there.
    pub fn follow(state: BatchState, blocks: RwSignal<Range<usize>>, bodies: Bodies) {
        let heights = StoredValue::new(Heights::default());
        let look = move || look(blocks, bodies, heights);
        // Other rows, or another file.
        Effect::new(move |_| {
            let rows = state.rows.get();
            let (ready, bad) = if window_size().0 < NARROW { AS_A_CARD } else { ON_A_DESK };
            let height = |has_problem: bool| if has_problem { bad } else { ready };
            let guessed = state.of_file(|file| Heights::guess(rows.iter().map(|row| height(file.sheet.has_problem(*row)))));
            heights.set_value(guessed.unwrap_or_default());
            request_animation_frame(look);
        });
        // What is drawn has its real height.
        Effect::new(move |_| {
            blocks.track();
            state.versions.track();
            state.edited.track();
            request_animation_frame(move || {
                if measure(blocks, bodies, heights) {
                    look();
                }
            });
        });
        Effect::new(move |_| {
            let Some(row) = state.sought.get() else { return };
            state.sought.set(None);
            let at = state.rows.with_untracked(|rows| rows.binary_search(&row).ok());
            if let Some(at) = at {
                seek(at, row, blocks, bodies, heights);
            }
        });
        let scrolled = window_event_listener(ev::scroll, move |_| look());
        let resized = window_event_listener(ev::resize, move |_| look());
        let clicked = window_event_listener(ev::click, move |event| on_click(state, event.target()));
        on_cleanup(move || {
            scrolled.remove();
            resized.remove();
            clicked.remove();
        });
    }

    fn look(blocks: RwSignal<Range<usize>>, bodies: Bodies, heights: StoredValue<Heights>) {
        let Some(Some(top)) = bodies.before.try_get_untracked().map(|body| body.map(|body| body.get_bounding_client_rect().top())) else {
            return;
        };
        let seen = heights.with_value(|heights| heights.blocks(-top - AROUND, window_size().1 + 2.0 * AROUND));
        keep_place(&seen, bodies, heights);
        if blocks.get_untracked() != seen {
            blocks.set(seen);
        }
    }

    fn keep_place(drawn: &Range<usize>, bodies: Bodies, heights: StoredValue<Heights>) {
        let (before, behind) = heights.with_value(|heights| heights.around(drawn));
        for (body, height) in [(bodies.before, before), (bodies.behind, behind)] {
            if let Some(body) = body.get_untracked() {
                // Refused only for a malformed value.
                let _ = HtmlElement::style(&body).set_property("height", &format!("{height}px"));
            }
        }
    }

    fn measure(blocks: RwSignal<Range<usize>>, bodies: Bodies, heights: StoredValue<Heights>) -> bool {
        let Some(Some(body)) = bodies.body.try_get_untracked() else { return false };
        let (drawn, rows) = (blocks.get_untracked(), body.children());
        let top = |at: usize| {
            let row = u32::try_from(at).ok().and_then(|at| rows.item(at));
            row.map_or_else(|| body.get_bounding_client_rect().bottom(), |row| row.get_bounding_client_rect().top())
        };
        let mut is_new = false;
        for block in drawn.clone() {
            let at = (block - drawn.start) * BLOCK;
            if at >= rows.length() as usize {
                break;
            }
            let height = top(at + BLOCK) - top(at);
            is_new |= heights.try_update_value(|heights| heights.measured(block, height)).unwrap_or_default();
        }
        is_new
    }

    /// Draws the block of a row and brings the row into the middle.
    fn seek(at: usize, row: usize, blocks: RwSignal<Range<usize>>, bodies: Bodies, heights: StoredValue<Heights>) {
        let block = at / BLOCK;
        if !blocks.get_untracked().contains(&block) {
            let (before, _) = heights.with_value(|heights| heights.around(&(block..block + 1)));
            if let Some(body) = bodies.before.get_untracked() {
                let top = body.get_bounding_client_rect().top() + before - AROUND / 2.0;
                window().scroll_by_with_x_and_y(0.0, top);
            }
            look(blocks, bodies, heights);
        }
        request_animation_frame(move || {
            let Some(line) = line_of(row) else { return };
            let rect = line.get_bounding_client_rect();
            if rect.top() < 100.0 || rect.bottom() > window_size().1 - 140.0 {
                window().scroll_by_with_x_and_y(0.0, rect.top() - window_size().1 / 3.0);
            }
        });
    }

    /// Gives the focus to the button of a row that was repaired, once it is there.
    pub fn focus_row(row: usize) {
        request_animation_frame(move || {
            let button = line_of(row).and_then(|line| line.query_selector("[data-do=edit]").ok().flatten());
            if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
                // Not focused is no harm.
                let _ = button.focus();
            }
        });
    }

    fn line_of(row: usize) -> Option<Element> {
        document().query_selector(&format!(".tbl.batch tr[data-row='{row}']")).ok().flatten()
    }

    /// The buttons of rows, which are text; a cell with a problem opens its row, too.
    fn on_click(state: BatchState, target: Option<web_sys::EventTarget>) {
        let Some(element) = target.and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        let closest = |selector: &str| element.closest(selector).ok().flatten();
        let row = || closest(".tbl.batch tr[data-row]:not(.edited)")?.get_attribute("data-row")?.parse::<usize>().ok();
        if closest("[data-do=cut]").is_some() {
            if let Some(row) = row() {
                state.cut(row);
            }
        } else if closest("[data-do=edit], td.wrong[data-column]").is_some()
            && let Some(row) = row()
        {
            state.edited.set(Some(row));
        }
    }

    /// Width and height.
    fn window_size() -> (f64, f64) {
        let size = |size: Result<JsValue, _>| size.ok().and_then(|size| size.as_f64()).unwrap_or_default();
        (size(window().inner_width()), size(window().inner_height()))
    }
}
