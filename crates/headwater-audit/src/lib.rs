//! The replay of a whole log on all cores: every rule for an entry is checked again, up to the root of one checkpoint.
//!
//! **In scope:** reading entries in stretches, spreading their signatures over threads, and the tree over the entries;
//! resuming from an earlier audit, and the evidence against a false index head. **Out of scope:** the rules for an
//! entry (`headwater-trace::replay`); the origin of entries (a [`Source`]).
//!
//! ```text
//! Source -- entries --> a stretch of at most 4,096 entries
//!                           | Replay::authenticate, on all cores
//!                           v
//!                         Ahead -- Replay::take, in log order --> leaf hash -- Tree::push --> root
//!                                         |                                                    |
//!                                AuditError::Replay                     that of the checkpoint, or AuditError::Root
//!                                         | a false index head
//!                                         v
//!                                  Audit::accuse --> OmissionProof
//! ```
//!
//! The smallest log is the genesis of a ledger and an index head. An auditor accepts the true index head and no other:
//!
//! ```
//! use headwater_audit::{Audit, AuditError, Source};
//! use headwater_tlog::hash::Hash;
//! use headwater_tlog::tree::LeafIndex;
//! use headwater_trace::replay::ReplayError;
//!
//! struct Entries(Vec<Vec<u8>>);
//!
//! impl Source for Entries {
//!     type Error = std::convert::Infallible;
//!
//!     fn entries(&mut self, from: LeafIndex, max: usize) -> Result<Vec<Vec<u8>>, Self::Error> {
//!         Ok(self.0.iter().skip(from.get() as usize).take(max).cloned().collect())
//!     }
//! }
//!
//! # use headwater_event::codec::Message;
//! # use headwater_event::entry::{Entry, EntryBody, IndexHead};
//! # use headwater_event::subject::Subject;
//! # use headwater_tlog::chain::Chain;
//! # use headwater_tlog::index::Index;
//! # use headwater_tlog::tree::Tree;
//! # let vector = std::fs::read_to_string("../../tests/vectors/entry/genesis.json")?;
//! # let vector: serde_json::Value = serde_json::from_str(&vector)?;
//! # let genesis = hex::decode(vector["input"]["entry"].as_str().unwrap_or_default())?;
//! # let ledger_id = Hash::leaf(&genesis);
//! # let operator = Subject::parse("417/9520000000011")?.index_key();
//! # let mut index = Index::new();
//! # index.update(vec![Chain::new(operator).extend(LeafIndex::new(0).ok_or("no index")?, ledger_id).leaf()]);
//! for (index_root, is_true) in [(index.root(), true), (Hash::ZERO, false)] {
//! #   let body = EntryBody::IndexHead(IndexHead { root: index_root });
//! #   let index_head = Entry { recorded_at_ms: 1_777_593_600_000, body }.encode();
//! #   let mut tree = Tree::new();
//! #   [&genesis, &index_head].map(|entry| tree.push(Hash::leaf(entry)));
//! #   let (size, root) = (tree.size(), tree.root(tree.size()).ok_or("no root")?);
//!     // `size` and `root` are those of the tree over both entries.
//!     let mut log = Entries(vec![genesis.clone(), index_head]);
//!     let audited = Audit::new(ledger_id).run(&mut log, size, root, |_| {});
//!     match is_true {
//!         true => audited?,
//!         false => assert!(matches!(audited, Err(AuditError::Replay(ReplayError::IndexHead { .. })))),
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::thread;

use std::collections::BTreeMap;

use headwater_event::subject::Subject;
use headwater_tlog::hash::Hash;
use headwater_tlog::tree::{LeafIndex, Tree, TreeSize};
use headwater_trace::omission::{ByBatch, OmissionProof, ShownBy, SubjectProof};
use headwater_trace::recorded::Recorded;
use headwater_trace::replay::{Ahead, Replay, ReplayError};
use headwater_trace::trace::{Included, IndexProof};

/// Largest number of entries that are read and spread over threads at a time.
pub const STRETCH: usize = 4_096;

/// Source of the entries of a log.
pub trait Source {
    /// Error of a read that failed.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Reads entries from a log index on: at least one, at most `max`, when there are any.
    fn entries(&mut self, from: LeafIndex, max: usize) -> Result<Vec<Vec<u8>>, Self::Error>;
}

