//! What the audit log shows: filter and place in it, as its address has them. The newest entry comes first.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::audit_entry::{AuditGroup, AuditKind};
use super::condition::Condition;
use super::day::Day;
use super::fold::fold;
use super::needle::{Needle, tidy};
use super::timeline::{Timeline, TimelineFilter};

/// In an address, whoever is no operator: users of phones, and the command line.
pub const NOBODY: &str = "none";

/// A choice of entries; the default is all of them. However it arrives, the bounds of the needle hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Sent")]
pub struct AuditFilter {
    /// What is in the filter box: at most 100 characters, no control characters, no white space around.
    pub needle: String,
    /// An operator; the nil id stands for whoever is none.
    pub by: Option<Uuid>,
    pub kind: Option<AuditKind>,
    pub group: Option<AuditGroup>,
    /// The first and the last day, in UTC.
    pub from: Option<Day>,
    pub to: Option<Day>,
}

/// A filter as a client may send it, its bounds not yet seen to.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sent {
    needle: String,
    by: Option<Uuid>,
    kind: Option<AuditKind>,
    group: Option<AuditGroup>,
    from: Option<Day>,
    to: Option<Day>,
}

impl From<Sent> for AuditFilter {
    fn from(Sent { needle, by, kind, group, from, to }: Sent) -> Self {
        Self { needle: tidy(&needle), by, kind, group, from, to }
    }
}

/// What the filter looks at in one entry.
#[derive(Clone, Copy, Debug)]
pub struct Filtered<'a> {
    pub who: &'a str,
    pub by: Option<Uuid>,
    pub address: Option<&'a str>,
    pub action: &'a str,
    /// The stored word.
    pub kind: &'a str,
    pub subject: &'a str,
    /// Microseconds since 1970 UTC.
    pub at: i64,
}

impl TimelineFilter for AuditFilter {
    const PATH: &'static str = "/audit";

    fn read(&mut self, name: &str, value: &str) {
        match name {
            "q" => self.needle = tidy(value),
            "by" => self.by = if value == NOBODY { Some(Uuid::nil()) } else { value.parse().ok().filter(|id: &Uuid| !id.is_nil()) },
            "kind" => self.kind = value.parse().ok(),
            "action" => self.group = value.parse().ok(),
            "from" => self.from = value.parse().ok(),
            "to" => self.to = value.parse().ok(),
            _ => {}
        }
    }

    fn pairs(&self) -> Vec<(&'static str, Option<String>)> {
        vec![
            ("q", (!self.needle.is_empty()).then(|| self.needle.clone())),
            ("by", self.by_word()),
            ("kind", self.kind.map(|kind| kind.as_str().to_owned())),
            ("action", self.group.map(|group| group.as_str().to_owned())),
            ("from", self.from.map(|day| day.to_string())),
            ("to", self.to.map(|day| day.to_string())),
        ]
    }
}

impl AuditFilter {
    /// The author as an address has it.
    #[must_use]
    pub fn by_word(&self) -> Option<String> {
        self.by.map(|id| if id.is_nil() { NOBODY.to_owned() } else { id.to_string() })
    }

    /// Whether it has a condition that author, kind and action decide.
    #[must_use]
    pub fn has_facets(&self) -> bool {
        self.by.is_some() || self.kind.is_some() || self.group.is_some()
    }

    /// Whether the facets let through what `by` (nil: no operator) did.
    #[must_use]
    pub fn takes_facets(&self, by: Uuid, kind: &str, action: &str) -> bool {
        self.by.is_none_or(|only| only == by)
            && self.kind.is_none_or(|only| only.as_str() == kind)
            && self.group.is_none_or(|only| only == AuditGroup::of(action))
    }

