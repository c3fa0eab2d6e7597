//! The rules that a well-formed event can break, one by one: values that break a rule, and values that the rule just allows.

use headwater_event::codec::Message as _;
use headwater_event::kind::Kind;
use headwater_event::subject::PartyKey;
use serde_json::{Value, json};

use super::Case;
use super::finding::changed;
use super::moving;
use headwater_testing::world::delegation;

/// Changes of an event: the path of each field, and its new value.
pub(super) type Changes = Vec<(&'static str, Value)>;

/// A case: its name, the kind, the changes, and the findings. A leading `?` marks a finding that only warns. A leading `_` in a path
/// means the body of the kind.
pub(super) type Row<'a> = (&'a str, Kind, Changes, &'static [&'static str]);

pub(super) fn cases() -> Vec<Case> {
    let tables = [common(), places(), goods(), moving::travels(), moving::customs(), reports(), others()];
    tables.into_iter().flatten().map(case).chain(hidden()).collect()
}

fn case((name, kind, changes, findings): Row<'_>) -> Case {
    let body = format!("body.{}", kind.as_str());
    let full = |path: &str| path.strip_prefix('_').map_or(path.to_owned(), |rest| format!("{body}{rest}"));
    let changes: Vec<(String, Value)> = changes.into_iter().map(|(path, value)| (full(path), value)).collect();
    let changes: Vec<(&str, Value)> = changes.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
    let findings: Vec<(String, bool)> =
        findings.iter().map(|field| (full(field.trim_start_matches('?')), !field.starts_with('?'))).collect();
    let findings: Vec<(&str, bool)> = findings.iter().map(|(field, rejects)| (field.as_str(), *rejects)).collect();
    let about = if findings.is_empty() { "a rule that this just keeps" } else { "a rule that this breaks" };
    let input = json!({"event": hex::encode(changed(kind, &changes).encode())});
    Case::ok("event", &format!("rule-{}-{name}", kind.as_str().replace('_', "-")), about, input).finding(&findings)
}

fn quantity(value: &str, uom: &str) -> Value {
    json!({"value": value, "uom": uom})
}

/// Rules about quantities, notes and references, which every kind may have.
fn common() -> Vec<Row<'static>> {
    let refs = |kind: &str, id: &str| vec![("_.refs", json!([{"kind": kind, "id": id}]))];
    use Kind::Production as P;
    vec![
        ("amount-of-nothing", P, vec![("subjects.0.quantity", quantity("0", "KGM"))], &["subjects.0.quantity.value"]),
        (
            "amount-below-nothing",
            P,
            vec![("subjects.0.quantity", quantity("-1", "KGM"))],
            &["subjects.0.quantity.value"],
        ),
        ("smallest-amount", P, vec![("subjects.0.quantity", quantity("0.000000000001", "KGM"))], &[]),
        (
            "amount-and-unit",
            P,
            vec![("subjects.0.quantity", quantity("0", "SEC"))],
            &["subjects.0.quantity.value", "subjects.0.quantity.uom"],
        ),
        ("note-in-form-c", P, vec![("notes", json!([{"lang": "en", "text": "\u{e9}"}]))], &[]),
        (
            "note-not-in-form-c",
            P,
            vec![("notes", json!([{"lang": "de", "text": "x"}, {"lang": "en", "text": "e\u{301}"}]))],
            &["notes.1.text"],
        ),
        ("waybill", P, refs("awb", "176-12345675"), &[]),
        ("waybill-of-another-check", P, refs("awb", "176-12345674"), &["_.refs.0.id"]),
        ("house-waybill", P, refs("hawb", "ABCDEFGHIJ12"), &[]),
        ("house-waybill-too-long", P, refs("hawb", "ABCDEFGHIJ123"), &["?_.refs.0.id"]),
        ("house-waybill-in-lower-case", P, refs("hawb", "abc"), &["?_.refs.0.id"]),
        ("bill-of-lading", P, refs("bol", "Aa1-/6789012345678901234567890123456"), &["?_.refs.0.id"]),
        ("bill-of-lading-of-35", P, refs("bol", "Aa1-/678901234567890123456789012345"), &[]),
        ("bill-of-lading-with-a-dot", P, refs("bol", "A.1"), &["?_.refs.0.id"]),
    ]
}

