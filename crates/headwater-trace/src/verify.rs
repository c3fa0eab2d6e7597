//! The one door to a [`VerifiedTrace`]: every hash, proof, signature and right is checked, and nothing is left over.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use headwater_event::authority::{Authority, Denied};
use headwater_event::document::Opening;
use headwater_event::entry::{FORMAT_VERSION, Genesis};
use headwater_event::event::Event;
use headwater_event::kind::KindBody;
use headwater_event::signed::AuthorizedEvent;
use headwater_event::subject::Subject;
use headwater_tlog::chain::{Chain, Link};
use headwater_tlog::checkpoint::CosignTime;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::Lookup;
use headwater_tlog::policy::{TrustError, TrustedCheckpoint};
use headwater_tlog::proof::{Consistency, Inclusion, ProofError};
use headwater_tlog::tree::TreeSize;

use crate::policy::TrustPolicy;
use crate::recorded::{Content, Recorded};
use crate::trace::{Included, IndexProof, Trace};
use crate::walk::{Asked, Step, Visit, Walk, bound_lot, struck};

mod error;
mod sets;

pub use error::TraceError;
use sets::read_sets;
pub use sets::{lot_in_question, sets_about};

/// An entry that was proven, and its event, if it holds one, authorized.
#[derive(Clone, Debug)]
pub struct Proven {
    /// Its place in the log.
    pub log_index: u64,
    /// Its leaf hash.
    pub leaf: Hash,
    /// When the ledger recorded it.
    pub recorded_at_ms: u64,
    /// The event; `None` for an entry of a format that is newer than this verifier.
    pub event: Option<AuthorizedEvent>,
}

/// A trace of which everything was checked. Only [`verify`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedTrace {
    checkpoint: TrustedCheckpoint,
    asked: Asked,
    genesis: Genesis,
    index_head_ms: u64,
    authority: Authority,
    chains: BTreeMap<Subject, Vec<u64>>,
    entries: BTreeMap<u64, Proven>,
    visits: Vec<Visit>,
    complete: bool,
    newer: bool,
    in_sets: Vec<(u64, Option<Hash>)>,
    anchors: Vec<(u64, CosignTime)>,
    openings: Vec<Opening>,
}

impl VerifiedTrace {
    /// The checkpoint that everything is proven under.
    pub fn checkpoint(&self) -> &TrustedCheckpoint {
        &self.checkpoint
    }

    /// What was asked for.
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// The founding of the ledger.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// When the operator says it wrote the index head.
    pub fn index_head_ms(&self) -> u64 {
        self.index_head_ms
    }

    /// What the party chains of the trace add up to.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The entries on a subject's chain, all of them, in log order; empty when there is no such chain.
    pub fn chain(&self, subject: &Subject) -> impl DoubleEndedIterator<Item = &Proven> {
        self.chains.get(subject).into_iter().flatten().filter_map(|index| self.entries.get(index))
    }

    /// Every entry, in log order.
    pub fn entries(&self) -> impl Iterator<Item = &Proven> {
        self.entries.values()
    }

    /// The subjects and windows of the story.
    pub fn visits(&self) -> &[Visit] {
        &self.visits
    }

    /// Whether nothing was left out because a total was reached.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether something is of a format that this verifier does not know.
    pub fn is_newer(&self) -> bool {
        self.newer
    }

    /// The sets that hold the asked item: the entry that committed to each, and the hash of the item's code.
    pub fn sets_with_item(&self) -> impl Iterator<Item = (u64, Hash)> {
        self.in_sets.iter().filter_map(|(index, code)| Some((*index, (*code)?)))
    }

    /// When others had first seen an entry: the quorum time of the oldest anchor that covers it.
    pub fn proven_ms(&self, log_index: u64) -> Option<u64> {
        let covering = self.anchors.iter().filter(|(size, _)| log_index < *size);
        covering.map(|(_, time)| time.seconds().saturating_mul(1000)).min()
    }

    /// What opens hidden fields.
    pub fn openings(&self) -> &[Opening] {
        &self.openings
    }

