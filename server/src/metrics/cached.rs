//! A value that is dear to ask for, kept for a while.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// Nobody waits longer for the database; what comes too late is no answer.
const LIMIT: Duration = Duration::from_secs(5);

pub struct Cached<T> {
    lifetime: Duration,
    kept: Mutex<Option<(Instant, Option<T>)>>,
}

impl<T: Clone> Cached<T> {
    pub fn new(lifetime: Duration) -> Self {
        Self { lifetime, kept: Mutex::new(None) }
    }

    /// The value as it is kept, or else asked for; none when there is no answer, which is kept as well. Those who come meanwhile
    /// wait for the same answer.
    pub async fn get<Asked>(&self, ask: impl FnOnce() -> Asked) -> Option<T>
    where
        Asked: Future<Output = Result<T, sqlx::Error>>,
    {
        let mut kept = self.kept.lock().await;
        if let Some((since, value)) = &*kept
            && since.elapsed() < self.lifetime
        {
            return value.clone();
        }
        let value = match tokio::time::timeout(LIMIT, ask()).await {
            Ok(Ok(value)) => Some(value),
            Ok(Err(error)) => {
                tracing::warn!(cause = ?error.to_string(), "what metrics tell of the database cannot be read");
                None
            }
            Err(_) => {
                tracing::warn!("what metrics tell of the database was not read in time");
                None
            }
        };
        *kept = Some((Instant::now(), value.clone()));
        value
    }
}
