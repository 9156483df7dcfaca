//! What the Account List shows: filter, order and page, as its address has them.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::query_string;
use super::unknown::UnknownWord;

/// A column by which the list can be sorted. SQL takes its column from here and from nowhere else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountSort {
    Owner,
    Username,
    Number,
    Type,
    Security,
    Enabled,
    Status,
    #[default]
    StatusDate,
}

/// The state of the list, newest change first unless told otherwise. However it arrives, the bounds
/// of its fields hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Sent")]
pub struct AccountQuery {
    /// Only this group's accounts.
    pub group: Option<Uuid>,
    /// What is in the filter box: at most 100 characters, no control characters, no white space
    /// around.
    pub needle: String,
    /// The column of the order.
    pub sort: AccountSort,
    /// Whether the order is turned round.
    pub descending: bool,
    /// From 1 on.
    pub page: u32,
}

/// A query as a client may send it, its bounds not yet seen to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    group: Option<Uuid>,
    #[serde(default)]
    needle: String,
    sort: AccountSort,
    descending: bool,
    page: u32,
}

const NEEDLE_MAX: usize = 100;
const WORDS_MAX: usize = 8;

impl AccountSort {
    /// Every column, in the order of the table.
    pub const ALL: [Self; 8] =
        [Self::Owner, Self::Username, Self::Number, Self::Type, Self::Security, Self::Enabled, Self::Status, Self::StatusDate];

    /// The column's name in the address.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Username => "username",
            Self::Number => "number",
            Self::Type => "type",
            Self::Security => "security",
            Self::Enabled => "enabled",
            Self::Status => "status",
            Self::StatusDate => "status_date",
        }
    }

    /// Whether the column is first sorted downwards: dates are, texts are not.
    #[must_use]
    pub const fn is_descending_at_first(self) -> bool {
        matches!(self, Self::StatusDate)
    }
}

impl FromStr for AccountSort {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

impl Default for AccountQuery {
    fn default() -> Self {
        let sort = AccountSort::default();
        Self { group: None, needle: String::new(), sort, descending: sort.is_descending_at_first(), page: 1 }
    }
}

impl AccountQuery {
    /// Reads the decoded pairs of an address (`group`, `q`, `sort`, `dir`, `page`). What is
    /// nonsense or unknown is passed over.
    pub fn from_query<K: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut query = Self::default();
        let mut descending = None;
        for (name, value) in pairs {
            let value = value.as_ref();
            match name.as_ref() {
                "group" => query.group = value.parse().ok(),
                "q" => query.needle = needle(value),
                "sort" => query.sort = value.parse().unwrap_or_default(),
                "dir" => descending = direction(value),
                "page" => query.page = value.parse().ok().filter(|page| *page > 0).unwrap_or(1),
                _ => {}
            }
        }
        query.descending = descending.unwrap_or(query.sort.is_descending_at_first());
        query
    }

    /// The part of the address after `?`, percent-encoded, without what is as it is by default;
    /// empty for the default list.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut parts = Vec::new();
        if let Some(group) = self.group {
            parts.push(format!("group={group}"));
        }
        if !self.needle.is_empty() {
            parts.push(format!("q={}", query_string::encode(&self.needle)));
        }
        if self.sort != AccountSort::default() {
            parts.push(format!("sort={}", self.sort.as_str()));
        }
        if self.descending != self.sort.is_descending_at_first() {
            parts.push(format!("dir={}", if self.descending { "desc" } else { "asc" }));
        }
        if self.page > 1 {
            parts.push(format!("page={}", self.page));
        }
        parts.join("&")
    }

    /// The words that an account must all contain, in lower case, at most 8.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        self.needle.split_whitespace().take(WORDS_MAX).map(str::to_lowercase).collect()
    }
}

