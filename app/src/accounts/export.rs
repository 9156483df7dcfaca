//! The accounts of a list as a CSV file (RFC 4180), row by row: as large as it may be, memory stays flat.

use std::sync::Arc;
use std::time::Duration;

use futures::channel::mpsc::{Receiver, Sender, channel};
use futures::{SinkExt, TryStreamExt};
use server_fn::Bytes;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, QueryBuilder, Row};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::db::parsed;
use super::find::sorted;
use super::restrict::{restrict, source};
use crate::db::within;
use crate::domain::account_query::AccountQuery;
use crate::domain::account_status::AccountStatus;
use crate::domain::export::{ExportColumn, batch_word, harmless};
use crate::error::AppError;

/// Each export holds a connection for as long as it runs.
const AT_ONCE: usize = 3;
/// A reader who takes nothing for this long is given up, and so is a database that gives nothing.
const PATIENCE: Duration = Duration::from_secs(60);
/// The file is sent in pieces of about this many bytes.
const PIECE: usize = 64 * 1024;
/// Spreadsheets read a file without it as Windows-1252.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The pieces of a file.
pub type Pieces = Receiver<Result<Bytes, std::io::Error>>;

/// Who may start another export.
#[derive(Clone, Debug)]
pub struct Exports(Arc<Semaphore>);

impl Default for Exports {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Exports {
    /// The accounts of `query`, whatever its place, in its order, as a file with these columns.
    pub fn start(&self, pool: &PgPool, query: AccountQuery, columns: Vec<ExportColumn>) -> Result<Pieces, AppError> {
        let permit = Arc::clone(&self.0)
            .try_acquire_owned()
            .map_err(|_| AppError::Refused(format!("{AT_ONCE} exports are running already. Try again when one of them is done.")))?;
        let (to, pieces) = channel(1);
        tokio::spawn(run(pool.clone(), query, columns, to, permit));
        Ok(pieces)
    }
}

async fn run(
    pool: PgPool,
    query: AccountQuery,
    columns: Vec<ExportColumn>,
    mut to: Sender<Result<Bytes, std::io::Error>>,
    _permit: OwnedSemaphorePermit,
) {
    if let Err(error) = write(&pool, &query, &columns, &mut to).await {
        tracing::warn!(cause = ?error.to_string(), "an export ended early");
        // The reader sees a download that broke off, not a file that looks whole.
        let _ = to.send(Err(std::io::Error::other("the export ended early"))).await;
    }
}

async fn write(
    pool: &PgPool,
    query: &AccountQuery,
    columns: &[ExportColumn],
    to: &mut Sender<Result<Bytes, std::io::Error>>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut file = File::new(columns)?;
    let mut sql = select(query, columns);
    let mut rows = sql.build().fetch(pool);
    while let Some(row) = within(PATIENCE, rows.try_next()).await? {
        file.add(&row)?;
        if let Some(piece) = file.full_piece()? {
            timeout(PATIENCE, to.send(Ok(piece))).await??;
        }
    }
    timeout(PATIENCE, to.send(Ok(file.last_piece()?))).await??;
    Ok(())
}

fn select(query: &AccountQuery, columns: &[ExportColumn]) -> QueryBuilder<sqlx::Postgres> {
    let mut sql = QueryBuilder::new("SELECT ");
    for (at, column) in columns.iter().enumerate() {
        sql.push(if at == 0 { "" } else { ", " }).push(expression(*column));
    }
    sql.push(" FROM ").push(source(&query.filter, Some(query.sort))).push(" JOIN groups g ON g.id = a.group_id WHERE true");
    restrict(&mut sql, &query.filter);
    sorted(&mut sql, query);
    sql
}

/// Every cell is a text, or null.
const fn expression(column: ExportColumn) -> &'static str {
    match column {
        ExportColumn::FullName => "a.owner",
        ExportColumn::Username => "a.username",
        ExportColumn::GsmNumber => "a.number",
        ExportColumn::Email => "a.email",
        ExportColumn::SecurityModel => "a.security_model",
        ExportColumn::Description => "a.description",
        ExportColumn::AccountType => "a.account_type",
        ExportColumn::Enabled => "a.enabled::text",
        ExportColumn::LastStatus => "a.last_status",
        ExportColumn::LastStatusDate => r#"to_char(a.last_status_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"#,
        ExportColumn::Group => "g.name",
        ExportColumn::Visible => "a.visible::text",
        ExportColumn::CallLimit => "a.call_limit::text",
        ExportColumn::Created => r#"to_char(a.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"#,
    }
}

/// The file as it grows.
struct File<'a> {
    columns: &'a [ExportColumn],
    writer: csv::Writer<Vec<u8>>,
}

impl<'a> File<'a> {
    fn new(columns: &'a [ExportColumn]) -> Result<Self, csv::Error> {
        let mut file = Self { columns, writer: writer(BYTE_ORDER_MARK) };
        file.writer.write_record(columns.iter().map(|column| column.as_str()))?;
        Ok(file)
    }

    fn add(&mut self, row: &PgRow) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        for (at, column) in self.columns.iter().enumerate() {
            let cell: &str = row.try_get::<Option<&str>, _>(at)?.unwrap_or_default();
            match column {
                ExportColumn::SecurityModel => self.writer.write_field(batch_word(parsed(cell)?))?,
                ExportColumn::LastStatus => self.writer.write_field(parsed::<AccountStatus>(cell)?.label())?,
                _ => self.writer.write_field(harmless(cell).as_bytes())?,
            }
        }
        self.writer.write_record(None::<&[u8]>)?;
        Ok(())
    }

    fn full_piece(&mut self) -> Result<Option<Bytes>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(if self.writer.get_ref().len() < PIECE { None } else { Some(self.last_piece()?) })
    }

    fn last_piece(&mut self) -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>> {
        let full = std::mem::replace(&mut self.writer, writer(&[]));
        Ok(Bytes::from(full.into_inner().map_err(|error| error.into_error())?))
    }
}

fn writer(start: &[u8]) -> csv::Writer<Vec<u8>> {
    let mut piece = Vec::with_capacity(PIECE + 16 * 1024);
    piece.extend_from_slice(start);
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).buffer_capacity(4 * 1024).from_writer(piece)
}
