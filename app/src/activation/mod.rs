//! How a phone comes by its configuration.

pub mod qr;
