//! What Ringkey does, asked over HTTP and on the command line, on a real Postgres. A file a feature.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails says why by panicking")]

mod access;
mod account_guards;
mod accounts_bulk;
mod accounts_change;
mod accounts_create;
mod accounts_export;
mod accounts_list;
mod activation;
mod batch;
mod batch_faults;
mod batch_upload;
mod cli;
mod faults;
mod gateways;
mod gateways_faults;
mod groups;
mod headers;
mod health;
mod hostile_text;
mod linphone;
mod live;
mod messages;
mod outbox;
mod outbox_crash;
mod outbox_gateways;
mod outbox_servers;
mod plain_forms;
mod postgres;
mod profiles;
mod registered;
mod sending;
mod settings;
mod sign_in;
mod sign_in_meanwhile;
mod sip_server;
mod sip_settings;
mod sip_surface;
mod support;
mod wizard;
