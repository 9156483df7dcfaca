//! What Ringkey does, asked over HTTP and on the command line, on a real Postgres. A file a feature.

mod cli;
mod headers;
mod health;
mod postgres;
mod sign_in;
mod support;
