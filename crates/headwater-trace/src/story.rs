//! The story of a subject: its verified events, gathered from every chain that its trace proves.
//!
//! Entries are in the order of claimed time, then of log index. Windows decide which entries belong to the story. Recalls
//! and corrections are not limited by windows: a recall of an input, published years later, reaches everything that was
//! made of the input.

use std::collections::BTreeMap;

use headwater_event::authority::Standing;
use headwater_event::event::Event;
use headwater_event::gs1::Serial;
use headwater_event::kind::production::Production;
use headwater_event::kind::recall::{RangeProperty, Recall};
use headwater_event::kind::{Kind, KindBody};
use headwater_event::newer::Class;
use headwater_event::rules::Rules;
use headwater_event::subject::Subject;
use headwater_tlog::hash::Hash;
use headwater_tlog::tree::LeafIndex;

use crate::course;
use crate::story_entry::{RelationTo, StoryEntry};
use crate::turn::give_way;
use crate::verify::{Proven, VerifiedTrace};
use crate::walk::{Relation, Visit};

/// Goods that a recall can cover, and the properties that its ranges compare.
struct Target<'a> {
    /// Every subject by which a recall can name the goods.
    subjects: Vec<Subject>,
    serial: Option<&'a Serial>,
    /// Lot that entries prove for the goods.
    lot: Option<Subject>,
    production: Option<&'a Production>,
}

/// The composed story of one trace.
#[derive(Clone, Debug)]
pub struct Story<'a> {
    trace: &'a VerifiedTrace,
    entries: Vec<StoryEntry<'a>>,
    recalls: Vec<&'a Proven>,
}

impl<'a> Story<'a> {
    /// Composes the story of a verified trace.
    pub fn compose(trace: &'a VerifiedTrace) -> Self {
        let mut entries: BTreeMap<(u64, LeafIndex), StoryEntry<'a>> = BTreeMap::new();
        for visit in trace.visits().iter().filter(|visit| visit.relation.has_story_entries()) {
            let struck = trace.struck_of(&visit.subject);
            for entry in trace.chain(&visit.subject) {
                give_way();
                // A newer entry is never a story entry (E6).
                let Some(event) = entry.event().map(|authorized| authorized.event()) else {
                    continue;
                };
                if !belongs(visit, event, entry) {
                    continue;
                }
                let key = (event.occurred_at_ms, entry.log_index());
                let to = RelationTo { relation: visit.relation, subject: visit.subject.clone() };
                let one = entries.entry(key).or_insert_with(|| StoryEntry {
                    entry,
                    event,
                    relations: Vec::new(),
                    is_struck: struck.holds(&entry.leaf()),
                    may_apply: false,
                    standing: standing(trace, entry),
                    findings: Rules::check(event),
                    is_out_of_course: false,
                });
                if visit.relation.is_own() {
                    let is_first = one.relations.iter().all(|to| !to.relation.is_own());
                    one.may_apply = (is_first || one.may_apply) && shows_a_part(trace, visit, event);
                }
                if !one.relations.contains(&to) {
                    one.relations.push(to);
                }
            }
        }
        let mut entries: Vec<StoryEntry<'a>> = entries.into_values().collect();
        course::follow(&mut entries, trace);
        let mut story = Self { trace, entries, recalls: Vec::new() };
        story.recalls = story.matching_recalls();
        story
    }

