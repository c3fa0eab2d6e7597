//! The server of a ledger.
//!
//! **In scope:** founding a ledger in a directory, serving it over gRPC and HTTP on one port, and re-deriving it from its
//! entries. **Out of scope:** everything that decides (`headwater-ledger`) and everything that a reader may believe
//! (`headwater-trace`).

pub mod clock;
pub mod fsck;
pub mod home;
pub mod http;
pub mod server;
