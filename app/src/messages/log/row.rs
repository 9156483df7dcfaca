//! One message in the table.

use leptos::prelude::*;
use uuid::Uuid;

use super::state::Line;
use crate::domain::message::MessageState;
use crate::domain::needle::{Needle, Piece};
use crate::messages::state_chip::{MessageStateChip, detail};
use crate::messages::view::{LoggedMessage, MessageRow};
use crate::ui::dynamic::dynamic;
use crate::ui::icon::Icon;
use crate::ui::marked::marked;
use crate::ui::time::When;

/// A row; `again` gets the message that somebody wants to send again.
#[component]
pub fn MessageLine(line: Line, needle: Memo<Needle>, may_send: bool, again: RwSignal<Option<LoggedMessage>>) -> impl IntoView {
    let now = line.now;
    let MessageRow { id, account, kind, queued_at, .. } = now.with_untracked(|now| now.message.clone());
    let (to, state, details, send) = (now.clone(), now.clone(), now.clone(), now);
    let state = Memo::new(move |_| state.with(|now| now.message.state));
    let may_be_sent_again = {
        let send = send.clone();
        Memo::new(move |_| may_send && send.with(LoggedMessage::may_be_sent_again))
    };
    let button = move || {
        let send = send.clone();
        may_be_sent_again.get().then(|| {
            view! {
                <button type="button" class="btn tiny live" on:click=move |_| again.set(Some(send.get_untracked()))>
                    <Icon name="send" />
                    "Send again"
                </button>
            }
        })
    };
    view! {
        <tr role="row" data-id=id.to_string()>
            <td role="cell" class="t to">
                {dynamic(move || needle.with(|needle| to.with(|to| whom(&to.message, needle, account))))}
            </td>
            <td role="cell" class="kind" data-l="Kind">
                {kind.label()}
            </td>
            <td role="cell" data-l="State">
                {dynamic(move || view! { <MessageStateChip state=state.get() /> }.into_any())}
            </td>
            <td role="cell" class="when" data-l="When">
                <When at=queued_at />
            </td>
            <td role="cell" class="what" data-l="Detail">
                {dynamic(move || needle.with(|needle| details.with(|now| told(now, needle))))}
            </td>
            {may_send
                .then(|| {
                    view! {
                        <td role="cell" class="act">
                            {dynamic(move || button().into_any())}
                        </td>
                    }
                })}
        </tr>
    }
}

/// Whom it went to: the owner, as a link to the account while that is there, and the number.
fn whom(message: &MessageRow, needle: &Needle, account: Option<Uuid>) -> AnyView {
    let name = message.owner.as_deref().or(message.username.as_deref());
    let username = message.username.as_deref().filter(|_| message.owner.is_some());
    let name = match (name, account) {
        (Some(name), Some(account)) => view! {
            <a href=format!("/accounts/{account}") dir="auto">
                {marked(name, needle)}
            </a>
        }
        .into_any(),
        (Some(name), None) => view! { <span dir="auto">{marked(name, needle)}</span> }.into_any(),
        (None, _) => view! { <span class="none">"[No account]"</span> }.into_any(),
    };
    view! {
        {name}
        <small class="sub">{marked(&message.number, needle)}</small>
        {username.map(|username| view! { <small class="sub">{marked(username, needle)}</small> })}
    }
    .into_any()
}

/// What is known of it beyond its state, who sent it, and what it says.
fn told(now: &LoggedMessage, needle: &Needle) -> AnyView {
    let message = &now.message;
    let next =
        (message.state == MessageState::Queued && message.tries > 0).then(|| view! { " · next try " <When at=message.next_try_at /> });
    let parts = if message.parts == 1 { "1 SMS".to_owned() } else { format!("{} SMSes", message.parts) };
    view! {
        <div>
            <p dir="auto">{detail(message)}</p>
            <p class="sub">
                {parts} " by " <span dir="auto">{message.who.clone()}</span> {next}
            </p>
            {text(now, needle)}
        </div>
    }
    .into_any()
}

/// The text: at once where nobody else gets it, or where the filter has found it; else on demand.
fn text(now: &LoggedMessage, needle: &Needle) -> AnyView {
    let message = &now.message;
    if let Some(link) = &now.link
        && let Some((before, after)) = message.text.split_once(link.as_str())
    {
        return view! {
            <p class="sms pre" dir="auto">
                {marked(before, needle)}
                <a href=link.clone() rel="external noreferrer" target="_blank">
                    {link.clone()}
                </a>
                {marked(after, needle)}
            </p>
        }
        .into_any();
    }
    let found = needle.mark(&message.text).iter().any(|piece| matches!(piece, Piece::Marked(_)));
    let body = view! {
        <p class="sms pre" dir="auto">
            {marked(&message.text, needle)}
        </p>
    };
    if message.is_development {
        return body.into_any();
    }
    view! {
        <details open=found>
            <summary>"Text"</summary>
            {body}
        </details>
    }
    .into_any()
}