    /// Whether an entry is among the chosen. `needle` is the filter's own, read once.
    #[must_use]
    pub fn takes(&self, needle: &Needle, entry: Filtered<'_>) -> bool {
        self.takes_facets(entry.by.unwrap_or_default(), entry.kind, entry.action)
            && self.from.is_none_or(|from| from.start() <= entry.at)
            && self.to.is_none_or(|to| entry.at < to.end())
            && (needle.is_empty() || needle.found_in(&search_text(entry)))
    }

    /// The conditions in words. `named` knows the operators' names.
    #[must_use]
    pub fn conditions(&self, named: impl Fn(Uuid) -> Option<String>) -> Vec<Condition<Self>> {
        let mut conditions = Vec::new();
        let mut add = |verb, object, without| conditions.push(Condition { verb, object, without });
        if !self.needle.is_empty() {
            let verb = Needle::parse(&self.needle).verb();
            add(verb, format!("“{}”", self.needle), Self { needle: String::new(), ..self.clone() });
        }
        if let Some(by) = self.by {
            let who = if by.is_nil() { "no operator".to_owned() } else { named(by).unwrap_or_else(|| "one operator".to_owned()) };
            add("done by", who, Self { by: None, ..self.clone() });
        }
        if let Some(kind) = self.kind {
            add("about", kind.label().into(), Self { kind: None, ..self.clone() });
        }
        if let Some(group) = self.group {
            add("action is", group.label().into(), Self { group: None, ..self.clone() });
        }
        if let Some(from) = self.from {
            add("from", format!("{from} UTC"), Self { from: None, ..self.clone() });
        }
        if let Some(to) = self.to {
            add("until", format!("{to} UTC"), Self { to: None, ..self.clone() });
        }
        conditions
    }
}

/// What the filter box looks in: every field folded, each line with a blank before it, so that each word has one. The same as
/// `audit_search_text` of the database, before it is put in letters (migration 0016).
#[must_use]
pub fn search_text(entry: Filtered<'_>) -> String {
    let Filtered { who, address, action, kind, subject, .. } = entry;
    let lines = [who, address.unwrap_or_default(), action, kind, subject].join("\n");
    fold(&format!(" {}", lines.replace('\n', "\n ")))
}

/// The state of the page.
pub type AuditQuery = Timeline<AuditFilter>;

impl AuditQuery {
    /// The address of the file with all entries of the choice.
    #[must_use]
    pub fn to_file(&self) -> String {
        Self::of(self.filter.clone()).address_of("/audit/export.csv")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::{option, sample};

    use super::super::timeline::TimePlace;
    use super::*;

    const MARTA: Uuid = Uuid::from_u128(0x0199_d1c0_0000_7000_8000_0000_0000_0001);

    const DISABLED: Filtered<'static> = Filtered {
        who: "Marta Gallo",
        by: Some(MARTA),
        address: Some("203.0.113.7"),
        action: "disabled",
        kind: "account",
        subject: "Niccolò D’Este, 2086693379",
        at: 1_795_824_000_000_000,
    };

    fn filter(pairs: &[(&str, &str)]) -> AuditFilter {
        AuditQuery::from_query(pairs.iter().copied()).filter
    }

    fn takes(pairs: &[(&str, &str)], entry: Filtered<'_>) -> bool {
        let filter = filter(pairs);
        filter.takes(&Needle::parse(&filter.needle), entry)
    }

    #[test]
    fn every_condition_has_to_fit() {
        let marta = MARTA.to_string();
        for fitting in [
            ("q", "gallo 208669"),
            ("q", "203.0.113.7 niccolo"),
            ("q", "disabled account"),
            ("by", marta.as_str()),
            ("kind", "account"),
            ("action", "changed"),
            ("from", "2026-11-28"),
            ("to", "2026-11-28"),
            ("kind", "nonsense"),
        ] {
            assert!(takes(&[fitting], DISABLED), "{fitting:?}");
        }
        for other in
            [("q", "rossi"), ("by", NOBODY), ("kind", "group"), ("action", "deleted"), ("from", "2026-11-29"), ("to", "2026-11-27")]
        {
            assert!(!takes(&[("q", "marta"), other], DISABLED), "{other:?}");
        }
        assert!(takes(&[("by", NOBODY)], Filtered { by: None, who: "The user", ..DISABLED }));
    }