impl From<Sent> for AccountQuery {
    fn from(sent: Sent) -> Self {
        let Sent { group, needle: typed, sort, descending, page } = sent;
        Self { group, needle: needle(&typed), sort, descending, page: page.max(1) }
    }
}

fn direction(value: &str) -> Option<bool> {
    match value {
        "desc" => Some(true),
        "asc" => Some(false),
        _ => None,
    }
}

fn needle(typed: &str) -> String {
    let kept: String = typed.trim().chars().filter(|character| !character.is_control()).take(NEEDLE_MAX).collect();
    kept.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GROUP: &str = "01932c07-209d-7aa4-8b55-4d2d4f0fa8a1";

    /// Decodes as a URL parser would.
    fn decoded(query: &str) -> Vec<(String, String)> {
        let decode = |text: &str| {
            let mut bytes = Vec::new();
            let mut rest = text.as_bytes();
            while let Some((first, tail)) = rest.split_first() {
                if *first == b'%' {
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).unwrap());
                    rest = &tail[2..];
                } else {
                    bytes.push(*first);
                    rest = tail;
                }
            }
            String::from_utf8(bytes).unwrap()
        };
        query.split('&').filter_map(|part| part.split_once('=')).map(|(name, value)| (decode(name), decode(value))).collect()
    }

    #[test]
    fn the_default_list_has_a_bare_address() {
        assert_eq!(AccountQuery::default().to_query(), "");
        assert_eq!(AccountQuery::from_query([("", ""); 0]), AccountQuery::default());
        assert!(AccountQuery::default().descending);
    }

    #[test]
    fn an_address_is_read_and_written() {
        let query = AccountQuery::from_query([("group", GROUP), ("q", " Luca +39 "), ("sort", "owner"), ("dir", "desc"), ("page", "3")]);
        assert_eq!(query.to_query(), format!("group={GROUP}&q=Luca%20%2B39&sort=owner&dir=desc&page=3"));
        assert_eq!(query.words(), ["luca", "+39"]);
        assert_eq!(AccountQuery::from_query([("dir", "asc")]).to_query(), "dir=asc");
        assert!(!AccountQuery::from_query([("sort", "owner")]).descending);
    }

    #[test]
    fn nonsense_is_dropped() {
        let pairs = [("group", "x"), ("q", "\0"), ("sort", "1;drop"), ("dir", "up"), ("page", "0"), ("utm", "x")];
        assert_eq!(AccountQuery::from_query(pairs), AccountQuery::default());
        assert_eq!(AccountQuery::from_query([("page", "-1")]).page, 1);
    }

    #[test]
    fn needles_are_bounded() {
        let query = AccountQuery::from_query([("q", "wörd ".repeat(1_000))]);
        assert!(query.needle.chars().count() <= 100);
        assert_eq!(query.words().len(), 8);
    }

    #[test]
    fn what_a_client_sends_is_bounded_too() {
        let sent = r#"{"needle":" a\u0000b ","sort":"owner","descending":true,"page":0}"#;
        let query: AccountQuery = serde_json::from_str(sent).unwrap();
        assert_eq!((query.needle.as_str(), query.page), ("ab", 1));
        let again = serde_json::from_str(&serde_json::to_string(&query).unwrap()).unwrap();
        assert_eq!(query, again);
    }

    #[test]
    fn columns_lead_back() {
        for sort in AccountSort::ALL {
            assert_eq!(sort.as_str().parse(), Ok(sort));
        }
    }

    proptest! {
        #[test]
        fn every_query_survives_its_address(
            needle in "\\PC{0,30}",
            sort in proptest::sample::select(&AccountSort::ALL[..]),
            descending: bool,
            page in 1_u32..,
            has_group: bool,
        ) {
            let group = has_group.then(|| GROUP.parse().unwrap());
            let query = AccountQuery { group, needle: super::needle(&needle), sort, descending, page };
            prop_assert_eq!(AccountQuery::from_query(decoded(&query.to_query())), query);
        }
    }
}