/// Reason why a log fails the audit, or could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError<E> {
    /// Failure of the source, which proves nothing about the log.
    #[error("the entries cannot be read")]
    Source(#[source] E),
    /// Fewer entries than the checkpoint covers.
    #[error("entry {from} is missing")]
    Missing {
        /// Log index of the first missing entry.
        from: LeafIndex,
    },
    /// Entry that breaks the rules of the replay.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// Entries that do not lead to the root of the checkpoint.
    #[error("the entries lead to root {found}, the checkpoint says {expected}")]
    Root {
        /// Root in the checkpoint.
        expected: Hash,
        /// Root that the entries lead to.
        found: Hash,
    },
    /// Entries that differ from those that were audited before.
    #[error("the first {size} entries lead to root {found}; {expected} was audited")]
    Rewritten {
        /// Number of entries that were audited before.
        size: TreeSize,
        /// Root that was audited before.
        expected: Hash,
        /// Root that the entries lead to now.
        found: Hash,
    },
    /// Last entry that is not an index head, so that a checkpoint may not end there.
    #[error("the checkpoint of size {size} does not end with an index head")]
    NoIndexHead {
        /// Size of the checkpoint in entries.
        size: TreeSize,
    },
}

/// Audit of a log up to some entry.
#[derive(Debug)]
pub struct Audit {
    replay: Replay,
    tree: Tree,
    /// Size and root of the log that was audited before.
    known: Option<(TreeSize, Hash)>,
}

impl Audit {
    /// Starts before the first entry of a ledger.
    pub fn new(ledger_id: Hash) -> Self {
        Self { replay: Replay::new(ledger_id), tree: Tree::new(), known: None }
    }

    /// Resumes from a checkpoint that was audited before. Up to its size, the entries have to lead to its root, and
    /// only signatures of party events are checked again.
    pub fn resuming(ledger_id: Hash, size: TreeSize, root: Hash) -> Self {
        Self { known: Some((size, root)), ..Self::new(ledger_id) }
    }

    /// Number of entries that were audited before.
    pub fn known_size(&self) -> TreeSize {
        self.known.map_or(TreeSize::EMPTY, |(size, _)| size)
    }

    /// Replay of the entries up to now.
    pub fn replay(&self) -> &Replay {
        &self.replay
    }

    /// Tree over the entries that were replayed, and after a failed replay over the rest too.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Checks all entries up to a checkpoint. `progress` gets the number of entries done. An entry is reported as wrong
    /// only if the entries lead to the root of the checkpoint: otherwise the bytes are not the log's.
    pub fn run<S: Source>(
        &mut self,
        source: &mut S,
        size: TreeSize,
        root: Hash,
        progress: impl FnMut(TreeSize),
    ) -> Result<(), AuditError<S::Error>> {
        match self.replay_all(source, size, root, progress) {
            Err(AuditError::Replay(error)) => {
                self.hash_rest(source, size, root)?;
                Err(AuditError::Replay(error))
            }
            replayed => replayed,
        }
    }

    fn replay_all<S: Source>(
        &mut self,
        source: &mut S,
        size: TreeSize,
        root: Hash,
        mut progress: impl FnMut(TreeSize),
    ) -> Result<(), AuditError<S::Error>> {
        while let Some(from) = size.first_beyond(self.replay.size()) {
            let known = self.known.filter(|(known, _)| known.covers(from));
            let until = known.map_or(size, |(known, _)| known.min(size));
            let max = usize::try_from(until.get() - from.get()).unwrap_or(STRETCH).min(STRETCH);
            let entries = source.entries(from, max).map_err(AuditError::Source)?;
            if entries.is_empty() {
                return Err(AuditError::Missing { from });
            }
            let read_ahead = match known {
                Some(_) => from.onward().zip(&entries).map(|(place, entry)| Replay::known(place, entry)).collect(),
                None => authenticate(&self.replay, from, &entries),
            };
            for ahead in read_ahead {
                // A correction refers to an earlier entry; the replay compares the entry that it gets with the one that
                // it has taken.
                let mut unread = None;
                let at_hand = |place: LeafIndex| {
                    let at = place.get().checked_sub(from.get())?;
                    entries.get(usize::try_from(at).ok()?)
                };
                let mut earlier = |place: LeafIndex| match at_hand(place) {
                    Some(entry) => Some(entry.clone()),
                    None => match source.entries(place, 1) {
                        Ok(entries) => entries.into_iter().next(),
                        Err(error) => {
                            unread = Some(error);
                            None
                        }
                    },
                };
                let taken = self.replay.take(ahead?, &mut earlier);
                // If an earlier entry could not be read, nothing follows about this entry.
                if let Some(error) = unread {
                    return Err(AuditError::Source(error));
                }
                self.tree.push(taken?);
            }
            if let Some((size, expected)) = known.filter(|(known, _)| *known == self.replay.size()) {
                let found = self.tree.root(size).unwrap_or(Hash::ZERO);
                if found != expected {
                    return Err(AuditError::Rewritten { size, expected, found });
                }
            }
            progress(self.replay.size());
        }
        self.hash_rest(source, size, root)?;
        if self.replay.at_index_head() { Ok(()) } else { Err(AuditError::NoIndexHead { size }) }
    }

