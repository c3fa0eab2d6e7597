//! Walks that reach a total: what is left out is a part of the product's story, and never the right of a signer whose entries are shown.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use headwater_event::codec::Set;
use headwater_event::kind::KindBody;
use headwater_event::kind::transformation::Transformation;
use headwater_ledger::admission::Limits;
use headwater_ledger::memory::MemoryStore;
use headwater_tests::world::{World, asked, subject};
use headwater_trace::walk::Caps;

const MADE: &str = "01/09526543000013/10/A0";
const INPUT: &str = "01/09526543000013/10/A1";
const INPUTS_INPUT: &str = "01/09526543000013/10/A2";
const DEEPER: &str = "01/09526543000013/10/A3";

/// Makes one lot out of another.
fn transform(world: &World<MemoryStore>, from: &str, to: &str) {
    let body = Transformation {
        refs: Vec::new(),
        commitments: Vec::new(),
        // Lots are named in the order of their keys.
        inputs: Set::new([u64::from(from > to)]),
        outputs: Set::new([u64::from(to > from)]),
        yield_ratio: None,
        process: None,
        by_products: None,
        losses: None,
    };
    let event = world.event(&world.dairy, vec![subject(from), subject(to)], KindBody::Transformation(body));
    world.say(&world.dairy, &event).unwrap();
}

#[test]
fn a_chain_that_fills_the_walk_comes_with_its_signers() {
    // A ledger of before there were budgets.
    let world = World::on(MemoryStore::default(), Limits { for_life: false, ..Limits::default() });
    world.produce(&world.dairy, INPUTS_INPUT).unwrap();
    transform(&world, DEEPER, INPUTS_INPUT);
    transform(&world, INPUTS_INPUT, INPUT);
    transform(&world, INPUT, MADE);
    // The regulator signs nothing else that this story needs.
    for _ in 0..=Caps::ENTRIES {
        world.recall(&world.regulator, &[INPUTS_INPUT]).unwrap();
    }
    let trace = world.trace(&asked(MADE));
    let verified = world.verify(&trace, &asked(MADE)).unwrap();
    assert!(!verified.is_complete() && verified.chain(&subject(DEEPER)).next().is_none());
    assert!(verified.chain(&subject(INPUTS_INPUT)).count() > Caps::ENTRIES);
}
