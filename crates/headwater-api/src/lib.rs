//! The gRPC service of a ledger, and the signatures of requests over HTTP.
//!
//! **In scope:** the generated messages, their conversion, the name of each refusal on the wire, and the limits of an
//! address that hands in events.
//! **Out of scope:** every decision (`headwater-ledger`), and the server around the service (`ledger-node`).

#[allow(missing_docs, clippy::all, reason = "generated from proto/headwater/v1/ledger.proto, where the words are")]
mod generated {
    include!("generated/headwater.v1.rs");
}

pub mod asker;
pub mod request;
pub mod service;
pub mod status;

pub use generated::*;

/// The schemas as a serialized `FileDescriptorSet`, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!("generated/descriptors.bin");
