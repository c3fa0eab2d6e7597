//! Traces: all that the story of a product needs, gathered from the store at a published state, with its proofs.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use headwater_event::codec::{Message as _, Set};
use headwater_event::gs1::Gtin;
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::index::Index;
use headwater_tlog::tree::{LeafIndex, TreeSize};
use headwater_trace::chain_view::{ChainEntry, ChainView};
use headwater_trace::recorded::Recorded;
use headwater_trace::trace::{ANCHORS_MAX, Anchor, At, History, IndexProof, SetProof, Trace};
use headwater_trace::turn::give_way;
use headwater_trace::verify::sets::{Commitment, Needed, commitments, deciding_chain, is_closed};
use headwater_trace::walk::{Query, Visit, Walk};

use crate::ledger::Ledger;
use crate::reader::{ReadError, parse};
use crate::sets::Committed;
use crate::snapshot::Snapshot;
use crate::store::{Store, read};

/// Number of entries that are read before other reads have their turn.
const READ_AT_ONCE: usize = 64;

/// Log indexes of each subject's entries.
type Chains = BTreeMap<Subject, Vec<LeafIndex>>;
/// Entries by log index, with their bytes.
type Entries = BTreeMap<LeafIndex, (Vec<u8>, Recorded)>;

/// Evidence that a walk found in the store.
struct Gathered {
    chains: Chains,
    entries: Entries,
    visits: Vec<Visit>,
    /// Sets that hold an item and are not struck, by log index, for each item that sets have to answer for.
    holding: BTreeMap<Subject, Vec<Commitment>>,
}

impl<S: Store> Ledger<S> {
    /// Returns all that a story needs. One trace is made for all callers that ask the same of the same state.
    pub async fn trace(&self, query: &Query, at: At) -> Result<Bytes, ReadError> {
        let snapshot = self.at(at)?;
        let key = (query.clone(), snapshot.note.clone());
        let (ledger, query) = (self.clone(), query.clone());
        let make = async move { ledger.make_trace(&query, &snapshot).await.map(Bytes::from) };
        self.inner.traces.get(key, async { self.inner.aside.make(make).await? }).await
    }

    /// Gathers the content of a trace, and encodes the trace.
    async fn make_trace(&self, query: &Query, snapshot: &Snapshot) -> Result<Vec<u8>, ReadError> {
        let operator = snapshot.authority.operator().clone();
        let gathered = self.gather(query, &operator, snapshot).await?;
        let Gathered { chains, entries, .. } = &gathered;
        let histories = chains.iter().map(|(subject, places)| History {
            subject: subject.clone(),
            proof: IndexProof::of(&snapshot.index.prove(&subject.index_key())),
            log_indexes: (!places.is_empty()).then(|| Set::new(places.iter().map(|place| place.get()))),
        });
        let mut histories: Vec<History> = histories.collect();
        histories.sort_by_key(|history| history.subject.to_string());
        let sets = self.set_proofs(query, &gathered, snapshot);
        let lacks = |what: &str| ReadError::Damaged { what: what.to_owned() };
        let included = entries.iter().filter(|(place, _)| **place != LeafIndex::FIRST).map(|(place, (bytes, _))| {
            give_way();
            self.included(snapshot, *place, bytes.clone()).ok_or_else(|| lacks("an inclusion proof"))
        });
        let anchors = self.anchors(snapshot, entries.keys().copied()).await?;
        let trace = Trace {
            checkpoint: snapshot.note.as_bytes().to_vec(),
            genesis: self
                .included(snapshot, LeafIndex::FIRST, self.inner.genesis.to_vec())
                .ok_or_else(|| lacks("the genesis"))?,
            index_head: self.included_head(snapshot).ok_or_else(|| lacks("the index head"))?,
            subjects: histories,
            entries: included.collect::<Result<_, _>>()?,
            sets,
            // The holder of an opening adds it to the trace that the holder passes on.
            openings: Vec::new(),
            anchors,
        };
        Ok(trace.encode())
    }

