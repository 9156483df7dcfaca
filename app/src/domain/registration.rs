//! What a SIP server tells of a phone that is registered: where it is, and which program it runs.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::transport::Transport;

/// From where a phone has registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    pub address: IpAddr,
    pub port: Option<u16>,
    pub transport: Transport,
}

impl Origin {
    /// Reads the columns of a registration: `received` is where the REGISTER came from, `contact` what the phone calls itself, which
    /// behind a NAT is another address and is only believed where nothing was received. Both are SIP URIs (RFC 3261, section 19.1);
    /// `socket` is the server's side (`tls:192.0.2.1:5061`). `None` where no address is told, but a name.
    #[must_use]
    pub fn read(received: Option<&str>, contact: &str, socket: Option<&str>) -> Option<Self> {
        let mut origin = parse(received.unwrap_or(contact))?;
        // What connected to the port for TLS speaks it, whatever its own address says.
        let of_socket = socket.and_then(|socket| socket.split(':').next()).and_then(transport);
        origin.transport = of_socket.unwrap_or(origin.transport);
        Some(origin)
    }

    /// The address, and the port where one is told: `192.0.2.7:5060`, `[2001:db8::7]:5060`.
    #[must_use]
    pub fn text(&self) -> String {
        match (self.address, self.port) {
            (address, None) => address.to_string(),
            (IpAddr::V4(address), Some(port)) => format!("{address}:{port}"),
            (IpAddr::V6(address), Some(port)) => format!("[{address}]:{port}"),
        }
    }
}

fn parse(uri: &str) -> Option<Origin> {
    let (scheme, rest) = uri.trim().split_once(':')?;
    let is_secure = scheme.eq_ignore_ascii_case("sips");
    let mut parts = rest.split(';');
    let place = parts.next()?;
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    let place = place.split('?').next()?;
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (host, port.strip_prefix(':'))
        }
        None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    let named = parts.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.eq_ignore_ascii_case("transport").then(|| transport(value)).flatten()
    });
    Some(Origin {
        address: host.parse::<IpAddr>().ok()?.to_canonical(),
        port: port.and_then(|port| port.parse().ok()),
        transport: named.unwrap_or(if is_secure { Transport::Tls } else { Transport::Udp }),
    })
}

fn transport(word: &str) -> Option<Transport> {
    Transport::ALL.into_iter().find(|transport| transport.as_str().eq_ignore_ascii_case(word))
}

/// Whether a program, as it calls itself, is a PrivateGSM before 11.1, which cannot answer a keep-alive request: with keep-alive its user
/// would never be reachable (the manual, "Keep-alive Enabled").
#[must_use]
pub fn cannot_answer_keep_alive(client: &str) -> bool {
    let lower = client.to_ascii_lowercase();
    let Some((_, after)) = lower.split_once("privategsm") else { return false };
    let version = after.trim_start_matches(|sign: char| !sign.is_ascii_digit());
    let mut numbers = version.split(|sign: char| !sign.is_ascii_digit()).map_while(|number| number.parse::<u32>().ok());
    let (Some(major), minor) = (numbers.next(), numbers.next().unwrap_or_default()) else { return false };
    (major, minor) < (11, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(received: Option<&str>, contact: &str, socket: Option<&str>) -> Option<(String, Transport)> {
        Origin::read(received, contact, socket).map(|origin| (origin.text(), origin.transport))
    }

    #[test]
    fn where_a_register_came_from_is_believed_before_what_the_phone_says() {
        assert_eq!(
            read(Some("sip:93.41.8.122:61044;transport=tcp"), "sip:1@10.0.0.2:5060", None),
            Some(("93.41.8.122:61044".into(), Transport::Tcp))
        );
        assert_eq!(read(None, "sip:1@10.0.0.2:5060", None), Some(("10.0.0.2:5060".into(), Transport::Udp)));
        assert_eq!(read(None, "sip:1@[2001:db8::7]:5061;ob;transport=TLS", None), Some(("[2001:db8::7]:5061".into(), Transport::Tls)));
        assert_eq!(read(None, "sips:1@192.0.2.7", None), Some(("192.0.2.7".into(), Transport::Tls)));
        assert_eq!(read(None, "sip:1@192.0.2.7:5060", Some("tls:192.0.2.1:5061")), Some(("192.0.2.7:5060".into(), Transport::Tls)));
        assert_eq!(read(None, "sip:1@[::ffff:192.0.2.7]:5060", None), Some(("192.0.2.7:5060".into(), Transport::Udp)));
    }

    #[test]
    fn what_is_no_address_is_none() {
        for contact in ["", "sip:", "sip:1@phone.example", "sip:1@[::1", "192.0.2.7"] {
            assert_eq!(read(None, contact, None), None, "{contact}");
        }
    }

    #[test]
    fn only_old_clients_of_the_manual_cannot_answer() {
        for old in ["PrivateGSM 11.0", "PrivateGSM/10.4.2 (Android)", "privategsm v9", "PrivateGSM Enterprise 11.0.9"] {
            assert!(cannot_answer_keep_alive(old), "{old}");
        }
        for other in ["PrivateGSM 11.1", "PrivateGSM/11.4", "PrivateGSM 12", "PrivateGSM", "Linphone 5.2 (iOS 9)", "snomD785 10.1", ""] {
            assert!(!cannot_answer_keep_alive(other), "{other}");
        }
    }
}
