//! Reasons why a trace proves nothing.

use headwater_event::authority::Denied;
use headwater_event::fault::CodecError;
use headwater_event::signed::NotAuthentic;
use headwater_event::subject::Subject;
use headwater_tlog::chain::ChainError;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::IndexProofError;
use headwater_tlog::policy::TrustError;
use headwater_tlog::proof::ProofError;
use headwater_tlog::tree::{LeafIndex, TreeSize};

use crate::recorded::RecordedError;

/// Reason why a trace proves nothing. The maker of the trace is at fault. [`TraceError::Trust`],
/// [`TraceError::OtherLedger`] and [`TraceError::OtherLog`] may also come from a wrong policy.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// The bytes are not the canonical encoding of a trace.
    #[error("the trace is not canonical")]
    Codec(#[from] CodecError),
    /// The policy does not trust the checkpoint of the trace or of an anchor.
    #[error("the checkpoint is not trusted")]
    Trust(#[from] TrustError),
    /// An entry is not proven to be in the log.
    #[error("entry {log_index} is not proven to be in the log of this checkpoint")]
    Inclusion {
        /// Log index that the trace states for the entry.
        log_index: u64,
        /// Reason why the inclusion proof fails.
        source: ProofError,
    },
    /// The bytes of an entry are not an entry.
    #[error("entry {log_index} cannot be read")]
    Entry {
        /// Log index of the entry.
        log_index: LeafIndex,
        /// Reason why the bytes cannot be read.
        source: RecordedError,
    },
    /// The genesis is not that of the pinned ledger.
    #[error("this is ledger {found}, the policy pins {expected}")]
    OtherLedger {
        /// Ledger id that the policy pins.
        expected: Hash,
        /// Leaf hash of the genesis in the trace.
        found: Hash,
    },
    /// The genesis names another origin than the checkpoint, or a log key that the policy does not name.
    #[error("the genesis founds log {found:?}, not the one that signed the checkpoint")]
    OtherLog {
        /// Origin that the genesis names.
        found: String,
    },
    /// The entry that the trace gives as index head is not an index head, or not the last leaf of the checkpoint.
    #[error("entry {log_index} is not an index head at the end of the checkpoint")]
    NoIndexHead {
        /// Log index of that entry.
        log_index: LeafIndex,
    },
    /// The index proof about a subject does not hold.
    #[error("the index is not proven to say this of {subject}")]
    Index {
        /// Subject that the index proof is about.
        subject: Subject,
        /// Reason why the index proof fails.
        source: IndexProofError,
    },
    /// An index proof is not well formed.
    #[error("the index proof of {subject} is not well formed")]
    IndexForm {
        /// Subject that the index proof is about.
        subject: Subject,
    },
    /// The entries shown are not all entries of a subject's chain.
    #[error("the entries shown are not the whole chain of {subject}")]
    Chain {
        /// Subject that the chain belongs to.
        subject: Subject,
        /// Reason why the entries do not fit.
        source: ChainError,
    },
    /// The trace lists entries of a closed chain, of which a trace proves the count only.
    #[error("the chain of {subject} is closed: a trace holds none of its entries")]
    Closed {
        /// Subject that the closed chain belongs to.
        subject: Subject,
    },
    /// A chain points to an entry that the trace does not hold.
    #[error("entry {log_index} on the chain of {subject} is not in the trace")]
    Absent {
        /// Subject that the chain belongs to.
        subject: Subject,
        /// Log index of the absent entry, as the trace lists it.
        log_index: u64,
    },
    /// An entry is on a chain whose subject the entry does not name, or is missing from the chain of a subject that the
    /// entry names.
    #[error("entry {log_index} and the chain of {subject} do not belong to each other")]
    Foreign {
        /// Subject that the chain belongs to.
        subject: Subject,
        /// Log index of the entry.
        log_index: LeafIndex,
    },
    /// An entry is out of log order, or of a form that does not belong there. Or its recorded time is before that of the
    /// entry before, or after that of the index head.
    #[error("entry {log_index} is out of order")]
    Order {
        /// Log index of the entry.
        log_index: LeafIndex,
    },
    /// One event, or one event id of a party, occurs twice.
    #[error("entry {log_index} repeats an event or event id")]
    Replay {
        /// Log index of the second occurrence.
        log_index: LeafIndex,
    },
    /// The trace does not hold a subject that the story needs.
    #[error("{subject} is needed and missing")]
    Missing {
        /// Subject that is missing.
        subject: Subject,
    },
    /// The trace holds a part that the story does not need.
    #[error("{what} is not needed")]
    LeftOver {
        /// Name of the part in the error text.
        what: String,
    },
    /// The signature of an event does not hold.
    #[error("entry {log_index} is not signed by its party")]
    NotAuthentic {
        /// Log index of the entry.
        log_index: LeafIndex,
        /// Reason why the signature does not hold.
        source: NotAuthentic,
    },
    /// The party did not have the right to sign.
    #[error("entry {log_index} had no authority when it was recorded")]
    Denied {
        /// Log index of the entry.
        log_index: LeafIndex,
        /// Reason why authority denies the event.
        source: Box<Denied>,
    },
    /// A pin was not current when its entry was recorded.
    #[error("entry {log_index} pins another state of {subject} than it was recorded on")]
    Pin {
        /// Log index of the entry with the pin.
        log_index: LeafIndex,
        /// Subject whose chain the event pins.
        subject: Subject,
    },
    /// The checkpoint does not extend an earlier one.
    #[error("the checkpoint does not extend the anchor of size {size}")]
    Anchor {
        /// Tree size of the anchor.
        size: TreeSize,
        /// Reason why the consistency proof fails.
        source: ProofError,
    },
    /// An opening opens no commitment of the trace.
    #[error("an opening of {path} opens nothing in the trace")]
    Opening {
        /// Path of the hidden field in its event.
        path: String,
    },
    /// A proof about a set is missing, or does not hold.
    #[error("the proof about the set of entry {log_index} is missing or does not hold")]
    Set {
        /// Log index of the entry that committed to the set, as the trace states it or as the story needs it.
        log_index: u64,
    },
}
