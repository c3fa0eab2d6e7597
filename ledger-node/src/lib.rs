//! The server of a ledger.
//!
//! **In scope:** founding a ledger in a directory, serving it over gRPC and HTTP on one port within named limits, resolving labels to the
//! product page, keeping attached files, and deriving the ledger again from its entries.
//!
//! **Out of scope:** everything that decides (`headwater-ledger`) and everything that a reader may believe (`headwater-trace`).

mod accept;
mod addresses;
pub mod alerts;
pub mod anchors;
pub mod attachments;
pub mod clock;
pub mod fsck;
pub mod gate;
pub mod home;
pub mod http;
mod joined;
mod leaving;
pub mod page;
pub mod place;
pub mod proxies;
pub mod published;
pub mod resolver;
pub mod scans;
pub mod scratch_claims;
pub mod sending;
pub mod server;
pub mod settings;
pub mod shares;
mod zones;
