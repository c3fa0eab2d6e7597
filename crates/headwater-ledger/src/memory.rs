//! A store in memory, for tests and demonstrations of the sequencer. Dropping the store loses the ledger.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};

use headwater_event::event::EventId;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Key, Leaf};
use headwater_tlog::tree::{LeafIndex, TreeSize};

use crate::store::{ChainRow, Commit, CommitError, Head, Store};

#[derive(Default, Debug)]
struct Kept {
    entries: Vec<Vec<u8>>,
    tiles: BTreeMap<u64, Vec<Hash>>,
    chains: BTreeMap<Key, Vec<ChainRow>>,
    ids: BTreeMap<(Key, EventId), LeafIndex>,
    acts: Vec<LeafIndex>,
    notes: BTreeMap<TreeSize, Vec<u8>>,
    cosigned: Vec<TreeSize>,
}

impl Kept {
    fn size(&self) -> TreeSize {
        TreeSize::EMPTY.saturating_add(self.entries.len() as u64)
    }
}

/// Store that holds a ledger in memory only.
#[derive(Default, Debug)]
pub struct MemoryStore(Mutex<Kept>);

impl MemoryStore {
    /// Creates a store without a ledger.
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    type Error = Infallible;

    async fn head(&self) -> Result<Option<Head>, Infallible> {
        Ok(self.kept().notes.last_key_value().map(|(size, note)| Head { size: *size, note: note.clone() }))
    }

    async fn note(&self, size: TreeSize) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.kept().notes.get(&size).cloned())
    }

    async fn cosigned(&self, below: TreeSize, max: usize) -> Result<Vec<TreeSize>, Infallible> {
        Ok(self.kept().cosigned.iter().rev().copied().filter(|size| *size < below).take(max).collect())
    }

    async fn entries(&self, from: LeafIndex, max: usize) -> Result<Vec<Vec<u8>>, Infallible> {
        let from = usize::try_from(from.get()).unwrap_or(usize::MAX);
        Ok(self.kept().entries.iter().skip(from).take(max).cloned().collect())
    }

    async fn tile(&self, number: u64) -> Result<Option<Vec<Hash>>, Infallible> {
        Ok(self.kept().tiles.get(&number).cloned())
    }

    async fn chain(&self, key: &Key, from: u64, max: usize) -> Result<Vec<ChainRow>, Infallible> {
        let skip = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
        Ok(self.kept().chains.get(key).into_iter().flatten().skip(skip).take(max).copied().collect())
    }

    async fn chains(&self, after: Option<&Key>, max: usize) -> Result<Vec<Leaf>, Infallible> {
        let kept = self.kept();
        let behind = kept.chains.iter().filter(|(key, _)| after.is_none_or(|after| *key > after));
        let end = |(key, places): (&Key, &Vec<ChainRow>)| {
            places.last().map(|last| Leaf { key: *key, count: last.count, head: last.head })
        };
        Ok(behind.filter_map(end).take(max).collect())
    }

    async fn find_ids(&self, asked: &[(Key, EventId)]) -> Result<Vec<Option<LeafIndex>>, Infallible> {
        let kept = self.kept();
        Ok(asked.iter().map(|one| kept.ids.get(one).copied()).collect())
    }

    async fn acts(&self, after: LeafIndex, max: usize) -> Result<Vec<LeafIndex>, Infallible> {
        Ok(self.kept().acts.iter().copied().filter(|place| *place > after).take(max).collect())
    }

    async fn has_room(&self) -> Result<bool, Infallible> {
        Ok(true)
    }

    async fn commit(&self, batch: Commit) -> Result<(), CommitError<Infallible>> {
        let mut kept = self.kept();
        let found = kept.size();
        if found != batch.base {
            return Err(CommitError::Fenced { expected: batch.base, found });
        }
        kept.entries.extend(batch.entries);
        kept.tiles.extend(batch.tiles);
        for place in batch.rows {
            kept.chains.entry(place.key).or_default().push(place);
        }
        for event in batch.events {
            kept.ids.insert((event.party, event.id), event.log_index);
            if event.is_act {
                kept.acts.push(event.log_index);
            }
        }
        let size = kept.size();
        kept.notes.insert(size, batch.note);
        Ok(())
    }

    async fn cosign(&self, size: TreeSize, note: Vec<u8>) -> Result<(), Infallible> {
        let mut kept = self.kept();
        kept.notes.insert(size, note);
        if let Err(at) = kept.cosigned.binary_search(&size) {
            kept.cosigned.insert(at, size);
        }
        Ok(())
    }
}
