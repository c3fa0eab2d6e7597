//! The rules about goods on their way, one by one: legs, distribution, customs.

use headwater_event::kind::Kind;
use serde_json::{Value, json};

use super::rule::Row;

/// Rules about transport legs and distribution steps.
pub(super) fn travels() -> Vec<Row<'static>> {
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

pub(super) fn customs() -> Vec<Row<'static>> {
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
