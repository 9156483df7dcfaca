//! The tables of the SIP servers' behaviour, and properties against a naive reading of the rules.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;
use crate::domain::characters::shown;

const ADDRESSES: [&str; 6] = ["216.27.242.66", "216.27.242.67", "192.168.0.38", "8.8.8.8", "2001:db8::1", "::ffff:216.27.242.66"];

/// Checks one row of the table: `+` is allow, `-` is deny, an address each.
fn row(deny: &str, permit: &str, expected: &str) {
    let acl = Acl::parse(deny, permit).unwrap();
    let decided: String = ADDRESSES.iter().map(|address| if acl.decide(address.parse().unwrap()).allowed { '+' } else { '-' }).collect();
    assert_eq!(decided, expected, "deny {deny:?} permit {permit:?}");
}

#[test]
fn row_1_the_manuals_example() {
    row("0.0.0.0/0.0.0.0", "216.27.242.66/255.255.255.255", "+---++");
}

#[test]
fn row_2_deny_a_network() {
    row("192.168.0.38/255.255.255.0", "", "++-+++");
    row("192.168.0.38/255.255.255.255", "", "++-+++");
}

#[test]
fn row_3_permit_alone() {
    row("", "192.168.0.38/255.255.255.0", "++++++");
}

#[test]
fn row_4_permit_a_network() {
    row("0.0.0.0/0", "192.168.0.38/255.255.255.0", "--+-+-");
}

#[test]
fn row_5_deny_both_families() {
    row("0.0.0.0/0,::/0", "10.0.0.0/8", "------");
}

#[test]
fn no_rules_allow() {
    row("", "", "++++++");
}

#[test]
fn the_deciding_rule_is_the_last_that_matches() {
    let acl = Acl::parse("0.0.0.0/0.0.0.0", "192.168.0.38/255.255.255.0\n216.27.242.66").unwrap();
    let by = acl.decide("192.168.0.1".parse().unwrap()).by.unwrap();
    assert_eq!((by.number, by.action, by.rule.network()), (2, Action::Permit, "192.168.0.0/24".to_owned()));
    assert_eq!(by.rule.written, "192.168.0.38/255.255.255.0");
    assert!(by.rule.is_rewritten());
    let by = acl.decide("10.0.4.9".parse().unwrap()).by.unwrap();
    assert_eq!((by.number, by.action, by.rule.meaning()), (1, Action::Deny, "every IPv4 address".to_owned()));
    assert_eq!(acl.decide("2001:db8::1".parse().unwrap()), Decision { allowed: true, by: None });
}

#[test]
fn rules_are_numbered_over_both_fields() {
    let acl = Acl::parse("10.0.0.1,10.0.0.2", "10.0.0.3").unwrap();
    let listed: Vec<_> = acl.rules().map(|(number, action, rule)| format!("{number} {} {}", action.as_str(), rule.network())).collect();
    assert_eq!(listed, ["1 deny 10.0.0.1", "2 deny 10.0.0.2", "3 permit 10.0.0.3"]);
}

