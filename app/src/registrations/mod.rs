//! Phones that are registered on the SIP server now.

pub mod view;

#[cfg(feature = "ssr")]
pub mod db;