/// Rules about the locations in an event and in its parts.
fn places() -> Vec<Row<'static>> {
    let at = |more: Value| {
        let mut place = json!({"country": "NL", "address": [{"lang": "en", "text": "Dijkweg 1"}]});
        place.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
        vec![("place", place)]
    };
    use Kind::Production as P;
    let corner = |lat: &str, lon: &str| json!({"lat": lat, "lon": lon});
    vec![
        ("place-in-no-country", P, at(json!({"country": "UK"})), &["place.country"]),
        ("place-with-a-code", P, at(json!({"unlocode": "NLRTM"})), &[]),
        ("place-with-a-code-elsewhere", P, at(json!({"unlocode": "DEHAM"})), &["place.unlocode"]),
        ("place-in-kosovo", P, vec![("place", json!({"unlocode": "XKPRN", "gln": "9526543000105"}))], &[]),
        ("place-with-a-part", P, at(json!({"subdivision": "NL-FR"})), &[]),
        ("place-with-a-part-elsewhere", P, at(json!({"subdivision": "DE-BY"})), &["place.subdivision"]),
        ("place-with-an-extension", P, at(json!({"gln": "9526543000105", "gln_extension": "A"})), &[]),
        ("place-with-an-extension-alone", P, at(json!({"gln_extension": "A"})), &["place.gln_extension"]),
        ("place-on-the-globe", P, at(json!({"lat": "90", "lon": "-180"})), &[]),
        ("place-beyond-the-pole", P, at(json!({"lat": "90.1", "lon": "0"})), &["place.lat"]),
        ("place-below-the-pole", P, at(json!({"lat": "-90.1", "lon": "0"})), &["place.lat"]),
        ("place-beyond-the-line", P, at(json!({"lat": "0", "lon": "180.1"})), &["place.lon"]),
        ("place-without-longitude", P, at(json!({"lat": "1"})), &["place.lat"]),
        ("place-without-latitude", P, at(json!({"lon": "1"})), &["place.lat"]),
        ("place-with-a-gln-alone", P, vec![("place", json!({"gln": "9526543000105"}))], &[]),
        ("place-with-a-country-alone", P, vec![("place", json!({"country": "NL"}))], &["place"]),
        (
            "place-with-an-address-alone",
            P,
            vec![("place", json!({"address": [{"lang": "en", "text": "x"}]}))],
            &["place"],
        ),
        ("no-place", P, vec![("place", Value::Null)], &["place"]),
        ("area-of-a-point", P, vec![("_.area", json!([corner("1", "2")]))], &[]),
        ("area-of-two-points", P, vec![("_.area", json!([corner("1", "2"), corner("1", "3")]))], &["_.area"]),
        (
            "area-of-three-points",
            P,
            vec![("_.area", json!([corner("1", "2"), corner("1", "3"), corner("2", "2")]))],
            &[],
        ),
        ("area-beyond-the-pole", P, vec![("_.area", json!([corner("91", "2")]))], &["_.area.0.lat"]),
        ("area-beyond-the-line", P, vec![("_.area", json!([corner("1", "181")]))], &["_.area.0.lon"]),
        ("no-place", Kind::Distribution, vec![("place", Value::Null)], &["place"]),
        ("no-place", Kind::Aggregation, vec![("place", Value::Null)], &["place"]),
        ("no-place", Kind::Transformation, vec![("place", Value::Null)], &["place"]),
        ("site-in-no-country", Kind::Certification, vec![("_.site", json!({"country": "UK"}))], &["_.site.country"]),
        (
            "origin-in-no-country",
            Kind::ShipmentLeg,
            vec![("_.origin", json!({"iata": "AMS", "country": "UK"}))],
            &["_.origin.country"],
        ),
        (
            "destination-in-no-country",
            Kind::ShipmentLeg,
            vec![("_.destination", json!({"iata": "HGH", "country": "UK"}))],
            &["_.destination.country"],
        ),
    ]
}

