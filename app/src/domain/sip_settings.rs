//! The settings that phones and the SIP server share, as they are typed, and their rules.

use std::net::Ipv6Addr;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::digest_algorithm::DigestAlgorithm;
use super::field_errors::FieldErrors;
use super::form_draft::{FormDraft, FormField};
use super::host::{Host, HostError};
use super::transport::Transport;
use super::unknown::{UnknownField, UnknownWord};
use super::whole_number::whole_number;

/// The longest SIP domain: Kamailio's tables hold no more.
pub const SIP_DOMAIN_MAX: usize = 64;

/// Seconds between two keep-alive requests to a phone.
pub const KEEP_ALIVE_SECONDS: RangeInclusive<u16> = 10..=3600;

/// A field, in the order of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SipField {
    /// What phones register with, and the realm of every digest.
    SipDomain,
    /// MD5 or SHA-256.
    SipDigest,
    /// How often phones that ask for it are pinged.
    KeepAliveSeconds,
    /// UDP, TCP or TLS, for new provisioning profiles.
    SipTransport,
    /// The port, for new provisioning profiles.
    SipPort,
}

/// The form's content. On the wire a missing field is an empty one, and an unknown field is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SipSettingsDraft {
    pub sip_domain: String,
    pub sip_digest: Option<DigestAlgorithm>,
    pub keep_alive_seconds: String,
    pub sip_transport: Option<Transport>,
    pub sip_port: String,
}

/// Settings that keep every rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SipSettings {
    pub sip_domain: Host,
    pub sip_digest: DigestAlgorithm,
    pub keep_alive_seconds: u16,
    pub sip_transport: Transport,
    pub sip_port: u16,
}

/// Why a text is no SIP domain; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SipDomainError {
    /// It is no host.
    #[error(transparent)]
    Host(#[from] HostError),
    /// Over [`SIP_DOMAIN_MAX`] characters.
    #[error("This SIP domain has {0} characters. SIP servers hold at most {SIP_DOMAIN_MAX}.")]
    TooLong(usize),
    /// Phones and servers write one address in several ways, and a digest is good for one of them.
    #[error("An IPv6 address cannot be the SIP domain. Use a name such as sip.example.com.")]
    Ipv6,
}

/// Takes what was typed for the SIP domain: a host name or an IPv4 address.
///
/// # Errors
/// The user's message.
pub fn sip_domain(text: &str) -> Result<Host, SipDomainError> {
    let host = Host::parse(text)?;
    if host.as_str().parse::<Ipv6Addr>().is_ok() {
        return Err(SipDomainError::Ipv6);
    }
    match host.as_str().len() {
        length if length > SIP_DOMAIN_MAX => Err(SipDomainError::TooLong(length)),
        _ => Ok(host),
    }
}

impl SipField {
    /// Every field, in the order of the form.
    pub const ALL: [Self; 5] = [Self::SipDomain, Self::SipDigest, Self::KeepAliveSeconds, Self::SipTransport, Self::SipPort];

    /// What stands above the field.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::SipDomain => "SIP domain",
            Self::SipDigest => "Digest algorithm",
            Self::KeepAliveSeconds => "Keep-alive interval (seconds)",
            Self::SipTransport => "Default transport",
            Self::SipPort => "Default port",
        }
    }

    /// The name under which an HTML form posts the field.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SipDomain => "sip_domain",
            Self::SipDigest => "sip_digest",
            Self::KeepAliveSeconds => "keep_alive_seconds",
            Self::SipTransport => "sip_transport",
            Self::SipPort => "sip_port",
        }
    }
}

impl FromStr for SipField {
    type Err = UnknownWord;

    /// By [`SipField::name`].
    fn from_str(name: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(name, &Self::ALL, Self::name)
    }
}

impl FormField for SipField {
    fn name(self) -> &'static str {
        self.name()
    }

    fn label(self) -> &'static str {
        self.label()
    }
}

impl FormDraft for SipSettingsDraft {
    type Field = SipField;

    fn get(&self, field: SipField) -> &str {
        self.get(field)
    }

