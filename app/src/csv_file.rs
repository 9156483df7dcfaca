//! Lists as CSV files (RFC 4180), row by row: as large as they may be, memory stays flat.

use std::sync::Arc;
use std::time::Duration;

use futures::SinkExt;
use futures::channel::mpsc::{Receiver, Sender, channel};
use server_fn::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::domain::export::harmless;
use crate::error::AppError;

/// Each export holds a connection for as long as it runs.
const AT_ONCE: usize = 3;
/// A reader who takes nothing for this long is given up, and so is a database that gives nothing.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// The file is sent in pieces of about this many bytes.
const PIECE: usize = 64 * 1024;
/// Spreadsheets read a file without it as Windows-1252.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The pieces of a file.
pub type Pieces = Receiver<Result<Bytes, std::io::Error>>;

/// Why a file ended early.
pub type WriteError = Box<dyn std::error::Error + Send + Sync>;

/// Who may start another export.
#[derive(Clone, Debug)]
pub struct Exports(Arc<Semaphore>);

impl Default for Exports {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Exports {
    /// Takes the place of an export, for as long as it runs.
    pub fn reserve(&self) -> Result<Reserved, AppError> {
        let permit = Arc::clone(&self.0).try_acquire_owned();
        let busy = || AppError::Refused(format!("{AT_ONCE} exports are running already. Try again when one of them is done."));
        Ok(Reserved(permit.map_err(|_| busy())?))
    }
}

/// An export that may start.
#[derive(Debug)]
pub struct Reserved(OwnedSemaphorePermit);

impl Reserved {
    /// Starts a file, which `write` fills and gives back.
    pub fn start<W>(self, write: impl FnOnce(CsvFile) -> W) -> Pieces
    where
        W: Future<Output = Result<CsvFile, WriteError>> + Send + 'static,
    {
        let (mut to, pieces) = channel(1);
        let written = write(CsvFile { to: to.clone(), writer: writer(BYTE_ORDER_MARK) });
        tokio::spawn(async move {
            let _permit = self.0;
            let ended = match written.await {
                Ok(file) => file.end().await,
                Err(error) => Err(error),
            };
            if let Err(error) = ended {
                tracing::warn!(cause = ?error.to_string(), "an export ended early");
                // The reader sees a download that broke off, not a file that looks whole.
                let _ = to.send(Err(std::io::Error::other("the export ended early"))).await;
            }
        });
        pieces
    }
}

/// A file as it grows.
pub struct CsvFile {
    to: Sender<Result<Bytes, std::io::Error>>,
    writer: csv::Writer<Vec<u8>>,
}

impl CsvFile {
    /// Adds a cell, disarmed if a spreadsheet would run it.
    pub fn cell(&mut self, text: &str) -> Result<(), WriteError> {
        Ok(self.writer.write_field(harmless(text).as_bytes())?)
    }

    /// Adds a cell that holds a word of the program.
    pub fn word(&mut self, word: &'static str) -> Result<(), WriteError> {
        Ok(self.writer.write_field(word)?)
    }

    /// Ends the row; what is full of the file is sent.
    pub async fn end_row(&mut self) -> Result<(), WriteError> {
        self.writer.write_record(None::<&[u8]>)?;
        if self.writer.get_ref().len() >= PIECE {
            self.send().await?;
        }
        Ok(())
    }

    async fn end(mut self) -> Result<(), WriteError> {
        self.send().await
    }

    async fn send(&mut self) -> Result<(), WriteError> {
        let full = std::mem::replace(&mut self.writer, writer(&[]));
        let piece = Bytes::from(full.into_inner().map_err(|error| error.into_error())?);
        Ok(timeout(PATIENCE, self.to.send(Ok(piece))).await??)
    }
}

fn writer(start: &[u8]) -> csv::Writer<Vec<u8>> {
    let mut piece = Vec::with_capacity(PIECE + 16 * 1024);
    piece.extend_from_slice(start);
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).buffer_capacity(4 * 1024).from_writer(piece)
}
