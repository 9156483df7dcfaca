//! "Would this address get in?", answered in words.

use super::{Action, Decision};

/// What the address box of the account form says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// `Allowed` or `Refused`.
    pub verdict: &'static str,
    /// `by rule 2`; empty when no rule matches.
    pub by: String,
    /// The reason, as a sentence or what one begins with.
    pub why: String,
}

impl Action {
    /// What is said of an address that it was done to.
    const fn verdict(self) -> &'static str {
        match self {
            Self::Deny => "Refused",
            Self::Permit => "Allowed",
        }
    }
}

impl Decision {
    /// The decision in words.
    #[must_use]
    pub fn answer(&self) -> Answer {
        match &self.by {
            Some(by) => Answer {
                verdict: by.action.verdict(),
                by: format!("by rule {}", by.number),
                why: format!("{} {} is the last rule that matches", by.action.as_str(), by.rule.network()),
            },
            None => {
                Answer { verdict: Action::Permit.verdict(), by: String::new(), why: "No rule matches, and no match allows.".to_owned() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::acl::{Acl, parse_address};

    fn answer(address: &str) -> (&'static str, String, String) {
        let acl = Acl::parse("0.0.0.0/0", "192.168.0.38/255.255.255.0").unwrap();
        let answer = acl.decide(parse_address(address).unwrap()).answer();
        (answer.verdict, answer.by, answer.why)
    }

    #[test]
    fn the_rule_that_decides_is_named() {
        assert_eq!(answer("192.168.0.77"), ("Allowed", "by rule 2".into(), "permit 192.168.0.0/24 is the last rule that matches".into()));
        assert_eq!(answer("8.8.8.8"), ("Refused", "by rule 1".into(), "deny 0.0.0.0/0 is the last rule that matches".into()));
        assert_eq!(answer("2001:db8::1"), ("Allowed", String::new(), "No rule matches, and no match allows.".into()));
    }
}
