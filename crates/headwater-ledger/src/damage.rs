//! Damage of a stored ledger: a part that is missing, that has another form, or that does not match the other parts.

use headwater_event::authority::Denied;
use headwater_event::signed::NotAuthentic;
use headwater_tlog::checkpoint::CheckpointError;
use headwater_tlog::hash::Hash;
use headwater_tlog::note::NoteError;
use headwater_tlog::tree::{LeafIndex, TreeSize};
use headwater_trace::recorded::RecordedError;

use crate::reader::ReadError;

/// Fault of the stored data. A ledger with this fault is not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// Newest note that is not a signed note.
    #[error("the newest note is not a signed note")]
    Note(#[from] NoteError),
    /// Newest note that is not a checkpoint, or that the log's key did not sign.
    #[error("the newest checkpoint does not hold")]
    Checkpoint(#[from] CheckpointError),
    /// Checkpoint that covers more or fewer entries than the store states.
    #[error("the checkpoint is of size {checkpoint}, the entries of {entries}")]
    Size {
        /// Size that the checkpoint states.
        checkpoint: TreeSize,
        /// Number of entries by the store.
        entries: TreeSize,
    },
    /// Full tile of leaf hashes that is missing or too short.
    #[error("tile {number} is missing")]
    Tile {
        /// Number of the tile, from 0.
        number: u64,
    },
    /// Entry below the size of the checkpoint that the store lacks.
    #[error("entry {log_index} is missing")]
    Missing {
        /// Log index of the entry.
        log_index: LeafIndex,
    },
    /// Entry that cannot be parsed.
    #[error("entry {log_index} cannot be read")]
    Entry {
        /// Log index of the entry.
        log_index: LeafIndex,
        /// Reason for which the entry cannot be parsed.
        source: RecordedError,
    },
    /// Entry of another form than its log index needs.
    #[error("entry {log_index} is not {expected}")]
    Form {
        /// Log index of the entry.
        log_index: LeafIndex,
        /// Form that the entry needs, with its article.
        expected: &'static str,
    },
    /// Entries that do not lead to the root of the checkpoint.
    #[error("the entries do not lead to root {expected} of the checkpoint")]
    Root {
        /// Root that the checkpoint states.
        expected: Hash,
    },
    /// Chains that do not lead to the root of the last index head.
    #[error("the chains lead to root {found}, the index head says {expected}")]
    Index {
        /// Root that the index head states.
        expected: Hash,
        /// Root that follows from the chains.
        found: Hash,
    },
    /// Party event that its party did not sign.
    #[error("party event {log_index} is not signed by its party")]
    NotAuthentic {
        /// Log index of the event.
        log_index: LeafIndex,
        /// Reason for which the signature does not hold.
        source: NotAuthentic,
    },
    /// Party event that its party had no right to sign.
    #[error("party event {log_index} had no authority")]
    Denied {
        /// Log index of the event.
        log_index: LeafIndex,
        /// Reason for which authority denies the event.
        source: Box<Denied>,
    },
    /// Audited state that cannot be rebuilt.
    #[error("the audited state of {size} entries cannot be rebuilt")]
    Audited {
        /// Size of the checkpoint that enough witnesses and auditors cosigned.
        size: TreeSize,
        /// Reason for which the state cannot be rebuilt.
        source: Box<ReadError>,
    },
}
