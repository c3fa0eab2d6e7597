//! The consistency rules: each event of a story against the events before it.
//!
//! The log keeps every event that its signer had the right to sign. An event that cannot follow from the events before it
//! gets a *finding*, which every reader computes again. An event that breaks a consistency rule has no effect in the story:
//! for example, an item commissioned twice, a second open unit, or a release that was never applied for. An event that only
//! raises a question keeps its effect: for example, a recalled lot that was shipped, or a test outside the laboratory's
//! scope.
//!
//! Events are followed in the order of their moments, each on the chains by which it belongs to the story. Other subjects
//! that the same event names have chains of their own, which a trace about this product does not hold. Only the events that
//! begin an item are judged in log order, so that a later claim about an earlier time cannot undo them.

use std::collections::{BTreeMap, BTreeSet};

use headwater_event::authority::{Standing, needs_goods};
use headwater_event::event::Event;
use headwater_event::kind::aggregation::{Aggregation, AggregationAction};
use headwater_event::kind::commissioning::{Commissioning, Form};
use headwater_event::kind::correction::CorrectionReason;
use headwater_event::kind::distribution::DistributionAction;
use headwater_event::kind::lab_inspection::LabInspection;
use headwater_event::kind::production::Production;
use headwater_event::kind::shipment_leg::{Movement, ShipmentLeg};
use headwater_event::kind::sticker::{Sticker, StickerAction};
use headwater_event::kind::transformation::Transformation;
use headwater_event::kind::{Kind, KindBody};
use headwater_event::place::Place;
use headwater_event::rules::{Finding, Severity};
use headwater_event::subject::Subject;
use headwater_event::text::Date;
use headwater_tlog::hash::Hash;

use crate::story_entry::StoryEntry;
use crate::verify::VerifiedTrace;

mod customs;

use customs::Declarations;
pub(crate) use customs::declaration_of;

/// Longest time, in milliseconds, by which a claimed time may be before what the signer had seen. Beyond that, the event
/// counts as dated back.
pub const BACKDATED_MAX_MS: u64 = 72 * 60 * 60 * 1000;

/// A finding about an event, and whether the finding voids the event's effect.
struct Break {
    finding: Finding,
    voids: bool,
}

fn breaks(field: impl Into<String>, value: impl std::fmt::Display, rule: &str) -> Break {
    Break { voids: true, ..asks(field, value, rule) }
}

fn asks(field: impl Into<String>, value: impl std::fmt::Display, rule: &str) -> Break {
    let finding =
        Finding { severity: Severity::Warn, field: field.into(), value: value.to_string(), rule: rule.to_owned() };
    Break { finding, voids: false }
}

/// State of one chain after the events so far.
#[derive(Default)]
struct Goods<'a> {
    applied: bool,
    claimed: bool,
    destroyed: bool,
    dates: Option<(Option<&'a Date>, &'a str)>,
    legs: BTreeMap<&'a str, &'a ShipmentLeg>,
    arrived: BTreeSet<&'a str>,
    /// Destination of the last leg, while no other leg or distribution follows.
    last: Option<&'a Place>,
    declarations: Declarations<'a>,
    recalls: Vec<Hash>,
}

/// Follows the entries of a story in order, and adds to each the findings of the consistency rules (C1).
pub(crate) fn follow<'a>(entries: &mut [StoryEntry<'a>], trace: &'a VerifiedTrace) {
    let mut course = Course { trace, goods: BTreeMap::new(), units: BTreeMap::new(), ancestors: BTreeMap::new() };
    for one in entries.iter_mut().filter(|one| !one.is_struck) {
        let found = course.look_at(one);
        if found.iter().any(|found| found.voids) {
            one.is_out_of_course = true;
        } else {
            course.take(one);
        }
        one.findings.extend(found.into_iter().map(|found| found.finding));
    }
}

