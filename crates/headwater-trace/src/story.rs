//! The composed story: what happened to the thing in the hand, gathered from every chain that its trace proves.
//!
//! Order is claimed time, then log index. Windows decide what is told; recalls and corrections ignore them: a recall of
//! an input, published years later, reaches everything that was made of it.

use std::collections::BTreeMap;

use headwater_event::authority::Standing;
use headwater_event::event::{Event, Role};
use headwater_event::kind::production::Production;
use headwater_event::kind::recall::{RangeProperty, Recall};
use headwater_event::kind::{Kind, KindBody};
use headwater_event::rules::{Finding, Rules};
use headwater_event::subject::Subject;
use headwater_tlog::hash::Hash;

use crate::course;
use crate::verify::{Proven, VerifiedTrace};
use crate::walk::{Via, Visit, bound_lot, struck};

/// One way by which an entry belongs to a story.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Way {
    /// What the subject is to what was asked for.
    pub via: Via,
    /// The subject whose chain carries the entry.
    pub subject: Subject,
}

/// One entry of a story.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// The entry.
    pub entry: &'a Proven,
    /// Its event.
    pub event: &'a Event,
    /// Every way by which it belongs here.
    pub ways: Vec<Way>,
    /// Whether a correction strikes it through; it then has no effect.
    pub is_struck: bool,
    /// Whether it is about a part of a lot, so that it may or may not be about this item.
    pub may_apply: bool,
    /// How its signature stands by what is known now.
    pub standing: Standing,
    /// Rules that it breaks, alone or beside what came before.
    pub findings: Vec<Finding>,
    /// Whether it cannot follow from what came before; it then has no effect.
    pub is_out_of_course: bool,
}

impl Told<'_> {
    /// Whether it counts: nobody took it back, and it can follow from what came before.
    pub fn has_effect(&self) -> bool {
        !self.is_struck && !self.is_out_of_course
    }

    /// Whether it counts as a fact about what was asked for.
    pub fn is_fact(&self) -> bool {
        self.has_effect() && !self.may_apply
    }

    /// Whether it comes from what the product was made of, not from the product itself.
    pub fn is_of_input(&self) -> bool {
        self.ways.iter().all(|way| way.via == Via::Input)
    }
}

/// Something that a recall can be about: an item with its lot and model, or a lot with its model.
struct Thing<'a> {
    item: Option<&'a Subject>,
    lot: Option<&'a Subject>,
    /// The lot that the label names, or that the records bind without proving it: its recall counts too.
    claimed_lot: Option<&'a Subject>,
    model: Option<Subject>,
    production: Option<&'a Production>,
}

/// The composed story of one trace.
#[derive(Clone, Debug)]
pub struct Story<'a> {
    trace: &'a VerifiedTrace,
    told: Vec<Told<'a>>,
    recalls: Vec<&'a Proven>,
}

impl<'a> Story<'a> {
    /// Composes the story of a verified trace.
    pub fn compose(trace: &'a VerifiedTrace) -> Self {
        let mut told: BTreeMap<(u64, u64), Told<'a>> = BTreeMap::new();
        for visit in trace.visits().iter().filter(|visit| visit.via != Via::Authority) {
            let strikes = struck(&trace.steps(&visit.subject));
            for entry in trace.chain(&visit.subject) {
                let Some(event) = entry.event.as_ref().map(|authorized| authorized.event()) else {
                    continue;
                };
                if !tells(visit, event, entry) {
                    continue;
                }
                let key = (event.occurred_at_ms, entry.log_index);
                let may_apply = of_a_part(trace, visit, event);
                let way = Way { via: visit.via.clone(), subject: visit.subject.clone() };
                let one = told.entry(key).or_insert_with(|| Told {
                    entry,
                    event,
                    ways: Vec::new(),
                    is_struck: strikes.contains(&entry.leaf),
                    may_apply,
                    standing: standing(trace, entry),
                    findings: Rules::check(event),
                    is_out_of_course: false,
                });
                one.may_apply &= may_apply;
                if !one.ways.contains(&way) {
                    one.ways.push(way);
                }
            }
        }
        let mut told: Vec<Told<'a>> = told.into_values().collect();
        course::follow(&mut told, trace);
        let mut story = Self { trace, told, recalls: Vec::new() };
        story.recalls = story.matching_recalls();
        story
    }

