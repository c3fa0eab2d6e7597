//! Verification of a trace, and the only way to a [`VerifiedTrace`]. Verification checks every hash, proof, signature and right, and
//! refuses parts that the story does not need.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use headwater_event::authority::Authority;
use headwater_event::document::Opening;
use headwater_event::entry::{FORMAT_VERSION, Genesis};
use headwater_event::kind::sticker::Sticker;
use headwater_event::newer::Class;
use headwater_event::signed::AuthorizedEvent;
use headwater_event::subject::{PartyKey, Subject};
use headwater_event::text::Date;
use headwater_tlog::checkpoint::CosignTime;
use headwater_tlog::hash::Hash;
use headwater_tlog::policy::{TrustError, TrustedCheckpoint};
use headwater_tlog::proof::{Consistency, Inclusion, ProofError};
use headwater_tlog::tree::{LeafIndex, TreeSize};

use crate::age::Age;
use crate::chain_view::{ChainEntry, ChainView, Struck};
use crate::policy::TrustPolicy;
use crate::recorded::{EntryContent, Recorded};
use crate::trace::{ANCHORS_MAX, Included, Trace};
use crate::turn::give_way;
use crate::walk::{Found, Query, Visit, Walk, delegation};

mod chains;
mod error;
mod rights;
pub mod sets;

use chains::{Chains, Views};
pub use error::TraceError;
pub use rights::{Original, original_of};
use sets::{Needed, Sets};

/// A proven entry, with its authorized event if it holds one.
#[derive(Clone, Debug)]
pub struct Proven {
    log_index: LeafIndex,
    leaf: Hash,
    recorded_at_ms: u64,
    event: Option<AuthorizedEvent>,
    newer: Option<Class>,
}

impl Proven {
    /// Log index of the entry.
    pub fn log_index(&self) -> LeafIndex {
        self.log_index
    }

    /// Leaf hash of the entry (RFC 6962).
    pub fn leaf(&self) -> Hash {
        self.leaf
    }

    /// Time at which the operator recorded the entry, in milliseconds UTC.
    pub fn recorded_at_ms(&self) -> u64 {
        self.recorded_at_ms
    }

    /// The event; `None` for an entry of a format that is newer than this verifier, and for an event that was passed over.
    pub fn event(&self) -> Option<&AuthorizedEvent> {
        self.event.as_ref()
    }

    /// Class of a newer entry; a newer event has one when its party signed it.
    pub fn newer(&self) -> Option<Class> {
        self.newer
    }
}

/// Tie of a party to the brand of the goods, as the ledger shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tie {
    /// The brand itself, or another owner of the goods.
    Brand,
    /// A party that holds, or held, a delegation of the brand.
    Delegate,
    /// A registered party that is proven to hold no delegation of the brand.
    Registered,
}

/// A trace of which everything was checked. Only [`verify`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedTrace {
    checkpoint: TrustedCheckpoint,
    query: Query,
    genesis: Genesis,
    index_head_ms: u64,
    authority: Authority,
    chains: Chains,
    entries: BTreeMap<LeafIndex, Proven>,
    found: Found,
    sets: Sets,
    /// The struck entries of each chain that has any.
    struck: BTreeMap<Subject, Struck>,
    /// The proven lot of each item.
    lots: BTreeMap<Subject, Subject>,
    newer: bool,
    anchors: Vec<(TreeSize, CosignTime)>,
    openings: Vec<Opening>,
}

impl VerifiedTrace {
    /// Checkpoint that every proof of the trace leads to.
    pub fn checkpoint(&self) -> &TrustedCheckpoint {
        &self.checkpoint
    }

    /// Query that the trace answers.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Genesis: the founding of the ledger.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// Time at which the operator claims that it wrote the index head, in milliseconds UTC.
    pub fn index_head_ms(&self) -> u64 {
        self.index_head_ms
    }

