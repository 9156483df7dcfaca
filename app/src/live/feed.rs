//! One reader of changes for each server, however many pages listen, and none while nobody does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, Interval, interval_at};

use super::db::Reader;
use super::news::News;
use super::view::Changes;
use crate::db::within;
use crate::operators::operator::Operator;

/// Between two looks at the database: half of what a change may take to be seen.
const PAUSE: Duration = Duration::from_millis(400);
/// A look that takes longer finds nothing any more: the next one begins anew.
const LIMIT: Duration = Duration::from_secs(10);
/// A page that is this many events late looks at everything.
const EVENTS_HELD: usize = 64;

/// The changes, for whoever listens. Its clones are one.
#[derive(Clone, Debug)]
pub struct Feed(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    news: broadcast::Sender<Arc<News>>,
    reading: Mutex<Reading>,
    stopped: watch::Sender<bool>,
    heartbeat: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// Nobody listens.
    Off,
    /// There is no read to go on from: none yet, or the database was away.
    Beginning,
    /// Nothing is missed.
    On,
}

/// What a listener is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Changes(Changes),
    /// Nothing has happened for a while: a time to see whether the listener may still listen.
    Heartbeat,
}

impl Feed {
    /// A feed whose listeners hear something at least every `heartbeat`.
    #[must_use]
    pub fn new(heartbeat: Duration) -> Self {
        let (news, _) = broadcast::channel(EVENTS_HELD);
        let (stopped, _) = watch::channel(false);
        Self(Arc::new(Shared { news, reading: Mutex::new(Reading::Off), stopped, heartbeat }))
    }

    /// Everything that changes from now on in the groups that this operator sees. The first to be told is to look at everything: what
    /// has changed before is not.
    #[must_use]
    pub fn listen(&self, pool: &PgPool, operator: Operator) -> Listener {
        let mut reading = self.reading();
        let news = self.0.news.subscribe();
        let missed = match *reading {
            Reading::On => Some(Changes::EVERYTHING),
            // Told by the reader as soon as it can miss nothing.
            Reading::Beginning => None,
            Reading::Off => {
                *reading = Reading::Beginning;
                tokio::spawn(self.clone().read_on(pool.clone()));
                None
            }
        };
        let heartbeat = interval_at(Instant::now() + self.0.heartbeat, self.0.heartbeat);
        Listener { operator, news, missed, stopped: self.0.stopped.subscribe(), heartbeat }
    }

    /// How many listen at this moment.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.0.news.receiver_count()
    }

    /// Ends all listening, now and from now on.
    pub fn stop(&self) {
        self.0.stopped.send_replace(true);
    }

    async fn read_on(self, pool: PgPool) {
        let mut reader = Reader::default();
        while self.is_heard() {
            match within(LIMIT, reader.read(&pool)).await {
                Ok(news) => self.tell(news),
                Err(error) => {
                    tracing::debug!(cause = ?error.to_string(), "changes cannot be read");
                    reader = Reader::default();
                    *self.reading() = Reading::Beginning;
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Whether somebody listens; if not, the next who does starts another reader.
    fn is_heard(&self) -> bool {
        let mut reading = self.reading();
        if self.0.news.receiver_count() == 0 {
            *reading = Reading::Off;
        }
        *reading != Reading::Off
    }

    fn tell(&self, news: News) {
        let mut reading = self.reading();
        let news = if *reading == Reading::On { news } else { News::EVERYTHING };
        *reading = Reading::On;
        if !news.is_none() {
            // Refused when nobody listens any more, which is seen before the next read.
            let _ = self.0.news.send(Arc::new(news));
        }
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.0.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who listens.
#[derive(Debug)]
pub struct Listener {
    operator: Operator,
    news: broadcast::Receiver<Arc<News>>,
    missed: Option<Changes>,
    stopped: watch::Receiver<bool>,
    heartbeat: Interval,
}

impl Listener {
    /// Waits for what comes next; nothing does when the server stops, or the operator sees other groups by now.
    pub async fn next(&mut self) -> Option<Told> {
        if let Some(missed) = self.missed.take() {
            return Some(Told::Changes(missed));
        }
        loop {
            let news = tokio::select! {
                biased;
                _ = self.stopped.wait_for(|stopped| *stopped) => return None,
                _ = self.heartbeat.tick() => return Some(Told::Heartbeat),
                news = self.news.recv() => news,
            };
            let changes = match news {
                Ok(news) if news.limit(self.operator.id) => return None,
                Ok(news) => news.inside(&self.operator.scope),
                Err(RecvError::Lagged(_)) => Changes::EVERYTHING,
                Err(RecvError::Closed) => return None,
            };
            // What concerns others alone is not even a sign of life.
            if !changes.is_none() {
                return Some(Told::Changes(changes));
            }
        }
    }

    /// Whether this is still the operator who listens, as far as it matters here.
    #[must_use]
    pub fn is_of(&self, operator: &Operator) -> bool {
        operator.id == self.operator.id && operator.scope == self.operator.scope
    }
}
