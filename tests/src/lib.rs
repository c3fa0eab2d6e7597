//! The cases of the vectors, and the worked examples: answers that every implementation of the formats must give.

#![expect(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

pub mod examples;
pub mod marked;
pub mod repository;
pub mod vectors;
