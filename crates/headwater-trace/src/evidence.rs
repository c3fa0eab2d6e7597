//! Evidence that fits in a file: the receipt of an event, and the proof that a log forked. An
//! [`OmissionProof`](crate::omission::OmissionProof) proves that an index is false.
//!
//! Evidence against a log needs no witness: the log's own signatures contradict each other.

use headwater_event::codec::{CodecError, Keyed, Message as _};
use headwater_event::entry::{Entry, EntryBody, SignedEventBytes};
use headwater_event::message;
use headwater_event::newer::ReadEvent;
use headwater_event::subject::Subject;
use headwater_tlog::chain::{Chain, ChainError, Link};
use headwater_tlog::checkpoint::{Checkpoint, CheckpointError, CosignTime};
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{IndexProofError, Leaf, Lookup};
use headwater_tlog::note::{Note, NoteError};
use headwater_tlog::policy::{TrustError, TrustedCheckpoint};
use headwater_tlog::proof::{Consistency, Inclusion, LastPath, ProofError};
use headwater_tlog::proof_file::ProofFile;
use headwater_tlog::tree::{LeafIndex, TreeSize};

use crate::age::Age;
use crate::policy::TrustPolicy;
use crate::recorded::{EntryContent, Recorded, RecordedError};
use crate::trace::{Included, IndexProof};

message! {
    /// The proof that one event is in the log and on the chain of every subject that it names.
    pub struct Receipt {
        /// The checkpoint note, verbatim.
        1 checkpoint: one Vec<u8>,
        /// The entry that holds the event.
        2 entry: one Included,
        /// The last leaf of the checkpoint; a bulk stream may ask for it later.
        3 index_head: opt Included,
        /// The entry's place on the chain of each subject that the event names; empty without the index head.
        4 subjects: set SubjectReceipt,
    }
}

/// Extent of the proof in a receipt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// The entry is in the log with its log index, so that it is recorded for ever. A caller can ask for the rest later.
    Inclusion,
    /// As `Inclusion`, and the entry is on the chain of every subject that it names. With such a receipt, an omission can
    /// be proven.
    Complete,
}

message! {
    /// The place of an entry on one chain.
    pub struct SubjectReceipt {
        /// The subject that the chain belongs to.
        1 subject: one Subject,
        /// The index proof of the end of the chain.
        2 proof: one IndexProof,
        /// The number of entries on the chain before this one.
        3 count_before: num u64,
        /// The head before; 32 zero bytes when there was none.
        4 head_before: one Hash,
        /// The links of the chain after this entry.
        5 later: many ChainLink,
    }
}

impl Keyed for SubjectReceipt {
    fn sort_key(&self) -> Vec<u8> {
        self.subject.sort_key()
    }
}

message! {
    /// One link of a chain.
    pub struct ChainLink {
        /// The log index of the entry.
        1 log_index: num u64,
        /// The leaf hash of the entry.
        2 leaf: one Hash,
    }
}

message! {
    /// Two checkpoints of one log that contradict each other: at the older size, the newer tree has another root than the older checkpoint.
    pub struct ForkProof {
        /// The smaller checkpoint note, verbatim.
        1 older: one Vec<u8>,
        /// The larger checkpoint note, verbatim; or another of the same size.
        2 newer: one Vec<u8>,
        /// The root that the newer tree had at the older size; absent when the sizes are the same.
        3 root: opt Hash,
        /// RFC 6962 consistency proof from that root to the newer one.
        4 consistency: many Hash,
    }
}

