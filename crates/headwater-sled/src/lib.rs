//! The store of a ledger on sled 0.34.
//!
//! **In scope:** how a ledger lies on disk, what makes a commit durable, and what has to be looked at before sled may open.
//! **Out of scope:** what any of it means (`headwater-ledger`).
//!
//! One tree, one prefix byte for each kind of key, one atomic batch for each commit. `flush` of sled is no fsync on Linux, so
//! it is followed by `sync_data` on a handle of our own before anything is acknowledged. No value is longer than 8 KiB, since
//! sled keeps longer ones in files that it never syncs: long entries are stored in pieces. An error of the engine poisons the
//! store; the way on is to open it again.

mod ids;
mod record;
mod store;

pub use store::{Founding, RESERVE_BYTES, SledError, SledStore};