    /// The lot of the asked item: the one that its chain binds, or the label's if a set of it holds the item.
    pub fn proven_lot(&self) -> Option<&Subject> {
        let item = &self.asked.subject;
        if !matches!(item, Subject::Item(..)) {
            return None;
        }
        let steps = self.steps(item);
        let struck = struck(&steps);
        let stands = steps.iter().filter(|step| !struck.contains(&step.leaf)).filter_map(|step| step.event);
        let events: Vec<&Event> = stands.collect();
        let listed = |lot: &&Subject| {
            events
                .iter()
                .any(|event| matches!(&event.body, KindBody::Commissioning(body) if body.listed_lot() == Some(*lot)))
        };
        let bound = bound_lot(item, events.iter().copied());
        match bound {
            Some(lot) if listed(&lot) => Some(lot),
            Some(lot) => (self.sets_with_item().next().is_some()).then_some(lot),
            None => self.asked.lot.as_ref().filter(|_| self.sets_with_item().next().is_some()),
        }
    }

    /// Whether this trace extends every chain that it shares with an earlier one. The earlier one is usually the audited.
    pub fn continues(&self, earlier: &VerifiedTrace) -> bool {
        let (old, new) = (earlier.checkpoint.checkpoint(), self.checkpoint.checkpoint());
        let begins_with = |subject: &Subject, places: &Vec<u64>| {
            let now = self.chains.get(subject);
            let same = |place: &u64| match (self.entries.get(place), earlier.entries.get(place)) {
                (Some(now), Some(then)) => now.leaf == then.leaf,
                _ => false,
            };
            now.is_none_or(|now| now.starts_with(places) && places.iter().all(same))
        };
        old.origin() == new.origin()
            && old.size() <= new.size()
            && earlier.chains.iter().all(|(subject, places)| begins_with(subject, places))
    }

    pub(crate) fn steps(&self, subject: &Subject) -> Vec<Step<'_>> {
        self.chain(subject)
            .map(|proven| Step {
                log_index: proven.log_index,
                leaf: proven.leaf,
                bytes_len: 0,
                event: proven.event.as_ref().map(AuthorizedEvent::event),
            })
            .collect()
    }
}

/// Checks a trace about `asked` at the reader's own time.
pub fn verify(bytes: &[u8], asked: &Asked, policy: &TrustPolicy, now: CosignTime) -> Result<VerifiedTrace, TraceError> {
    let trace = Trace::parse(bytes)?;
    let checkpoint = policy.open(&trace.checkpoint, now)?;
    let (size, root) = (checkpoint.checkpoint().size(), checkpoint.checkpoint().root());
    let under = |included: &Included| read(included, size, root);

    let (genesis_entry, genesis) = read_genesis(&trace.genesis, policy, &checkpoint, under)?;
    let index_head = under(&trace.index_head)?;
    let index_root = match &index_head.content {
        Content::IndexHead(head) if size.last() == Some(index_head.log_index) => head.root,
        _ => return Err(TraceError::NoIndexHead { log_index: index_head.log_index.get() }),
    };

    let mut latest = (0, genesis_entry.recorded_at_ms);
    let mut recorded = BTreeMap::from([(0, genesis_entry)]);
    for included in &trace.entries {
        let entry = under(included)?;
        let at = (entry.log_index.get(), entry.recorded_at_ms);
        let event_or_newer = matches!(entry.content, Content::Event(_) | Content::Newer { .. });
        if at.0 <= latest.0 || at.1 < latest.1 || at.1 > index_head.recorded_at_ms || !event_or_newer {
            return Err(TraceError::Order { log_index: at.0 });
        }
        latest = at;
        recorded.insert(at.0, entry);
    }

    let chains = read_chains(&trace, index_root, &recorded)?;
    check_belonging(&chains, &recorded)?;
    check_pins(&chains, &recorded)?;
    let walk = walk(asked, &genesis, &chains, &recorded)?;
    let in_sets = read_sets(&trace, asked, &chains, &recorded)?;
    check_openings(&trace.openings, &recorded)?;
    let anchors = read_anchors(&trace, policy, &checkpoint, now)?;
    let newer = genesis.format_version != FORMAT_VERSION
        || recorded.values().any(|entry| matches!(entry.content, Content::Newer { .. }));
    let index_head_ms = index_head.recorded_at_ms;
    let (authority, entries) = authorize(&genesis, policy.ledger_id(), recorded, newer)?;
    let complete = walk.is_complete();
    Ok(VerifiedTrace {
        checkpoint,
        asked: asked.clone(),
        genesis,
        index_head_ms,
        authority,
        chains,
        entries,
        visits: walk.into_visits(),
        complete,
        newer,
        in_sets,
        anchors,
        openings: trace.openings,
    })
}

