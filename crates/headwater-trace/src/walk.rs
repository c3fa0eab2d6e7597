//! The walk: it finds the subjects that a story needs, in an order that is the same for every program.
//!
//! The builder of a trace and its verifier run this same walk. The walk does no I/O: [`Walk::next_subject`] names the next
//! subject, and the caller answers with its chain, until there is no next subject. The walk needs:
//!
//! - the asked subject;
//! - for an item its lots, its model and the register of the model's sets; for a lot its model and the list of its items;
//! - the operator;
//! - for every entry of a needed subject the party that signed, its principal with the delegation between the two, and the
//!   parties that a party event concerns;
//! - the delegations between owners and testers of the goods;
//! - the units that a needed item, a needed unit or the asked lot was in, for the time in the unit;
//! - each input of a transformation that made a needed subject, with its lots and model, up to the moment of the
//!   transformation.
//!
//! The walk is breadth first, by level. Units and inputs of a subject are one level deeper. Within a level, the order is
//! that of the entry that leads to them, then of their place in its list of subjects. Parties and delegations are at the
//! level of the entries that they signed: after the goods of level 0, and before the next goods at a deeper level.
//!
//! The walk takes a subject whole or not at all. Once a [limit](Caps) is reached, goods at level 2 or deeper are left out,
//! and at a larger limit those at level 1. Parties and delegations are never left out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use headwater_event::event::Event;
use headwater_event::kind::KindBody;
use headwater_event::kind::transformation::Transformation;
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::tree::LeafIndex;

use crate::chain_view::{ChainEntry, ChainView};
use crate::packing::stays;
use crate::ties::Ties;
use crate::window::{Moment, Window};

/// Limits at which a walk goes no deeper.
pub struct Caps;

impl Caps {
    /// Largest number of subjects.
    pub const SUBJECTS: usize = 512;
    /// Largest number of entries, each counted once.
    pub const ENTRIES: usize = 4_096;
    /// Largest sum of the lengths of those entries, in bytes.
    pub const BYTES: usize = 8 << 20;
    /// Limit for goods at level 1, in bytes: the entries so far with [`Caps::ENTRY_WEIGHT`] each, and
    /// [`Caps::SUBJECT_WEIGHT`] for each subject.
    pub const FIRST_BYTES: usize = 24 << 20;
    /// Bytes that an entry counts beside its own length: its inclusion proof and its log index.
    pub const ENTRY_WEIGHT: usize = 1_536;
    /// Bytes that a subject counts beside its entries: its proofs in the index and in a set.
    pub const SUBJECT_WEIGHT: usize = 6 << 10;
    /// Number of lots of an asked item at the item's own level; further lots are one level deeper.
    pub const LOTS: usize = 2;
    /// Number of levels; deeper ones are left out.
    pub const LEVELS: usize = 64;
    /// Largest number of visits; a subject is visited once for each window.
    pub const VISITS: usize = 8_192;
}

/// Query about a product, from a label, a link or a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Query {
    /// Subject that the query is about.
    pub subject: Subject,
    /// Lot that the label names beside an item.
    pub lot: Option<Subject>,
}

/// Relation of a visited subject to the asked one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The asked subject itself.
    Asked,
    /// The lot of the asked item: the bound or proven one, or else the one that is claimed first.
    Lot,
    /// Another lot that the label or entries name for the asked item.
    NamedLot,
    /// The model of the asked subject.
    Model,
    /// A logistic unit in which the product was.
    Unit,
    /// An input of the product, with its lots and its model.
    Input,
    /// A logistic unit in which an input was.
    InputUnit,
    /// The register of the model's sets, or the list of the lot's items.
    Register,
    /// A party or delegation, for the right to sign.
    Authority,
}

impl Relation {
    /// Whether a visit is about the product itself, and not about its inputs (E7).
    pub fn is_own(self) -> bool {
        !matches!(self, Relation::Input | Relation::InputUnit)
    }

    /// Whether the entries of a visit are part of a story (E5).
    pub fn has_story_entries(self) -> bool {
        !matches!(self, Relation::Register | Relation::Authority)
    }

    /// Rank of a visit by the subjects that it leads to: a visit covers another one of the same or a lower rank.
    fn rank(self) -> u8 {
        match self {
            Relation::Authority | Relation::Register => 0,
            Relation::NamedLot => 1,
            Relation::Input | Relation::InputUnit => 2,
            Relation::Unit | Relation::Lot | Relation::Model => 3,
            Relation::Asked => 4,
        }
    }
}

