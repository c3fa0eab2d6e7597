//! The proof that an index is false. The proof stays valid for ever, since the log itself signed the index head.
//!
//! A proof has one of two forms. The short form shows one chain and one entry that disagrees with the chain. The long form
//! shows a batch: the index head before it, every entry, and what the earlier index proves about every subject that the
//! entries name. From these, any reader computes the only root that the next index head may state. The long form catches
//! every false index: an entry left out or invented, a wrong count or head, a badly built trie. If the earlier index head
//! is the false one, the two index heads still contradict each other.

use std::collections::BTreeMap;

use headwater_event::codec::{CodecError, Keyed, Message as _};
use headwater_event::subject::Subject;
use headwater_event::{arms, message};
use headwater_tlog::chain::{Chain, Link};
use headwater_tlog::checkpoint::Checkpoint;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{self, Key, Leaf, Lookup};
use headwater_tlog::partial_index::PartialIndex;
use headwater_tlog::tree::{LeafIndex, TreeSize};

use crate::evidence::{ChainLink, EvidenceError, open_links, read, signed_by_log};
use crate::policy::TrustPolicy;
use crate::recorded::{EntryContent, Recorded};
use crate::replay::BATCH_ENTRIES_MAX;
use crate::trace::{Included, IndexProof};

message! {
    /// The proof that an index is false.
    pub struct OmissionProof {
        /// The checkpoint note, verbatim.
        1 checkpoint: one Vec<u8>,
        /// The index head that commits to the false index.
        2 index_head: one Included,
        /// The form of the proof.
        16 shown_by: oneof ShownBy,
    }
}

arms! {
    /// The evidence that an index is false.
    pub enum ShownBy {
        /// One entry and one chain.
        16 Entry(ByEntry) = "entry",
        /// A whole batch with its base.
        17 Batch(ByBatch) = "batch",
    }
}

message! {
    /// A chain that the index commits to, and an entry that does not agree with it.
    pub struct ByEntry {
        /// The subject that the chain belongs to.
        1 subject: one Subject,
        /// The index proof about the subject.
        2 proof: opt IndexProof,
        /// All links of the chain that the index commits to.
        3 links: many ChainLink,
        /// An entry before the index head. Either the entry names the subject and is not among the links, or it is among
        /// the links and does not belong there.
        4 entry: one Included,
    }
}

message! {
    /// A whole batch, and the index before it.
    pub struct ByBatch {
        /// The index head before; absent for the first batch of a ledger.
        1 base: opt Included,
        /// Every entry between the two index heads, in log order.
        2 entries: many Included,
        /// The proof by the earlier index about each subject that the entries name.
        3 subjects: set SubjectProof,
    }
}

message! {
    /// An index proof about one subject.
    pub struct SubjectProof {
        /// The subject that the proof is about.
        1 subject: one Subject,
        /// The proof; absent when the index is empty.
        2 proof: opt IndexProof,
    }
}

impl Keyed for SubjectProof {
    fn sort_key(&self) -> Vec<u8> {
        self.subject.sort_key()
    }
}

/// The falsehood that an omission proof shows. Only [`OmissionProof::verify`] makes one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IndexLie(Lie);

impl IndexLie {
    /// Form of the falsehood.
    pub fn lie(&self) -> &Lie {
        &self.0
    }
}

/// Form of a falsehood in an index. The form alone proves nothing: an [`IndexLie`] holds a verified one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lie {
    /// An entry that names the subject is not on the chain that the index commits to.
    Omitted {
        /// Subject that the omitted entry names.
        subject: Subject,
        /// Log index of the omitted entry.
        log_index: LeafIndex,
    },
    /// The chain that the index commits to holds a leaf that the log does not hold, or an entry that does not name the
    /// subject.
    Phantom {
        /// Subject that the chain belongs to.
        subject: Subject,
        /// Log index of the link that does not belong there.
        log_index: LeafIndex,
    },
    /// The index head states a root that does not follow from the earlier index and the entries since.
    Root {
        /// Log index of the index head.
        log_index: LeafIndex,
        /// Root that follows from the entries.
        expected: Hash,
        /// Root that the index head states.
        found: Hash,
    },
}

impl OmissionProof {
    /// Decodes an omission proof from its canonical encoding.
    pub fn parse(bytes: &[u8]) -> Result<Self, CodecError> {
        Self::decode(bytes)
    }

    /// Verifies that an index is false, and returns in which way (O1).
    pub fn verify(&self, policy: &TrustPolicy) -> Result<IndexLie, EvidenceError> {
        let checkpoint = signed_by_log(&self.checkpoint, policy)?;
        let (head, root) = index_head(&self.index_head, &checkpoint)?;
        match &self.shown_by {
            ShownBy::Entry(shown) => shown.verify(&checkpoint, &head, root),
            ShownBy::Batch(shown) => shown.verify(&checkpoint, &head, root),
        }
        .map(IndexLie)
    }
}

