//! One's own security: password, second factor and sessions.

pub mod page;
pub mod second_factor_page;
