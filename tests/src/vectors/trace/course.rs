//! The consistency rules, row by row: events that break a rule, events that raise a question, and events that do neither.

use super::inputs::transform;
use super::log::Log;
use super::said::{
    cleared, corrected, departs, does, drafted, drafted_of, issued, port, says, strike, stuck, stuck_as, travels, unit,
};
use super::*;

const S2: &str = "01/09526543000013/21/S2";
const MADE: &str = "01/09526543000013/10/MADE";

/// A finding of the consistency rules: its field, and whether the entry keeps its effect.
pub(super) type Found<'a> = (&'a str, bool);

/// A case whose story has exactly these findings.
pub(super) fn found(name: &str, about: &str, asks: &Asks<'_>, findings: &[Found<'_>]) -> Case {
    ok(&format!("course-{name}"), about, asks.served()).finding(findings)
}

pub(super) fn cases() -> Vec<Case> {
    [destroyed(), productions(), began(), lots(), stickers(), packing(), making(), order()]
        .into_iter()
        .flatten()
        .collect()
}

/// Physical events about destroyed goods, which have no effect, and other events about the same goods.
fn destroyed() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, about, during) in [
        ("departed-after-its-end", "a departure of what was destroyed", "leg"),
        ("stored-after-its-end", "a distribution of what was destroyed", "distribution"),
        ("used-after-its-end", "a transformation of what was destroyed", "transformation"),
        ("packed-after-its-end", "a packing of what was destroyed", "add"),
        ("observed-after-its-end", "an observation of what was destroyed", "observe"),
        ("stickered-after-its-end", "a sticker is applied to what was destroyed", "applied"),
    ] {
        let world = issued();
        does(&world, ITEM, "destroy");
        match during {
            "leg" => drop(departs(&world, "A", "NLRTM", "DEHAM")),
            "distribution" => drop(does(&world, ITEM, "store")),
            "transformation" => transform(&world, &[(ITEM, None)], MADE),
            "add" => drop(world.aggregate(AggregationAction::Add, CASE, &[ITEM]).unwrap()),
            "observe" => drop(world.aggregate(AggregationAction::Observe, CASE, &[ITEM]).unwrap()),
            _ => drop(stuck(&world, "applied")),
        }
        cases.push(found(name, about, &Asks::of(&world, ITEM), &[("subjects", false)]));
    }
    let world = issued();
    world.aggregate(AggregationAction::Add, CASE, &[ITEM]).unwrap();
    does(&world, ITEM, "destroy");
    world.aggregate(AggregationAction::Delete, CASE, &[ITEM]).unwrap();
    stuck(&world, "voided");
    world.say(&world.lab, &super::binding::tested(&world, &world.lab, &[(ITEM, None)])).unwrap();
    let about = "what is not physical is said of what was destroyed: unpacking, voiding, testing";
    cases.push(found("said-after-its-end", about, &Asks::of(&world, ITEM), &[]));
    let world = issued();
    let part = json!([{"key": LOT, "quantity": {"value": "10", "uom": "KGM"}}]);
    let body = json!({"distribution": {"action": "destroy", "from_party": world.carrier.party}});
    world.say(&world.carrier, &drafted_of(&world, &world.carrier, part, body)).unwrap();
    does(&world, LOT, "store");
    cases.push(found("stored-after-the-end-of-a-part", "a part was destroyed", &Asks::of(&world, LOT), &[]));
    cases
}

