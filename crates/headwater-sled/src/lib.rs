//! Store of a ledger on sled 0.34.
//!
//! **In scope:** the layout of a ledger on disk, the durability of a commit, and the checks before sled may open.
//! **Out of scope:** the meaning of the data (`headwater-ledger`).
//!
//! The store uses one tree, one prefix byte for each kind of key, and one atomic batch for each commit. On Linux, `flush` of sled is not an
//! fsync. The store therefore calls `sync_data` on a handle of its own before it acknowledges a write. No value is longer than 8 KiB, since
//! sled keeps longer values in files that it never syncs: long entries are stored in pieces. An error of the engine poisons the store,
//! which then has to be opened again.

mod folder;
mod ids;
mod record;
mod store;

pub use store::{Founding, RESERVE_BYTES, SledError, SledStore};
