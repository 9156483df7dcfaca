//! The second factor of an operator: who needs one, what a code is, which time steps count (RFC 6238), and the recovery codes for
//! who has lost the phone.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::role::Role;
use super::secret::Secret;

/// Digits of a code.
pub const DIGITS: usize = 6;
/// Seconds for which an app shows one code.
pub const STEP_SECONDS: i64 = 30;
/// The steps before and after the present one count, too: clocks differ, and typing takes a while.
const WINDOW: i64 = 1;
/// How many recovery codes somebody gets.
pub const RECOVERY_CODES: usize = 10;
/// Characters of a recovery code, five bits each.
const RECOVERY_LENGTH: usize = 16;
/// Crockford's base 32: no two of them look alike.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Whether an operator is asked for a code after the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// None is set up, and none is asked for.
    Off,
    /// None is set up, and nothing but setting it up is open.
    Needed,
    /// A code is asked for at every sign-in.
    On,
}

impl SecondFactor {
    /// What holds for an operator of this role; `admins_need` is the rule of the service.
    #[must_use]
    pub const fn of(role: Role, is_set_up: bool, admins_need: bool) -> Self {
        match (is_set_up, admins_need, role) {
            (true, ..) => Self::On,
            (false, true, Role::Admin) => Self::Needed,
            (false, ..) => Self::Off,
        }
    }
}

/// What somebody typed where a code is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// Six digits, from an app.
    Code(Secret),
    /// One of the codes that were shown when the second factor was set up.
    Recovery(RecoveryCode),
}

/// Why a text is no code; the user's message, which does not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("Enter the 6 digits that your app shows, or one of your recovery codes: 16 letters and digits.")]
pub struct NoCode;

/// The code for who has lost the phone: 80 random bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryCode(Secret);

impl RecoveryCode {
    /// The code of these random bytes.
    #[must_use]
    pub fn of(random: [u8; 10]) -> Self {
        let bits = random.iter().fold(0u128, |bits, byte| (bits << 8) | u128::from(*byte));
        let letter = |at: usize| {
            let five = (bits >> (5 * at)) & 31;
            usize::try_from(five).ok().and_then(|five| ALPHABET.get(five)).map_or('0', |letter| char::from(*letter))
        };
        Self(Secret::from((0..RECOVERY_LENGTH).rev().map(letter).collect::<String>()))
    }

    /// As it is looked up: without dashes.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// As it is written down: `abcd-efgh-jkmn-pqrs`.
    #[must_use]
    pub fn shown(&self) -> Secret {
        Secret::from(grouped(self.0.expose(), '-'))
    }
}

/// Reads what was typed; spaces and dashes are dropped, and letters may be of either case.
///
/// # Errors
/// The user's message.
pub fn read(typed: &str) -> Result<Typed, NoCode> {
    let bare: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    if bare.len() == DIGITS && bare.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Typed::Code(Secret::from(bare)));
    }
    // What was written down by hand and read again.
    let meant: String = bare
        .chars()
        .map(|c| match c {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect();
    if meant.len() == RECOVERY_LENGTH && meant.bytes().all(|byte| ALPHABET.contains(&byte)) {
        return Ok(Typed::Recovery(RecoveryCode(Secret::from(meant))));
    }
    Err(NoCode)
}

/// The time step at a moment, in seconds since 1970 UTC.
#[must_use]
pub const fn step_at(seconds: i64) -> i64 {
    seconds.div_euclid(STEP_SECONDS)
}

/// The steps whose codes are taken in step `now`, when `last` is the one of the newest code that was taken: no code twice.
pub fn open_steps(now: i64, last: Option<i64>) -> impl Iterator<Item = i64> {
    (now - WINDOW..=now + WINDOW).filter(move |step| last.is_none_or(|last| *step > last))
}

/// A long text in groups of four, as people copy it by hand.
#[must_use]
pub fn grouped(text: &str, between: char) -> String {
    let mut told = String::with_capacity(text.len() * 5 / 4);
    for (at, character) in text.chars().enumerate() {
        if at > 0 && at.is_multiple_of(4) {
            told.push(between);
        }
        told.push(character);
    }
    told
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_admins_can_need_one() {
        for role in Role::ALL {
            assert_eq!(SecondFactor::of(role, true, true), SecondFactor::On);
            assert_eq!(SecondFactor::of(role, false, false), SecondFactor::Off);
            let needed = if role == Role::Admin { SecondFactor::Needed } else { SecondFactor::Off };
            assert_eq!(SecondFactor::of(role, false, true), needed);
        }
    }

    #[test]
    fn a_code_is_six_digits_however_they_are_spaced() {
        for text in ["287082", " 287 082 ", "287-082", "28 70 82"] {
            assert_eq!(read(text), Ok(Typed::Code("287082".into())), "{text}");
        }
        for text in ["", "28708", "2870822", "28708a", "２８７０８２", "287082\0"] {
            assert_eq!(read(text), Err(NoCode), "{text}");
        }
    }

    #[test]
    fn a_recovery_code_is_read_as_it_was_meant() {
        let code = RecoveryCode::of([0, 1, 2, 3, 4, 5, 6, 7, 8, 255]);
        assert_eq!(code.expose().len(), RECOVERY_LENGTH);
        assert_eq!(code.shown().expose(), "000g-40r4-0m30-e27z");
        for text in ["000g-40r4-0m30-e27z", "OOOG 40R4 0M30 E27Z", "ooog40r40m30e27z"] {
            assert_eq!(read(text), Ok(Typed::Recovery(code.clone())), "{text}");
        }
        assert_eq!(read("000g-40r4-0m30-e27"), Err(NoCode));
        assert_eq!(read("000g-40r4-0m30-e27u"), Err(NoCode));
        assert!(!format!("{code:?}").contains("000g"));
    }

    #[test]
    fn a_step_lasts_thirty_seconds_and_its_neighbours_count() {
        assert_eq!((step_at(59), step_at(60), step_at(89), step_at(1_111_111_109)), (1, 2, 2, 37_037_036));
        assert_eq!(open_steps(100, None).collect::<Vec<_>>(), [99, 100, 101]);
    }

    #[test]
    fn no_step_counts_twice_nor_one_before_it() {
        assert_eq!(open_steps(100, Some(98)).collect::<Vec<_>>(), [99, 100, 101]);
        assert_eq!(open_steps(100, Some(99)).collect::<Vec<_>>(), [100, 101]);
        assert_eq!(open_steps(100, Some(101)).count(), 0);
    }

    proptest! {
        #[test]
        fn every_recovery_code_is_read_again(random in any::<[u8; 10]>()) {
            let code = RecoveryCode::of(random);
            prop_assert_eq!(read(code.shown().expose()), Ok(Typed::Recovery(code.clone())));
        }

        #[test]
        fn different_bytes_make_different_codes(one in any::<[u8; 10]>(), other in any::<[u8; 10]>()) {
            prop_assume!(one != other);
            prop_assert_ne!(RecoveryCode::of(one), RecoveryCode::of(other));
        }
    }
}
