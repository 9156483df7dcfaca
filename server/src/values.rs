//! The values of settings that are more than a number or a path.

use std::net::IpAddr;

use app::domain::acl::{Acl, AclErrors, Rule};
use http::Uri;
use tracing_subscriber::EnvFilter;

/// The address by which browsers reach Ringkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicAddress {
    /// As browsers send it in `Origin`: `https://ringkey.example.com`, no slash at its end.
    pub origin: String,
    pub https: bool,
}

impl PublicAddress {
    /// Takes `https://host[:port]`, and `http://` for this machine itself.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "write https:// and a host name, such as https://ringkey.example.com".to_owned();
        let uri: Uri = text.trim().parse().map_err(|_| wrong())?;
        let (scheme, authority) = uri.scheme_str().zip(uri.authority()).ok_or_else(wrong)?;
        if uri.path_and_query().is_some_and(|rest| rest.as_str() != "/") || authority.as_str().contains('@') {
            return Err("write only https://, the host name and, if need be, the port".into());
        }
        let https = match scheme {
            "https" => true,
            "http" if is_this_machine(authority.host()) => false,
            "http" => return Err("plain http is for this machine itself only: other machines need an https address".into()),
            _ => return Err(wrong()),
        };
        // Browsers leave the scheme's own port out, and so must what is compared with their Origin.
        let port = authority.port_u16().filter(|port| *port != if https { 443 } else { 80 });
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self { origin: format!("{scheme}://{}{port}", authority.host().to_ascii_lowercase()), https })
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let host = host.to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The proxies before Ringkey.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(pub Vec<Rule>);

impl TrustedProxies {
    /// Takes addresses and networks separated by commas.
    pub fn parse(text: &str) -> Result<Self, String> {
        match Acl::parse("", text) {
            Ok(acl) => Ok(Self(acl.permit)),
            Err(errors) => Err(AclErrors::message(&errors.permit).unwrap_or_default()),
        }
    }
}

/// Takes a filter of tracing-subscriber and gives it back as it is.
pub fn log_filter(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_becomes_the_origin_that_browsers_send() {
        for (typed, origin, https) in [
            ("https://ringkey.example.com", "https://ringkey.example.com", true),
            ("https://Ringkey.Example.com:443/", "https://ringkey.example.com", true),
            ("https://ringkey.example.com:8443", "https://ringkey.example.com:8443", true),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000", false),
            ("http://localhost:80", "http://localhost", false),
            ("http://[::1]:3000", "http://[::1]:3000", false),
            ("http://phones.localhost:3000", "http://phones.localhost:3000", false),
        ] {
            assert_eq!(PublicAddress::parse(typed), Ok(PublicAddress { origin: origin.into(), https }), "{typed}");
        }
    }

    #[test]
    fn plain_http_to_other_machines_and_paths_are_refused() {
        for typed in [
            "http://ringkey.example.com",
            "http://192.0.2.1:3000",
            "http://0.0.0.0:3000",
            "https://example.com/ringkey",
            "https://user@example.com",
            "ftp://example.com",
            "example.com",
            "https://",
            "",
        ] {
            assert!(PublicAddress::parse(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn proxies_are_addresses_and_networks() {
        assert_eq!(TrustedProxies::parse("127.0.0.1, 10.0.0.0/8,::1").map(|proxies| proxies.0.len()), Ok(3));
        assert!(TrustedProxies::parse("10.0.0.0/33").unwrap_err().contains("10.0.0.0/33"));
    }
}
