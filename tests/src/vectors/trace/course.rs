//! What follows from what came before, row by row: what breaks the course, what asks, and what does neither.

use super::inputs::transform;
use super::log::Log;
use super::said::{
    arrives, cleared, corrected, departs, does, drafted, drafted_of, event_of, issued, port, says, strike, stuck,
    stuck_as, travels, unit,
};
use super::*;

const S2: &str = "01/09526543000013/21/S2";
const MADE: &str = "01/09526543000013/10/MADE";

/// A finding of the course: its field, and whether its entry keeps its effect.
type Found<'a> = (&'a str, bool);

/// A case whose story has just these findings.
fn found(name: &str, about: &str, asks: &Asks<'_>, findings: &[Found<'_>]) -> Case {
    ok(&format!("course-{name}"), about, asks.served()).finding(findings)
}

pub(super) fn cases() -> Vec<Case> {
    let all = [destroyed(), productions(), began(), lots(), stickers(), legs(), places(), customs(), lines()];
    let rest = [packing(), making(), moved_on(), reports(), corrections(), dated_back(), suspects(), order()];
    all.into_iter().chain(rest).flatten().collect()
}

/// What is physical does not happen to what was destroyed.
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

/// By what an item begins, and by what it does not.
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

/// A commissioning of a lot whose records do not say how it came to be.
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
    // A ledger refuses a wrong code.
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

fn legs() -> Vec<Case> {
    let (leg, body) = ("body.shipment_leg.leg_id", "body.shipment_leg");
    let case = |name: &str, about: &str, findings: &[Found<'_>], steps: &dyn Fn(&Memory)| {
        let world = issued();
        steps(&world);
        found(name, about, &Asks::of(&world, ITEM), findings)
    };
    let there = |world: &Memory| {
        departs(world, "A", "NLRTM", "DEHAM");
        arrives(world, "A", "NLRTM", "DEHAM");
    };
    vec![
        case("leg", "it departs, arrives, and departs from there", &[], &|world| {
            there(world);
            departs(world, "B", "DEHAM", "BEANR");
        }),
        case("departed-twice", "a second departure of a leg", &[(leg, false)], &|world| {
            departs(world, "A", "NLRTM", "DEHAM");
            departs(world, "A", "NLRTM", "DEHAM");
        }),
        case("arrived-twice", "a second arrival of a leg", &[(leg, false)], &|world| {
            there(world);
            arrives(world, "A", "NLRTM", "DEHAM");
        }),
        case("never-departed", "an arrival of a leg that never departed", &[(leg, false)], &|world| {
            arrives(world, "A", "NLRTM", "DEHAM");
        }),
        case("arrived-from-elsewhere", "another origin", &[(body, false)], &|world| {
            departs(world, "A", "NLRTM", "DEHAM");
            arrives(world, "A", "BEANR", "DEHAM");
        }),
        case("arrived-elsewhere", "another destination", &[(body, false)], &|world| {
            departs(world, "A", "NLRTM", "DEHAM");
            arrives(world, "A", "NLRTM", "BEANR");
        }),
        case("arrived-by-another-mode", "by rail, and departed by road", &[(body, false)], &|world| {
            departs(world, "A", "NLRTM", "DEHAM");
            let leg = travels("A", "arrival", "rail", &port("NLRTM"), &port("DEHAM"));
            says(world, &world.carrier, ITEM, leg);
        }),
        case("departed-from-elsewhere", "not where it arrived", &[("body.shipment_leg.origin", true)], &|world| {
            there(world);
            departs(world, "B", "BEANR", "FRLEH");
        }),
        case("departed-after-a-distribution", "something happened between", &[], &|world| {
            there(world);
            does(world, ITEM, "store");
            departs(world, "B", "BEANR", "FRLEH");
        }),
        case("departed-after-a-departure", "the leg between has not arrived", &[], &|world| {
            there(world);
            departs(world, "B", "DEHAM", "BEANR");
            departs(world, "C", "FRLEH", "BEANR");
        }),
    ]
}