/// Reads an entry whose place in the log is proven.
fn read(included: &Included, size: TreeSize, root: Hash) -> Result<Recorded, TraceError> {
    let log_index = included.log_index;
    let inclusion = |source| TraceError::Inclusion { log_index, source };
    let index =
        size.leaf(log_index).ok_or_else(|| inclusion(ProofError::OutOfTree { index: log_index, size: size.get() }))?;
    let proof = Inclusion::from_hashes(included.inclusion.clone());
    proof.verify(index, size, Hash::leaf(&included.entry), root).map_err(inclusion)?;
    Recorded::parse(index, &included.entry).map_err(|source| TraceError::Entry { log_index, source })
}

fn read_genesis(
    included: &Included,
    policy: &TrustPolicy,
    checkpoint: &TrustedCheckpoint,
    under: impl Fn(&Included) -> Result<Recorded, TraceError>,
) -> Result<(Recorded, Genesis), TraceError> {
    let entry = under(included)?;
    if entry.leaf != policy.ledger_id() || entry.log_index.get() != 0 {
        return Err(TraceError::OtherLedger { expected: policy.ledger_id(), found: entry.leaf });
    }
    let Content::Genesis(genesis) = &entry.content else {
        return Err(TraceError::Order { log_index: 0 });
    };
    let genesis = Genesis::clone(genesis);
    let named = genesis.origin.as_str() == checkpoint.checkpoint().origin();
    if !named || !policy.tlog().logs().iter().any(|log| *log.key() == genesis.log_key) {
        return Err(TraceError::OtherLog { found: genesis.origin.as_str().to_owned() });
    }
    Ok((entry, genesis))
}

/// Opens every subject's chain: the index commits to it, and the entries shown are all of it.
fn read_chains(
    trace: &Trace,
    index_root: Hash,
    recorded: &BTreeMap<u64, Recorded>,
) -> Result<BTreeMap<Subject, Vec<u64>>, TraceError> {
    let mut chains = BTreeMap::new();
    for history in &trace.subjects {
        let subject = history.subject.clone();
        let key = subject.index_key();
        let proof = IndexProof::open(history.proof.as_ref())
            .ok_or_else(|| TraceError::IndexForm { subject: subject.clone() })?;
        let looked_up =
            proof.verify(&key, index_root).map_err(|source| TraceError::Index { subject: subject.clone(), source })?;
        let places = history.log_indexes.as_ref().map(|places| places.as_slice()).unwrap_or_default();
        let absent = |log_index: u64| TraceError::Absent { subject: subject.clone(), log_index };
        let links = places.iter().map(|place| {
            let entry = recorded.get(place).ok_or_else(|| absent(*place))?;
            Ok(Link { log_index: entry.log_index, leaf: entry.leaf })
        });
        let links = links.collect::<Result<Vec<Link>, TraceError>>()?;
        let chain = match looked_up {
            Lookup::Present(leaf) => Chain::at(leaf),
            Lookup::Absent => Chain::new(key),
        };
        chain.open(&links).map_err(|source| TraceError::Chain { subject: subject.clone(), source })?;
        chains.insert(subject, places.to_vec());
    }
    Ok(chains)
}

