//! What a reader may believe.
//!
//! **In scope:** the trace (the evidence file of one product) and which subjects it needs, its verification against a
//! trust policy, the story and the verdict that follow from it; receipts; portable proofs that a log forked or its
//! index lied; the replay of a whole log.
//! **Out of scope:** how the evidence was gathered or travels; what a leaf means (`headwater-event`); how a log is
//! proven (`headwater-tlog`).
//!
//! The crate does no I/O, reads no clock and spawns nothing: trust, time and bytes are arguments.

pub mod age;
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
pub mod verdict;
pub mod verify;
pub mod walk;
pub mod window;
