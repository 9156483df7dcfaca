//! One rule of Deny or Permit: what was written and which addresses it means.

use std::net::{IpAddr, Ipv4Addr};

use thiserror::Error;

use super::MAX_RULES;
use super::address::{AddressError, exact_address, ipv4, ipv6};
use super::network::{Network, prefix_of_mask, width};
use crate::domain::characters::shown;

/// A rule, written as `address`, `address/prefix` or `address/mask`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What the operator wrote.
    pub written: String,
    network: Network,
}

/// A refused rule; its text names the rule and the reason.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("“{written}”: {problem}.")]
pub struct RuleError {
    /// The rule, shortened if it is long.
    pub written: String,
    /// What is wrong with it.
    pub problem: RuleProblem,
}

/// Why a rule is refused; part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RuleProblem {
    /// Asterisk would read `!` as the opposite rule.
    #[error("leave out the “!”; the field says already whether the rule denies or permits")]
    Inverted,
    /// White space inside.
    #[error("write each rule on its own line, without blanks inside")]
    Blank,
    /// The part before the slash.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The part after the slash, where it is a mask.
    #[error("the mask is not valid: {0}")]
    Mask(AddressError),
    /// A second slash.
    #[error("only one “/” may stand in a rule")]
    TwoSlashes,
    /// Nothing after the slash.
    #[error("a prefix or a mask is missing after the “/”")]
    NoPrefix,
    /// A prefix with a minus sign.
    #[error("the prefix is below 0")]
    BelowZero,
    /// A prefix that is not plain digits.
    #[error("the prefix “{}” is not a plain number", shown(.0, 20))]
    NotANumber(String),
    /// A prefix over the width of the address.
    #[error("the prefix is over {}, the most that {} has", .0, if *.0 == 32 { "IPv4" } else { "IPv6" })]
    TooWide(u8),
    /// Ones after a zero.
    #[error("the mask has holes: a mask is ones followed by zeros, such as 255.255.255.0")]
    Holes,
    /// The mask turned round, as Cisco's access lists have it.
    #[error("this is a wildcard mask; write the network mask {0} instead")]
    Wildcard(Ipv4Addr),
    /// A mask of the other family.
    #[error("the address is {}; write a prefix or a mask of the same family", family(*.0))]
    OtherFamily(IpAddr),
    /// `::ffff:a.b.c.d/64` reaches beyond the addresses that are IPv4.
    #[error("an IPv4-mapped address takes a prefix of 96 to 128, not {0}; better write it as IPv4")]
    MappedPrefix(u8),
    /// One rule over the most.
    #[error("this is one rule too many; use at most {MAX_RULES} in a field")]
    TooMany,
}

impl RuleError {
    pub(super) fn new(written: &str, problem: RuleProblem) -> Self {
        Self { written: shown(written, 60), problem }
    }
}

impl Rule {
    pub(super) fn parse(written: &str) -> Result<Self, RuleError> {
        match network(written) {
            Ok(network) => Ok(Self { written: written.to_owned(), network }),
            Err(problem) => Err(RuleError::new(written, problem)),
        }
    }

    /// The canonical text: `192.168.0.0/24`, and a single host without prefix.
    #[must_use]
    pub fn network(&self) -> String {
        self.network.to_string()
    }

    /// The canonical text, always with its prefix, as Postgres' `cidr` and the SIP views have it.
    #[must_use]
    pub fn cidr(&self) -> String {
        self.network.cidr()
    }

    /// The block's size in words: `every IPv4 address`, `one address`, `256 addresses`.
    #[must_use]
    pub fn meaning(&self) -> String {
        self.network.meaning()
    }

    /// Whether the rule was written otherwise than its canonical text.
    #[must_use]
    pub fn is_rewritten(&self) -> bool {
        self.written != self.network() && self.written != self.cidr()
    }

    /// Whether the rule matches an address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.network.contains(address)
    }

    pub(super) const fn block(&self) -> &Network {
        &self.network
    }
}

fn network(written: &str) -> Result<Network, RuleProblem> {
    if written.starts_with('!') {
        return Err(RuleProblem::Inverted);
    }
    if written.contains(char::is_whitespace) {
        return Err(RuleProblem::Blank);
    }
    let (address, mask) = match written.split_once('/') {
        Some((address, mask)) => (address, Some(mask)),
        None => (written, None),
    };
    let as_written = exact_address(address)?;
    let address = as_written.to_canonical();
    let prefix = mask.map_or(Ok(width(address)), |mask| prefix(mask, as_written, address))?;
    Network::new(address, prefix).ok_or(RuleProblem::TooWide(width(address)))
}

/// The prefix that `mask` means for `address`, which is IPv4 where `as_written` is IPv4-mapped.
fn prefix(mask: &str, as_written: IpAddr, address: IpAddr) -> Result<u8, RuleProblem> {
    if mask.contains('/') {
        return Err(RuleProblem::TwoSlashes);
    }
    if mask.contains('.') && !mask.contains(':') {
        return if address.is_ipv4() { ipv4_mask(mask) } else { Err(RuleProblem::OtherFamily(address)) };
    }
    let bits = if mask.contains(':') {
        if as_written.is_ipv4() {
            return Err(RuleProblem::OtherFamily(as_written));
        }
        ipv6_mask(mask)?
    } else {
        plain_prefix(mask, width(as_written))?
    };
    if as_written == address { Ok(bits) } else { bits.checked_sub(96).ok_or(RuleProblem::MappedPrefix(bits)) }
}

fn plain_prefix(text: &str, width: u8) -> Result<u8, RuleProblem> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if text.is_empty() {
        return Err(RuleProblem::NoPrefix);
    }
    if text.strip_prefix('-').is_some_and(is_digits) {
        return Err(RuleProblem::BelowZero);
    }
    if !is_digits(text) || (text.len() > 1 && text.starts_with('0')) {
        return Err(RuleProblem::NotANumber(text.to_owned()));
    }
    text.parse().ok().filter(|bits| *bits <= width).ok_or(RuleProblem::TooWide(width))
}

fn ipv4_mask(text: &str) -> Result<u8, RuleProblem> {
    let mask = ipv4(text).map_err(RuleProblem::Mask)?;
    let turned = Ipv4Addr::from_bits(!mask.to_bits());
    match (prefix_of_mask(mask.into()), prefix_of_mask(turned.into())) {
        (Some(prefix), _) => Ok(prefix),
        (None, Some(_)) => Err(RuleProblem::Wildcard(turned)),
        (None, None) => Err(RuleProblem::Holes),
    }
}

fn ipv6_mask(text: &str) -> Result<u8, RuleProblem> {
    let mask = ipv6(text).map_err(RuleProblem::Mask)?;
    prefix_of_mask(mask.into()).ok_or(RuleProblem::Holes)
}

fn family(address: IpAddr) -> &'static str {
    if address.is_ipv4() { "IPv4" } else { "IPv6" }
}
