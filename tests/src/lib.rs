//! What the tests of the whole share.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

pub mod world;
