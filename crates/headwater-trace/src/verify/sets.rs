//! Proofs by set commitments: the lot of an item, and that nothing issued a serial.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use headwater_event::subject::Subject;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Leaf, Lookup};
use headwater_tlog::tree::LeafIndex;

use super::TraceError;
use super::chains::Views;
use crate::chain_view::{ChainEntry, ChainView};
use crate::recorded::Recorded;
use crate::trace::{IndexProof, SetProof, Trace};
use crate::walk::{Query, Relation, Visit};

/// Largest number of entries of an open register. A longer register is closed: a trace proves the number of its entries and
/// holds none of them.
pub const REGISTER_ENTRIES_MAX: u64 = 64;

/// Whether a trace proves only the count of a chain, as it does of a list and of a long register.
pub fn is_closed(subject: &Subject, count: u64) -> bool {
    match subject {
        Subject::List(..) => count > 0,
        Subject::Register(_) => count > REGISTER_ENTRIES_MAX,
        _ => false,
    }
}

/// A set commitment on a chain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commitment {
    /// Log index of the entry that committed to the set.
    pub log_index: LeafIndex,
    /// Root of the trie over the set.
    pub root: Hash,
    /// Lot of the items in the set.
    pub lot: Subject,
    /// Whether a correction strikes the commitment.
    pub is_struck: bool,
    /// Whether the commitment is passed over: its party has no right that this version can read, so it commits to nothing.
    pub is_passed_over: bool,
}

/// Returns the set commitments on a chain, in log order.
pub fn commitments(chain: &ChainView<'_>) -> Vec<Commitment> {
    let commitment = |entry: &ChainEntry<'_>| {
        let event = entry.event?;
        let (root, lot) = (event.committed()?.items_root, event.lot()?.clone());
        let is_struck = chain.is_struck(&entry.leaf);
        Some(Commitment { log_index: entry.log_index, root, lot, is_struck, is_passed_over: false })
    };
    chain.entries().iter().filter_map(commitment).collect()
}

/// Answer of one set about one item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// The set holds the item; with the hash of the item's code, or zeros.
    Holds(Hash),
    /// The set does not hold the item.
    Lacks,
    /// The node does not show the manifest of the set.
    Missing,
}

/// A set and its answer about one item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetAnswer {
    /// Commitment of the set that answers.
    pub set: Commitment,
    /// Answer that the proof shows.
    pub answer: Answer,
}

/// Returns the chain whose corrections strike the sets of a lot: the register of the model where that is open, else the
/// chain of the lot (S1).
pub fn deciding_chain(lot: &Subject, is_open: impl Fn(&Subject) -> bool) -> Subject {
    let register = lot.gtin().cloned().map(Subject::Register);
    register.filter(is_open).unwrap_or_else(|| lot.clone())
}

/// Commitments by chain; each chain is read once.
struct Found<R> {
    read: R,
    chains: BTreeMap<Subject, BTreeMap<LeafIndex, Commitment>>,
}

impl<R: Fn(&Subject) -> Vec<Commitment>> Found<R> {
    fn by(read: R) -> Self {
        Self { read, chains: BTreeMap::new() }
    }

    /// Returns the commitment of an entry on a chain.
    fn at(&mut self, chain: Subject, log_index: LeafIndex) -> Option<&Commitment> {
        let Self { read, chains } = self;
        let by_place = |chain: &Subject| read(chain).into_iter().map(|set| (set.log_index, set)).collect();
        chains.entry(chain).or_insert_with_key(by_place).get(&log_index)
    }
}

/// Answers that the set proofs of a trace show, by item.
#[derive(Clone, Default, Debug)]
pub struct Sets(BTreeMap<Subject, Vec<SetAnswer>>);

impl Sets {
    /// Reads each proof, and verifies the proof against the root of its set (T8).
    pub(super) fn read(
        trace: &Trace,
        views: &Views<'_>,
        recorded: &BTreeMap<LeafIndex, Recorded>,
    ) -> Result<Self, TraceError> {
        let mut found = Found::by(|chain: &Subject| commitments(views.of(chain)));
        let mut set_of = |stated: u64| {
            let log_index = LeafIndex::new(stated)?;
            let lot = recorded.get(&log_index)?.claims().filter(|event| event.committed().is_some())?.lot()?;
            found.at(deciding_chain(lot, |chain| views.is_open(chain)), log_index).cloned()
        };
        let mut sets = Self::default();
        for SetProof { log_index, item, proof } in &trace.sets {
            let wrong = TraceError::Set { log_index: *log_index };
            let is_of_model = |set: &Commitment| matches!(item, Subject::Item(..)) && set.lot.gtin() == item.gtin();
            let set = set_of(*log_index).filter(is_of_model).ok_or(wrong.clone())?;
            let answer = answer(proof.as_ref(), item, set.root).ok_or(wrong)?;
            sets.0.entry(item.clone()).or_default().push(SetAnswer { set, answer });
        }
        Ok(sets)
    }

    /// Items that the proofs are about.
    pub fn items(&self) -> impl Iterator<Item = &Subject> {
        self.0.keys()
    }