struct Course<'a> {
    trace: &'a VerifiedTrace,
    goods: BTreeMap<&'a Subject, Goods<'a>>,
    /// Unit in which each item or unit is now, by every aggregation of the story, even if the walk did not read the item's
    /// own chain.
    units: BTreeMap<&'a Subject, &'a Subject>,
    /// Goods that each lot or item was made of, as far as the story shows them.
    ancestors: BTreeMap<&'a Subject, BTreeSet<&'a Subject>>,
}

/// Returns the subjects on whose chains an entry belongs to the story, in the order of the findings (C20).
fn chains<'a>(shown: &StoryEntry<'a>) -> BTreeSet<&'a Subject> {
    let event: &'a Event = shown.event;
    event.keys().filter(|key| shown.relations.iter().any(|to| to.subject == **key)).collect()
}

impl<'a> Course<'a> {
    fn look_at(&self, shown: &StoryEntry<'a>) -> Vec<Break> {
        let event = shown.event;
        let mut found = Vec::new();
        let fresh = Goods::default();
        for subject in chains(shown) {
            let goods = self.goods.get(subject).unwrap_or(&fresh);
            // Goods that were destroyed are in no later physical entry (C2).
            if goods.destroyed && is_physical(event) {
                found.push(breaks("subjects", subject, "was destroyed before"));
            }
            match &event.body {
                KindBody::Production(made) => found.extend(same_dates(goods, made)),
                KindBody::Commissioning(body) => found.extend(self.commissioning(subject, shown, body)),
                KindBody::Sticker(sticker) => found.extend(self.sticker(subject, goods, sticker)),
                KindBody::ShipmentLeg(leg) => found.extend(travel(goods, leg)),
                KindBody::CustomsClearance(clearance) => found.extend(goods.declarations.look_at(event, clearance)),
                KindBody::Aggregation(aggregation) => found.extend(self.packing(subject, aggregation, event)),
                KindBody::Transformation(made) => found.extend(self.making(subject, shown, made, event)),
                _ => {}
            }
            // Goods are moved on while a recall is in force (C15).
            if !goods.recalls.is_empty() && moves_on(event) {
                found.push(asks("subjects", subject, "was moved on although it was recalled"));
            }
        }
        found.extend(self.lots_beside(event));
        match &event.body {
            KindBody::LabInspection(report) => found.extend(self.scope(event, report)),
            // A correction of incorrect data names the right events (C18).
            KindBody::Correction(correction)
                if correction.reason == CorrectionReason::IncorrectData
                    && correction.corrective_event_ids.is_empty() =>
            {
                let field = "body.correction.corrective_event_ids";
                found.push(asks(field, "", "it names no event that is right instead"));
            }
            _ => {}
        }
        found.extend(self.back_dated(event));
        found
    }

    /// Applies the effect of an event.
    fn take(&mut self, shown: &StoryEntry<'a>) {
        let event = shown.event;
        for subject in chains(shown) {
            let goods = self.goods.entry(subject).or_default();
            match &event.body {
                KindBody::Production(made) => {
                    goods.dates.get_or_insert((made.use_by(), made.country_of_origin.as_str()));
                }
                KindBody::Sticker(sticker) => match sticker.action {
                    StickerAction::Issued => {}
                    StickerAction::Applied => goods.applied = true,
                    StickerAction::Voided => goods.applied = false,
                    StickerAction::Claimed => goods.claimed = true,
                },
                KindBody::ShipmentLeg(leg) => match leg.movement {
                    Movement::Departure => {
                        goods.legs.insert(leg.leg_id.as_str(), leg);
                        goods.last = None;
                    }
                    Movement::Arrival => {
                        goods.arrived.insert(leg.leg_id.as_str());
                        goods.last = Some(&leg.destination);
                    }
                },
                KindBody::Distribution(done) => {
                    goods.last = None;
                    goods.destroyed |= done.action == DistributionAction::Destroy && !event.takes_part_of(subject);
                }
                KindBody::CustomsClearance(clearance) => goods.declarations.take(event, clearance),
                KindBody::Recall(recall) => match recall.lifts {
                    // A lift that a compromised key signed lifts nothing until its party re-affirms it.
                    Some(lifted) if shown.standing == Standing::Valid => {
                        goods.recalls.retain(|recall| *recall != lifted)
                    }
                    Some(_) => {}
                    None => goods.recalls.extend(shown.entry.event().map(|recall| recall.hash())),
                },
                _ => {}
            }
        }
        // Each child but a lot comes to lie in the unit or leaves it, also where its chain is not walked (C24).
        if let KindBody::Aggregation(aggregation) = &event.body
            && let Some(parent) = aggregation.parent(event)
        {
            let children = aggregation.children(event).map(|child| &child.key);
            for child in children.filter(|child| !matches!(child, Subject::Lot(..))) {
                match aggregation.action {
                    AggregationAction::Add => {
                        self.units.entry(child).or_insert(parent);
                    }
                    AggregationAction::Delete if self.units.get(child) == Some(&parent) => {
                        self.units.remove(child);
                    }
                    _ => {}
                }
            }
        }
        if let KindBody::Transformation(made) = &event.body {
            let mut from: BTreeSet<&'a Subject> = made.inputs(event).collect();
            from.extend(made.inputs(event).flat_map(|input| self.ancestors.get(input).into_iter().flatten().copied()));
            for output in made.outputs(event) {
                self.ancestors.entry(output).or_default().extend(&from);
            }
        }
    }