/// Fields of each kind that may be hidden behind a commitment, and fields that may not.
fn hidden() -> Vec<Case> {
    use Kind::*;
    let hides = |kind: Kind, path: &str, may: bool| {
        let changes = vec![("_.commitments", json!([{"path": path, "hash": "11".repeat(32)}]))];
        let findings: &[&str] = if may { &[] } else { &["_.commitments.0.path"] };
        case((&format!("hidden-{}", path.replace(['_', '.'], "-").replace('*', "each")), kind, changes, findings))
    };
    let table: [(Kind, &[&str], &[&str]); 14] = [
        (Production, &["producer_licence"], &["production_date"]),
        (
            CustomsClearance,
            &["declaration_no", "declarant", "importer", "warehouse", "lines.0.value", "lines.12.value"],
            &["status", "lines.0.origin", "lines.x.value"],
        ),
        (Distribution, &["order", "from_party", "to_party", "parcel_no"], &["action"]),
        (LabInspection, &["customer", "sampled_by"], &["verdict"]),
        (Transformation, &["yield_ratio", "process"], &["inputs"]),
        (OriginContent, &["consent"], &["product_name"]),
        (Sticker, &[], &["code"]),
        (Commissioning, &[], &["sticker_batch"]),
        (ShipmentLeg, &[], &["leg_id"]),
        (Certification, &[], &["value"]),
        (Aggregation, &[], &["asset"]),
        (Recall, &[], &["contact"]),
        (Correction, &[], &["reason"]),
        (Party, &[], &["action"]),
    ];
    let all = table.iter().flat_map(|(kind, may, must_not)| {
        let both = may.iter().map(|path| (path, true)).chain(must_not.iter().map(|path| (path, false)));
        both.map(|(path, may)| hides(*kind, path, may)).collect::<Vec<_>>()
    });
    let all: Vec<Case> = all.collect();
    let others = ["lines.*.value", "lines..value", "lines.00.value"].map(|path| hides(CustomsClearance, path, false));
    // One more than 32 bits hold.
    let far = hides(CustomsClearance, "lines.4294967296.value", true);
    all.into_iter().chain(others).chain([far]).collect()
}

