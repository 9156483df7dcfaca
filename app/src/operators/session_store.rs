//! Sessions in Postgres, so that they outlive a restart and any number of servers share them.
//! A session ends after 30 minutes without a request, and 12 hours after it began whatever happens. One of nobody, who has yet to
//! give a code after the password, ends after 5 minutes.

use std::future::Future;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use sqlx::types::time::OffsetDateTime;
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use uuid::Uuid;

use crate::access::{SESSION_ADDRESS, SESSION_BROWSER, SESSION_OPERATOR};
use crate::db::{refused_to_write, takes_no_changes};

tokio::task_local! {
    static LOOKING: ();
}

/// Runs `work`, in which finding a session is no request of its operator: its end does not move.
pub async fn looking<F: Future>(work: F) -> F::Output {
    LOOKING.scope((), work).await
}

/// The store behind the session layer. When a session ends is decided here, by the database's clock: the times that
/// the layer sends along are not looked at.
#[derive(Clone, Debug)]
pub struct PostgresSessions {
    pool: PgPool,
}

/// A session that has not ended.
struct Found {
    data: serde_json::Value,
    expires_at: OffsetDateTime,
}

impl PostgresSessions {
    pub const fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Finds a session, whose end moves when this is a request of its operator.
    async fn find_and_move(&self, id: &Id) -> std::result::Result<Option<Found>, sqlx::Error> {
        let is_request = LOOKING.try_with(|()| ()).is_err();
        // The end moves at most once a minute, so that reading a page is not a write each time.
        sqlx::query_as!(
            Found,
            "WITH moved AS (
                 UPDATE sessions SET expires_at = least(now() + interval '30 minutes', created_at + interval '12 hours'), seen_at = now()
                 WHERE id_hash = $1 AND $2 AND expires_at > now() AND operator_id IS NOT NULL
                   AND (expires_at < least(now() + interval '29 minutes', created_at + interval '12 hours')
                        OR seen_at < now() - interval '1 minute')
             )
             SELECT data, expires_at FROM sessions WHERE id_hash = $1 AND expires_at > now()",
            &hash(id)[..],
            is_request
        )
        .fetch_optional(&self.pool)
        .await
    }

    async fn find(&self, id: &Id) -> std::result::Result<Option<Found>, sqlx::Error> {
        sqlx::query_as!(Found, "SELECT data, expires_at FROM sessions WHERE id_hash = $1 AND expires_at > now()", &hash(id)[..])
            .fetch_optional(&self.pool)
            .await
    }
}

#[async_trait]
impl SessionStore for PostgresSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        loop {
            let made = sqlx::query!(
                "INSERT INTO sessions (id_hash, operator_id, data, address, browser, expires_at)
                 VALUES ($1, $2::uuid, $3, $4, $5, now() + CASE WHEN $2::uuid IS NULL THEN interval '5 minutes' ELSE interval '30 minutes' END)
                 ON CONFLICT (id_hash) DO NOTHING",
                &hash(&record.id)[..],
                operator(record),
                data(record)?,
                text(record, SESSION_ADDRESS),
                text(record, SESSION_BROWSER)
            )
            .execute(&self.pool)
            .await
            .map_err(backend)?;
            if made.rows_affected() == 1 {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        // Only a session that is still there: one that was ended in the meantime must not come back.
        sqlx::query!(
            "UPDATE sessions SET operator_id = $2, data = $3 WHERE id_hash = $1 AND expires_at > now()",
            &hash(&record.id)[..],
            operator(record),
            data(record)?
        )
        .execute(&self.pool)
        .await
        .map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = match self.find_and_move(id).await {
            // What can be read is read: the end of the session moves again once the database takes changes.
            Err(error) if takes_no_changes(&error) => {
                refused_to_write();
                self.find(id).await
            }
            found => found,
        };
        found
            .map_err(backend)?
            .map(|found| {
                let data = serde_json::from_value(found.data).map_err(|error| Error::Decode(error.to_string()))?;
                Ok(Record { id: *id, data, expiry_date: found.expires_at })
            })
            .transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        sqlx::query!("DELETE FROM sessions WHERE id_hash = $1", &hash(id)[..]).execute(&self.pool).await.map_err(backend)?;
        Ok(())
    }
}

/// Removes the sessions that have ended by time; gives how many.
pub async fn delete_expired(pool: &PgPool) -> std::result::Result<u64, sqlx::Error> {
    let gone = sqlx::query!("DELETE FROM sessions WHERE expires_at <= now()").execute(pool).await?;
    Ok(gone.rows_affected())
}

/// What is stored of a session's id.
pub fn hash(id: &Id) -> [u8; 32] {
    Sha256::digest(id.0.to_le_bytes()).into()
}

/// Copied out of the session's data into a column, so that all sessions of one operator can be ended.
fn operator(record: &Record) -> Option<Uuid> {
    text(record, SESSION_OPERATOR)?.parse().ok()
}

fn text<'a>(record: &'a Record, key: &str) -> Option<&'a str> {
    record.data.get(key)?.as_str()
}

fn data(record: &Record) -> Result<serde_json::Value> {
    serde_json::to_value(&record.data).map_err(|error| Error::Encode(error.to_string()))
}

fn backend(error: sqlx::Error) -> Error {
    Error::Backend(error.to_string())
}