    /// Walks over the store to find the subjects of a trace and their entries.
    async fn gather(&self, query: &Query, operator: &PartyKey, snapshot: &Snapshot) -> Result<Gathered, ReadError> {
        let mut walk = Walk::new(query, operator);
        let mut chains: Chains = BTreeMap::new();
        let mut entries: Entries = BTreeMap::new();
        let mut holding = BTreeMap::new();
        while let Some(subject) = walk.next_subject() {
            if !chains.contains_key(&subject) {
                let places = self.chain(&subject, snapshot, &mut entries).await?;
                chains.insert(subject.clone(), places);
            }
            let view = view(&chains, &entries, &subject);
            if let Subject::Item(gtin, _) = &subject
                && view.asks_sets(&subject)
                && !holding.contains_key(&subject)
            {
                holding.insert(subject.clone(), self.sets_with(&subject, gtin, snapshot).await?);
            }
            let held = holding.get(&subject).map(Vec::as_slice).unwrap_or_default();
            walk.feed(&view, &shown_lots(query, &subject, held, snapshot));
        }
        Ok(Gathered { chains, entries, visits: walk.into_found().visits, holding })
    }

    /// Returns the log indexes of a subject's entries; none for a closed chain. Reads the entries into `entries`.
    async fn chain(
        &self,
        subject: &Subject,
        snapshot: &Snapshot,
        entries: &mut Entries,
    ) -> Result<Vec<LeafIndex>, ReadError> {
        let key = subject.index_key();
        let count = snapshot.count(subject);
        if is_closed(subject, count) {
            return Ok(Vec::new());
        }
        let places = read(self.inner.store.chain(&key, 1, usize::try_from(count).unwrap_or(usize::MAX)).await)?;
        if places.len() as u64 != count {
            return Err(ReadError::Damaged { what: format!("the chain of {subject}") });
        }
        for (at, place) in places.iter().enumerate() {
            if at % READ_AT_ONCE == READ_AT_ONCE - 1 {
                tokio::task::yield_now().await;
            }
            give_way();
            let log_index = place.link.log_index;
            if let Entry::Vacant(vacant) = entries.entry(log_index) {
                let bytes = self.entry(log_index).await?;
                let recorded = parse(log_index, &bytes)?;
                vacant.insert((bytes, recorded));
            }
        }
        Ok(places.iter().map(|place| place.link.log_index).collect())
    }

    /// Returns the sets that hold an item and are not struck, by log index.
    async fn sets_with(&self, item: &Subject, gtin: &Gtin, snapshot: &Snapshot) -> Result<Vec<Commitment>, ReadError> {
        let roots = self.inner.sets.holding(gtin, &item.index_key());
        if roots.is_empty() {
            return Ok(Vec::new());
        }
        let register = Subject::Register(gtin.clone());
        self.read_register(gtin, &register).await?;
        let mut chains: BTreeMap<Subject, Vec<Commitment>> = BTreeMap::new();
        let mut found = Vec::new();
        for set in self.inner.sets.committed(gtin, &roots, snapshot.size()) {
            let recorded = parse(set.log_index, &self.entry(set.log_index).await?)?;
            let lot = recorded.claims().and_then(|event| event.lot()).cloned();
            let lot = lot.ok_or_else(|| ReadError::Damaged { what: format!("the set of entry {}", set.log_index) })?;
            // Corrections are on both chains; the chain that a trace holds decides.
            let chain = deciding_chain(&lot, |register| is_open(register, snapshot));
            if !chains.contains_key(&chain) {
                let mut entries = Entries::new();
                let places = self.chain(&chain, snapshot, &mut entries).await?;
                let sets = commitments(&view(&Chains::from([(chain.clone(), places)]), &entries, &chain));
                chains.insert(chain.clone(), sets);
            }
            let counts = chains[&chain].iter().find(|other| other.log_index == set.log_index);
            found.extend(counts.filter(|set| !set.is_struck).cloned());
        }
        Ok(found)
    }

    /// Reads the entries of a register that were not read before.
    async fn read_register(&self, gtin: &Gtin, register: &Subject) -> Result<(), ReadError> {
        let key = register.index_key();
        let count = self.newest().count(register);
        let from = self.inner.sets.read_of(gtin);
        if from < count {
            let mut sets = Vec::new();
            let more = usize::try_from(count - from).unwrap_or(usize::MAX);
            for place in read(self.inner.store.chain(&key, from + 1, more).await)? {
                let log_index = place.link.log_index;
                let recorded = parse(log_index, &self.entry(log_index).await?)?;
                let root = recorded.claims().and_then(|event| event.committed()).map(|set| set.items_root);
                sets.extend(root.map(|root| Committed { log_index, root }));
            }
            self.inner.sets.extend(gtin, from, count, sets);
        }
        Ok(())
    }

