//! From the button to the result, or back to the rows with the reason.

use std::pin::pin;

use futures::channel::oneshot;
use futures::future::{Either, select};
use leptos::prelude::*;

use super::browser::left_out_name;
use super::create::Work;
use super::reading::{left_out, mark};
use super::sending::{Heard, Upload, body};
use super::state::Stage;
use crate::batch::api::is_batch_stored;
use crate::batch::left_out::LeftOut;
use crate::batch::view::{BatchProgress, BatchSent};
use crate::domain::batch::NumberKey;
use crate::error::AppError;

/// How it ended.
enum End {
    Done,
    /// Nothing was created; why, and the numbers that are not free.
    Refused(String, Vec<NumberKey>),
    Stopped,
    /// How it ended is not known yet.
    Broken(AppError),
}

impl Work {
    /// Makes the accounts, until `stopped` is heard.
    pub(super) async fn all(self, stopped: oneshot::Receiver<()>) {
        let state = self.state;
        let end = self.send(stopped).await;
        let Some(id) = state.id.try_get_value() else { return };
        let end = if matches!(end, End::Stopped | End::Broken(_)) { truth(&end, is_batch_stored(id).await) } else { end };
        // The page may have been left.
        if state.stage.is_disposed() {
            return;
        }
        match end {
            End::Refused(sentence, taken) => {
                mark(state, state.generation(), &taken).await;
                state.stage.set(Stage::Checking);
                state.problem.set(Some(sentence));
                crate::ui::error_summary::bring_into_view("batch-problem");
            }
            End::Done | End::Stopped | End::Broken(_) => {
                if state.counts.get_untracked().with_problems > 0
                    && let Some(text) = left_out(state).await
                {
                    let file = state.facts.with_untracked(|facts| facts.as_ref().map(|facts| facts.name.clone()));
                    let name = left_out_name(&file.unwrap_or_default());
                    self.left_out.set_value(Some(LeftOut { batch: id, name, text }));
                }
                state.is_repaired.set(false);
                self.finish.run(());
            }
        }
    }

    async fn send(self, stopped: oneshot::Receiver<()>) -> End {
        let state = self.state;
        let Some(rows) = body(state).await else { return End::Stopped };
        let counts = state.counts.get_untracked();
        let parsed = |id: RwSignal<String>| id.with_untracked(|id| id.parse().unwrap_or_default());
        let sent = BatchSent {
            file_name: state.facts.with_untracked(|facts| facts.as_ref().map(|facts| facts.name.clone())).unwrap_or_default(),
            group: parsed(state.group),
            profile: parsed(state.profile),
            rows_read: counts.rows,
            rows: counts.ready(),
        };
        let id = state.id.get_value().to_string();
        let Ok(mut upload) = Upload::start(&id, &sent, &rows) else { return End::Broken(AppError::Network) };
        let mut stopped = stopped;
        loop {
            let next = pin!(upload.next());
            // When it is stopped, the request is dropped, which tells the server.
            let Either::Right((heard, _)) = select(&mut stopped, next).await else { return End::Stopped };
            match heard {
                Some(Heard::Sent(part)) => self.sent.set(part),
                Some(Heard::Progress(BatchProgress::Done(_))) => return End::Done,
                Some(Heard::Progress(BatchProgress::Refused { sentence, taken })) => {
                    return End::Refused(sentence, taken.iter().filter_map(|digits| NumberKey::digits(digits)).collect());
                }
                Some(Heard::Progress(progress)) => self.progress.set(Some(progress)),
                Some(Heard::Broken(error)) => return End::Broken(error),
                None => return End::Broken(AppError::Network),
            }
        }
    }
}

/// How it ended, by what the database says: there is the truth, and only there.
fn truth(end: &End, is_stored: Result<bool, AppError>) -> End {
    let sentence = match (end, is_stored) {
        (_, Ok(true)) => return End::Done,
        (End::Broken(AppError::Network), Ok(false)) => {
            "The connection broke, and nothing was created. Press Create again when it is back.".to_owned()
        }
        (End::Broken(error), Ok(false)) => format!("{error} Nothing was created."),
        (_, Ok(false)) => "Cancelled: nothing was created.".to_owned(),
        (_, Err(error)) => format!(
            "{error} Whether the accounts were created is not known yet: press Create again when the server answers. What is there already \
             is not made twice."
        ),
    };
    End::Refused(sentence, Vec::new())
}
