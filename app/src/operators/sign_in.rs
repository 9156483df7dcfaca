//! Judging a try to sign in, and slowing down who guesses.
//!
//! Two limits, both in Postgres so that all servers share them. An address (of IPv6 its /64) has three tries, and gets
//! one back every 20 seconds. A name may fail four times; from the fifth failure on the next try has to wait 1, 2, 4 …
//! 300 seconds, whoever tries, and whether or not there is such an operator. Nothing locks for good. A wrong code of a second factor
//! counts like a wrong password; where one is asked for, the password alone forgets no failure of the name.

use std::net::{IpAddr, Ipv6Addr};

use sha2::{Digest, Sha256};
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use crate::audit::db::Author;
use crate::audit::sessions;
use crate::domain::operator::OperatorName;
use crate::domain::second_factor::{self as rules, NoCode, SecondFactor};
use crate::domain::secret::Secret;
use crate::keys::Keys;
use crate::operators::db::{self, Credentials};
use crate::operators::operator::Operator;
use crate::operators::password::{self, HashError};
use crate::operators::second_factor;

/// Why nobody was signed in. `Wrong` and `Wait` are sentences for the page.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    #[error("The operator name or the password is wrong. {}", tries(*tries_left))]
    Wrong {
        /// How many tries are left before the next one has to wait.
        tries_left: u32,
    },
    #[error("This code is wrong, too old, or was used already. Wait for the next one. {}", tries(*tries_left))]
    WrongCode {
        /// How many tries are left before the next one has to wait.
        tries_left: u32,
    },
    #[error(transparent)]
    NoCode(#[from] NoCode),
    #[error("Too many tries. Wait {} and try again.", time(*seconds))]
    Wait { seconds: u32 },
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Hash(#[from] HashError),
}

/// Gives the operator whose name and password these are, tried from `address`, with the hash that they were judged by. Who has a
/// second factor is not let in by that alone: see [`ask_for_code`].
pub async fn sign_in(pool: &PgPool, name: &str, password: Secret, address: IpAddr) -> Result<Credentials, SignInError> {
    let from = address;
    let address = address_key(address);
    let address_tries = take_address_try(pool, &address).await?;
    // What cannot be a name is nobody's: Postgres would not even read one with a NUL.
    let found = match OperatorName::parse(name) {
        Ok(name) => db::find_credentials(pool, name.as_str()).await?,
        Err(_) => None,
    };
    let name = name_key(found.as_ref().map_or(name.trim(), |found| &found.operator.name));
    let name_tries = take_name_try(pool, &name).await?;

    let hash = found.as_ref().map(|found| found.password_hash.clone());
    let right = password::verify(password, hash).await?;
    match found {
        Some(found) if right && !found.disabled => {
            if found.operator.second_factor == SecondFactor::On {
                give_back(pool, &address, &name).await?;
            } else {
                settle(pool, &address, &name, found.operator.id).await?;
            }
            Ok(found)
        }
        found => {
            // Until the delay begins: who goes on then adds nothing to the history. What was typed as a name may be a password.
            if let Some(found) = found.filter(|_| name_tries > 0) {
                sessions::failed(pool, found.operator.id, &found.operator.name, from).await?;
            }
            Err(SignInError::Wrong { tries_left: address_tries.min(name_tries) })
        }
    }
}

/// Takes a code of the second factor, typed at `address` by whoever knows the operator's password.
pub async fn ask_for_code(pool: &PgPool, keys: &Keys, operator: &Operator, typed: &str, address: IpAddr) -> Result<(), SignInError> {
    // What is no code at all is no guess.
    let typed = rules::read(typed)?;
    let author = Author { id: Some(operator.id), name: &operator.name, address: Some(address) };
    let address = address_key(address);
    let address_tries = take_address_try(pool, &address).await?;
    let name = name_key(&operator.name);
    let name_tries = take_name_try(pool, &name).await?;
    if second_factor::take(pool, keys, author, operator.id, &typed).await? {
        settle(pool, &address, &name, operator.id).await?;
        return Ok(());
    }
    Err(SignInError::WrongCode { tries_left: address_tries.min(name_tries) })
}

/// Lets the name be tried again at once, after its password was set anew.
pub async fn forget_failures(executor: impl PgExecutor<'_>, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM sign_in_limits WHERE key = $1", name_key(name)).execute(executor).await?;
    Ok(())
}

/// Removes what was counted before yesterday; gives how many rows.
pub async fn delete_stale_limits(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let gone = sqlx::query!(
        "DELETE FROM sign_in_limits WHERE refilled_at < now() - interval '1 day' AND blocked_until < now() - interval '1 day'"
    )
    .execute(pool)
    .await?;
    Ok(gone.rows_affected())
}

/// Takes one of the address's tries; gives how many whole ones are left.
async fn take_address_try(pool: &PgPool, key: &str) -> Result<u32, SignInError> {
    let left = sqlx::query_scalar!(
        "INSERT INTO sign_in_limits AS l (key, tokens) VALUES ($1, 2)
         ON CONFLICT (key) DO UPDATE
             SET tokens = least(3, l.tokens + extract(epoch FROM clock_timestamp() - l.refilled_at) / 20) - 1,
                 refilled_at = clock_timestamp()
             WHERE least(3, l.tokens + extract(epoch FROM clock_timestamp() - l.refilled_at) / 20) >= 1
         RETURNING floor(tokens)::integer AS \"left!\"",
        key
    )
    .fetch_optional(pool)
    .await?;
    if let Some(left) = left {
        return Ok(left.try_into().unwrap_or(0));
    }
    let seconds = sqlx::query_scalar!(
        "SELECT ceil((1 - tokens) * 20 - extract(epoch FROM clock_timestamp() - refilled_at))::integer AS \"seconds!\"
         FROM sign_in_limits WHERE key = $1",
        key
    )
    .fetch_optional(pool)
    .await?;
    Err(SignInError::Wait { seconds: at_least_one(seconds) })
}

/// Counts a failure of the name before the password is looked at, so that many tries at once cannot all pass the
/// check; a success takes it back. Gives how many tries are left before the first wait.
async fn take_name_try(pool: &PgPool, key: &str) -> Result<u32, SignInError> {
    let left = sqlx::query_scalar!(
        "INSERT INTO sign_in_limits AS l (key, failures) VALUES ($1, 1)
         ON CONFLICT (key) DO UPDATE
             SET failures = l.failures + 1,
                 blocked_until = clock_timestamp()
                     + make_interval(secs => CASE WHEN l.failures < 4 THEN 0 ELSE least(300, power(2, least(l.failures - 4, 9))) END)
             WHERE l.blocked_until <= clock_timestamp()
         RETURNING greatest(0, 5 - failures) AS \"left!\"",
        key
    )
    .fetch_optional(pool)
    .await?;
    if let Some(left) = left {
        return Ok(left.try_into().unwrap_or(0));
    }
    let seconds = sqlx::query_scalar!(
        "SELECT ceil(extract(epoch FROM blocked_until - clock_timestamp()))::integer AS \"seconds!\"
         FROM sign_in_limits WHERE key = $1",
        key
    )
    .fetch_optional(pool)
    .await?;
    Err(SignInError::Wait { seconds: at_least_one(seconds) })
}

/// A right password costs neither the address nor the name anything. What went wrong before stays counted: otherwise whoever knows
/// the password could guess at codes without end.
async fn give_back(pool: &PgPool, address: &str, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "WITH given_back AS (UPDATE sign_in_limits SET tokens = least(3, tokens + 1) WHERE key = $1)
         UPDATE sign_in_limits SET failures = greatest(0, failures - 1), blocked_until = clock_timestamp() WHERE key = $2",
        address,
        name
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// A success costs neither the address nor the name anything.
async fn settle(pool: &PgPool, address: &str, name: &str, operator: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "WITH given_back AS (UPDATE sign_in_limits SET tokens = least(3, tokens + 1) WHERE key = $1),
              forgotten AS (DELETE FROM sign_in_limits WHERE key = $2)
         UPDATE operators SET last_sign_in_at = now() WHERE id = $3",
        address,
        name,
        operator
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Under what an address is counted.
pub fn address_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("address {address}"),
        // One customer has a whole /64, so a limit on the single address would be none.
        IpAddr::V6(address) => format!("address {}/64", Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
    }
}

/// People type their password where the name belongs: what was typed is kept as a digest only.
fn name_key(name: &str) -> String {
    format!("name {:x}", Sha256::digest(name.to_lowercase()))
}

fn at_least_one(seconds: Option<i32>) -> u32 {
    seconds.and_then(|seconds| seconds.try_into().ok()).unwrap_or(1).max(1)
}

fn tries(left: u32) -> String {
    match left {
        0 => "The next try has to wait a little.".into(),
        1 => "One try is left before you have to wait.".into(),
        n => format!("{n} tries are left before you have to wait."),
    }
}

fn time(seconds: u32) -> String {
    match seconds {
        1 => "one second".into(),
        s if s < 120 => format!("{s} seconds"),
        s => format!("{} minutes", s.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_one_address() {
        let key = |text: &str| address_key(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2:aaaa::1"), key("2001:db8:1:2:bbbb::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.7"), key("192.0.2.7"));
        assert_ne!(key("192.0.2.7"), key("192.0.2.8"));
    }

    #[test]
    fn a_name_is_the_same_in_any_case_and_not_readable() {
        assert_eq!(name_key("Ada"), name_key("aDA"));
        assert!(!name_key("ada").contains("ada"));
    }

    #[test]
    fn errors_are_sentences() {
        assert_eq!(
            SignInError::Wrong { tries_left: 2 }.to_string(),
            "The operator name or the password is wrong. 2 tries are left before you have to wait."
        );
        assert_eq!(
            SignInError::WrongCode { tries_left: 1 }.to_string(),
            "This code is wrong, too old, or was used already. Wait for the next one. One try is left before you have to wait."
        );
        assert_eq!(SignInError::Wait { seconds: 1 }.to_string(), "Too many tries. Wait one second and try again.");
        assert_eq!(SignInError::Wait { seconds: 300 }.to_string(), "Too many tries. Wait 5 minutes and try again.");
    }
}
