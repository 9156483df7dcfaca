//! What the Account List shows: filter, order and place in it, as its address has them.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::account_filter::AccountFilter;
use super::query_string::encode;
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

/// A screen that lists accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountScreen {
    /// Account List.
    All,
    /// Registered Accounts: those alone whose phone is registered.
    Registered,
}

/// How many rows the list shows at a time, and asks for at once while one scrolls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageSize {
    Small,
    #[default]
    Middle,
    Large,
}

/// A place in the list: between two rows, told by the one before or behind it. It stays where it is
/// when rows come and go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    #[default]
    Start,
    /// From this row on.
    At(Cursor),
    After(Cursor),
    Before(Cursor),
}

/// A row's place in an order: what it is sorted by, and its id for rows that are equal in that.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    pub key: SortKey,
    pub id: Uuid,
}

/// What a row is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortKey {
    Text(String),
    Flag(bool),
    /// A status' place in the life of an account.
    Rank(i16),
    /// Microseconds since 1970 UTC.
    Time(i64),
}

/// The state of the list, newest change first unless told otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountQuery {
    #[serde(default)]
    pub filter: AccountFilter,
    /// The column of the order.
    pub sort: AccountSort,
    /// Whether the order is turned round.
    pub descending: bool,
    #[serde(default)]
    pub place: Place,
    /// `None`: as the operator has last chosen.
    #[serde(default)]
    pub size: Option<PageSize>,
}

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

    /// The column's head (manual, figure 1).
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Username => "Username",
            Self::Number => "Virtual Phone Number",
            Self::Type => "Account type",
            Self::Security => "Security model",
            Self::Enabled => "Enabled",
            Self::Status => "Last Status",
            Self::StatusDate => "Last Status date",
        }
    }

    /// Whether the column is first sorted downwards: dates are, texts are not.
    #[must_use]
    pub const fn is_descending_at_first(self) -> bool {
        matches!(self, Self::StatusDate)
    }

    /// Reads a key of this column as [`SortKey::to_text`] writes it.
    fn key(self, text: &str) -> Option<SortKey> {
        Some(match self {
            Self::Owner | Self::Username | Self::Number | Self::Type | Self::Security => SortKey::Text(text.to_owned()),
            Self::Enabled => SortKey::Flag(text.parse().ok()?),
            Self::Status => SortKey::Rank(text.parse().ok()?),
            Self::StatusDate => SortKey::Time(text.parse().ok()?),
        })
    }
}

impl FromStr for AccountSort {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

impl AccountScreen {
    /// The address without a query.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::All => "/accounts",
            Self::Registered => "/registered",
        }
    }

    /// The columns by which it can be sorted, in the order of its table.
    #[must_use]
    pub const fn sorts(self) -> &'static [AccountSort] {
        match self {
            Self::All => &AccountSort::ALL,
            Self::Registered => &[AccountSort::Username, AccountSort::Owner, AccountSort::Number],
        }
    }

    const fn default_sort(self) -> AccountSort {
        match self {
            Self::All => AccountSort::StatusDate,
            Self::Registered => AccountSort::Owner,
        }
    }

    /// What remains of a filter when it is cleared: the group, and what the screen is about.
    #[must_use]
    pub fn cleared(self, filter: &AccountFilter) -> AccountFilter {
        AccountFilter { online: self == Self::Registered, ..filter.cleared() }
    }
}

impl PageSize {
    /// Every size, the smallest first.
    pub const ALL: [Self; 3] = [Self::Small, Self::Middle, Self::Large];

    /// The number of rows.
    #[must_use]
    pub const fn rows(self) -> usize {
        match self {
            Self::Small => 25,
            Self::Middle => 50,
            Self::Large => 100,
        }
    }

    /// The number of rows, as an address and a cookie hold it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Small => "25",
            Self::Middle => "50",
            Self::Large => "100",
        }
    }
}

impl FromStr for PageSize {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

impl SortKey {
    fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Flag(flag) => flag.to_string(),
            Self::Rank(rank) => rank.to_string(),
            Self::Time(time) => time.to_string(),
        }
    }

    /// Whether this can be a key of `sort`.
    #[must_use]
    pub const fn fits(&self, sort: AccountSort) -> bool {
        match self {
            Self::Text(_) => {
                matches!(sort, AccountSort::Owner | AccountSort::Username | AccountSort::Number | AccountSort::Type | AccountSort::Security)
            }
            Self::Flag(_) => matches!(sort, AccountSort::Enabled),
            Self::Rank(_) => matches!(sort, AccountSort::Status),
            Self::Time(_) => matches!(sort, AccountSort::StatusDate),
        }
    }
}

impl Place {
    fn read(sort: AccountSort, name: &str, value: &str) -> Option<Self> {
        let cursor = Cursor::parse(sort, value)?;
        match name {
            "at" => Some(Self::At(cursor)),
            "after" => Some(Self::After(cursor)),
            "before" => Some(Self::Before(cursor)),
            _ => None,
        }
    }

