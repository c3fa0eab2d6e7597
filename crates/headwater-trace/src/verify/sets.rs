//! Proofs by set commitments: which lot an item is of, and that nothing issued a serial.

use std::collections::{BTreeMap, BTreeSet};

use headwater_event::subject::Subject;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Leaf, Lookup};

use super::TraceError;
use super::chains::Chains;
use crate::recorded::Recorded;
use crate::trace::{IndexProof, Trace};
use crate::walk::{Asked, Step, Via, Visit, asks_sets, struck};

/// A register with more entries is closed: a trace proves how many they are and holds none of them.
pub const REGISTER_ENTRIES_MAX: u64 = 64;

/// Whether a trace proves only the count of a chain: that of a list, and of a long register.
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
    /// The entry that committed to the set.
    pub log_index: u64,
    /// The root of the set.
    pub root: Hash,
    /// The lot of its items.
    pub lot: Subject,
    /// Whether a correction strikes it.
    pub is_struck: bool,
}

/// The set commitments on a chain, in log order.
pub fn commitments(chain: &[Step<'_>]) -> Vec<Commitment> {
    let struck = struck(chain);
    let commitment = |step: &Step<'_>| {
        let event = step.event?;
        let (root, lot) = (event.committed()?.items_root, event.lot()?.clone());
        Some(Commitment { log_index: step.log_index, root, lot, is_struck: struck.contains(&step.leaf) })
    };
    chain.iter().filter_map(commitment).collect()
}

/// The answer of one set about one item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// The set holds the item; with the hash of its code, or zeros.
    Holds(Hash),
    /// The set does not hold the item.
    Lacks,
    /// The ledger does not hold the list.
    Missing,
}

/// The answer of one set about one item, with both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetAnswer {
    /// The set.
    pub set: Commitment,
    /// The item.
    pub item: Subject,
    /// Its answer.
    pub answer: Answer,
}

/// The proofs about sets that a trace holds.
#[derive(Clone, Default, Debug)]
pub struct Sets(Vec<SetAnswer>);

impl Sets {
    /// Reads each proof, and holds it to the root of its set.
    pub(super) fn read(trace: &Trace, chains: &Chains, recorded: &BTreeMap<u64, Recorded>) -> Result<Self, TraceError> {
        let mut found = BTreeMap::new();
        for shown in &trace.sets {
            let set = match found.get(&shown.log_index) {
                Some(set) => set,
                None => {
                    let set = commitment_at(shown.log_index, chains, recorded)
                        .ok_or(TraceError::Set { log_index: shown.log_index })?;
                    found.entry(shown.log_index).or_insert(set)
                }
            };
            if !matches!(shown.item, Subject::Item(..)) || set.lot.gtin() != shown.item.gtin() {
                return Err(TraceError::Set { log_index: shown.log_index });
            }
        }
        let answers = trace.sets.iter().map(|shown| {
            let wrong = TraceError::Set { log_index: shown.log_index };
            let set = found.get(&shown.log_index).ok_or_else(|| wrong.clone())?.clone();
            let answer = answer(shown.proof.as_ref(), &shown.item, set.root).ok_or(wrong)?;
            Ok(SetAnswer { set, item: shown.item.clone(), answer })
        });
        answers.collect::<Result<_, TraceError>>().map(Self)
    }

    /// The answers about an item, by log index.
    pub fn of<'a>(&'a self, item: &'a Subject) -> impl Iterator<Item = &'a SetAnswer> {
        self.0.iter().filter(move |answer| answer.item == *item)
    }