/// One step of the walk: a subject, the part of its chain that belongs to the story, and the relation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Visit {
    /// Subject that the walk visits.
    pub subject: Subject,
    /// Window of the chain that belongs to the story.
    pub window: Window,
    /// Relation of the subject to the asked one.
    pub relation: Relation,
    /// Level of the visit: 0 for the asked subject, one more for each unit or input on the way.
    pub level: usize,
    /// Index, in the list of visits, of the visit that led here.
    pub from: Option<usize>,
}

/// State of a walk that is not finished.
#[derive(Debug)]
pub struct Walk {
    query: Query,
    operator: Subject,
    level: usize,
    queue: VecDeque<Visit>,
    /// Parties and delegations at the present level.
    rights: VecDeque<Visit>,
    deeper: Vec<(LeafIndex, usize, Visit)>,
    visits: Vec<Visit>,
    known: BTreeSet<Subject>,
    /// Lots and items that the product was made of, each with the lots that events claim for it.
    inputs: BTreeMap<Subject, BTreeSet<Subject>>,
    ties: Ties,
    entries: BTreeSet<LeafIndex>,
    bytes: usize,
    complete: bool,
    open: Option<Visit>,
}

/// Returns the subject of the delegation from one party to another.
pub fn delegation(grantor: &PartyKey, grantee: &PartyKey) -> Subject {
    let key = |party: &PartyKey| Subject::Party(party.clone()).index_key();
    Subject::Delegation { grantor: key(grantor), grantee: key(grantee) }
}

impl Walk {
    /// Begins a walk from the asked subject and the operator (W1).
    pub fn new(query: &Query, operator: &PartyKey) -> Self {
        let operator = Subject::Party(operator.clone());
        let visit = |subject, relation| Visit { subject, window: Window::ALL, relation, level: 0, from: None };
        let first = visit(query.subject.clone(), Relation::Asked);
        let rights = [visit(operator.clone(), Relation::Authority)];
        Self {
            query: query.clone(),
            operator,
            level: 0,
            queue: [first].into(),
            rights: rights.into(),
            deeper: Vec::new(),
            visits: Vec::new(),
            known: BTreeSet::new(),
            inputs: BTreeMap::new(),
            ties: Ties::default(),
            entries: BTreeSet::new(),
            bytes: 0,
            complete: true,
            open: None,
        }
    }

    /// Returns the next subject whose chain the walk needs. The caller answers with [`Walk::feed`].
    pub fn next_subject(&mut self) -> Option<Subject> {
        loop {
            // Level 0 takes goods before rights, and a deeper level takes rights before goods (W4).
            let visit = match self.level {
                0 => self.queue.pop_front().or_else(|| self.rights.pop_front()),
                _ => self.rights.pop_front().or_else(|| self.queue.pop_front()),
            };
            let Some(visit) = visit else {
                if self.deeper.is_empty() {
                    return None;
                }
                self.level += 1;
                self.deeper.sort_by_key(|(log_index, place, _)| (*log_index, *place));
                self.queue = self.deeper.drain(..).map(|(_, _, visit)| visit).collect();
                continue;
            };
            // The operator is the first of the rights, so that the family is walked by now: the ties follow (W5).
            if visit.relation == Relation::Authority && visit.subject == self.operator && !self.ties.is_done {
                self.ties.is_done = true;
                let ties: Vec<Subject> = self.ties.delegations().collect();
                ties.into_iter().for_each(|tie| self.authority(tie, visit.from));
            }
            // A visit that an earlier one covers is skipped (W6).
            let walked = |other: &Visit| {
                other.subject == visit.subject
                    && other.relation.rank() >= visit.relation.rank()
                    && other.window.covers(&visit.window)
            };
            if self.visits.iter().any(walked) {
                continue;
            }
            // A limit leaves out goods alone (W7). The right of a signer comes with every chain that is shown.
            let is_full = match visit.level {
                0 => false,
                1 => self.is_full_at_first(),
                level => self.is_full(level),
            };
            if is_full && visit.relation != Relation::Authority {
                self.complete = false;
                continue;
            }
            let subject = visit.subject.clone();
            self.known.insert(subject.clone());
            self.open = Some(visit);
            return Some(subject);
        }
    }

    fn is_full(&self, level: usize) -> bool {
        self.known.len() >= Caps::SUBJECTS
            || self.entries.len() >= Caps::ENTRIES
            || self.bytes >= Caps::BYTES
            || self.visits.len() >= Caps::VISITS
            || level >= Caps::LEVELS
    }

