//! The only form in which a SIP password is kept: HA1 digests, as good as the password on their realm.

use md5::Md5;
use sha2::{Digest, Sha256};

/// `H(username:realm:password)` in lower-case hex, for both algorithms that SIP servers speak (RFC 2617 section
/// 3.2.2.2 and RFC 7616 section 3.4.2; RFC 8760 for SIP).
pub struct Digests {
    pub realm: String,
    pub ha1_md5: String,
    pub ha1_sha256: String,
}

impl Digests {
    pub fn new(username: &str, realm: &str, password: &str) -> Self {
        let a1 = format!("{username}:{realm}:{password}");
        Self { realm: realm.to_owned(), ha1_md5: hex(&Md5::digest(&a1)), ha1_sha256: hex(&Sha256::digest(&a1)) }
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 2617 section 3.5 and of RFC 7616 section 3.9.1, whose A1 differ in the realm.
    #[test]
    fn digests_are_those_of_the_standards() {
        let digests = Digests::new("Mufasa", "testrealm@host.com", "Circle Of Life");
        assert_eq!(digests.ha1_md5, "939e7578ed9e3c518a452acee763bce9");
        let digests = Digests::new("Mufasa", "http-auth@example.org", "Circle of Life");
        assert_eq!(digests.ha1_md5, "3d78807defe7de2157e2b0b6573a855f");
        assert_eq!(digests.ha1_sha256, "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232");
    }
}