    /// The sets that hold an item, by log index, with the hash of its code.
    pub fn holding<'a>(&'a self, item: &'a Subject) -> impl Iterator<Item = (&'a Commitment, Hash)> {
        self.of(item).filter_map(|answer| match answer.answer {
            Answer::Holds(code) => Some((&answer.set, code)),
            _ => None,
        })
    }

    /// The lots of the sets that hold an item and that nothing strikes, by log index.
    pub fn lots(&self, item: &Subject) -> Vec<Subject> {
        let standing = self.holding(item).filter(|(set, _)| !set.is_struck);
        standing.map(|(set, _)| set.lot.clone()).collect()
    }

    /// Takes strikes from the commitments that count on each chain; a set that does not count at all is struck.
    pub(super) fn settle(&mut self, counting: impl Fn(&Subject) -> Option<Vec<Commitment>>) {
        for answer in &mut self.0 {
            let set = &mut answer.set;
            let register = set.lot.gtin().cloned().map(Subject::Register);
            let chain = register.and_then(|register| counting(&register)).or_else(|| counting(&set.lot));
            let found = chain.into_iter().flatten().find(|other| other.log_index == set.log_index);
            set.is_struck = found.is_none_or(|found| found.is_struck);
        }
    }

    /// Checks that these are the proofs that a story needs, and no others.
    pub(super) fn check(&self, needed: &Needed<'_>, is_lenient: bool) -> Result<(), TraceError> {
        let mut spare: BTreeSet<(u64, &Subject)> =
            self.0.iter().map(|answer| (answer.set.log_index, &answer.item)).collect();
        for log_index in &needed.always {
            if !spare.remove(&(*log_index, needed.asked)) {
                return Err(TraceError::Set { log_index: *log_index });
            }
        }
        let mut once: BTreeSet<&Subject> = needed.once.iter().copied().collect();
        for answer in self.0.iter().filter(|answer| matches!(answer.answer, Answer::Holds(_))) {
            if spare.contains(&(answer.set.log_index, &answer.item)) && once.remove(&answer.item) {
                spare.remove(&(answer.set.log_index, &answer.item));
            }
        }
        match spare.first().filter(|_| !is_lenient) {
            Some((log_index, item)) => {
                Err(TraceError::LeftOver { what: format!("the proof about {item} and the set of entry {log_index}") })
            }
            None => Ok(()),
        }
    }
}

/// The set proofs that a story needs.
pub(super) struct Needed<'a> {
    asked: &'a Subject,
    /// Sets that have to answer for the asked item.
    always: Vec<u64>,
    /// Items that one set more may hold.
    once: Vec<&'a Subject>,
}

impl<'a> Needed<'a> {
    /// Works out the proofs that a walk asks for.
    pub(super) fn of(
        asked: &'a Asked,
        visits: &'a [Visit],
        chains: &Chains,
        recorded: &BTreeMap<u64, Recorded>,
    ) -> Self {
        let steps = |subject: &Subject| chains.steps(subject, recorded);
        let item = &asked.subject;
        let (mut always, mut once) = (Vec::new(), Vec::new());
        if asks_sets(item, &steps(item)) {
            let register = item.gtin().cloned().map(Subject::Register);
            let is_closed = register.as_ref().is_some_and(|register| !chains.open.contains_key(register));
            let chain = if is_closed { asked.lot.as_ref() } else { register.as_ref() };
            always.extend(chain.into_iter().flat_map(|chain| commitments(&steps(chain))).map(|set| set.log_index));
            once.extend(is_closed.then_some(item));
        }
        let inputs = visits.iter().filter(|visit| visit.via == Via::Input).map(|visit| &visit.subject);
        once.extend(inputs.filter(|input| asks_sets(input, &steps(input))));
        Self { asked: item, always, once }
    }
}

/// The set that an entry commits to. Corrections are looked for on the register while that is open, else on the lot's chain.
fn commitment_at(log_index: u64, chains: &Chains, recorded: &BTreeMap<u64, Recorded>) -> Option<Commitment> {
    let event = recorded.get(&log_index)?.claims()?;
    event.committed()?;
    let is_open = |subject: &&Subject| chains.open.get(*subject).is_some_and(|places| places.contains(&log_index));
    let chain = event.keys().filter(is_open).max_by_key(|subject| subject.is_register())?;
    commitments(&chains.steps(chain, recorded)).into_iter().find(|set| set.log_index == log_index)
}

fn answer(travelled: Option<&IndexProof>, item: &Subject, root: Hash) -> Option<Answer> {
    let Some(travelled) = travelled else {
        return Some(Answer::Missing);
    };
    let proof = IndexProof::open(Some(travelled))?;
    match proof.verify(&item.index_key(), root) {
        // An index leaf counts its entries; only a set's leaf has none.
        Ok(Lookup::Present(Leaf { count: 0, head, .. })) => Some(Answer::Holds(head)),
        Ok(Lookup::Absent) if proof.landing.is_none_or(|leaf| leaf.count == 0) => Some(Answer::Lacks),
        _ => None,
    }
}
