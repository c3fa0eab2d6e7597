//! Store of a ledger on sled 0.34: a commit is one atomic batch, on stable storage before the commit returns.
//!
//! **In scope:** the layout of a ledger on disk, the durability of a commit, and the checks before sled may open.
//! **Out of scope:** the meaning of the data (`headwater-ledger`).
//!
//! The store uses one tree, one prefix byte for each kind of key, and one atomic batch for each commit. On Linux, `flush` of sled is not an
//! fsync. The store therefore calls `sync_data` on a handle of its own before it acknowledges a write. No value is longer than 8 KiB, since
//! sled keeps longer values in files that it never syncs: long entries are stored in pieces. An error of the engine poisons the store,
//! which then has to be opened again.
//!
//! ```text
//! Founding::begin --> SledStore under a temporary name -- Founding::finish --> the ledger under its own name
//! SledStore::open --> SledStore, after the checks of the folder and of the format
//!
//! Commit -- Store::commit --> does the store have the size that the batch builds on? -- no --> CommitError::Fenced
//!                                    | yes
//!                               sled::Batch -- apply_batch, flush, sync_data --> Ok
//!                                                     |-- failure --> CommitError::Unknown, and the store is poisoned
//! ```
//!
//! A ledger of two entries, founded and opened again:
//!
//! ```
//! use headwater_ledger::store::{Commit, CommitError, Store};
//! use headwater_sled::{Founding, SledStore};
//! use headwater_tlog::tree::TreeSize;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("ledger");
//! let batch = Commit {
//!     base: TreeSize::EMPTY,
//!     entries: vec![b"genesis".to_vec(), b"index head".to_vec()],
//!     tiles: Vec::new(),
//!     rows: Vec::new(),
//!     events: Vec::new(),
//!     note: b"the note of two entries".to_vec(),
//! };
//! let founding = Founding::begin(&path)?;
//! founding.store().commit(batch.clone()).await?;
//! founding.finish()?;
//!
//! let store = SledStore::open(&path)?;
//! assert_eq!(store.head().await?.ok_or("no ledger")?.note, batch.note);
//! // The ledger has two entries now. A batch that builds on none is refused whole.
//! assert!(matches!(store.commit(batch).await, Err(CommitError::Fenced { .. })));
//! # Ok(())
//! # }
//! ```

mod folder;
mod ids;
mod record;
mod store;

pub use store::{Founding, RESERVE_BYTES, SledError, SledStore};
