//! Hashing and checking of operators' passwords: argon2id, away from the threads that answer requests.

use std::sync::LazyLock;
use std::thread::available_parallelism;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::domain::password::AccountPassword;
use crate::domain::secret::Secret;

/// OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Compared with when there is no such operator, so that an unknown name costs as much time as a known one. It is no
/// password's hash: its output is all zero bits.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ib2R5$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// At most one hash a core at once: a burst of sign-ins waits here instead of taking memory and every core.
static CORES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, Into::into)));

/// Why a hash could not be made or checked: no fault of what was typed.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed: {0}")]
pub struct HashError(String);

/// A password that nobody could guess, to be changed at the first sign-in.
pub fn one_time() -> Result<Secret, HashError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(wrong)?;
    Ok(Secret::from(AccountPassword::generate(&random)))
}

/// The argon2id hash of `password` with a fresh salt, in PHC form.
pub async fn hash(password: Secret) -> Result<String, HashError> {
    on_a_core(move || {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(wrong)?;
        let salt = SaltString::encode_b64(&salt).map_err(wrong)?;
        let hash = hasher()?.hash_password(password.expose().as_bytes(), &salt).map_err(wrong)?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether `password` is the one that `hash` (in PHC form) was made of. Without a hash the answer is no, after the same time.
pub async fn verify(password: Secret, hash: Option<String>) -> Result<bool, HashError> {
    on_a_core(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let parsed = PasswordHash::new(&hash).map_err(wrong)?;
        let same = hasher()?.verify_password(password.expose().as_bytes(), &parsed).is_ok();
        Ok(same && known)
    })
    .await
}

fn hasher() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(wrong)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn on_a_core<T: Send + 'static>(work: impl FnOnce() -> Result<T, HashError> + Send + 'static) -> Result<T, HashError> {
    // The permit goes with the work: it is held to the end also when the request that asked has gone away.
    let permit = CORES.acquire().await.map_err(wrong)?;
    let done = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work()
    });
    done.await.map_err(wrong)?
}

fn wrong(cause: impl ToString) -> HashError {
    HashError(cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::from(text.to_owned())
    }

    #[tokio::test]
    async fn a_hash_opens_for_its_password_alone() {
        let hash = hash(secret("correct horse battery")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify(secret("correct horse battery"), Some(hash.clone())).await.unwrap());
        assert!(!verify(secret("correct horse batterz"), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn two_hashes_of_one_password_differ() {
        let password = || secret("correct horse battery");
        assert_ne!(hash(password()).await.unwrap(), hash(password()).await.unwrap());
    }

    #[test]
    fn an_unknown_name_costs_what_a_known_one_costs() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        assert_eq!(nobody.algorithm, Algorithm::Argon2id.ident());
        let params = Params::try_from(&nobody).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, PASSES, LANES));
        assert!(nobody.salt.is_some() && nobody.hash.is_some_and(|hash| hash.len() == 32), "it is compared to the end");
    }

    #[tokio::test]
    async fn nobody_is_never_let_in() {
        assert!(!verify(secret(""), None).await.unwrap());
    }
}
