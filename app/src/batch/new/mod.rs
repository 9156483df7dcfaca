//! Create Batch Account: a file is chosen, its columns are settled, its rows are checked and repaired, and sent.

mod choose;
mod columns;
mod create;
mod line;
pub mod page;
mod rows;
mod state;
mod window;

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