    /// Trace that the story was composed from.
    pub fn trace(&self) -> &'a VerifiedTrace {
        self.trace
    }

    /// Entries of the story, in order.
    pub fn entries(&self) -> &[StoryEntry<'a>] {
        &self.entries
    }

    /// Entries that are facts about the asked subject, in order. For an asked lot, an event about a part of the lot is a
    /// fact about the lot (E9).
    pub fn facts(&self) -> impl DoubleEndedIterator<Item = &StoryEntry<'a>> {
        let is_lot = matches!(self.trace.query().subject, Subject::Lot(..));
        self.entries
            .iter()
            .filter(move |shown| shown.has_effect() && !shown.is_of_input() && (is_lot || !shown.may_apply))
    }

    /// Warnings of a newer kind on the chains of the story, in log order. A reader shows them like a recall (V3).
    pub fn alarms(&self) -> impl Iterator<Item = &'a Proven> {
        let mut alarms: BTreeMap<LeafIndex, &'a Proven> = BTreeMap::new();
        for visit in self.trace.visits().iter().filter(|visit| visit.relation.has_story_entries()) {
            let newer = self.trace.chain(&visit.subject).filter(|entry| entry.newer() == Some(Class::Alarm));
            alarms.extend(newer.map(|entry| (entry.log_index(), entry)));
        }
        alarms.into_values()
    }

    /// Recalls in force that match: of the item, its lot, its model, or goods that it was made of.
    pub fn recalls(&self) -> impl Iterator<Item = (&'a Proven, &'a Recall)> {
        self.recalls.iter().filter_map(|entry| Some((*entry, recall_of(entry)?)))
    }

    /// Lot that the story is about: the asked one, or the one that is proven for the item (E10).
    pub fn lot(&self) -> Option<&'a Subject> {
        match &self.trace.query().subject {
            lot @ Subject::Lot(..) => Some(lot),
            _ => self.trace.proven_lot(),
        }
    }

    /// The first production of the lot that has an effect; later ones with effect state the same use-by date and country of
    /// origin.
    pub fn production(&self) -> Option<&'a Production> {
        self.lot().and_then(|lot| self.production_of(lot))
    }

    /// Returns the first production of a lot that has an effect (E11).
    fn production_of(&self, lot: &Subject) -> Option<&'a Production> {
        let stands = self.entries.iter().filter(|shown| shown.has_effect());
        let mut of_lot = stands.filter(|shown| shown.relations.iter().any(|to| to.subject == *lot));
        of_lot.find_map(|shown| match &shown.event.body {
            KindBody::Production(production) => Some(production),
            _ => None,
        })
    }

    /// Returns the recalls that no lift names and that cover a target (V2).
    fn matching_recalls(&self) -> Vec<&'a Proven> {
        let targets = self.targets();
        let mut entries: BTreeMap<LeafIndex, &'a Proven> = BTreeMap::new();
        for visit in self.trace.visits().iter().filter(|visit| visit.relation.has_story_entries()) {
            entries.extend(self.trace.chain(&visit.subject).map(|entry| (entry.log_index(), entry)));
        }
        // A lift that a compromised key signed lifts nothing until its party re-affirms it.
        let valid = entries.values().filter(|entry| standing(self.trace, entry) == Standing::Valid);
        let lifted: Vec<Hash> = valid.filter_map(|entry| recall_of(entry)?.lifts).collect();
        let in_force = entries.values().filter(|entry| {
            let Some((authorized, recall)) = entry.event().zip(recall_of(entry)) else {
                return false;
            };
            !recall.is_lift()
                && !lifted.contains(&authorized.hash())
                && targets.iter().any(|target| target.is_covered(authorized.event(), recall))
        });
        in_force.copied().collect()
    }

    /// Returns the asked subject with its lots and model, and each input with its own (V2a).
    fn targets(&self) -> Vec<Target<'a>> {
        let asked = &self.trace.query().subject;
        let lots =
            self.trace.visits().iter().filter(|visit| matches!(visit.relation, Relation::Lot | Relation::NamedLot));
        let lots = lots.map(|visit| visit.subject.clone());
        let own = self.target(asked, self.lot().cloned(), lots);
        let inputs = self.trace.inputs().map(|(input, named)| {
            let lot = match input {
                Subject::Lot(..) => Some(input.clone()),
                _ => self.trace.lot_of(input).cloned(),
            };
            self.target(input, lot, named.iter().cloned())
        });
        std::iter::once(own).chain(inputs).collect()
    }

    fn target(&self, goods: &'a Subject, lot: Option<Subject>, claimed: impl Iterator<Item = Subject>) -> Target<'a> {
        let model = goods.gtin().cloned().map(Subject::Model);
        let subjects = [Some(goods.clone()), lot.clone(), model].into_iter().flatten().chain(claimed).collect();
        let serial = match goods {
            Subject::Item(_, serial) => Some(serial),
            _ => None,
        };
        let production = lot.as_ref().and_then(|lot| self.production_of(lot));
        Target { subjects, serial, lot, production }
    }
}