fn productions() -> Vec<Case> {
    let again = |change: &dyn Fn(&mut Value)| {
        let world = issued();
        let mut body = json!({"production": production()});
        change(&mut body["production"]);
        let named = json!([{"key": LOT, "quantity": {"value": "1", "uom": "KGM"}}]);
        world.say(&world.dairy, &drafted_of(&world, &world.dairy, named, body)).unwrap();
        world
    };
    let case = |name: &str, about: &str, world: &Memory, findings: &[Found<'_>]| {
        found(name, about, &Asks::of(world, LOT), findings)
    };
    let (expiry, origin) = ("body.production.expiry_date", "body.production.country_of_origin");
    vec![
        case("made-again", "a second production says the same", &again(&|_| {}), &[]),
        case(
            "made-with-another-expiry",
            "another date of use",
            &again(&|body| body["expiry_date"] = json!("2028-12-31")),
            &[(expiry, false)],
        ),
        case(
            "made-without-an-expiry",
            "no date of use beside one",
            &again(&|body| body["expiry_date"] = Value::Null),
            &[(expiry, false)],
        ),
        case(
            "made-with-the-date-as-best-before",
            "the same day as best-before",
            &again(&|body| {
                body["best_before"] = body["expiry_date"].take();
            }),
            &[],
        ),
        case(
            "made-elsewhere",
            "another country of origin",
            &again(&|body| body["country_of_origin"] = json!("DE")),
            &[(origin, false)],
        ),
        case(
            "made-with-another-expiry-elsewhere",
            "another date of use and another country: the first is told",
            &again(&|body| {
                body["expiry_date"] = json!("2028-12-31");
                body["country_of_origin"] = json!("DE");
            }),
            &[(expiry, false)],
        ),
    ]
}