    /// Returns the day to judge at: `today`, or the day of the quorum where that is later, since a clock behind the quorum is wrong.
    pub fn day(&self, today: Date) -> Date {
        let quorum = self.checkpoint.quorum_time().map(|time| Date::of_ms(time.ms(), 0).unwrap_or(Date::LAST));
        quorum.map_or(today, |quorum| quorum.max(today))
    }

    /// Returns the age at the time of a reader, from the quorum time and the index head, which the operator dates.
    pub fn age(&self, now: CosignTime) -> Age {
        Age::of(self.index_head_ms / 1000, self.checkpoint.quorum_time(), now)
    }

    /// Authority: the sum of the party events of the trace.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Returns all entries on the chain of a subject, in log order; none when the trace does not hold the chain.
    pub fn chain(&self, subject: &Subject) -> impl DoubleEndedIterator<Item = &Proven> {
        self.chains.open.get(subject).into_iter().flatten().filter_map(|index| self.entries.get(index))
    }

    /// Every entry of the trace, in log order.
    pub fn entries(&self) -> impl Iterator<Item = &Proven> {
        self.entries.values()
    }

    /// Subjects and windows of the story, in the order of the walk.
    pub fn visits(&self) -> &[Visit] {
        &self.found.visits
    }

    /// Lots and items that the product was made of, each with the lots that events claim for it.
    pub fn inputs(&self) -> impl Iterator<Item = (&Subject, &BTreeSet<Subject>)> {
        self.found.inputs.iter()
    }

    /// Whether the walk left nothing out. The walk leaves goods out at a limit of [`Caps`](crate::walk::Caps).
    pub fn is_complete(&self) -> bool {
        self.found.complete
    }

    /// Whether a part of the story is of a format that this verifier does not know.
    pub fn is_newer(&self) -> bool {
        self.newer
    }

    /// Returns the newer entries of a class. A newer event counts only if its party signed the event.
    pub fn newer(&self, class: Class) -> impl Iterator<Item = &Proven> {
        self.entries.values().filter(move |entry| entry.newer == Some(class))
    }

    /// Answers of set commitments about items.
    pub fn sets(&self) -> &Sets {
        &self.sets
    }

    /// Returns the number of entries on the chain of a register or list; `None` when the trace does not hold the chain.
    pub fn register(&self, subject: &Subject) -> Option<u64> {
        self.chains.registers.get(subject).copied()
    }

    /// Whether this trace holds every chain of another one, as entries or as a count.
    pub fn holds_chains_of(&self, other: &VerifiedTrace) -> bool {
        other.chains.subjects().all(|subject| self.chains.holds(subject))
    }

    /// The brand: the first party that the entries show as the owner of the goods.
    pub fn brand(&self) -> Option<&PartyKey> {
        self.found.brand.as_ref()
    }

    /// Returns the tie of a party to the brand; `None` where the trace does not show the tie.
    pub fn tie(&self, party: &PartyKey) -> Option<Tie> {
        let owners = &self.found.owners;
        if owners.contains(party) {
            return Some(Tie::Brand);
        }
        let holds = owners.iter().map(|owner| Some(!self.chains.open.get(&delegation(owner, party))?.is_empty()));
        let holds: Vec<Option<bool>> = holds.collect();
        if holds.contains(&Some(true)) {
            return Some(Tie::Delegate);
        }
        (!holds.is_empty() && holds.iter().all(Option::is_some)).then_some(Tie::Registered)
    }

    /// Returns the earliest quorum time of the anchors that cover an entry, in milliseconds UTC. The entry existed by then.
    pub fn proven_ms(&self, log_index: LeafIndex) -> Option<u64> {
        let covering = self.anchors.iter().filter(|(size, _)| size.covers(log_index));
        covering.map(|(_, time)| time.ms()).min()
    }

    /// Openings of hidden fields of the trace.
    pub fn openings(&self) -> &[Opening] {
        &self.openings
    }

    /// Returns the lot of an item: the lot that its chain binds, or else the lot of the first set that holds the item and
    /// that nothing strikes.
    pub fn lot_of(&self, item: &Subject) -> Option<&Subject> {
        self.lots.get(item)
    }

