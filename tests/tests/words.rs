//! Lines of events, as a person reads them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use headwater_event::kind::KindBody;
use headwater_testing::world::{World, subject};
use headwater_words::event::line;
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
    let declared = |body: Value| {
        let mut clearance = json!({"office_code": "2248", "regime": "1210", "jurisdiction": "CN", "direction": "import", "status": "lodged"});
        clearance.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        json!({"customs_clearance": clearance})
    };
    let commitment = json!({"path": "declaration_no", "hash": "00".repeat(32)});
    let tested = |per: Option<Value>| {
        let mut body = json!({"lab_inspection": {
            "laboratory": "417/9526543000105", "accreditation": {"body": "RvA", "number": "L042", "mra": "ILAC", "valid_from": "2025-01-01", "valid_to": "2028-12-31"},
            "report_no": "R-1", "issue_date": "2026-04-19", "performed_from": "2026-04-18", "performed_to": "2026-04-19",
            "sample": {"id": "S-1", "sampled_at": "2026-04-17", "received_at": "2026-04-17", "condition": "sealed", "subjects": [0]},
            "verdict": "pass", "decision_rule": "simple acceptance", "scope_statement": "Only the items tested.",
            "results": [{
                "analyte": {"names": [{"lang": "en", "text": "Enterobacteriaceae"}]}, "method": "ISO 21528-2", "operator": "lt",
                "value": "1", "uom": "C62", "verdict": "pass",
            }],
        }});
        if let Some(per) = per {
            body["lab_inspection"]["results"][0]["per"] = per;
        }
        body
    };
    let packed = |action: &str| json!({"aggregation": {"action": action, "parent": 0}});
    vec![
        ("arrival NLLWR, NL to AMS, NL, road NL-24-BXK, cmr CMR-8841, 2 to 4.5 °C", leg("CEL")),
        ("arrival NLLWR, NL to AMS, NL, road NL-24-BXK, cmr CMR-8841, 2 to 4.5 °F", leg("FAH")),
        ("arrival NLLWR, NL to AMS, NL, road NL-24-BXK, cmr CMR-8841, 2 to 4.5 KEL", leg("KEL")),
        ("import lodged, declaration 2248", declared(json!({"declaration_no": "2248"}))),
        ("import lodged, declaration hidden", declared(json!({"commitments": [commitment]}))),
        ("import lodged, no declaration number", declared(json!({}))),
        (
            "pass, 1 of 1 passed: Enterobacteriaceae lt 1 C62 in 25 GRM",
            tested(Some(json!({"value": "25", "uom": "GRM"}))),
        ),
        ("pass, 1 of 1 passed: Enterobacteriaceae lt 1 C62", tested(None)),
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
