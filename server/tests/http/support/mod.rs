//! What the tests share.

use std::time::{Duration, Instant};

pub mod accounts;
pub mod app;
pub mod baresip;
pub mod certificate;
pub mod client;
pub mod cluster;
pub mod database;
pub mod fake_gateway;
pub mod gateways;
pub mod kamailio;
pub mod kannel;
pub mod leaks;
pub mod linphone;
pub mod nginx;
pub mod pgbouncer;
pub mod program;
pub mod provisioning;
pub mod second_factor;
pub mod sipp;
pub mod upload;

pub use app::TestApp;
pub use client::{Client, Reply};
pub use upload::Upload;

/// Waits until `is_so`, looking every hundredth of a second, and fails when it does not come in a minute.
pub async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < Duration::from_secs(60), "it did not come");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
