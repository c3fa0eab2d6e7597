//! The wire of a ledger: the messages of its gRPC service, refusals as callers read them, and the signatures of requests over HTTP.
//!
//! **In scope:** the generated messages with their client; with the feature `server`, the trait of the service.
//! **Out of scope:** the service (`headwater-service`), and the SDK (`headwater-client`).
//!
//! ```text
//! caller                                                                node
//! AppendRequest -- LedgerServiceClient ------------ gRPC -----> trait LedgerService (feature `server`)
//! AppendResponse { receipt } <--------------------- gRPC -----------------+
//! Status <----------------------------------------- gRPC -----------------+
//!   |-- refusal::Refusal::of ------> the name of the refusal
//!   |-- refusal::may_call_again -> whether the same call may be made again
//!
//! Target, SecretKey -- RequestSignature::sign ----- HTTP -----> RequestSignature::parse -- verify --> Ok, or NotSigned
//! ```
//!
//! A brand signs a request for its alerts, and the node checks the two headers:
//!
//! ```
//! use headwater_api::request::{AGE_MAX_S, Method, NotSigned, RequestSignature, Target};
//! use headwater_tlog::hash::Hash;
//! use headwater_tlog::key::SecretKey;
//!
//! let (secret, ledger_id) = (SecretKey::from_seed(&[7; 32]), Hash::leaf(b"the genesis of a ledger"));
//! let target = Target { method: Method::Get, path: "/alerts", query: "party=417/9526543000105" };
//! let signed_s = 1_777_593_600;
//! let signed = RequestSignature::sign(target, ledger_id, &secret, signed_s)?;
//! let [(_, input), (_, signature)] = signed.headers();
//!
//! let received = RequestSignature::parse(&input, &signature)?;
//! received.verify(target, ledger_id, &secret.public(), signed_s + 60)?;
//!
//! // The signature is for this query, and for five minutes.
//! let other = Target { query: "party=417/9521111100010", ..target };
//! let refused = received.verify(other, ledger_id, &secret.public(), signed_s);
//! assert!(matches!(refused, Err(NotSigned::BadSignature(_))));
//! let refused = received.verify(target, ledger_id, &secret.public(), signed_s + AGE_MAX_S + 1);
//! assert!(matches!(refused, Err(NotSigned::Stale { .. })));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[allow(missing_docs, clippy::all, reason = "generated from proto/headwater/v1/ledger.proto, where the words are")]
mod generated {
    include!("generated/headwater.v1.rs");
}

pub mod refusal;
pub mod request;

pub use generated::*;

/// The schemas as a serialized `FileDescriptorSet`, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!("generated/descriptors.bin");