    /// Whether an item began before an entry: by an event that needs authority over goods and that nothing strikes. The
    /// issue of the item's sticker begins nothing, and the transformation that made an item may come before its
    /// commissioning (C23).
    fn began_before(&self, item: &Subject, shown: &StoryEntry<'_>) -> bool {
        let chain = self.trace.view(item);
        let is_commissioning = shown.event.kind() == Kind::Commissioning;
        let begins = |event: &Event| {
            let is_issue = matches!(&event.body, KindBody::Sticker(sticker) if sticker.action == StickerAction::Issued);
            needs_goods(event) && !is_issue && !(is_commissioning && event.makes(item))
        };
        let mut earlier = chain.unstruck().take_while(|(entry, _)| entry.log_index < shown.entry.log_index());
        earlier.any(|(_, event)| begins(event))
    }

    /// Checks that an item did not begin before, and that its lot was made (C4).
    fn commissioning(&self, subject: &Subject, shown: &StoryEntry<'_>, body: &Commissioning) -> Vec<Break> {
        let Form::Listed(listed) = &body.form else {
            return Vec::new();
        };
        let mut found = Vec::new();
        if self.began_before(subject, shown) {
            let rule =
                "is commissioned first of all and once; only the issue of its sticker and its making come before";
            found.push(breaks("subjects", subject, rule));
        }
        let made = |lot: &Subject| self.goods.get(lot).is_some_and(|lot| lot.dates.is_some());
        let knows_lot = self.trace.chain(&listed.lot).next().is_some();
        if knows_lot && !made(&listed.lot) && !self.ancestors.contains_key(&listed.lot) {
            found.push(asks("body.commissioning.listed.lot", &listed.lot, "has no production before this"));
        }
        found
    }

    fn sticker(&self, subject: &Subject, goods: &Goods<'_>, sticker: &Sticker) -> Option<Break> {
        match sticker.action {
            // A sticker is applied while another one is applied (C5).
            StickerAction::Applied if goods.applied => {
                Some(breaks("body.sticker.action", "applied", "a new sticker is applied only after the old was voided"))
            }
            // No set proves the code for this item (C6).
            StickerAction::Claimed if !self.trace.is_code_of(subject, sticker) => {
                Some(breaks("body.sticker.code", subject, "is not a code that a set shown here commits to"))
            }
            // The item is claimed again (C7).
            StickerAction::Claimed if goods.claimed => {
                Some(breaks("body.sticker.action", "claimed", "was claimed before; the first claim counts"))
            }
            _ => None,
        }
    }

