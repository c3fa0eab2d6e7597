//! How a ledger grows.
//!
//! **In scope:** admission, the one sequencer and its group commit, the reader that gathers traces and receipts, and the
//! [`Store`](store::Store) that all of it stands on, with the suite that every store passes.
//! **Out of scope:** who speaks to it over which wire (`headwater-api`, `ledger-node`); what a reader may believe
//! (`headwater-trace`).
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
