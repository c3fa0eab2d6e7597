//! A published state of the ledger, whole and unchanging, from which reads are answered.

use std::sync::Arc;

use headwater_event::authority::Authority;
use headwater_event::subject::Subject;
use headwater_tlog::checkpoint::Checkpoint;
use headwater_tlog::index::Index;
use headwater_tlog::tree::TreeSize;

/// The ledger at one checkpoint.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) note: Arc<str>,
    pub(crate) index: Index,
    pub(crate) authority: Arc<Authority>,
    pub(crate) recorded_at_ms: u64,
    pub(crate) index_head: Arc<[u8]>,
}

impl Snapshot {
    /// Checkpoint of the state: origin, size and root.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Note of the checkpoint, verbatim, with the cosignatures that had come in.
    pub fn note(&self) -> &Arc<str> {
        &self.note
    }

    /// Subject index that the checkpoint's last entry commits to.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Sum of the party events. A rebuilt state has the authority of a newer state.
    pub fn authority(&self) -> &Arc<Authority> {
        &self.authority
    }

    /// Time at which the index head was recorded, in milliseconds UTC.
    pub fn recorded_at_ms(&self) -> u64 {
        self.recorded_at_ms
    }

    /// Bytes of the index head, which is the last entry.
    pub fn index_head(&self) -> &Arc<[u8]> {
        &self.index_head
    }

    /// Number of entries that the checkpoint covers.
    pub fn size(&self) -> TreeSize {
        self.checkpoint.size()
    }

    /// Number of entries on the chain of a subject.
    pub fn count(&self, subject: &Subject) -> u64 {
        self.index.find(&subject.index_key()).map_or(0, |leaf| leaf.count)
    }
}