/// Events before its commissioning that begin an item, and events that do not.
fn began() -> Vec<Case> {
    let before = |name: &str, about: &str, is_begun: bool, first: &dyn Fn(&Memory)| {
        let world = World::new();
        world.produce(&world.dairy, LOT).unwrap();
        first(&world);
        world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
        let findings: &[Found<'_>] = if is_begun { &[("subjects", false)] } else { &[] };
        found(&format!("issued-after-{name}"), about, &Asks::of(&world, ITEM), findings)
    };
    let recall_of = |world: &Memory, by: &Actor| {
        world.recall(by, &[ITEM]).unwrap();
    };
    vec![
        before("a-delivery", "a delivery begins an item", true, &|world| drop(does(world, ITEM, "deliver"))),
        before("a-recall", "a recall by a brand begins an item", true, &|world| recall_of(world, &world.dairy)),
        before("a-sticker", "the applying of a sticker begins an item", true, &|world| drop(stuck(world, "applied"))),
        before("a-packing", "a packing begins an item", true, &|world| {
            world.aggregate(AggregationAction::Add, CASE, &[ITEM]).unwrap();
        }),
        before("a-departure", "a departure begins an item", true, &|world| drop(departs(world, "A", "NLRTM", "DEHAM"))),
        before("a-declaration", "a declaration by the carrier begins an item", true, &|world| {
            says(world, &world.carrier, ITEM, cleared("1", "lodged", "10"));
        }),
        before("its-sticker-was-issued", "the issue of its sticker begins nothing", false, &|world| {
            stuck(world, "issued");
        }),
        before("a-report", "a laboratory begins nothing", false, &|world| {
            world.say(&world.lab, &super::binding::tested(world, &world.lab, &[(ITEM, None)])).unwrap();
        }),
        before("a-clearance", "customs begin nothing", false, &|world| {
            says(world, &world.customs, ITEM, cleared("1", "lodged", "10"));
        }),
        before("a-regulators-recall", "a regulator begins nothing", false, &|world| {
            recall_of(world, &world.regulator);
        }),
        before("a-platforms-word", "the platform begins nothing", false, &|world| {
            says(world, &world.operator, ITEM, stuck_as("voided"));
        }),
        before("it-was-made", "a transformation comes before", false, &|world| transform(world, &[(LOT, None)], ITEM)),
        before("a-struck-delivery", "what is struck begins nothing, nor does its correction", false, &|world| {
            let said = does(world, ITEM, "deliver");
            strike(world, &world.carrier, &said);
        }),
    ]
}

/// A commissioning of a lot whose events do not show the origin of the lot.
fn lots() -> Vec<Case> {
    let of = |name: &str, about: &str, findings: &[Found<'_>], first: &dyn Fn(&Memory)| {
        let world = World::new();
        first(&world);
        world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
        found(&format!("issued-of-{name}"), about, &Asks::of(&world, ITEM), findings)
    };
    let asks: &[Found<'_>] = &[("body.commissioning.listed.lot", true)];
    vec![
        of("a-lot-without-production", "its lot has records, and no production", asks, &|world| {
            world.say(&world.lab, &super::binding::tested(world, &world.lab, &[(LOT, None)])).unwrap();
        }),
        of("an-unknown-lot", "its lot has no record yet", &[], &|_| {}),
        of("a-blend", "its lot was made from others", &[], &|world| {
            world.produce(&world.dairy, OTHER_LOT).unwrap();
            transform(world, &[(OTHER_LOT, None)], LOT);
        }),
    ]
}

fn stickers() -> Vec<Case> {
    let action = "body.sticker.action";
    let world = issued();
    for done in ["issued", "applied", "voided", "applied"] {
        stuck(&world, done);
    }
    let mut cases =
        vec![found("stickered-again", "a new sticker after the old was voided", &Asks::of(&world, ITEM), &[])];
    stuck(&world, "applied");
    let about = "a second sticker while one is applied";
    cases.push(found("stickered-twice", about, &Asks::of(&world, ITEM), &[(action, false)]));

    let code = "0123456789ABCDEF";
    let field = "body.sticker.code";
    // Appends to the log directly, because a ledger refuses a wrong code.
    let claimed = |name: &str, about: &str, key: &str, findings: &[Found<'_>], steps: &dyn Fn(&mut Log<'_>)| {
        let world = issued();
        let mut log = Log::of(&world);
        steps(&mut log);
        ok(&format!("course-{name}"), about, log.shown(key)).finding(findings)
    };
    let claim = |log: &mut Log<'_>, code: &str| {
        let body = json!({"sticker": {"action": "claimed", "code": code}});
        let event = drafted(log.world, &log.world.dairy, &[S2], body);
        log.says(&log.world.dairy.clone(), &event);
    };
    let commit = |log: &mut Log<'_>, code: Option<&str>| log.commits(LOT, &set_of(MODEL, &[("S2", code)]));
    let again = [(field, false), (action, false)];
    cases.extend([
        claimed("claimed-by-a-wrong-code", "another code, and its own, and that again", S2, &again, &|log| {
            commit(log, Some(code));
            claim(log, "0000000000000000");
            claim(log, code);
            claim(log, code);
        }),
        claimed("claimed-without-a-code-in-its-set", "its set has no code of it", S2, &[(field, false)], &|log| {
            commit(log, None);
            claim(log, code);
        }),
        claimed("claimed-of-no-set", "no set holds it", S2, &[(field, false)], &|log| claim(log, code)),
        claimed("claimed-of-a-struck-set", "its set was taken back", S2, &[(field, false)], &|log| {
            let said = commit(log, Some(code));
            claim(log, code);
            let event = corrected(log.world, &log.world.dairy, &said, json!({"reason": "wrong_subject"}));
            log.says(&log.world.dairy.clone(), &event);
        }),
        claimed("claimed-of-an-input", "a claim of an item that is not asked for", MADE, &[(field, false)], &|log| {
            commit(log, Some(code));
            claim(log, code);
            let body = json!({"transformation": {"inputs": [1], "outputs": [0]}});
            let event = drafted(log.world, &log.world.dairy, &[MADE, S2], body);
            log.says(&log.world.dairy.clone(), &event);
        }),
    ]);
    cases
}

fn packing() -> Vec<Case> {
    use AggregationAction::{Add, Delete, Observe};
    let parent: Found<'_> = ("body.aggregation.parent", false);
    let (first, second, third) = (unit(1), unit(2), unit(3));
    let case =
        |name: &str, about: &str, key: &str, findings: &[Found<'_>], steps: &[(AggregationAction, &str, &str)]| {
            let world = issued();
            for (action, unit, children) in steps {
                world.aggregate(*action, unit, &children.split(' ').collect::<Vec<_>>()).unwrap();
            }
            found(name, about, &Asks::of(&world, key), findings)
        };
    vec![
        case(
            "packed-in-a-circle-unseen",
            "two units lie in each other, by entries of which the story has a part",
            ITEM,
            &[],
            &[
                (Add, &first, &format!("{ITEM} {second}")),
                (Delete, &first, ITEM),
                (Delete, &first, &second),
                (Add, &second, &format!("{ITEM} {first}")),
                (Delete, &second, ITEM),
                (Add, &second, ITEM),
            ],
        ),
        case("packed-twice", "it lies in a unit", ITEM, &[parent], &[(Add, &first, ITEM), (Add, &second, ITEM)]),
        case(
            "packed-again",
            "it lay in a unit",
            ITEM,
            &[],
            &[(Add, &first, ITEM), (Delete, &first, ITEM), (Add, &second, ITEM)],
        ),
        case(
            "packed-in-the-same",
            "it lies in this unit",
            ITEM,
            &[parent],
            &[(Add, &first, ITEM), (Add, &first, ITEM)],
        ),
        case("unpacked-of-none", "it lies in no unit", ITEM, &[parent], &[(Delete, &first, ITEM)]),
        case(
            "unpacked-of-another",
            "it lies in another unit",
            ITEM,
            &[parent],
            &[(Add, &first, ITEM), (Delete, &second, ITEM)],
        ),
        case("observed", "an observation packs nothing", ITEM, &[], &[(Observe, &first, ITEM), (Add, &second, ITEM)]),
        case(
            "packed-in-itself-through-others",
            "a circle of three",
            &first,
            &[parent],
            &[(Add, &second, &first), (Add, &third, &second), (Add, &first, &third)],
        ),
        case(
            "lot-in-two-units",
            "a lot lies in several, by quantity",
            LOT,
            &[],
            &[(Add, &first, LOT), (Add, &second, LOT), (Delete, &third, LOT)],
        ),
    ]
}

fn making() -> Vec<Case> {
    let outputs: Found<'_> = ("body.transformation.outputs", false);
    let case = |name: &str, about: &str, key: &str, findings: &[Found<'_>], steps: &dyn Fn(&Memory)| {
        let world = World::new();
        world.produce(&world.dairy, LOT).unwrap();
        steps(&world);
        found(name, about, &Asks::of(&world, key), findings)
    };
    vec![
        case("made-of-itself", "an output that its input was made of", LOT, &[outputs], &|world| {
            transform(world, &[(LOT, None)], MADE);
            transform(world, &[(MADE, None)], LOT);
        }),
        case("made-of-itself-through-another", "a circle of three", LOT, &[outputs], &|world| {
            transform(world, &[(LOT, None)], MADE);
            transform(world, &[(MADE, None)], OTHER_LOT);
            transform(world, &[(OTHER_LOT, None)], LOT);
        }),
        case("made-in-a-line", "a lot of a lot of a lot", OTHER_LOT, &[], &|world| {
            transform(world, &[(LOT, None)], MADE);
            transform(world, &[(MADE, None)], OTHER_LOT);
        }),
        case("made-although-it-was-there", "an item that began before", ITEM, &[outputs], &|world| {
            world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
            transform(world, &[(LOT, None)], ITEM);
        }),
        case("made-twice", "an item that was made before", ITEM, &[outputs], &|world| {
            transform(world, &[(LOT, None)], ITEM);
            transform(world, &[(LOT, None)], ITEM);
        }),
        case("made-after-its-sticker", "the issue of its sticker comes before", ITEM, &[], &|world| {
            stuck(world, "issued");
            transform(world, &[(LOT, None)], ITEM);
        }),
        case("lot-made-although-it-was-there", "a lot can be added to", LOT, &[], &|world| {
            transform(world, &[(OTHER_LOT, None)], LOT);
        }),
    ]
}

/// Findings on several chains come in the order lots, items, units.
fn order() -> Vec<Case> {
    let world = issued();
    does(&world, LOT, "destroy");
    departs(&world, "A", "NLRTM", "DEHAM");
    let leg = travels("A", "departure", "road", &port("NLRTM"), &port("DEHAM"));
    world.say(&world.carrier, &drafted(&world, &world.carrier, &[LOT, ITEM], leg)).unwrap();
    let both = [("subjects", false), ("body.shipment_leg.leg_id", false)];
    let mut cases =
        vec![found("lot-before-item", "the lot was destroyed, and the item departed", &Asks::of(&world, ITEM), &both)];
    let world = issued();
    let (inner, outer) = (unit(1), unit(2));
    world.aggregate(AggregationAction::Add, &inner, &[ITEM]).unwrap();
    does(&world, &inner, "destroy");
    world.aggregate(AggregationAction::Add, &outer, &[ITEM, &inner]).unwrap();
    let both = [("body.aggregation.parent", false), ("subjects", false)];
    cases.push(found(
        "item-before-unit",
        "the item lies in a unit, and that was destroyed",
        &Asks::of(&world, ITEM),
        &both,
    ));
    cases
}
