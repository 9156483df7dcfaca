//! The rules of `app/src/domain`, which the app re-exports: a crate of their own, since Cargo optimises by the crate. A file of a hundred
//! thousand rows is checked in the browser, and views there are better small.

#[path = "../../app/src/domain/mod.rs"]
pub mod domain;
