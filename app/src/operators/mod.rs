//! The people who sign in to Ringkey: their accounts, sessions and pages.

pub mod api;
pub mod group_limit;
pub mod groups_field;
pub mod limits_api;
pub mod operator;
pub mod own;
pub mod password_page;
pub mod screens;
pub mod sign_in_page;
pub mod view;

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
pub mod code_page;
#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod doing;
#[cfg(feature = "ssr")]
pub mod limits;
#[cfg(feature = "ssr")]
pub mod password;
#[cfg(feature = "ssr")]
pub mod second_factor;
#[cfg(feature = "ssr")]
pub mod session_store;
#[cfg(feature = "ssr")]
pub mod sessions;
#[cfg(feature = "ssr")]
pub mod sign_in;
#[cfg(feature = "ssr")]
pub mod totp;