/// Rules about productions, stickers, certificates, aggregations and transformations.
fn goods() -> Vec<Row<'static>> {
    use Kind::{Aggregation, Production as P, Sticker, Transformation};
    let harvest = |from: Value, to: Value| vec![("_.harvest_from", from), ("_.harvest_to", to)];
    let process = |uom: &str| vec![("_.process", json!([{"name": "heat", "value": "80", "uom": uom}]))];
    let amounts = |out: &str, one: &str, other: &str| {
        vec![
            ("subjects.0.quantity", quantity(out, "KGM")),
            ("subjects.1.quantity", quantity(one, "KGM")),
            ("subjects.2.quantity", quantity(other, "KGM")),
        ]
    };
    vec![
        ("without-quantity", P, vec![("subjects.0.quantity", Value::Null)], &["subjects.0.quantity"]),
        (
            "of-no-country",
            P,
            vec![("_.country_of_origin", json!("UK")), ("_.origin_subdivision", Value::Null)],
            &["_.country_of_origin"],
        ),
        ("part-of-another-country", P, vec![("_.origin_subdivision", json!("DE-BY"))], &["_.origin_subdivision"]),
        ("expiry-and-best-before", P, vec![("_.best_before", json!("2027-12-31"))], &["_.best_before"]),
        ("expiry-on-its-day", P, vec![("_.expiry_date", json!("2026-04-17"))], &[]),
        ("expiry-before", P, vec![("_.expiry_date", json!("2026-04-16"))], &["_.expiry_date"]),
        (
            "best-before-before",
            P,
            vec![("_.expiry_date", Value::Null), ("_.best_before", json!("2026-04-16"))],
            &["_.expiry_date"],
        ),
        ("harvest", P, harvest(json!("2026-04-17"), json!("2026-04-17")), &[]),
        ("harvest-without-end", P, harvest(json!("2026-04-16"), Value::Null), &["_.harvest_from"]),
        ("harvest-without-start", P, harvest(Value::Null, json!("2026-04-16")), &["_.harvest_from"]),
        ("harvest-backwards", P, harvest(json!("2026-04-16"), json!("2026-04-15")), &["_.harvest_to"]),
        (
            "harvest-after-production",
            P,
            [harvest(json!("2026-04-16"), json!("2026-04-17")), vec![("_.production_date", json!("2026-04-16"))]]
                .concat(),
            &["_.production_date"],
        ),
        ("process-in-degrees", P, process("CEL"), &[]),
        ("process-in-no-unit", P, process("XX9"), &["_.process.0.uom"]),
        ("applied-without-seal", Sticker, vec![("_", json!({"action": "applied"}))], &["_.tamper_id"]),
        ("voided-without-reason", Sticker, vec![("_", json!({"action": "voided"}))], &["_.reason"]),
        ("claimed-without-code", Sticker, vec![("_", json!({"action": "claimed"}))], &["_.code"]),
        ("issued", Sticker, vec![("_", json!({"action": "issued"}))], &[]),
        ("add-of-nothing", Aggregation, vec![("subjects", json!([{"key": "00/195265430000000010"}]))], &["subjects"]),
        (
            "delete-of-nothing",
            Aggregation,
            vec![("subjects", json!([{"key": "00/195265430000000010"}])), ("_.action", json!("delete"))],
            &["subjects"],
        ),
        (
            "observation-of-nothing",
            Aggregation,
            vec![("subjects", json!([{"key": "00/195265430000000010"}])), ("_.action", json!("observe"))],
            &[],
        ),
        (
            "lot-without-quantity",
            Aggregation,
            vec![("subjects", json!([{"key": "00/195265430000000010"}, {"key": "01/09526543000013/10/L"}]))],
            &["subjects.1.quantity"],
        ),
        ("five-percent-more", Transformation, amounts("21", "10", "10"), &[]),
        ("more-than-five-percent", Transformation, amounts("21.000000000001", "10", "10"), &["?_.outputs"]),
        ("more-in-another-unit", Transformation, vec![("subjects.0.quantity", quantity("99", "LTR"))], &[]),
        ("losses-of-nothing", Transformation, vec![("_.losses", quantity("0", "KGM"))], &["_.losses.value"]),
    ]
}

