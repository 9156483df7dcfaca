//! Tells while one types whether username and number are free. What the server says at the end counts.

use std::time::Duration;

use leptos::leptos_dom::helpers::debounce;
use leptos::prelude::*;

use super::state::FormState;
use crate::accounts::api::taken_fields;
use crate::accounts::view::{NUMBER_TAKEN, Taken, USERNAME_TAKEN};
use crate::domain::account_field::AccountField;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::username::Username;

/// Pause after the last key press before the server is asked.
const PAUSE: Duration = Duration::from_millis(250);

/// What was asked, and what the answer was.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Answer {
    username: String,
    number: String,
    taken: Taken,
}

/// Whether the values that are in the fields now are known to be free.
#[derive(Clone, Copy)]
pub struct Availability {
    pub username_free: Signal<bool>,
    pub number_free: Signal<bool>,
}

/// Watches both fields: a value that is taken becomes the field's error, a free one is told.
pub fn watch_availability(state: FormState) -> Availability {
    let answer = RwSignal::new(None::<Answer>);
    let ask = Action::new_local(move |(username, number): &(String, String)| {
        let (username, number) = (username.clone(), number.clone());
        async move {
            let taken = taken_fields(state.id, username.clone(), number.clone()).await.ok()?;
            Some(Answer { username, number, taken })
        }
    });
    let typed = Memo::new(move |_| state.draft.with(|draft| (draft.username.clone(), draft.number.clone())));
    Effect::new(move |asked: Option<()>| {
        let mut ask_later = debounce(PAUSE, move |values: (String, String)| {
            ask.dispatch_local(values);
        });
        let values = typed.get();
        // The values that the form opens with are not asked for: nobody typed them.
        if asked.is_some() {
            ask_later(values);
        }
    });
    Effect::new(move |_| {
        let Some(Some(new)) = ask.value().get() else { return };
        // An answer to what is no longer in the fields is late: it is dropped.
        if typed.with_untracked(|(username, number)| *username != new.username || *number != new.number) {
            return;
        }
        let answers =
            [(AccountField::Username, USERNAME_TAKEN, new.taken.username), (AccountField::Number, NUMBER_TAKEN, new.taken.number)];
        state.refused.update(|errors| {
            for (field, message, taken) in answers {
                if taken {
                    errors.add(field, message);
                } else if errors.get(field) == Some(message) {
                    errors.remove(field);
                }
            }
        });
        answer.set(Some(new));
    });
    let known = move |free: fn(&Answer) -> bool| answer.with(|answer| answer.as_ref().is_some_and(free));
    Availability {
        username_free: Signal::derive(move || {
            typed.with(|(username, _)| {
                Username::parse(username).is_ok()
                    && known(|a| !a.taken.username)
                    && answer.with(|a| a.as_ref().is_some_and(|a| a.username == *username))
            })
        }),
        number_free: Signal::derive(move || {
            typed.with(|(_, number)| {
                PhoneNumber::parse(number).is_ok()
                    && known(|a| !a.taken.number)
                    && answer.with(|a| a.as_ref().is_some_and(|a| a.number == *number))
            })
        }),
    }
}
