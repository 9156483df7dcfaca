//! How far it has come, told over the request that started it: lines of JSON.

use futures::channel::mpsc::{UnboundedReceiver, unbounded};
use server_fn::Bytes;

use super::view::BatchProgress;
use crate::error::AppError;

/// What hears how far it has come; false when nobody listens any more.
pub type Tell = dyn FnMut(BatchProgress) -> bool + Send;

/// The lines as they are answered.
pub type Lines = UnboundedReceiver<Result<Bytes, AppError>>;

/// What tells, which is false when nobody listens any more, and what is listened to. Some hundred lines are told at most: nobody
/// has to wait for a slow listener.
pub fn lines() -> (impl FnMut(BatchProgress) -> bool + Send + 'static, Lines) {
    let (to, lines) = unbounded();
    let tell = move |progress: BatchProgress| {
        let line = serde_json::to_vec(&progress).map(|mut line| {
            line.push(b'\n');
            Bytes::from(line)
        });
        to.unbounded_send(line.map_err(|error| AppError::internal(&error))).is_ok()
    };
    (tell, lines)
}

/// The last line of what was refused.
pub fn refused(error: &AppError) -> BatchProgress {
    BatchProgress::Refused { sentence: error.to_string(), taken: Vec::new() }
}
