//! What people get wrong with rules that are valid.

use std::net::IpAddr;

use super::network::Network;
use super::{Acl, Rule};

/// Something to tell the operator beside the fields; the rules are saved all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AclWarning {
    /// Permit rules without a deny rule.
    PermitWithoutDeny,
    /// `0.0.0.0/0` is denied, `::/0` is not.
    Ipv6Open,
    /// `::/0` is denied, `0.0.0.0/0` is not.
    Ipv4Open,
    /// A later rule matches whatever this one does.
    DeadRule {
        /// The rule that never decides.
        number: usize,
        /// The last rule that covers it.
        by: usize,
    },
    /// The address from which the account is registered now would be refused.
    LocksOut(IpAddr),
    /// The longer of the two lists has so many characters, over the 95 that Asterisk's own
    /// `ps_endpoints` holds.
    LongForAsterisk(usize),
}

/// The width of `ps_endpoints.deny` and `.permit` in Asterisk's own schema.
const ASTERISK_COLUMN: usize = 95;

impl AclWarning {
    /// The warning in one short sentence.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        match self {
            Self::PermitWithoutDeny => "Permit alone restricts nothing.",
            Self::Ipv6Open => "IPv6 stays open.",
            Self::Ipv4Open => "IPv4 stays open.",
            Self::DeadRule { .. } => "One rule never decides.",
            Self::LocksOut(_) => "This locks the phone out.",
            Self::LongForAsterisk(_) => "Too long for Asterisk’s own tables.",
        }
    }

    /// What it means and what to do.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::PermitWithoutDeny => {
                "Without a Deny rule every address is allowed. Deny 0.0.0.0/0 and ::/0 to let in only what Permit lists.".to_owned()
            }
            Self::Ipv6Open => "0.0.0.0/0 denies every IPv4 address only. Deny ::/0 too.".to_owned(),
            Self::Ipv4Open => "::/0 denies every IPv6 address only. Deny 0.0.0.0/0 too.".to_owned(),
            Self::DeadRule { number, by } => {
                format!("Rule {by} comes later and matches every address of rule {number}. Remove rule {number}, or narrow rule {by}.")
            }
            Self::LocksOut(address) => {
                format!("The account is registered from {address} now, and these rules refuse that address.")
            }
            Self::LongForAsterisk(length) => format!(
                "The longer list has {length} characters; Asterisk’s deny and permit columns hold {ASTERISK_COLUMN}. It works here, but rows copied out by hand would be cut."
            ),
        }
    }

    /// The rule that mends it when it is added to Deny.
    #[must_use]
    pub const fn missing_deny(&self) -> Option<&'static str> {
        match self {
            Self::Ipv6Open => Some("::/0"),
            Self::Ipv4Open => Some("0.0.0.0/0"),
            _ => None,
        }
    }
}

impl Acl {
    /// The warnings, in the order in which the form shows them. `current` is the address from which
    /// the account is registered now.
    #[must_use]
    pub fn warnings(&self, current: Option<IpAddr>) -> Vec<AclWarning> {
        let denies = |network| self.deny.iter().any(|rule| *rule.block() == network);
        let opens = |network| self.permit.iter().any(|rule| *rule.block() == network);
        let mut warnings = Vec::new();
        if self.deny.is_empty() && !self.permit.is_empty() {
            warnings.push(AclWarning::PermitWithoutDeny);
        }
        if denies(Network::ALL_IPV4) && !denies(Network::ALL_IPV6) && !opens(Network::ALL_IPV6) {
            warnings.push(AclWarning::Ipv6Open);
        }
        if denies(Network::ALL_IPV6) && !denies(Network::ALL_IPV4) && !opens(Network::ALL_IPV4) {
            warnings.push(AclWarning::Ipv4Open);
        }
        warnings.extend(self.dead_rules());
        warnings.extend(
            current.map(|address| address.to_canonical()).filter(|address| !self.decide(*address).allowed).map(AclWarning::LocksOut),
        );
        let longest = joined_length(&self.deny).max(joined_length(&self.permit));
        if longest > ASTERISK_COLUMN {
            warnings.push(AclWarning::LongForAsterisk(longest));
        }
        warnings
    }

