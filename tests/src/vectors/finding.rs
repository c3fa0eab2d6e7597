//! Well-formed events with claims that cannot be true: results that contradict their limits, days in the future, and units and
//! locations that do not exist.

use headwater_event::codec::Message as _;
use headwater_event::event::Event;
use headwater_event::kind::Kind;
use serde_json::{Value, json};

use super::Case;
use super::event::sample;

use headwater_testing::document;

/// A sample event of a kind, with other values in fields of the body or the envelope. Each field is named by its path.
pub(super) fn changed(kind: Kind, changes: &[(&str, Value)]) -> Event {
    let mut document = serde_json::to_value(sample(kind)).expect("a document");
    for (path, value) in changes {
        let mut at = &mut document;
        for part in path.split('.') {
            at = match part.parse::<usize>() {
                Ok(place) => &mut at[place],
                Err(_) => &mut at[part],
            };
        }
        *at = value.clone();
    }
    document::message(&document).expect("an event")
}

fn told(name: &str, about: &str, kind: Kind, changes: &[(&str, Value)]) -> Case {
    let event = changed(kind, changes);
    Case::ok("event", &format!("finding-{name}"), about, json!({"event": hex::encode(event.encode())}))
}

pub(super) fn cases() -> Vec<Case> {
    [results(), rules_of_decision(), days(), units_and_places()].into_iter().flatten().collect()
}

/// A report with one result and the verdict of that result.
fn tested(name: &str, about: &str, result: Value, verdict: &str, rule: &str) -> Case {
    let mut whole =
        json!({"analyte": {"names": [{"lang": "en", "text": "lead"}]}, "method": "ISO 14501", "verdict": verdict});
    whole.as_object_mut().expect("fields").extend(result.as_object().expect("fields").clone());
    let overall = if whole["limit"].is_null() { "inconclusive" } else { verdict };
    let body = |name: &str| format!("body.lab_inspection.{name}");
    let changes =
        [(body("results"), json!([whole])), (body("verdict"), json!(overall)), (body("decision_rule"), json!(rule))];
    let changes: Vec<(&str, Value)> = changes.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
    told(name, about, Kind::LabInspection, &changes)
}

