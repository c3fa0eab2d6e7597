//! Stories as a reader gets them: the acceptance checks of composed stories, from events that were signed and appended.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use headwater_event::ai_date::{AiDate, DateKind};
use headwater_event::authority::Denied;
use headwater_event::codec::Set;
use headwater_event::document::{Ref, RefType};
use headwater_event::event::Event;
use headwater_event::kind::KindBody;
use headwater_event::kind::aggregation::AggregationAction;
use headwater_event::kind::correction::{Correction, CorrectionReason};
use headwater_event::kind::distribution::DistributionAction;
use headwater_event::kind::shipment_leg::{Conveyance, Flight, Mode, Movement, ShipmentLeg};
use headwater_event::kind::transformation::Transformation;
use headwater_event::place::Place;
use headwater_event::transport::Airport;
use headwater_ledger::admission::AppendError;
use headwater_ledger::memory::MemoryStore;
use headwater_testing::world::{HOUR_MS, World, code, date, distribution, place, set_of, subject};
use headwater_trace::label::Label;
use headwater_trace::story::Story;
use headwater_trace::verdict::{Judgement, Verdict};

const LOT: &str = "01/09526543000013/10/L26-0417";
const OTHER_LOT: &str = "01/09526543000013/10/L26-0418";
const ITEM: &str = "01/09526543000013/21/7KQ2M9XW4T";
const CASE: &str = "00/195265430000000010";

fn leg(world: &World<MemoryStore>, id: &str, from: &str, to: &str, subjects: &[&str]) -> Event {
    let airport = |iata: &str, country| Place {
        iata: Some(Airport::parse(iata).unwrap()),
        address: Vec::new(),
        ..place(country)
    };
    let body = ShipmentLeg {
        refs: vec![Ref { kind: RefType::Awb, id: code("176-12345675") }],
        commitments: Vec::new(),
        leg_id: code(id),
        leg_seq: 1,
        movement: Movement::Departure,
        mode: Mode::Air,
        origin: airport(from, "NL"),
        destination: airport(to, "CN"),
        temperature: None,
        co2e_kg: None,
        by: Conveyance::Flight(Flight {
            carrier: code("KL"),
            flight_no: code("KL0895"),
            flight_date: date("2026-05-01"),
            ulds: Vec::new(),
            aircraft_reg: None,
            fsu_code: None,
            std: None,
            atd: None,
            sta: None,
            ata: None,
        }),
    };
    world.for_dairy(&world.carrier, subjects.iter().map(|key| subject(key)).collect(), KindBody::ShipmentLeg(body))
}

fn item_in_trade() -> World<MemoryStore> {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    world
}

fn legs(world: &World<MemoryStore>) -> Vec<String> {
    let trace = world.verified(ITEM);
    let story = Story::compose(&trace);
    let leg = |event: &Event| match &event.body {
        KindBody::ShipmentLeg(leg) => Some(leg.leg_id.to_string()),
        _ => None,
    };
    story.facts().filter_map(|told| leg(told.event())).collect()
}

fn verdict(world: &World<MemoryStore>, key: &str) -> Verdict {
    let trace = world.verified(key);
    Judgement::of(&Story::compose(&trace), &Label::default(), date("2026-06-01")).verdict
}

#[test]
fn an_item_is_told_the_legs_it_flew_and_no_other() {
    let world = item_in_trade();
    world.aggregate(AggregationAction::Add, CASE, &[ITEM]).unwrap();
    world.say(&world.carrier, &leg(&world, "LEG1", "AMS", "HGH", &[CASE])).unwrap();
    world.say(&world.carrier, &leg(&world, "LEG2", "HGH", "PVG", &[CASE])).unwrap();
    assert_eq!(legs(&world), ["LEG1", "LEG2"]);
    world.aggregate(AggregationAction::Delete, CASE, &[ITEM]).unwrap();
    world.say(&world.carrier, &leg(&world, "LEG3", "PVG", "PEK", &[CASE])).unwrap();
    assert_eq!(legs(&world), ["LEG1", "LEG2"]);
}

#[test]
fn auditors_vouch_for_no_chain_that_the_trace_they_saw_does_not_hold() {
    let world = item_in_trade();
    world.cosign();
    let audited = world.verified(ITEM);
    let vouched = |text: &str| {
        let newest = world.verified(ITEM);
        let judgement = Judgement::of_both(
            &Story::compose(&newest),
            &Story::compose(&audited),
            &Label::default(),
            date("2026-06-01"),
        );
        let reasons = judgement.unwrap().reasons;
        assert!(reasons.iter().any(|reason| reason.text == text), "{reasons:?}");
    };
    vouched("complete as of 2026-05-01 at 00:23 UTC, as audited");
    let stored = distribution(DistributionAction::Store, &world.dairy);
    world.say(&world.dairy, &world.event(&world.dairy, vec![subject(ITEM)], stored)).unwrap();
    vouched("complete as of 2026-05-01 at 00:23 UTC, as audited; later records as claimed by the operator");
    world.aggregate(AggregationAction::Add, CASE, &[ITEM]).unwrap();
    vouched(
        "complete as of 2026-05-01 at 00:23 UTC, as audited in the chains that the audited trace holds, and as claimed by the operator in those that the audited trace does not hold",
    );
}

