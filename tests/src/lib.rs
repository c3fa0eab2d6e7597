//! What the tests of the whole share.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod brand;
pub mod forged;
pub mod node;
pub mod world;
