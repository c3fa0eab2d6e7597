//! Evidence that fits in a file: the receipt of an event, and the proof that a log forked. That an index lied is shown by an
//! [`OmissionProof`](crate::omission::OmissionProof).
//!
//! Evidence of wrongdoing needs no witness: the log's own signatures speak against it.

use headwater_event::codec::{CodecError, Keyed, Message as _};
use headwater_event::entry::{Body, Entry, SignedBytes};
use headwater_event::message;
use headwater_event::newer::ReadEvent;
use headwater_event::subject::Subject;
use headwater_tlog::chain::{Chain, ChainError, Link};
use headwater_tlog::checkpoint::{Checkpoint, CheckpointError, CosignTime};
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{IndexProofError, Leaf, Lookup};
use headwater_tlog::note::{Note, NoteError};
use headwater_tlog::policy::{TrustError, TrustedCheckpoint};
use headwater_tlog::proof::{Consistency, Inclusion, ProofError, Way};
use headwater_tlog::proof_file::ProofFile;
use headwater_tlog::tree::LeafIndex;

use crate::age::Age;
use crate::policy::TrustPolicy;
use crate::recorded::{Content, Recorded, RecordedError};
use crate::trace::{Included, IndexProof};

message! {
    /// The proof that one event is in the log and on the chain of every subject that it names.
    pub struct Receipt {
        /// The checkpoint note, verbatim.
        1 checkpoint: one Vec<u8>,
        /// The entry.
        2 entry: one Included,
        /// The last leaf of the checkpoint; a bulk stream may ask for it later.
        3 index_head: opt Included,
        /// The entry's place on each chain; with the index head, all of them.
        4 subjects: set SubjectReceipt,
    }
}

/// How much a receipt proves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// The entry's place in the log. Enough to know that it is recorded for ever; the rest can be asked for later.
    Inclusion,
    /// That, and its place on the chain of every subject that it names. With it an omission can be proven.
    Complete,
}

message! {
    /// An entry's place on a chain.
    pub struct SubjectReceipt {
        /// The subject.
        1 subject: one Subject,
        /// What the index says of it.
        2 proof: one IndexProof,
        /// How many entries stood on the chain before.
        3 count_before: num u64,
        /// The head before; 32 zero bytes when there was none.
        4 head_before: one Hash,
        /// What was recorded behind it.
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
        /// The entry's place in the log.
        1 log_index: num u64,
        /// The entry's leaf hash.
        2 leaf: one Hash,
    }
}