    /// Returns the bound lot of an item, or else the lot of the first set that holds the item and that nothing strikes (I5).
    fn read_lot(&self, item: &Subject) -> Option<Subject> {
        self.view(item).bound_lot(item).cloned().or_else(|| self.sets.lots(item).into_iter().next())
    }

    /// Whether a set that holds an item, and that nothing strikes, commits to the code in a sticker event. The answer is
    /// known for the asked item alone.
    pub fn is_code_of(&self, item: &Subject, sticker: &Sticker) -> bool {
        let commits = |code: Hash| self.sets.holding(item).any(|(set, committed)| !set.is_struck && committed == code);
        *item == self.query.subject && sticker.code.as_ref().is_some_and(|code| commits(code.committed(item)))
    }

    /// Returns the lot of the asked item, where entries prove one.
    pub fn proven_lot(&self) -> Option<&Subject> {
        self.lot_of(&self.query.subject)
    }

    /// Whether this trace extends an earlier one of the same log: every chain that both hold, and the size. The earlier
    /// trace is usually the audited one.
    pub fn continues(&self, earlier: &VerifiedTrace) -> bool {
        let (old, new) = (earlier.checkpoint.checkpoint(), self.checkpoint.checkpoint());
        let begins_with = |subject: &Subject, places: &Vec<LeafIndex>| {
            let now = self.chains.open.get(subject);
            let same = |place: &LeafIndex| match (self.entries.get(place), earlier.entries.get(place)) {
                (Some(now), Some(then)) => now.leaf == then.leaf,
                _ => false,
            };
            now.is_none_or(|now| now.starts_with(places) && places.iter().all(same))
        };
        // The log is one and its checkpoint not smaller (P1), chains go on (P2), and no register has fewer entries (P3).
        old.origin() == new.origin()
            && old.size() <= new.size()
            && earlier.chains.open.iter().all(|(subject, places)| begins_with(subject, places))
            && earlier
                .chains
                .registers
                .iter()
                .all(|(register, count)| self.register(register).is_none_or(|now| now >= *count))
    }

    /// Decides again which sets are struck, by the events that count. An event that was passed over commits to nothing, and
    /// strikes nothing.
    fn settle_sets(&mut self) {
        let mut sets = std::mem::take(&mut self.sets);
        sets.settle(|chain| self.chains.open.contains_key(chain), |chain| sets::commitments(&self.view(chain)));
        self.sets = sets;
        let items =
            self.chains.open.keys().chain(self.sets.items()).filter(|subject| matches!(subject, Subject::Item(..)));
        self.lots = items.filter_map(|item| Some((item.clone(), self.read_lot(item)?))).collect();
    }

    /// Finds the struck entries of each chain, by the events that count.
    fn strike(&mut self) {
        let struck = self.chains.open.keys().map(|subject| (subject.clone(), Struck::of(&self.chain_entries(subject))));
        self.struck = struck.filter(|(_, struck)| !struck.is_empty()).collect();
    }

    fn chain_entries(&self, subject: &Subject) -> Vec<ChainEntry<'_>> {
        self.chain(subject)
            .map(|proven| ChainEntry {
                log_index: proven.log_index,
                leaf: proven.leaf,
                bytes_len: 0,
                event: proven.event.as_ref().map(AuthorizedEvent::event),
                newer: None,
            })
            .collect()
    }

    /// Struck entries of a chain.
    pub(crate) fn struck_of(&self, subject: &Subject) -> &Struck {
        static NONE: Struck = Struck::NONE;
        self.struck.get(subject).unwrap_or(&NONE)
    }

    /// View of a chain, with the events that count.
    pub(crate) fn view(&self, subject: &Subject) -> ChainView<'_> {
        ChainView::with(self.chain_entries(subject), self.struck_of(subject))
    }
}