    fn packing(&self, subject: &Subject, aggregation: &Aggregation, event: &'a Event) -> Option<Break> {
        let parent = aggregation.parent(event)?;
        let field = "body.aggregation.parent";
        // A lot may be in several units, by quantity.
        if *parent == *subject || matches!(subject, Subject::Lot(..)) {
            return None;
        }
        match (aggregation.action, self.units.get(subject).copied()) {
            // The child lies in a unit, or the unit lies in the child (C12).
            (AggregationAction::Add, Some(other)) => {
                Some(breaks(field, parent, &format!("{subject} lies in {other} already")))
            }
            (AggregationAction::Add, None) if self.lies_in(parent, subject) => {
                Some(breaks(field, parent, "lies in what it is to hold"))
            }
            // The child does not lie in the unit (C13).
            (AggregationAction::Delete, open) if open != Some(parent) => {
                Some(breaks(field, parent, &format!("{subject} does not lie in it")))
            }
            _ => None,
        }
    }

    /// Whether one unit is in another, at any depth. Entries on other chains can close a circle of units, so the search
    /// ends at a unit that it has passed.
    fn lies_in(&self, inner: &Subject, outer: &Subject) -> bool {
        let mut passed = BTreeSet::new();
        let mut at = self.units.get(inner).copied();
        while let Some(parent) = at.filter(|parent| passed.insert(*parent)) {
            if parent == outer {
                return true;
            }
            at = self.units.get(parent).copied();
        }
        false
    }

    /// Checks that no input was made of an output, and that an output that is an item did not begin before (C14).
    fn making(
        &self,
        subject: &Subject,
        shown: &StoryEntry<'_>,
        made: &Transformation,
        event: &'a Event,
    ) -> Option<Break> {
        let is_output = made.outputs(event).any(|output| output == subject);
        let of_it = |input: &Subject| self.ancestors.get(input).is_some_and(|from| from.contains(subject));
        let field = "body.transformation.outputs";
        if is_output && made.inputs(event).any(of_it) {
            return Some(breaks(field, subject, "was used to make what it is to be made of"));
        }
        let is_old_item = is_output && matches!(subject, Subject::Item(..)) && self.began_before(subject, shown);
        is_old_item.then(|| breaks(field, subject, "existed before; a transformation makes new items"))
    }

    /// Finds claims of a lot beside an item for which entries prove another lot (C16).
    fn lots_beside(&self, event: &Event) -> Vec<Break> {
        let claims =
            event.subjects.iter().enumerate().filter_map(|(at, named)| Some((at, &named.key, named.lot.as_ref()?)));
        let asks = claims.filter_map(|(at, item, claimed)| {
            let proven = self.trace.lot_of(item).filter(|proven| *proven != claimed)?;
            Some(asks(format!("subjects.{at}.lot"), claimed, &format!("the records prove that {item} is of {proven}")))
        });
        asks.collect()
    }

    /// Finds methods that no registration of the laboratory's accreditation lists (C17).
    fn scope(&self, event: &Event, report: &LabInspection) -> Vec<Break> {
        let Some(lab) = self.trace.authority().party(&event.party) else {
            return Vec::new();
        };
        let ours = |body: &str, number: &str| {
            body == report.accreditation.body.as_str() && number == report.accreditation.number.as_str()
        };
        let granted = || {
            let mine = lab.accreditations().iter();
            mine.filter(|one| ours(one.accreditation.body.as_str(), one.accreditation.number.as_str()))
        };
        // An accreditation that lists no methods is not limited to any.
        if granted().any(|one| one.methods.is_empty()) {
            return Vec::new();
        }
        let in_scope: BTreeSet<&str> = granted().flat_map(|one| &one.methods).map(|method| method.as_str()).collect();
        let outside =
            report.results.iter().enumerate().filter(|(_, result)| !in_scope.contains(result.method.as_str()));
        outside
            .map(|(at, result)| {
                asks(
                    format!("body.lab_inspection.results.{at}.method"),
                    &result.method,
                    "is not a method that the ledger registers for the laboratory's accreditation",
                )
            })
            .collect()
    }

