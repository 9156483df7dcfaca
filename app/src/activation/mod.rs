//! Automatic activation from the user's side: what a link opens, and the moment in which a phone gets its configuration.

pub mod actions;
pub mod configuration;
pub mod db;
mod display_name;
pub mod hand_out;
pub mod limits;
pub mod pages;
pub mod qr;
pub mod vcards;