    fn is_full_at_first(&self) -> bool {
        let weight = self.entries.len() * Caps::ENTRY_WEIGHT + self.known.len() * Caps::SUBJECT_WEIGHT;
        self.bytes + weight >= Caps::FIRST_BYTES || self.visits.len() >= Caps::VISITS
    }

    /// Answers [`Walk::next_subject`] with the subject's whole chain, in log order. `chain` is empty when the index proves
    /// that the chain is empty, and for a closed chain. `sets` are the lots of the sets that hold an item and that nothing
    /// strikes, by log index.
    pub fn feed(&mut self, chain: &ChainView<'_>, sets: &[Subject]) {
        let Some(visit) = self.open.take() else {
            return;
        };
        // Each entry counts once (W8).
        for entry in chain.entries() {
            if self.entries.insert(entry.log_index) {
                self.bytes += entry.bytes_len;
            }
        }
        let from = self.visits.len();
        self.visits.push(visit.clone());
        for entry in chain.entries() {
            self.signers(entry, from);
        }
        if matches!(visit.relation, Relation::Asked | Relation::Lot | Relation::Model | Relation::Register) {
            chain.entries().iter().filter_map(|entry| entry.event).for_each(|event| self.ties.see(event));
        }
        if !visit.relation.has_story_entries() {
            return;
        }
        if visit.relation == Relation::Asked {
            self.family(&visit.subject, chain, sets, from);
        }
        // An input that is an item leads to its lot (W12).
        if visit.relation == Relation::Input && matches!(visit.subject, Subject::Item(..)) {
            let lot = chain.bound_lot(&visit.subject).or(sets.first());
            if let Some(lot) = lot {
                self.queue.push_back(Visit { subject: lot.clone(), from: Some(from), ..visit.clone() });
            }
        }
        self.lead_to_units(&visit, chain, from);
        if visit.relation != Relation::NamedLot {
            self.lead_to_inputs(&visit, chain, from);
        }
    }

    /// Adds each unit that a visited subject lay in, for the time in the unit (W10).
    fn lead_to_units(&mut self, visit: &Visit, chain: &ChainView<'_>, from: usize) {
        let lies_in_units = match visit.subject {
            Subject::Item(..) | Subject::LogisticUnit(_) => true,
            Subject::Lot(..) => visit.relation == Relation::Asked,
            _ => false,
        };
        if !lies_in_units {
            return;
        }
        let relation = if visit.relation.is_own() { Relation::Unit } else { Relation::InputUnit };
        for (parent, interval, log_index, place) in stays(&visit.subject, chain) {
            if let Some(window) = visit.window.and(&interval) {
                let unit = Visit { subject: parent, window, relation, level: visit.level + 1, from: Some(from) };
                self.deeper.push((log_index, place, unit));
            }
        }
    }

    /// Adds the inputs of each transformation that made a visited subject, up to the transformation (W11).
    fn lead_to_inputs(&mut self, visit: &Visit, chain: &ChainView<'_>, from: usize) {
        for (entry, event) in chain.unstruck() {
            let KindBody::Transformation(made) = &event.body else {
                continue;
            };
            let before = Window { from: Moment::MIN, until: entry.moment() };
            let window = visit.window.and(&before).filter(|_| visit.window.contains(entry.moment()));
            let Some(window) = window.filter(|_| event.makes(&visit.subject)) else {
                continue;
            };
            for (place, goods) in inputs_of(event, made) {
                // The goods are an input even if an earlier visit covers them. The lot beside them and the model are not (W16).
                self.inputs.entry(goods.key.clone()).or_default().extend(goods.lot.clone());
                let model = goods.key.gtin().cloned().map(Subject::Model);
                for subject in [Some(goods.key.clone()), goods.lot.clone(), model].into_iter().flatten() {
                    let input =
                        Visit { subject, window, relation: Relation::Input, level: visit.level + 1, from: Some(from) };
                    self.deeper.push((entry.log_index, place, input));
                }
            }
        }
    }

