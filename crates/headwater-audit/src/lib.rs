//! The replay of a whole log on all cores.
//!
//! **In scope:** reading entries in stretches, spreading their signatures over threads, the tree over them, going on from what
//! was audited before, and the evidence against an index that lied. **Out of scope:** what an entry has to observe (`headwater-trace::replay`); where entries come from (a [`Source`]).

use std::thread;

use std::collections::BTreeMap;

use headwater_event::subject::Subject;
use headwater_tlog::hash::Hash;
use headwater_tlog::tree::{LeafIndex, Tree, TreeSize};
use headwater_trace::omission::{ByBatch, OmissionProof, ShownBy, SubjectProof};
use headwater_trace::recorded::Recorded;
use headwater_trace::replay::{Ahead, Replay, ReplayError};
use headwater_trace::trace::{Included, IndexProof};

/// Entries that are read and spread over threads at a time.
pub const STRETCH: usize = 4_096;

/// Where entries come from.
pub trait Source {
    /// What reading fails with.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Entries from a place on: at least one, at most `max`, when there are any.
    fn entries(&mut self, from: u64, max: usize) -> Result<Vec<Vec<u8>>, Self::Error>;
}

/// Why a log does not check out, or could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError<E> {
    /// The source failed: nothing is said about the log.
    #[error("the entries cannot be read")]
    Source(#[source] E),
    /// Fewer entries than the checkpoint covers.
    #[error("entry {from} is missing")]
    Missing {
        /// The first that is.
        from: u64,
    },
    /// The log does not add up.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The entries are not those of the checkpoint.
    #[error("the entries lead to root {found}, the checkpoint says {expected}")]
    Root {
        /// The checkpoint's.
        expected: Hash,
        /// The entries'.
        found: Hash,
    },
    /// The entries that were audited before are others now.
    #[error("the first {size} entries lead to root {found}; {expected} was audited")]
    Rewritten {
        /// How many were audited.
        size: u64,
        /// The root that was.
        expected: Hash,
        /// The entries'.
        found: Hash,
    },
    /// The last entry is no index head, so no checkpoint may end there.
    #[error("the checkpoint of size {size} does not end with an index head")]
    NoIndexHead {
        /// Its size.
        size: u64,
    },
}

/// A log checked up to some entry.
#[derive(Debug)]
pub struct Audit {
    replay: Replay,
    tree: Tree,
    /// What was audited before, by its size and root.
    known: Option<(TreeSize, Hash)>,
}

impl Audit {
    /// Before the first entry of a ledger.
    pub fn new(ledger_id: Hash) -> Self {
        Self { replay: Replay::new(ledger_id), tree: Tree::new(), known: None }
    }

    /// Goes on from a checkpoint that was audited before: up to its size the entries have to lead to its root, and no
    /// signature but those of party events is checked again.
    pub fn resuming(ledger_id: Hash, size: TreeSize, root: Hash) -> Self {
        Self { known: Some((size, root)), ..Self::new(ledger_id) }
    }

    /// How many entries were audited before.
    pub fn known_size(&self) -> u64 {
        self.known.map_or(0, |(size, _)| size.get())
    }

    /// What was replayed.
    pub fn replay(&self) -> &Replay {
        &self.replay
    }

