//! A file is read and checked in slices, so that the page stays responsive; then its numbers are compared with those of all accounts,
//! in one request.

use gloo_net::http::{Request, Response};
use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use uuid::Uuid;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use super::browser::{SLICE, in_slices, now, remember, remembered, turn};
use super::state::{BatchState, Compared, Facts, Stage};
use crate::domain::batch::{BatchColumn, BatchFile, BatchRow, Choices, FILE_MAX, FileProblem, Mapping, NumberKey, Reading};
use crate::domain::batch::{left_out_head, push_left_out};
use crate::error::AppError;

/// Rows that are checked between two looks at the clock.
const PIECE: usize = 100;

/// Takes a file that was dropped or chosen.
pub fn take(state: BatchState, file: File) {
    state.choices.set(Choices { remembered: remembered(), ..Choices::default() });
    state.id.set_value(new_id());
    read(state, file);
}

/// Reads a file, as the operator has chosen.
pub fn read(state: BatchState, file: File) {
    let generation = state.next_generation();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes of files are whole and fit")]
    let bytes = file.size() as usize;
    state.facts.set(Some(Facts { name: file.name(), bytes, read: None }));
    state.stage.set(Stage::Reading);
    state.file.set_value(None);
    spawn_local(async move {
        let done = work(state, generation, &file, bytes).await;
        if !state.is_current(generation) {
            return;
        }
        match done {
            Ok(Some(file)) => show(state, file).await,
            Ok(None) => {}
            Err(problem) => state.stage.set(Stage::Choosing(Some(problem))),
        }
    });
}

async fn work(state: BatchState, generation: u64, file: &File, bytes: usize) -> Result<Option<BatchFile>, String> {
    if bytes > FILE_MAX {
        return Err(FileProblem::TooLarge.to_string());
    }
    let buffer = JsFuture::from(file.array_buffer()).await;
    let buffer = buffer.map_err(|_| "The browser cannot read this file any more: it was moved or changed. Choose it again.".to_owned())?;
    let bytes = Uint8Array::new(&buffer).to_vec();
    let reading = Reading::new(bytes, state.choices.get_untracked()).map_err(|problem| problem.to_string())?;
    go_through(state, generation, reading).await.map_err(|problem| problem.to_string())
}

async fn go_through(state: BatchState, generation: u64, mut reading: Reading) -> Result<Option<BatchFile>, FileProblem> {
    let mut began = now();
    while state.is_current(generation) {
        if let Some(file) = reading.advance(PIECE)? {
            return Ok(Some(file));
        }
        if now() - began >= SLICE {
            turn().await;
            began = now();
        }
    }
    Ok(None)
}

/// Checks the rows again under a mapping that the operator has confirmed, which is kept for the next file with the same columns.
pub fn remap(state: BatchState, mapping: &Mapping) {
    let Some(file) = state.file.try_update_value(Option::take).flatten() else { return };
    remember(file.header.names.clone(), mapping.clone());
    let generation = state.next_generation();
    state.stage.set(Stage::Reading);
    let reading = Reading::again(file, mapping);
    spawn_local(async move {
        if let Ok(Some(file)) = go_through(state, generation, reading).await
            && state.is_current(generation)
        {
            show(state, file).await;
        }
    });
}

/// Shows what was read, and compares it. What is shown is built in turns of its own.
async fn show(state: BatchState, file: BatchFile) {
    let generation = state.generation();
    turn().await;
    state.show(file);
    turn().await;
    if state.is_current(generation) {
        state.stage.set(Stage::Checking);
        compare(state);
    }
}

/// Asks the server which numbers of the file accounts have, and marks their rows.
pub fn compare(state: BatchState) {
    let generation = state.generation();
    state.compared.set(Compared::Waiting);
    spawn_local(async move {
        let Some(numbers) = state.of_file(|file| file.sheet.numbers().collect::<Vec<_>>()) else { return };
        let answer = ask(numbers).await;
        if !state.is_current(generation) {
            return;
        }
        match answer {
            Ok(taken) => {
                mark(state, generation, &taken).await;
                state.compared.set(Compared::Done);
            }
            Err(error) => state.compared.set(Compared::Failed(error.to_string())),
        }
    });
}

/// Marks the rows that have these numbers.
pub async fn mark(state: BatchState, generation: u64, taken: &[NumberKey]) {
    in_slices(taken.len(), PIECE, |part| {
        let part = taken.get(part).unwrap_or_default().iter().copied();
        state.is_current(generation) && {
            state.change(|file| file.sheet.mark_existing(part));
            true
        }
    })
    .await;
}

async fn ask(numbers: Vec<NumberKey>) -> Result<Vec<NumberKey>, AppError> {
    let mut text = String::with_capacity(numbers.len() * 16);
    in_slices(numbers.len(), PIECE, |part| {
        numbers.get(part).unwrap_or_default().iter().for_each(|number| {
            text.push_str(&number.to_string());
            text.push('\n');
        });
        true
    })
    .await;
    let request = Request::post("/batches/numbers").header("content-type", "text/plain").body(text).map_err(|_| AppError::Network)?;
    let answer = request.send().await.map_err(|_| AppError::Network)?;
    if !answer.ok() {
        return Err(error_of(answer).await);
    }
    let text = answer.text().await.map_err(|_| AppError::Network)?;
    Ok(text.lines().filter_map(NumberKey::digits).collect())
}

async fn error_of(answer: Response) -> AppError {
    let text = answer.text().await.unwrap_or_default();
    serde_json::from_str(&text).unwrap_or(AppError::Network)
}

/// Asks about the number of a row while it is repaired, after each pause of typing.
pub fn compare_number_of(state: BatchState, row: usize) {
    let mut ask_about = debounce(std::time::Duration::from_millis(300), move |number: NumberKey| {
        let generation = state.generation();
        spawn_local(async move {
            // What cannot be asked now is asked when the batch is sent.
            if let Ok(taken) = ask(vec![number]).await {
                mark(state, generation, &taken).await;
            }
        });
    });
    Effect::new(move |before: Option<Option<NumberKey>>| {
        state.versions.track();
        let number = state.of_file(|file| BatchRow::number(file.sheet.cell(row, BatchColumn::GsmNumber))).flatten();
        let number = number.as_ref().map(NumberKey::of);
        if let (Some(before), Some(number)) = (before, number)
            && before != Some(number)
        {
            ask_about(number);
        }
        number
    });
}

/// The rows with problems as a file with reasons; nothing when the file has changed meanwhile.
pub async fn left_out(state: BatchState) -> Option<String> {
    let generation = state.generation();
    let rows = state.of_file(|file| file.sheet.problem_rows().collect::<Vec<_>>())?;
    let mut text = left_out_head();
    let is_whole = in_slices(rows.len(), PIECE, |part| {
        state.is_current(generation)
            && state
                .of_file(|file| {
                    rows.get(part).unwrap_or_default().iter().for_each(|row| push_left_out(&mut text, &file.sheet, *row));
                })
                .is_some()
    })
    .await;
    is_whole.then_some(text)
}

/// A random id, so that a batch that is sent twice is one.
fn new_id() -> Uuid {
    let mut bytes = [0; 16];
    if let Ok(crypto) = window().crypto() {
        // Refused only for more than 65,536 bytes.
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
