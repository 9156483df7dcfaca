//! Attacks, each a test by its name: what somebody does who wants in, or wants to harm. docs/security.md names them.

mod cookies;
mod csrf;
mod flooding;
mod gateways;
mod hostile_fields;
mod leaks;
mod links;
mod log_lines;
mod messages;
mod paths;
mod requests;
mod roles;
mod sessions;
mod slow;
mod smuggling;
mod uploads;
