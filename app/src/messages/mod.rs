//! SMSes: queued with what causes them, sent by the outbox, and shown with what became of them.

pub mod api;
pub mod log;
pub mod send_dialog;
pub mod state_chip;
pub mod view;

#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod find;
#[cfg(feature = "ssr")]
pub mod gateway;
#[cfg(feature = "ssr")]
pub mod limits;
#[cfg(feature = "ssr")]
pub mod outbox;
#[cfg(feature = "ssr")]
mod outbox_db;
#[cfg(feature = "ssr")]
pub mod receipts;
#[cfg(feature = "ssr")]
pub mod resend;
#[cfg(feature = "ssr")]
pub mod send;