fn reports() -> Vec<Row<'static>> {
    use Kind::LabInspection as R;
    let result = |more: Value| {
        let mut one = json!({"analyte": {"names": [{"lang": "en", "text": "lead"}]}, "method": "M", "operator": "eq", "value": "1", "uom": "J33",
            "limit": {"operator": "le", "value": "2", "uom": "J33"}, "verdict": "pass"});
        one.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
        vec![("_.results", json!([one]))]
    };
    let days = |from: &str, to: &str, issued: &str| {
        vec![("_.performed_from", json!(from)), ("_.performed_to", json!(to)), ("_.issue_date", json!(issued))]
    };
    vec![
        ("without-report", R, vec![("attachments", json!([]))], &["attachments"]),
        ("report-of-another-role", R, vec![("attachments.0.role", json!("other"))], &["attachments"]),
        ("without-decision-rule", R, vec![("_.decision_rule", Value::Null)], &["_.decision_rule"]),
        ("without-receipt", R, vec![("_.sample.received_at", Value::Null)], &["?_.sample.received_at"]),
        ("without-condition", R, vec![("_.sample.condition", Value::Null)], &["?_.sample.condition"]),
        ("without-scope", R, vec![("_.scope_statement", Value::Null)], &["?_.scope_statement"]),
        ("received-before-sampled", R, vec![("_.sample.received_at", json!("2026-04-16"))], &["_.sample.received_at"]),
        ("tested-before-received", R, vec![("_.performed_from", json!("2026-04-16"))], &["_.performed_from"]),
        ("tested-backwards", R, days("2026-04-19", "2026-04-18", "2026-04-19"), &["_.performed_to"]),
        ("issued-before-the-end", R, days("2026-04-18", "2026-04-19", "2026-04-18"), &["_.issue_date"]),
        ("issued-after-the-event", R, days("2026-04-18", "2026-04-19", "2026-04-20"), &["occurred_at_ms"]),
        (
            "all-on-one-day",
            R,
            [
                days("2026-04-19", "2026-04-19", "2026-04-19"),
                vec![("_.sample.sampled_at", json!("2026-04-19")), ("_.sample.received_at", json!("2026-04-19"))],
            ]
            .concat(),
            &[],
        ),
        (
            "before-the-accreditation",
            R,
            vec![("_.accreditation.valid_from", json!("2026-04-19"))],
            &["_.performed_from"],
        ),
        ("after-the-accreditation", R, vec![("_.accreditation.valid_to", json!("2026-04-18"))], &["_.performed_to"]),
        (
            "unit-not-listed",
            R,
            result(json!({"uom": "XX9", "limit": Value::Null, "verdict": "pass"})),
            &["_.results.0.uom", "_.results.0.verdict", "_.verdict"],
        ),
        ("nd-with-value", R, result(json!({"operator": "nd", "lod": "1"})), &["_.results.0.value"]),
        (
            "eq-without-value",
            R,
            result(json!({"value": Value::Null, "verdict": "fail"})),
            &["_.results.0.value", "_.verdict"],
        ),
        (
            "limit-of-nd-with-value",
            R,
            result(
                json!({"operator": "nd", "value": Value::Null, "limit": {"operator": "nd", "value": "1", "uom": "J33"}}),
            ),
            &["_.results.0.limit.value"],
        ),
        (
            "limit-without-value",
            R,
            result(json!({"limit": {"operator": "le", "uom": "J33"}, "verdict": "fail"})),
            &["_.results.0.limit.value", "_.verdict"],
        ),
        (
            "limit-of-no-unit",
            R,
            result(json!({"limit": {"operator": "le", "value": "1", "uom": "XX9"}, "verdict": "fail"})),
            &["_.results.0.limit.uom", "_.verdict"],
        ),
        (
            "limit-of-a-portion-of-nothing",
            R,
            result(
                json!({"limit": {"operator": "le", "value": "1", "uom": "J33", "per": {"value": "0", "uom": "GRM"}}, "verdict": "fail"}),
            ),
            &["_.results.0.limit.per.value", "_.verdict"],
        ),
        (
            "portion-by-degrees",
            R,
            result(json!({"per": {"value": "1", "uom": "CEL"}, "verdict": "fail"})),
            &["_.results.0.per.uom", "_.verdict"],
        ),
        ("uncertainty-of-nothing", R, result(json!({"uncertainty": {"value": "0", "k": "2"}})), &[]),
        ("pass-beside-a-fail", R, result(json!({"value": "3", "verdict": "fail"})), &["_.verdict"]),
    ]
}

