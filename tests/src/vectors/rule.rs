//! The rules that a well-formed event can break, one by one: what breaks each, and what it just allows.

use headwater_event::codec::Message as _;
use headwater_event::kind::Kind;
use headwater_event::subject::PartyKey;
use serde_json::{Value, json};

use super::Case;
use super::finding::changed;
use crate::world::delegation;

/// Changes of an event: the path of each field, and its value.
type Changes = Vec<(&'static str, Value)>;

/// A case: its name, the kind, what is changed, and the findings; `?` before one that only warns. In both `_` stands for the body.
type Row = (&'static str, Kind, Changes, &'static [&'static str]);

pub(super) fn cases() -> Vec<Case> {
    let tables = [common(), places(), hidden(), goods(), travels(), customs(), reports(), others()];
    tables.into_iter().flatten().map(case).collect()
}

fn case((name, kind, changes, findings): Row) -> Case {
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

/// Quantities, notes and references, which every kind may have.
fn common() -> Vec<Row> {
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

/// Places, of an event and of its parts.
fn places() -> Vec<Row> {
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

/// Which fields of each kind may be hidden.
fn hidden() -> Vec<Row> {
    let hides = |path: &str| vec![("_.commitments", json!([{"path": path, "hash": "11".repeat(32)}]))];
    let no: &[&str] = &["_.commitments.0.path"];
    let mut rows = Vec::new();
    for (kind, paths) in [
        (Kind::Production, &["producer_licence"][..]),
        (
            Kind::CustomsClearance,
            &["declaration_no", "declarant", "importer", "warehouse", "lines.0.value", "lines.12.value"],
        ),
        (Kind::Distribution, &["order", "from_party", "to_party", "parcel_no"]),
        (Kind::LabInspection, &["customer", "sampled_by"]),
        (Kind::Transformation, &["yield_ratio", "process"]),
        (Kind::OriginContent, &["consent"]),
    ] {
        for path in paths {
            let name: &'static str = match *path {
                "producer_licence" => "hidden-producer-licence",
                "declaration_no" => "hidden-declaration-no",
                "declarant" => "hidden-declarant",
                "importer" => "hidden-importer",
                "warehouse" => "hidden-warehouse",
                "lines.0.value" => "hidden-value",
                "lines.12.value" => "hidden-value-of-line-12",
                "order" => "hidden-order",
                "from_party" => "hidden-from-party",
                "to_party" => "hidden-to-party",
                "parcel_no" => "hidden-parcel-no",
                "customer" => "hidden-customer",
                "sampled_by" => "hidden-sampled-by",
                "yield_ratio" => "hidden-yield-ratio",
                "process" => "hidden-process",
                _ => "hidden-consent",
            };
            rows.push((name, kind, hides(path), &[][..]));
        }
        rows.push(("hidden-action", kind, hides("action"), no));
    }
    rows.extend([
        ("hidden-line", Kind::CustomsClearance, hides("lines.0.origin"), no),
        ("hidden-without-a-line", Kind::CustomsClearance, hides("lines.x.value"), no),
        ("hidden", Kind::Sticker, hides("code"), no),
        ("hidden", Kind::Commissioning, hides("sticker_batch"), no),
        ("hidden", Kind::ShipmentLeg, hides("leg_id"), no),
        ("hidden", Kind::Certification, hides("value"), no),
        ("hidden", Kind::Aggregation, hides("asset"), no),
        ("hidden", Kind::Recall, hides("contact"), no),
        ("hidden", Kind::Correction, hides("reason"), no),
        ("hidden", Kind::Party, hides("action"), no),
    ]);
    rows
}

/// Productions, stickers, certificates and what becomes of goods.
fn goods() -> Vec<Row> {
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

/// Legs and distribution.
fn travels() -> Vec<Row> {
    use Kind::{Distribution as D, ShipmentLeg as L};
    let flight = |name: &'static str, value: Value| vec![(name, value)];
    let by = |name: &'static str, number: &str| {
        vec![("_.by.flight.carrier", json!(name)), ("_.by.flight.flight_no", json!(number))]
    };
    let warm = |min: &str, mean: &str, max: &str, uom: &str| {
        vec![("_.temperature", json!({"min": min, "mean": mean, "max": max, "uom": uom}))]
    };
    let refs = |list: Value| vec![("_.refs", list)];
    let awb = json!([{"kind": "awb", "id": "176-12345675"}]);
    let road = |refs: Value| {
        vec![
            ("_.mode", json!("road")),
            ("_.by", json!({"vehicle": {"operator": "W", "vehicle": "NL-1"}})),
            ("_.refs", refs),
        ]
    };
    let sea = |scac: &str| {
        vec![
            ("_.mode", json!("sea")),
            (
                "_.by",
                json!({"vessel": {"ship": "9074729", "voyage": "1", "containers": ["CSQU3054383"], "scac": scac}}),
            ),
        ]
    };
    let uld = |code: &str| vec![("_.by.flight.ulds", json!([code]))];
    vec![
        ("origin-without-code", L, vec![("_.origin", json!({"country": "NL"}))], &["_.origin"]),
        ("destination-without-code", L, vec![("_.destination", json!({"country": "CN"}))], &["_.destination"]),
        ("origin-with-a-locode", L, vec![("_.origin", json!({"unlocode": "NLAMS"}))], &[]),
        ("to-itself", L, vec![("_.destination", json!({"iata": "AMS", "country": "NL"}))], &["_.destination"]),
        ("flight-without-waybill", L, refs(json!([])), &["_.refs", "_.refs"]),
        ("flight-with-a-bill", L, refs(json!([{"kind": "bol", "id": "A"}])), &["_.refs"]),
        ("road-without-waybill", L, road(json!([])), &["_.refs"]),
        ("road-with-a-cmr", L, road(json!([{"kind": "cmr", "id": "A"}])), &[]),
        ("road-with-a-bill", L, road(json!([{"kind": "bol", "id": "A"}])), &[]),
        ("road-with-an-awb", L, road(awb), &[]),
        ("warm", L, warm("2", "2", "2", "CEL"), &[]),
        ("warm-in-fahrenheit", L, warm("2", "3", "4", "FAH"), &["_.temperature.uom"]),
        ("warm-below", L, warm("2", "1.9", "4", "CEL"), &["_.temperature.mean"]),
        ("warm-above", L, warm("2", "4.1", "4", "CEL"), &["_.temperature.mean"]),
        ("flight-of-tomorrow-there", L, flight("_.by.flight.flight_date", json!("2026-04-22")), &[]),
        (
            "flight-of-the-day-after",
            L,
            flight("_.by.flight.flight_date", json!("2026-04-23")),
            &["_.flight.flight_date"],
        ),
        (
            "departed-later",
            L,
            flight("_.by.flight.atd", json!({"ms": 1_900_000_000_000_u64, "offset_minutes": 0})),
            &["_.flight.atd.ms"],
        ),
        (
            "arrived-later",
            L,
            flight("_.by.flight.ata", json!({"ms": 1_900_000_000_000_u64, "offset_minutes": 0})),
            &["_.flight.ata.ms"],
        ),
        ("planned-later", L, flight("_.by.flight.sta", json!({"ms": 1_900_000_000_000_u64, "offset_minutes": 0})), &[]),
        ("carrier-of-a-digit", L, by("3K", "3K1"), &[]),
        ("carrier-of-two-digits", L, by("12", "121"), &["?_.flight.carrier"]),
        ("carrier-of-three", L, by("ABC", "ABC1"), &["?_.flight.carrier"]),
        ("carrier-in-lower-case", L, by("ab", "ab1"), &["?_.flight.carrier"]),
        ("flight-number-with-a-letter", L, by("WX", "WX1234A"), &[]),
        ("flight-number-of-five", L, by("WX", "WX12345"), &["?_.flight.flight_no"]),
        ("flight-number-of-none", L, by("WX", "WXA"), &["?_.flight.flight_no"]),
        ("flight-number-of-another", L, by("WX", "AB123"), &["?_.flight.flight_no"]),
        ("flight-number-with-two-letters", L, by("WX", "WX1AB"), &["?_.flight.flight_no"]),
        ("unit-load-device", L, uld("AKE123456"), &[]),
        ("unit-load-device-of-eleven", L, uld("A1E12345678"), &[]),
        ("unit-load-device-of-eight", L, uld("AKE12345"), &["?_.flight.ulds.0"]),
        ("unit-load-device-of-twelve", L, uld("AKE123456789"), &["?_.flight.ulds.0"]),
        ("unit-load-device-with-digits", L, uld("1KE123456"), &["?_.flight.ulds.0"]),
        ("unit-load-device-with-a-third-digit", L, uld("AK1123456"), &["?_.flight.ulds.0"]),
        ("vessel", L, sea("AB"), &[]),
        ("vessel-of-four", L, sea("ABCD"), &[]),
        ("vessel-of-one", L, sea("A"), &["?_.vessel.scac"]),
        ("vessel-of-five", L, sea("ABCDE"), &["?_.vessel.scac"]),
        ("vessel-with-a-digit", L, sea("AB1"), &["?_.vessel.scac"]),
        ("from-nobody", D, vec![("_.from_party", Value::Null)], &["_.from_party"]),
        ("to-a-party", D, vec![("_.from_party", Value::Null), ("_.to_party", json!("417/9526543000105"))], &[]),
        (
            "from-a-hidden-party",
            D,
            vec![
                ("_.from_party", Value::Null),
                ("_.commitments", json!([{"path": "from_party", "hash": "11".repeat(32)}])),
            ],
            &[],
        ),
        (
            "to-a-hidden-party",
            D,
            vec![
                ("_.from_party", Value::Null),
                ("_.commitments", json!([{"path": "to_party", "hash": "11".repeat(32)}])),
            ],
            &[],
        ),
        (
            "hidden-order-from-nobody",
            D,
            vec![("_.from_party", Value::Null), ("_.commitments", json!([{"path": "order", "hash": "11".repeat(32)}]))],
            &["_.from_party"],
        ),
        ("warm-in-fahrenheit", D, warm("2", "3", "4", "FAH"), &["_.temperature.uom"]),
        ("warm-above", D, warm("2", "4.1", "4", "CEL"), &["_.temperature.mean"]),
    ]
}

fn customs() -> Vec<Row> {
    use Kind::CustomsClearance as C;
    let line = |number: u64, hs: &str, origin: &str, value: &str, uom: &str| json!({"line_no": number, "hs_code": hs, "hs_edition": "2022", "origin": origin, "quantity": {"value": value, "uom": uom}});
    let good = |number: u64| line(number, "040221", "NL", "1", "KGM");
    let of = |hs: &str| vec![("_.lines", json!([line(1, hs, "NL", "1", "KGM")]))];
    let number =
        |country: &str, number: &str| vec![("_.jurisdiction", json!(country)), ("_.declaration_no", json!(number))];
    vec![
        ("without-number", C, vec![("_.declaration_no", Value::Null)], &["_.declaration_no"]),
        (
            "with-a-hidden-number",
            C,
            vec![
                ("_.declaration_no", Value::Null),
                ("_.commitments", json!([{"path": "declaration_no", "hash": "11".repeat(32)}])),
            ],
            &[],
        ),
        ("in-no-country", C, vec![("_.jurisdiction", json!("UK"))], &["_.jurisdiction"]),
        ("lodged-without-lines", C, vec![("_.status", json!("lodged")), ("_.lines", json!([]))], &["_.lines"]),
        ("released-without-lines", C, vec![("_.lines", json!([]))], &["_.lines"]),
        ("accepted-without-lines", C, vec![("_.status", json!("accepted")), ("_.lines", json!([]))], &[]),
        ("lines-in-order", C, vec![("_.lines", json!([good(1), good(3)]))], &[]),
        ("line-twice", C, vec![("_.lines", json!([good(1), good(1)]))], &["_.lines.1.line_no"]),
        ("lines-out-of-order", C, vec![("_.lines", json!([good(2), good(3), good(1)]))], &["_.lines.2.line_no"]),
        ("chapter-00", C, of("000000"), &["?_.lines.0.hs_code"]),
        ("chapter-01", C, of("010000"), &[]),
        ("chapter-77", C, of("770000"), &["?_.lines.0.hs_code"]),
        ("chapter-97", C, of("970000"), &[]),
        ("chapter-98", C, of("980000"), &["?_.lines.0.hs_code"]),
        (
            "line-of-no-country",
            C,
            vec![("_.lines", json!([line(1, "040221", "UK", "1", "KGM")]))],
            &["_.lines.0.origin"],
        ),
        (
            "line-of-nothing",
            C,
            vec![("_.lines", json!([line(1, "040221", "NL", "0", "KGM")]))],
            &["_.lines.0.quantity.value"],
        ),
        (
            "line-by-the-second",
            C,
            vec![("_.lines", json!([line(1, "040221", "NL", "1", "KGS")]))],
            &["_.lines.0.quantity.uom"],
        ),
        ("port-of-loading", C, vec![("_.port_of_loading", json!("QQHGH"))], &["_.port_of_loading"]),
        ("port-of-entry", C, vec![("_.port_of_entry", json!("CNZZZ"))], &["_.port_of_entry"]),
        ("number-of-export", C, number("CN", "22482026E000012345"), &[]),
        ("number-of-import", C, number("CN", "22482026I000012345"), &[]),
        ("number-of-neither", C, number("CN", "22482026X000012345"), &["?_.declaration_no"]),
        ("number-of-seventeen", C, number("CN", "22482026100001234"), &["?_.declaration_no"]),
        ("number-in-the-us", C, number("US", "ABC-1234567-8"), &[]),
        ("number-of-ten-in-the-us", C, number("US", "ABC-1234567"), &["?_.declaration_no"]),
        ("number-elsewhere", C, number("NL", "X"), &[]),
        ("regime-of-three", C, vec![("_.regime", json!("121"))], &["?_.regime"]),
        ("regime-of-letters", C, vec![("_.regime", json!("12AB"))], &["?_.regime"]),
        ("regime-elsewhere", C, [number("NL", "X"), vec![("_.regime", json!("A"))]].concat(), &[]),
    ]
}

fn reports() -> Vec<Row> {
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

fn others() -> Vec<Row> {
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
