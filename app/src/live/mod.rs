//! The live channel: what others change is seen on every open screen within a second, through one stream for the whole page.

pub mod follow;
pub mod view;

#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod feed;
#[cfg(feature = "hydrate")]
mod follower;
#[cfg(feature = "hydrate")]
mod line;
#[cfg(not(feature = "hydrate"))]
mod line {
    //! The server has none.

    use leptos::prelude::RwSignal;

    use super::view::Changes;

    /// Called by no page on the server.
    pub const fn open(_: RwSignal<Changes>) {}
}