impl ByEntry {
    fn verify(&self, checkpoint: &Checkpoint, head: &Recorded, root: Hash) -> Result<Lie, EvidenceError> {
        // The index head's proof about the subject holds (O2).
        let (subject, key) = (self.subject.clone(), self.subject.index_key());
        let chain = match opened(&self.subject, self.proof.as_ref())?.verify(&key, root) {
            Ok(Lookup::Present(leaf)) => Chain::at(leaf),
            Ok(Lookup::Absent) => Chain::new(key),
            Err(source) => return Err(EvidenceError::Index { subject, source: Some(source) }),
        };
        // All links open the chain (O3).
        let unfit = || EvidenceError::Index { subject: subject.clone(), source: None };
        let links = open_links(&self.links).ok_or_else(unfit)?;
        chain.open(&links).map_err(|source| EvidenceError::Chain { subject: subject.clone(), source })?;
        // The entry is included, and is before the index head (O4).
        let entry = read(&self.entry, checkpoint)?;
        let log_index = entry.log_index;
        if log_index >= head.log_index {
            return Err(EvidenceError::NoIndexHead { log_index: head.log_index });
        }
        if entry.newer_class().is_some() {
            // A reader that cannot read the entry does not know every subject that the entry names (O5).
            return Err(EvidenceError::NothingOmitted);
        }
        // The entry is missing on the chain, or is where it does not belong (O6).
        let names = entry.subjects().contains(&subject);
        let linked: Option<&Link> = links.iter().find(|link| link.log_index == log_index);
        match linked {
            None if names => Ok(Lie::Omitted { subject, log_index }),
            Some(link) if link.leaf != entry.leaf || !names => Ok(Lie::Phantom { subject, log_index }),
            _ => Err(EvidenceError::NothingOmitted),
        }
    }
}

impl ByBatch {
    fn verify(&self, checkpoint: &Checkpoint, head: &Recorded, root: Hash) -> Result<Lie, EvidenceError> {
        // The index head before is included; the first batch has none (O7).
        let (from, before) = match &self.base {
            None => (TreeSize::EMPTY, Hash::ZERO),
            Some(base) => {
                let (base, root) = index_head(base, checkpoint)?;
                (base.log_index.size_through(), root)
            }
        };
        // The entries are all those between the two index heads, in order, and none is newer (O8).
        if self.entries.len() as u64 >= BATCH_ENTRIES_MAX {
            return Err(EvidenceError::Batch { log_index: from.next_leaf().saturating_add(BATCH_ENTRIES_MAX) });
        }
        let entries = (from.get()..).zip(&self.entries).map(|(place, included)| {
            let entry = read(included, checkpoint)?;
            let is_next = entry.log_index.get() == place
                && !matches!(entry.content, EntryContent::IndexHead(_))
                && entry.newer_class().is_none();
            if is_next { Ok(entry) } else { Err(EvidenceError::Batch { log_index: entry.log_index }) }
        });
        let entries = entries.collect::<Result<Vec<Recorded>, _>>()?;
        if from.saturating_add(entries.len() as u64) != head.log_index.size_before() {
            return Err(EvidenceError::Batch { log_index: head.log_index });
        }
        let expected = self.next_root(&entries, before)?;
        if expected == root {
            return Err(EvidenceError::NothingOmitted);
        }
        Ok(Lie::Root { log_index: head.log_index, expected, found: root })
    }

    /// Computes the root that follows from the entries and from the proofs by the earlier index about their subjects.
    fn next_root(&self, entries: &[Recorded], before: Hash) -> Result<Hash, EvidenceError> {
        // The proofs are about exactly the subjects that the entries name (O9).
        let proof = |shown: &SubjectProof| {
            let proof = opened(&shown.subject, shown.proof.as_ref())?;
            let key = shown.subject.index_key();
            let index = |source| EvidenceError::Index { subject: shown.subject.clone(), source: Some(source) };
            let chain = match proof.verify(&key, before).map_err(index)? {
                Lookup::Present(leaf) => Chain::at(leaf),
                Lookup::Absent => Chain::new(key),
            };
            Ok((key, (proof, chain)))
        };
        let proofs = self.subjects.iter().map(proof).collect::<Result<BTreeMap<Key, _>, EvidenceError>>()?;
        // Each chain is extended by its entries (O10).
        let mut ends: BTreeMap<Key, Leaf> = BTreeMap::new();
        for entry in entries {
            for subject in entry.subjects() {
                let key = subject.index_key();
                let (_, chain) = proofs.get(&key).ok_or(EvidenceError::Subjects)?;
                let chain = ends.get(&key).map_or(*chain, |end| Chain::at(*end));
                ends.insert(key, chain.extend(entry.log_index, entry.leaf).leaf());
            }
        }
        if ends.len() != proofs.len() {
            return Err(EvidenceError::Subjects);
        }
        // The leaves are put into the part of the trie that the proofs show (O11).
        let known = proofs.iter().map(|(key, (proof, _))| (key, proof));
        let mut index = PartialIndex::open(before, known).map_err(|_| EvidenceError::Subjects)?;
        for leaf in ends.into_values() {
            index.put(leaf).map_err(|_| EvidenceError::Subjects)?;
        }
        Ok(index.root())
    }
}

fn opened(subject: &Subject, proof: Option<&IndexProof>) -> Result<index::IndexProof, EvidenceError> {
    IndexProof::open(proof).ok_or_else(|| EvidenceError::Index { subject: subject.clone(), source: None })
}

fn index_head(included: &Included, checkpoint: &Checkpoint) -> Result<(Recorded, Hash), EvidenceError> {
    let entry = read(included, checkpoint)?;
    match &entry.content {
        EntryContent::IndexHead(head) => {
            let root = head.root;
            Ok((entry, root))
        }
        _ => Err(EvidenceError::NoIndexHead { log_index: entry.log_index }),
    }
}
