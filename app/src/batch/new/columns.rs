//! What each column of the file holds. Names of the manual are taken as they are; everything else somebody confirms, once for all
//! files with the same columns.

use leptos::prelude::*;

use super::state::{BatchState, Recognised};
use crate::domain::batch::{BatchColumn, Mapping, Named};
use crate::ui::dynamic::{dynamic, text};
use crate::ui::icon::Icon;

#[component]
pub fn Columns(state: BatchState, read: Recognised) -> impl IntoView {
    let header = read.header;
    let applied = header.mapping.clone();
    let wanted = RwSignal::new(applied.clone());
    let is_settled = header.problems.is_empty();
    let is_changed = Memo::new(move |_| wanted.with(|wanted| *wanted != applied));
    let names = header.names.clone();
    let count = names.len();
    let summary = text(move || {
        let used = wanted.with(|wanted| (0..count).filter(|at| wanted.get(*at).is_some()).count());
        format!("{used} used, {} left out", count - used)
    });
    let lacks_number = move || wanted.with(|wanted| wanted.place(BatchColumn::GsmNumber).is_none());
    let use_them = move |_| {
        #[cfg(feature = "hydrate")]
        super::reading::remap(state, &wanted.get_untracked());
        #[cfg(not(feature = "hydrate"))]
        let _ = state;
    };
    let problems = header.problems.iter().map(|problem| view! { <li>{problem.to_string()}</li> }).collect_view();
    view! {
        <section class="card" aria-labelledby="columns">
            <header>
                <h2 id="columns">"Columns"</h2>
                <span class="sub end">{summary}</span>
            </header>
            <div class="pad stackv">
                {(!is_settled)
                    .then(|| {
                        view! {
                            <div class="msg warn">
                                <Icon name="warn" />
                                <div>
                                    <b>"Say what the columns hold. "</b>
                                    "Your answer is kept for the next file with the same columns."
                                    <ul>{problems}</ul>
                                </div>
                            </div>
                        }
                    })}
                <div class="map">
                    {names
                        .into_iter()
                        .enumerate()
                        .map(|(at, name)| view! { <Column at=at name=name wanted=wanted is_settled=is_settled /> })
                        .collect_view()}
                </div>
                {dynamic(move || {
                    (!is_settled || is_changed.get())
                        .then(|| {
                            view! {
                                <div class="row">
                                    <button type="button" class="btn main" disabled=lacks_number() on:click=use_them>
                                        "Use these columns"
                                    </button>
                                    {lacks_number()
                                        .then(|| {
                                            view! {
                                                <p class="note">
                                                    <Icon name="warn" />
                                                    <span>"One column has to be gsmNumber, the Virtual Phone Number."</span>
                                                </p>
                                            }
                                        })}
                                </div>
                            }
                        })
                        .into_any()
                })}
            </div>
        </section>
    }
}

#[component]
fn Column(at: usize, name: String, wanted: RwSignal<Mapping>, is_settled: bool) -> impl IntoView {
    let id = format!("column-{at}");
    let guess = BatchColumn::named(&name);
    let first = wanted.get_untracked().get(at);
    let said = text(move || {
        let now = wanted.with(|wanted| wanted.get(at));
        let said = match (now, guess) {
            (Some(column), Some(Named::Exactly(exact))) if column == exact => "matched",
            (Some(_), _) if now == first && !is_settled => "please confirm",
            (Some(_), _) => "chosen by you",
            (None, Some(_)) => "left out",
            (None, None) => "unknown, left out",
        };
        said.to_owned()
    });
    let title = if name.is_empty() { format!("(column {})", at + 1) } else { name };
    view! {
        <div>
            <label class="lab" for=id.clone()>
                <code dir="auto">{title}</code>
            </label>
            <select
                id=id
                prop:value=move || wanted.with(|wanted| wanted.get(at).map_or("", BatchColumn::as_str))
                on:change=move |event| {
                    let column = event_target_value(&event).parse().ok();
                    wanted.update(|wanted| wanted.set(at, column));
                }
            >
                {BatchColumn::ALL
                    .map(|column| view! { <option value=column.as_str() selected=first == Some(column)>{column.as_str()}</option> })
                    .collect_view()}
                <option value="" selected=first.is_none()>
                    "Leave out"
                </option>
            </select>
            <p class="sub">{said}</p>
        </div>
    }
}
