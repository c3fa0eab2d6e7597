//! The auditor's and the consumer's tool.
//!
//! **In scope:** fetching evidence by plain blocking HTTP or from files, checking it against a policy, and telling people
//! what it proves. **Out of scope:** deciding what it proves (`headwater-trace`). It shares none of the node's machinery:
//! no runtime, no gRPC, no store.

pub mod attachments;
pub mod audit;
pub mod fetch;
pub mod mirror;
pub mod report;
pub mod scans;
pub mod vouched;
