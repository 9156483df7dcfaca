//! The SMS gateway: which one sends, its access, what may be sent in an hour and where to, and whether it works.

pub mod api;
pub mod form;
pub mod form_sections;
pub mod form_state;
pub mod test_message;
pub mod view;

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod test_actions;