    fn dead_rules(&self) -> impl Iterator<Item = AclWarning> {
        self.rules().filter_map(|(number, _, rule)| {
            let covering = self.rules().filter(|(later, _, other)| *later > number && other.block().covers(rule.block()));
            covering.last().map(|(by, _, _)| AclWarning::DeadRule { number, by })
        })
    }
}

/// The length of a list as Asterisk has it: rules joined by a comma.
fn joined_length(rules: &[Rule]) -> usize {
    rules.iter().map(|rule| rule.cidr().len() + 1).sum::<usize>().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings(deny: &str, permit: &str, current: Option<&str>) -> Vec<AclWarning> {
        Acl::parse(deny, permit).unwrap().warnings(current.map(|address| address.parse().unwrap()))
    }

    #[test]
    fn good_rules_warn_of_nothing() {
        assert_eq!(warnings("", "", Some("8.8.8.8")), []);
        assert_eq!(warnings("0.0.0.0/0,::/0", "10.0.0.0/8", Some("10.0.0.1")), []);
        assert_eq!(warnings("192.168.0.38", "", None), []);
    }

    #[test]
    fn a_permit_alone_restricts_nothing() {
        assert_eq!(warnings("", "192.168.0.0/24", None), [AclWarning::PermitWithoutDeny]);
    }

    #[test]
    fn one_family_stays_open() {
        assert_eq!(warnings("0.0.0.0/0.0.0.0", "10.0.0.0/8", None), [AclWarning::Ipv6Open]);
        assert_eq!(warnings("::/0", "2001:db8::/32", None), [AclWarning::Ipv4Open]);
        assert_eq!(warnings("0.0.0.0/0", "::/0", None), []);
        assert_eq!(AclWarning::Ipv6Open.missing_deny(), Some("::/0"));
        assert_eq!(AclWarning::Ipv6Open.text(), "0.0.0.0/0 denies every IPv4 address only. Deny ::/0 too.");
    }

    #[test]
    fn a_rule_that_a_later_one_covers_is_dead() {
        assert_eq!(warnings("10.0.0.1\n10.0.0.0/8", "", None), [AclWarning::DeadRule { number: 1, by: 2 }]);
        assert_eq!(warnings("10.1.0.0/16", "10.0.0.0/8", None), [AclWarning::DeadRule { number: 1, by: 2 }]);
        assert_eq!(warnings("10.0.0.0/8\n10.0.0.1", "", None), []);
        assert_eq!(
            warnings("10.0.0.1,10.0.0.0/8", "10.0.0.0/7", None),
            [AclWarning::DeadRule { number: 1, by: 3 }, AclWarning::DeadRule { number: 2, by: 3 }]
        );
        assert_eq!(
            AclWarning::DeadRule { number: 1, by: 2 }.text(),
            "Rule 2 comes later and matches every address of rule 1. Remove rule 1, or narrow rule 2."
        );
    }

    #[test]
    fn the_phone_in_use_would_be_locked_out() {
        let address: IpAddr = "10.0.4.9".parse().unwrap();
        assert_eq!(warnings("0.0.0.0/0,::/0", "192.168.0.0/24", Some("10.0.4.9")), [AclWarning::LocksOut(address)]);
        assert_eq!(warnings("0.0.0.0/0,::/0", "", Some("::ffff:10.0.4.9")), [AclWarning::LocksOut(address)]);
        assert_eq!(
            AclWarning::LocksOut(address).text(),
            "The account is registered from 10.0.4.9 now, and these rules refuse that address."
        );
    }

    #[test]
    fn long_lists_are_told_to_those_who_copy_rows() {
        let six = ["10.10.10.1", "10.10.10.2", "10.10.10.3", "10.10.10.4", "10.10.10.5", "10.10.10.66"];
        assert_eq!(warnings(&six.join(","), "", None), []);
        let seven = format!("{},10.10.10.7", six.join(","));
        assert_eq!(warnings(&seven, "", None), [AclWarning::LongForAsterisk(98)]);
    }
}
