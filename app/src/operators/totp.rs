//! The codes of an authenticator app (RFC 6238): six digits of HMAC-SHA-1 over steps of thirty seconds, as every such app makes them.

use std::fmt;

use totp_rs::{Builder, Totp, TotpError};

use crate::domain::query_string;
use crate::domain::second_factor::{DIGITS, STEP_SECONDS, open_steps};
use crate::domain::secret::Secret;

/// 160 bits, as RFC 4226 advises.
const LENGTH: usize = 20;

/// What the codes of one operator are made of. Shown by no `{:?}`.
pub struct TotpSecret(Totp);

impl fmt::Debug for TotpSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TotpSecret(…)")
    }
}

impl TotpSecret {
    /// A fresh one. `None`: the system gives no random numbers.
    #[must_use]
    pub fn fresh() -> Option<Self> {
        let mut random = [0; LENGTH];
        getrandom::fill(&mut random).ok()?;
        Self::of(totp_rs::Secret::new_stack(random)).ok()
    }

    /// The one of a key in base 32.
    #[must_use]
    pub fn from_key(key: &Secret) -> Option<Self> {
        Self::of(totp_rs::Secret::try_from_base32(key.expose()).ok()?).ok()
    }

    fn of(secret: totp_rs::Secret) -> Result<Self, TotpError> {
        let digits = u8::try_from(DIGITS).unwrap_or_default();
        let builder = Builder::new().with_digits(digits).with_step_duration(STEP_SECONDS.unsigned_abs());
        // Which steps count is a rule of the domain.
        builder.with_skew(0).with_secret(secret).build().map(Self)
    }

    /// The key in base 32: how it is stored, and how people type it into an app.
    #[must_use]
    pub fn key(&self) -> Secret {
        Secret::from(self.0.secret().to_base32())
    }

    /// The address by which an app takes the key over: the QR code holds it.
    #[must_use]
    pub fn address(&self, host: &str, operator: &str) -> Secret {
        // Apps list keys by issuer and name, and some people have more than one Ringkey.
        let issuer = query_string::encode(&format!("Ringkey {}", host.replace(':', " ")));
        let name = query_string::encode(&operator.replace(':', " "));
        Secret::from(format!("otpauth://totp/{issuer}:{name}?secret={}&issuer={issuer}", self.key().expose()))
    }

    /// The step whose code this is, of those that are taken in step `now` after the one of `last`.
    #[must_use]
    pub fn step_of(&self, code: &str, now: i64, last: Option<i64>) -> Option<i64> {
        // Each is compared in full, so that the time tells nothing.
        open_steps(now, last).fold(None, |found, step| if self.makes(code, step) { Some(step) } else { found })
    }

    fn makes(&self, code: &str, step: i64) -> bool {
        let Some(time) = step.checked_mul(STEP_SECONDS).and_then(|time| u64::try_from(time).ok()) else { return false };
        self.0.check(code, time).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::second_factor::step_at;

    /// The secret of RFC 6238, appendix B: the ASCII digits 12345678901234567890.
    const RFC: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn rfc() -> TotpSecret {
        TotpSecret::from_key(&RFC.into()).unwrap()
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // The last six of the eight digits that the appendix has.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = step_at(seconds);
            assert_eq!(rfc().step_of(code, step, None), Some(step), "{seconds}");
            assert_eq!(rfc().step_of(code, step + 1, None), Some(step), "a step later");
            assert_eq!(rfc().step_of(code, step - 1, None), Some(step), "a step before");
            assert_eq!(rfc().step_of(code, step + 2, None), None, "two steps later");
            assert_eq!(rfc().step_of(code, step, Some(step)), None, "again");
            assert_eq!(rfc().step_of(code, step, Some(step + 1)), None, "after the next one");
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        for code in ["", "28708", "287081", "x87082", "94287082"] {
            assert_eq!(rfc().step_of(code, 1, None), None, "{code}");
        }
    }

    #[test]
    fn a_key_comes_back_and_is_not_shown() {
        let fresh = TotpSecret::fresh().unwrap();
        assert_eq!(fresh.key().expose().len(), 32);
        assert_eq!(TotpSecret::from_key(&fresh.key()).unwrap().key(), fresh.key());
        assert_ne!(TotpSecret::fresh().unwrap().key(), fresh.key());
        assert_eq!(format!("{fresh:?}"), "TotpSecret(…)");
        assert!(TotpSecret::from_key(&"GEZDGNBV".into()).is_none(), "too short");
    }

    #[test]
    fn the_address_names_the_service_and_the_operator() {
        let address = rfc().address("ringkey.example.com:8443", "Marta Gallo");
        let expected = "otpauth://totp/Ringkey%20ringkey.example.com%208443:Marta%20Gallo?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
                        &issuer=Ringkey%20ringkey.example.com%208443";
        assert_eq!(address.expose(), expected);
    }
}