#[test]
fn separators_and_empty_pieces() {
    let acl = Acl::parse(" 10.0.0.1 ,\r\n\n 10.0.0.2,,10.0.0.3\r\n", ", ,\n").unwrap();
    assert_eq!(acl.deny.iter().map(Rule::network).collect::<Vec<_>>(), ["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    assert_eq!(acl.permit, []);
}

#[test]
fn canonical_texts() {
    for (written, network, cidr) in [
        ("192.168.0.38", "192.168.0.38", "192.168.0.38/32"),
        ("192.168.0.38/32", "192.168.0.38", "192.168.0.38/32"),
        ("192.168.0.38/255.255.255.0", "192.168.0.0/24", "192.168.0.0/24"),
        ("0.0.0.0/0.0.0.0", "0.0.0.0/0", "0.0.0.0/0"),
        ("2001:DB8::1", "2001:db8::1", "2001:db8::1/128"),
        ("2001:db8::1/ffff:ffff::", "2001:db8::/32", "2001:db8::/32"),
        ("::/::", "::/0", "::/0"),
        ("::ffff:10.0.0.1", "10.0.0.1", "10.0.0.1/32"),
        ("::ffff:10.0.0.1/104", "10.0.0.0/8", "10.0.0.0/8"),
        ("::ffff:10.0.0.1/96", "0.0.0.0/0", "0.0.0.0/0"),
        ("::ffff:10.0.0.1/255.255.255.0", "10.0.0.0/24", "10.0.0.0/24"),
        ("::ffff:10.0.0.1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00", "10.0.0.0/24", "10.0.0.0/24"),
    ] {
        let acl = Acl::parse(written, "").unwrap();
        assert_eq!((acl.deny[0].network().as_str(), acl.deny[0].cidr().as_str()), (network, cidr), "{written}");
    }
}

#[test]
fn refused_rules_are_named_with_the_reason() {
    for (rule, reason) in [
        ("10.0.0.0/33", "the prefix is over 32, the most that IPv4 has"),
        ("10.0.0.0/4294967296", "the prefix is over 32, the most that IPv4 has"),
        ("2001:db8::/129", "the prefix is over 128, the most that IPv6 has"),
        ("10.0.0.0/-1", "the prefix is below 0"),
        ("10.0.0.0/+8", "the prefix “+8” is not a plain number"),
        ("10.0.0.0/8x", "the prefix “8x” is not a plain number"),
        ("10.0.0.0/x8", "the prefix “x8” is not a plain number"),
        ("10.0.0.0/08", "the prefix “08” is not a plain number"),
        ("10.0.0.0/８", "the prefix “８” is not a plain number"),
        ("10.0.0.0/", "a prefix or a mask is missing after the “/”"),
        ("10.0.0.0/8/8", "only one “/” may stand in a rule"),
        ("10.0.0.0/255.0.255.0", "the mask has holes: a mask is ones followed by zeros, such as 255.255.255.0"),
        ("2001:db8::/ffff:0:ffff::", "the mask has holes: a mask is ones followed by zeros, such as 255.255.255.0"),
        ("10.0.0.0/0.0.0.255", "this is a wildcard mask; write the network mask 255.255.255.0 instead"),
        ("10.0.0.0/255.255.255", "the mask is not valid: an IPv4 address or mask has 4 parts, not 3"),
        ("10.0.0.0/255.255.255.0.0", "the mask is not valid: an IPv4 address or mask has 4 parts, not 5"),
        ("10.0.0.0/255.255.255.256", "the mask is not valid: “256” is not a number from 0 to 255"),
        ("10.0.0.256", "“256” is not a number from 0 to 255"),
        ("10.0.0", "an IPv4 address or mask has 4 parts, not 3"),
        ("1:2:3:4:5:6:7:8:9", "an IPv6 address has at most 8 groups, not 9"),
        ("1::2::3", "“::” may stand in an IPv6 address only once"),
        ("2001:db8::1/255.255.255.0", "the address is IPv6; write a prefix or a mask of the same family"),
        ("10.0.0.1/ffff::", "the address is IPv4; write a prefix or a mask of the same family"),
        ("::ffff:10.0.0.1/95", "an IPv4-mapped address takes a prefix of 96 to 128, not 95; better write it as IPv4"),
        ("::ffff:10.0.0.1/ffff::", "an IPv4-mapped address takes a prefix of 96 to 128, not 16; better write it as IPv4"),
        ("!10.0.0.1", "leave out the “!”; the field says already whether the rule denies or permits"),
        ("10.0.0.1 10.0.0.2", "write each rule on its own line, without blanks inside"),
        ("10.0.0.0 /8", "write each rule on its own line, without blanks inside"),
        ("lan", "write an IPv4 address such as 192.168.0.38, or an IPv6 address such as 2001:db8::1"),
        ("/24", "write an IPv4 address such as 192.168.0.38, or an IPv6 address such as 2001:db8::1"),
        ("10.0.0.1\u{1b}", "“1\u{fffd}” is not a number from 0 to 255"),
        ("x10.0.0.1", "write an IPv4 address such as 192.168.0.38, or an IPv6 address such as 2001:db8::1"),
    ] {
        let errors = Acl::parse("", rule).unwrap_err();
        assert_eq!(errors.deny, []);
        assert_eq!(errors.permit.len(), 1, "{rule}");
        assert_eq!(errors.permit[0].to_string(), format!("“{}”: {reason}.", shown(rule, 60)));
    }
}

#[test]
fn every_bad_rule_is_listed_and_the_message_stays_short() {
    let errors = Acl::parse("10.0.0.1,a,b,c,d,e", "10.0.0.0/8,f").unwrap_err();
    assert_eq!(errors.deny.iter().map(|error| error.written.as_str()).collect::<Vec<_>>(), ["a", "b", "c", "d", "e"]);
    assert_eq!(errors.permit.len(), 1);
    assert!(AclErrors::message(&errors.deny).unwrap().ends_with("2 more are refused as well."));
    assert_eq!(AclErrors::message(&errors.permit), Some(errors.permit[0].to_string()));
    assert_eq!(AclErrors::message(&[]), None);
    let long = Acl::parse(&"a".repeat(10_240), &"10.0.0.1,".repeat(1_000)).unwrap_err();
    assert!(AclErrors::message(&long.deny).unwrap().len() < 300);
    assert_eq!(long.permit[0].to_string(), "“10.0.0.1”: this is one rule too many; use at most 100 in a field.");
}

fn any_rule() -> impl Strategy<Value = (IpAddr, u8)> {
    // Few different bits, so that rules and addresses meet often.
    let ipv4 = (0_u32..4, 0_u32..4, 0_u8..=32).prop_map(|(high, low, prefix)| (Ipv4Addr::from_bits(high << 30 | low).into(), prefix));
    let ipv6 = (0_u128..4, 0_u128..4, 0_u8..=128).prop_map(|(high, low, prefix)| (Ipv6Addr::from_bits(high << 126 | low).into(), prefix));
    prop_oneof![ipv4, ipv6]
}

fn any_address() -> impl Strategy<Value = IpAddr> {
    any_rule().prop_map(|(address, _)| address)
}

fn text(rules: &[(IpAddr, u8)]) -> String {
    rules.iter().map(|(address, prefix)| format!("{address}/{prefix}")).collect::<Vec<_>>().join("\n")
}

fn bits(address: IpAddr) -> Vec<bool> {
    let octets = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    octets.iter().flat_map(|octet| (0..8).rev().map(move |at| octet >> at & 1 == 1)).collect()
}

/// The walk of `ast_apply_acl`, bit by bit: starts as allow, every match overwrites.
fn oracle(deny: &[(IpAddr, u8)], permit: &[(IpAddr, u8)], address: IpAddr) -> (bool, Option<usize>) {
    let walk = deny.iter().map(|rule| (false, rule)).chain(permit.iter().map(|rule| (true, rule)));
    walk.enumerate().fold((true, None), |result, (at, (allows, (network, prefix)))| {
        let prefix = usize::from(*prefix);
        let matches = network.is_ipv4() == address.is_ipv4() && bits(*network)[..prefix] == bits(address)[..prefix];
        if matches { (allows, Some(at + 1)) } else { result }
    })
}

proptest! {
    #[test]
    fn decisions_are_those_of_the_naive_walk(
        deny in proptest::collection::vec(any_rule(), 0..6),
        permit in proptest::collection::vec(any_rule(), 0..6),
        address in any_address(),
    ) {
        let acl = Acl::parse(&text(&deny), &text(&permit)).unwrap();
        let decision = acl.decide(address);
        prop_assert_eq!((decision.allowed, decision.by.map(|by| by.number)), oracle(&deny, &permit, address));
        if let IpAddr::V4(ipv4) = address {
            prop_assert_eq!(acl.decide(ipv4.to_ipv6_mapped().into()), acl.decide(address));
        }
    }

    #[test]
    fn the_canonical_text_parses_to_itself(rules in proptest::collection::vec(any_rule(), 0..6)) {
        let acl = Acl::parse(&text(&rules), "").unwrap();
        for canonical in [Rule::network, Rule::cidr] {
            let texts: Vec<String> = acl.deny.iter().map(canonical).collect();
            let again = Acl::parse(&texts.join(","), "").unwrap();
            prop_assert_eq!(again.deny.iter().map(canonical).collect::<Vec<_>>(), texts);
            prop_assert!(again.deny.iter().all(|rule| !rule.is_rewritten()));
        }
    }

    #[test]
    fn a_mask_is_its_prefix(address: u32, prefix in 0_u32..=32) {
        let address = Ipv4Addr::from_bits(address);
        let mask = Ipv4Addr::from_bits(u32::MAX.checked_shl(32 - prefix).unwrap_or(0));
        let acl = Acl::parse(&format!("{address}/{mask}"), &format!("{address}/{prefix}")).unwrap();
        prop_assert_eq!(acl.deny[0].network(), acl.permit[0].network());
    }

    #[test]
    fn masks_with_holes_are_refused(mask: u32) {
        let is_mask = mask.leading_ones() + mask.trailing_zeros() == 32;
        prop_assert_eq!(Acl::parse(&format!("10.0.0.0/{}", Ipv4Addr::from_bits(mask)), "").is_ok(), is_mask);
    }

    #[test]
    fn dead_rules_really_never_decide(
        deny in proptest::collection::vec(any_rule(), 0..6),
        permit in proptest::collection::vec(any_rule(), 0..6),
        address in any_address(),
    ) {
        let acl = Acl::parse(&text(&deny), &text(&permit)).unwrap();
        let decided_by = acl.decide(address).by.map(|by| by.number);
        for warning in acl.warnings(None) {
            if let AclWarning::DeadRule { number, by } = warning {
                prop_assert!(number < by);
                prop_assert_ne!(decided_by, Some(number));
            }
        }
    }

    #[test]
    fn no_text_panics(deny in "[0-9a-f.:/!, \n\u{0}xー-]{0,30}", permit in "\\PC{0,20}") {
        match Acl::parse(&deny, &permit) {
            Ok(acl) => prop_assert!(acl.rules().all(|(_, _, rule)| rule.cidr().contains('/'))),
            Err(errors) => prop_assert!(!(errors.deny.is_empty() && errors.permit.is_empty())),
        }
    }
}
