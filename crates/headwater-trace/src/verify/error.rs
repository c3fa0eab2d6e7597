//! Why a trace proves nothing.

use headwater_event::authority::Denied;
use headwater_event::fault::CodecError;
use headwater_event::signed::NotAuthentic;
use headwater_event::subject::Subject;
use headwater_tlog::chain::ChainError;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::IndexProofError;
use headwater_tlog::policy::TrustError;
use headwater_tlog::proof::ProofError;

use crate::recorded::RecordedError;

/// Why a trace proves nothing. All are the fault of whoever made the trace, save [`TraceError::Trust`], which may also
/// be a wrong policy.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// Not the one encoding of a trace.
    #[error("the trace is not canonical")]
    Codec(#[from] CodecError),
    /// The checkpoint is not one that the policy trusts.
    #[error("the checkpoint is not trusted")]
    Trust(#[from] TrustError),
    /// An entry is not proven to be in the log.
    #[error("entry {log_index} is not proven to be in the log of this checkpoint")]
    Inclusion {
        /// Where it is to stand.
        log_index: u64,
        /// Why its proof fails.
        source: ProofError,
    },
    /// An entry's bytes are no entry.
    #[error("entry {log_index} cannot be read")]
    Entry {
        /// Where it stands.
        log_index: u64,
        /// Why.
        source: RecordedError,
    },
    /// The genesis is not that of the pinned ledger.
    #[error("this is ledger {found}, the policy pins {expected}")]
    OtherLedger {
        /// The policy's.
        expected: Hash,
        /// The trace's.
        found: Hash,
    },
    /// The genesis names another log or key than the checkpoint.
    #[error("the genesis founds log {found:?}, not the one that signed the checkpoint")]
    OtherLog {
        /// The origin in the genesis.
        found: String,
    },
    /// The last leaf of the checkpoint is no index head.
    #[error("entry {log_index} is no index head at the end of the checkpoint")]
    NoIndexHead {
        /// Where it was to stand.
        log_index: u64,
    },
    /// What the index says of a subject is not proven.
    #[error("the index is not proven to say this of {subject}")]
    Index {
        /// The subject.
        subject: Subject,
        /// Why its proof fails.
        source: IndexProofError,
    },
    /// An index proof that is not built like one.
    #[error("the index proof of {subject} is not well formed")]
    IndexForm {
        /// The subject.
        subject: Subject,
    },
    /// The entries shown are not all entries of a subject's chain.
    #[error("the entries shown are not the whole chain of {subject}")]
    Chain {
        /// The subject.
        subject: Subject,
        /// What does not fit.
        source: ChainError,
    },
    /// Entries of a chain of which a trace proves the count only.
    #[error("the chain of {subject} is closed: a trace holds none of its entries")]
    Closed {
        /// The subject.
        subject: Subject,
    },
    /// A chain points to an entry that the trace does not hold.
    #[error("entry {log_index} on the chain of {subject} is not in the trace")]
    Absent {
        /// The subject.
        subject: Subject,
        /// The entry.
        log_index: u64,
    },
    /// An entry on a chain that it does not name, or one that it names and is not on.
    #[error("entry {log_index} and the chain of {subject} do not belong to each other")]
    Foreign {
        /// The subject.
        subject: Subject,
        /// The entry.
        log_index: u64,
    },
    /// Entries out of order, twice, or recorded earlier than one before.
    #[error("entry {log_index} stands out of order")]
    Order {
        /// The entry.
        log_index: u64,
    },
    /// One event, or one party's event id, twice.
    #[error("entry {log_index} repeats an event or event id")]
    Replay {
        /// The second of them.
        log_index: u64,
    },
    /// A needed subject is missing.
    #[error("{subject} is needed and missing")]
    Missing {
        /// The subject.
        subject: Subject,
    },
    /// Something that the story does not need.
    #[error("{what} is not needed")]
    LeftOver {
        /// What it is.
        what: String,
    },
    /// A signature does not hold.
    #[error("entry {log_index} is not signed by its party")]
    NotAuthentic {
        /// The entry.
        log_index: u64,
        /// Why.
        source: NotAuthentic,
    },
    /// The party was not allowed to sign.
    #[error("entry {log_index} had no authority when it was recorded")]
    Denied {
        /// The entry.
        log_index: u64,
        /// Why.
        source: Box<Denied>,
    },
    /// A pin that was not current.
    #[error("entry {log_index} pins another state of {subject} than it was recorded on")]
    Pin {
        /// The entry.
        log_index: u64,
        /// The subject.
        subject: Subject,
    },
    /// An earlier checkpoint that this one does not extend.
    #[error("the checkpoint does not extend the anchor of size {size}")]
    Anchor {
        /// The anchor's size.
        size: u64,
        /// Why its proof fails.
        source: ProofError,
    },
    /// What opens no commitment of the trace.
    #[error("an opening of {path} opens nothing in the trace")]
    Opening {
        /// The path.
        path: String,
    },
    /// A proof about a set that is missing, or does not hold.
    #[error("the proof about the set of entry {log_index} is missing or does not hold")]
    Set {
        /// The entry that committed to the set.
        log_index: u64,
    },
}