    /// Returns the answers about an item, by log index.
    pub fn of(&self, item: &Subject) -> &[SetAnswer] {
        self.0.get(item).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the sets that hold an item and that are not passed over, by log index, with the hash of the item's code.
    pub fn holding(&self, item: &Subject) -> impl Iterator<Item = (&Commitment, Hash)> {
        self.of(item).iter().filter(|answer| !answer.set.is_passed_over).filter_map(|answer| match answer.answer {
            Answer::Holds(code) => Some((&answer.set, code)),
            _ => None,
        })
    }

    /// Returns the lots of the sets that hold an item and that nothing strikes, by log index.
    pub fn lots(&self, item: &Subject) -> Vec<Subject> {
        let unstruck = self.holding(item).filter(|(set, _)| !set.is_struck);
        unstruck.map(|(set, _)| set.lot.clone()).collect()
    }

    /// Marks each set as struck, as passed over or as neither, by the commitments that count on its deciding chain.
    pub(super) fn settle(
        &mut self,
        is_open: impl Fn(&Subject) -> bool,
        counting: impl Fn(&Subject) -> Vec<Commitment>,
    ) {
        let mut found = Found::by(counting);
        for set in self.0.values_mut().flatten().map(|answer| &mut answer.set) {
            let counts = found.at(deciding_chain(&set.lot, &is_open), set.log_index);
            set.is_passed_over = counts.is_none();
            set.is_struck = counts.is_some_and(|counts| counts.is_struck);
        }
    }

    /// Checks that the trace holds the set proofs that a story needs, and no others (S5).
    pub(super) fn check(&self, needed: &Needed, is_lenient: bool) -> Result<(), TraceError> {
        for (item, wanted) in &needed.0 {
            let shown: BTreeSet<LeafIndex> = self.of(item).iter().map(|answer| answer.set.log_index).collect();
            if let Some(log_index) = wanted.answering.iter().find(|log_index| !shown.contains(log_index)) {
                return Err(TraceError::Set { log_index: log_index.get() });
            }
        }
        let spare = self.0.iter().filter_map(|(item, answers)| {
            let wanted = needed.0.get(item);
            let is_asked =
                |answer: &&SetAnswer| wanted.is_some_and(|wanted| wanted.answering.contains(&answer.set.log_index));
            let mut others: Vec<&SetAnswer> = answers.iter().filter(|answer| !is_asked(answer)).collect();
            if wanted.is_some_and(|wanted| wanted.may_be_one_more) {
                let one = others.iter().position(|other| matches!(other.answer, Answer::Holds(_)));
                one.map(|at| others.remove(at));
            }
            others.first().map(|other| (other.set.log_index, item))
        });
        match spare.min().filter(|_| !is_lenient) {
            Some((log_index, item)) => {
                Err(TraceError::LeftOver { what: format!("the proof about {item} and the set of entry {log_index}") })
            }
            None => Ok(()),
        }
    }
}

/// Set proofs that a story needs, by item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Needed(BTreeMap<Subject, NeededOf>);

/// Set proofs that a story needs about one item.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct NeededOf {
    /// Log indexes of the entries whose sets have to answer.
    pub answering: BTreeSet<LeafIndex>,
    /// Whether one more set may answer, when that set holds the item.
    pub may_be_one_more: bool,
}

impl Needed {
    /// Computes the set proofs that a walk asks for, from the chains that the walk read. A closed chain is not open.
    pub fn of<'a, V: Borrow<ChainView<'a>>>(
        query: &Query,
        visits: &[Visit],
        is_open: impl Fn(&Subject) -> bool,
        view: impl Fn(&Subject) -> V,
    ) -> Self {
        let mut needed: BTreeMap<Subject, NeededOf> = BTreeMap::new();
        let item = &query.subject;
        if view(item).borrow().asks_sets(item) {
            let register = item.gtin().cloned().map(Subject::Register);
            let is_closed = register.as_ref().is_some_and(|register| !is_open(register));
            // Every set on an open register answers (S2). Of a closed register every set of the label's lot answers, and perhaps
            // one more (S3).
            let chain = if is_closed { query.lot.as_ref() } else { register.as_ref() };
            let sets = chain.into_iter().flat_map(|chain| commitments(view(chain).borrow()));
            let answering = sets.map(|set| set.log_index).collect();
            needed.insert(item.clone(), NeededOf { answering, may_be_one_more: is_closed });
        }
        // Of an input at most one set answers (S4).
        let inputs = visits.iter().filter(|visit| visit.relation == Relation::Input).map(|visit| &visit.subject);
        for input in inputs.filter(|input| view(input).borrow().asks_sets(input)) {
            needed.entry(input.clone()).or_default().may_be_one_more = true;
        }
        Self(needed)
    }

    /// Each item, with the proofs that it needs.
    pub fn iter(&self) -> impl Iterator<Item = (&Subject, &NeededOf)> {
        self.0.iter()
    }
}

fn answer(travelled: Option<&IndexProof>, item: &Subject, root: Hash) -> Option<Answer> {
    let Some(travelled) = travelled else {
        return Some(Answer::Missing);
    };
    let proof = IndexProof::open(Some(travelled))?;
    match proof.verify(&item.index_key(), root) {
        // A leaf of the index counts at least one entry; only a leaf of a set counts none.
        Ok(Lookup::Present(Leaf { count: 0, head, .. })) => Some(Answer::Holds(head)),
        Ok(Lookup::Absent) if proof.landing.is_none_or(|leaf| leaf.count == 0) => Some(Answer::Lacks),
        _ => None,
    }
}