    fn to_pair(&self) -> Option<(&'static str, String)> {
        let (name, cursor) = match self {
            Self::Start => return None,
            Self::At(cursor) => ("at", cursor),
            Self::After(cursor) => ("after", cursor),
            Self::Before(cursor) => ("before", cursor),
        };
        Some((name, cursor.to_text()))
    }
}

impl Cursor {
    /// The form of an address: the id, a dot, the key.
    fn to_text(&self) -> String {
        format!("{}.{}", self.id, self.key.to_text())
    }

    fn parse(sort: AccountSort, text: &str) -> Option<Self> {
        let (id, key) = text.split_once('.')?;
        // No text that is sorted by is longer, and Postgres takes no NUL.
        let key: String = key.chars().filter(|character| *character != '\0').take(200).collect();
        Some(Self { key: sort.key(&key)?, id: id.parse().ok()? })
    }
}

impl Default for AccountQuery {
    fn default() -> Self {
        let sort = AccountSort::default();
        Self { filter: AccountFilter::default(), sort, descending: sort.is_descending_at_first(), place: Place::Start, size: None }
    }
}

impl AccountQuery {
    /// Reads the decoded pairs of an address of the Account List. What is nonsense or unknown is passed over.
    pub fn from_query<K: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::of_screen(AccountScreen::All, pairs)
    }

    /// Reads the decoded pairs of an address of a screen.
    pub fn of_screen<K: AsRef<str>, V: AsRef<str>>(screen: AccountScreen, pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut query = Self { sort: screen.default_sort(), ..Self::default() };
        let (mut descending, mut place) = (None, None);
        for (name, value) in pairs {
            let value = value.as_ref();
            match name.as_ref() {
                "sort" => {
                    let sort = value.parse().ok().filter(|sort| screen.sorts().contains(sort));
                    query.sort = sort.unwrap_or(screen.default_sort());
                }
                "dir" => descending = direction(value),
                "size" => query.size = value.parse().ok(),
                "at" | "after" | "before" => place = Some((name.as_ref().to_owned(), value.to_owned())),
                name => query.filter.read(name, value),
            }
        }
        query.filter.online |= screen == AccountScreen::Registered;
        query.descending = descending.unwrap_or(query.sort.is_descending_at_first());
        query.place = place.and_then(|(name, value)| Place::read(query.sort, &name, &value)).unwrap_or_default();
        query
    }

    /// The part of the address after `?` on a screen, percent-encoded, without what is as it is by default there; empty for the
    /// default list.
    #[must_use]
    pub fn to_query(&self, screen: AccountScreen) -> String {
        let place = self.place.to_pair();
        let pairs = self.to_pairs_from_start(screen).into_iter().chain(place);
        let parts: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", encode(&value))).collect();
        parts.join("&")
    }

    /// The pairs of the same list from its start, decoded: what a form carries along.
    #[must_use]
    pub fn to_pairs_from_start(&self, screen: AccountScreen) -> Vec<(&'static str, String)> {
        let mut pairs = self.filter.to_pairs();
        if screen == AccountScreen::Registered {
            pairs.retain(|(name, _)| *name != "online");
        }
        if self.sort != screen.default_sort() {
            pairs.push(("sort", self.sort.as_str().to_owned()));
        }
        if self.descending != self.sort.is_descending_at_first() {
            pairs.push(("dir", if self.descending { "desc" } else { "asc" }.to_owned()));
        }
        if let Some(size) = self.size {
            pairs.push(("size", size.as_str().to_owned()));
        }
        pairs
    }

    /// The address of a screen in this state.
    #[must_use]
    pub fn to_address(&self, screen: AccountScreen) -> String {
        let (path, query) = (screen.path(), self.to_query(screen));
        if query.is_empty() { path.into() } else { format!("{path}?{query}") }
    }

    /// The same list from its start.
    #[must_use]
    pub fn from_start(&self) -> Self {
        self.at(Place::Start)
    }

    /// The same list at another place.
    #[must_use]
    pub fn at(&self, place: Place) -> Self {
        Self { place, ..self.clone() }
    }

    /// The same order of other accounts, from the start.
    #[must_use]
    pub fn with_filter(&self, filter: AccountFilter) -> Self {
        Self { filter, ..self.from_start() }
    }
}

