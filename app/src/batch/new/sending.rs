//! The rows go to the server in one request, which answers with lines while it stores them. It is an XMLHttpRequest, since that tells
//! how much was sent: browsers stream the body of a fetch over HTTP/2 only, and tell nothing of it.

use std::cell::RefCell;
use std::rc::Rc;

use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use js_sys::Array;
use leptos::wasm_bindgen::closure::Closure;
use leptos::wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, ProgressEvent, XmlHttpRequest};

use super::browser::in_slices;
use super::state::BatchState;
use crate::batch::view::{BatchProgress, BatchSent};
use crate::domain::batch::push_sent;
use crate::domain::query_string::encode;
use crate::error::AppError;

/// Rows of which a piece of the body is made.
const PIECE: usize = 200;

/// What is heard while a request goes on.
#[derive(Debug)]
pub enum Heard {
    /// So much of the body was sent, from 0 to 1.
    Sent(f64),
    Progress(BatchProgress),
    /// It is over. Nothing was said of how it ended: the line broke, or the server refused it before it began.
    Broken(AppError),
}

/// A request that goes on. Dropped, it is broken off, and the server leaves nothing.
pub struct Upload {
    request: XmlHttpRequest,
    heard: UnboundedReceiver<Heard>,
    _listeners: Vec<Closure<dyn FnMut(ProgressEvent)>>,
}

impl Drop for Upload {
    fn drop(&mut self) {
        // Refused never: a request that is over stays as it is.
        let _ = self.request.abort();
    }
}

/// The rows of the file that are good, as the server reads them; nothing when the page was told to stop.
pub async fn body(state: BatchState) -> Option<Blob> {
    let generation = state.generation();
    let count = state.of_file(|file| file.sheet.len())?;
    let (parts, mut text) = (Array::new(), String::new());
    let is_whole = in_slices(count, PIECE, |part| {
        let sheet = state.is_current(generation).then(|| {
            state.of_file(|file| {
                for row in part {
                    if let Some(account) = file.sheet.account(row) {
                        push_sent(&mut text, file.sheet.line(row), &account);
                    }
                }
            })
        });
        // The browser keeps the pieces: in the WASM's memory there is one at a time.
        if text.len() > 256 * 1024 {
            parts.push(&JsValue::from_str(&text));
            text.clear();
        }
        sheet.flatten().is_some()
    })
    .await;
    parts.push(&JsValue::from_str(&text));
    Blob::new_with_str_sequence(&parts).ok().filter(|_| is_whole)
}

impl Upload {
    /// Sends rows to the address of their batch.
    pub fn start(id: &str, sent: &BatchSent, body: &Blob) -> Result<Self, JsValue> {
        let BatchSent { file_name, group, profile, rows_read, rows } = sent;
        let address =
            format!("/batches/{id}?file_name={}&group={group}&profile={profile}&rows_read={rows_read}&rows={rows}", encode(file_name));
        let request = XmlHttpRequest::new()?;
        request.open("POST", &address)?;
        let (tell, heard) = unbounded();
        let reader = Rc::new(RefCell::new(Lines { request: request.clone(), tell: tell.clone(), read: 0, is_over: false }));
        let on_sent = Closure::new(move |event: ProgressEvent| {
            if event.total() > 0.0 {
                // Who listened may be gone.
                let _ = tell.unbounded_send(Heard::Sent(event.loaded() / event.total()));
            }
        });
        request.upload()?.set_onprogress(Some(on_sent.as_ref().unchecked_ref()));
        let on_lines = {
            let reader = reader.clone();
            Closure::new(move |_| reader.borrow_mut().read(false))
        };
        request.set_onprogress(Some(on_lines.as_ref().unchecked_ref()));
        let on_end = Closure::new(move |_| reader.borrow_mut().read(true));
        request.set_onloadend(Some(on_end.as_ref().unchecked_ref()));
        request.send_with_opt_blob(Some(body))?;
        Ok(Self { request, heard, _listeners: vec![on_sent, on_lines, on_end] })
    }

    /// What is heard next; nothing at the end.
    pub async fn next(&mut self) -> Option<Heard> {
        self.heard.next().await
    }
}

/// The answer as it grows.
struct Lines {
    request: XmlHttpRequest,
    tell: UnboundedSender<Heard>,
    /// Bytes of it that were read.
    read: usize,
    /// Whether it was said how it ended.
    is_over: bool,
}

impl Lines {
    fn read(&mut self, is_end: bool) {
        let text = self.request.response_text().ok().flatten().unwrap_or_default();
        if self.request.status() == Ok(200) {
            while let Some((line, _)) = text.get(self.read..).and_then(|rest| rest.split_once('\n')) {
                self.read += line.len() + 1;
                if let Ok(progress) = serde_json::from_str(line) {
                    self.is_over |= matches!(progress, BatchProgress::Done(_) | BatchProgress::Refused { .. });
                    self.tell(Heard::Progress(progress));
                }
            }
        }
        if is_end {
            if !self.is_over {
                self.tell(Heard::Broken(serde_json::from_str(&text).unwrap_or(AppError::Network)));
            }
            self.tell.close_channel();
        }
    }

    fn tell(&self, heard: Heard) {
        // Who listened may be gone.
        let _ = self.tell.unbounded_send(heard);
    }
}
