//! A block of addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::domain::numerals;

/// All addresses of one family that share their first bits. Host bits are always 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Every IPv4 address.
    pub const ALL_IPV4: Self = Self { address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), prefix: 0 };
    /// Every IPv6 address.
    pub const ALL_IPV6: Self = Self { address: IpAddr::V6(Ipv6Addr::UNSPECIFIED), prefix: 0 };

    /// The network of an address, its host bits masked off; `None` when the prefix is over the
    /// family's width.
    pub(super) fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        (prefix <= width(address)).then(|| Self { address: masked(address, prefix), prefix })
    }

    /// Whether the address is one of the network's. Addresses of the other family never are.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4() && masked(address, self.prefix) == self.address
    }

    /// Whether every address of `other` is one of this network's.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.prefix <= other.prefix && self.contains(other.address)
    }

    /// `192.168.0.0/24`, always with its prefix.
    #[must_use]
    pub fn cidr(&self) -> String {
        format!("{}/{}", self.address, self.prefix)
    }

    /// The block's size in words: `every IPv4 address`, `one address`, `256 addresses`, `2^64
    /// addresses`.
    #[must_use]
    pub fn meaning(&self) -> String {
        let host_bits = width(self.address) - self.prefix;
        match (self.prefix, host_bits) {
            (0, 32) => "every IPv4 address".to_owned(),
            (0, _) => "every IPv6 address".to_owned(),
            (_, 0) => "one address".to_owned(),
            (_, 1..32) => format!("{} addresses", numerals::grouped(1 << host_bits)),
            _ => format!("2^{host_bits} addresses"),
        }
    }

    fn is_host(&self) -> bool {
        self.prefix == width(self.address)
    }
}

/// The canonical text: `192.168.0.0/24`, and a single host without prefix.
impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_host() { self.address.fmt(formatter) } else { formatter.write_str(&self.cidr()) }
    }
}

/// The bits of an address: 32 or 128.
pub(super) const fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    let host_bits = u32::from(width(address).saturating_sub(prefix));
    match address {
        IpAddr::V4(address) => Ipv4Addr::from_bits(u32::MAX.checked_shl(host_bits).unwrap_or(0) & address.to_bits()).into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(u128::MAX.checked_shl(host_bits).unwrap_or(0) & address.to_bits()).into(),
    }
}

/// The prefix that a network mask stands for; `None` when it has holes.
pub(super) fn prefix_of_mask(mask: IpAddr) -> Option<u8> {
    let ones = match mask {
        IpAddr::V4(_) => Ipv4Addr::from_bits(u32::MAX).into(),
        IpAddr::V6(_) => Ipv6Addr::from_bits(u128::MAX).into(),
    };
    (0..=width(mask)).find(|prefix| masked(ones, *prefix) == mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str, prefix: u8) -> Network {
        Network::new(address.parse().unwrap(), prefix).unwrap()
    }

    #[test]
    fn host_bits_are_masked_off() {
        assert_eq!(network("192.168.0.38", 24).to_string(), "192.168.0.0/24");
        assert_eq!(network("192.168.0.38", 32).to_string(), "192.168.0.38");
        assert_eq!(network("192.168.0.38", 32).cidr(), "192.168.0.38/32");
        assert_eq!(network("2001:db8::1", 0).to_string(), "::/0");
        assert_eq!(network("2001:db8::1", 64).to_string(), "2001:db8::/64");
        assert_eq!(Network::new("10.0.0.1".parse().unwrap(), 33), None);
    }

    #[test]
    fn sizes_are_said_in_words() {
        assert_eq!(Network::ALL_IPV4.meaning(), "every IPv4 address");
        assert_eq!(Network::ALL_IPV6.meaning(), "every IPv6 address");
        assert_eq!(network("10.0.0.1", 32).meaning(), "one address");
        assert_eq!(network("::1", 128).meaning(), "one address");
        assert_eq!(network("10.0.0.0", 24).meaning(), "256 addresses");
        assert_eq!(network("10.0.0.0", 8).meaning(), "16,777,216 addresses");
        assert_eq!(network("10.0.0.0", 1).meaning(), "2,147,483,648 addresses");
        assert_eq!(network("2001:db8::", 64).meaning(), "2^64 addresses");
    }

    #[test]
    fn a_network_covers_its_parts_and_itself() {
        let wide = network("10.0.0.0", 8);
        assert!(wide.covers(&wide) && wide.covers(&network("10.1.0.0", 16)));
        assert!(!wide.covers(&network("11.0.0.0", 8)) && !network("10.1.0.0", 16).covers(&wide));
        assert!(!Network::ALL_IPV6.covers(&Network::ALL_IPV4) && !Network::ALL_IPV4.covers(&Network::ALL_IPV6));
    }
}