/// Reason why evidence proves nothing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// The bytes are not the canonical encoding.
    #[error("the file is not canonical")]
    Codec(#[from] CodecError),
    /// The policy does not trust the checkpoint.
    #[error("the checkpoint is not trusted")]
    Trust(#[from] TrustError),
    /// The bytes are not a signed note.
    #[error("the checkpoint is not a signed note")]
    Note(#[from] NoteError),
    /// The note is not a checkpoint, or the log's signature on the checkpoint does not hold.
    #[error("the checkpoint is not one of the log")]
    Checkpoint(#[from] CheckpointError),
    /// The log that the policy names did not sign the checkpoint.
    #[error("the checkpoint is not signed by the log of the policy")]
    OtherLog,
    /// An entry is not proven to be in the log.
    #[error("entry {log_index} is not proven to be in the log of this checkpoint")]
    Inclusion {
        /// Log index that the evidence states for the entry.
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
    /// An entry that has to be an index head is not one, or has the wrong log index.
    #[error("entry {log_index} is not the index head that is needed")]
    NoIndexHead {
        /// Log index of that entry.
        log_index: LeafIndex,
    },
    /// The entry holds no event, or one that is newer than this version.
    #[error("the entry holds no event that this version reads")]
    NoEvent,
    /// The subjects with proofs are not exactly those that the event or the batch names, or their proofs do not fit
    /// together.
    #[error("the subjects are not those that the event names")]
    Subjects,
    /// The index proof about a subject does not hold.
    #[error("the index is not proven to say this of {subject}")]
    Index {
        /// Subject that the index proof is about.
        subject: Subject,
        /// Reason why the proof fails; `None` when it is not well formed, or when the links do not lead to the end that the
        /// proof shows.
        source: Option<IndexProofError>,
    },
    /// The links do not lead to the head of the chain.
    #[error("the links are not the chain of {subject}")]
    Chain {
        /// Subject that the chain belongs to.
        subject: Subject,
        /// Reason why the links do not fit.
        source: ChainError,
    },
    /// The checkpoints agree, so that the log did not fork here.
    #[error("the checkpoints do not contradict each other")]
    NoFork,
    /// The consistency proof between the checkpoints does not hold.
    #[error("the consistency proof does not hold")]
    Consistency(#[source] ProofError),
    /// The index is right as far as this version reads: the entry is on the right chains, or the batch leads to the root of
    /// the index head.
    #[error("the index says what the entries say, as far as this version reads them")]
    NothingOmitted,
    /// The entries are not exactly those between the two index heads.
    #[error("entry {log_index} is not the next one of the batch")]
    Batch {
        /// Log index of the entry that does not fit.
        log_index: LeafIndex,
    },
}

/// A receipt of which everything was checked.
#[derive(Clone, Debug)]
pub struct VerifiedReceipt {
    receipt: Receipt,
    checkpoint: TrustedCheckpoint,
    log_index: LeafIndex,
    recorded_at_ms: u64,
    signed: SignedEventBytes,
    counts: Vec<(Subject, u64)>,
}

impl VerifiedReceipt {
    /// Receipt as the reader received it.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// Checkpoint that the receipt leads to.
    pub fn checkpoint(&self) -> &TrustedCheckpoint {
        &self.checkpoint
    }

    /// Log index of the entry.
    pub fn log_index(&self) -> LeafIndex {
        self.log_index
    }

    /// Time at which the operator claims that it recorded the entry, in milliseconds UTC.
    pub fn recorded_at_ms(&self) -> u64 {
        self.recorded_at_ms
    }

    /// Event in the entry, exactly as its party signed it. The event was parsed only if the receipt proves subjects.
    pub fn signed(&self) -> &SignedEventBytes {
        &self.signed
    }

    /// Subjects with the number of entries on their chains up to this one; empty when the receipt has no index head.
    pub fn counts(&self) -> &[(Subject, u64)] {
        &self.counts
    }

    /// Returns the age at the time of a reader.
    pub fn age(&self, now: CosignTime) -> Age {
        Age::of(self.recorded_at_ms / 1000, self.checkpoint.quorum_time(), now)
    }
}

/// Index head of a checkpoint, read once for the many receipts of one batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ground {
    index_head: Included,
    root: Hash,
}

impl Ground {
    /// Proves that the index head is the last leaf of a checkpoint, and reads the root of the index.
    pub fn read(index_head: Included, checkpoint: &Checkpoint) -> Result<Self, EvidenceError> {
        let root = index_root(&index_head, checkpoint)?;
        Ok(Self { index_head, root })
    }

    /// The index head with its inclusion proof, as received.
    pub fn index_head(&self) -> &Included {
        &self.index_head
    }
}

impl Receipt {
    /// Returns the extent of the proof that the receipt carries.
    pub fn extent(&self) -> Extent {
        if self.index_head.is_some() { Extent::Complete } else { Extent::Inclusion }
    }

    /// Verifies a receipt against a trust policy.
    pub fn verify(self, policy: &TrustPolicy) -> Result<VerifiedReceipt, EvidenceError> {
        let checkpoint = policy.open(&self.checkpoint)?;
        self.verify_under(checkpoint, None, &mut LastPath::default())
    }

    /// Verifies a receipt under a checkpoint that is trusted already, and under its index head if `ground` holds that one.
    /// `path` is that of the receipt before: so the many receipts of one batch share the work that they have in common.
    /// The caller has compared the checkpoint notes.
    pub fn verify_under(
        self,
        checkpoint: TrustedCheckpoint,
        ground: Option<&Ground>,
        path: &mut LastPath,
    ) -> Result<VerifiedReceipt, EvidenceError> {
        // The entry is in the log of the checkpoint (R1).
        let (log_index, leaf) = prove(&self.entry, checkpoint.checkpoint(), path)?;
        let unread = |source| EvidenceError::Entry { log_index, source };
        let entry = Entry::parse(&self.entry.entry).map_err(|error| unread(error.into()))?;
        let EntryBody::SignedEvent(signed) = entry.body else {
            return Err(EvidenceError::NoEvent);
        };
        let event = match self.extent() {
            // Without the index head the event is not read (R6).
            Extent::Inclusion => None,
            Extent::Complete => match ReadEvent::parse(signed.clone()).map_err(|error| unread(error.into()))? {
                ReadEvent::Known(event) => Some(event),
                // A newer event has no receipt that this version reads (R4).
                ReadEvent::Newer(_) => return Err(EvidenceError::NoEvent),
            },
        };
        let named = event.iter().flat_map(|event| event.claims().keys());
        let counts = self.check_subjects(named, log_index, leaf, checkpoint.checkpoint(), ground)?;
        let recorded_at_ms = entry.recorded_at_ms;
        Ok(VerifiedReceipt { receipt: self, checkpoint, log_index, recorded_at_ms, signed, counts })
    }

    /// Checks every proof of a receipt for an event that names these subjects. This is for the ledger itself, which holds
    /// the event and signed the checkpoint.
    pub fn check<'a>(
        &self,
        subjects: impl Iterator<Item = &'a Subject>,
        checkpoint: &Checkpoint,
        ground: Option<&Ground>,
        path: &mut LastPath,
    ) -> Result<(), EvidenceError> {
        let (log_index, leaf) = prove(&self.entry, checkpoint, path)?;
        self.check_subjects(subjects, log_index, leaf, checkpoint, ground)?;
        Ok(())
    }

    fn check_subjects<'a>(
        &self,
        subjects: impl Iterator<Item = &'a Subject>,
        log_index: LeafIndex,
        leaf: Hash,
        checkpoint: &Checkpoint,
        ground: Option<&Ground>,
    ) -> Result<Vec<(Subject, u64)>, EvidenceError> {
        let Some(index_head) = &self.index_head else {
            return if self.subjects.is_empty() { Ok(Vec::new()) } else { Err(EvidenceError::Subjects) };
        };
        // The index head is the last leaf of the checkpoint (R2).
        let root = match ground {
            Some(ground) if ground.index_head == *index_head => ground.root,
            _ => index_root(index_head, checkpoint)?,
        };
        // The receipt has a part for each subject that the event names (R3).
        if !subjects.eq(self.subjects.iter().map(|receipt| &receipt.subject)) {
            return Err(EvidenceError::Subjects);
        }
        let place = |receipt: &SubjectReceipt| {
            let key = receipt.subject.index_key();
            let index = |source| EvidenceError::Index { subject: receipt.subject.clone(), source };
            let proof = IndexProof::open(Some(&receipt.proof)).ok_or_else(|| index(None))?;
            let committed = proof.verify(&key, root).map_err(|source| index(Some(source)))?;
            // The chain before the entry, extended by the entry and the links behind it, gives the index leaf (R5). The chain before the
            // entry has at most as many entries as the log had.
            if receipt.count_before > log_index.get() {
                return Err(index(None));
            }
            let before = Chain::at(Leaf { key, count: receipt.count_before, head: receipt.head_before });
            let here = before.extend(log_index, leaf);
            let links = open_links(&receipt.later).ok_or_else(|| index(None))?;
            let chain = links.iter().fold(here, |chain, link| chain.extend(link.log_index, link.leaf));
            if committed == Lookup::Present(chain.leaf()) {
                Ok((receipt.subject.clone(), here.count()))
            } else {
                Err(index(None))
            }
        };
        self.subjects.iter().map(place).collect()
    }

    /// Converts the receipt to a C2SP tlog-proof, for tools that do not know subjects.
    pub fn to_proof_file(&self) -> Option<ProofFile> {
        let checkpoint = String::from_utf8(self.checkpoint.clone()).ok()?;
        let inclusion = Inclusion::from_hashes(self.entry.inclusion.clone());
        Some(ProofFile { extra: None, index: LeafIndex::new(self.entry.log_index)?, inclusion, checkpoint })
    }
}

/// The fork that a fork proof shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fork {
    size: TreeSize,
    roots: [Hash; 2],
}

impl Fork {
    /// Tree size at which the log has two roots.
    pub fn size(&self) -> TreeSize {
        self.size
    }

    /// The two roots: the one of the older checkpoint first.
    pub fn roots(&self) -> [Hash; 2] {
        self.roots
    }
}

impl ForkProof {
    /// Verifies that one log signed two histories.
    pub fn verify(&self, policy: &TrustPolicy) -> Result<Fork, EvidenceError> {
        let (older, newer) = (signed_by_log(&self.older, policy)?, signed_by_log(&self.newer, policy)?);
        let other = match self.root {
            // The checkpoints have the same size (F1).
            None if older.size() == newer.size() && self.consistency.is_empty() => newer.root(),
            // The newer tree had this root at the older size (F2).
            Some(root) if older.size() < newer.size() => {
                let proof = Consistency::from_hashes(self.consistency.clone());
                proof.verify(older.size(), root, newer.size(), newer.root()).map_err(EvidenceError::Consistency)?;
                root
            }
            _ => return Err(EvidenceError::NoFork),
        };
        if other == older.root() {
            return Err(EvidenceError::NoFork);
        }
        Ok(Fork { size: older.size(), roots: [older.root(), other] })
    }
}

/// Converts links; `None` when one of them has a log index that no log can have.
pub(crate) fn open_links(links: &[ChainLink]) -> Option<Vec<Link>> {
    let open = |link: &ChainLink| Some(Link { log_index: LeafIndex::new(link.log_index)?, leaf: link.leaf });
    links.iter().map(open).collect()
}

pub(crate) fn read(included: &Included, checkpoint: &Checkpoint) -> Result<Recorded, EvidenceError> {
    let (log_index, _) = prove(included, checkpoint, &mut LastPath::default())?;
    Recorded::parse(log_index, &included.entry).map_err(|source| EvidenceError::Entry { log_index, source })
}

/// Proves that an entry has its stated log index in the log.
fn prove(
    included: &Included,
    checkpoint: &Checkpoint,
    path: &mut LastPath,
) -> Result<(LeafIndex, Hash), EvidenceError> {
    let (stated, size) = (included.log_index, checkpoint.size());
    let inclusion = |source| EvidenceError::Inclusion { log_index: stated, source };
    let out_of_tree = || inclusion(ProofError::OutOfTree { index: stated, size: size.get() });
    let log_index = size.leaf(stated).ok_or_else(out_of_tree)?;
    let leaf = Hash::leaf(&included.entry);
    let proof = Inclusion::from_hashes(included.inclusion.clone());
    proof.verify_along(log_index, size, leaf, checkpoint.root(), path).map_err(inclusion)?;
    Ok((log_index, leaf))
}

fn index_root(included: &Included, checkpoint: &Checkpoint) -> Result<Hash, EvidenceError> {
    let entry = read(included, checkpoint)?;
    match &entry.content {
        EntryContent::IndexHead(head) if checkpoint.size().last() == Some(entry.log_index) => Ok(head.root),
        _ => Err(EvidenceError::NoIndexHead { log_index: entry.log_index }),
    }
}

/// Returns the checkpoint of a note that the policy's log signed. Cosignatures do not matter.
pub(crate) fn signed_by_log(note: &[u8], policy: &TrustPolicy) -> Result<Checkpoint, EvidenceError> {
    let note = Note::parse(note)?;
    let checkpoint = Checkpoint::parse(note.claims())?;
    for log in policy.tlog().logs().iter().filter(|log| log.name() == checkpoint.origin()) {
        if let Some(line) = note.signatures().iter().find(|line| line.names(log)) {
            checkpoint.verify_log(log, line)?;
            return Ok(checkpoint);
        }
    }
    Err(EvidenceError::OtherLog)
}

impl Receipt {
    /// Decodes a receipt from its canonical encoding.
    pub fn parse(bytes: &[u8]) -> Result<Self, CodecError> {
        Self::decode(bytes)
    }
}

impl ForkProof {
    /// Decodes a fork proof from its canonical encoding.
    pub fn parse(bytes: &[u8]) -> Result<Self, CodecError> {
        Self::decode(bytes)
    }
}