/// Every entry on a chain names its subject, every entry that names a subject of the trace is on its chain, every entry
/// is on a chain, and no event and no event id occurs twice.
fn check_belonging(chains: &BTreeMap<Subject, Vec<u64>>, recorded: &BTreeMap<u64, Recorded>) -> Result<(), TraceError> {
    let mut used: BTreeSet<u64> = BTreeSet::from([0]);
    for (subject, places) in chains {
        used.extend(places);
        let named =
            |entry: &Recorded| matches!(entry.content, Content::Newer { .. }) || entry.subjects().contains(subject);
        if let Some(log_index) = places.iter().find(|place| !recorded.get(place).is_some_and(named)) {
            return Err(TraceError::Foreign { subject: subject.clone(), log_index: *log_index });
        }
    }
    let (mut hashes, mut ids) = (HashSet::new(), HashSet::new());
    for (log_index, entry) in recorded {
        for subject in entry.subjects() {
            if chains.get(&subject).is_some_and(|places| places.binary_search(log_index).is_err()) {
                return Err(TraceError::Foreign { subject, log_index: *log_index });
            }
        }
        if !used.contains(log_index) {
            return Err(TraceError::LeftOver { what: format!("entry {log_index}") });
        }
        if let Content::Event(signed) = &entry.content {
            let claims = signed.claims();
            if !hashes.insert(signed.hash()) || !ids.insert((&claims.party, claims.event_id)) {
                return Err(TraceError::Replay { log_index: *log_index });
            }
        }
    }
    Ok(())
}

/// Every pin on a subject of the trace was current when its entry was recorded.
fn check_pins(chains: &BTreeMap<Subject, Vec<u64>>, recorded: &BTreeMap<u64, Recorded>) -> Result<(), TraceError> {
    for (log_index, event) in recorded.iter().filter_map(|(index, entry)| Some((*index, entry.claims()?))) {
        for pin in &event.after {
            let Some((subject, places)) = event.subject(pin.subject).and_then(|named| chains.get_key_value(&named.key))
            else {
                continue;
            };
            let below = places.iter().take_while(|place| **place < log_index).filter_map(|place| recorded.get(place));
            let chain =
                below.fold(Chain::new(subject.index_key()), |chain, entry| chain.extend(entry.log_index, entry.leaf));
            if (chain.count(), chain.head()) != (pin.count, pin.head) {
                return Err(TraceError::Pin { log_index, subject: subject.clone() });
            }
        }
    }
    Ok(())
}

