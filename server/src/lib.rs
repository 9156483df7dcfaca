//! The `ringkey` program: it reads its settings, brings a Postgres up, and serves the application of the crate `app`.
//! A library of its own, so that the tests can start what `main` starts.

// Pages are rendered through long chains of generic futures.
#![recursion_limit = "256"]

mod acl_command;
mod answer_in_time;
mod batch_command;
mod batch_upload;
mod compression;
pub mod config;
mod database;
mod export;
mod failure;
pub mod first_admin;
mod headers;
mod health;
mod housekeeping;
mod key;
mod live;
mod metrics;
mod operator_command;
mod own_forms;
pub mod patience;
mod plain_forms;
mod plain_settings;
mod pooler;
pub mod private_postgres;
pub mod public_links;
pub mod receipts;
mod refusals;
mod request_log;
pub mod router;
mod second_step;
mod seed;
pub mod serve;
mod session_cookie;
mod sign_in;
mod sip_settings_command;
mod telemetry;
pub mod terminal;
pub mod values;

use config::{Cli, Command};
pub use failure::Failure;

/// Does what the command line asks.
pub async fn run(cli: Cli) -> Result<(), Failure> {
    let settings = &cli.settings;
    telemetry::start(settings);
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(settings).await,
        Command::Operator(command) => operator_command::run(settings, command).await,
        Command::Seed { groups, accounts } => seed::run(settings, groups, accounts).await,
        Command::Acl(command) => acl_command::run(&command),
        Command::SipSettings => sip_settings_command::run(settings).await,
        Command::Batch(batch) => batch_command::run(settings, &batch).await,
    }
}
