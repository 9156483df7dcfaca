//! The audit log's page: who did what, the newest first.

mod bar;
pub mod page;
mod row;
mod state;