fn others() -> Vec<Row<'static>> {
    use Kind::{Certification as C, OriginContent as O, Party, Recall};
    let range = |property: &str, first: &str, last: &str| json!({"property": property, "first": first, "last": last});
    let two = json!([{"key": "01/09526543000013/10/A"}, {"key": "01/09526543000013/10/B"}]);
    let scope = |ranges: Value| vec![("_.scope", json!([{"subjects": [0], "ranges": ranges}]))];
    let party = |key: &Value| PartyKey::parse(key.as_str().expect("a party")).expect("a party");
    let delegate = |more: Value| {
        let mut act = json!({"grantor": "417/9526543000105", "grantee": "417/9520000000011", "kinds": ["distribution"], "prefixes": ["9526543"]});
        act.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
        vec![
            ("_.action", json!({"delegate": act})),
            ("subjects", json!([{"key": delegation(&party(&act["grantor"]), &party(&act["grantee"]))}])),
        ]
    };
    let revoke = |at_ms: u64, reason: &str| {
        vec![("_.action", json!({"revoke_key": {"key_id": "11".repeat(32), "reason": reason, "at_ms": at_ms}}))]
    };
    vec![
        ("ends-as-it-starts", C, vec![("_.end", json!("2026-04-22"))], &["_.end"]),
        ("ends-a-day-later", C, vec![("_.end", json!("2026-04-23"))], &[]),
        ("third-party-alone", C, vec![("_.accreditation", Value::Null)], &["_.accreditation"]),
        ("second-party-alone", C, vec![("_.accreditation", Value::Null), ("_.assurance", json!("second_party"))], &[]),
        ("accredited-on-its-day", C, vec![("_.accreditation.valid_from", json!("2026-04-23"))], &[]),
        (
            "accredited-the-day-after",
            C,
            vec![("_.accreditation.valid_from", json!("2026-04-24"))],
            &["_.accreditation.valid_from"],
        ),
        ("audited-the-day-after", C, vec![("_.audit_date", json!("2026-04-24"))], &["_.audit_date"]),
        ("without-severity", Recall, vec![("_.severity", Value::Null)], &["_.severity"]),
        ("without-reason-code", Recall, vec![("_.reason_code", Value::Null)], &["_.reason_code"]),
        ("without-action", Recall, vec![("_.consumer_action", json!([]))], &["_.consumer_action"]),
        (
            "lift-without-all",
            Recall,
            vec![
                ("_.severity", Value::Null),
                ("_.reason_code", Value::Null),
                ("_.consumer_action", json!([])),
                ("_.action", json!("lift")),
                ("_.lifts", json!("11".repeat(32))),
                ("_.scope", json!([])),
            ],
            &[],
        ),
        ("range-of-one", Recall, scope(json!([range("serial", "A", "A")])), &[]),
        (
            "range-backwards",
            Recall,
            scope(json!([range("serial", "A", "A"), range("serial", "B", "A")])),
            &["_.scope.0.ranges.1.last"],
        ),
        (
            "range-of-no-production-date",
            Recall,
            scope(json!([range("production_date", "2026-02-30", "2026-03-01")])),
            &["_.scope.0.ranges.0.first"],
        ),
        (
            "range-to-no-expiry-date",
            Recall,
            scope(json!([range("expiry_date", "2026-02-28", "2026-02-30")])),
            &["_.scope.0.ranges.0.first"],
        ),
        (
            "range-of-the-second-scope",
            Recall,
            vec![
                ("subjects", two),
                ("_.scope", json!([{"subjects": [0]}, {"subjects": [1], "ranges": [range("lot", "B", "A")]}])),
            ],
            &["_.scope.1.ranges.0.last"],
        ),
        ("without-content", O, vec![("_.content", Value::Null)], &[]),
        ("without-a-name", O, vec![("_.product_name", json!([]))], &[]),
        ("without-either", O, vec![("_.content", Value::Null), ("_.product_name", json!([]))], &["_.product_name"]),
        ("content-of-nothing", O, vec![("_.net_content", quantity("0", "GRM"))], &["_.net_content.value"]),
        ("registered-in-no-country", Party, vec![("_.action.register.country", json!("UK"))], &["_.register.country"]),
        ("delegation", Party, delegate(json!({})), &[]),
        ("delegation-of-nothing", Party, delegate(json!({"prefixes": []})), &["_.delegate.subjects"]),
        ("delegation-to-itself", Party, delegate(json!({"grantee": "417/9526543000105"})), &["_.delegate.grantee"]),
        ("delegation-of-recalls", Party, delegate(json!({"kinds": ["recall"]})), &["_.delegate.kinds"]),
        ("delegation-of-corrections", Party, delegate(json!({"kinds": ["correction"]})), &["_.delegate.kinds"]),
        ("delegation-of-acts", Party, delegate(json!({"kinds": ["party_event"]})), &["_.delegate.kinds"]),
        ("delegation-of-reports", Party, delegate(json!({"kinds": ["lab_inspection"]})), &["_.delegate.kinds"]),
        ("delegation-of-certificates", Party, delegate(json!({"kinds": ["certification"]})), &[]),
        ("retired-next-year", Party, revoke(1_900_000_000_000, "retired"), &[]),
    ]
}