    /// Makes the proofs about sets that a story needs, from the manifests that this ledger was given.
    fn set_proofs(&self, query: &Query, gathered: &Gathered, snapshot: &Snapshot) -> Vec<SetProof> {
        let Gathered { chains, entries, visits, holding } = gathered;
        let prove = |log_index: LeafIndex, item: &Subject| {
            let root = entries.get(&log_index)?.1.claims()?.committed()?.items_root;
            let index_proof = |list: &Index| IndexProof::of(&list.prove(&item.index_key()));
            let proof = self.inner.sets.with(item.gtin()?, &root, index_proof).flatten();
            Some(SetProof { log_index: log_index.get(), item: item.clone(), proof })
        };
        let needed =
            Needed::of(query, visits, |register| is_open(register, snapshot), |chain| view(chains, entries, chain));
        let proofs = needed.iter().flat_map(|(item, wanted)| {
            let held = holding.get(item).and_then(|held| held.first()).filter(|_| wanted.may_be_one_more);
            let held = held.map(|set| set.log_index).filter(|place| entries.contains_key(place));
            let places: BTreeSet<LeafIndex> = wanted.answering.iter().copied().chain(held).collect();
            places.into_iter().filter_map(move |place| prove(place, item))
        });
        let mut proofs: Vec<SetProof> = proofs.collect();
        proofs.sort_by_key(|proof| (proof.log_index, proof.item.to_string()));
        proofs
    }

    /// Finds for each entry the oldest cosigned checkpoint that covers it. Returns the newest [`ANCHORS_MAX`] of these.
    async fn anchors(
        &self,
        snapshot: &Snapshot,
        places: impl Iterator<Item = LeafIndex>,
    ) -> Result<Vec<Anchor>, ReadError> {
        let sizes = read(self.inner.store.cosigned(snapshot.size(), usize::MAX).await)?;
        let sizes: BTreeSet<TreeSize> = sizes.into_iter().collect();
        let wanted: BTreeSet<TreeSize> =
            places.filter_map(|place| sizes.range(place.size_through()..).next().copied()).collect();
        let mut anchors = Vec::new();
        for size in wanted.into_iter().rev().take(ANCHORS_MAX) {
            let Some(checkpoint) = read(self.inner.store.note(size).await)? else {
                continue;
            };
            let consistency = self.consistency(size, snapshot.size())?.hashes().to_vec();
            anchors.push(Anchor { checkpoint, consistency });
        }
        anchors.reverse();
        Ok(anchors)
    }
}

/// Whether a trace at a state holds the entries of a register.
fn is_open(register: &Subject, snapshot: &Snapshot) -> bool {
    !is_closed(register, snapshot.count(register))
}

/// Returns the lots of the sets that a trace shows to hold an item. These are the lot of the first set, the lot of the label, and all lots
/// for the asked item if its register is open.
fn shown_lots(query: &Query, item: &Subject, held: &[Commitment], snapshot: &Snapshot) -> Vec<Subject> {
    let register = item.gtin().cloned().map(Subject::Register);
    let lists_all = *item == query.subject && register.is_some_and(|register| is_open(&register, snapshot));
    let is_shown = |at: usize, set: &Commitment| at == 0 || lists_all || query.lot.as_ref() == Some(&set.lot);
    let shown = held.iter().enumerate().filter(|(at, set)| is_shown(*at, set));
    shown.map(|(_, set)| set.lot.clone()).collect()
}

fn view<'a>(chains: &Chains, entries: &'a Entries, subject: &Subject) -> ChainView<'a> {
    let places = chains.get(subject).into_iter().flatten();
    let recorded = places.filter_map(|place| entries.get(place)).map(|(_, recorded)| recorded);
    ChainView::of(recorded.map(ChainEntry::of).collect())
}