#[test]
fn a_corrected_packing_opens_no_interval() {
    let world = item_in_trade();
    let packed = world.aggregate(AggregationAction::Add, CASE, &[ITEM]).unwrap();
    world.say(&world.carrier, &leg(&world, "LEG1", "AMS", "HGH", &[CASE])).unwrap();
    assert_eq!(legs(&world), ["LEG1"]);
    let original = headwater_event::entry::Entry::parse(&packed.entry.entry).unwrap();
    let headwater_event::entry::EntryBody::SignedEvent(signed) = original.body else { panic!("a signed event") };
    let original = Event::parse(&signed.event).unwrap();
    let body = KindBody::Correction(Correction {
        refs: Vec::new(),
        commitments: Vec::new(),
        original_event_id: original.event_id,
        original_entry_hash: headwater_tlog::hash::Hash::leaf(&packed.entry.entry),
        reason: CorrectionReason::DidNotOccur,
        corrective_event_ids: Vec::new(),
    });
    // A third party may not correct the event; the author may.
    let by_carrier = world.event(&world.carrier, vec![subject(CASE), subject(ITEM)], body.clone());
    assert!(matches!(world.refused(&world.carrier, &by_carrier), AppendError::Denied(Denied::NotAuthor { .. })));
    let by_dairy = world.event(&world.dairy, vec![subject(CASE), subject(ITEM)], body);
    world.say(&world.dairy, &by_dairy).unwrap();
    assert_eq!(legs(&world), Vec::<String>::new());
    let trace = world.verified(ITEM);
    let story = Story::compose(&trace);
    assert_eq!(story.entries().iter().filter(|told| told.is_struck()).count(), 1);
}

#[test]
fn the_report_of_one_lot_never_appears_on_an_item_of_another() {
    let world = item_in_trade();
    world.produce(&world.dairy, OTHER_LOT).unwrap();
    world.recall(&world.dairy, &[OTHER_LOT]).unwrap();
    world.deliver(&[ITEM]).unwrap();
    assert_eq!(verdict(&world, ITEM), Verdict::Valid);
    assert_eq!(verdict(&world, OTHER_LOT), Verdict::Recalled);
    let trace = world.verified(ITEM);
    assert!(
        Story::compose(&trace).entries().iter().all(|told| !told.event().keys().any(|key| *key == subject(OTHER_LOT)))
    );
}

#[test]
fn a_recall_of_an_input_marks_what_was_made_of_it_even_years_later() {
    let world = World::new();
    for lot in [LOT, OTHER_LOT] {
        world.produce(&world.dairy, lot).unwrap();
    }
    const BLEND: &str = "01/09526543000013/10/BLEND";
    let body = KindBody::Transformation(Transformation {
        refs: Vec::new(),
        commitments: Vec::new(),
        inputs: Set::new([1, 2]),
        outputs: Set::new([0]),
        yield_ratio: None,
        process: None,
        by_products: None,
        losses: None,
    });
    let event = world.event(&world.dairy, [BLEND, LOT, OTHER_LOT].map(subject).to_vec(), body);
    world.say(&world.dairy, &event).unwrap();
    world.commission(&world.dairy, BLEND, &[ITEM]).unwrap();
    world.deliver(&[ITEM]).unwrap();
    assert_eq!(verdict(&world, ITEM), Verdict::Valid);
    let trace = world.verified(ITEM);
    let productions = |story: &Story<'_>| {
        story.entries().iter().filter(|told| matches!(told.event().body, KindBody::Production(_))).count()
    };
    assert_eq!(productions(&Story::compose(&trace)), 2);
    world.pass(20_000 * HOUR_MS);
    world.recall(&world.regulator, &[LOT]).unwrap();
    assert_eq!(verdict(&world, ITEM), Verdict::Recalled);
    assert_eq!(verdict(&world, BLEND), Verdict::Recalled);
    assert_eq!(verdict(&world, OTHER_LOT), Verdict::NotYetSold);
}

#[test]
fn what_was_never_issued_is_proven_absent() {
    let world = item_in_trade();
    let never = "01/09526543000013/21/NEVER";
    assert_eq!(verdict(&world, never), Verdict::NeverIssued);
    let with_lot = headwater_trace::walk::Query { subject: subject(never), lot: Some(subject(LOT)) };
    let trace = world.verify(&world.trace(&with_lot), &with_lot).unwrap();
    assert_eq!(
        Judgement::of(&Story::compose(&trace), &Label::default(), date("2026-06-01")).verdict,
        Verdict::NeverIssued
    );
}

