//! The second factor in the database: set up, asked for, and taken away.

use sqlx::types::time::OffsetDateTime;
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::actions::subject;
use super::db::end_sessions;
use super::totp::TotpSecret;
use crate::audit::Change;
use crate::audit::db::{Author, record};
use crate::domain::second_factor::{RECOVERY_CODES, RecoveryCode, Typed, step_at};
use crate::domain::secret::Secret;
use crate::error::AppError;
use crate::keys::{Keys, token_digest};

/// What operators see of their second factor.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    pub since: OffsetDateTime,
    pub recovery_codes: i64,
}

/// A secret that belongs to one operator, sealed: in another's row it opens nothing.
pub fn seal(keys: &Keys, operator: Uuid, secret: &TotpSecret) -> Result<Vec<u8>, AppError> {
    keys.seal(&place(operator), &secret.key()).ok_or_else(|| AppError::internal("the system gives no random numbers"))
}

/// What was sealed for an operator; nothing when that was done with another key.
pub fn unseal(keys: &Keys, operator: Uuid, sealed: &[u8]) -> Option<TotpSecret> {
    TotpSecret::from_key(&keys.open(&place(operator), sealed)?)
}

fn place(operator: Uuid) -> String {
    format!("totp {operator}")
}

/// Present time steps are those of this server: nothing else has to agree with phones.
fn now() -> i64 {
    step_at(OffsetDateTime::now_utc().unix_timestamp())
}

/// Whether this is a code of the operator's; it is used up then. Two at once do not both pass: the row is held.
pub async fn take(pool: &PgPool, keys: &Keys, author: Author<'_>, operator: Uuid, typed: &Typed) -> Result<bool, sqlx::Error> {
    let mut tx = pool.begin().await?;
    let row = sqlx::query!("SELECT totp_sealed, totp_last_step FROM operators WHERE id = $1 FOR UPDATE", operator)
        .fetch_optional(&mut *tx)
        .await?;
    let Some((Some(sealed), last)) = row.map(|row| (row.totp_sealed, row.totp_last_step)) else { return Ok(false) };
    let is_taken = match typed {
        Typed::Code(code) => {
            let secret = unseal(keys, operator, &sealed);
            if secret.is_none() {
                tracing::error!(%operator, "the second factor was sealed with another key: only recovery codes work, or removing it");
            }
            match secret.and_then(|secret| secret.step_of(code.expose(), now(), last)) {
                Some(step) => {
                    sqlx::query!("UPDATE operators SET totp_last_step = $2 WHERE id = $1", operator, step).execute(&mut *tx).await?;
                    true
                }
                None => false,
            }
        }
        Typed::Recovery(code) => use_up(&mut tx, author, operator, code).await?,
    };
    tx.commit().await?;
    Ok(is_taken)
}

async fn use_up(connection: &mut PgConnection, author: Author<'_>, operator: Uuid, code: &RecoveryCode) -> Result<bool, sqlx::Error> {
    let gone = sqlx::query!(
        "DELETE FROM operator_recovery_codes WHERE operator_id = $1 AND code_digest = $2",
        operator,
        &token_digest(code.expose())[..]
    )
    .execute(&mut *connection)
    .await?;
    if gone.rows_affected() == 0 {
        return Ok(false);
    }
    let left = count(&mut *connection, operator).await?;
    let change = Change { field: "Recovery codes left".into(), before: (left + 1).to_string(), after: left.to_string() };
    record(connection, author, "recovery code used", subject(operator, author.name), &[change]).await?;
    Ok(true)
}

async fn count(executor: impl PgExecutor<'_>, operator: Uuid) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM operator_recovery_codes WHERE operator_id = $1"#, operator)
        .fetch_one(executor)
        .await
}

/// Makes a secret the operator's second factor, when `code` is one of its codes; the other one, if there was one, counts no more. All
/// sessions of the operator end: they began without it. Gives fresh recovery codes, or nothing when the code is wrong.
pub async fn set_up(
    pool: &PgPool,
    keys: &Keys,
    author: Author<'_>,
    operator: Uuid,
    secret: &TotpSecret,
    code: &Secret,
) -> Result<Option<Vec<RecoveryCode>>, AppError> {
    let Some(step) = secret.step_of(code.expose(), now(), None) else { return Ok(None) };
    let (sealed, codes) = (seal(keys, operator, secret)?, fresh_codes()?);
    let digests: Vec<Vec<u8>> = codes.iter().map(|code| token_digest(code.expose()).to_vec()).collect();
    let mut tx = pool.begin().await?;
    forget(&mut tx, operator).await?;
    sqlx::query!("UPDATE operators SET totp_sealed = $2, totp_since = now(), totp_last_step = $3 WHERE id = $1", operator, sealed, step)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("INSERT INTO operator_recovery_codes (operator_id, code_digest) SELECT $1, unnest($2::bytea[])", operator, &digests)
        .execute(&mut *tx)
        .await?;
    end_sessions(&mut tx, operator).await?;
    record(&mut tx, author, "second factor set up", subject(operator, author.name), &[]).await?;
    tx.commit().await?;
    Ok(Some(codes))
}

fn fresh_codes() -> Result<Vec<RecoveryCode>, AppError> {
    let fresh = || {
        let mut random = [0; 10];
        getrandom::fill(&mut random).map(|()| RecoveryCode::of(random))
    };
    (0..RECOVERY_CODES).map(|_| fresh()).collect::<Result<_, _>>().map_err(|error| AppError::internal(&error))
}

/// Takes an operator's own second factor away.
pub async fn remove_own(pool: &PgPool, author: Author<'_>, operator: Uuid) -> Result<(), sqlx::Error> {
    let mut tx = pool.begin().await?;
    forget(&mut tx, operator).await?;
    record(&mut tx, author, "second factor removed", subject(operator, author.name), &[]).await?;
    tx.commit().await
}

/// Removes what an operator's second factor was.
pub async fn forget(connection: &mut PgConnection, operator: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE operators SET totp_sealed = NULL, totp_since = NULL, totp_last_step = NULL WHERE id = $1", operator)
        .execute(&mut *connection)
        .await?;
    sqlx::query!("DELETE FROM operator_recovery_codes WHERE operator_id = $1", operator).execute(connection).await?;
    Ok(())
}

/// Since when an operator has a second factor, and how many recovery codes are left.
pub async fn facts(pool: &PgPool, operator: Uuid) -> Result<Option<Facts>, sqlx::Error> {
    let since = sqlx::query_scalar!("SELECT totp_since FROM operators WHERE id = $1", operator).fetch_optional(pool).await?;
    match since.flatten() {
        Some(since) => Ok(Some(Facts { since, recovery_codes: count(pool, operator).await? })),
        None => Ok(None),
    }
}