    /// The tree over what was replayed.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Checks everything up to a checkpoint. `progress` hears how many entries are done. An entry is found wrong only where the
    /// entries lead to the root of the checkpoint: else the bytes are not the log's.
    pub fn run<S: Source>(
        &mut self,
        source: &mut S,
        size: TreeSize,
        root: Hash,
        progress: impl FnMut(u64),
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
        mut progress: impl FnMut(u64),
    ) -> Result<(), AuditError<S::Error>> {
        while self.replay.size() < size.get() {
            let from = self.replay.size();
            let known = self.known.filter(|(known, _)| from < known.get());
            let until = known.map_or(size, |(known, _)| known.min(size)).get();
            let max = usize::try_from(until - from).unwrap_or(STRETCH).min(STRETCH);
            let entries = source.entries(from, max).map_err(AuditError::Source)?;
            if entries.is_empty() {
                return Err(AuditError::Missing { from });
            }
            let read_ahead = match known {
                Some(_) => (from..).zip(&entries).map(|(place, entry)| Replay::known(place, entry)).collect(),
                None => authenticate(&self.replay, from, &entries),
            };
            for ahead in read_ahead {
                // Corrections look back; the replay compares what it gets with what it has taken.
                let mut unread = None;
                let mut earlier =
                    |place: u64| match place.checked_sub(from).and_then(|at| entries.get(usize::try_from(at).ok()?)) {
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
                // Nothing follows about an entry beside which another could not be read.
                if let Some(error) = unread {
                    return Err(AuditError::Source(error));
                }
                self.tree.push(taken?);
            }
            if let Some((size, expected)) = known.filter(|(known, _)| known.get() == self.replay.size()) {
                let found = self.tree.root(size).unwrap_or(Hash::ZERO);
                if found != expected {
                    return Err(AuditError::Rewritten { size: size.get(), expected, found });
                }
            }
            progress(self.replay.size());
        }
        self.hash_rest(source, size, root)?;
        if self.replay.at_index_head() { Ok(()) } else { Err(AuditError::NoIndexHead { size: size.get() }) }
    }

    /// Hashes the entries behind those that were replayed: all lead to the root of the checkpoint.
    fn hash_rest<S: Source>(&mut self, source: &mut S, size: TreeSize, root: Hash) -> Result<(), AuditError<S::Error>> {
        while self.tree.size() < size {
            let from = self.tree.size().get();
            let max = usize::try_from(size.get() - from).unwrap_or(STRETCH).min(STRETCH);
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

    /// After [`ReplayError::IndexHead`]: the proof against the index head where the replay stopped, under the checkpoint note
    /// of this size and root.
    pub fn accuse<S: Source>(
        mut self,
        source: &mut S,
        size: TreeSize,
        root: Hash,
        note: &[u8],
    ) -> Result<OmissionProof, AuditError<S::Error>> {
        let (base, head) = (self.replay.head_index(), self.replay.size());
        let mut batch = Vec::new();
        let from = base.unwrap_or(0);
        while from + (batch.len() as u64) <= head {
            let next = from + batch.len() as u64;
            let more = source.entries(next, usize::try_from(head + 1 - next).unwrap_or(STRETCH));
            let more = more.map_err(AuditError::Source)?;
            if more.is_empty() {
                return Err(AuditError::Missing { from: next });
            }
            batch.extend(more);
        }
        self.hash_rest(source, size, root)?;
        let included = |(place, entry): (u64, Vec<u8>)| {
            let proof = LeafIndex::new(place).and_then(|place| self.tree.inclusion(place, size));
            proof.map(|proof| Included::new(place, entry, &proof)).ok_or(AuditError::Missing { from: place })
        };
        let mut entries = (from..).zip(batch).map(included).collect::<Result<Vec<_>, _>>()?;
        let index_head = entries.pop().ok_or(AuditError::Missing { from: head })?;
        let base = base.map(|_| entries.remove(0));
        let mut subjects: BTreeMap<String, Subject> = BTreeMap::new();
        for entry in &entries {
            let place = LeafIndex::new(entry.log_index).ok_or(AuditError::Missing { from: entry.log_index })?;
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

/// Signatures on all cores; the rest of a replay needs its order.
fn authenticate(replay: &Replay, from: u64, entries: &[Vec<u8>]) -> Vec<Result<Ahead, ReplayError>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = entries.len().div_ceil(cores).max(1);
    let part = |part: usize, chunk: &[Vec<u8>]| -> Vec<Result<Ahead, ReplayError>> {
        let base = from + (part * share) as u64;
        (base..).zip(chunk).map(|(place, entry)| replay.authenticate(place, entry)).collect()
    };
    thread::scope(|scope| {
        let running: Vec<_> =
            entries.chunks(share).enumerate().map(|(at, chunk)| scope.spawn(move || part(at, chunk))).collect();
        // A panic is the program's fault, and accuses no log.
        let joined =
            running.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.flatten().collect()
    })
}