/// Verifies the trace that answers `query`. The result does not depend on a clock; [`VerifiedTrace::age`] returns the age of the
/// trace.
pub fn verify(bytes: &[u8], query: &Query, policy: &TrustPolicy) -> Result<VerifiedTrace, TraceError> {
    let trace = Trace::parse(bytes)?;
    // The policy trusts the checkpoint note (T1).
    let checkpoint = policy.open(&trace.checkpoint)?;
    let (size, root) = (checkpoint.checkpoint().size(), checkpoint.checkpoint().root());
    let under = |included: &Included| read(included, size, root);

    let (genesis_entry, genesis) = read_genesis(&trace.genesis, policy, &checkpoint, under)?;
    // The index head is the last leaf of the checkpoint (T3).
    let index_head = under(&trace.index_head)?;
    let index_root = match &index_head.content {
        EntryContent::IndexHead(head) if size.last() == Some(index_head.log_index) => head.root,
        _ => return Err(TraceError::NoIndexHead { log_index: index_head.log_index }),
    };

    // Each entry is an event or newer. Log indexes rise, and recorded times do not fall (T4).
    let mut latest = (LeafIndex::FIRST, genesis_entry.recorded_at_ms);
    let mut recorded = BTreeMap::from([(LeafIndex::FIRST, genesis_entry)]);
    for included in &trace.entries {
        give_way();
        let entry = under(included)?;
        let at = (entry.log_index, entry.recorded_at_ms);
        let event_or_newer =
            matches!(entry.content, EntryContent::Event(_) | EntryContent::NewerEvent(_) | EntryContent::Newer { .. });
        if at.0 <= latest.0 || at.1 < latest.1 || at.1 > index_head.recorded_at_ms || !event_or_newer {
            return Err(TraceError::Order { log_index: at.0 });
        }
        latest = at;
        recorded.insert(at.0, entry);
    }

    let chains = chains::read(&trace, index_root, &recorded)?;
    // A newer event can lead the walk of a newer version to more subjects, so this version accepts spare parts then (T12).
    let is_lenient = recorded.values().any(|entry| entry.newer().is_some());
    chains::belong(&chains, &recorded)?;
    chains::hold_pins(&chains, &recorded)?;
    let views = chains.views(&recorded);
    let sets = Sets::read(&trace, &views, &recorded)?;
    let found = walk(query, &genesis, &chains, &views, &sets, is_lenient)?;
    let needed = Needed::of(query, &found.visits, |chain| views.is_open(chain), |chain| views.of(chain));
    sets.check(&needed, is_lenient)?;
    check_openings(&trace.openings, &recorded)?;
    let anchors = read_anchors(&trace, policy, &checkpoint)?;
    // A genesis of another format version is of class story, as a newer form of entry is (N6).
    let newer = genesis.format_version != FORMAT_VERSION
        || recorded.values().any(|entry| entry.newer_class() == Some(Class::Story));
    let index_head_ms = index_head.recorded_at_ms;
    let (authority, entries) = rights::authorize(&genesis, policy.ledger_id(), recorded, newer)?;
    let mut verified = VerifiedTrace {
        checkpoint,
        query: query.clone(),
        genesis,
        index_head_ms,
        authority,
        chains,
        entries,
        found,
        sets,
        struck: BTreeMap::new(),
        lots: BTreeMap::new(),
        newer,
        anchors,
        openings: trace.openings,
    };
    verified.strike();
    verified.settle_sets();
    Ok(verified)
}

/// Parses an entry and verifies that the entry has its log index in the log.
fn read(included: &Included, size: TreeSize, root: Hash) -> Result<Recorded, TraceError> {
    let stated = included.log_index;
    let inclusion = |source| TraceError::Inclusion { log_index: stated, source };
    let out_of_tree = || inclusion(ProofError::OutOfTree { index: stated, size: size.get() });
    let log_index = size.leaf(stated).ok_or_else(out_of_tree)?;
    let proof = Inclusion::from_hashes(included.inclusion.clone());
    proof.verify(log_index, size, Hash::leaf(&included.entry), root).map_err(inclusion)?;
    Recorded::parse(log_index, &included.entry).map_err(|source| TraceError::Entry { log_index, source })
}