    /// Hashes the entries after those that were replayed, and checks that all entries lead to the root of the checkpoint (L9).
    fn hash_rest<S: Source>(&mut self, source: &mut S, size: TreeSize, root: Hash) -> Result<(), AuditError<S::Error>> {
        while let Some(from) = size.first_beyond(self.tree.size()) {
            let max = usize::try_from(size.get() - from.get()).unwrap_or(STRETCH).min(STRETCH);
            let entries = source.entries(from, max).map_err(AuditError::Source)?;
            if entries.is_empty() {
                return Err(AuditError::Missing { from });
            }
            for entry in &entries {
                self.tree.push(Hash::leaf(entry));
            }
        }
        let found = self.tree.root(size).unwrap_or(Hash::ZERO);
        if found == root { Ok(()) } else { Err(AuditError::Root { expected: root, found }) }
    }

    /// Makes the proof against the index head at which the replay stopped with [`ReplayError::IndexHead`], under the
    /// checkpoint note of this size and root.
    pub fn accuse<S: Source>(
        mut self,
        source: &mut S,
        size: TreeSize,
        root: Hash,
        note: &[u8],
    ) -> Result<OmissionProof, AuditError<S::Error>> {
        let (base_index, head) = (self.replay.head_index(), self.replay.size().next_leaf());
        let mut batch = Vec::new();
        let from = base_index.unwrap_or(LeafIndex::FIRST);
        let mut next = from;
        while next <= head {
            let max = usize::try_from(head.size_through().get() - next.get()).unwrap_or(STRETCH);
            let more = source.entries(next, max).map_err(AuditError::Source)?;
            if more.is_empty() {
                return Err(AuditError::Missing { from: next });
            }
            next = next.saturating_add(more.len() as u64);
            batch.extend(more);
        }
        self.hash_rest(source, size, root)?;
        let included = |(place, entry): (LeafIndex, Vec<u8>)| {
            let proof = self.tree.inclusion(place, size);
            proof.map(|proof| Included::new(place, entry, &proof)).ok_or(AuditError::Missing { from: place })
        };
        let mut entries = from.onward().zip(batch).map(included).collect::<Result<Vec<_>, _>>()?;
        let index_head = entries.pop().ok_or(AuditError::Missing { from: head })?;
        let base = base_index.map(|_| entries.remove(0));
        let mut subjects: BTreeMap<String, Subject> = BTreeMap::new();
        let first = base_index.map_or(LeafIndex::FIRST, |base| base.saturating_add(1));
        for (place, entry) in first.onward().zip(&entries) {
            if let Ok(recorded) = Recorded::parse(place, &entry.entry) {
                subjects.extend(recorded.subjects().iter().map(|subject| (subject.to_string(), subject.clone())));
            }
        }
        let index = self.replay.index();
        let proof =
            |subject: Subject| SubjectProof { proof: IndexProof::of(&index.prove(&subject.index_key())), subject };
        let subjects = subjects.into_values().map(proof).collect();
        let shown_by = ShownBy::Batch(ByBatch { base, entries, subjects });
        Ok(OmissionProof { checkpoint: note.to_vec(), index_head, shown_by })
    }
}

/// Checks signatures on all cores. The rest of a replay depends on the order of entries.
fn authenticate(replay: &Replay, from: LeafIndex, entries: &[Vec<u8>]) -> Vec<Result<Ahead, ReplayError>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = entries.len().div_ceil(cores).max(1);
    let part = |part: usize, chunk: &[Vec<u8>]| -> Vec<Result<Ahead, ReplayError>> {
        let base = from.saturating_add((part * share) as u64);
        base.onward().zip(chunk).map(|(place, entry)| replay.authenticate(place, entry)).collect()
    };
    thread::scope(|scope| {
        let running: Vec<_> =
            entries.chunks(share).enumerate().map(|(at, chunk)| scope.spawn(move || part(at, chunk))).collect();
        // A panic is a fault of this program, and accuses no log.
        let joined =
            running.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.flatten().collect()
    })
}
