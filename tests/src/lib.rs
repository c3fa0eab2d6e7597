//! Code that the tests of the whole workspace share.

#![expect(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

pub mod brand;
pub mod document;
pub mod examples;
pub mod forged;
pub mod help;
pub mod lies;
pub mod measured;
pub mod mutation;
pub mod node;
pub mod process;
pub mod tools;
pub mod vectors;
pub mod wire;
pub mod world;
