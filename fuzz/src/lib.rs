//! The rules of Ringkey by themselves: what they stand on is little, so that a fuzzer is built in seconds.

#[path = "../../app/src/domain/mod.rs"]
pub mod domain;
