//! Verification for readers: from the bytes of a trace and a trust policy to a verdict, without trust in the operator.
//!
//! **In scope:** the trace of a product and the subjects that it needs; verification of a trace against a trust policy; the
//! story and the verdict that follow; receipts; portable proofs that a log forked or that its index is false; the replay of
//! a whole log. **Out of scope:** collection and transport of the evidence; the meaning of a leaf (`headwater-event`);
//! proofs about a log (`headwater-tlog`).
//!
//! The crate does no I/O, reads no clock and spawns nothing: trust, time and bytes are arguments. In long
//! work it gives other threads their turn.
//!
//! ```text
//! bytes, Query, TrustPolicy -- verify --> VerifiedTrace      signed, allowed, in the log, each chain whole
//!                                |              | Story::compose
//!                           TraceError          v
//!                                |            Story          events in order, with findings
//!             Judgement::refused |              | Judgement::of, with the label and the day
//!                                v              v
//!                             Judgement { verdict, reasons }
//!
//! bytes   -- Receipt::parse       --> Receipt   -- verify       --> VerifiedReceipt
//! bytes   -- ForkProof::parse     --> ForkProof -- verify       --> Fork
//! entries -- Replay::authenticate --> Ahead     -- Replay::take --> Replay
//! ```
//!
//! The trace of a tin, verified against a policy that pins the ledger:
//!
//! ```
//! use headwater_event::text::Date;
//! use headwater_trace::label::query;
//! use headwater_trace::policy::TrustPolicy;
//! use headwater_trace::story::Story;
//! use headwater_trace::verdict::{Judgement, Verdict};
//! use headwater_trace::verify::verify;
//!
//! # let vector = std::fs::read_to_string("../../tests/vectors/trace/audited.json")?;
//! # let vector: serde_json::Value = serde_json::from_str(&vector)?;
//! # let text = |name: &str| vector["input"][name].as_str().unwrap_or_default();
//! # let mut bytes = hex::decode(text("trace"))?;
//! let policy = TrustPolicy::parse(text("policy"))?;
//! let (query, label) = query("https://id.trace.example/01/09526543000013/21/7KQ2M9XW4T")?;
//! let trace = verify(&bytes, &query, &policy)?;
//! let story = Story::compose(&trace);
//! let judgement = Judgement::of(&story, &label, Date::parse("2026-06-01")?);
//! assert_eq!(judgement.verdict, Verdict::Valid);
//! assert!(trace.is_complete() && story.entries().len() == 3);
//!
//! // One changed bit: nothing of the trace is believed.
//! bytes[5_000] ^= 1;
//! let judgement = verify(&bytes, &query, &policy).map_err(|error| Judgement::refused(&error));
//! assert_eq!(judgement.map_err(|refused| refused.verdict).err(), Some(Verdict::SignatureInvalid));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
pub mod story_entry;
mod ties;
pub mod trace;
pub mod turn;
pub mod verdict;
pub mod verify;
pub mod walk;
pub mod window;
