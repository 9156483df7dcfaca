//! What the Messages page shows: filter and place in it, as its address has them. The newest SMS comes first.

use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::fold::fold;
use super::message::{MessageKind, MessageState};
use super::needle::{Needle, tidy};
use super::timeline::{Timeline, TimelineFilter};

/// A choice of SMSes; the default is all of them. However it arrives, the bounds of the needle hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Sent")]
pub struct MessageFilter {
    /// What is in the filter box: at most 100 characters, no control characters, no white space around.
    pub needle: String,
    pub state: Option<MessageState>,
    pub kind: Option<MessageKind>,
}

/// A filter as a client may send it, its bounds not yet seen to.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sent {
    needle: String,
    state: Option<MessageState>,
    kind: Option<MessageKind>,
}

impl From<Sent> for MessageFilter {
    fn from(Sent { needle, state, kind }: Sent) -> Self {
        Self { needle: tidy(&needle), state, kind }
    }
}

/// What the filter looks at in one SMS.
#[derive(Clone, Copy, Debug)]
pub struct Filtered<'a> {
    pub owner: Option<&'a str>,
    pub username: Option<&'a str>,
    pub number: &'a str,
    pub text: &'a str,
    pub state: MessageState,
    pub kind: MessageKind,
}

impl TimelineFilter for MessageFilter {
    const PATH: &'static str = "/messages";

    fn read(&mut self, name: &str, value: &str) {
        match name {
            "q" => self.needle = tidy(value),
            "state" => self.state = value.parse().ok(),
            "kind" => self.kind = value.parse().ok(),
            _ => {}
        }
    }

    fn pairs(&self) -> Vec<(&'static str, Option<String>)> {
        vec![
            ("q", (!self.needle.is_empty()).then(|| self.needle.clone())),
            ("state", self.state.map(|state| state.as_str().to_owned())),
            ("kind", self.kind.map(|kind| kind.as_str().to_owned())),
        ]
    }
}

impl MessageFilter {
    /// Whether it narrows the choice.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        *self != Self::default()
    }

    /// Whether an SMS is among the chosen. `needle` is the filter's own, read once.
    #[must_use]
    pub fn takes(&self, needle: &Needle, message: Filtered<'_>) -> bool {
        self.state.is_none_or(|state| state == message.state)
            && self.kind.is_none_or(|kind| kind == message.kind)
            && (needle.is_empty() || needle.found_in(&search_text(message)))
    }

    /// The conditions in words.
    #[must_use]
    pub fn conditions(&self) -> Vec<Condition<Self>> {
        let mut conditions = Vec::new();
        let mut add = |verb, object, without| conditions.push(Condition { verb, object, without });
        if !self.needle.is_empty() {
            let verb = Needle::parse(&self.needle).verb();
            add(verb, format!("“{}”", self.needle), Self { needle: String::new(), ..self.clone() });
        }
        if let Some(state) = self.state {
            add("state is", state.as_str().into(), Self { state: None, ..self.clone() });
        }
        if let Some(kind) = self.kind {
            add("kind is", kind.label().into(), Self { kind: None, ..self.clone() });
        }
        conditions
    }
}

/// What the filter box looks in: every field folded, each line with a blank before it, so that each word has one. The same as
/// `message_search_text` of the database, before it is put in letters (migration 0011).
#[must_use]
pub fn search_text(message: Filtered<'_>) -> String {
    let Filtered { owner, username, number, text, .. } = message;
    let lines = [owner.unwrap_or_default(), username.unwrap_or_default(), number, text].join("\n");
    fold(&format!(" {}", lines.replace('\n', "\n ")))
}

/// The state of the Messages page.
pub type MessageQuery = Timeline<MessageFilter>;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::{option, sample};
    use uuid::Uuid;

    use super::super::timeline::TimePlace;
    use super::*;

    const TO_ADA: Filtered<'static> = Filtered {
        owner: Some("Ada Bianchi"),
        username: Some("3204"),
        number: "+393204471902",
        text: "Ciao Ada: https://a.example/a/••••••••",
        state: MessageState::Failed,
        kind: MessageKind::Activation,
    };

    fn filter(pairs: &[(&str, &str)]) -> MessageFilter {
        MessageQuery::from_query(pairs.iter().copied()).filter
    }

    #[test]
    fn every_condition_has_to_fit() {
        let takes = |pairs: &[(&str, &str)]| {
            let filter = filter(pairs);
            filter.takes(&Needle::parse(&filter.needle), TO_ADA)
        };
        for fitting in [("q", "bianchi +39 320"), ("q", "ciao"), ("q", "32"), ("state", "failed"), ("kind", "activation"), ("state", "x")] {
            assert!(takes(&[fitting]), "{fitting:?}");
        }
        for other in [("q", "rossi"), ("state", "unknown"), ("kind", "test")] {
            assert!(!takes(&[("q", "ada"), other]), "{other:?}");
        }
    }

    #[test]
    fn conditions_are_told_and_can_be_taken_away_one_by_one() {
        let mut left = filter(&[("q", "ad"), ("state", "failed"), ("kind", "installation")]);
        let told: Vec<String> = left.conditions().iter().map(|condition| format!("{} {}", condition.verb, condition.object)).collect();
        assert_eq!(told, ["a word begins with “ad”", "state is failed", "kind is Installation"]);
        while let Some(condition) = left.conditions().pop() {
            assert_eq!(condition.without.conditions().len() + 1, left.conditions().len());
            left = condition.without;
        }
        assert!(!left.is_filtered());
    }

    #[test]
    fn nonsense_is_dropped_and_what_a_client_sends_is_bounded() {
        let nonsense = [("q", "\0"), ("state", "lost"), ("kind", ""), ("before", "x.1"), ("utm", "x")];
        assert_eq!(MessageQuery::from_query(nonsense), MessageQuery::default());
        assert_eq!(MessageQuery::default().to_address(), "/messages");
        let sent: MessageFilter = serde_json::from_str(r#"{"needle":" a\u0000b "}"#).unwrap();
        assert_eq!(sent.needle, "ab");
        assert!(serde_json::from_str::<MessageFilter>(r#"{"token":"x"}"#).is_err());
    }

    proptest! {
        #[test]
        fn every_query_survives_its_address_and_its_call(
            words in "[a-z+%&=. ]{0,20}",
            state in option::of(sample::select(&MessageState::ALL[..])),
            kind in option::of(sample::select(&MessageKind::ALL[..])),
            before in option::of((any::<i64>(), any::<u128>())),
        ) {
            let before = before.map(|(at, id)| TimePlace { at, id: Uuid::from_u128(id) });
            let query = MessageQuery { filter: MessageFilter { needle: tidy(&words), state, kind }, before };
            let address = query.to_address();
            let pairs: Vec<(String, String)> = address.split_once('?').map(|(_, pairs)| pairs).unwrap_or_default().split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (name.to_owned(), decoded(value)))
                .collect();
            prop_assert_eq!(MessageQuery::from_query(pairs), query.clone());
            let sent = serde_json::to_string(&query).unwrap();
            prop_assert_eq!(serde_json::from_str::<MessageQuery>(&sent).unwrap(), query);
        }
    }

    fn decoded(text: &str) -> String {
        let mut parts = text.split('%');
        let mut decoded = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            decoded.push(char::from(u8::from_str_radix(&part[..2], 16).unwrap()));
            decoded.push_str(&part[2..]);
        }
        decoded
    }
}
