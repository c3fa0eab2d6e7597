//! Clauses of the verdict apply to the product itself: events about an input, or about the input's unit, are not events about the
//! product. A recall reaches everything that was made of the recalled goods.

use super::said::{cleared, drafted};
use super::*;

const UNIT: &str = "00/195265430000000010";
const S1: &str = "01/09526543000013/21/S1";
const S4: &str = "01/09526543000013/21/S4";
const A1: &str = "01/09526543000013/10/A1";
const B1: &str = "01/09526543000013/10/B1";
const C1: &str = "01/09526543000013/10/C1";

/// Makes one subject out of inputs, each with the lot that the event names beside it, if any.
pub(super) fn transform(world: &Memory, inputs: &[(&str, Option<&str>)], output: &str) {
    let named: Vec<Subject> = inputs.iter().map(|(key, _)| subject(key)).chain([subject(output)]).collect();
    let body = Transformation {
        refs: Vec::new(),
        commitments: Vec::new(),
        inputs: Set::new([]),
        outputs: Set::new([0]),
        yield_ratio: None,
        process: None,
        by_products: None,
        losses: None,
    };
    let mut event = world.event(&world.dairy, named, KindBody::Transformation(body));
    let place = |key: &str| event.subjects.iter().position(|named| named.key == subject(key)).unwrap() as u64;
    let (from, to) = (inputs.iter().map(|(key, _)| place(key)).collect::<Vec<_>>(), place(output));
    if let KindBody::Transformation(body) = &mut event.body {
        (body.inputs, body.outputs) = (Set::new(from), Set::new([to]));
    }
    for (key, lot) in inputs {
        let named = event.subjects.iter_mut().find(|named| named.key == subject(key)).unwrap();
        named.lot = lot.map(subject);
    }
    world.say(&world.dairy, &event).unwrap();
}

/// A world where lot B1 was made of an item of lot A1, which lay in a unit before. `during` runs while the item lies there.
fn made_of_an_item(told: Option<&str>, during: &dyn Fn(&Memory)) -> Memory {
    let world = World::new();
    world.produce(&world.dairy, A1).unwrap();
    world.commission(&world.dairy, A1, &[S1]).unwrap();
    world.aggregate(AggregationAction::Add, UNIT, &[S1]).unwrap();
    during(&world);
    world.aggregate(AggregationAction::Delete, UNIT, &[S1]).unwrap();
    transform(&world, &[(S1, told)], B1);
    world
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let judge = |name: &str, about: &str, verdict: &str, world: &Memory, key: &str| {
        judged(name, about, verdict, Asks::of(world, key).served())
    };
    for (name, told) in [("recalled-lot-of-an-input", None), ("recalled-lot-told-beside-an-input", Some(A1))] {
        let world = made_of_an_item(told, &|_| {});
        world.recall(&world.dairy, &[A1]).unwrap();
        cases.push(judge(name, "the lot of an item that it was made of is recalled", "RECALLED", &world, B1));
    }
    let world = made_of_an_item(None, &|_| {});
    world.recall(&world.regulator, &[S1]).unwrap();
    cases.push(judge("recalled-input", "an item that it was made of is recalled", "RECALLED", &world, B1));

    let sold = made_of_an_item(None, &|world| distribute(world, DistributionAction::Sell, UNIT));
    let about = "the unit of an input was sold; the product never moved";
    cases.push(judge("sold-unit-of-an-input", about, "NOT_YET_SOLD", &sold, B1));
    let sold = made_of_an_item(None, &|world| distribute(world, DistributionAction::Sell, S1));
    cases.push(judge("sold-input", "an input was sold; the product never moved", "NOT_YET_SOLD", &sold, B1));
    let imported = made_of_an_item(None, &|world| {
        let event = drafted(world, &world.carrier, &[UNIT], cleared("1", "lodged", "900"));
        world.say(&world.carrier, &event).unwrap();
    });
    distribute(&imported, DistributionAction::Deliver, B1);
    let about = "the unit of an input waits for customs; the product was never imported";
    cases.push(judge("imported-unit-of-an-input", about, "VALID", &imported, B1));
    let gone = made_of_an_item(None, &|world| distribute(world, DistributionAction::Destroy, UNIT));
    let about = "the unit in which an input lay was destroyed; the product was not";
    cases.push(judge("destroyed-unit-of-an-input", about, "NOT_YET_SOLD", &gone, B1));

    let world = World::new();
    world.produce(&world.dairy, A1).unwrap();
    transform(&world, &[(A1, None)], B1);
    world.commission(&world.dairy, B1, &[S4]).unwrap();
    world.deliver(&[S4]).unwrap();
    let mut event = world.for_dairy(
        &world.carrier,
        vec![subject(A1), subject(B1)],
        distribution(DistributionAction::Destroy, &world.carrier),
    );
    event.subjects[1].quantity = Some(quantity("10", "KGM"));
    world.say(&world.carrier, &event).unwrap();
    let about = "a part of the item's lot was destroyed, and all of an input; the item may be there";
    cases.push(judge("destroyed-part-beside-an-input", about, "VALID", &world, S4));

    // The lot that a label names may be a lot that the item was made of. That lot remains an input.
    let world = World::new();
    world.produce(&world.dairy, A1).unwrap();
    world.produce(&world.dairy, C1).unwrap();
    transform(&world, &[(C1, None)], A1);
    transform(&world, &[(A1, None)], B1);
    world.commission(&world.dairy, B1, &[S4]).unwrap();
    world.deliver(&[S4]).unwrap();
    world.recall(&world.dairy, &[C1]).unwrap();
    let about = "the label names an input of the item's lot; what that was made of is recalled";
    let asks = Asks { lot: Some(A1), ..Asks::of(&world, S4) };
    cases.push(judged("label-names-an-input", about, "RECALLED", asks.served()));

    // Two units packed into each other: the second packing has no effect, in either order.
    let inner = format!("00/{}", headwater_testing::world::with_check("19526543000000002"));
    for (name, order) in [
        ("packed-in-a-circle", [(UNIT, inner.as_str()), (&inner, UNIT)]),
        ("packed-in-a-circle-again", [(&inner, UNIT), (UNIT, inner.as_str())]),
    ] {
        let world = World::new();
        for (parent, child) in order {
            world.aggregate(AggregationAction::Add, parent, &[child]).unwrap();
        }
        cases.push(ok(name, "what lies in a unit cannot hold that unit", Asks::of(&world, UNIT).served()));
    }

    let world = World::new();
    world.produce(&world.dairy, A1).unwrap();
    transform(&world, &[("01/09526543000013/21/LOOSE", Some(A1))], B1);
    world.recall(&world.dairy, &[A1]).unwrap();
    let about = "the lot that is told beside an input is recalled; that no record proves it hides no recall";
    cases.push(judge("recalled-lot-told-beside-a-loose-input", about, "RECALLED", &world, B1));

    let world = World::new();
    world.produce(&world.dairy, A1).unwrap();
    transform(&world, &[("01/09526543000013/21/LOOSE", None)], B1);
    distribute(&world, DistributionAction::Deliver, B1);
    let about =
        "no record proves the lot of an item that it was made of, so that a recall of that lot could not reach it";
    cases.push(judge("unproven-input", about, "UNPROVEN", &world, B1));
    cases
}
