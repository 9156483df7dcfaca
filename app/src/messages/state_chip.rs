//! The state of an SMS: a shape and a word, and a sentence on what it means.

use leptos::prelude::*;

use super::view::MessageRow;
use crate::domain::message::MessageState;
use crate::ui::icon::Icon;

#[component]
pub fn MessageStateChip(state: MessageState) -> impl IntoView {
    let (class, icon) = match state {
        MessageState::Queued | MessageState::Sending => ("chip", "clock"),
        MessageState::Accepted => ("chip", "yes"),
        MessageState::Delivered => ("chip ok", "two"),
        MessageState::Failed => ("chip bad", "fail"),
        MessageState::Unknown => ("chip warn", "ask"),
    };
    view! {
        <span class=class>
            <Icon name=icon />
            {state.as_str()}
        </span>
    }
}

/// What is known of an SMS beyond its state.
#[must_use]
pub fn detail(row: &MessageRow) -> String {
    let reason = row.reason.as_deref();
    let tries = if row.tries == 1 { "once".to_owned() } else { format!("{} times", row.tries) };
    match (row.state, reason) {
        (MessageState::Accepted | MessageState::Delivered, _) if row.is_development => {
            "shown on the Messages page; no gateway is set up, so nobody got it".to_owned()
        }
        (MessageState::Queued, _) if row.tries == 0 => "waits to be sent".to_owned(),
        (MessageState::Queued, None) => format!("tried {tries}, and will be tried again"),
        (MessageState::Queued, Some(reason)) => format!("tried {tries}, and will be tried again: {reason}"),
        (MessageState::Sending, _) if row.tries <= 1 => "is being handed to the gateway, first try".to_owned(),
        (MessageState::Sending, _) => format!("is being handed to the gateway, tried {tries}"),
        (MessageState::Accepted, _) => "accepted by the gateway; no delivery report yet".to_owned(),
        (MessageState::Delivered, _) => format!("to {}", row.number),
        (MessageState::Failed, None) => "was not sent".to_owned(),
        (MessageState::Unknown, None) => "The gateway did not answer. It may have been sent: ask the user before sending again.".to_owned(),
        (MessageState::Failed | MessageState::Unknown, Some(reason)) => reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::message::MessageKind;

    fn row(state: MessageState, tries: i16, reason: Option<&str>, is_development: bool) -> MessageRow {
        MessageRow {
            id: Uuid::nil(),
            kind: MessageKind::Activation,
            state,
            reason: reason.map(str::to_owned),
            account: None,
            owner: None,
            username: None,
            number: "+393204471902".into(),
            text: "Ciao".into(),
            parts: 1,
            is_development,
            tries,
            next_try_at: 0,
            who: "Marta".into(),
            queued_at: 0,
            sending_at: None,
            accepted_at: None,
            ended_at: None,
        }
    }

    #[test]
    fn each_state_is_told_with_what_is_known_of_it() {
        let told = |state, tries, reason| detail(&row(state, tries, reason, false));
        assert_eq!(told(MessageState::Queued, 0, None), "waits to be sent");
        assert_eq!(told(MessageState::Queued, 2, Some("It is away.")), "tried 2 times, and will be tried again: It is away.");
        assert_eq!(told(MessageState::Sending, 1, None), "is being handed to the gateway, first try");
        assert_eq!(told(MessageState::Delivered, 1, None), "to +393204471902");
        assert_eq!(told(MessageState::Failed, 1, Some("21614: not a mobile number")), "21614: not a mobile number");
        assert!(told(MessageState::Unknown, 1, None).contains("ask the user"));
        assert!(detail(&row(MessageState::Accepted, 1, None, true)).contains("nobody got it"));
    }
}
