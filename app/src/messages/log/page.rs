//! The screen. Filter and place are in its address: Back, reload and a shared link give the same messages.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::bar::{FilterBar, UnderMessages};
use super::resend_dialog::ResendDialog;
use super::row::MessageLine as MessageTableLine;
use super::state::LogState;
use crate::domain::message_query::MessageQuery;
use crate::domain::role::Role;
use crate::live::follow::follow;
use crate::messages::api::list_messages;
use crate::messages::view::LoggedMessage;
use crate::operators::operator::role_allows;
use crate::ui::dynamic::{dynamic, flag, word};
use crate::ui::error_view::{FailedView, ListProblem};
use crate::ui::flash::FlashLine;
use crate::ui::head::Head;
use crate::ui::icon::Icon;
use crate::ui::list_address::keep_to_address;
use crate::ui::skeleton::SkeletonRows;

#[component]
pub fn MessageLogPage() -> impl IntoView {
    let address = use_query_map();
    let query = Memo::new(move |_| {
        address.with(|pairs| MessageQuery::from_query(pairs.latest_values().map(|(name, value)| (name.to_string(), value.to_owned()))))
    });
    let shown = StoredValue::new(None::<LogState>);
    // From now on, so that nothing is missed while the first messages are on their way.
    follow(
        |changes| !changes.messages.is_none(),
        move || shown.get_value().is_some_and(LogState::is_at_rest),
        move |changes| async move {
            if let Some(state) = shown.try_get_value().flatten() {
                state.look_again(changes).await;
            }
            true
        },
    );
    // The first messages come with the page; from then on the state asks by itself.
    let start = StoredValue::new(query.get_untracked());
    let first = Resource::new_blocking(
        || (),
        move |()| {
            start.set_value(query.get_untracked());
            list_messages(start.get_value())
        },
    );
    view! {
        <Title text="Messages" />
        <Head title="Messages" />
        <FlashLine />
        <Transition fallback=|| view! { <SkeletonRows /> }>
            {move || Suspend::new(async move {
                match first.await {
                    Ok(list) => {
                        let state = LogState::new(start.get_value(), list);
                        shown.set_value(Some(state));
                        view! { <Found state=state address=query /> }.into_any()
                    }
                    Err(error) => view! { <FailedView error=error retry=move || first.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Found(state: LogState, address: Memo<MessageQuery>) -> impl IntoView {
    keep_to_address(address, state.wanted, move |asked| state.ask(asked));
    let may_send = role_allows(Role::Operator);
    let again = RwSignal::new(None::<LoggedMessage>);
    let conditions = Memo::new(move |_| state.conditions());
    let is_empty = Memo::new(move |_| state.shown().is_empty());
    let is_development = Memo::new(move |_| state.held.with(|held| held.is_development));
    view! {
        {dynamic(move || is_development.get().then(|| view! { <GoesToNobody /> }).into_any())}
        <FilterBar state=state conditions=conditions />
        <ListProblem problem=state.problem again=move || state.ask_again() />
        <div role="status">
            {dynamic(move || state.told_news().map(|told| view! { <News told=told state=state /> }).into_any())}
        </div>
        <MessageTable state=state may_send=may_send again=again is_empty=is_empty />
        {dynamic(move || (is_empty.get() && !state.waiting.get()).then(|| view! { <Nothing state=state /> }).into_any())}
        <UnderMessages state=state conditions=conditions />
        {dynamic(move || again.get().map(|of| view! { <ResendDialog of=of asked=again /> }).into_any())}
    }
}

#[component]
fn MessageTable(state: LogState, may_send: bool, again: RwSignal<Option<LoggedMessage>>, is_empty: Memo<bool>) -> impl IntoView {
    let head = |label: &'static str| {
        view! {
            <th scope="col" role="columnheader">
                {label}
            </th>
        }
    };
    view! {
        <table
            class="tbl kv msgs"
            role="table"
            aria-label="Messages"
            aria-busy=word(move || state.waiting.get().then_some("true"))
            hidden=flag(move || is_empty.get())
        >
            <thead role="rowgroup">
                <tr role="row">
                    {["To", "Kind", "State", "When", "Detail"].map(head).collect_view()}
                    {may_send
                        .then(|| {
                            view! {
                                <th scope="col" role="columnheader">
                                    <span class="vh">"Send again"</span>
                                </th>
                            }
                        })}
                </tr>
            </thead>
            <tbody role="rowgroup">
                <For each=move || state.shown() key=|line| line.id let:line>
                    <MessageTableLine line=line needle=state.needle may_send=may_send again=again />
                </For>
            </tbody>
        </table>
    }
}

/// What is said of the gateway that sends nothing.
#[component]
fn GoesToNobody() -> impl IntoView {
    let settings = role_allows(Role::Admin).then(|| {
        view! {
            " "
            <a href="/settings">"Set one up in Settings"</a>
            "."
        }
    });
    view! {
        <p class="msg">
            <Icon name="info" />
            <span class="txt">"No SMS gateway is set up: SMSes are shown here and sent to nobody." {settings}</span>
        </p>
    }
}

#[component]
fn News(told: String, state: LogState) -> impl IntoView {
    view! {
        <button type="button" class="btn news" on:click=move |_| state.ask_again()>
            <Icon name="su" />
            {told}
            ". Show"
        </button>
    }
}

/// What stands in the place of messages when there are none.
#[component]
fn Nothing(state: LogState) -> impl IntoView {
    let is_all = state.held.with_untracked(|held| held.query == MessageQuery::default());
    if is_all {
        return view! {
            <section class="void">
                <Icon name="sms" />
                <h2>"No messages yet"</h2>
                <p>"Every SMS that is sent stands here with what became of it. Send one from an account, or from the Account List."</p>
            </section>
        }
        .into_any();
    }
    view! {
        <section class="void">
            <Icon name="search" />
            <h2>"No message matches"</h2>
            <p>"Nothing here fits the filter, or the place in the list is past its end."</p>
            <a href="/messages" class="btn">
                "Clear filter"
            </a>
        </section>
    }
    .into_any()
}