fn results() -> Vec<Case> {
    let simple = |name: &str, about: &str, result: Value, verdict: &str| {
        tested(name, about, result, verdict, "simple acceptance")
    };
    let limit = |value: &str, uom: &str| json!({"operator": "le", "value": value, "uom": uom});
    let lead = |value: &str, limit: Value| json!({"operator": "eq", "value": value, "uom": "NA", "limit": limit});
    let per = |value: &str, uom: &str| json!({"value": value, "uom": uom});
    let nothing = |grams: &str| json!({"operator": "nd", "uom": "C62", "per": per(grams, "GRM")});
    let found = |result: Value, grams: &str| {
        let mut result = result;
        (result["uom"], result["per"], result["limit"]) = (json!("C62"), per(grams, "GRM"), nothing("25"));
        result
    };
    let counted = |grams: &str, unit: &str| {
        json!({"operator": "eq", "value": "590", "uom": "C62", "per": per("1", "GRM"),
            "limit": {"operator": "le", "value": "14750", "uom": "C62", "per": per(grams, unit)}})
    };
    vec![
        simple(
            "pass-over-a-limit-in-another-unit",
            "0.5 mg/kg passes no limit of 20 µg/kg",
            lead("0.5", limit("20", "J33")),
            "pass",
        ),
        simple(
            "fail-over-a-limit-in-another-unit",
            "0.5 mg/kg fails a limit of 20 µg/kg: no finding",
            lead("0.5", limit("20", "J33")),
            "fail",
        ),
        simple(
            "pass-at-a-limit-in-another-unit",
            "0.02 mg/kg is 20 µg/kg: no finding",
            lead("0.02", limit("20", "J33")),
            "pass",
        ),
        simple(
            "pass-against-a-limit-of-another-kind",
            "mg/kg against mg/l decides nothing",
            lead("0.5", limit("1", "M1")),
            "pass",
        ),
        simple("counts-of-portions", "590 of 1 g is 14750 of 25 g: no finding", counted("25", "GRM"), "pass"),
        simple("counts-of-portions-over", "590 of 1 g is more than 14750 of 0.03 kg", counted("0.03", "KGM"), "pass"),
        simple("counts-of-other-portions", "of 1 g, and of 1 ml", counted("1", "MLT"), "pass"),
        simple("portion-of-nothing", "a portion of 0 g", counted("0", "GRM"), "inconclusive"),
        simple("portion-by-the-second", "a portion in kilograms per second", counted("1", "KGS"), "inconclusive"),
        simple(
            "less-than-loq",
            "less than the limit of quantification passes: no finding",
            json!({"operator": "lt", "value": "0.01", "uom": "NA", "loq": "0.01", "limit": limit("0.02", "NA")}),
            "pass",
        ),
        simple(
            "less-than-more-than-the-limit",
            "less than what is over the limit says nothing",
            json!({"operator": "lt", "value": "0.03", "uom": "NA", "limit": limit("0.02", "NA")}),
            "pass",
        ),
        simple(
            "nd-with-lod",
            "not detected, by a limit of detection in another unit than the limit: no finding",
            json!({"operator": "nd", "lod": "0.001", "uom": "NA", "limit": limit("2", "J33")}),
            "pass",
        ),
        simple(
            "nd-without-lod",
            "not detected says nothing without a limit of detection",
            json!({"operator": "nd", "uom": "NA", "limit": limit("2", "J33")}),
            "pass",
        ),
        simple(
            "nd-in-a-larger-portion",
            "not in 50 g, so not in 25 g: no finding",
            found(json!({"operator": "nd"}), "50"),
            "pass",
        ),
        simple(
            "nd-in-a-smaller-portion",
            "not in 10 g says nothing of 25 g",
            found(json!({"operator": "nd"}), "10"),
            "pass",
        ),
        simple(
            "nd-against-nd-of-another-kind",
            "no lead says nothing of bacteria",
            json!({"operator": "nd", "lod": "0.1", "uom": "MGM", "per": per("1", "KGM"), "limit": nothing("1")}),
            "pass",
        ),
        simple(
            "nd-against-nd-of-another-kind-of-no-portion",
            "no mg/kg says nothing of a count",
            json!({"operator": "nd", "uom": "NA", "limit": {"operator": "nd", "uom": "C62"}}),
            "pass",
        ),
        simple(
            "nd-against-nd-in-another-unit",
            "no kg of 1 kg is no mg of 1 kg: no finding",
            json!({"operator": "nd", "uom": "KGM", "per": per("1", "KGM"),
                "limit": {"operator": "nd", "uom": "MGM", "per": per("1", "KGM")}}),
            "pass",
        ),
        simple(
            "found-in-a-smaller-portion",
            "in 10 g, so in 25 g",
            found(json!({"operator": "gt", "value": "0"}), "10"),
            "pass",
        ),
        simple(
            "found-in-a-larger-portion",
            "in 50 g says nothing of 25 g: no finding",
            found(json!({"operator": "gt", "value": "0"}), "50"),
            "inconclusive",
        ),
        simple(
            "less-than-against-nd",
            "less than 10 is not found, and not nothing: no finding",
            found(json!({"operator": "lt", "value": "10"}), "25"),
            "inconclusive",
        ),
        simple(
            "no-limit",
            "without a limit a result is inconclusive: no finding",
            json!({"operator": "eq", "value": "24.3", "uom": "P1"}),
            "inconclusive",
        ),
        simple(
            "pass-without-limit",
            "there is nothing to pass",
            json!({"operator": "eq", "value": "24.3", "uom": "P1"}),
            "pass",
        ),
        simple(
            "fail-without-limit",
            "there is nothing to fail",
            json!({"operator": "eq", "value": "24.3", "uom": "P1"}),
            "fail",
        ),
        simple(
            "inconclusive-where-it-is-decided",
            "value and limit say pass",
            lead("0.01", limit("20", "J33")),
            "inconclusive",
        ),
        told(
            "verdict-of-all-else-inconclusive",
            "no result fails, not all pass, and the report says fail",
            Kind::LabInspection,
            &[
                ("body.lab_inspection.results.0.limit", Value::Null),
                ("body.lab_inspection.results.0.verdict", json!("inconclusive")),
                ("body.lab_inspection.verdict", json!("fail")),
            ],
        ),
    ]
}

/// A case for each cell of the table of decision rules and each verdict, including verdicts that the rule does not allow.
fn rules_of_decision() -> Vec<Case> {
    let mut cases = Vec::new();
    let places =
        [("inside", "0.040"), ("over-from-inside", "0.049"), ("over-from-outside", "0.051"), ("outside", "0.060")];
    for (rule, short) in
        [("simple acceptance", "simple"), ("guard band", "guard"), ("beyond reasonable doubt", "words")]
    {
        for (place, value) in places {
            for verdict in ["pass", "fail", "inconclusive"] {
                let result = json!({"operator": "eq", "value": value, "uom": "NA", "uncertainty": {"value": "0.004", "k": "2"},
                    "limit": {"operator": "le", "value": "50", "uom": "J33"}});
                let about = format!("{value} ± 0.004 mg/kg against 50 µg/kg, by {rule}: {verdict}");
                cases.push(tested(&format!("rule-{short}-{place}-{verdict}"), &about, result, verdict, rule));
            }
        }
    }
    let one = |value: &str, verdict: &str, name: &str| {
        let result = json!({"operator": "eq", "value": value, "uom": "NA", "uncertainty": {"value": "0.01", "k": "2"},
            "limit": {"operator": "eq", "value": "0.05", "uom": "NA"}});
        tested(name, "a limit that is one value, within the uncertainty", result, verdict, "simple acceptance")
    };
    cases.push(one("0.05", "pass", "rule-limit-of-one-value"));
    cases.push(one("0.055", "fail", "rule-limit-of-one-value-missed"));
    cases.push(one("0.055", "inconclusive", "rule-limit-of-one-value-perhaps"));
    cases.push(one("0.07", "inconclusive", "rule-limit-of-one-value-out-of-reach"));
    let result = json!({"operator": "eq", "value": "1", "uom": "NA", "uncertainty": {"value": "-1", "k": "2"}});
    cases.push(tested("uncertainty-below-zero", "less than no uncertainty", result, "inconclusive", "guard band"));
    cases
}

