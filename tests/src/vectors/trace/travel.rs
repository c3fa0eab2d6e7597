//! The consistency rules of transport legs and customs declarations.

use super::course::{Found, found};
use super::said::{arrives, cleared, departs, does, issued, port, says, travels};
use super::*;

pub(super) fn cases() -> Vec<Case> {
    [legs(), places(), customs(), lines()].into_iter().flatten().collect()
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

/// Locations that are the same, and locations that are not.
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

/// The graph of customs statuses: each edge, and from each status a status that may not follow.
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

    // A leading `!` marks a status that may not follow.
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

/// Lines of a release against the lines of the lodged declaration: customs release no more than was lodged.
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
