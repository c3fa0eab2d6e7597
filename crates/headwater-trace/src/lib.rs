//! Verification for readers: traces, receipts, proofs against a log, stories and verdicts.
//!
//! **In scope:** the trace of a product and the subjects that it needs; verification of a trace against a trust policy; the
//! story and the verdict that follow; receipts; portable proofs that a log forked or that its index is false; the replay of
//! a whole log. **Out of scope:** collection and transport of the evidence; the meaning of a leaf (`headwater-event`);
//! proofs about a log (`headwater-tlog`).
//!
//! The crate does no I/O, reads no clock and spawns nothing: trust, time and bytes are arguments. In long
//! work it gives other threads their turn.

pub mod age;
pub mod chain_view;
pub mod course;
pub mod evidence;
mod issue;
pub mod label;
pub mod omission;
mod packing;
pub mod policy;
pub mod recorded;
pub mod replay;
pub mod scan;
pub mod set;
pub mod story;
mod ties;
pub mod trace;
pub mod turn;
pub mod verdict;
pub mod verify;
pub mod walk;
pub mod window;
