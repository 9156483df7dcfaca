//! What the tests share.

pub mod accounts;
pub mod app;
pub mod client;
pub mod database;
pub mod program;

pub use app::TestApp;
pub use client::{Client, Reply};