    /// Finds a claimed time before what the signer had seen. Only an anchor shows when that was (C19).
    fn back_dated(&self, event: &Event) -> Option<Break> {
        let seen_ms = event.after.iter().filter_map(|pin| {
            let subject = &event.subject(pin.subject)?.key;
            let last = usize::try_from(pin.count.checked_sub(1)?).ok()?;
            self.trace.proven_ms(self.trace.chain(subject).nth(last)?.log_index())
        });
        let seen_ms = seen_ms.max()?;
        (event.occurred_at_ms.saturating_add(BACKDATED_MAX_MS) < seen_ms).then(|| {
            asks(
                "occurred_at_ms",
                event.occurred_at_ms,
                "lies more than 72 hours before the first checkpoint here over what its signer had seen",
            )
        })
    }
}

/// Whether an event claims that the goods were physically present (C22).
fn is_physical(event: &Event) -> bool {
    match &event.body {
        KindBody::Aggregation(aggregation) => aggregation.action != AggregationAction::Delete,
        KindBody::Sticker(sticker) => sticker.action == StickerAction::Applied,
        body => matches!(body.kind(), Kind::ShipmentLeg | Kind::Distribution | Kind::Transformation),
    }
}

/// Whether an event brings goods nearer to a shopper.
fn moves_on(event: &Event) -> bool {
    match &event.body {
        KindBody::ShipmentLeg(leg) => leg.movement == Movement::Departure,
        KindBody::Distribution(done) => {
            matches!(done.action, DistributionAction::Dispatch | DistributionAction::Deliver | DistributionAction::Sell)
        }
        _ => false,
    }
}

/// Checks a production against the first one of its lot (C3).
fn same_dates(goods: &Goods<'_>, made: &Production) -> Option<Break> {
    let (use_by, origin) = goods.dates?;
    if use_by != made.use_by() {
        let stated = made.use_by().map(ToString::to_string).unwrap_or_default();
        return Some(breaks("body.production.expiry_date", stated, "an earlier production of the lot says otherwise"));
    }
    let stated = &made.country_of_origin;
    (origin != stated.as_str())
        .then(|| breaks("body.production.country_of_origin", stated, "an earlier production of the lot says otherwise"))
}

/// Checks that each leg departs once and then arrives once, and that a departure is where the last leg arrived (C8).
fn travel(goods: &Goods<'_>, leg: &ShipmentLeg) -> Option<Break> {
    let id = leg.leg_id.as_str();
    let departed = goods.legs.get(id);
    match (leg.movement, departed) {
        (Movement::Departure, Some(_)) => Some(breaks("body.shipment_leg.leg_id", id, "departed before")),
        (Movement::Departure, None) => {
            let elsewhere = goods.last.is_some_and(|last| !last.same_as(&leg.origin));
            let rule = "is not where the leg before ended, and no other leg or distribution lies between";
            elsewhere.then(|| asks("body.shipment_leg.origin", place(&leg.origin), rule))
        }
        (Movement::Arrival, None) => {
            Some(breaks("body.shipment_leg.leg_id", id, "arrives, and no departure of it is shown"))
        }
        (Movement::Arrival, Some(_)) if goods.arrived.contains(id) => {
            Some(breaks("body.shipment_leg.leg_id", id, "arrived before"))
        }
        // The arrival agrees with its departure (C9).
        (Movement::Arrival, Some(departed)) => {
            let same = departed.mode == leg.mode
                && departed.origin.same_as(&leg.origin)
                && departed.destination.same_as(&leg.destination);
            (!same)
                .then(|| breaks("body.shipment_leg", id, "arrives by another mode or elsewhere than it departed for"))
        }
    }
}

/// Returns the IATA code of a location, or else its UN/LOCODE.
fn place(place: &Place) -> String {
    let iata = place.iata.as_ref().map(ToString::to_string);
    iata.or_else(|| place.unlocode.as_ref().map(ToString::to_string)).unwrap_or_default()
}
