//! The wire of a ledger: the messages of its gRPC service, refusals as callers read them, and the signatures of requests over HTTP.
//!
//! **In scope:** the generated messages with their client; with the feature `server`, the trait of the service.
//! **Out of scope:** the service (`headwater-service`), and the SDK (`headwater-client`).

#[allow(missing_docs, clippy::all, reason = "generated from proto/headwater/v1/ledger.proto, where the words are")]
mod generated {
    include!("generated/headwater.v1.rs");
}

pub mod refusal;
pub mod request;

pub use generated::*;

/// The schemas as a serialized `FileDescriptorSet`, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!("generated/descriptors.bin");
