//! Phones that are registered on the SIP server now.

pub mod api;
pub mod drop_dialog;
mod line;
pub mod online_chip;
pub mod page;
mod table;
pub mod view;

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
pub mod db;