    /// The trace that this is the story of.
    pub fn trace(&self) -> &'a VerifiedTrace {
        self.trace
    }

    /// The entries, in order.
    pub fn told(&self) -> &[Told<'a>] {
        &self.told
    }

    /// The entries that are facts about what was asked for, in order.
    pub fn facts(&self) -> impl DoubleEndedIterator<Item = &Told<'a>> {
        self.told.iter().filter(|told| told.is_fact() && !told.is_of_input())
    }

    /// The recalls in force that match: of the item, its lot, its model or anything it was made of.
    pub fn recalls(&self) -> impl Iterator<Item = (&'a Proven, &'a Recall)> {
        self.recalls.iter().filter_map(|entry| Some((*entry, recall_of(entry)?)))
    }

    /// The lot that the story is about: the one asked for, or the one that is proven for the item.
    pub fn lot(&self) -> Option<&'a Subject> {
        match &self.trace.asked().subject {
            lot @ Subject::Lot(..) => Some(lot),
            _ => self.trace.proven_lot(),
        }
    }

    /// The production that made the lot: the first that stands; all others agree with it.
    pub fn production(&self) -> Option<&'a Production> {
        self.lot().and_then(|lot| self.production_of(lot))
    }

    fn production_of(&self, lot: &Subject) -> Option<&'a Production> {
        let stands = self.told.iter().filter(|told| told.has_effect());
        let mut of_lot = stands.filter(|told| told.ways.iter().any(|way| way.subject == *lot));
        of_lot.find_map(|told| match &told.event.body {
            KindBody::Production(production) => Some(production),
            _ => None,
        })
    }

    fn matching_recalls(&self) -> Vec<&'a Proven> {
        let things = self.things();
        let visited: Vec<&Subject> = self
            .trace
            .visits()
            .iter()
            .filter(|visit| visit.via != Via::Authority)
            .map(|visit| &visit.subject)
            .collect();
        let mut entries: BTreeMap<u64, &'a Proven> = BTreeMap::new();
        for subject in visited {
            entries.extend(self.trace.chain(subject).map(|entry| (entry.log_index, entry)));
        }
        // A lift with a key that was in other hands lifts nothing until its party stands by it.
        let stands = entries.values().filter(|entry| standing(self.trace, entry) == Standing::Valid);
        let lifted: Vec<Hash> = stands.filter_map(|entry| recall_of(entry)?.lifts).collect();
        let in_force = entries.values().filter(|entry| {
            let Some((authorized, recall)) = entry.event.as_ref().zip(recall_of(entry)) else {
                return false;
            };
            let event = authorized.event();
            !recall.is_lift()
                && !lifted.contains(&authorized.hash())
                && things.iter().any(|thing| thing.is_recalled(event, recall))
        });
        in_force.copied().collect()
    }

    fn things(&self) -> Vec<Thing<'a>> {
        let asked = &self.trace.asked().subject;
        let model = asked.gtin().cloned().map(Subject::Model);
        let lot = self.lot();
        let item = matches!(asked, Subject::Item(..)).then_some(asked);
        let claimed_lot = self.trace.visits().iter().find(|visit| visit.via == Via::Lot).map(|visit| &visit.subject);
        let production = lot.and_then(|lot| self.production_of(lot));
        let mut things = vec![Thing { item, lot, claimed_lot, model, production }];
        for visit in self.trace.visits().iter().filter(|visit| visit.via == Via::Input) {
            let subject = &visit.subject;
            let (item, lot) = match subject {
                Subject::Item(..) => {
                    let strikes = struck(&self.trace.steps(subject));
                    let counting = self.trace.chain(subject).filter(|entry| !strikes.contains(&entry.leaf));
                    let events = counting.filter_map(|entry| entry.event.as_ref()).map(|event| event.event());
                    (Some(subject), bound_lot(subject, events))
                }
                Subject::Lot(..) => (None, Some(subject)),
                _ => continue,
            };
            let production = lot.and_then(|lot| self.production_of(lot));
            let model = subject.gtin().cloned().map(Subject::Model);
            things.push(Thing { item, lot, claimed_lot: None, model, production });
        }
        things
    }
}

