//! Account List, of one group or of all: filter, order, rows as far as one scrolls, selection, export.

pub mod acts;
pub mod bar;
mod bulk_bar;
pub mod bulk_dialog;
mod export_dialog;
pub mod frame;
pub mod line;
pub mod page;
mod selection;
pub mod state;
pub mod table;
pub mod under;

#[cfg(feature = "hydrate")]
mod focus;
#[cfg(feature = "hydrate")]
pub mod gestures;
#[cfg(feature = "hydrate")]
pub mod scroll;