/// Walks the needed set over the chains of the trace: all of it is there, and nothing else.
fn walk(
    asked: &Asked,
    genesis: &Genesis,
    chains: &BTreeMap<Subject, Vec<u64>>,
    recorded: &BTreeMap<u64, Recorded>,
) -> Result<Walk, TraceError> {
    let mut walk = Walk::new(asked, &genesis.operator);
    while let Some(subject) = walk.next_subject() {
        let Some(places) = chains.get(&subject) else {
            return Err(TraceError::Missing { subject });
        };
        let steps = places.iter().filter_map(|place| recorded.get(place)).map(Step::of);
        walk.feed(&steps.collect::<Vec<Step<'_>>>());
    }
    match chains.keys().find(|subject| !walk.subjects().contains(*subject)) {
        Some(subject) => Err(TraceError::LeftOver { what: subject.to_string() }),
        None => Ok(walk),
    }
}

fn check_openings(openings: &[Opening], recorded: &BTreeMap<u64, Recorded>) -> Result<(), TraceError> {
    for opening in openings {
        let wanted = opening.commitment();
        let entry = recorded.values().find(|entry| entry.leaf == opening.leaf);
        let opens = entry.and_then(Recorded::claims).is_some_and(|event| event.body.commitments().contains(&wanted));
        if !opens {
            return Err(TraceError::Opening { path: opening.path.to_string() });
        }
    }
    Ok(())
}

fn read_anchors(
    trace: &Trace,
    policy: &TrustPolicy,
    newest: &TrustedCheckpoint,
    now: CosignTime,
) -> Result<Vec<(u64, CosignTime)>, TraceError> {
    let mut anchors: Vec<(u64, CosignTime)> = Vec::new();
    for anchor in &trace.anchors {
        // An anchor that this policy's witnesses did not cosign proves nothing to this reader, and takes nothing away.
        let earlier = match policy.open(&anchor.checkpoint, now) {
            Err(TrustError::Quorum { .. }) => continue,
            opened => opened?,
        };
        let (old, new) = (earlier.checkpoint(), newest.checkpoint());
        let size = old.size().get();
        let proof = Consistency::from_hashes(anchor.consistency.clone());
        proof
            .verify(old.size(), old.root(), new.size(), new.root())
            .map_err(|source| TraceError::Anchor { size, source })?;
        let Some(time) = earlier.quorum_time() else {
            continue;
        };
        if anchors.last().is_some_and(|(before, _)| *before >= size) {
            return Err(TraceError::LeftOver { what: format!("the anchor of size {size}") });
        }
        anchors.push((size, time));
    }
    Ok(anchors)
}

/// Replays who may sign what over the entries of the trace, in log order.
fn authorize(
    genesis: &Genesis,
    ledger_id: Hash,
    recorded: BTreeMap<u64, Recorded>,
    newer: bool,
) -> Result<(Authority, BTreeMap<u64, Proven>), TraceError> {
    let mut authority = Authority::founded(ledger_id, genesis);
    let mut originals: HashMap<Original, u64> = HashMap::new();
    let mut entries: BTreeMap<u64, Proven> = BTreeMap::new();
    for (log_index, entry) in recorded {
        let (leaf, recorded_at_ms) = (entry.leaf, entry.recorded_at_ms);
        let mut proven = Proven { log_index, leaf, recorded_at_ms, event: None };
        if let Content::Event(signed) = entry.content {
            let denied = |source| TraceError::Denied { log_index, source: Box::new(source) };
            let original = match original_of(signed.claims()) {
                Some(named) => {
                    originals.get(&named).and_then(|place| entries.get(place)).and_then(|proven| proven.event.as_ref())
                }
                None => None,
            };
            let judged = judge(&authority, *signed, recorded_at_ms, original.map(AuthorizedEvent::event), log_index);
            let event = match judged {
                Ok(event) => event,
                // What granted it may stand in a form that this verifier cannot read.
                Err(Judged::Denied(_)) if newer => {
                    entries.insert(log_index, proven);
                    continue;
                }
                Err(Judged::Denied(source)) => return Err(denied(source)),
                Err(Judged::Trace(error)) => return Err(error),
            };
            authority.apply(&event);
            originals.insert(Original::Entry(leaf), log_index);
            originals.insert(Original::Event(event.hash()), log_index);
            proven.event = Some(event);
        }
        entries.insert(log_index, proven);
    }
    Ok((authority, entries))
}

/// How an event names the one that it changes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Original {
    /// A correction names an entry, by its leaf hash.
    Entry(Hash),
    /// A lift names an event, by its identity.
    Event(Hash),
}

/// What a correction or a lift is about.
pub fn original_of(event: &Event) -> Option<Original> {
    match &event.body {
        KindBody::Correction(correction) => Some(Original::Entry(correction.original_entry_hash)),
        KindBody::Recall(recall) => recall.lifts.map(Original::Event),
        _ => None,
    }
}

enum Judged {
    Denied(Denied),
    Trace(TraceError),
}

fn judge(
    authority: &Authority,
    signed: headwater_event::signed::SignedEvent,
    recorded_at_ms: u64,
    original: Option<&Event>,
    log_index: u64,
) -> Result<AuthorizedEvent, Judged> {
    let key = authority.key_of(signed.claims()).map_err(Judged::Denied)?;
    let authentic =
        signed.authenticate(key).map_err(|source| Judged::Trace(TraceError::NotAuthentic { log_index, source }))?;
    authority.authorize(authentic, recorded_at_ms, original).map_err(Judged::Denied)
}
