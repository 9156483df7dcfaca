//! The Messages page: every SMS with what became of it, the newest first.

mod bar;
pub mod page;
mod resend_dialog;
mod row;
mod state;