    fn set(&mut self, field: SipField, text: &str) -> Result<(), UnknownWord> {
        self.set(field, text)
    }
}

impl SipSettingsDraft {
    /// Reads the pairs of a posted form; what is absent is empty.
    ///
    /// # Errors
    /// For a field, or a choice, that the form does not have.
    pub fn from_form(pairs: impl Iterator<Item = (String, String)>) -> Result<Self, UnknownField> {
        Self::default().filled(pairs)
    }

    /// A field as a page shows it; an absent choice is empty.
    #[must_use]
    pub fn get(&self, field: SipField) -> &str {
        match field {
            SipField::SipDomain => &self.sip_domain,
            SipField::SipDigest => self.sip_digest.map_or("", DigestAlgorithm::as_str),
            SipField::KeepAliveSeconds => &self.keep_alive_seconds,
            SipField::SipTransport => self.sip_transport.map_or("", Transport::as_str),
            SipField::SipPort => &self.sip_port,
        }
    }

    /// Sets a field from its posted form. Where another transport was chosen before, its usual port goes with it.
    ///
    /// # Errors
    /// For a choice that the field does not offer.
    pub fn set(&mut self, field: SipField, text: &str) -> Result<(), UnknownWord> {
        match field {
            SipField::SipDomain => self.sip_domain = text.to_owned(),
            SipField::SipDigest => self.sip_digest = (!text.is_empty()).then(|| text.parse()).transpose()?,
            SipField::KeepAliveSeconds => self.keep_alive_seconds = text.to_owned(),
            SipField::SipTransport => {
                let chosen: Option<Transport> = (!text.is_empty()).then(|| text.parse()).transpose()?;
                if let (Some(before), Some(chosen)) = (self.sip_transport, chosen)
                    && self.sip_port.trim() == before.default_port().to_string()
                {
                    self.sip_port = chosen.default_port().to_string();
                }
                self.sip_transport = chosen;
            }
            SipField::SipPort => self.sip_port = text.to_owned(),
        }
        Ok(())
    }

    /// The interval, once it keeps its rule.
    #[must_use]
    pub fn interval(&self) -> Option<u16> {
        whole_number(&self.keep_alive_seconds, KEEP_ALIVE_SECONDS).ok()
    }

    /// Checks every field.
    ///
    /// # Errors
    /// A message for each wrong field.
    pub fn check(&self) -> Result<SipSettings, FieldErrors<SipField>> {
        let mut errors = FieldErrors::default();
        self.checked(&mut errors).ok_or(errors)
    }

    /// The settings, or `None` and what is wrong. Every field is looked at before the first `None` counts.
    fn checked(&self, errors: &mut FieldErrors<SipField>) -> Option<SipSettings> {
        let sip_domain = errors.take(SipField::SipDomain, sip_domain(&self.sip_domain));
        let sip_digest = errors.take(SipField::SipDigest, self.sip_digest.ok_or("Choose MD5 or SHA-256."));
        let keep_alive_seconds = errors.take(SipField::KeepAliveSeconds, whole_number(&self.keep_alive_seconds, KEEP_ALIVE_SECONDS));
        let sip_transport = errors.take(SipField::SipTransport, self.sip_transport.ok_or("Choose UDP, TCP or TLS."));
        let sip_port = errors.take(SipField::SipPort, whole_number(&self.sip_port, 1..=u16::MAX));
        Some(SipSettings {
            sip_domain: sip_domain?,
            sip_digest: sip_digest?,
            keep_alive_seconds: keep_alive_seconds?,
            sip_transport: sip_transport?,
            sip_port: sip_port?,
        })
    }
}

