//! Storage of a ledger: a few reads and one commit.
//!
//! Everything that a store holds follows from the entries, save the notes. A store keeps what it is given and decides nothing.

use std::future::Future;

use headwater_event::event::EventId;
use headwater_tlog::chain::Link;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Key, Leaf};
use headwater_tlog::tree::{LeafIndex, TreeSize};

/// The newest published checkpoint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// Number of entries that the checkpoint covers.
    pub size: TreeSize,
    /// Note of the checkpoint, verbatim, with every cosignature that came in.
    pub note: Vec<u8>,
}

/// One entry of a chain, and the head of the chain up to that entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChainRow {
    /// Index key of the chain's subject.
    pub key: Key,
    /// Number of the entry on the chain, from 1.
    pub count: u64,
    /// Log index and leaf of the entry.
    pub link: Link,
    /// Head of the chain up to this entry.
    pub head: Hash,
}

/// Log index of an event, with the author and id that find it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventRow {
    /// Party that signed the event, by its index key.
    pub party: Key,
    /// Id that the party gave the event.
    pub id: EventId,
    /// Log index of the event.
    pub log_index: LeafIndex,
    /// Whether the event is a party event, from which authority is replayed.
    pub is_act: bool,
}

/// Number of a full tile, and its 256 leaf hashes.
pub type FullTile = (u64, Vec<Hash>);

/// One batch, which a store writes whole or not at all.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Size that the ledger must have before the commit; 0 founds the ledger.
    pub base: TreeSize,
    /// Entries in log order; the last is an index head.
    pub entries: Vec<Vec<u8>>,
    /// Full tiles of leaf hashes that this batch completes: the tile's number and its 256 hashes.
    pub tiles: Vec<FullTile>,
    /// Entries that the batch adds to chains: chain by chain, and in log order on each chain.
    pub rows: Vec<ChainRow>,
    /// Events among the entries, in log order.
    pub events: Vec<EventRow>,
    /// Note of the checkpoint over all of these entries.
    pub note: Vec<u8>,
}

/// Reason for which a commit failed, or may have failed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError<E> {
    /// Ledger that another process has moved. Nothing of this batch was written.
    #[error("the ledger has {found} entries, not the {expected} that this batch builds on")]
    Fenced {
        /// The size that the batch builds on.
        expected: TreeSize,
        /// Size that the store has.
        found: TreeSize,
    },
    /// Failure of the engine. The batch may or may not be stored: only reopening shows which.
    #[error("the store failed while committing")]
    Unknown(#[source] E),
}

/// Failure of the storage engine, with its cause.
#[derive(Debug, thiserror::Error)]
#[error("the store failed")]
pub struct StoreFailure(#[source] Box<dyn std::error::Error + Send + Sync>);

impl StoreFailure {
    /// Keeps the error of an engine as the cause, and logs it: callers from outside get the failure without its cause.
    pub fn of(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        tracing::error!("the store failed: {error:?}");
        Self(Box::new(error))
    }
}

/// Returns the engine's answer to a read or a write, or the failure of the engine.
pub(crate) fn read<T, E: std::error::Error + Send + Sync + 'static>(result: Result<T, E>) -> Result<T, StoreFailure> {
    result.map_err(StoreFailure::of)
}

/// Storage for one ledger.
pub trait Store: Send + Sync + 'static {
    /// Error of the storage engine.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Returns the newest checkpoint; `None` if no ledger was ever founded here.
    fn head(&self) -> impl Future<Output = Result<Option<Head>, Self::Error>> + Send;

    /// Returns the note of a published checkpoint, by its size; `None` if no checkpoint was published at that size.
    fn note(&self, size: TreeSize) -> impl Future<Output = Result<Option<Vec<u8>>, Self::Error>> + Send;

    /// Returns at most `max` sizes of cosigned checkpoints below a size, the newest first.
    fn cosigned(&self, below: TreeSize, max: usize) -> impl Future<Output = Result<Vec<TreeSize>, Self::Error>> + Send;

    /// Returns at most `max` entries from a log index on, in log order; fewer at the end of the log.
    fn entries(&self, from: LeafIndex, max: usize) -> impl Future<Output = Result<Vec<Vec<u8>>, Self::Error>> + Send;

    /// Returns the leaf hashes of a full tile; `None` while the tile is not full.
    fn tile(&self, number: u64) -> impl Future<Output = Result<Option<Vec<Hash>>, Self::Error>> + Send;

    /// Returns at most `max` entries of a chain, from the entry with number `from` on.
    fn chain(
        &self,
        key: &Key,
        from: u64,
        max: usize,
    ) -> impl Future<Output = Result<Vec<ChainRow>, Self::Error>> + Send;

    /// Returns the ends of at most `max` chains whose keys follow `after`, in order of key.
    fn chains(&self, after: Option<&Key>, max: usize) -> impl Future<Output = Result<Vec<Leaf>, Self::Error>> + Send;

    /// Finds the log indexes of events by author and author's id: one answer for each pair that was asked for.
    fn find_ids(
        &self,
        asked: &[(Key, EventId)],
    ) -> impl Future<Output = Result<Vec<Option<LeafIndex>>, Self::Error>> + Send;

    /// Finds the log index of one event.
    fn find_id(
        &self,
        party: &Key,
        id: &EventId,
    ) -> impl Future<Output = Result<Option<LeafIndex>, Self::Error>> + Send {
        async { Ok(self.find_ids(&[(*party, *id)]).await?.first().copied().flatten()) }
    }

    /// Returns at most `max` log indexes of party events above `after`, in log order.
    fn acts(&self, after: LeafIndex, max: usize) -> impl Future<Output = Result<Vec<LeafIndex>, Self::Error>> + Send;

    /// Whether the store has room for a batch. The ledger asks before it takes an event: an engine that meets a full disk is lost.
    fn has_room(&self) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Writes a batch whole or not at all. The batch is on stable storage when this returns `Ok`.
    fn commit(&self, batch: Commit) -> impl Future<Output = Result<(), CommitError<Self::Error>>> + Send;

    /// Replaces the note of a size by one with more cosignatures.
    fn cosign(&self, size: TreeSize, note: Vec<u8>) -> impl Future<Output = Result<(), Self::Error>> + Send;
}
