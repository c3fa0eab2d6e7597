//! A batch before its commit: the additions to the log and to chains.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use headwater_event::authority::Authority;
use headwater_event::codec::Message as _;
use headwater_event::entry::{Entry, EntryBody};
use headwater_event::event::EventId;
use headwater_event::kind::Kind;
use headwater_event::signed::{AuthorizedEvent, Position};
use headwater_tlog::chain::{Chain, Link};
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Index, Key};
use headwater_tlog::tree::{LeafIndex, TreeSize};

use crate::snapshot::Snapshot;
use crate::spent::Spent;
use crate::store::{ChainRow, EventRow};

/// A batch, as far as it is staged.
pub(crate) struct Staged {
    pub base: TreeSize,
    pub at_ms: u64,
    pub authority: Arc<Authority>,
    pub entries: Vec<Vec<u8>>,
    pub leaves: Vec<Hash>,
    pub tails: BTreeMap<Key, Tail>,
    pub events: Vec<EventRow>,
    pub hashes: HashMap<Hash, LeafIndex>,
    pub ids: HashMap<(Key, EventId), LeafIndex>,
    pub leaf_places: HashMap<Hash, LeafIndex>,
    /// Use of the budgets of the subjects that the batch names.
    pub spent: HashMap<Key, Spent>,
    /// The number of entries that were read for these while the batch was staged.
    pub read: u64,
}

/// Additions of a batch to one chain.
pub(crate) struct Tail {
    pub before: Chain,
    pub end: Chain,
    pub rows: Vec<ChainRow>,
}

impl Staged {
    pub fn new(before: &Snapshot, at_ms: u64) -> Self {
        Self {
            base: before.size(),
            at_ms,
            authority: before.authority.clone(),
            entries: Vec::new(),
            leaves: Vec::new(),
            tails: BTreeMap::new(),
            events: Vec::new(),
            hashes: HashMap::new(),
            ids: HashMap::new(),
            leaf_places: HashMap::new(),
            spent: HashMap::new(),
            read: 0,
        }
    }

    pub fn chain(&self, before: &Snapshot, key: &Key) -> Chain {
        let known = || before.index.find(key).map(Chain::at);
        self.tails.get(key).map(|tail| tail.end).or_else(known).unwrap_or_else(|| Chain::new(*key))
    }

    /// Position of the next entry: log index and recorded time.
    pub fn position(&self) -> Position {
        let log_index = self.base.next_leaf().saturating_add(self.entries.len() as u64);
        Position { log_index, recorded_at_ms: self.at_ms }
    }

    /// Returns the bytes of an entry of the batch; `None` for an entry outside the batch.
    pub fn entry(&self, log_index: LeafIndex) -> Option<&Vec<u8>> {
        let at = log_index.get().checked_sub(self.base.get())?;
        self.entries.get(usize::try_from(at).ok()?)
    }

    /// Adds an event at the next position, and returns its log index.
    pub fn push(&mut self, event: AuthorizedEvent, party: Key, chains: Vec<Chain>) -> LeafIndex {
        let log_index = self.position().log_index;
        let entry = Entry { recorded_at_ms: self.at_ms, body: EntryBody::SignedEvent(event.signed().clone()) }.encode();
        let leaf = Hash::leaf(&entry);
        for chain in chains {
            let longer = chain.extend(log_index, leaf);
            let key = longer.leaf().key;
            let tail = self.tails.entry(key).or_insert(Tail { before: chain, end: chain, rows: Vec::new() });
            tail.end = longer;
            let link = Link { log_index, leaf };
            tail.rows.push(ChainRow { key, count: longer.count(), link, head: longer.head() });
        }
        let (hash, id, is_act) = (event.hash(), event.event().event_id, event.event().kind() == Kind::Party);
        if is_act {
            Arc::make_mut(&mut self.authority).apply(&event);
        }
        self.events.push(EventRow { party, id, log_index, is_act });
        self.hashes.insert(hash, log_index);
        self.ids.insert((party, id), log_index);
        self.leaf_places.insert(leaf, log_index);
        self.entries.push(entry);
        self.leaves.push(leaf);
        log_index
    }

    /// Checks what is about to be signed: every leaf against its bytes, and every end of a chain against the index.
    pub fn check(&self, index: &Index) -> Result<(), &'static str> {
        if self.entries.iter().map(|entry| Hash::leaf(entry)).ne(self.leaves.iter().copied()) {
            return Err("a leaf");
        }
        let stands = |(key, tail): (&Key, &Tail)| index.find(key) == Some(tail.end.leaf());
        if self.tails.iter().all(stands) { Ok(()) } else { Err("the index") }
    }
}
