//! The chains of a trace: the end of each chain that the index commits to, and the entries on the chain.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use headwater_event::subject::Subject;
use headwater_tlog::chain::{Chain, Link};
use headwater_tlog::hash::Hash;
use headwater_tlog::index::Lookup;
use headwater_tlog::tree::LeafIndex;

use super::TraceError;
use super::sets::is_closed;
use crate::chain_view::{ChainEntry, ChainView};
use crate::recorded::{EntryContent, Recorded};
use crate::trace::{IndexProof, Trace};

/// Chains that a trace holds, by subject.
#[derive(Clone, Default, Debug)]
pub(super) struct Chains {
    /// Log indexes of the entries on each chain that the trace holds with its entries.
    pub(super) open: BTreeMap<Subject, Vec<LeafIndex>>,
    /// Number of entries of each register and list, closed or not.
    pub(super) registers: BTreeMap<Subject, u64>,
}

impl Chains {
    pub(super) fn holds(&self, subject: &Subject) -> bool {
        self.open.contains_key(subject) || self.registers.contains_key(subject)
    }

    pub(super) fn subjects(&self) -> impl Iterator<Item = &Subject> {
        let closed = self.registers.keys().filter(|subject| !self.open.contains_key(*subject));
        self.open.keys().chain(closed)
    }

    /// Reads the view of each open chain, once.
    pub(super) fn views<'a>(&self, recorded: &'a BTreeMap<LeafIndex, Recorded>) -> Views<'a> {
        let view = |places: &[LeafIndex]| {
            ChainView::of(places.iter().filter_map(|place| recorded.get(place)).map(ChainEntry::of).collect())
        };
        let views = self.open.iter().map(|(subject, places)| (subject.clone(), view(places)));
        Views { open: views.collect(), closed: ChainView::of(Vec::new()) }
    }
}

/// Views of the chains of a trace that the walk and the sets read, before rights are judged.
pub(super) struct Views<'a> {
    open: BTreeMap<Subject, ChainView<'a>>,
    /// View of a chain without entries, which every other chain has.
    closed: ChainView<'a>,
}

impl<'a> Views<'a> {
    /// Returns the view of a chain; a closed chain shows no entries.
    pub(super) fn of(&self, subject: &Subject) -> &ChainView<'a> {
        self.open.get(subject).unwrap_or(&self.closed)
    }

    /// Whether the trace holds the chain with its entries.
    pub(super) fn is_open(&self, subject: &Subject) -> bool {
        self.open.contains_key(subject)
    }
}

/// Opens the chain of every subject: the index commits to the chain, and the entries shown are all of its entries (T5).
pub(super) fn read(
    trace: &Trace,
    index_root: Hash,
    recorded: &BTreeMap<LeafIndex, Recorded>,
) -> Result<Chains, TraceError> {
    let mut chains = Chains::default();
    for history in &trace.subjects {
        let subject = history.subject.clone();
        let key = subject.index_key();
        let proof = IndexProof::open(history.proof.as_ref())
            .ok_or_else(|| TraceError::IndexForm { subject: subject.clone() })?;
        let looked_up =
            proof.verify(&key, index_root).map_err(|source| TraceError::Index { subject: subject.clone(), source })?;
        let places = history.log_indexes.as_ref().map(|places| places.as_slice()).unwrap_or_default();
        let chain = match looked_up {
            Lookup::Present(leaf) => Chain::at(leaf),
            Lookup::Absent => Chain::new(key),
        };
        if subject.is_register() {
            chains.registers.insert(subject.clone(), chain.count());
        }
        if is_closed(&subject, chain.count()) {
            if !places.is_empty() {
                return Err(TraceError::Closed { subject });
            }
            continue;
        }
        let links = places.iter().map(|place| {
            let entry = LeafIndex::new(*place).and_then(|place| recorded.get(&place));
            let entry = entry.ok_or_else(|| TraceError::Absent { subject: subject.clone(), log_index: *place })?;
            Ok(Link { log_index: entry.log_index, leaf: entry.leaf })
        });
        let links = links.collect::<Result<Vec<Link>, TraceError>>()?;
        chain.open(&links).map_err(|source| TraceError::Chain { subject: subject.clone(), source })?;
        chains.open.insert(subject, links.iter().map(|link| link.log_index).collect());
    }
    Ok(chains)
}

/// Checks that entries and chains belong together. Every entry on a chain names its subject. Every entry that names a
/// subject of the trace is on the chain of the subject, unless the chain is closed. Every entry is on a chain. No event and
/// no event id occurs twice (T6).
pub(super) fn belong(chains: &Chains, recorded: &BTreeMap<LeafIndex, Recorded>) -> Result<(), TraceError> {
    let mut used: BTreeSet<LeafIndex> = BTreeSet::from([LeafIndex::FIRST]);
    for (subject, places) in &chains.open {
        used.extend(places);
        let named = |entry: &Recorded| {
            matches!(entry.content, EntryContent::Newer { .. }) || entry.subjects().contains(subject)
        };
        if let Some(log_index) = places.iter().find(|place| !recorded.get(place).is_some_and(named)) {
            return Err(TraceError::Foreign { subject: subject.clone(), log_index: *log_index });
        }
    }
    let (mut hashes, mut ids) = (HashSet::new(), HashSet::new());
    for (log_index, entry) in recorded {
        for subject in entry.subjects() {
            if chains.open.get(&subject).is_some_and(|places| places.binary_search(log_index).is_err()) {
                return Err(TraceError::Foreign { subject, log_index: *log_index });
            }
        }
        if !used.contains(log_index) {
            return Err(TraceError::LeftOver { what: format!("entry {log_index}") });
        }
        if let Some((hash, party, id)) = entry.identity()
            && (!hashes.insert(hash) || !ids.insert((party, id)))
        {
            return Err(TraceError::Replay { log_index: *log_index });
        }
    }
    Ok(())
}

/// Checks that every pin on a chain that the trace holds was current when its entry was recorded (T7).
pub(super) fn hold_pins(chains: &Chains, recorded: &BTreeMap<LeafIndex, Recorded>) -> Result<(), TraceError> {
    // The heads of each pinned chain, from that of the empty chain to that of the whole chain.
    let mut heads: HashMap<&Subject, Vec<Hash>> = HashMap::new();
    for (log_index, entry) in recorded {
        for (pin, subject) in entry.pins() {
            let Some(places) = chains.open.get(subject) else {
                continue;
            };
            let heads = heads.entry(subject).or_insert_with(|| heads_of(subject, places, recorded));
            let below = places.partition_point(|place| place < log_index);
            if (below as u64, heads.get(below)) != (pin.count, Some(&pin.head)) {
                return Err(TraceError::Pin { log_index: *log_index, subject: subject.clone() });
            }
        }
    }
    Ok(())
}

fn heads_of(subject: &Subject, places: &[LeafIndex], recorded: &BTreeMap<LeafIndex, Recorded>) -> Vec<Hash> {
    let mut chain = Chain::new(subject.index_key());
    let entries = places.iter().filter_map(|place| recorded.get(place));
    let later = entries.map(|entry| {
        chain = chain.extend(entry.log_index, entry.leaf);
        chain.head()
    });
    std::iter::once(Chain::new(subject.index_key()).head()).chain(later).collect()
}
