//! The audit log: its page, its file, and what it holds.

mod complete;
mod page;
mod role;
mod secrets;
mod sessions;
