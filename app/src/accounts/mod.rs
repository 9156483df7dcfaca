//! SIP accounts: listed, shown, created, edited, disabled and deleted.

pub mod api;
pub mod edit_page;
pub mod form;
pub mod list_page;
pub mod list_table;
pub mod new_page;
pub mod show_page;
pub mod show_panels;
pub mod status_chip;
pub mod view;

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod digests;
#[cfg(feature = "ssr")]
pub mod forms;
#[cfg(feature = "ssr")]
pub mod list;
