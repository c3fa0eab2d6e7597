//! One view of a chain: its entries in log order, those of them that corrections strike, and the lot that is bound.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use headwater_event::event::{Event, Role};
use headwater_event::kind::KindBody;
use headwater_event::newer::Envelope;
use headwater_event::subject::Subject;
use headwater_tlog::hash::Hash;
use headwater_tlog::tree::LeafIndex;

use crate::recorded::Recorded;
use crate::window::Moment;

/// One entry of a chain, with the parts that the walk and the story read.
#[derive(Clone, Copy, Debug)]
pub struct ChainEntry<'a> {
    /// Log index of the entry.
    pub log_index: LeafIndex,
    /// Leaf hash of the entry (RFC 6962).
    pub leaf: Hash,
    /// Length of the entry in bytes.
    pub bytes_len: usize,
    /// Event of the entry, where this version reads the event.
    pub event: Option<&'a Event>,
    /// Envelope of an event that is newer than this version.
    pub newer: Option<&'a Envelope>,
}

impl<'a> ChainEntry<'a> {
    /// Returns the parts of an entry that the walk reads.
    pub fn of(entry: &'a Recorded) -> Self {
        Self {
            log_index: entry.log_index,
            leaf: entry.leaf,
            bytes_len: entry.bytes_len,
            event: entry.claims(),
            newer: entry.newer().map(|newer| newer.claims()),
        }
    }

    pub(crate) fn moment(&self) -> Moment {
        let occurred_at_ms = self.event.map_or(0, |event| event.occurred_at_ms);
        Moment { occurred_at_ms, log_index: self.log_index }
    }
}

/// Leaves of a chain that corrections strike.
#[derive(Clone, Default, Debug)]
pub(crate) struct Struck(BTreeSet<Hash>);

impl Struck {
    /// No leaf at all.
    pub const NONE: Self = Self(BTreeSet::new());

    /// Finds the struck leaves. A correction counts when the author of the original or a regulator signed it, and when no other
    /// correction strikes that correction (W13).
    pub fn of(chain: &[ChainEntry<'_>]) -> Self {
        // An event is in the log once, so that a leaf has one place on a chain.
        let places: HashMap<Hash, usize> = chain.iter().enumerate().map(|(at, entry)| (entry.leaf, at)).collect();
        let mut struck = BTreeSet::new();
        for (at, entry) in chain.iter().enumerate().rev() {
            let Some((event, KindBody::Correction(correction))) = entry.event.map(|event| (event, &event.body)) else {
                continue;
            };
            if struck.contains(&entry.leaf) {
                continue;
            }
            let original = places.get(&correction.original_entry_hash).filter(|place| **place < at);
            let counts = original
                .and_then(|place| chain[*place].event)
                .is_some_and(|original| event.party == original.party || event.role == Role::Regulator);
            if counts {
                struck.insert(correction.original_entry_hash);
            }
        }
        Self(struck)
    }

    /// Whether an entry with this leaf hash is struck.
    pub fn holds(&self, leaf: &Hash) -> bool {
        self.0.contains(leaf)
    }

    /// Whether no leaf is struck.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The entries of a chain, in log order, with those that corrections strike.
#[derive(Clone, Debug)]
pub struct ChainView<'a> {
    entries: Vec<ChainEntry<'a>>,
    struck: Cow<'a, Struck>,
}

impl<'a> ChainView<'a> {
    /// Reads a whole chain, in log order.
    pub fn of(entries: Vec<ChainEntry<'a>>) -> Self {
        let struck = Cow::Owned(Struck::of(&entries));
        Self { entries, struck }
    }

    /// Takes a chain whose struck leaves are known.
    pub(crate) fn with(entries: Vec<ChainEntry<'a>>, struck: &'a Struck) -> Self {
        Self { entries, struck: Cow::Borrowed(struck) }
    }

    /// Entries of the chain, in log order.
    pub fn entries(&self) -> &[ChainEntry<'a>] {
        &self.entries
    }

    /// Whether a correction strikes the entry with this leaf hash.
    pub fn is_struck(&self, leaf: &Hash) -> bool {
        self.struck.holds(leaf)
    }

    /// Entries with an event that this version reads and that no correction strikes.
    pub fn unstruck(&self) -> impl Iterator<Item = (&ChainEntry<'a>, &'a Event)> {
        let unstruck = self.entries.iter().filter(|entry| !self.is_struck(&entry.leaf));
        unstruck.filter_map(|entry| Some((entry, entry.event?)))
    }

    /// Returns the lot that the first unstruck listed commissioning binds an item to (I4).
    pub fn bound_lot(&self, item: &Subject) -> Option<&'a Subject> {
        self.unstruck().find_map(|(_, event)| event.binds(item))
    }

    /// Whether the sets of its model have to answer about an item: no listed commissioning on its chain binds the item to a lot.
    pub fn asks_sets(&self, item: &Subject) -> bool {
        matches!(item, Subject::Item(..)) && self.bound_lot(item).is_none()
    }
}
