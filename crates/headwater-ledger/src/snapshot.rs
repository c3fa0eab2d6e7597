//! A published state of the ledger, whole and unchanging: what readers read.

use std::sync::Arc;

use headwater_event::authority::Authority;
use headwater_event::subject::Subject;
use headwater_tlog::checkpoint::Checkpoint;
use headwater_tlog::index::Index;

/// The ledger at one checkpoint.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Origin, size and root.
    pub checkpoint: Checkpoint,
    /// The note, verbatim, with the cosignatures that had come in.
    pub note: Arc<str>,
    /// The subject index that the checkpoint's last leaf commits to.
    pub index: Index,
    /// What the party events add up to.
    pub authority: Arc<Authority>,
    /// When its index head was recorded.
    pub recorded_at_ms: u64,
    /// The last leaf: the index head, as bytes.
    pub index_head: Arc<[u8]>,
}

impl Snapshot {
    /// How many entries it covers.
    pub fn size(&self) -> u64 {
        self.checkpoint.size().get()
    }

    /// How many entries the chain of a subject has.
    pub fn count(&self, subject: &Subject) -> u64 {
        self.index.find(&subject.index_key()).map_or(0, |leaf| leaf.count)
    }
}
