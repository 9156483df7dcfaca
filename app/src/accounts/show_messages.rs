//! The SMSes of Show Account, with what became of them.

use leptos::prelude::*;

use crate::domain::query_string;
use crate::messages::state_chip::{MessageStateChip, detail};
use crate::messages::view::MessageRow;
use crate::ui::time::When;

/// The newest SMSes to an account's user. `username` and `number` are those of the account now.
#[component]
pub fn Messages(messages: Vec<MessageRow>, username: String, number: String) -> impl IntoView {
    let all = format!("/messages?q={}", query_string::encode(&username));
    let content = if messages.is_empty() {
        view! { <p class="pad help">"No SMS has been sent to this account."</p> }.into_any()
    } else {
        let rows = messages.into_iter().map(|message| view! { <Message message=message number=number.clone() /> }).collect_view();
        view! {
            <table class="tbl kv" role="table" aria-label="SMSes to this account">
                <thead role="rowgroup">
                    <tr role="row">
                        {["Kind", "State", "When", "Detail"]
                            .map(|head| {
                                view! {
                                    <th scope="col" role="columnheader">
                                        {head}
                                    </th>
                                }
                            })
                            .collect_view()}
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <section class="card" aria-labelledby="messages-title">
            <header>
                <h2 id="messages-title">"Messages"</h2>
                <a class="end" href=all>
                    "All messages"
                </a>
            </header>
            {content}
        </section>
    }
}

#[component]
fn Message(message: MessageRow, number: String) -> impl IntoView {
    let elsewhere = (message.number != number).then(|| format!(" (to {})", message.number));
    view! {
        <tr role="row">
            <td role="cell" class="t">
                {message.kind.label()}
            </td>
            <td role="cell" data-l="State">
                <MessageStateChip state=message.state />
            </td>
            <td role="cell" data-l="When">
                <When at=message.queued_at />
            </td>
            <td role="cell" data-l="Detail" dir="auto">
                <span>{detail(&message)} {elsewhere}</span>
            </td>
        </tr>
    }
}