message! {
    /// Two checkpoints of one log that do not join: the newer tree held `root` where the older was signed otherwise.
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

/// Why evidence proves nothing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// Not the one encoding.
    #[error("the file is not canonical")]
    Codec(#[from] CodecError),
    /// The checkpoint is not one that the policy trusts.
    #[error("the checkpoint is not trusted")]
    Trust(#[from] TrustError),
    /// The bytes are no note.
    #[error("the checkpoint is no signed note")]
    Note(#[from] NoteError),
    /// The checkpoint is not the log's.
    #[error("the checkpoint is not one of the log")]
    Checkpoint(#[from] CheckpointError),
    /// No signature of the log that the policy names.
    #[error("the checkpoint is not signed by the log of the policy")]
    OtherLog,
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
    /// What stands as index head is none, or not where it has to be.
    #[error("entry {log_index} is not the index head that is needed")]
    NoIndexHead {
        /// Where it was to stand.
        log_index: u64,
    },
    /// The entry holds no event.
    #[error("the entry holds no event that this version reads")]
    NoEvent,
    /// The subjects are not exactly those that the event names.
    #[error("the subjects are not those that the event names")]
    Subjects,
    /// What the index says of a subject is not proven.
    #[error("the index is not proven to say this of {subject}")]
    Index {
        /// The subject.
        subject: Subject,
        /// Why; `None` when the proof is not built like one.
        source: Option<IndexProofError>,
    },
    /// The links do not lead to the head.
    #[error("the links are not the chain of {subject}")]
    Chain {
        /// The subject.
        subject: Subject,
        /// What does not fit.
        source: ChainError,
    },
    /// The checkpoints join: there is no fork here.
    #[error("the checkpoints do not contradict each other")]
    NoFork,
    /// The consistency proof does not hold.
    #[error("the consistency proof does not hold")]
    Consistency(#[source] ProofError),
    /// The entry is where it belongs, or the batch leads to the root that the index head states.
    #[error("the index says what the entries say, as far as this version reads them")]
    NothingOmitted,
    /// The entries are not all that stand between the two index heads.
    #[error("entry {log_index} is not the next one of the batch")]
    Batch {
        /// The entry that is not.
        log_index: u64,
    },
}

/// A receipt of which everything was checked.
#[derive(Clone, Debug)]
pub struct VerifiedReceipt {
    /// The receipt as it came.
    pub receipt: Receipt,
    /// The checkpoint.
    pub checkpoint: TrustedCheckpoint,
    /// The entry's place in the log.
    pub log_index: LeafIndex,
    /// When the operator says that it recorded the entry: milliseconds UTC.
    pub recorded_at_ms: u64,
    /// The event in it, exactly as it was signed. It was read only where subjects had to be proven.
    pub signed: SignedBytes,
    /// The subjects and the number of entries on their chains up to this one; empty when the index was left for later.
    pub counts: Vec<(Subject, u64)>,
}

impl VerifiedReceipt {
    /// The age at a reader's time.
    pub fn age(&self, now: CosignTime) -> Age {
        Age::of(self.recorded_at_ms / 1000, self.checkpoint.quorum_time(), now)
    }
}

/// The index head of a checkpoint, read once for the many receipts of one batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ground {
    index_head: Included,
    root: Hash,
}

impl Ground {
    /// Proves that the index head is the last leaf of a checkpoint, and reads it.
    pub fn read(index_head: Included, checkpoint: &Checkpoint) -> Result<Self, EvidenceError> {
        let root = index_root(&index_head, checkpoint)?;
        Ok(Self { index_head, root })
    }

    /// The index head as it came.
    pub fn index_head(&self) -> &Included {
        &self.index_head
    }
}

impl Receipt {
    /// How much it is to prove.
    pub fn extent(&self) -> Extent {
        if self.index_head.is_some() { Extent::Complete } else { Extent::Inclusion }
    }

    /// Checks a receipt.
    pub fn verify(self, policy: &TrustPolicy) -> Result<VerifiedReceipt, EvidenceError> {
        let checkpoint = policy.open(&self.checkpoint)?;
        self.verify_under(checkpoint, None, &mut Way::default())
    }

    /// Checks a receipt under a checkpoint that is trusted already, and perhaps its index head that was read already, along
    /// the way of the receipt before: so the many receipts of one batch share what they have in common. Whoever calls has
    /// compared the notes.
    pub fn verify_under(
        self,
        checkpoint: TrustedCheckpoint,
        ground: Option<&Ground>,
        way: &mut Way,
    ) -> Result<VerifiedReceipt, EvidenceError> {
        let (log_index, leaf) = prove(&self.entry, checkpoint.checkpoint(), way)?;
        let unread = |source| EvidenceError::Entry { log_index: log_index.get(), source };
        let entry = Entry::parse(&self.entry.entry).map_err(|error| unread(error.into()))?;
        let Body::SignedEvent(signed) = entry.body else {
            return Err(EvidenceError::NoEvent);
        };
        let event = match self.extent() {
            Extent::Inclusion => None,
            Extent::Complete => match ReadEvent::parse(signed.clone()).map_err(|error| unread(error.into()))? {
                ReadEvent::Known(event) => Some(event),
                ReadEvent::Newer(_) => return Err(EvidenceError::NoEvent),
            },
        };
        let named = event.iter().flat_map(|event| event.claims().keys());
        let counts = self.check_subjects(named, log_index, leaf, checkpoint.checkpoint(), ground)?;
        let recorded_at_ms = entry.recorded_at_ms;
        Ok(VerifiedReceipt { receipt: self, checkpoint, log_index, recorded_at_ms, signed, counts })
    }

    /// Checks every proof of a receipt for an event that names these subjects. For whoever has the event at hand and signed
    /// the checkpoint: the ledger itself.
    pub fn check<'a>(
        &self,
        subjects: impl Iterator<Item = &'a Subject>,
        checkpoint: &Checkpoint,
        ground: Option<&Ground>,
        way: &mut Way,
    ) -> Result<(), EvidenceError> {
        let (log_index, leaf) = prove(&self.entry, checkpoint, way)?;
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
        let root = match ground {
            Some(ground) if ground.index_head == *index_head => ground.root,
            _ => index_root(index_head, checkpoint)?,
        };
        if !subjects.eq(self.subjects.iter().map(|receipt| &receipt.subject)) {
            return Err(EvidenceError::Subjects);
        }
        let place = |receipt: &SubjectReceipt| {
            let key = receipt.subject.index_key();
            let index = |source| EvidenceError::Index { subject: receipt.subject.clone(), source };
            let proof = IndexProof::open(Some(&receipt.proof)).ok_or_else(|| index(None))?;
            let committed = proof.verify(&key, root).map_err(|source| index(Some(source)))?;
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

    /// The same as a C2SP tlog-proof, for tools that know no subjects.
    pub fn to_proof_file(&self) -> Option<ProofFile> {
        let checkpoint = String::from_utf8(self.checkpoint.clone()).ok()?;
        let inclusion = Inclusion::from_hashes(self.entry.inclusion.clone());
        Some(ProofFile { extra: None, index: LeafIndex::new(self.entry.log_index)?, inclusion, checkpoint })
    }
}

/// What a fork proof shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fork {
    /// The size at which the log was two.
    pub size: u64,
    /// The roots that it had there.
    pub roots: [Hash; 2],
}

impl ForkProof {
    /// Checks that one log signed two histories.
    pub fn verify(&self, policy: &TrustPolicy) -> Result<Fork, EvidenceError> {
        let (older, newer) = (signed_by_log(&self.older, policy)?, signed_by_log(&self.newer, policy)?);
        let other = match self.root {
            None if older.size() == newer.size() && self.consistency.is_empty() => newer.root(),
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
        Ok(Fork { size: older.size().get(), roots: [older.root(), other] })
    }
}

/// `None` when one of them is at a place that no log has.
pub(crate) fn open_links(links: &[ChainLink]) -> Option<Vec<Link>> {
    let open = |link: &ChainLink| Some(Link { log_index: LeafIndex::new(link.log_index)?, leaf: link.leaf });
    links.iter().map(open).collect()
}

pub(crate) fn read(included: &Included, checkpoint: &Checkpoint) -> Result<Recorded, EvidenceError> {
    let (index, _) = prove(included, checkpoint, &mut Way::default())?;
    Recorded::parse(index, &included.entry)
        .map_err(|source| EvidenceError::Entry { log_index: included.log_index, source })
}

/// Proves that some bytes stand in the log where they say.
fn prove(included: &Included, checkpoint: &Checkpoint, way: &mut Way) -> Result<(LeafIndex, Hash), EvidenceError> {
    let (log_index, size) = (included.log_index, checkpoint.size());
    let inclusion = |source| EvidenceError::Inclusion { log_index, source };
    let index =
        size.leaf(log_index).ok_or_else(|| inclusion(ProofError::OutOfTree { index: log_index, size: size.get() }))?;
    let leaf = Hash::leaf(&included.entry);
    let proof = Inclusion::from_hashes(included.inclusion.clone());
    proof.verify_along(index, size, leaf, checkpoint.root(), way).map_err(inclusion)?;
    Ok((index, leaf))
}

fn index_root(included: &Included, checkpoint: &Checkpoint) -> Result<Hash, EvidenceError> {
    let entry = read(included, checkpoint)?;
    match &entry.content {
        Content::IndexHead(head) if checkpoint.size().last() == Some(entry.log_index) => Ok(head.root),
        _ => Err(EvidenceError::NoIndexHead { log_index: entry.log_index.get() }),
    }
}

/// A checkpoint that the policy's log has signed, whoever else did or did not.
pub(crate) fn signed_by_log(note: &[u8], policy: &TrustPolicy) -> Result<Checkpoint, EvidenceError> {
    let note = Note::parse(note)?;
    let checkpoint = Checkpoint::parse(note.claims())?;
    for log in policy.tlog().logs().iter().filter(|log| log.name() == checkpoint.origin()) {
        if let Some(line) = note.signatures().iter().find(|line| line.claims(log)) {
            checkpoint.verify_log(log, line)?;
            return Ok(checkpoint);
        }
    }
    Err(EvidenceError::OtherLog)
}

impl Receipt {
    /// Reads the one encoding.
    pub fn parse(bytes: &[u8]) -> Result<Self, CodecError> {
        Self::decode(bytes)
    }
}

impl ForkProof {
    /// Reads the one encoding.
    pub fn parse(bytes: &[u8]) -> Result<Self, CodecError> {
        Self::decode(bytes)
    }
}
