//! The kit: pieces that every screen is made of. Knows no feature.

pub mod address;
pub mod checkbox;
pub mod chip;
pub mod conditions;
pub mod copy;
pub mod dialog;
pub mod draft_state;
pub mod dynamic;
pub mod error_summary;
pub mod error_view;
pub mod facet;
pub mod field;
pub mod flash;
pub mod head;
pub mod html;
pub mod icon;
pub mod keys;
pub mod list_address;
pub mod marked;
pub mod message;
pub mod older;
pub mod search_box;
pub mod segments;
pub mod skeleton;
pub mod solo;
pub mod sort_header;
pub mod time;
pub mod window;

#[cfg(feature = "hydrate")]
pub mod early_input;
