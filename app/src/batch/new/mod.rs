//! Create Batch Account: a file is chosen, its columns are settled, its rows are checked and repaired, and sent.

pub mod choose;
pub mod columns;
pub mod create;
pub mod line;
pub mod page;
pub mod rows;
pub mod state;

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(feature = "hydrate")]
mod making;
#[cfg(feature = "hydrate")]
mod reading;
#[cfg(feature = "hydrate")]
mod sending;

#[cfg(feature = "hydrate")]
pub use browser::save;
