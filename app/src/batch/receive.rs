//! The rows of a batch as the browser sends them: each is checked once more when it arrives, and none is kept.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, BodyDataStream, Bytes};
use futures::stream::{Stream, StreamExt, try_unfold};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use uuid::Uuid;

use super::import::{Batch, ImportError, import};
use super::tell::{Lines, lines, refused};
use super::view::{BatchProgress, BatchSent};
use crate::domain::batch::{FILE_MAX, ROWS_MAX, SentProblem, SentReader, SentRow, named};
use crate::door::Caller;
use crate::error::AppError;

/// The most bytes that are sent: a file of Windows-1252 can become three times as long, and each row carries its line.
const SENT_MAX: usize = 3 * FILE_MAX + 8 * ROWS_MAX;
/// Each import holds a connection for as long as it runs.
const AT_ONCE: usize = 3;
/// For so long one waits for a sender altogether …
const PATIENCE: Duration = Duration::from_secs(60);
/// … and a second more for each so many bytes that have come: a line of which nobody could make a call. Whoever sends a byte a
/// second would hold the place of an import for a day.
const BYTES_A_SECOND: usize = 1_000;

/// Who may start another import.
#[derive(Clone, Debug)]
pub struct Imports(Arc<Semaphore>);

impl Default for Imports {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Imports {
    /// Stores what the body brings. Answers at once, with lines that tell how far it has come; when nobody reads them any more,
    /// it stops and nothing is left.
    pub fn start(&self, caller: Caller, id: Uuid, sent: BatchSent, body: Body) -> Result<Lines, AppError> {
        if sent.rows > sent.rows_read || sent.rows_read > ROWS_MAX {
            return Err(AppError::BadRequest);
        }
        let permit = Arc::clone(&self.0)
            .try_acquire_owned()
            .map_err(|_| AppError::Refused(format!("{AT_ONCE} imports are running already. Try again when one of them is done.")))?;
        let (tell, lines) = lines();
        tokio::spawn(run(caller, id, sent, body, tell, permit));
        Ok(lines)
    }
}

async fn run(
    caller: Caller,
    id: Uuid,
    sent: BatchSent,
    body: Body,
    mut tell: impl FnMut(BatchProgress) -> bool + Send + 'static,
    _permit: OwnedSemaphorePermit,
) {
    let file_name = named(&sent.file_name);
    let batch = Batch { id, file_name: &file_name, group: sent.group, profile: sent.profile, rows_read: sent.rows_read, rows: sent.rows };
    let rows = rows(body.into_data_stream(), PATIENCE);
    let done = import(&caller.pool, (&caller).into(), caller.scope(), batch, rows, &mut tell).await;
    // Who is gone does not hear how it ended.
    let _ = tell(match done {
        Ok(created) => BatchProgress::Done(created),
        Err(error) => told(error),
    });
}

/// The last line of an import that made nothing.
fn told(error: ImportError) -> BatchProgress {
    match error {
        // The commit is looked after when it breaks off: what is told here has happened before it.
        ImportError::Database(error) => refused(&AppError::from(error).and_nothing_done()),
        ImportError::NoRandom => refused(&AppError::internal(&error)),
        ImportError::Taken(taken) => BatchProgress::Refused {
            sentence: "Other accounts have some of these numbers by now. Nothing was created.".to_owned(),
            taken: taken.into_iter().map(|(_, number)| number.trim_start_matches('+').to_owned()).collect(),
        },
        other => BatchProgress::Refused { sentence: other.to_string(), taken: Vec::new() },
    }
}

/// The rows that each piece of the body completes. What counts is the time in which one waits for the sender, and not that in which
/// the rows are stored.
fn rows(body: BodyDataStream, patience: Duration) -> impl Stream<Item = Result<Vec<SentRow>, ImportError>> + Send {
    let arriving = Arriving { body, reader: SentReader::default(), bytes: 0, waited: Duration::ZERO };
    try_unfold(Some(arriving), move |arriving| async move {
        let Some(mut arriving) = arriving else { return Ok(None) };
        match arriving.next(patience).await {
            Ok(Some(Ok(piece))) if piece.is_empty() => Ok(Some((Vec::new(), Some(arriving)))),
            Ok(Some(Ok(piece))) => {
                arriving.bytes += piece.len();
                if arriving.bytes > SENT_MAX {
                    return Err(SentProblem::Malformed.into());
                }
                Ok(Some((arriving.reader.read(&piece)?, Some(arriving))))
            }
            Ok(None) => Ok(Some((arriving.reader.read(&[])?, None))),
            // The line broke, or little came for a long time.
            Ok(Some(Err(_))) | Err(_) => Err(ImportError::Cancelled),
        }
    })
}

/// A body of which a part has come.
struct Arriving {
    body: BodyDataStream,
    reader: SentReader,
    bytes: usize,
    /// For the sender.
    waited: Duration,
}

impl Arriving {
    async fn next(&mut self, patience: Duration) -> Result<Option<Result<Bytes, axum::Error>>, Elapsed> {
        let earned = Duration::from_secs((self.bytes / BYTES_A_SECOND) as u64);
        let began = Instant::now();
        let piece = timeout((patience + earned).saturating_sub(self.waited), self.body.next()).await;
        self.waited += began.elapsed();
        piece
    }
}

#[cfg(test)]
mod tests {
    use futures::stream::unfold;

    use super::*;

    /// So long after each other come pieces of a body that never ends.
    fn body(piece: &'static str, pause: Duration) -> BodyDataStream {
        let pieces = unfold((), move |()| async move {
            tokio::time::sleep(pause).await;
            Some((Ok::<_, std::io::Error>(piece), ()))
        });
        Body::from_stream(pieces).into_data_stream()
    }

    #[tokio::test]
    async fn a_sender_of_a_byte_now_and_then_is_given_up() {
        let began = Instant::now();
        let arriving = rows(body("x", Duration::from_millis(20)), Duration::from_millis(200));
        let mut arriving = std::pin::pin!(arriving);
        let end = loop {
            match arriving.next().await {
                Some(Ok(_)) => {}
                end => break end,
            }
        };
        assert!(matches!(end, Some(Err(ImportError::Cancelled))), "{end:?}");
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn a_slow_line_that_goes_on_is_waited_for() {
        // Two thousand bytes earn two seconds, and the pieces come within a tenth of that.
        let line: &str = Box::leak(format!("8,Ada,{},,,\r\n", "1".repeat(12)).repeat(100).into_boxed_str());
        let arriving = rows(body(line, Duration::from_millis(30)), Duration::from_millis(100));
        let mut arriving = std::pin::pin!(arriving);
        for _ in 0..8 {
            arriving.next().await.unwrap().unwrap();
        }
    }
}
