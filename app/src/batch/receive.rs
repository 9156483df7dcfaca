//! The rows of a batch as the browser sends them: each is checked once more when it arrives, and none is kept.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use futures::stream::{Stream, StreamExt, try_unfold};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
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
/// A sender from whom nothing comes for this long is given up.
const PATIENCE: Duration = Duration::from_secs(60);

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
    let done = import(&caller.pool, (&caller).into(), batch, rows(body.into_data_stream()), &mut tell).await;
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

/// The rows that each piece of the body completes.
fn rows(body: BodyDataStream) -> impl Stream<Item = Result<Vec<SentRow>, ImportError>> + Send {
    try_unfold(Some((body, SentReader::default(), 0)), |state| async move {
        let Some((mut body, mut reader, bytes)) = state else { return Ok(None) };
        match timeout(PATIENCE, body.next()).await {
            Ok(Some(Ok(piece))) if piece.is_empty() => Ok(Some((Vec::new(), Some((body, reader, bytes))))),
            Ok(Some(Ok(piece))) => {
                let bytes = bytes + piece.len();
                if bytes > SENT_MAX {
                    return Err(SentProblem::Malformed.into());
                }
                Ok(Some((reader.read(&piece)?, Some((body, reader, bytes)))))
            }
            Ok(None) => Ok(Some((reader.read(&[])?, None))),
            // The line broke, or nothing came for a long time.
            Ok(Some(Err(_))) | Err(_) => Err(ImportError::Cancelled),
        }
    })
}
