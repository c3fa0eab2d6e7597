//! The verifier for auditors and shoppers: the parts that `verifier-cli` and its tests share.
//!
//! **In scope:** fetching evidence by plain blocking HTTP or from files, checking it against a policy, and reporting to people what it
//! proves. **Out of scope:** deciding what it proves (`headwater-trace`). The crate shares none of the node's machinery: no runtime, no
//! gRPC, no store.

pub mod attachments;
pub mod audit;
pub mod fetch;
pub mod mirror;
pub mod report;
pub mod scans;
pub mod vouched;