#[test]
fn verdicts_follow_label_and_day() {
    let world = item_in_trade();
    assert_eq!(verdict(&world, ITEM), Verdict::NotYetSold);
    world.deliver(&[ITEM]).unwrap();
    let trace = world.verified(ITEM);
    let story = Story::compose(&trace);
    let judged = |label: &Label, today| Judgement::of(&story, label, date(today)).verdict;
    assert_eq!(judged(&Label::default(), "2027-12-31"), Verdict::Valid);
    assert_eq!(judged(&Label::default(), "2028-01-01"), Verdict::Expired);
    let lot =
        |text: &str| Label { lot: Some(headwater_event::gs1::LotNumber::parse(text).unwrap()), ..Label::default() };
    assert_eq!(judged(&lot("L26-0417"), "2026-06-01"), Verdict::Valid);
    assert_eq!(judged(&lot("L26-0418"), "2026-06-01"), Verdict::Mismatch);
    // The events contain a production date and an expiry, and no other date of a label.
    for (kind, day, expected) in [
        (DateKind::Production, "260417", Verdict::Valid),
        (DateKind::Production, "260418", Verdict::Mismatch),
        (DateKind::Packaging, "260418", Verdict::Valid),
        (DateKind::BestBefore, "281231", Verdict::Valid),
        (DateKind::SellBy, "281231", Verdict::Valid),
        (DateKind::Expiry, "271231", Verdict::Valid),
        (DateKind::Expiry, "281231", Verdict::Mismatch),
    ] {
        let label = Label { dates: vec![(kind, AiDate::parse(day).unwrap())], ..Label::default() };
        assert_eq!(judged(&label, "2026-06-01"), expected, "{kind:?} {day}");
    }
}

/// The second factor of an item, and the item's leaf in a set.
#[test]
fn a_set_proves_which_serials_were_issued_and_which_were_not() {
    use headwater_trace::trace::Trace;
    use headwater_trace::verify::TraceError;
    use headwater_trace::walk::Query;

    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    let serials: Vec<String> = (0..1_000).map(|at| format!("S{at}")).collect();
    let items: Vec<(&str, Option<&str>)> =
        serials.iter().map(|serial| (serial.as_str(), Some("0123456789ABCDEF"))).collect();
    let set = set_of("01/09526543000013", &items);
    world.commit(LOT, &set).unwrap();
    world.ledger.add_manifest(&set).unwrap();

    let query =
        |serial: &str| Query { subject: subject(&format!("01/09526543000013/21/{serial}")), lot: Some(subject(LOT)) };
    let judged = |query: &Query| {
        let trace = world.verify(&world.trace(query), query).unwrap();
        Judgement::of(&Story::compose(&trace), &Label::default(), date("2026-06-01")).verdict
    };
    assert_eq!(judged(&query("S7")), Verdict::NotYetSold);
    assert_eq!(judged(&query("S1000")), Verdict::NeverIssued);
    let trace = world.verify(&world.trace(&query("S7")), &query("S7")).unwrap();
    assert_eq!(trace.proven_lot(), Some(&subject(LOT)));
    // The proof of another serial, or a missing proof, proves nothing.
    let mut lie = Trace::parse(&world.trace(&query("S7"))).unwrap();
    lie.sets = Trace::parse(&world.trace(&query("S1000"))).unwrap().sets;
    let verify = |trace: &Trace| world.verify(&headwater_event::codec::Message::encode(trace), &query("S7"));
    assert!(matches!(verify(&lie), Err(TraceError::Set { .. })));
    lie.sets.clear();
    assert!(matches!(verify(&lie), Err(TraceError::Set { .. })));
}

#[test]
fn a_flight_number_that_is_none_is_told_and_taken() {
    use headwater_event::rules::{Rules, Severity};

    let world = item_in_trade();
    let mut event = leg(&world, "LEG1", "AMS", "HGH", &[ITEM]);
    if let KindBody::ShipmentLeg(ShipmentLeg { by: Conveyance::Flight(flight), .. }) = &mut event.body {
        flight.flight_no = code("123");
    }
    let findings = Rules::check(&event);
    assert_eq!(findings.len(), 1);
    assert_eq!(
        (findings[0].severity, findings[0].field.as_str()),
        (Severity::Warn, "body.shipment_leg.flight.flight_no")
    );
    world.say(&world.carrier, &event).unwrap();
    let trace = world.verified(ITEM);
    assert_eq!(Story::compose(&trace).entries().iter().filter(|told| !told.findings().is_empty()).count(), 1);
    for (bad, good) in [("CN01A", "CNHGH"), ("nlrtm", "NLRTM")] {
        assert!(
            headwater_event::transport::Locode::parse(bad).is_err()
                && headwater_event::transport::Locode::parse(good).is_ok()
        );
    }
}
