//! The screen: one step after the other, all on one page.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

use super::choose::ChooseFile;
use super::columns::Columns;
use super::create::{Foot, ForAll, HowFar, Work};
use super::rows::{BatchRows, Summary};
use super::state::{BatchState, Stage};
use crate::batch::api::new_batch_form;
use crate::batch::view::BatchStart;
use crate::ui::dynamic::dynamic;
use crate::ui::error_view::FailedView;
use crate::ui::flash::FlashLine;
use crate::ui::head::Head;
use crate::ui::icon::Icon;
use crate::ui::message::{MessageLine, NeedsScript, Tone};
use crate::ui::skeleton::SkeletonRows;

#[component]
pub fn NewBatchPage() -> impl IntoView {
    let start = Resource::new_blocking(|| (), |()| new_batch_form());
    let asked = use_query_map().with_untracked(|query| query.get("group").and_then(|group| Uuid::parse_str(&group).ok()));
    let list = asked.map_or_else(|| "/accounts".to_owned(), |group| format!("/accounts?group={group}"));
    view! {
        <Title text="Create Batch Account" />
        <Head
            title="Create Batch Account"
            crumb=("Account List".to_owned(), list)
            actions=|| {
                view! {
                    <a class="btn flat" href="/batches/template.csv" rel="external" download="">
                        <Icon name="download" />
                        "Template file"
                    </a>
                }
            }
        />
        <FlashLine />
        <Transition fallback=|| view! { <SkeletonRows /> }>
            {move || Suspend::new(async move {
                match start.await {
                    Ok(start) => view! { <NewBatch start=start asked=asked /> }.into_any(),
                    Err(error) => view! { <FailedView error=error retry=move || start.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn NewBatch(start: BatchStart, asked: Option<Uuid>) -> impl IntoView {
    let group = start.groups.iter().find(|group| Some(group.id) == asked).or(match start.groups.as_slice() {
        [only] => Some(only),
        _ => None,
    });
    let profile = match group {
        Some(group) => Some(group.profile_id),
        None => start.profiles.first().map(|profile| profile.id),
    };
    let id_of = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let state = BatchState::new(id_of(group.map(|group| group.id)), id_of(profile));
    let work = Work::new(state);
    let groups: Vec<(String, String)> = start.groups.iter().map(|group| (group.id.to_string(), group.name.clone())).collect();
    if groups.is_empty() {
        return view! {
            <section class="void">
                <Icon name="groups" />
                <h2>"No groups yet"</h2>
                <p>"Every account belongs to a group. An admin of this service makes the first one; then a file can become accounts."</p>
                <a class="btn main" href="/groups">
                    "Go to the groups"
                </a>
            </section>
        }
        .into_any();
    }
    #[cfg(feature = "hydrate")]
    super::browser::ask_before_leaving(move || match state.stage.get_untracked() {
        Stage::Sending => {
            Some("The accounts are being created. If you leave this page now, that is stopped, and nothing is created. Leave it?")
        }
        _ if state.is_repaired.get_untracked() => Some("What you have repaired on this page is lost when you leave it. Leave it?"),
        _ => None,
    });
    let read = Memo::new(move |_| state.facts.with(|facts| facts.as_ref().and_then(|facts| facts.read.clone())));
    let rows = move || {
        let start = start.clone();
        view! {
            {dynamic(move || read.get().map(|read| view! { <Columns state=state read=read /> }).into_any())}
            <ForAll state=state start=start />
            <BatchRows state=state />
            <Summary state=state />
            <Foot state=state work=work />
        }
    };
    let stage = Memo::new(move |_| match state.stage.get() {
        Stage::Checking => 2,
        Stage::Sending => 3,
        Stage::Choosing(_) | Stage::Reading => 0,
    });
    view! {
        <Steps state=state />
        <NeedsScript what="Creating accounts of a file" />
        <div class="stackv">
            <ChooseFile state=state />
            <div id="batch-problem" role="alert" tabindex="-1">
                {dynamic(move || state.problem.get().map(|sentence| view! { <MessageLine tone=Tone::Bad>{sentence}</MessageLine> }).into_any())}
            </div>
            {dynamic(move || match stage.get() {
                2 => rows().into_any(),
                3 => view! { <HowFar state=state work=work groups=groups.clone() /> }.into_any(),
                _ => ().into_any(),
            })}
        </div>
    }
    .into_any()
}

/// Where one is.
#[component]
fn Steps(state: BatchState) -> impl IntoView {
    let at = Memo::new(move |_| match state.stage.get() {
        Stage::Choosing(_) | Stage::Reading => 0,
        Stage::Checking if !state.is_settled() => 1,
        Stage::Checking => 2,
        Stage::Sending => 3,
    });
    let step = move |number: usize, label: &'static str| {
        view! {
            <li aria-current=move || (at.get() == number).then_some("step")>
                {dynamic(move || {
                    if at.get() > number {
                        view! { <Icon name="s4" /> }.into_any()
                    } else {
                        view! { <span class="num">{number + 1}</span> }.into_any()
                    }
                })}
                <span class="txt">{label}</span>
            </li>
        }
    };
    view! {
        <ol class="steps" aria-label="Steps">
            {step(0, "File")}
            {step(1, "Columns")}
            {step(2, "Check and repair")}
            {step(3, "Create")}
        </ol>
    }
}
