//! The open sessions of one operator, as the operator sees them.

use axum::http::request::Parts;
use leptos::prelude::use_context;
use sqlx::PgPool;
use tower_sessions::Session;
use tower_sessions::session::Id;
use uuid::Uuid;

use super::actions::subject;
use super::second_factor;
use super::session_store::hash;
use super::view::{OwnAccount, SecondFactorFacts, SessionRow};
use crate::audit::db::{Author, record};
use crate::door::Caller;
use crate::error::AppError;
use crate::ui::time::to_millis;

/// Which of one's own sessions to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one of this handle.
    One(Uuid),
    /// All but the one in which this is asked.
    Others,
}

/// The session of this request, in the context of a server function.
pub fn this() -> Option<Id> {
    use_context::<Parts>().and_then(|parts| parts.extensions.get::<Session>().and_then(Session::id))
}

/// One's own second factor and sessions.
pub async fn own_account(caller: &Caller, this: Option<&Id>) -> Result<OwnAccount, AppError> {
    let facts = second_factor::facts(&caller.pool, caller.operator.id).await?;
    Ok(OwnAccount {
        second_factor: facts.map(|facts| SecondFactorFacts { since: to_millis(facts.since), recovery_codes: facts.recovery_codes }),
        sessions: list(&caller.pool, caller.operator.id, this).await?,
    })
}

/// The open sessions of an operator: this one first, then by their last request.
async fn list(pool: &PgPool, operator: Uuid, this: Option<&Id>) -> Result<Vec<SessionRow>, sqlx::Error> {
    let this = this.map(hash).unwrap_or_default();
    let rows = sqlx::query!(
        r#"SELECT handle, browser, address, created_at, seen_at, id_hash = $2 AS "is_this!"
           FROM sessions WHERE operator_id = $1 AND expires_at > now() ORDER BY id_hash = $2 DESC, seen_at DESC"#,
        operator,
        &this[..]
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| SessionRow {
            handle: row.handle,
            browser: row.browser,
            address: row.address,
            began: to_millis(row.created_at),
            seen: to_millis(row.seen_at),
            is_this: row.is_this,
        })
        .collect())
}

/// Ends sessions of the author's own; gives how many there were.
pub async fn end_own(pool: &PgPool, author: Author<'_>, operator: Uuid, which: Which, this: &Id) -> Result<u64, sqlx::Error> {
    let mut tx = pool.begin().await?;
    let gone = match which {
        Which::One(handle) => sqlx::query!("DELETE FROM sessions WHERE operator_id = $1 AND handle = $2", operator, handle),
        Which::Others => sqlx::query!("DELETE FROM sessions WHERE operator_id = $1 AND id_hash <> $2", operator, &hash(this)[..]),
    };
    let gone = gone.execute(&mut *tx).await?.rows_affected();
    if gone > 0 {
        record(&mut tx, author, "sessions ended", subject(operator, author.name), &[]).await?;
    }
    tx.commit().await?;
    Ok(gone)
}
