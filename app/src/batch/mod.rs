//! Accounts by the file: what `domain::batch` has checked is stored here, all of it or nothing, and taken back.

pub mod api;
pub mod left_out;
pub mod list_page;
pub mod new;
pub mod show_page;
pub mod undo_dialog;
pub mod view;

#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod import;
#[cfg(feature = "ssr")]
pub mod receive;
#[cfg(feature = "ssr")]
pub mod staging;
#[cfg(feature = "ssr")]
pub mod tell;
#[cfg(feature = "ssr")]
pub mod undo;
