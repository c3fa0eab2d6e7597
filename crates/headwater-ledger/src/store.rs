//! What a ledger stands on: a few reads and one commit.
//!
//! Everything that a store holds follows from the entries, save the notes. A store keeps what it is given and decides
//! nothing.

use std::future::Future;

use headwater_event::event::EventId;
use headwater_tlog::chain::Link;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Key, Leaf};

/// The newest published checkpoint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// How many entries it covers.
    pub size: u64,
    /// The note, verbatim, with every cosignature that came in.
    pub note: Vec<u8>,
}

/// One place on a chain and the head up to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChainPlace {
    /// Whose chain.
    pub key: Key,
    /// The place, counted from 1.
    pub count: u64,
    /// The entry there.
    pub link: Link,
    /// The head of the chain up to here.
    pub head: Hash,
}

/// Where an event stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventPlace {
    /// The party that signed, by its index key.
    pub party: Key,
    /// The party's own id for it.
    pub id: EventId,
    /// Its place in the log.
    pub log_index: u64,
    /// Whether it is a party event, which authority is replayed from.
    pub is_act: bool,
}

/// 256 leaf hashes, and the number of their tile.
pub type FullTile = (u64, Vec<Hash>);

/// One batch: all or nothing.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The size that the ledger has to have; 0 founds it.
    pub base: u64,
    /// The entries, in log order; the last is an index head.
    pub entries: Vec<Vec<u8>>,
    /// Full tiles of leaf hashes that this batch completes: the tile's number and its 256 hashes.
    pub tiles: Vec<FullTile>,
    /// What the entries add to chains, in log order.
    pub places: Vec<ChainPlace>,
    /// The events among the entries.
    pub events: Vec<EventPlace>,
    /// The checkpoint note over all of it.
    pub note: Vec<u8>,
}

/// Why a commit did not happen, or may not have.
#[derive(Debug, thiserror::Error)]
pub enum CommitError<E> {
    /// Somebody else moved the ledger. Nothing of this batch was written.
    #[error("the ledger has {found} entries, not the {expected} that this batch builds on")]
    Fenced {
        /// The size that the batch builds on.
        expected: u64,
        /// The size that there is.
        found: u64,
    },
    /// The engine failed. The batch may or may not be there: only reopening can tell.
    #[error("the store failed while committing")]
    Unknown(#[source] E),
}

/// A place to keep a ledger.
pub trait Store: Send + Sync + 'static {
    /// What the engine fails with.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The newest checkpoint; `None` when no ledger was ever founded here.
    fn head(&self) -> impl Future<Output = Result<Option<Head>, Self::Error>> + Send;

    /// The note of an earlier checkpoint, by its size; `None` when none was published there.
    fn note(&self, size: u64) -> impl Future<Output = Result<Option<Vec<u8>>, Self::Error>> + Send;

    /// Sizes of checkpoints with a cosignature, the newest first, below a size.
    fn cosigned(&self, below: u64, max: usize) -> impl Future<Output = Result<Vec<u64>, Self::Error>> + Send;

    /// Entries from a place on, in log order: at most `max`, fewer at the end.
    fn entries(&self, from: u64, max: usize) -> impl Future<Output = Result<Vec<Vec<u8>>, Self::Error>> + Send;

    /// A full tile of leaf hashes; `None` while it is not full.
    fn tile(&self, number: u64) -> impl Future<Output = Result<Option<Vec<Hash>>, Self::Error>> + Send;

    /// Places on a chain from a count on: at most `max`.
    fn places(
        &self,
        key: &Key,
        from: u64,
        max: usize,
    ) -> impl Future<Output = Result<Vec<ChainPlace>, Self::Error>> + Send;

    /// The ends of all chains behind a key, by key: at most `max`.
    fn chains(&self, after: Option<&Key>, max: usize) -> impl Future<Output = Result<Vec<Leaf>, Self::Error>> + Send;

    /// Where events stand, by their authors and the authors' ids for them: one answer for each that was asked for.
    fn find_ids(&self, asked: &[(Key, EventId)]) -> impl Future<Output = Result<Vec<Option<u64>>, Self::Error>> + Send;

    /// Where one event stands.
    fn find_id(&self, party: &Key, id: &EventId) -> impl Future<Output = Result<Option<u64>, Self::Error>> + Send {
        async { Ok(self.find_ids(&[(*party, *id)]).await?.first().copied().flatten()) }
    }

    /// Places of party events behind a place, in log order: at most `max`.
    fn acts(&self, after: u64, max: usize) -> impl Future<Output = Result<Vec<u64>, Self::Error>> + Send;

    /// Whether there is room for a batch. Looked at before anything is taken: an engine that meets a full disk is lost.
    fn has_room(&self) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Writes a batch whole or not at all; on stable storage when it returns `Ok`.
    fn commit(&self, batch: Commit) -> impl Future<Output = Result<(), CommitError<Self::Error>>> + Send;

    /// Puts a note with more cosignatures in the place of the one of the same size.
    fn cosign(&self, size: u64, note: Vec<u8>) -> impl Future<Output = Result<(), Self::Error>> + Send;
}