fn direction(value: &str) -> Option<bool> {
    match value {
        "desc" => Some(true),
        "asc" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::account_status::AccountStatus;
    use crate::domain::account_type::{AccountType, SecurityModel};

    const GROUP: &str = "0199d1c0-0000-7000-8000-000000000001";

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
        assert_eq!(AccountQuery::default().to_address(AccountScreen::All), "/accounts");
        assert_eq!(AccountQuery::from_query([("", ""); 0]), AccountQuery::default());
        assert!(AccountQuery::default().descending);
    }

    #[test]
    fn an_address_is_read_and_written() {
        let pairs = [
            ("group", GROUP),
            ("q", " Luca +39 "),
            ("type", "PGSM"),
            ("status", "created"),
            ("sort", "owner"),
            ("dir", "desc"),
            ("size", "100"),
        ];
        let query = AccountQuery::from_query(pairs);
        assert_eq!(
            query.to_query(AccountScreen::All),
            format!("group={GROUP}&q=Luca%20%2B39&type=PGSM&status=created&sort=owner&dir=desc&size=100")
        );
        assert_eq!(AccountQuery::from_query([("dir", "asc")]).to_query(AccountScreen::All), "dir=asc");
        assert!(!AccountQuery::from_query([("sort", "owner")]).descending);
    }

    #[test]
    fn nonsense_is_dropped() {
        let pairs = [("group", "x"), ("sort", "1;drop"), ("dir", "up"), ("size", "51"), ("after", "x"), ("before", ".1"), ("page", "2")];
        assert_eq!(AccountQuery::from_query(pairs), AccountQuery::default());
        let wrong_key = format!("{GROUP}.yesterday");
        assert_eq!(AccountQuery::from_query([("after", wrong_key.as_str())]).place, Place::Start);
        assert!(matches!(AccountQuery::from_query([("sort", "owner"), ("after", wrong_key.as_str())]).place, Place::After(_)));
    }

    #[test]
    fn registered_accounts_are_those_online_by_owner() {
        let screen = AccountScreen::Registered;
        let query = AccountQuery::of_screen(screen, [("", ""); 0]);
        assert!(query.filter.online && query.sort == AccountSort::Owner && !query.descending);
        assert_eq!(query.to_address(screen), "/registered");
        assert_eq!(query.to_address(AccountScreen::All), "/accounts?online=true&sort=owner");
        assert_eq!(
            AccountQuery::of_screen(screen, [("sort", "status"), ("online", "false")]),
            query,
            "it has no such column, and no others"
        );
        let filtered = AccountQuery::of_screen(screen, [("q", "ada"), ("group", GROUP), ("sort", "number"), ("dir", "desc")]);
        assert_eq!(filtered.to_address(screen), format!("/registered?group={GROUP}&q=ada&sort=number&dir=desc"));
        let cleared = screen.cleared(&filtered.filter);
        assert!(cleared.online && cleared.group.is_some() && cleared.needle.is_empty());
        assert!(!AccountScreen::All.cleared(&filtered.filter).online);
    }

    #[test]
    fn columns_and_sizes_lead_back() {
        for sort in AccountSort::ALL {
            assert_eq!(sort.as_str().parse(), Ok(sort));
        }
        for size in PageSize::ALL {
            assert_eq!((size.as_str().parse(), size.as_str()), (Ok(size), size.rows().to_string().as_str()));
        }
    }

    fn key(sort: AccountSort) -> BoxedStrategy<SortKey> {
        match sort {
            AccountSort::Enabled => any::<bool>().prop_map(SortKey::Flag).boxed(),
            AccountSort::Status => any::<i16>().prop_map(SortKey::Rank).boxed(),
            AccountSort::StatusDate => any::<i64>().prop_map(SortKey::Time).boxed(),
            _ => "[^\0]{0,30}".prop_map(SortKey::Text).boxed(),
        }
    }

    fn place(sort: AccountSort) -> impl Strategy<Value = Place> {
        (key(sort), any::<u128>(), 0..4).prop_map(|(key, id, which)| {
            let cursor = Cursor { key, id: Uuid::from_u128(id) };
            match which {
                0 => Place::Start,
                1 => Place::At(cursor),
                2 => Place::After(cursor),
                _ => Place::Before(cursor),
            }
        })
    }

    fn filter() -> impl Strategy<Value = AccountFilter> {
        use proptest::option::of;
        use proptest::sample::{select, subsequence};
        let facets = (of(select(&AccountType::ALL[..])), of(select(&SecurityModel::ALL[..])), of(any::<bool>()), any::<(bool, bool)>());
        ((of(any::<u128>()), of(any::<u128>())), "\\PC{0,30}", facets, subsequence(AccountStatus::ALL.to_vec(), 0..6)).prop_map(
            |((group, batch), needle, (account_type, security, enabled, (online, outdated)), statuses)| AccountFilter {
                group: group.map(Uuid::from_u128),
                batch: batch.map(Uuid::from_u128),
                needle: crate::domain::needle::tidy(&needle),
                account_type,
                security,
                enabled,
                statuses,
                online,
                outdated,
            },
        )
    }

    proptest! {
        #[test]
        fn every_query_survives_its_address_and_its_call(
            filter in filter(),
            (sort, place) in proptest::sample::select(&AccountSort::ALL[..]).prop_flat_map(|sort| (Just(sort), place(sort))),
            descending: bool,
            size in proptest::option::of(proptest::sample::select(&PageSize::ALL[..])),
        ) {
            let screen = AccountScreen::All;
            let query = AccountQuery { filter, sort, descending, place, size };
            prop_assert_eq!(AccountQuery::from_query(decoded(&query.to_query(screen))), query.clone());
            let sent = serde_json::to_string(&query).unwrap();
            prop_assert_eq!(serde_json::from_str::<AccountQuery>(&sent).unwrap(), query);
        }
    }
}
