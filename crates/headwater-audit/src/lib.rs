//! The replay of a whole log on all cores.
//!
//! **In scope:** reading entries in stretches, spreading their signatures over threads, and the tree over them.
//! **Out of scope:** what an entry has to observe (`headwater-trace::replay`); where entries come from (a [`Source`]).

use std::thread;

use headwater_tlog::hash::Hash;
use headwater_tlog::tree::{Tree, TreeSize};
use headwater_trace::replay::{Ahead, Replay, ReplayError};

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
}

impl Audit {
    /// Before the first entry of a ledger.
    pub fn new(ledger_id: Hash) -> Self {
        Self { replay: Replay::new(ledger_id), tree: Tree::new() }
    }

    /// What was replayed.
    pub fn replay(&self) -> &Replay {
        &self.replay
    }

    /// The tree over what was replayed.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Checks everything up to a checkpoint. `progress` hears how many entries are done.
    pub fn run<S: Source>(
        &mut self,
        source: &mut S,
        size: TreeSize,
        root: Hash,
        mut progress: impl FnMut(u64),
    ) -> Result<(), AuditError<S::Error>> {
        while self.replay.size() < size.get() {
            let from = self.replay.size();
            let max = usize::try_from(size.get() - from).unwrap_or(STRETCH).min(STRETCH);
            let entries = source.entries(from, max).map_err(AuditError::Source)?;
            if entries.is_empty() {
                return Err(AuditError::Missing { from });
            }
            for (entry, ahead) in entries.iter().zip(authenticate(&self.replay, from, &entries)) {
                // Corrections look back; the replay compares what it gets with what it has taken.
                let mut earlier =
                    |place: u64| match place.checked_sub(from).and_then(|at| entries.get(usize::try_from(at).ok()?)) {
                        Some(entry) => Some(entry.clone()),
                        None => source.entries(place, 1).ok()?.into_iter().next(),
                    };
                self.replay.take(ahead?, &mut earlier)?;
                self.tree.push(Hash::leaf(entry));
            }
            progress(self.replay.size());
        }
        let found = self.tree.root(size).unwrap_or(Hash::ZERO);
        if found != root {
            return Err(AuditError::Root { expected: root, found });
        }
        if self.replay.at_index_head() { Ok(()) } else { Err(AuditError::NoIndexHead { size: size.get() }) }
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
        // A thread that panicked leaves its entries out, and the replay then misses the next place.
        running.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    })
}
