//! Which accounts: what is typed into the filter box, and the facets.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::account_status::AccountStatus;
use super::account_type::{AccountType, SecurityModel};
use super::condition::Condition;
use super::fold::fold;
use super::needle::{Needle, tidy};

/// How an address says that passwords are of another SIP domain.
const OUTDATED: &str = "outdated";

/// A choice of accounts; the default is all of them. However it arrives, the bounds of its fields
/// hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Sent")]
pub struct AccountFilter {
    /// Only this group's accounts.
    pub group: Option<Uuid>,
    /// Only the accounts that this batch has made.
    pub batch: Option<Uuid>,
    /// What is in the filter box: at most 100 characters, no control characters, no white space
    /// around.
    pub needle: String,
    pub account_type: Option<AccountType>,
    pub security: Option<SecurityModel>,
    pub enabled: Option<bool>,
    /// Any of these, in the order of life, each once; empty: any at all.
    pub statuses: Vec<AccountStatus>,
    /// Only accounts whose phone is registered now.
    pub online: bool,
    /// Only accounts whose password was made for another SIP domain than the one in force.
    pub outdated: bool,
}

/// A filter as a client may send it, its bounds not yet seen to.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sent {
    group: Option<Uuid>,
    batch: Option<Uuid>,
    needle: String,
    account_type: Option<AccountType>,
    security: Option<SecurityModel>,
    enabled: Option<bool>,
    statuses: Vec<AccountStatus>,
    online: bool,
    outdated: bool,
}

impl From<Sent> for AccountFilter {
    fn from(sent: Sent) -> Self {
        let Sent { group, batch, needle, account_type, security, enabled, statuses, online, outdated } = sent;
        let (needle, statuses) = (tidy(&needle), in_order(&statuses));
        Self { group, batch, needle, account_type, security, enabled, statuses, online, outdated }
    }
}

fn in_order(statuses: &[AccountStatus]) -> Vec<AccountStatus> {
    AccountStatus::ALL.into_iter().filter(|status| statuses.contains(status)).collect()
}

/// What the filter looks at in one account.
#[derive(Clone, Copy, Debug)]
pub struct Filtered<'a> {
    pub owner: Option<&'a str>,
    pub username: &'a str,
    pub number: &'a str,
    pub email: Option<&'a str>,
    pub description: Option<&'a str>,
    pub account_type: AccountType,
    pub security: SecurityModel,
    pub enabled: bool,
    pub status: AccountStatus,
    pub online: bool,
}

impl AccountFilter {
    /// Takes one decoded pair of an address. What is nonsense is passed over.
    pub fn read(&mut self, name: &str, value: &str) {
        match name {
            "group" => self.group = value.parse().ok(),
            "batch" => self.batch = value.parse().ok(),
            "q" => self.needle = tidy(value),
            "type" => self.account_type = value.parse().ok(),
            "security" => self.security = value.parse().ok(),
            "enabled" => self.enabled = value.parse().ok(),
            "online" => self.online = value == "true",
            "password" => self.outdated = value == OUTDATED,
            // Once with commas, or once each, as a form sends its boxes.
            "status" => {
                let named = value.split(',').filter_map(|word| word.parse().ok());
                let all: Vec<AccountStatus> = self.statuses.iter().copied().chain(named).collect();
                self.statuses = in_order(&all);
            }
            _ => {}
        }
    }