/// Reads the genesis: entry 0 of the pinned ledger, which names the log and its key (T2).
fn read_genesis(
    included: &Included,
    policy: &TrustPolicy,
    checkpoint: &TrustedCheckpoint,
    under: impl Fn(&Included) -> Result<Recorded, TraceError>,
) -> Result<(Recorded, Genesis), TraceError> {
    let entry = under(included)?;
    if entry.leaf != policy.ledger_id() || entry.log_index != LeafIndex::FIRST {
        return Err(TraceError::OtherLedger { expected: policy.ledger_id(), found: entry.leaf });
    }
    let EntryContent::Genesis(genesis) = &entry.content else {
        return Err(TraceError::Order { log_index: entry.log_index });
    };
    let genesis = Genesis::clone(genesis);
    let named = genesis.origin.as_str() == checkpoint.checkpoint().origin();
    if !named || !policy.tlog().logs().iter().any(|log| *log.key() == genesis.log_key) {
        return Err(TraceError::OtherLog { found: genesis.origin.as_str().to_owned() });
    }
    Ok((entry, genesis))
}

/// Runs the walk over the chains of the trace: the trace holds every subject that the walk needs, and no others (T9).
fn walk(
    query: &Query,
    genesis: &Genesis,
    chains: &Chains,
    views: &Views<'_>,
    sets: &Sets,
    is_lenient: bool,
) -> Result<Found, TraceError> {
    let mut walk = Walk::new(query, &genesis.operator);
    while let Some(subject) = walk.next_subject() {
        if !chains.holds(&subject) {
            return Err(TraceError::Missing { subject });
        }
        walk.feed(views.of(&subject), &sets.lots(&subject));
    }
    let spare = chains.subjects().find(|subject| !walk.subjects().contains(*subject));
    match spare.filter(|_| !is_lenient) {
        Some(subject) => Err(TraceError::LeftOver { what: subject.to_string() }),
        None => Ok(walk.into_found()),
    }
}

/// Checks that each opening opens a commitment of an event in the trace, and no commitment is opened twice (T10).
fn check_openings(openings: &[Opening], recorded: &BTreeMap<LeafIndex, Recorded>) -> Result<(), TraceError> {
    let by_leaf: HashMap<Hash, &Recorded> = recorded.values().map(|entry| (entry.leaf, entry)).collect();
    let mut seen = BTreeSet::new();
    for opening in openings {
        if !seen.insert((opening.leaf, opening.path.as_str())) {
            return Err(TraceError::LeftOver { what: format!("the second opening of {}", opening.path) });
        }
        let wanted = opening.commitment();
        let entry = by_leaf.get(&opening.leaf).copied();
        if entry.is_some_and(|entry| entry.newer().is_some()) {
            continue;
        }
        let opens = entry.and_then(Recorded::claims).is_some_and(|event| event.body.commitments().contains(&wanted));
        if !opens {
            return Err(TraceError::Opening { path: opening.path.to_string() });
        }
    }
    Ok(())
}

/// Reads the anchors that prove a time to this reader. The checkpoint of the trace extends each of them (T10).
fn read_anchors(
    trace: &Trace,
    policy: &TrustPolicy,
    newest: &TrustedCheckpoint,
) -> Result<Vec<(TreeSize, CosignTime)>, TraceError> {
    if trace.anchors.len() > ANCHORS_MAX {
        return Err(TraceError::LeftOver { what: format!("the anchors after the first {ANCHORS_MAX}") });
    }
    let mut anchors: Vec<(TreeSize, CosignTime)> = Vec::new();
    for anchor in &trace.anchors {
        // An anchor without the quorum of this policy proves nothing to this reader, and takes nothing away.
        let earlier = match policy.open(&anchor.checkpoint) {
            Err(TrustError::Quorum { .. }) => continue,
            opened => opened?,
        };
        let (old, new) = (earlier.checkpoint(), newest.checkpoint());
        let size = old.size();
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