impl Target<'_> {
    /// Whether a scope of a recall names the goods, and its ranges hold them (V2b).
    fn is_covered(&self, event: &Event, recall: &Recall) -> bool {
        recall.scope.iter().any(|scope| {
            let places = scope.subjects.as_slice().iter();
            let mut named = places.filter_map(|place| event.subject(*place)).map(|named| &named.key);
            let within = || scope.ranges.iter().any(|range| range.matches(self.property(range.property).as_deref()));
            named.any(|subject| self.subjects.contains(subject)) && (scope.ranges.is_empty() || within())
        })
    }

    fn property(&self, property: RangeProperty) -> Option<String> {
        match property {
            RangeProperty::Lot => match self.lot.as_ref()? {
                Subject::Lot(_, lot) => Some(lot.to_string()),
                _ => None,
            },
            RangeProperty::Serial => self.serial.map(ToString::to_string),
            RangeProperty::ProductionDate => self.production.map(|production| production.production_date.to_string()),
            RangeProperty::ExpiryDate => self.production.and_then(Production::use_by).map(ToString::to_string),
        }
    }
}

fn recall_of(entry: &Proven) -> Option<&Recall> {
    match &entry.event()?.event().body {
        KindBody::Recall(recall) => Some(recall),
        _ => None,
    }
}

/// Whether an entry on a visited chain belongs to the story: inside the window (E1). Recalls and corrections always do (E2).
/// On the chain of a unit, packing into that unit does not (E3). On that of a lot that is only named, no others do (E4).
fn belongs(visit: &Visit, event: &Event, entry: &Proven) -> bool {
    let always = matches!(event.kind(), Kind::Recall | Kind::Correction);
    let moment = crate::window::Moment { occurred_at_ms: event.occurred_at_ms, log_index: entry.log_index() };
    let within = visit.relation != Relation::NamedLot && visit.window.contains(moment);
    let of_the_unit = match &event.body {
        // Goods that were packed into the unit beside this item are not part of its story.
        KindBody::Aggregation(aggregation) => {
            !matches!(visit.relation, Relation::Unit | Relation::InputUnit)
                || aggregation.parent(event) != Some(&visit.subject)
        }
        _ => true,
    };
    (always || within) && of_the_unit
}

/// Whether an event on a visited chain may be about another part of a lot than the asked item, or about another lot (E8).
fn shows_a_part(trace: &VerifiedTrace, visit: &Visit, event: &Event) -> bool {
    match visit.relation {
        Relation::Unit => lies_below_a_lot(trace, visit),
        Relation::Lot | Relation::NamedLot => {
            let is_part = event.takes_part_of(&visit.subject) && event.kind() != Kind::Production;
            is_part || trace.proven_lot() != Some(&visit.subject)
        }
        _ => false,
    }
}

/// Whether the walk reached a unit through a lot, which may lie in several units.
fn lies_below_a_lot<'a>(trace: &'a VerifiedTrace, mut visit: &'a Visit) -> bool {
    while let Some(from) = visit.from.and_then(|from| trace.visits().get(from)) {
        if visit.relation == Relation::Unit && matches!(from.subject, Subject::Lot(..)) {
            return true;
        }
        visit = from;
    }
    false
}

fn standing(trace: &VerifiedTrace, entry: &Proven) -> Standing {
    match entry.event() {
        Some(event) => trace.authority().standing(event, trace.proven_ms(entry.log_index())),
        None => Standing::Valid,
    }
}
