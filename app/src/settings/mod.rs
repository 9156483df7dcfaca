//! What the whole service shares: its SIP server, and how its SMSes leave.

pub mod page;
pub mod sip;
pub mod sms;

#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
pub mod sip_domain;

#[cfg(feature = "ssr")]
pub use self::service::{Settings, load};
