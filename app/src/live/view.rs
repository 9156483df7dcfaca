//! What goes over the live channel.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// More of a kind are not named: who shows some of them looks at all that it shows.
const NAMED_MAX: usize = 200;

/// What screens should look at again. As JSON: `{}` for nothing, `{"accounts":["…"]}` for one, `{"accounts":null}` for many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Changes {
    #[serde(skip_serializing_if = "Which::is_none")]
    pub accounts: Which,
    #[serde(skip_serializing_if = "Which::is_none")]
    pub messages: Which,
    /// The accounts that changed messages are about.
    #[serde(skip_serializing_if = "Which::is_none")]
    pub about: Which,
    /// The accounts that have registered, or are registered no more.
    #[serde(skip_serializing_if = "Which::is_none")]
    pub registrations: Which,
}

/// Some of a kind, by their ids, or too many to name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Which(Option<Vec<Uuid>>);

impl Default for Which {
    fn default() -> Self {
        Self(Some(Vec::new()))
    }
}

impl Which {
    /// Any of the kind may have changed.
    pub const ALL: Self = Self(None);

    /// Whether it is none at all.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.0.as_ref().is_some_and(Vec::is_empty)
    }

    /// Whether this one may be among them.
    #[must_use]
    pub fn has(&self, id: Uuid) -> bool {
        self.0.as_ref().is_none_or(|ids| ids.contains(&id))
    }

    /// The ids, unless they are too many.
    #[must_use]
    pub fn named(&self) -> Option<&[Uuid]> {
        self.0.as_deref()
    }

    /// Adds one; none stands for many.
    pub fn add(&mut self, id: Option<Uuid>) {
        let Some(id) = id else { return *self = Self::ALL };
        if self.has(id) {
            return;
        }
        match &mut self.0 {
            Some(ids) if ids.len() < NAMED_MAX => ids.push(id),
            _ => *self = Self::ALL,
        }
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: Self) {
        match other.0 {
            None => *self = Self::ALL,
            Some(ids) => ids.into_iter().for_each(|id| self.add(Some(id))),
        }
    }
}

impl Changes {
    /// Nobody knows what was missed.
    pub const EVERYTHING: Self = Self { accounts: Which::ALL, messages: Which::ALL, about: Which::ALL, registrations: Which::ALL };

    /// Whether there is nothing to look at.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.accounts.is_none() && self.messages.is_none() && self.registrations.is_none()
    }

    /// Whether something of this account may have changed: itself, an SMS to its user, or whether it is online.
    #[must_use]
    pub fn concern(&self, account: Uuid) -> bool {
        self.accounts.has(account) || self.about.has(account) || self.registrations.has(account)
    }

    /// Adds what has changed after it.
    pub fn merge(&mut self, later: Self) {
        self.accounts.merge(later.accounts);
        self.messages.merge(later.messages);
        self.about.merge(later.about);
        self.registrations.merge(later.registrations);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn those(numbers: std::ops::Range<u128>) -> Which {
        let mut which = Which::default();
        numbers.for_each(|number| which.add(Some(Uuid::from_u128(number))));
        which
    }

    #[test]
    fn what_is_sent_is_short_and_read_as_it_was() {
        let one = Changes { accounts: those(0..1), ..Changes::default() };
        for (changes, sent) in [
            (Changes::default(), "{}"),
            (one, r#"{"accounts":["00000000-0000-0000-0000-000000000000"]}"#),
            (Changes::EVERYTHING, r#"{"accounts":null,"messages":null,"about":null,"registrations":null}"#),
        ] {
            assert_eq!(serde_json::to_string(&changes).unwrap(), sent);
            assert_eq!(serde_json::from_str::<Changes>(sent).unwrap(), changes);
        }
    }

    #[test]
    fn many_are_not_named_and_stay_many() {
        assert_eq!(those(0..200).named().map(<[Uuid]>::len), Some(200));
        assert_eq!(those(0..201), Which::ALL);
        let mut which = those(0..3);
        which.merge(those(2..5));
        assert_eq!(which, those(0..5));
        which.merge(Which::ALL);
        which.merge(those(0..1));
        assert!(which == Which::ALL && which.has(Uuid::nil()) && !which.is_none());
    }

    #[test]
    fn an_account_is_concerned_by_itself_its_messages_and_its_phone() {
        let about = Changes { messages: those(7..8), about: those(0..1), ..Changes::default() };
        assert!(about.concern(Uuid::nil()) && !about.concern(Uuid::from_u128(7)) && !about.is_none());
        let registered = Changes { registrations: those(0..1), ..Changes::default() };
        assert!(registered.concern(Uuid::nil()) && !registered.concern(Uuid::from_u128(1)) && !registered.is_none());
        assert!(Changes::EVERYTHING.concern(Uuid::nil()));
    }
}
