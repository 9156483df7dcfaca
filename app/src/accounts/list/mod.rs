//! Account List, of one group or of all: filter, order, rows as far as one scrolls, selection, export.

pub mod acts;
mod bar;
mod bulk_bar;
pub mod bulk_dialog;
mod export_dialog;
mod line;
pub mod page;
mod selection;
mod state;
mod table;
mod under;

#[cfg(feature = "hydrate")]
mod focus;
#[cfg(feature = "hydrate")]
mod gestures;
#[cfg(feature = "hydrate")]
mod scroll;
