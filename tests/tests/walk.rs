//! Walks that reach a total: the walk omits a part of the product's story, and never the right of a signer whose entries are shown.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use headwater_event::codec::Set;
use headwater_event::event::{Event, Role};
use headwater_event::kind::KindBody;
use headwater_event::kind::distribution::DistributionAction;
use headwater_event::kind::party::{EndRole, PartyAction, PartyEvent};
use headwater_event::kind::transformation::Transformation;

use headwater_event::subject::Subject;
use headwater_ledger::memory::MemoryStore;
use headwater_testing::world::{World, actor, distribution, long_notes, query, subject};
use headwater_trace::verify::VerifiedTrace;
use headwater_trace::walk::{Caps, Query, Relation, Visit};

const MADE: &str = "01/09526543000013/10/A0";
const INPUT: &str = "01/09526543000013/10/A1";
const INPUTS_INPUT: &str = "01/09526543000013/10/A2";
const ITEM: &str = "01/09526543000013/21/7KQ2M9XW4T";
const DEEPER: &str = "01/09526543000013/10/A3";

/// Appends a transformation of one subject into another.
fn transform(world: &World<MemoryStore>, from: &str, to: &str) {
    world.say(&world.dairy, &transformed(world, from, to)).unwrap();
}

fn transformed(world: &World<MemoryStore>, from: &str, to: &str) -> Event {
    let body = Transformation {
        refs: Vec::new(),
        commitments: Vec::new(),
        // The subjects of an event are in the order of their keys.
        inputs: Set::new([u64::from(from > to)]),
        outputs: Set::new([u64::from(to > from)]),
        yield_ratio: None,
        process: None,
        by_products: None,
        losses: None,
    };
    world.event(&world.dairy, vec![subject(from), subject(to)], KindBody::Transformation(body))
}

#[test]
fn a_chain_that_fills_the_walk_comes_with_its_signers() {
    // A ledger from before budgets existed.
    let world = World::unbounded();
    world.produce(&world.dairy, INPUTS_INPUT).unwrap();
    transform(&world, DEEPER, INPUTS_INPUT);
    transform(&world, INPUTS_INPUT, INPUT);
    transform(&world, INPUT, MADE);
    // The story needs no other event of the regulator.
    for _ in 0..=Caps::ENTRIES {
        world.recall(&world.regulator, &[INPUTS_INPUT]).unwrap();
    }
    let trace = world.trace(&query(MADE));
    let verified = world.verify(&trace, &query(MADE)).unwrap();
    assert!(!verified.is_complete() && verified.chain(&subject(DEEPER)).next().is_none());
    assert!(verified.chain(&subject(INPUTS_INPUT)).count() > Caps::ENTRIES);
}

/// Subjects that a trace visits by these relations, without models, each with its level.
fn shown(trace: &VerifiedTrace, relations: &[Relation]) -> Vec<(String, usize)> {
    let of = |visit: &&Visit| relations.contains(&visit.relation) && !matches!(visit.subject, Subject::Model(_));
    trace.visits().iter().filter(of).map(|visit| (visit.subject.to_string(), visit.level)).collect()
}

#[test]
fn two_lots_of_an_item_are_near_and_others_lie_a_level_deeper() {
    let world = World::new();
    world.produce(&world.dairy, MADE).unwrap();
    world.commission(&world.dairy, MADE, &[ITEM]).unwrap();
    let mut event = transformed(&world, INPUT, ITEM);
    event.subjects.iter_mut().find(|named| named.key == subject(ITEM)).unwrap().lot = Some(subject(DEEPER));
    world.say(&world.dairy, &event).unwrap();
    let query = Query { subject: subject(ITEM), lot: Some(subject(INPUTS_INPUT)) };
    let trace = world.verify(&world.trace(&query), &query).unwrap();
    let lots = [(MADE, 0), (INPUTS_INPUT, 0), (DEEPER, 1)].map(|(lot, level)| (lot.to_owned(), level));
    assert_eq!(shown(&trace, &[Relation::Lot, Relation::NamedLot]), lots);
}

#[test]
fn a_label_that_names_an_input_hides_no_input() {
    let world = World::new();
    world.produce(&world.dairy, INPUTS_INPUT).unwrap();
    transform(&world, INPUTS_INPUT, INPUT);
    transform(&world, INPUT, MADE);
    world.commission(&world.dairy, MADE, &[ITEM]).unwrap();
    let query = Query { subject: subject(ITEM), lot: Some(subject(INPUT)) };
    let trace = world.verify(&world.trace(&query), &query).unwrap();
    assert!(trace.is_complete());
    assert_eq!(shown(&trace, &[Relation::Input]), [(INPUT.to_owned(), 1), (INPUTS_INPUT.to_owned(), 2)]);
}

/// The walk counts the chains of the parties that sign about an input before the next input.
#[test]
fn inputs_end_where_the_parties_that_speak_of_them_are_too_many() {
    let world = World::unbounded();
    for at in 0..36_u8 {
        let (lot, by) =
            (format!("01/09526543000013/10/B{}", 10 + at), actor(200 + u32::from(at), Role::Regulator, 20 + at));
        world.register(&by);
        for _ in 0..32 {
            let action = PartyAction::EndRole(EndRole { role: Role::Auditor });
            let act = KindBody::Party(PartyEvent { refs: Vec::new(), commitments: Vec::new(), action });
            let event = world.event(&world.operator, vec![Subject::Party(by.party.clone())], act);
            let event = Event { notes: long_notes(), ..event };
            world.append(event.sign(&world.operator.admin()).unwrap()).unwrap();
        }
        world.produce(&world.dairy, &lot).unwrap();
        world.recall(&by, &[&lot]).unwrap();
        transform(&world, &lot, MADE);
    }
    let query = query(MADE);
    let bytes = world.trace(&query);
    let trace = world.verify(&bytes, &query).unwrap();
    assert!(!trace.is_complete());
    let inputs = shown(&trace, &[Relation::Input]).len();
    assert!((20..36).contains(&inputs), "{inputs} inputs are shown");
    assert!(bytes.len() < Caps::FIRST_BYTES + (4 << 20), "{} bytes", bytes.len());
}

#[test]
fn inputs_end_where_those_before_them_are_too_many() {
    let world = World::unbounded();
    let lots: Vec<String> = (10..50).map(|at| format!("01/09526543000013/10/B{at}")).collect();
    for lot in &lots {
        for _ in 0..30 {
            let stored = distribution(DistributionAction::Store, &world.dairy);
            let event = Event { notes: long_notes(), ..world.event(&world.dairy, vec![subject(lot)], stored) };
            world.say(&world.dairy, &event).unwrap();
        }
        transform(&world, lot, MADE);
    }
    let query = query(MADE);
    let bytes = world.trace(&query);
    let trace = world.verify(&bytes, &query).unwrap();
    assert!(!trace.is_complete());
    let inputs = shown(&trace, &[Relation::Input]).len();
    assert!((20..lots.len()).contains(&inputs), "{inputs} inputs are shown");
    assert!(bytes.len() < Caps::FIRST_BYTES + (4 << 20), "{} bytes", bytes.len());
}
