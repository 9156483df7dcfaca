//! Deny and Permit: which addresses a SNOM phone may register from, judged exactly as Asterisk's
//! `main/acl.c` does.

mod address;
mod answer;
mod network;
mod rule;
mod warning;

use std::net::IpAddr;

pub use address::{AddressError, NotAnAddress, parse_address};
pub use answer::Answer;
pub use network::Network;
pub use rule::{Rule, RuleError, RuleProblem};
pub use warning::AclWarning;

/// The rules of one account. Deny rules are walked first, then permit rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acl {
    /// The rules of the Deny field, in its order.
    pub deny: Vec<Rule>,
    /// The rules of the Permit field, in its order.
    pub permit: Vec<Rule>,
}

/// What is wrong with each field; at least one of them is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AclErrors {
    /// The refused rules of the Deny field.
    pub deny: Vec<RuleError>,
    /// The refused rules of the Permit field.
    pub permit: Vec<RuleError>,
}

/// What a rule does to an address that it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Refuses it.
    Deny,
    /// Allows it.
    Permit,
}

/// The answer for one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the address gets in.
    pub allowed: bool,
    /// The last rule that matches it; `None` when none does, which allows.
    pub by: Option<Deciding>,
}

/// The rule that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deciding {
    /// Its place from 1 on, over the deny rules and then the permit rules.
    pub number: usize,
    /// What it does.
    pub action: Action,
    /// The rule.
    pub rule: Rule,
}

/// The most rules that one field takes; a phone on a LAN needs a handful.
pub const MAX_RULES: usize = 100;

impl Action {
    /// `deny` or `permit`, as the SIP server's configuration has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Permit => "permit",
        }
    }
}

impl Acl {
    /// Takes the two fields: rules separated by line breaks or commas, blanks around them and empty
    /// ones dropped.
    ///
    /// # Errors
    /// Every refused rule with its reason.
    pub fn parse(deny: &str, permit: &str) -> Result<Self, AclErrors> {
        match (rules(deny), rules(permit)) {
            (Ok(deny), Ok(permit)) => Ok(Self { deny, permit }),
            (deny, permit) => Err(AclErrors { deny: deny.err().unwrap_or_default(), permit: permit.err().unwrap_or_default() }),
        }
    }

    /// Every rule with its number and action, in the order in which they are walked.
    pub fn rules(&self) -> impl Iterator<Item = (usize, Action, &Rule)> {
        let deny = self.deny.iter().map(|rule| (Action::Deny, rule));
        let permit = self.permit.iter().map(|rule| (Action::Permit, rule));
        deny.chain(permit).zip(1..).map(|((action, rule), number)| (number, action, rule))
    }

    /// Whether an address gets in: the last rule that matches decides, and no match allows. An
    /// IPv4-mapped address is judged as IPv4.
    #[must_use]
    pub fn decide(&self, address: IpAddr) -> Decision {
        let address = address.to_canonical();
        let last = self.rules().filter(|(_, _, rule)| rule.contains(address)).last();
        Decision {
            allowed: last.is_none_or(|(_, action, _)| action == Action::Permit),
            by: last.map(|(number, action, rule)| Deciding { number, action, rule: rule.clone() }),
        }
    }
}

impl AclErrors {
    /// The message under a field: the first refused rules, and how many more there are. `None`
    /// without errors.
    #[must_use]
    pub fn message(errors: &[RuleError]) -> Option<String> {
        const SHOWN: usize = 3;
        let mut sentences: Vec<String> = errors.iter().take(SHOWN).map(ToString::to_string).collect();
        match errors.len().saturating_sub(SHOWN) {
            0 => {}
            1 => sentences.push("One more is refused as well.".to_owned()),
            more => sentences.push(format!("{more} more are refused as well.")),
        }
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }
}

fn rules(text: &str) -> Result<Vec<Rule>, Vec<RuleError>> {
    let pieces = text.split(['\n', '\r', ',']).map(str::trim).filter(|piece| !piece.is_empty());
    let mut rules = Vec::new();
    let mut errors = Vec::new();
    for (at, piece) in pieces.enumerate() {
        if at == MAX_RULES {
            errors.push(RuleError::new(piece, RuleProblem::TooMany));
            break;
        }
        match Rule::parse(piece) {
            Ok(rule) => rules.push(rule),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

#[cfg(test)]
mod tests;
