//! `ringkey seed`: invented groups and accounts, to try Ringkey at size. The same numbers give the same people each time.

mod indexes;
mod names;
mod people;
mod random;
mod rows;

use std::time::Instant;

use app::settings::sip_domain;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::config::Settings;
use crate::database::{Database, For};
use crate::failure::Failure;
use crate::terminal::say;

/// Rows are sent in pieces of about this many bytes.
const PIECE: usize = 1 << 20;

/// From this many accounts on it is quicker to make the indexes anew than to keep them up. Nobody else reads the accounts
/// meanwhile, which the help of the command tells.
pub const MANY: u32 = 50_000;

/// Adds `groups` groups and spreads `accounts` accounts over them, in one transaction.
pub async fn run(settings: &Settings, groups: u32, accounts: u32) -> Result<(), Failure> {
    let database = Database::open(settings, For::Command).await?;
    let began = Instant::now();
    let done = fill(&database.pool, groups, accounts).await;
    database.close().await;
    done?;
    say(&format!("{groups} groups and {accounts} accounts were added in {:.1} s.", began.elapsed().as_secs_f64()));
    say("Nobody knows their passwords: set one in an account to register with it.");
    Ok(())
}

async fn fill(pool: &PgPool, groups: u32, accounts: u32) -> Result<(), Failure> {
    let mut transaction = pool.begin().await?;
    let connection = &mut *transaction;
    let realm = sip_domain::hold(connection).await?;
    let dropped = if accounts < MANY { Vec::new() } else { indexes::drop(connection).await? };

    let groups: Vec<Uuid> = (0..groups).map(|_| Uuid::now_v7()).collect();
    copy(connection, rows::COPY_GROUPS, groups.len(), |to, row| rows::write_group(to, groups[at(row)], row)).await?;
    let now = OffsetDateTime::now_utc();
    let accounts: Vec<Uuid> = (0..accounts).map(|_| Uuid::now_v7()).collect();
    copy(connection, rows::COPY_ACCOUNTS, accounts.len(), |to, row| {
        rows::write_account(to, accounts[at(row)], groups[group_of(at(row), groups.len())], row, now)
    })
    .await?;
    // The accounts say already where these events lead.
    sqlx::query("ALTER TABLE account_events DISABLE TRIGGER account_events_status").execute(&mut *connection).await?;
    copy(connection, rows::COPY_EVENTS, accounts.len(), |to, row| rows::write_events(to, accounts[at(row)], row, now)).await?;
    sqlx::query("ALTER TABLE account_events ENABLE TRIGGER account_events_status").execute(&mut *connection).await?;
    copy(connection, rows::COPY_DIGESTS, accounts.len(), |to, row| {
        let mut random = [0; 48];
        getrandom::fill(&mut random).map_err(|_| std::fmt::Error)?;
        rows::write_digests(to, accounts[at(row)], &realm, &random)
    })
    .await?;

    indexes::create(connection, dropped).await?;
    transaction.commit().await?;
    // Walking an index alone needs to know which pages hold nothing but rows that everybody sees.
    sqlx::query("VACUUM (ANALYZE) groups, accounts, account_search, account_digests, account_events").execute(pool).await?;
    Ok(())
}

/// Sends `count` rows, each written by `write` into the piece that is sent next.
async fn copy(
    connection: &mut PgConnection,
    statement: &str,
    count: usize,
    write: impl Fn(&mut String, u64) -> std::fmt::Result,
) -> Result<(), Failure> {
    let mut copy = connection.copy_in_raw(statement).await?;
    let mut piece = String::with_capacity(PIECE + 1024);
    for row in 0..count {
        write(&mut piece, row as u64).map_err(|_| Failure::new("the system gives no random numbers"))?;
        if piece.len() >= PIECE || row + 1 == count {
            copy.send(piece.as_bytes()).await.map_err(explained)?;
            piece.clear();
        }
        if (row + 1) % 100_000 == 0 {
            let table = statement.split(' ').nth(1).unwrap_or_default();
            tracing::info!("{table}: {} of {count}", row + 1);
        }
    }
    copy.finish().await.map_err(explained)?;
    Ok(())
}

/// Half of the accounts are in the first group, as one customer of an operator outweighs the others; these share the rest.
const fn group_of(row: usize, groups: usize) -> usize {
    if row.is_multiple_of(2) || groups < 2 { 0 } else { 1 + row / 2 % (groups - 1) }
}

/// A row's place in a list that has as many entries as there are rows.
fn at(row: u64) -> usize {
    usize::try_from(row).unwrap_or(usize::MAX)
}

fn explained(error: sqlx::Error) -> Failure {
    let is_taken = error.as_database_error().is_some_and(|error| error.is_unique_violation());
    if is_taken {
        return Failure::new("Nothing was added: names or numbers that seed makes are in this database already. Seed a fresh one.");
    }
    error.into()
}
