//! What is made of the one key of the service: tokens that nobody can guess and the database does not hold, and secrets that
//! it holds sealed. Who has the database without the key has neither.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::domain::gateway::GatewayKind;
use crate::domain::secret::Secret;

/// The length of the key in bytes, and of each that is derived from it.
pub const LENGTH: usize = 32;
/// Of XChaCha20: long enough to be drawn by chance for each sealing.
const NONCE: usize = 24;

/// The keys, each for one purpose. Shown by no `{:?}`.
#[derive(Clone)]
pub struct Keys(Arc<Derived>);

struct Derived {
    links: [u8; LENGTH],
    receipts: [u8; LENGTH],
    sealing: [u8; LENGTH],
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Keys(…)")
    }
}

impl Keys {
    /// Derives the keys from the key of the service.
    #[must_use]
    pub fn new(key: &[u8; LENGTH]) -> Self {
        let derive = |purpose: &str| mac(key, purpose.as_bytes());
        Self(Arc::new(Derived { links: derive("links"), receipts: derive("receipts"), sealing: derive("sealing") }))
    }

    /// The token of a link: 256 bits, 43 characters that stand in an address as they are. Its id is random and in the database;
    /// only both together make the token.
    #[must_use]
    pub fn link_token(&self, link: Uuid) -> Secret {
        URL_SAFE_NO_PAD.encode(mac(&self.0.links, link.as_bytes())).into()
    }

    /// The token in the address to which a gateway reports on a message. What one gateway was told is of no use in the name of
    /// another, which may sign its reports.
    #[must_use]
    pub fn receipt_token(&self, gateway: GatewayKind, message: Uuid) -> Secret {
        let of = [message.as_bytes().as_slice(), gateway.as_str().as_bytes()].concat();
        URL_SAFE_NO_PAD.encode(mac(&self.0.receipts, &of)).into()
    }

    /// Whether this is the token of the message, told in the same time whatever it is.
    #[must_use]
    pub fn is_receipt_token(&self, gateway: GatewayKind, message: Uuid, token: &str) -> bool {
        // Digests of both are compared, so that the time tells nothing of the token itself.
        Sha256::digest(self.receipt_token(gateway, message).expose()) == Sha256::digest(token)
    }

    /// Seals a secret for the database; `place` says what it is, and it opens nowhere else. `None`: the system gives no random
    /// numbers.
    #[must_use]
    pub fn seal(&self, place: &str, secret: &Secret) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).ok()?;
        let payload = Payload { msg: secret.expose().as_bytes(), aad: place.as_bytes() };
        let sealed = self.cipher().encrypt(XNonce::from_slice(&nonce), payload).ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was sealed for `place`. `None`: it was sealed with another key, for another place, or is damaged.
    #[must_use]
    pub fn open(&self, place: &str, sealed: &[u8]) -> Option<Secret> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
        let opened = self.cipher().decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: place.as_bytes() }).ok()?;
        String::from_utf8(opened).ok().map(Secret::from)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(Key::from_slice(&self.0.sealing))
    }
}

/// What the database holds of a token.
#[must_use]
pub fn token_digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

fn mac(key: &[u8; LENGTH], of: &[u8]) -> [u8; LENGTH] {
    // HMAC fills a key that is shorter than a block up with zeros; a whole block is what it takes without a question.
    let mut block = [0; 64];
    block[..LENGTH].copy_from_slice(key);
    <Hmac<Sha256> as KeyInit>::new(&block.into()).chain_update(of).finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_same_key_in_the_same_place_only() {
        let (ours, theirs) = (Keys::new(&[1; LENGTH]), Keys::new(&[2; LENGTH]));
        let secret = Secret::from("a password of a gateway");
        let sealed = ours.seal("kannel", &secret).unwrap();
        assert_eq!(ours.open("kannel", &sealed), Some(secret.clone()));
        assert_eq!(ours.open("twilio", &sealed), None);
        assert_eq!(theirs.open("kannel", &sealed), None);
        assert_eq!(ours.open("kannel", &sealed[..NONCE]), None);
        assert_eq!(ours.open("kannel", b"short"), None);
        assert_ne!(ours.seal("kannel", &secret).unwrap(), sealed);
        let mut damaged = sealed;
        damaged[NONCE] ^= 1;
        assert_eq!(ours.open("kannel", &damaged), None);
    }

    #[test]
    fn tokens_are_those_of_one_id_one_purpose_and_one_key() {
        let (keys, id) = (Keys::new(&[1; LENGTH]), Uuid::from_u128(7));
        let token = keys.link_token(id);
        assert_eq!(token.expose().len(), 43);
        assert_eq!(Keys::new(&[1; LENGTH]).link_token(id), token);
        for other in
            [keys.link_token(Uuid::from_u128(8)), keys.receipt_token(GatewayKind::Kannel, id), Keys::new(&[2; LENGTH]).link_token(id)]
        {
            assert_ne!(other, token);
        }
        let receipt = keys.receipt_token(GatewayKind::Kannel, id);
        assert!(keys.is_receipt_token(GatewayKind::Kannel, id, receipt.expose()));
        assert!(!keys.is_receipt_token(GatewayKind::Twilio, id, receipt.expose()));
        assert!(!keys.is_receipt_token(GatewayKind::Kannel, id, token.expose()));
    }

    #[test]
    fn keys_are_not_shown() {
        assert_eq!(format!("{:?}", Keys::new(&[1; LENGTH])), "Keys(…)");
    }
}
