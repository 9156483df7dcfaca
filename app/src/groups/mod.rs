//! Groups: every account is in exactly one.

pub mod api;
pub mod edit_page;
pub mod form;
pub mod list_page;
pub mod new_page;
pub mod view;

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
pub mod db;