impl SipSettings {
    /// The form as it opens for these settings.
    #[must_use]
    pub fn to_draft(&self) -> SipSettingsDraft {
        SipSettingsDraft {
            sip_domain: self.sip_domain.to_string(),
            sip_digest: Some(self.sip_digest),
            keep_alive_seconds: self.keep_alive_seconds.to_string(),
            sip_transport: Some(self.sip_transport),
            sip_port: self.sip_port.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> SipSettingsDraft {
        SipSettingsDraft {
            sip_domain: "sip.example.com".to_owned(),
            sip_digest: Some(DigestAlgorithm::Md5),
            keep_alive_seconds: "60".to_owned(),
            sip_transport: Some(Transport::Tls),
            sip_port: "5061".to_owned(),
        }
    }

    #[test]
    fn what_keeps_the_rules_is_taken_in_its_usual_form() {
        let typed = SipSettingsDraft { sip_domain: " SIP.Example.com ".to_owned(), keep_alive_seconds: " 60 ".to_owned(), ..draft() };
        let settings = typed.check().unwrap();
        assert_eq!(settings.to_draft(), draft());
        assert_eq!(settings.to_draft().check(), Ok(settings));
    }

    #[test]
    fn every_wrong_field_is_named() {
        for (field, wrong, words) in [
            (SipField::SipDomain, "", "Enter a host name"),
            (SipField::SipDomain, "sip.example.com:5061", "The port has a field of its own"),
            (SipField::SipDomain, "sip_1.example.com", "cannot stand in a host name"),
            (SipField::SipDomain, "2001:db8::1", "An IPv6 address cannot be the SIP domain"),
            (SipField::SipDigest, "", "Choose MD5 or SHA-256."),
            (SipField::KeepAliveSeconds, "", "from 10 to 3600"),
            (SipField::KeepAliveSeconds, "9", "from 10 to 3600"),
            (SipField::KeepAliveSeconds, "3601", "from 10 to 3600"),
            (SipField::KeepAliveSeconds, "60 s", "from 10 to 3600"),
            (SipField::SipTransport, "", "Choose UDP, TCP or TLS."),
            (SipField::SipPort, "", "from 1 to 65535"),
            (SipField::SipPort, "0", "from 1 to 65535"),
            (SipField::SipPort, "65536", "from 1 to 65535"),
        ] {
            let mut draft = draft();
            draft.set(field, wrong).unwrap();
            let errors = draft.check().unwrap_err();
            assert_eq!(errors.len(), 1, "{wrong:?}");
            assert!(errors.get(field).unwrap().contains(words), "{wrong:?}: {:?}", errors.get(field));
        }
        assert_eq!(SipSettingsDraft::default().check().unwrap_err().len(), 5);
    }

    #[test]
    fn a_sip_domain_fits_into_the_tables_of_sip_servers() {
        let longest = format!("{}.example.com", "a".repeat(SIP_DOMAIN_MAX - 12));
        assert_eq!(sip_domain(&longest).unwrap().as_str(), longest);
        assert_eq!(sip_domain(&format!("a{longest}")), Err(SipDomainError::TooLong(65)));
        assert_eq!(sip_domain("192.0.2.1").unwrap().as_str(), "192.0.2.1");
        assert_eq!(sip_domain("[::1]"), Err(SipDomainError::Ipv6));
    }

    #[test]
    fn the_usual_port_goes_with_the_transport_and_any_other_stays() {
        let mut draft = draft();
        for (transport, port) in [("UDP", "5060"), ("TCP", "5060"), ("TLS", "5061")] {
            draft.set(SipField::SipTransport, transport).unwrap();
            assert_eq!((draft.get(SipField::SipTransport), draft.get(SipField::SipPort)), (transport, port));
        }
        draft.set(SipField::SipPort, "5071").unwrap();
        draft.set(SipField::SipTransport, "UDP").unwrap();
        assert_eq!(draft.sip_port, "5071");
    }

    #[test]
    fn a_posted_form_is_taken_as_it_is_and_nothing_else() {
        let pairs = |pairs: &[(&str, &str)]| {
            SipSettingsDraft::from_form(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
        };
        let posted = pairs(&[("sip_domain", "a"), ("keep_alive_seconds", "9"), ("sip_port", "5061"), ("sip_transport", "UDP")]).unwrap();
        assert_eq!(SipField::ALL.map(|field| posted.get(field)), ["a", "", "9", "UDP", "5061"]);
        assert!(pairs(&[("version", "1")]).is_err());
        assert!(pairs(&[("sip_transport", "SCTP")]).is_err());
    }
}
