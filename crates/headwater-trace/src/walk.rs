//! Which subjects a story needs, in an order that everybody finds alike.
//!
//! The builder of a trace and its verifier run this same walk. It does no I/O: [`Walk::next_subject`] names the next subject,
//! the caller answers with its chain, until there is no next. What it needs, in words: the asked subject; for an item
//! its lot and model, for a lot its model; the operator; for every entry of a needed subject the party that signed, its
//! principal with the delegation between the two, and whom a party event concerns; the units that a needed item, unit or asked lot lay in, while it
//! lay there; each input of a transformation that made a needed subject, with its lot and model, up to that moment.
//!
//! Levels are breadth first. Units and inputs of a subject stand one level deeper, sorted by the entry that leads there
//! and then by their place in its list of subjects; parties and delegations stand at the level of what they signed.
//! Subjects are taken whole. Once a [total](Caps) is reached, what stands at level 2 or deeper is left out.

use std::collections::{BTreeSet, VecDeque};

use headwater_event::event::{Event, Role};
use headwater_event::kind::aggregation::AggregationAction;
use headwater_event::kind::{Kind, KindBody};
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::hash::Hash;

use crate::recorded::Recorded;
use crate::window::{Moment, Window};

/// Totals at which a walk goes no deeper.
pub struct Caps;

impl Caps {
    /// Subjects.
    pub const SUBJECTS: usize = 512;
    /// Entries, each counted once.
    pub const ENTRIES: usize = 4_096;
    /// Bytes of those entries.
    pub const BYTES: usize = 8 << 20;
    /// Levels: what stands deeper is left out.
    pub const LEVELS: usize = 64;
    /// Visits: how often a subject is walked, once for each window.
    pub const VISITS: usize = 8_192;
}

/// What is asked for. It comes from whoever asks: a label, a link, a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// The subject.
    pub subject: Subject,
    /// The lot that the label names beside an item.
    pub lot: Option<Subject>,
}

/// One entry of a chain, as far as the walk reads it.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// Its place in the log.
    pub log_index: u64,
    /// Its leaf hash.
    pub leaf: Hash,
    /// How long it is.
    pub bytes_len: usize,
    /// The event, if that is what it holds.
    pub event: Option<&'a Event>,
}

impl<'a> Step<'a> {
    /// What the walk reads of an entry.
    pub fn of(entry: &'a Recorded) -> Self {
        Self { log_index: entry.log_index.get(), leaf: entry.leaf, bytes_len: entry.bytes_len, event: entry.claims() }
    }

    fn moment(&self) -> Moment {
        let occurred_at_ms = self.event.map_or(0, |event| event.occurred_at_ms);
        Moment { occurred_at_ms, log_index: self.log_index }
    }
}

/// How a story came to a subject.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// It is what was asked for.
    Asked,
    /// It is the item's lot.
    Lot,
    /// It is the model.
    Model,
    /// The subject lay in it.
    Unit,
    /// The subject was made of it.
    Input,
    /// It says who may sign.
    Authority,
}

/// A subject that was walked: what of its chain belongs to the story, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Visit {
    /// The subject.
    pub subject: Subject,
    /// Which moments of it.
    pub window: Window,
    /// How the walk came here.
    pub via: Via,
    /// How many units and inputs lie between.
    pub level: usize,
    /// The visit that led here.
    pub from: Option<usize>,
}

/// A walk under way.
#[derive(Debug)]
pub struct Walk {
    asked: Asked,
    level: usize,
    queue: VecDeque<Visit>,
    deeper: Vec<(u64, usize, Visit)>,
    visits: Vec<Visit>,
    known: BTreeSet<Subject>,
    entries: BTreeSet<u64>,
    bytes: usize,
    complete: bool,
    open: Option<Visit>,
}

impl Walk {
    /// Begins a walk.
    pub fn new(asked: &Asked, operator: &PartyKey) -> Self {
        let visit = |subject, via| Visit { subject, window: Window::ALL, via, level: 0, from: None };
        let queue = [visit(asked.subject.clone(), Via::Asked), visit(Subject::Party(operator.clone()), Via::Authority)];
        Self {
            asked: asked.clone(),
            level: 0,
            queue: queue.into(),
            deeper: Vec::new(),
            visits: Vec::new(),
            known: BTreeSet::new(),
            entries: BTreeSet::new(),
            bytes: 0,
            complete: true,
            open: None,
        }
    }