    /// The pairs that an address holds this filter in; none for all accounts.
    #[must_use]
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        let statuses: Vec<&str> = self.statuses.iter().map(|status| status.as_str()).collect();
        let pairs = [
            ("group", self.group.map(|group| group.to_string())),
            ("batch", self.batch.map(|batch| batch.to_string())),
            ("q", (!self.needle.is_empty()).then(|| self.needle.clone())),
            ("type", self.account_type.map(|kind| kind.as_str().to_owned())),
            ("security", self.security.map(|model| model.as_str().to_owned())),
            ("enabled", self.enabled.map(|enabled| enabled.to_string())),
            ("status", (!statuses.is_empty()).then(|| statuses.join(","))),
            ("online", self.online.then(|| "true".to_owned())),
            ("password", self.outdated.then(|| OUTDATED.to_owned())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// Only the group: what remains when the filter is cleared.
    #[must_use]
    pub fn cleared(&self) -> Self {
        Self { group: self.group, ..Self::default() }
    }

    /// Whether more than the group narrows the choice.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        *self != self.cleared()
    }

    /// The same choice with the facets that follow from others: a SNOM is always SDES, so that ZRTP is
    /// always a PGSM.
    #[must_use]
    pub fn with_implied(&self) -> Self {
        let security = self.security.or((self.account_type == Some(AccountType::Snom)).then_some(SecurityModel::Sdes));
        let account_type = self.account_type.or((self.security == Some(SecurityModel::Zrtp)).then_some(AccountType::Pgsm));
        Self { account_type, security, ..self.clone() }
    }

    /// Whether an account of the filter's group and batch is among the chosen. Of its password nobody but the database knows.
    #[must_use]
    pub fn takes(&self, account: Filtered<'_>) -> bool {
        self.takes_with(&Needle::parse(&self.needle), account)
    }

    /// The same for many accounts: `needle` is the filter's own, read once.
    #[must_use]
    pub fn takes_with(&self, needle: &Needle, account: Filtered<'_>) -> bool {
        self.account_type.is_none_or(|kind| kind == account.account_type)
            && self.security.is_none_or(|model| model == account.security)
            && self.enabled.is_none_or(|enabled| enabled == account.enabled)
            && (self.statuses.is_empty() || self.statuses.contains(&account.status))
            && (!self.online || account.online)
            && (needle.is_empty() || needle.found_in(&search_text(account)))
    }

    /// The conditions besides the group, in words.
    #[must_use]
    pub fn conditions(&self) -> Vec<Condition<Self>> {
        let mut conditions = Vec::new();
        let mut add = |verb, object, without| conditions.push(Condition { verb, object, without });
        if self.batch.is_some() {
            add("comes from", "one batch".into(), Self { batch: None, ..self.clone() });
        }
        if !self.needle.is_empty() {
            let verb = Needle::parse(&self.needle).verb();
            add(verb, format!("“{}”", self.needle), Self { needle: String::new(), ..self.clone() });
        }
        if let Some(kind) = self.account_type {
            add("type is", kind.as_str().into(), Self { account_type: None, ..self.clone() });
        }
        if let Some(model) = self.security {
            add("security is", model.as_str().into(), Self { security: None, ..self.clone() });
        }
        if let Some(enabled) = self.enabled {
            add("enabled is", enabled.to_string(), Self { enabled: None, ..self.clone() });
        }
        for status in &self.statuses {
            let verb = if self.statuses[0] == *status { "status is" } else { "or" };
            let statuses = self.statuses.iter().copied().filter(|other| other != status).collect();
            add(verb, status.label().into(), Self { statuses, ..self.clone() });
        }
        if self.online {
            add("phone is", "online".into(), Self { online: false, ..self.clone() });
        }
        if self.outdated {
            add("password is of", "another SIP domain".into(), Self { outdated: false, ..self.clone() });
        }
        conditions
    }
}

/// What the filter box looks in: every field folded, each line with a blank before it, so that each word has one. The
/// same as `account_search_text` of the database, before it is put in letters (migration 0005).
#[must_use]
pub fn search_text(account: Filtered<'_>) -> String {
    let Filtered { owner, username, number, email, description, .. } = account;
    let lines = [owner.unwrap_or_default(), username, number, email.unwrap_or_default(), description.unwrap_or_default()].join("\n");
    fold(&format!(" {}", lines.replace('\n', "\n ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: Filtered<'static> = Filtered {
        owner: Some("Ada Bianchi"),
        username: "3204",
        number: "+393204471902",
        email: None,
        description: Some("100% of_the time\nstanza 4"),
        account_type: AccountType::Snom,
        security: SecurityModel::Sdes,
        enabled: true,
        status: AccountStatus::Connected,
        online: true,
    };

    fn filter(pairs: &[(&str, &str)]) -> AccountFilter {
        let mut filter = AccountFilter::default();
        pairs.iter().for_each(|(name, value)| filter.read(name, value));
        filter
    }

    #[test]
    fn every_facet_has_to_fit() {
        assert!(AccountFilter::default().takes(ADA));
        for fitting in [
            ("type", "SNOM"),
            ("security", "SDES"),
            ("enabled", "true"),
            ("status", "created,connected"),
            ("online", "true"),
            ("q", "bianchi +39320"),
            ("q", "st 10"),
        ] {
            assert!(filter(&[fitting]).takes(ADA), "{fitting:?}");
        }
        for other in
            [("type", "PGSM"), ("security", "ZRTP"), ("enabled", "false"), ("status", "created"), ("q", "rossi"), ("q", "ianchi 99")]
        {
            assert!(!filter(&[other]).takes(ADA), "{other:?}");
        }
        assert!(!filter(&[("online", "true")]).takes(Filtered { online: false, ..ADA }));
    }

    #[test]
    fn what_follows_from_a_facet_changes_no_choice() {
        assert_eq!(filter(&[("type", "SNOM")]).with_implied(), filter(&[("type", "SNOM"), ("security", "SDES")]));
        assert_eq!(filter(&[("security", "ZRTP")]).with_implied(), filter(&[("type", "PGSM"), ("security", "ZRTP")]));
        for as_it_is in [&[("type", "PGSM")][..], &[("security", "SDES")], &[("type", "SNOM"), ("security", "ZRTP")], &[]] {
            assert_eq!(filter(as_it_is).with_implied(), filter(as_it_is));
        }
    }

    #[test]
    fn nonsense_is_dropped() {
        let nonsense = [
            ("group", "x"),
            ("q", "\0"),
            ("type", "snom"),
            ("security", ""),
            ("enabled", "1"),
            ("status", "x,,created; drop"),
            ("online", "1"),
            ("password", "old"),
            ("utm", "x"),
        ];
        assert_eq!(filter(&nonsense), AccountFilter::default());
        assert_eq!(
            filter(&[("status", "connected"), ("status", "created,nonsense,created")]).statuses,
            [AccountStatus::Created, AccountStatus::Connected]
        );
    }

    #[test]
    fn what_a_client_sends_is_bounded_too() {
        let sent = r#"{"needle":" a\u0000b ","statuses":["connected","created","connected"]}"#;
        let filter: AccountFilter = serde_json::from_str(sent).unwrap();
        assert_eq!((filter.needle.as_str(), filter.statuses.len()), ("ab", 2));
        let again: AccountFilter = serde_json::from_str(&serde_json::to_string(&filter).unwrap()).unwrap();
        assert_eq!(filter, again);
        assert!(serde_json::from_str::<AccountFilter>(r#"{"digest":"x"}"#).is_err());
    }

    #[test]
    fn conditions_are_told_and_can_be_taken_away_one_by_one() {
        let batch = "00000000-0000-7000-8000-000000000001";
        let mut left = filter(&[
            ("q", "zo"),
            ("batch", batch),
            ("type", "PGSM"),
            ("security", "ZRTP"),
            ("enabled", "false"),
            ("status", "created,installed"),
            ("online", "true"),
            ("password", "outdated"),
        ]);
        let told: Vec<String> = left.conditions().iter().map(|condition| format!("{} {}", condition.verb, condition.object)).collect();
        assert_eq!(
            told,
            [
                "comes from one batch",
                "a word begins with “zo”",
                "type is PGSM",
                "security is ZRTP",
                "enabled is false",
                "status is Created",
                "or Installed",
                "phone is online",
                "password is of another SIP domain"
            ]
        );
        while let Some(condition) = left.conditions().pop() {
            assert_eq!(condition.without.conditions().len() + 1, left.conditions().len());
            left = condition.without;
        }
        assert!(!left.is_filtered());
    }
}
