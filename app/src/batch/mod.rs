//! Accounts by the file: what `domain::batch` has checked is stored here, all of it or nothing.

#[cfg(feature = "ssr")]
pub mod import;