impl Thing<'_> {
    fn is_recalled(&self, event: &Event, recall: &Recall) -> bool {
        recall.scope.iter().any(|scope| {
            let subjects =
                scope.subjects.as_slice().iter().filter_map(|place| event.subject(*place)).map(|named| &named.key);
            let named = |subject| [self.item, self.lot, self.claimed_lot, self.model.as_ref()].contains(&Some(subject));
            let within = || scope.ranges.iter().any(|range| range.matches(self.property(range.property).as_deref()));
            subjects.into_iter().any(named) && (scope.ranges.is_empty() || within())
        })
    }

    fn property(&self, property: RangeProperty) -> Option<String> {
        match property {
            RangeProperty::Lot => match self.lot? {
                Subject::Lot(_, lot) => Some(lot.to_string()),
                _ => None,
            },
            RangeProperty::Serial => match self.item? {
                Subject::Item(_, serial) => Some(serial.to_string()),
                _ => None,
            },
            RangeProperty::ProductionDate => self.production.map(|production| production.production_date.to_string()),
            RangeProperty::ExpiryDate => self.production.and_then(Production::use_by).map(ToString::to_string),
        }
    }
}

fn recall_of(entry: &Proven) -> Option<&Recall> {
    match &entry.event.as_ref()?.event().body {
        KindBody::Recall(recall) => Some(recall),
        _ => None,
    }
}

/// Whether an entry on a visited chain is told: within the window, and of a unit only what happens to the unit.
fn tells(visit: &Visit, event: &Event, entry: &Proven) -> bool {
    let always = matches!(event.kind(), Kind::Recall | Kind::Correction);
    let moment = crate::window::Moment { occurred_at_ms: event.occurred_at_ms, log_index: entry.log_index };
    let within = always || visit.window.contains(moment);
    let of_the_unit = match &event.body {
        // What else was packed into the unit is not this item's story.
        KindBody::Aggregation(aggregation) => {
            visit.via != Via::Unit || aggregation.parent(event) != Some(&visit.subject)
        }
        _ => true,
    };
    within && of_the_unit
}

/// Whether an event on a visited chain is about a part of a lot only.
fn of_a_part(trace: &VerifiedTrace, visit: &Visit, event: &Event) -> bool {
    match visit.via {
        Via::Unit => lies_below_a_lot(trace, visit),
        Via::Lot => event.takes_part_of(&visit.subject) && event.kind() != Kind::Production,
        _ => false,
    }
}

/// Whether the way to a unit leads through a lot, which may lie in several.
fn lies_below_a_lot<'a>(trace: &'a VerifiedTrace, mut visit: &'a Visit) -> bool {
    while let Some(from) = visit.from.and_then(|from| trace.visits().get(from)) {
        if visit.via == Via::Unit && matches!(from.subject, Subject::Lot(..)) {
            return true;
        }
        visit = from;
    }
    false
}

fn standing(trace: &VerifiedTrace, entry: &Proven) -> Standing {
    match &entry.event {
        Some(event) => trace.authority().standing(event, trace.proven_ms(entry.log_index)),
        None => Standing::Valid,
    }
}

/// Whether customs itself says so; from anybody else it is a claim.
pub fn is_attested(event: &Event) -> bool {
    event.role == Role::Customs
}