    /// Queues the lots, the model and the register or list of the asked subject.
    fn family(&mut self, asked: &Subject, chain: &ChainView<'_>, sets: &[Subject], from: usize) {
        let mut family: Vec<(Subject, Relation)> = Vec::new();
        let model = asked.gtin().cloned();
        if let Subject::Item(..) = asked {
            // The lots: bound or of sets, of the label, of transformations; the first as `lot`, the others as `named_lot` (W2).
            let bound = chain.bound_lot(asked);
            let proven: Vec<&Subject> = bound.map_or_else(|| sets.iter().collect(), |bound| vec![bound]);
            let makings = chain.unstruck().filter(|(_, event)| event.makes(asked));
            let named = makings.filter_map(|(_, event)| event.lot_beside(asked));
            for lot in proven.into_iter().chain(&self.query.lot).chain(named) {
                if !family.iter().any(|(other, _)| other == lot) {
                    family.push((lot.clone(), if family.is_empty() { Relation::Lot } else { Relation::NamedLot }));
                }
            }
            family.extend(model.clone().map(|model| (Subject::Model(model), Relation::Model)));
            // The register follows for an item that no listed commissioning binds, and the list for a lot (W3).
            if bound.is_none() {
                family.extend(model.map(|model| (Subject::Register(model), Relation::Register)));
            }
        } else if let Subject::Lot(gtin, lot) = asked {
            family.push((Subject::Model(gtin.clone()), Relation::Model));
            family.push((Subject::List(gtin.clone(), lot.clone()), Relation::Register));
        }
        // Lots after the first ones come before all other goods one level deeper, in their order.
        let lots = family.iter().filter(|(_, relation)| matches!(relation, Relation::Lot | Relation::NamedLot)).count();
        for (place, (subject, relation)) in family.drain(Caps::LOTS.min(lots)..lots).enumerate() {
            let lot = Visit { subject, window: Window::ALL, relation, level: 1, from: Some(from) };
            self.deeper.push((LeafIndex::FIRST, place, lot));
        }
        for (subject, relation) in family {
            self.queue.push_back(Visit { subject, window: Window::ALL, relation, level: 0, from: Some(from) });
        }
    }

    /// Queues the parties and the delegations that decide the right to sign an entry (W9).
    fn signers(&mut self, entry: &ChainEntry<'_>, from: usize) {
        let signer = entry.event.map(|event| (&event.party, event.principal.as_ref()));
        let signer = signer.or(entry.newer.map(|newer| (&newer.party, newer.principal.as_ref())));
        let Some((party, principal)) = signer else {
            return;
        };
        let mut needed = vec![Subject::Party(party.clone())];
        if let Some(principal) = principal {
            needed.extend([Subject::Party(principal.clone()), delegation(principal, party)]);
        }
        // A party event can be judged only with the registration of the party that the event concerns.
        if let Some((event, KindBody::Party(body))) = entry.event.map(|event| (event, &event.body)) {
            let (grantor, grantee) = body.delegation().unzip();
            let concerned = [grantor, grantee, body.concerned(event)].into_iter().flatten();
            needed.extend(concerned.cloned().map(Subject::Party));
        }
        for subject in needed {
            self.authority(subject, Some(from));
        }
    }

    /// Queues a party or delegation after those of the level, unless the walk has read its chain.
    fn authority(&mut self, subject: Subject, from: Option<usize>) {
        if !self.known.contains(&subject) {
            let level = self.level;
            self.rights.push_back(Visit { subject, window: Window::ALL, relation: Relation::Authority, level, from });
        }
    }

    /// Every subject whose chain the walk needed.
    pub fn subjects(&self) -> &BTreeSet<Subject> {
        &self.known
    }

    /// Ends the walk and returns its result.
    pub fn into_found(self) -> Found {
        let Ties { owners, brand, .. } = self.ties;
        Found { visits: self.visits, inputs: self.inputs, owners, brand, complete: self.complete }
    }
}

/// Result of a walk.
#[derive(Clone, Debug)]
pub struct Found {
    /// Every visit, in the order of the walk.
    pub visits: Vec<Visit>,
    /// Lots and items that the product was made of, even if an earlier visit covers them. Each comes with the lots that
    /// transformations claim for it.
    pub inputs: BTreeMap<Subject, BTreeSet<Subject>>,
    /// Owners of the goods, by their keys.
    pub owners: BTreeSet<PartyKey>,
    /// First of the owners in the order of the walk.
    pub brand: Option<PartyKey>,
    /// Whether the walk left nothing out because of a limit.
    pub complete: bool,
}

/// Returns the inputs of a transformation, each with its place in the event's list of subjects (W15).
pub(crate) fn inputs_of<'a>(
    event: &'a Event,
    made: &'a Transformation,
) -> impl Iterator<Item = (usize, &'a headwater_event::event::SubjectRef)> {
    let is_input = |key: &Subject| made.inputs(event).any(|input| input == key);
    event.subjects.iter().enumerate().filter(move |(_, named)| is_input(&named.key))
}
