//! The people who sign in to Ringkey: their accounts, sessions and pages.

pub mod group_limit;
pub mod groups_field;
pub mod limits_api;
pub mod operator;
pub mod password_page;
pub mod sign_in_page;

#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod limits;
#[cfg(feature = "ssr")]
pub mod password;
#[cfg(feature = "ssr")]
pub mod session_store;
#[cfg(feature = "ssr")]
pub mod sign_in;
