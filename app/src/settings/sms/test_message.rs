//! "Send a test message": queued with the saved settings, and followed until its way has ended.

use std::time::Duration;

use leptos::prelude::*;
use leptos::web_sys::SubmitEvent;
use uuid::Uuid;

use super::api::{find_test_message, send_test_message};
use super::view::{RefusedTest, TestMessage};
use crate::domain::gateway::GatewayKind;
use crate::domain::message::MessageState;
use crate::ui::field::{Field, TextInput};
use crate::ui::message::{MessageLine, Tone};

/// How long a look waits for the one before.
const LOOK: Duration = Duration::from_secs(1);
/// So often is looked: a report that has not come in ten minutes may come tomorrow.
const LOOKS: u32 = 600;

#[component]
pub fn TestSection(
    /// The id of the message that this page sends.
    test: Uuid,
    /// The gateway that sends.
    in_force: GatewayKind,
    /// A message that a plain form has sent.
    sent: Option<(Uuid, TestMessage)>,
) -> impl IntoView {
    let refused = use_context::<RefusedTest>().unwrap_or_default();
    let number = RwSignal::new(refused.number);
    let error = RwSignal::new(Some(refused.message).filter(|message| !message.is_empty()));
    // What was sent is not sent again: the next message has an id of its own.
    let next = RwSignal::new(test);
    let (watched, shown) = match sent {
        Some((id, test)) => (Some(id), Some(test)),
        None => (None, None),
    };
    let shown = RwSignal::new(shown);
    let follow = Follow::new(shown);
    if let Some(id) = watched {
        Effect::new(move |_| follow.begin(id));
    }
    let send = Action::new(move |(): &()| {
        let (id, number) = (next.get_untracked(), number.get_untracked());
        async move { send_test_message(id, number).await.map(|next| (id, next)) }
    });
    Effect::new(move |_| match send.value().get() {
        Some(Ok((id, other))) => {
            next.set(other);
            follow.begin(id);
        }
        Some(Err(refusal)) => error.set(Some(refusal.to_string())),
        None => {}
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !send.pending().get_untracked() {
            error.set(None);
            shown.set(None);
            send.dispatch(());
        }
    };
    view! {
        <form class="form test" method="post" action="/settings/test" novalidate on:submit=submit>
            <section aria-labelledby="test-title">
                <h2 id="test-title">"Send a test message"</h2>
                <input type="hidden" name="id" value=move || next.get().to_string() />
                <Field
                    name="number"
                    label="To the number"
                    error=error
                    help=move || {
                        format!("Sent with the settings as they are saved: by {}.", if in_force == GatewayKind::Development { "the development gateway, to nobody" } else { in_force.label() })
                    }
                >
                    <TextInput
                        name="number"
                        kind="tel"
                        keyboard="tel"
                        placeholder="+39 320 1184467"
                        value=number
                        on_input=move |text| {
                            number.set(text);
                            error.set(None);
                        }
                        error=error
                    />
                </Field>
                <div class="row">
                    <button type="submit" class="btn" aria-busy=move || send.pending().get().then_some("true")>
                        "Send test message"
                    </button>
                </div>
                <div aria-live="polite" id="test-state">
                    {move || shown.get().map(|test| view! { <MessageLine tone=tone(&test)>{test.words()}</MessageLine> })}
                </div>
            </section>
        </form>
    }
}

fn tone(test: &TestMessage) -> Tone {
    match test.state {
        MessageState::Queued if test.reason.is_some() => Tone::Warn,
        MessageState::Queued | MessageState::Sending | MessageState::Accepted | MessageState::Delivered => Tone::Ok,
        MessageState::Unknown => Tone::Warn,
        MessageState::Failed => Tone::Bad,
    }
}

/// Looks after one message, again and again.
#[derive(Clone, Copy)]
struct Follow {
    look: Action<Uuid, Option<TestMessage>>,
    left: StoredValue<u32>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Follow {
    fn new(shown: RwSignal<Option<TestMessage>>) -> Self {
        let watched = StoredValue::new(None);
        let look = Action::new(move |id: &Uuid| {
            let id = *id;
            watched.set_value(Some(id));
            // One that fails is repeated like one that tells nothing new.
            async move { find_test_message(id).await.ok().flatten() }
        });
        let follow = Self { look, left: StoredValue::new(0), timer: StoredValue::new(None) };
        Effect::new(move |_| {
            // Counted, since two answers in a row may be the same.
            look.version().track();
            let test = look.value().get_untracked().flatten();
            let is_over = test.as_ref().is_some_and(TestMessage::is_over);
            if test.is_some() && test != shown.get_untracked() {
                shown.set(test);
            }
            if let Some(id) = watched.get_value().filter(|_| !is_over) {
                follow.again(id);
            }
        });
        on_cleanup(move || follow.stop());
        follow
    }

    fn begin(self, id: Uuid) {
        self.stop();
        self.left.set_value(LOOKS);
        self.look.dispatch(id);
    }

    fn again(self, id: Uuid) {
        let left = self.left.get_value();
        if left > 0 {
            self.left.set_value(left - 1);
            self.timer.set_value(set_timeout_with_handle(move || drop(self.look.dispatch(id)), LOOK).ok());
        }
    }

    fn stop(self) {
        if let Some(timer) = self.timer.try_get_value().flatten() {
            timer.clear();
        }
    }
}
