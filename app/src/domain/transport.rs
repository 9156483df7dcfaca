//! How a phone reaches the SIP server.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::unknown::UnknownWord;

/// The transport of SIP messages. TLS unless somebody chooses otherwise: without it, who calls whom can be read on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Transport {
    /// In the clear, in datagrams.
    Udp,
    /// In the clear, over a connection.
    Tcp,
    /// Encrypted to the server.
    #[default]
    Tls,
}

impl Transport {
    /// Every transport, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Udp, Self::Tcp, Self::Tls];

    /// The word on screen, which is also the stored and the sent one.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        }
    }

    /// The port of a server that names none (RFC 3261, section 19.1.2).
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp => 5060,
            Self::Tls => 5061,
        }
    }
}

impl FromStr for Transport {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_wire_forms_agree() {
        for value in Transport::ALL {
            assert_eq!(value.as_str().parse(), Ok(value));
            assert_eq!(serde_json::to_string(&value).unwrap(), format!("\"{}\"", value.as_str()));
        }
        assert_eq!("tls".parse::<Transport>().unwrap_err().to_string(), "“tls” is not one of: UDP, TCP, TLS.");
        assert_eq!(Transport::default(), Transport::Tls);
    }
}
