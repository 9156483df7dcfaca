//! Who tries links that nobody made is slowed down. Kept in Postgres, so that all servers count together.

use std::net::IpAddr;

use sqlx::PgPool;

use crate::operators::sign_in::address_key;

/// So many unknown links may be tried from one address (of IPv6 its /64) at once.
const TRIES: f64 = 20.0;
/// After so many seconds one of them comes back.
const SECONDS: f64 = 3.0;

/// Whether links may be tried from this address now. To be asked before a token is looked up, so that somebody who guesses learns
/// nothing beyond the limit.
pub async fn may_try(pool: &PgPool, address: IpAddr) -> Result<bool, sqlx::Error> {
    let may = sqlx::query_scalar!(
        r#"SELECT tokens + extract(epoch FROM clock_timestamp() - refilled_at) / $2::double precision >= 1 AS "may!"
           FROM link_limits WHERE key = $1"#,
        address_key(address),
        SECONDS,
    )
    .fetch_optional(pool)
    .await?;
    Ok(may.unwrap_or(true))
}

/// Counts a link that nobody made. False when others were counted meanwhile, up to the limit: of many that are tried at once no more
/// are told to be unknown than of many one after the other.
pub async fn count_unknown(pool: &PgPool, address: IpAddr) -> Result<bool, sqlx::Error> {
    let counted = sqlx::query!(
        "INSERT INTO link_limits AS l (key, tokens) VALUES ($1, $2::double precision - 1)
         ON CONFLICT (key) DO UPDATE
             SET tokens = least($2::double precision, l.tokens + extract(epoch FROM clock_timestamp() - l.refilled_at) / $3::double precision) - 1,
                 refilled_at = clock_timestamp()
             WHERE l.tokens + extract(epoch FROM clock_timestamp() - l.refilled_at) / $3::double precision >= 1",
        address_key(address),
        TRIES,
        SECONDS,
    )
    .execute(pool)
    .await?;
    Ok(counted.rows_affected() == 1)
}

/// Removes what has come back whole since; gives how many rows.
pub async fn delete_stale(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let gone = sqlx::query!("DELETE FROM link_limits WHERE refilled_at < now() - interval '1 hour'").execute(pool).await?;
    Ok(gone.rows_affected())
}
