//! The live channel: what others change is seen on every open screen within a second, through one stream for the whole page.

pub mod follow;
pub mod view;

#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "hydrate")]
pub mod expiry;
#[cfg(feature = "ssr")]
pub mod feed;
#[cfg(feature = "hydrate")]
mod follower;
#[cfg(feature = "hydrate")]
mod line;
#[cfg(feature = "ssr")]
pub mod news;
#[cfg(not(feature = "hydrate"))]
mod line {
    //! The server has none.

    use super::follow::Live;

    /// Called by no page on the server.
    pub const fn open(_: Live) {}
}