    #[test]
    fn conditions_are_told_and_can_be_taken_away_one_by_one() {
        let marta = MARTA.to_string();
        let all = [("q", "ad"), ("by", &*marta), ("kind", "session"), ("action", "sign_in"), ("from", "2026-11-01"), ("to", "2026-11-28")];
        let mut left = filter(&all);
        let named = |id| (id == MARTA).then(|| "Marta Gallo".to_owned());
        let told: Vec<String> = left.conditions(named).iter().map(|condition| format!("{} {}", condition.verb, condition.object)).collect();
        let expected = [
            "a word begins with “ad”",
            "done by Marta Gallo",
            "about Sessions",
            "action is Signing in",
            "from 2026-11-01 UTC",
            "until 2026-11-28 UTC",
        ];
        assert_eq!(told, expected);
        while let Some(condition) = left.conditions(named).pop() {
            assert_eq!(condition.without.conditions(named).len() + 1, left.conditions(named).len());
            left = condition.without;
        }
        assert_eq!(left, AuditFilter::default());
        assert_eq!(filter(&[("by", NOBODY)]).conditions(named)[0].object, "no operator");
    }

    #[test]
    fn nonsense_is_dropped_and_what_a_client_sends_is_bounded() {
        let nil = Uuid::nil().to_string();
        let nonsense =
            [("q", "\0"), ("by", "x"), ("by", &*nil), ("kind", "x"), ("action", ""), ("from", "1.1.2026"), ("before", "x.1"), ("utm", "x")];
        assert_eq!(AuditQuery::from_query(nonsense), AuditQuery::default());
        assert_eq!((AuditQuery::default().to_address(), AuditQuery::default().to_file()), ("/audit".into(), "/audit/export.csv".into()));
        let sent: AuditFilter = serde_json::from_str(r#"{"needle":" a\u0000b "}"#).unwrap();
        assert_eq!(sent.needle, "ab");
        for refused in [r#"{"operator":"x"}"#, r#"{"from":"2026-02-30"}"#, r#"{"kind":"x"}"#] {
            assert!(serde_json::from_str::<AuditFilter>(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn the_file_has_the_whole_choice() {
        let query = AuditQuery { filter: filter(&[("kind", "group")]), before: Some(TimePlace { at: 1, id: MARTA }) };
        assert_eq!(query.to_file(), "/audit/export.csv?kind=group");
    }

    proptest! {
        #[test]
        fn every_query_survives_its_address_and_its_call(
            words in "[a-z+%&=. ]{0,20}",
            by in option::of(any::<u128>()),
            kind in option::of(sample::select(&AuditKind::ALL[..])),
            group in option::of(sample::select(&AuditGroup::ALL[..])),
            days in option::of((1970..=9999i32, 1..=12u8, 1..=28u8)),
            before in option::of((any::<i64>(), any::<u128>())),
        ) {
            let day = days.and_then(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}").parse().ok());
            let before = before.map(|(at, id)| TimePlace { at, id: Uuid::from_u128(id) });
            let filter = AuditFilter { needle: tidy(&words), by: by.map(Uuid::from_u128), kind, group, from: day, to: day };
            let query = AuditQuery { filter, before };
            let address = query.to_address();
            let pairs: Vec<(String, String)> = address.split_once('?').map(|(_, pairs)| pairs).unwrap_or_default().split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (name.to_owned(), decoded(value)))
                .collect();
            prop_assert_eq!(AuditQuery::from_query(pairs), query.clone());
            let sent = serde_json::to_string(&query).unwrap();
            prop_assert_eq!(serde_json::from_str::<AuditQuery>(&sent).unwrap(), query);
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