    /// The next subject whose chain is needed. [`Walk::feed`] follows.
    pub fn next_subject(&mut self) -> Option<Subject> {
        loop {
            let Some(visit) = self.queue.pop_front() else {
                if self.deeper.is_empty() {
                    return None;
                }
                self.level += 1;
                self.deeper.sort_by_key(|(log_index, place, _)| (*log_index, *place));
                self.queue = self.deeper.drain(..).map(|(_, _, visit)| visit).collect();
                continue;
            };
            let walked = |other: &Visit| {
                other.subject == visit.subject && other.via.walks_like(&visit.via) && other.window.covers(&visit.window)
            };
            if self.visits.iter().any(walked) {
                continue;
            }
            if visit.level > 1 && self.is_full(visit.level) {
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

    /// Answers [`Walk::next_subject`] with the subject's whole chain, in log order; empty when the index proves that there is
    /// none.
    pub fn feed(&mut self, chain: &[Step<'_>]) {
        let Some(visit) = self.open.take() else {
            return;
        };
        for step in chain {
            if self.entries.insert(step.log_index) {
                self.bytes += step.bytes_len;
            }
        }
        let from = self.visits.len();
        self.visits.push(visit.clone());
        for event in chain.iter().filter_map(|step| step.event) {
            self.signers(event, from);
        }
        if visit.via == Via::Authority {
            return;
        }
        let struck = struck(chain);
        let stands: Vec<(&Step<'_>, &Event)> = chain
            .iter()
            .filter(|step| !struck.contains(&step.leaf))
            .filter_map(|step| Some((step, step.event?)))
            .collect();
        if visit.via == Via::Asked {
            self.family(&visit.subject, &stands, from);
        }
        let into_units = match visit.subject {
            Subject::Item(..) | Subject::LogisticUnit(_) => true,
            Subject::Lot(..) => visit.via == Via::Asked,
            _ => false,
        };
        if into_units {
            for (parent, interval, log_index, place) in intervals(&visit.subject, &stands) {
                if let Some(window) = visit.window.and(&interval) {
                    self.deeper(
                        log_index,
                        place,
                        Visit { subject: parent, window, via: Via::Unit, level: visit.level + 1, from: Some(from) },
                    );
                }
            }
        }
        for (step, event) in &stands {
            if let KindBody::Transformation(made) = &event.body
                && visit.window.contains(step.moment())
                && made.outputs(event).any(|output| *output == visit.subject)
            {
                let before = Window { from: Moment::MIN, until: step.moment() };
                let Some(window) = visit.window.and(&before) else {
                    continue;
                };
                for (place, named) in event
                    .subjects
                    .iter()
                    .enumerate()
                    .filter(|(_, named)| made.inputs(event).any(|input| *input == named.key))
                {
                    let lot = named.lot.clone();
                    let model = named.key.gtin().cloned().map(Subject::Model);
                    for subject in [Some(named.key.clone()), lot, model].into_iter().flatten() {
                        self.deeper(
                            step.log_index,
                            place,
                            Visit { subject, window, via: Via::Input, level: visit.level + 1, from: Some(from) },
                        );
                    }
                }
            }
        }
    }

    /// The lot and the model of what was asked for.
    fn family(&mut self, asked: &Subject, stands: &[(&Step<'_>, &Event)], from: usize) {
        let visit = |subject, via| Visit { subject, window: Window::ALL, via, level: 0, from: Some(from) };
        let model = asked.gtin().cloned().map(Subject::Model);
        let family = match asked {
            Subject::Item(..) => {
                let lot = bound_lot(asked, stands.iter().map(|(_, event)| *event))
                    .cloned()
                    .or_else(|| self.asked.lot.clone());
                [lot.map(|lot| visit(lot, Via::Lot)), model.map(|model| visit(model, Via::Model))]
            }
            Subject::Lot(..) => [model.map(|model| visit(model, Via::Model)), None],
            _ => [None, None],
        };
        // In front of the operator, behind what was asked for.
        for member in family.into_iter().flatten().rev() {
            self.queue.push_front(member);
        }
    }

    fn signers(&mut self, event: &Event, from: usize) {
        let party = |party: &PartyKey| Subject::Party(party.clone());
        let mut needed = vec![party(&event.party)];
        if let Some(principal) = &event.principal {
            let (grantor, grantee) = (party(principal), party(&event.party));
            let between = Subject::Delegation { grantor: grantor.index_key(), grantee: grantee.index_key() };
            needed.extend([grantor, between]);
        }
        // What a party event changes can only be judged beside the registration of whom it concerns.
        if let KindBody::Party(body) = &event.body {
            let (grantor, grantee) = body.delegation().unzip();
            needed.extend([grantor, grantee, body.concerned(event)].into_iter().flatten().map(party));
        }
        for subject in needed {
            if !self.known.contains(&subject) {
                self.queue.push_back(Visit {
                    subject,
                    window: Window::ALL,
                    via: Via::Authority,
                    level: self.level,
                    from: Some(from),
                });
            }
        }
    }

    fn deeper(&mut self, log_index: u64, place: usize, visit: Visit) {
        self.deeper.push((log_index, place, visit));
    }

    /// Whether nothing was left out because a total was reached.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Everything that was walked, in order.
    pub fn into_visits(self) -> Vec<Visit> {
        self.visits
    }

    /// Every subject that was needed.
    pub fn subjects(&self) -> &BTreeSet<Subject> {
        &self.known
    }
}

impl Via {
    /// Whether a walk that came by one finds all that one that came by the other finds.
    fn walks_like(&self, other: &Via) -> bool {
        (*self == Via::Asked || *other != Via::Asked) && (*self != Via::Authority || *other == Via::Authority)
    }
}

/// The lot that the first entry on an item's chain that names one binds.
pub fn bound_lot<'a>(item: &Subject, mut stands: impl Iterator<Item = &'a Event>) -> Option<&'a Subject> {
    stands.find_map(|event| event.lot_of(item))
}

/// The leaves of a chain that corrections strike through. A correction counts when the author of the original or a
/// regulator made it, and when it is not itself struck.
pub fn struck(chain: &[Step<'_>]) -> BTreeSet<Hash> {
    let mut struck = BTreeSet::new();
    for (at, step) in chain.iter().enumerate().rev() {
        let Some((event, KindBody::Correction(correction))) = step.event.map(|event| (event, &event.body)) else {
            continue;
        };
        if struck.contains(&step.leaf) {
            continue;
        }
        let original = chain[..at].iter().find(|earlier| earlier.leaf == correction.original_entry_hash);
        let counts = original.and_then(|original| original.event).is_some_and(|original| {
            (event.party == original.party || event.role == Role::Regulator)
                && !matches!(original.kind(), Kind::Party | Kind::Recall)
        });
        if counts {
            struck.insert(correction.original_entry_hash);
        }
    }
    struck
}

/// When a subject lay in which unit: from the adding entry up to the deleting one. An item or unit lies in one at a
/// time; a second adding has no effect. The entry that added it, and the unit's place there, come along.
fn intervals(child: &Subject, stands: &[(&Step<'_>, &Event)]) -> Vec<(Subject, Window, u64, usize)> {
    let mut moves: Vec<(Moment, AggregationAction, &Subject, u64, usize)> = stands
        .iter()
        .filter_map(|(step, event)| {
            let KindBody::Aggregation(aggregation) = &event.body else {
                return None;
            };
            let parent = aggregation.parent(event)?;
            aggregation.children(event).find(|named| named.key == *child)?;
            Some((step.moment(), aggregation.action, parent, step.log_index, usize::try_from(aggregation.parent).ok()?))
        })
        .collect();
    moves.sort_by_key(|(moment, ..)| *moment);
    let many = matches!(child, Subject::Lot(..));
    let mut open: Vec<(Moment, &Subject, u64, usize)> = Vec::new();
    let mut intervals = Vec::new();
    for (moment, action, parent, log_index, place) in moves {
        let at = open.iter().position(|(_, other, ..)| *other == parent);
        match action {
            AggregationAction::Add if at.is_none() && (many || open.is_empty()) => {
                open.push((moment, parent, log_index, place))
            }
            AggregationAction::Delete => {
                if let Some((from, parent, log_index, place)) = at.map(|at| open.remove(at)) {
                    intervals.push((parent.clone(), Window { from, until: moment }, log_index, place));
                }
            }
            _ => {}
        }
    }
    let still = open.into_iter().map(|(from, parent, log_index, place)| {
        (parent.clone(), Window { from, until: Moment::MAX }, log_index, place)
    });
    intervals.extend(still);
    intervals
}
