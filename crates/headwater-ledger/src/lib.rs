//! Growth of a ledger: admission, sequencing, storage and reads.
//!
//! **In scope:** admission, the sequencer and its commit of many events at once, and the reads that gather traces and receipts. The
//! [`Store`](store::Store) below them is in scope too, with the suite that every store passes.
//! **Out of scope:** the wire protocols (`headwater-api`, `ledger-node`); the verification by a reader (`headwater-trace`).
//!
//! ```text
//! append: admission -> bounded queue -> sequencer: drain, stage, check, sign, commit once -> publish -> receipts
//! ```

pub use sets::HeldTwice;
pub use spent::UsedUp;

pub mod admission;
pub mod aside;
pub mod budget;
pub mod clock;
pub mod crowd;
#[cfg(feature = "testing")]
pub mod faulty;
pub mod ledger;
#[cfg(feature = "testing")]
pub mod memory;
pub mod open;
mod quota;
pub mod reader;
mod rebuild;
mod receipts;
pub mod sequencer;
mod sets;
pub mod snapshot;
mod spent;
mod staged;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod traces;
pub mod wait;
