//! The gRPC service of a ledger.
//!
//! **In scope:** the conversion of messages, the gRPC status of each refusal, and the limits of an address that hands in events.
//! **Out of scope:** every decision (`headwater-ledger`), the messages (`headwater-api`), and the server around the service
//! (`ledger-node`).

pub mod caller;
mod encoder;
pub mod service;
pub mod status;