/// Which places are the same.
fn places() -> Vec<Case> {
    let case = |name: &str, about: &str, from: Value, again: Value, is_same: bool| {
        let world = issued();
        for (movement, from) in [("departure", &from), ("arrival", &again)] {
            says(&world, &world.carrier, ITEM, travels("A", movement, "road", from, &port("DEHAM")));
        }
        let findings: &[Found<'_>] = if is_same { &[] } else { &[("body.shipment_leg", false)] };
        found(&format!("place-{name}"), about, &Asks::of(&world, ITEM), findings)
    };
    let (locode, airport) = (json!({"unlocode": "NLRTM", "country": "NL"}), json!({"iata": "RTM", "country": "NL"}));
    let with = |place: &Value, name: &str, value: &str| {
        let mut place = place.clone();
        place[name] = json!(value);
        place
    };
    let (gln, other) = ("9520000000011", "9520000000028");
    vec![
        case(
            "by-its-code",
            "the same UN/LOCODE, and more beside it",
            locode.clone(),
            with(&locode, "iata", "RTM"),
            true,
        ),
        case("of-nothing-in-common", "an airport here, a UN/LOCODE there", locode.clone(), airport.clone(), false),
        case(
            "by-its-airport",
            "the same airport, and more beside it",
            airport.clone(),
            with(&airport, "unlocode", "NLRTM"),
            true,
        ),
        case(
            "of-another-airport",
            "the same UN/LOCODE, another airport",
            with(&locode, "iata", "RTM"),
            with(&locode, "iata", "AMS"),
            false,
        ),
        case(
            "of-another-code",
            "the same airport, another UN/LOCODE",
            with(&airport, "unlocode", "NLRTM"),
            with(&airport, "unlocode", "NLAMS"),
            false,
        ),
        case("by-its-gln", "the same UN/LOCODE and GLN", with(&locode, "gln", gln), with(&locode, "gln", gln), true),
        case(
            "of-another-gln",
            "the same UN/LOCODE, another GLN",
            with(&locode, "gln", gln),
            with(&locode, "gln", other),
            false,
        ),
        case(
            "of-a-gln-beside-nothing",
            "the same UN/LOCODE, a GLN on one side",
            with(&locode, "gln", gln),
            locode,
            true,
        ),
    ]
}

/// The graph of what customs attest: each edge, and from each status one that is none.
fn customs() -> Vec<Case> {
    let follows: [&[&str]; 10] = [
        &[
            "accepted",
            "held",
            "held",
            "inspecting",
            "inspecting",
            "sampled",
            "sampled",
            "held",
            "sampled",
            "inspecting",
            "held",
            "released",
            "re_exported",
        ],
        &["accepted", "inspecting", "released"],
        &["accepted", "sampled", "released"],
        &["accepted", "released"],
        &["accepted", "rejected", "re_exported"],
        &["accepted", "seized"],
        &["accepted", "held", "rejected"],
        &["accepted", "held", "seized"],
        &["accepted", "inspecting", "rejected"],
        &["accepted", "inspecting", "seized"],
    ];
    let sampled: [&[&str]; 2] = [&["accepted", "sampled", "rejected"], &["accepted", "sampled", "seized"]];
    let tells = |world: &Memory, by: &Actor, body: Value| drop(says(world, by, ITEM, body));
    let world = issued();
    for (number, statuses) in follows.iter().chain(&sampled).enumerate() {
        for status in ["lodged"].iter().chain(*statuses) {
            tells(&world, &world.customs, cleared(&number.to_string(), status, "10"));
        }
    }
    let mut cases = vec![found("customs-each-edge", "each status that follows another", &Asks::of(&world, ITEM), &[])];

    // A leading `!` is what does not follow.
    let breaking: [&[&str]; 6] = [
        &[
            "!accepted",
            "lodged",
            "!lodged",
            "!released",
            "!held",
            "!re_exported",
            "accepted",
            "!accepted",
            "!lodged",
            "!re_exported",
        ],
        &[
            "lodged",
            "accepted",
            "held",
            "!accepted",
            "!re_exported",
            "inspecting",
            "!accepted",
            "!re_exported",
            "sampled",
            "!accepted",
            "!re_exported",
        ],
        &[
            "lodged",
            "accepted",
            "released",
            "!released",
            "!held",
            "!rejected",
            "re_exported",
            "!re_exported",
            "!lodged",
        ],
        &["lodged", "accepted", "rejected", "!rejected", "!released"],
        &["lodged", "accepted", "seized", "!seized", "!released", "!re_exported"],
        &["!seized", "!rejected", "!inspecting", "!sampled"],
    ];
    let world = issued();
    let mut count = 0;
    for (number, statuses) in breaking.iter().enumerate() {
        for status in *statuses {
            count += usize::from(status.starts_with('!'));
            tells(&world, &world.customs, cleared(&number.to_string(), status.trim_start_matches('!'), "10"));
        }
    }
    let status = ("body.customs_clearance.status", false);
    let about = "what does not follow, from each status";
    cases.push(found("customs-no-edge", about, &Asks::of(&world, ITEM), &vec![status; count]));

    let with = |number: &str, status: &str, change: &dyn Fn(&mut Value)| {
        let mut body = cleared(number, status, "10");
        change(&mut body["customs_clearance"]);
        body
    };
    let case = |name: &str, about: &str, findings: &[Found<'_>], steps: &dyn Fn(&Memory)| {
        let world = issued();
        steps(&world);
        found(&format!("customs-{name}"), about, &Asks::of(&world, ITEM), findings)
    };
    let by_carrier = |world: &Memory, status: &str| tells(world, &world.carrier, cleared("1", status, "10"));
    let by_customs = |world: &Memory, status: &str| tells(world, &world.customs, cleared("1", status, "10"));
    cases.extend([
        case("repeat-once", "customs at first repeat what others declared", &[], &|world| {
            by_carrier(world, "lodged");
            by_customs(world, "lodged");
            by_customs(world, "accepted");
        }),
        case("follow-others", "customs follow what others declared", &[], &|world| {
            by_carrier(world, "lodged");
            by_customs(world, "accepted");
        }),
        case("repeat-themselves", "what customs attested is not attested again", &[status], &|world| {
            by_carrier(world, "lodged");
            by_customs(world, "lodged");
            by_customs(world, "lodged");
        }),
        case("others-follow-others", "others follow what others said", &[], &|world| {
            by_carrier(world, "lodged");
            by_customs(world, "accepted");
            by_customs(world, "released");
            by_carrier(world, "accepted");
        }),
        case("others-do-not-follow-customs", "what customs attested leads others nowhere", &[status], &|world| {
            by_customs(world, "lodged");
            by_carrier(world, "accepted");
        }),
        case("others-repeat-themselves", "others do not declare twice", &[status], &|world| {
            by_carrier(world, "lodged");
            by_carrier(world, "lodged");
        }),
        case("of-another-number", "another number is another declaration", &[], &|world| {
            for number in ["1", "2"] {
                tells(world, &world.customs, cleared(number, "lodged", "10"));
            }
        }),
        case("in-another-direction", "another direction is another declaration", &[], &|world| {
            by_customs(world, "lodged");
            tells(world, &world.customs, with("1", "lodged", &|body| body["direction"] = json!("transit")));
        }),
        case("in-another-country", "another jurisdiction is another declaration", &[], &|world| {
            by_customs(world, "lodged");
            tells(world, &world.customs, with("1", "lodged", &|body| body["jurisdiction"] = json!("HK")));
        }),
        case("of-hidden-numbers", "declarations with hidden numbers are one", &[status], &|world| {
            for salt in [5, 6] {
                let hidden =
                    Opening { leaf: Hash::ZERO, path: code("declaration_no"), salt: [salt; 16], value: b"1".to_vec() };
                let commitment = json!(hidden.commitment());
                let body = with("1", "lodged", &|body| {
                    body["commitments"] = json!([commitment]);
                    body["declaration_no"] = Value::Null;
                });
                tells(world, &world.customs, body);
            }
        }),
    ]);
    cases
}

/// What is released is what was lodged.
fn lines() -> Vec<Case> {
    let line = |number: u64, value: &str, uom: &str| json!({"line_no": number, "hs_code": "0402210000", "hs_edition": "2022", "origin": "NL", "quantity": {"value": value, "uom": uom}});
    let case = |name: &str, about: &str, findings: &[Found<'_>], released: Value| {
        let world = issued();
        let lodged = json!([line(1, "10", "KGM"), line(2, "5.5", "LTR")]);
        for (status, lines) in [("lodged", lodged), ("accepted", json!([line(1, "99", "KGM")])), ("released", released)]
        {
            let mut body = cleared("1", status, "10");
            body["customs_clearance"]["lines"] = lines;
            says(&world, &world.customs, ITEM, body);
        }
        found(&format!("released-{name}"), about, &Asks::of(&world, ITEM), findings)
    };
    let at = |line: usize| format!("body.customs_clearance.lines.{line}.quantity");
    let (first, second) = (at(0), at(1));
    vec![
        case("as-lodged", "as much as was lodged", &[], json!([line(1, "10", "KGM"), line(2, "5.5", "LTR")])),
        case("less", "less, on one line", &[], json!([line(2, "5.4", "LTR")])),
        case(
            "more",
            "more on the second line",
            &[(&second, false)],
            json!([line(1, "10", "KGM"), line(2, "5.51", "LTR")]),
        ),
        case("more-than-was-accepted-of", "lodged is what counts", &[(&first, false)], json!([line(1, "11", "KGM")])),
        case("on-another-line", "a line that was not lodged", &[(&first, false)], json!([line(3, "1", "KGM")])),
        case("in-another-unit", "a unit that was not lodged decides nothing", &[], json!([line(1, "11000", "GRM")])),
    ]
}

fn packing() -> Vec<Case> {
    use AggregationAction::{Add, Delete, Observe};
    let parent: Found<'_> = ("body.aggregation.parent", false);
    let (first, second, third) = (unit(1), unit(2), unit(3));
    let case =
        |name: &str, about: &str, key: &str, findings: &[Found<'_>], steps: &[(AggregationAction, &str, &str)]| {
            let world = issued();
            for (action, unit, child) in steps {
                world.aggregate(*action, unit, &[child]).unwrap();
            }
            found(name, about, &Asks::of(&world, key), findings)
        };
    vec![
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

/// What moves on while it is recalled.
fn moved_on() -> Vec<Case> {
    let mut cases = Vec::new();
    let asks: Found<'_> = ("subjects", true);
    for (action, moves) in [
        ("receive", false),
        ("store", false),
        ("dispatch", true),
        ("deliver", true),
        ("sell", true),
        ("return", false),
        ("destroy", false),
    ] {
        let world = issued();
        world.recall(&world.dairy, &[ITEM]).unwrap();
        does(&world, ITEM, action);
        let findings: &[Found<'_>] = if moves { &[asks] } else { &[] };
        cases.push(found(
            &format!("recalled-and-then-{action}"),
            "a recall on this chain is in force",
            &Asks::of(&world, ITEM),
            findings,
        ));
    }
    let world = issued();
    departs(&world, "A", "NLRTM", "DEHAM");
    let recalled = world.recall(&world.dairy, &[ITEM]).unwrap();
    arrives(&world, "A", "NLRTM", "DEHAM");
    cases.push(found("recalled-and-then-arrived", "what was on its way arrives", &Asks::of(&world, ITEM), &[]));
    departs(&world, "B", "DEHAM", "BEANR");
    cases.push(found("recalled-and-then-departed", "it departs again", &Asks::of(&world, ITEM), &[asks]));
    let mut lift = serde_json::to_value(KindBody::Recall(recall(1))).unwrap();
    let hash = Hash::plain(&event_of(&recalled.entry.entry).encode());
    (lift["recall"]["action"], lift["recall"]["lifts"], lift["recall"]["scope"]) =
        (json!("lift"), json!(hash), json!([]));
    says(&world, &world.dairy, ITEM, lift);
    does(&world, ITEM, "sell");
    cases.push(found("recall-lifted-and-then-sold", "no recall is in force", &Asks::of(&world, ITEM), &[asks]));
    let world = issued();
    world.recall(&world.dairy, &[LOT]).unwrap();
    does(&world, ITEM, "sell");
    cases.push(found("lot-recalled-and-its-item-sold", "the recall is on another chain", &Asks::of(&world, ITEM), &[]));
    cases
}

/// What is told on several chains is told lots before items, and items before units.
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

/// A test by a method that the accreditation does not list.
fn reports() -> Vec<Case> {
    let case = |name: &str, about: &str, methods: &[&[&str]], findings: &[Found<'_>]| {
        let world = issued();
        let mut accreditation = crate::world::accreditation();
        accreditation.number = code("L9");
        for methods in methods {
            let act = json!({"accredit": {"accreditation": accreditation, "methods": methods}});
            let party = vec![Subject::Party(world.lab.party.clone())];
            world.act(&world.operator, party, serde_json::from_value(act).unwrap()).unwrap();
        }
        let mut event = super::binding::tested(&world, &world.lab, &[(LOT, None)]);
        if let KindBody::LabInspection(body) = &mut event.body {
            body.accreditation = accreditation;
            body.results.push(body.results[0].clone());
            body.results[1].method = code("ISO 4833");
        }
        world.say(&world.lab, &event).unwrap();
        found(name, about, &Asks::of(&world, LOT), findings)
    };
    let at = |result: usize| format!("body.lab_inspection.results.{result}.method");
    let (first, second) = (at(0), at(1));
    vec![
        case("tested-by-its-methods", "both methods are listed", &[&["ISO 14501", "ISO 4833"]], &[]),
        case("tested-by-another-method", "one method is not listed", &[&["ISO 14501"]], &[(&second, true)]),
        case("tested-by-other-methods", "no method is listed", &[&["X"]], &[(&first, true), (&second, true)]),
        case("tested-by-methods-of-two", "each registration lists one of them", &[&["ISO 14501"], &["ISO 4833"]], &[]),
        case("tested-by-any-method", "one registration lists no methods", &[&["X"], &[]], &[]),
    ]
}

fn corrections() -> Vec<Case> {
    let case = |name: &str, about: &str, mut more: Value, findings: &[Found<'_>]| {
        let world = issued();
        let right = event_of(&does(&world, ITEM, "receive")).event_id;
        let said = does(&world, ITEM, "store");
        if more["corrective_event_ids"] == true {
            more["corrective_event_ids"] = json!([right]);
        }
        world.say(&world.carrier, &corrected(&world, &world.carrier, &said, more)).unwrap();
        found(name, about, &Asks::of(&world, ITEM), findings)
    };
    let asks: &[Found<'_>] = &[("body.correction.corrective_event_ids", true)];
    vec![
        case(
            "corrected-without-what-is-right",
            "incorrect data, and no event that is right",
            json!({"reason": "incorrect_data"}),
            asks,
        ),
        case(
            "corrected-with-what-is-right",
            "incorrect data, and the event that is right",
            json!({"reason": "incorrect_data", "corrective_event_ids": true}),
            &[],
        ),
        case("corrected-for-another-reason", "it did not occur", json!({"reason": "did_not_occur"}), &[]),
    ]
}

/// What is said to have occurred long before what its signer had seen.
fn dated_back() -> Vec<Case> {
    let case = |name: &str, about: &str, before_ms: u64, quorum: &str, findings: &[Found<'_>]| {
        let world = issued();
        let leaf = world.ledger.newest().index.find(&subject(ITEM).index_key()).unwrap();
        let seen_s = world.now_s().seconds();
        world.cosign();
        let from = world.carrier.party.to_string();
        let body = json!({"distribution": {"action": "store", "from_party": from}});
        let mut event = drafted(&world, &world.carrier, &[ITEM], body);
        event.after = vec![Pin { subject: 0, count: leaf.count, head: leaf.head }];
        event.occurred_at_ms = seen_s * 1000 - before_ms;
        world.say(&world.carrier, &event).unwrap();
        world.cosign();
        let asks = Asks { policy: Some(policy(&world, quorum)), ..Asks::of(&world, ITEM) };
        found(name, about, &asks, findings)
    };
    let limit = 72 * HOUR_MS;
    vec![
        case(
            "dated-back",
            "more than 72 hours before the anchor of what it pins",
            limit + 1,
            "quorum auditors",
            &[("occurred_at_ms", true)],
        ),
        case("dated-back-a-little", "72 hours before the anchor of what it pins", limit, "quorum auditors", &[]),
        case("dated-back-without-anchor", "no quorum says when what it pins was there", limit + 1, "quorum none", &[]),
    ]
}

/// Signed with a key that is in other hands since.
fn suspects() -> Vec<Case> {
    let case = |name: &str, about: &str, quorum: &str, steps: &dyn Fn(&Memory, u64, Hash)| {
        let world = issued();
        let sold = does(&world, ITEM, "sell");
        let at_ms = world.now();
        world.pass(HOUR_MS);
        steps(&world, at_ms, Hash::plain(&event_of(&sold).encode()));
        let asks = Asks { policy: Some(policy(&world, quorum)), ..Asks::of(&world, ITEM) };
        ok(name, about, asks.served())
    };
    let act = |world: &Memory, action: Value| {
        let party = vec![Subject::Party(world.carrier.party.clone())];
        world.act(&world.carrier, party, serde_json::from_value(action).unwrap()).unwrap();
    };
    let lost = |world: &Memory, at_ms: u64| {
        let key_id = world.carrier.events().public().id();
        act(world, json!({"revoke_key": {"key_id": key_id, "reason": "compromised", "at_ms": at_ms}}));
    };
    vec![
        case("suspect", "the key was in other hands by then", "quorum none", &|world, at_ms, _| {
            lost(world, at_ms - HOUR_MS)
        }),
        case("suspect-anchored-before", "an anchor shows that it is older", "quorum auditors", &|world, at_ms, _| {
            world.cosign();
            world.pass(2 * HOUR_MS);
            lost(world, at_ms + 2 * HOUR_MS);
            world.cosign();
        }),
        case("suspect-anchored-after", "the anchor is younger than the loss", "quorum auditors", &|world, at_ms, _| {
            world.cosign();
            lost(world, at_ms);
            world.cosign();
        }),
        case("suspect-reaffirmed", "the party says it again", "quorum none", &|world, at_ms, hash| {
            lost(world, at_ms - HOUR_MS);
            act(world, json!({"reaffirm": {"event_hashes": [hash]}}));
        }),
        case("suspect-another-reaffirmed", "the party says another event again", "quorum none", &|world, at_ms, _| {
            lost(world, at_ms - HOUR_MS);
            act(world, json!({"reaffirm": {"event_hashes": [Hash::ZERO]}}));
        }),
    ]
}
