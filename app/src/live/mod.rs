//! The live channel: what others change is seen on every open screen within a second, through one stream for the whole page.

pub mod follow;
pub mod view;

#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod feed;
#[cfg(feature = "hydrate")]
mod line;