fn days() -> Vec<Case> {
    let made = |field: &str| format!("body.production.{field}");
    let flown = |field: &str| format!("body.shipment_leg.by.flight.{field}");
    let occurred = sample(Kind::ShipmentLeg).occurred_at_ms;
    vec![
        told(
            "made-tomorrow",
            "a production of a day that is still to come",
            Kind::Production,
            &[(&made("production_date"), json!("2030-01-01")), (&made("expiry_date"), json!("2031-01-01"))],
        ),
        told(
            "harvested-tomorrow",
            "a harvest of days that are still to come",
            Kind::Production,
            &[(&made("harvest_from"), json!("2030-01-01")), (&made("harvest_to"), json!("2030-01-02"))],
        ),
        told(
            "made-today-where-it-is-later",
            "a day that has begun where the event was, and not in UTC: no finding",
            Kind::Production,
            &[
                ("occurred_at_ms", json!(1_776_380_400_000_u64)),
                ("utc_offset_minutes", json!(120)),
                (&made("production_date"), json!("2026-04-17")),
            ],
        ),
        told(
            "made-tomorrow-where-it-is-earlier",
            "a day that has begun in UTC, and not where the event was",
            Kind::Production,
            &[
                ("occurred_at_ms", json!(1_776_384_000_000_u64)),
                ("utc_offset_minutes", json!(-60)),
                (&made("production_date"), json!("2026-04-17")),
            ],
        ),
        told(
            "flown-next-year",
            "a flight that is still to come",
            Kind::ShipmentLeg,
            &[(&flown("flight_date"), json!("2030-01-01"))],
        ),
        told(
            "left-and-arrived-later",
            "departed and arrived after the event",
            Kind::ShipmentLeg,
            &[
                (&flown("atd"), json!({"ms": occurred + 1, "offset_minutes": 0})),
                (&flown("ata"), json!({"ms": occurred + 2, "offset_minutes": 0})),
            ],
        ),
        told(
            "audited-next-year",
            "an audit that is still to come, under an accreditation that is still to begin",
            Kind::Certification,
            &[
                ("body.certification.audit_date", json!("2030-01-01")),
                (
                    "body.certification.accreditation",
                    json!({"body": "CNAS", "number": "IB1", "valid_from": "2030-01-01", "valid_to": "2031-01-01"}),
                ),
            ],
        ),
        told(
            "filmed-next-year",
            "a film that is still to be taken",
            Kind::OriginContent,
            &[("body.origin_content.content.captured_at.ms", json!(1_900_000_000_000_u64))],
        ),
        told(
            "compromised-next-year",
            "a key that is still to be lost",
            Kind::Party,
            &[(
                "body.party_event.action",
                json!({"revoke_key": {"key_id": "11".repeat(32), "reason": "compromised", "at_ms": 1_900_000_000_000_u64}}),
            )],
        ),
        told(
            "revoked-from-its-entry-on",
            "a revocation without a time: no finding",
            Kind::Party,
            &[("body.party_event.action", json!({"revoke_key": {"key_id": "11".repeat(32), "reason": "compromised"}}))],
        ),
    ]
}

fn units_and_places() -> Vec<Case> {
    let place = |name: &str, about: &str, code: &str| {
        told(
            name,
            about,
            Kind::Production,
            &[("place.unlocode", json!(code)), ("place.country", Value::Null), ("place.gln", json!("9526543000105"))],
        )
    };
    vec![
        told(
            "goods-by-the-second",
            "900 kilograms per second",
            Kind::Production,
            &[("subjects.0.quantity.uom", json!("KGS"))],
        ),
        told("goods-by-degrees", "900 degrees", Kind::Production, &[("subjects.0.quantity.uom", json!("CEL"))]),
        told(
            "losses-by-the-second",
            "losses in kilograms per second",
            Kind::Transformation,
            &[("body.transformation.losses", json!({"value": "1", "uom": "KGS"}))],
        ),
        told(
            "content-in-percent",
            "a net content in percent",
            Kind::OriginContent,
            &[("body.origin_content.net_content", json!({"value": "5", "uom": "P1"}))],
        ),
        place("place-of-nothing", "XXX names no place", "NLXXX"),
        place("place-without-a-code", "ZZZ names no place", "NLZZZ"),
        place("place-in-no-country", "a UN/LOCODE that begins with no country", "QQRTM"),
        place("place-at-sea", "an installation at sea: no finding", "XZUMS"),
        told(
            "port-of-nothing",
            "ports that are none",
            Kind::CustomsClearance,
            &[
                ("body.customs_clearance.port_of_loading", json!("NLXXX")),
                ("body.customs_clearance.port_of_entry", json!("QQHGH")),
            ],
        ),
    ]
}
