//! What metrics tell of the database.

use sqlx::PgPool;

/// SMSes by state.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Stored {
    queued: i64,
    sending: i64,
    accepted: i64,
    delivered: i64,
    failed: i64,
    unknown: i64,
    pub oldest_queued_seconds: f64,
}

impl Stored {
    /// Those that are not handed over.
    pub fn outbox(&self) -> [(&'static str, i64); 2] {
        [("queued", self.queued), ("sending", self.sending)]
    }

    /// Those of the last 24 hours that were.
    pub fn last_day(&self) -> [(&'static str, i64); 4] {
        [("accepted", self.accepted), ("delivered", self.delivered), ("failed", self.failed), ("unknown", self.unknown)]
    }
}

/// Each number is counted in the index `messages_facets`: the outbox is short, and of the log the last day is read alone.
pub async fn read(pool: &PgPool) -> Result<Stored, sqlx::Error> {
    sqlx::query_as(
        "WITH last_day AS (
             SELECT s.state, (SELECT count(*) FROM messages m WHERE m.state = s.state AND m.kind = ANY ('{installation,activation,test}')
                                                                AND m.queued_at > now() - interval '1 day') AS count
             FROM unnest('{accepted,delivered,failed,unknown}'::text[]) s (state))
         SELECT (SELECT count(*) FROM messages WHERE state = 'queued') AS queued,
                (SELECT count(*) FROM messages WHERE state = 'sending') AS sending,
                (SELECT count FROM last_day WHERE state = 'accepted') AS accepted,
                (SELECT count FROM last_day WHERE state = 'delivered') AS delivered,
                (SELECT count FROM last_day WHERE state = 'failed') AS failed,
                (SELECT count FROM last_day WHERE state = 'unknown') AS unknown,
                coalesce((SELECT extract(epoch FROM now() - min(queued_at)) FROM messages WHERE state = 'queued'), 0)::float8
                    AS oldest_queued_seconds",
    )
    .fetch_one(pool)
    .await
}

/// How many registrations are in force. No index tells it, since none is to be kept up at each REGISTER.
pub async fn registrations(pool: &PgPool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM sip.registrations WHERE expires > extract(epoch FROM now())").fetch_one(pool).await
}
