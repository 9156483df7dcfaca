//! The SIP server: its domain, how often phones are pinged, and what new provisioning profiles open with.

pub mod api;
pub mod form;
pub mod form_sections;
pub mod question;
pub mod view;

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
pub mod db;
