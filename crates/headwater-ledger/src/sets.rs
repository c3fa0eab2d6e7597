//! Sets that a ledger can answer for: the manifests behind set commitments, and the entries that commit to them.
//!
//! A manifest comes as an attachment of its event. The register of a model holds every event that commits to a set of its items. The ledger
//! reads a register once, and later only the entries after those that were read. Finding the set of an item costs one look-up in each set
//! of its model.

use std::collections::{BTreeMap, HashMap};
use std::sync::{PoisonError, RwLock};

use headwater_event::gs1::Gtin;
use headwater_event::kind::sticker::ItemCode;
use headwater_event::subject::Subject;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Index, Key};
use headwater_tlog::tree::{LeafIndex, TreeSize};
use headwater_trace::set::SetManifest;

/// Manifests that a ledger was given, by model and by the root that their events commit to; and the registers of models.
#[derive(Default)]
pub(crate) struct Sets {
    lists: RwLock<HashMap<Gtin, BTreeMap<Hash, Index>>>,
    registers: RwLock<HashMap<Gtin, Register>>,
}

/// The register of a model, as far as it was read.
#[derive(Clone, Default)]
struct Register {
    /// Number of entries that were read.
    count: u64,
    sets: Vec<Committed>,
}

/// An entry that commits to a set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Committed {
    pub log_index: LeafIndex,
    pub root: Hash,
}

/// Serial of a new manifest that another set of the ledger holds already.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{item} is in another set of this ledger already: no serial is issued twice")]
pub struct HeldTwice {
    item: Subject,
}

impl Sets {
    /// Adds a manifest, unless one of its items is in another manifest of the model.
    pub fn add(&self, manifest: &SetManifest) -> Result<(), HeldTwice> {
        let index = manifest.index();
        let mut lists = self.lists.write().unwrap_or_else(PoisonError::into_inner);
        let of_model = lists.entry(manifest.gtin.clone()).or_default();
        for (_, other) in of_model.iter().filter(|(root, _)| **root != index.root()) {
            let mut items = manifest.items.iter().map(|item| item.subject(&manifest.gtin));
            let twice = items.find(|item| other.find(&item.index_key()).is_some());
            if let Some(item) = twice {
                return Err(HeldTwice { item });
            }
        }
        of_model.insert(index.root(), index);
        Ok(())
    }

    /// Whether a manifest holds an item.
    pub fn holds(&self, item: &Subject) -> bool {
        self.any(item, |_| true)
    }

    /// Whether a manifest commits to this code for an item.
    pub fn commits_to(&self, item: &Subject, code: &ItemCode) -> bool {
        let head = code.committed(item);
        self.any(item, |found| found == head)
    }

    fn any(&self, item: &Subject, fits: impl Fn(Hash) -> bool) -> bool {
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        let of_model = item.gtin().and_then(|gtin| lists.get(gtin));
        let key = item.index_key();
        of_model.is_some_and(|sets| sets.values().any(|set| set.find(&key).is_some_and(|leaf| fits(leaf.head))))
    }

    /// Roots of the sets of a model that hold an item.
    pub fn holding(&self, gtin: &Gtin, item: &Key) -> Vec<Hash> {
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        let of_model = lists.get(gtin).into_iter().flatten();
        of_model.filter(|(_, set)| set.find(item).is_some()).map(|(root, _)| *root).collect()
    }

    /// Calls `read` with the index of a set's items, if the ledger holds the manifest of the set.
    pub fn with<T>(&self, gtin: &Gtin, root: &Hash, read: impl FnOnce(&Index) -> T) -> Option<T> {
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        lists.get(gtin)?.get(root).map(read)
    }

    /// Number of entries of a register that were read.
    pub fn read_of(&self, gtin: &Gtin) -> u64 {
        self.registers.read().unwrap_or_else(PoisonError::into_inner).get(gtin).map_or(0, |register| register.count)
    }

    /// Adds the part of a register that was read: the entries from `from` up to `count`, and the sets among them.
    pub fn extend(&self, gtin: &Gtin, from: u64, count: u64, sets: Vec<Committed>) {
        let mut registers = self.registers.write().unwrap_or_else(PoisonError::into_inner);
        let register = registers.entry(gtin.clone()).or_default();
        // Another task may have read this part first.
        if register.count == from {
            register.count = count;
            register.sets.extend(sets);
        }
    }

    /// Returns the entries of a register, as far as it was read, that commit to one of these roots below a size of the log.
    pub fn committed(&self, gtin: &Gtin, roots: &[Hash], size: TreeSize) -> Vec<Committed> {
        let registers = self.registers.read().unwrap_or_else(PoisonError::into_inner);
        let sets = registers.get(gtin).map(|register| register.sets.as_slice()).unwrap_or_default();
        sets.iter().filter(|set| size.covers(set.log_index) && roots.contains(&set.root)).cloned().collect()
    }
}
