//! Lines of events, as a person reads them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use headwater_event::code_list::CodeList;
use headwater_event::kind::KindBody;
use headwater_testing::world::{World, subject};
use headwater_tests::repository::read;
use headwater_words::event::line;
use headwater_words::unit::SIGNS;
use serde_json::{Value, json};

const LOT: &str = "01/09526543000013/10/L26-0417";

/// Lines, each with the body that the line describes.
fn lines() -> Vec<(&'static str, Value)> {
    let leg = |uom: &str| {
        json!({"shipment_leg": {
            "refs": [{"kind": "cmr", "id": "CMR-8841"}], "leg_id": "TRUCK-1", "leg_seq": 1, "movement": "arrival", "mode": "road",
            "origin": {"unlocode": "NLLWR", "country": "NL"}, "destination": {"iata": "AMS", "country": "NL"},
            "temperature": {"min": "2", "mean": "3", "max": "4.5", "uom": uom}, "by": {"vehicle": {"operator": "Windmill", "vehicle": "NL-24-BXK"}},
        }})
    };
    let sailing = |origin: Value, destination: Value| {
        json!({"shipment_leg": {
            "refs": [{"kind": "bol", "id": "B-1"}], "leg_id": "SEA-1", "leg_seq": 1, "movement": "departure", "mode": "sea",
            "origin": origin, "destination": destination, "by": {"vessel": {"ship": "9074729", "voyage": "1", "containers": ["CSQU3054383"]}},
        }})
    };
    let declared = |body: Value| {
        let mut clearance = json!({"office_code": "2248", "regime": "1210", "jurisdiction": "CN", "direction": "import", "status": "lodged"});
        clearance.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        json!({"customs_clearance": clearance})
    };
    let commitment = json!({"path": "declaration_no", "hash": "00".repeat(32)});
    let tested = |result: Value| {
        let mut body = json!({"lab_inspection": {
            "laboratory": "417/9526543000105", "accreditation": {"body": "RvA", "number": "L042", "mra": "ILAC", "valid_from": "2025-01-01", "valid_to": "2028-12-31"},
            "report_no": "R-1", "issue_date": "2026-04-19", "performed_from": "2026-04-18", "performed_to": "2026-04-19",
            "sample": {"id": "S-1", "sampled_at": "2026-04-17", "received_at": "2026-04-17", "condition": "sealed", "subjects": [0]},
            "verdict": "pass", "decision_rule": "simple acceptance", "scope_statement": "Only the items tested.",
            "results": [{
                "analyte": {"names": [{"lang": "en", "text": "Enterobacteriaceae"}]}, "method": "ISO 21528-2", "uom": "C62", "verdict": "pass",
            }],
        }});
        let told = body["lab_inspection"]["results"][0].as_object_mut().unwrap();
        told.extend(result.as_object().unwrap().clone());
        body
    };
    let packed = |action: &str| json!({"aggregation": {"action": action, "parent": 0}});
    vec![
        (
            "arrival location NLLWR (UN/LOCODE), NL to airport AMS, NL, road NL-24-BXK, cmr CMR-8841, 2 to 4.5 °C",
            leg("CEL"),
        ),
        (
            "arrival location NLLWR (UN/LOCODE), NL to airport AMS, NL, road NL-24-BXK, cmr CMR-8841, 2 to 4.5 °F",
            leg("FAH"),
        ),
        (
            "arrival location NLLWR (UN/LOCODE), NL to airport AMS, NL, road NL-24-BXK, cmr CMR-8841, 2 to 4.5 KEL",
            leg("KEL"),
        ),
        (
            "departure port NLRTM, NL to port CNSHA, ship 9074729, bol B-1",
            sailing(json!({"unlocode": "NLRTM", "country": "NL"}), json!({"unlocode": "CNSHA"})),
        ),
        (
            "departure location 9526543000112 (GLN), NL to Dock 4, ship 9074729, bol B-1",
            sailing(
                json!({"gln": "9526543000112", "country": "NL"}),
                json!({"gln": "9526543000112", "address": [{"lang": "en", "text": "Dock 4"}]}),
            ),
        ),
        ("import lodged, declaration 2248", declared(json!({"declaration_no": "2248"}))),
        ("import lodged, declaration hidden", declared(json!({"commitments": [commitment]}))),
        ("import lodged, no declaration number", declared(json!({}))),
        (
            "pass, 1 of 1 passed: Enterobacteriaceae < 1 in 25 g",
            tested(json!({"operator": "lt", "value": "1", "per": {"value": "25", "uom": "GRM"}})),
        ),
        ("pass, 1 of 1 passed: Enterobacteriaceae < 1", tested(json!({"operator": "lt", "value": "1"}))),
        (
            "pass, 1 of 1 passed: Enterobacteriaceae 0.008 µg/kg",
            tested(json!({"operator": "eq", "value": "0.008", "uom": "J33"})),
        ),
        (
            "pass, 1 of 1 passed: Enterobacteriaceae ≥ 0.008 µg/kg",
            tested(json!({"operator": "ge", "value": "0.008", "uom": "J33"})),
        ),
        (
            "pass, 1 of 1 passed: Enterobacteriaceae not detected in 25 g",
            tested(json!({"operator": "nd", "per": {"value": "25", "uom": "GRM"}})),
        ),
        ("packed into 01/09526543000013/10/L26-0417", packed("add")),
        ("unpacked from 01/09526543000013/10/L26-0417", packed("delete")),
        ("seen in 01/09526543000013/10/L26-0417", packed("observe")),
    ]
}

#[test]
fn a_line_says_what_the_event_says() {
    let world = World::new();
    for (says, body) in lines() {
        let body: KindBody = headwater_testing::document::message(&body).unwrap();
        assert_eq!(line(&world.event(&world.dairy, vec![subject(LOT)], body)), says);
    }
}

/// Rows of a table of texts in a script: keys with or without quotes, values in quotes.
fn table(script: &str, name: &str) -> Vec<(String, String)> {
    let (_, rest) = script.split_once(&format!("const {name} = {{")).unwrap();
    let (rows, _) = rest.split_once('}').unwrap();
    let rows = rows.split(',').filter_map(|row| row.trim().split_once(": "));
    rows.map(|(key, value)| (key.to_owned(), value.trim_matches('\'').to_owned())).collect()
}

#[test]
fn the_page_has_the_same_signs_of_units() {
    let mut on_the_page = table(&read("ledger-node/page/below/units.js"), "UNITS");
    let mut here: Vec<_> = SIGNS.iter().map(|(code, sign)| ((*code).to_owned(), (*sign).to_owned())).collect();
    on_the_page.sort();
    here.sort();
    assert_eq!(on_the_page, here);
    for (code, _) in SIGNS {
        assert!(CodeList::Unit.contains(code), "{code}");
    }
}

#[test]
fn the_page_has_the_same_words_for_locations() {
    let words: Value = serde_json::from_str(&read("ledger-node/page/below/words/en.json")).unwrap();
    let all: Vec<&str> = lines().into_iter().map(|(line, _)| line).collect();
    for (word, id, sort) in [
        ("airport", "AMS", ""),
        ("port", "CNSHA", ""),
        ("location", "NLLWR", "UN/LOCODE"),
        ("location", "9526543000112", "GLN"),
    ] {
        let location = words[word].as_str().unwrap().replace("{id}", id).replace("{sort}", sort);
        assert!(all.iter().any(|line| line.contains(&location)), "{location}");
    }
}
