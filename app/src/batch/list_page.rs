//! Batches: every file that became accounts, the newest first.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

use super::api::list_batches;
use super::view::BatchView;
use crate::domain::numerals::grouped;
use crate::domain::role::Role;
use crate::operators::operator::role_allows;
use crate::ui::error_view::FailedView;
use crate::ui::flash::FlashLine;
use crate::ui::head::Head;
use crate::ui::html::Html;
use crate::ui::icon::Icon;
use crate::ui::skeleton::SkeletonRows;
use crate::ui::time::when;

#[component]
pub fn BatchListPage() -> impl IntoView {
    let query = use_query_map();
    let before = Memo::new(move |_| query.with(|query| query.get("before").and_then(|id| Uuid::parse_str(&id).ok())));
    let batches = Resource::new_blocking(move || before.get(), list_batches);
    let may_create = role_allows(Role::Operator);
    view! {
        <Title text="Batches" />
        <Head
            title="Batches"
            actions=move || {
                may_create
                    .then(|| {
                        view! {
                            <a href="/batches/new" class="btn main" data-new="">
                                <Icon name="upload" />
                                <span class="txt">"Create batch account"</span>
                                <kbd>"n"</kbd>
                            </a>
                        }
                    })
            }
        />
        <FlashLine />
        <Transition fallback=|| view! { <SkeletonRows /> }>
            {move || Suspend::new(async move {
                match batches.await {
                    Ok((list, _)) if list.is_empty() => view! { <NoBatches may_create=may_create /> }.into_any(),
                    Ok((list, more)) => view! { <BatchTable batches=list more=more is_first=before.get_untracked().is_none() /> }.into_any(),
                    Err(error) => view! { <FailedView error=error retry=move || batches.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn NoBatches(may_create: bool) -> impl IntoView {
    view! {
        <section class="void">
            <Icon name="stack" />
            <h2>"No batches yet"</h2>
            <p>"A batch is a CSV file that became accounts: all of its rows at once, each checked before."</p>
            {if may_create {
                view! {
                    <a href="/batches/new" class="btn main">
                        <Icon name="upload" />
                        "Create batch account"
                    </a>
                }
                    .into_any()
            } else {
                view! { <p>"An operator of this service can create one."</p> }.into_any()
            }}
        </section>
    }
}

#[component]
fn BatchTable(batches: Vec<BatchView>, more: bool, is_first: bool) -> impl IntoView {
    let count = batches.len();
    let older = batches.last().filter(|_| more).map(|last| format!("/batches?before={}", last.id));
    view! {
        <table class="tbl kv" role="table" aria-label="Batches">
            <thead role="rowgroup">
                <tr role="row">
                    <th scope="col" role="columnheader">"File"</th>
                    <th scope="col" role="columnheader">"When"</th>
                    <th scope="col" role="columnheader">"Who"</th>
                    <th scope="col" role="columnheader">"Group"</th>
                    <th scope="col" role="columnheader" class="n">"Rows"</th>
                    <th scope="col" role="columnheader" class="n">"Created"</th>
                    <th scope="col" role="columnheader">"State"</th>
                </tr>
            </thead>
            <tbody role="rowgroup">
                {batches.iter().map(|batch| view! { <tr role="row" inner_html=cells(batch)></tr> }).collect_view()}
            </tbody>
        </table>
        <div class="under">
            <p role="status">
                {if count == 1 { "1 batch".to_owned() } else { format!("{count} batches") }} {if is_first { ", the newest first" } else { "" }}
            </p>
            <div class="end row">
                {(!is_first).then(|| view! { <a class="btn tiny" href="/batches">"Newest"</a> })}
                {older
                    .map(|older| {
                        view! {
                            <a class="btn tiny" href=older>
                                "Older"
                                <Icon name="next" />
                            </a>
                        }
                    })}
            </div>
        </div>
    }
}

fn cells(batch: &BatchView) -> String {
    let number = |count: i32| grouped(u64::from(count.unsigned_abs()));
    let mut html = Html::default();
    html.markup(r#"<td role="cell" class="t"><a href="/batches/"#).text(&batch.id.to_string()).markup(r#"" dir="auto">"#);
    html.text(&batch.file_name).markup(r#"</a></td><td role="cell" data-l="When">"#);
    when(&mut html, batch.created_at);
    html.markup(r#"</td><td role="cell" data-l="Who" dir="auto">"#)
        .text(&batch.who)
        .markup(r#"</td><td role="cell" data-l="Group" dir="auto">"#);
    match &batch.group {
        Some(group) => html.text(group),
        None => html.markup(r#"<span class="none">deleted</span>"#),
    };
    html.markup(r#"</td><td role="cell" class="n" data-l="Rows">"#).text(&number(batch.rows_read));
    html.markup(r#"</td><td role="cell" class="n" data-l="Created">"#)
        .text(&number(batch.created))
        .markup(r#"</td><td role="cell" data-l="State">"#);
    state(&mut html, batch);
    html.markup("</td>");
    html.done()
}

/// A chip that says whether the accounts are there.
pub fn state(html: &mut Html, batch: &BatchView) {
    if batch.undone.is_some() {
        html.markup(r#"<span class="chip">"#).icon("back").markup("undone</span>");
    } else {
        html.markup(r#"<span class="chip ok">"#).icon("yes").markup("created</span>");
    }
}
