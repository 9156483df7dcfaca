//! SIP accounts: listed, shown, created, edited, disabled and deleted, one by one and many at once.

pub mod api;
pub mod edit_page;
pub mod form;
pub mod list;
pub mod new_page;
pub mod page_size;
pub mod show_actions;
pub mod show_messages;
pub mod show_page;
pub mod show_panels;
pub mod status_chip;
pub mod view;
pub mod wizard_page;

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
pub mod bulk;
#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod digests;
#[cfg(feature = "ssr")]
pub mod export;
#[cfg(feature = "ssr")]
pub mod find;
#[cfg(feature = "ssr")]
pub mod forms;
#[cfg(feature = "ssr")]
pub mod life_cycle;
#[cfg(feature = "ssr")]
pub mod refusals;
#[cfg(feature = "ssr")]
pub mod restrict;
#[cfg(feature = "ssr")]
pub mod wizard;
